//! Where the public stands with an article: computed from its publications and the clock, never stored.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper,
    dsl::{Nullable, auto_type},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    content::Correction,
    db::{
        pool::clock,
        schema::{publications, published_articles},
    },
    http::Problem,
};

/// Where the public stands ("Trạng thái").
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = ArticleStatus)]
pub enum Status {
    /// Never public yet.
    Unpublished,
    /// Not public, and to become so at a time that is set.
    Scheduled,
    /// Public.
    Live,
    /// Was public until its time ran out.
    Expired,
    /// Was public until somebody took it back.
    Withdrawn,
}

/// Why a publication ended before its time.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString, diesel::AsExpression, diesel::FromSqlRow,
)]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum EndReason {
    /// Another version took its place.
    Replaced,
    /// Somebody took it back.
    Withdrawn,
    /// The article was thrown away.
    Deleted,
}

crate::text_enum!(EndReason);

/// One publication of one version.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = publications)]
pub struct Publication {
    /// The publication.
    pub id: Uuid,
    /// Its article.
    pub article_id: Uuid,
    /// The version that is public through it.
    pub version: i32,
    /// From when on.
    pub starts_at: DateTime<Utc>,
    /// Until when, if set at publication.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was ended, or will be by one that is to replace it.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why.
    pub end_reason: Option<EndReason>,
    /// What it corrects of what was public before.
    pub correction: Option<String>,
    /// What readers are told since it was taken back.
    pub notice: Option<String>,
    /// Until when it is urgent.
    pub urgent_until: Option<DateTime<Utc>>,
    /// Where its copy is filed, while there is one.
    #[diesel(select_expression = published_articles::category_id.nullable())]
    #[diesel(select_expression_type = Nullable<published_articles::category_id>)]
    pub category: Option<Uuid>,
}

impl Publication {
    /// The end, whichever comes first.
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        match (self.expires_at, self.ended_at) {
            (Some(expiry), Some(end)) => Some(expiry.min(end)),
            (expiry, end) => expiry.or(end),
        }
    }

    /// What readers are told that it corrects.
    pub fn as_correction(&self) -> Option<Correction> {
        Some(Correction { at: self.starts_at, note: self.correction.clone()? })
    }

    fn has_started(&self, now: DateTime<Utc>) -> bool {
        self.starts_at <= now
    }

    fn is_visible(&self, now: DateTime<Utc>) -> bool {
        self.has_started(now) && self.ends_at().is_none_or(|end| end > now)
    }
}

/// Where the public stands with one article at one moment.
#[derive(Clone, Debug)]
pub struct Standing {
    /// In a word.
    pub status: Status,
    /// What is public.
    pub live: Option<Publication>,
    /// What is to become public.
    pub scheduled: Option<Publication>,
    /// The version that was the last to become public.
    pub last_version: Option<i32>,
    /// When it first became public.
    pub first_published_at: Option<DateTime<Utc>>,
    /// When it last became public, or was replaced.
    pub last_published_at: Option<DateTime<Utc>>,
    /// When what was the last to become public expires or expired.
    pub expires_at: Option<DateTime<Utc>>,
    /// What was corrected in public so far, newest first.
    pub corrections: Vec<Correction>,
    /// What readers are told in the place of what was taken back.
    pub notice: Option<String>,
}

impl Standing {
    /// What is public and what is to become so.
    pub fn ahead_or_live(&self) -> impl Iterator<Item = &Publication> {
        self.live.iter().chain(&self.scheduled)
    }

    /// From the article's publications, in the order of their start.
    pub fn of(publications: &[Publication], now: DateTime<Utc>) -> Self {
        let started = || publications.iter().filter(|publication| publication.has_started(now));
        let latest = started().next_back();
        let live = latest.filter(|publication| publication.is_visible(now)).cloned();
        let scheduled = publications.iter().find(|publication| !publication.has_started(now)).cloned();
        let status = match (&live, &scheduled, latest) {
            (Some(_), _, _) => Status::Live,
            (None, Some(_), _) => Status::Scheduled,
            (None, None, None) => Status::Unpublished,
            (None, None, Some(last)) => {
                // What ran out before it was ended has expired all the same.
                let expired_first = last.expires_at.is_some() && last.ends_at() == last.expires_at;
                if last.ended_at.is_some() && !expired_first { Status::Withdrawn } else { Status::Expired }
            }
        };
        Self {
            status,
            live,
            scheduled,
            last_version: latest.map(|publication| publication.version),
            first_published_at: started().next().map(|publication| publication.starts_at),
            last_published_at: latest.map(|publication| publication.starts_at),
            expires_at: latest.and_then(|publication| publication.expires_at),
            corrections: started().rev().filter_map(Publication::as_correction).collect(),
            notice: latest.and_then(|publication| publication.notice.clone()),
        }
    }
}

