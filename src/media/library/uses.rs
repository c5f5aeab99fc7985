//! Where files are used: in articles' working copies, in their trash, in what is published, and in earlier versions.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, IntoSql, JoinOnDsl, NullableExpressionMethods,
    PgAnyJsonExpressionMethods, PgConnection, QueryDsl, RunQueryDsl,
    dsl::{auto_type, exists, not},
    sql_types::{Bool, Text},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::revisions::Pins;

use crate::{
    access::{Permission, Principal, Subject},
    content::MediaRef,
    db::{
        Tx,
        schema::{article_media, articles, media, publications, published_articles, published_media, version_media},
    },
    http::Problem,
};

/// A place where a file is used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsedIn)]
pub struct Use {
    /// The article.
    article_id: Uuid,
    /// Its title.
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    title: Option<String>,
    /// Which of its fields; `published` for a published copy; `version` where only an earlier version shows it.
    #[schema(example = "image")]
    place: String,
    /// Whether it shows what the file was before: the next version of the article takes over what it is now.
    outdated: bool,
}

/// Everywhere a file is used, as far as somebody may know of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MediaUses)]
pub struct Uses {
    /// The uses in articles that they may read.
    pub data: Vec<Use>,
    /// About the others.
    pub meta: Others,
}

/// What is said of uses that somebody may not know of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MediaUsesMeta)]
pub struct Others {
    /// How many more uses there are, in articles that the caller may not read.
    #[schema(minimum = 0)]
    pub hidden: usize,
}

/// A use, and what says who may know of it.
type Found = ((Uuid, Option<String>, String, Option<bool>), Subject);

/// Everywhere this file is used. What this person may not read is counted and not named. Three queries.
pub fn of(conn: &mut PgConnection, who: &Principal, id: Uuid) -> Result<Uses, Problem> {
    let newest = media::table.find(id).select(media::file_revision).single_value();
    let current = version_media::article_id
        .eq(articles::id)
        .and(version_media::version.eq(articles::current_version))
        .and(version_media::media_id.eq(article_media::media_id));
    let working: Vec<Found> = article_media::table
        .inner_join(articles::table.on(articles::id.eq(article_media::article_id)))
        .inner_join(version_media::table.on(current))
        .filter(article_media::media_id.eq(id))
        .order((articles::id, article_media::place))
        .select((
            (articles::id, articles::title, article_media::place, version_media::revision.nullable().lt(newest)),
            (articles::created_by, articles::category_id),
        ))
        .load(conn)?;
    let title = published_articles::card.retrieve_as_text("title");
    let newest = media::table.find(id).select(media::file_revision).single_value();
    let published: Vec<Found> = published_media::table
        .inner_join(
            published_articles::table.on(published_articles::publication_id.eq(published_media::publication_id)),
        )
        .inner_join(articles::table.on(articles::id.eq(published_articles::article_id)))
        .filter(published_media::media_id.eq(id))
        .order(published_articles::article_id)
        .select((
            (
                published_articles::article_id,
                title.nullable(),
                "published".into_sql::<Text>(),
                published_media::revision.nullable().lt(newest),
            ),
            (articles::created_by, articles::category_id),
        ))
        .load(conn)?;
    let shown =
        version_media::table.filter(version_media::article_id.eq(articles::id).and(version_media::media_id.eq(id)));
    let in_working =
        article_media::table.filter(article_media::article_id.eq(articles::id).and(article_media::media_id.eq(id)));
    let in_public = published_media::table
        .inner_join(
            published_articles::table.on(published_articles::publication_id.eq(published_media::publication_id)),
        )
        .filter(published_articles::article_id.eq(articles::id).and(published_media::media_id.eq(id)));
    let earlier: Vec<Found> = articles::table
        .filter(exists(shown).and(not(exists(in_working))).and(not(exists(in_public))))
        .order(articles::id)
        .select((
            (articles::id, articles::title, "version".into_sql::<Text>(), false.into_sql::<Bool>().nullable()),
            (articles::created_by, articles::category_id),
        ))
        .load(conn)?;
    let everywhere = working.into_iter().chain(published).chain(earlier);
    let (known, hidden): (Vec<Found>, Vec<Found>) =
        everywhere.partition(|(_, subject)| who.may(Permission::Read, *subject));
    let named = |((article_id, title, place, outdated), _): Found| Use {
        article_id,
        title,
        place,
        outdated: outdated.unwrap_or(false),
    };
    Ok(Uses { data: known.into_iter().map(named).collect(), meta: Others { hidden: hidden.len() } })
}

impl Uses {
    /// Nobody uses it.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty() && self.meta.hidden == 0
    }
}

/// Records what a new version of an article uses, in these revisions, which from now on is what its working copy does.
pub fn record(tx: &mut Tx<'_>, article: Uuid, version: i32, refs: &[MediaRef], pins: &Pins) -> Result<(), Problem> {
    // Before the first there is none.
    if version > 1 {
        diesel::delete(article_media::table.filter(article_media::article_id.eq(article))).execute(tx.conn)?;
    }
    if refs.is_empty() {
        return Ok(());
    }
    let places = refs.iter().map(|used| {
        (
            article_media::article_id.eq(article),
            article_media::media_id.eq(used.media_id),
            article_media::place.eq(used.place),
        )
    });
    let places: Vec<_> = places.collect();
    diesel::insert_into(article_media::table).values(places).on_conflict_do_nothing().execute(tx.conn)?;
    let ids: BTreeSet<Uuid> = refs.iter().map(|used| used.media_id).collect();
    let kept = pins.iter().map(|(id, revision)| {
        (
            version_media::article_id.eq(article),
            version_media::version.eq(version),
            version_media::media_id.eq(*id),
            version_media::revision.eq(*revision),
        )
    });
    diesel::insert_into(version_media::table).values(kept.collect::<Vec<_>>()).execute(tx.conn)?;
    // In the order of their ids, so that two articles that take up the same files do not wait for each other.
    let taken_up: Vec<Uuid> = media::table
        .filter(media::id.eq_any(ids))
        .filter(media::unused_since.is_not_null())
        .order(media::id)
        .select(media::id)
        .for_no_key_update()
        .load(tx.conn)?;
    if !taken_up.is_empty() {
        diesel::update(media::table.filter(media::id.eq_any(taken_up)))
            .set(media::unused_since.eq(None::<DateTime<Utc>>))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Records that a published copy uses what its version does.
pub fn publish(tx: &mut Tx<'_>, publication: Uuid) -> Result<(), Problem> {
    let of_version =
        version_media::article_id.eq(publications::article_id).and(version_media::version.eq(publications::version));
    let used = publications::table
        .inner_join(version_media::table.on(of_version))
        .filter(publications::id.eq(publication))
        .select((publications::id, version_media::media_id));
    diesel::insert_into(published_media::table)
        .values(used)
        .into_columns((published_media::publication_id, published_media::media_id))
        .execute(tx.conn)?;
    Ok(())
}

/// Of records: that nothing uses them, not even a version that could be restored.
#[auto_type(no_type_alias)]
pub fn unused() -> _ {
    let versions = version_media::table.filter(version_media::media_id.eq(media::id));
    let working = article_media::table.filter(article_media::media_id.eq(media::id));
    let public = published_media::table.filter(published_media::media_id.eq(media::id));
    not(exists(versions)).and(not(exists(working))).and(not(exists(public)))
}