/// Publications with their copies: those that are over have none.
#[auto_type(no_type_alias)]
fn with_copies() -> _ {
    publications::table.left_join(published_articles::table.on(published_articles::publication_id.eq(publications::id)))
}

/// How the public stands with an article. One query.
pub fn standing(conn: &mut PgConnection, article: Uuid, at: DateTime<Utc>) -> Result<Standing, Problem> {
    let publications: Vec<Publication> = with_copies()
        .filter(publications::article_id.eq(article))
        .order((publications::starts_at, publications::id))
        .select(Publication::as_select())
        .load(conn)?;
    Ok(Standing::of(&publications, at))
}

/// The same for each of these articles. One query.
pub fn standings(
    conn: &mut PgConnection,
    articles: &[Uuid],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Standing>, Problem> {
    let rows: Vec<Publication> = with_copies()
        .filter(publications::article_id.eq_any(articles))
        .order((publications::starts_at, publications::id))
        .select(Publication::as_select())
        .load(conn)?;
    let mut by_article: HashMap<Uuid, Vec<Publication>> = articles.iter().map(|id| (*id, Vec::new())).collect();
    for row in rows {
        by_article.entry(row.article_id).or_default().push(row);
    }
    Ok(by_article.into_iter().map(|(id, publications)| (id, Standing::of(&publications, now))).collect())
}

/// Those of these articles that are or were public. One query.
pub fn ever_public(conn: &mut PgConnection, articles: &[Uuid]) -> Result<HashSet<Uuid>, Problem> {
    let started = publications::table
        .filter(publications::article_id.eq_any(articles))
        .filter(publications::starts_at.le(clock()))
        .select(publications::article_id)
        .distinct();
    Ok(started.load(conn)?.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::minutes(minutes)
    }

    /// A publication by minutes: its start, its expiry, its end.
    fn publication(version: i32, starts: i64, expires: Option<i64>, ended: Option<(i64, EndReason)>) -> Publication {
        Publication {
            id: Uuid::now_v7(),
            article_id: Uuid::nil(),
            version,
            starts_at: at(starts),
            expires_at: expires.map(at),
            ended_at: ended.map(|(minute, _)| at(minute)),
            end_reason: ended.map(|(_, reason)| reason),
            correction: None,
            notice: None,
            urgent_until: None,
            category: None,
        }
    }

    #[test]
    fn status_follows_the_clock() {
        let publications = [publication(1, 10, Some(20), None)];
        let status = |minute| Standing::of(&publications, at(minute)).status;
        assert_eq!(Standing::of(&[], at(0)).status, Status::Unpublished);
        assert_eq!(status(9), Status::Scheduled);
        assert_eq!(status(10), Status::Live);
        assert_eq!(status(19), Status::Live);
        assert_eq!(status(20), Status::Expired);
    }

    #[test]
    fn a_scheduled_replacement_leaves_what_is_live_alone_until_its_time() {
        let publications = [publication(1, 10, None, Some((30, EndReason::Replaced))), publication(3, 30, None, None)];
        let before = Standing::of(&publications, at(20));
        assert_eq!((before.status, before.live.map(|live| live.version)), (Status::Live, Some(1)));
        assert_eq!(before.scheduled.map(|scheduled| scheduled.version), Some(3));
        let after = Standing::of(&publications, at(30));
        assert_eq!((after.status, after.live.map(|live| live.version)), (Status::Live, Some(3)));
        assert!(after.scheduled.is_none());
        assert_eq!((after.first_published_at, after.last_published_at), (Some(at(10)), Some(at(30))));
    }

    #[test]
    fn what_is_taken_back_is_withdrawn_and_what_ran_out_has_expired() {
        let withdrawn = [publication(1, 10, Some(40), Some((20, EndReason::Withdrawn)))];
        assert_eq!(Standing::of(&withdrawn, at(50)).status, Status::Withdrawn);
        let expired = [publication(1, 10, Some(20), None)];
        assert_eq!(Standing::of(&expired, at(50)).status, Status::Expired);
    }
}
