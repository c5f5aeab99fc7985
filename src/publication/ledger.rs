//! Where publications are written. The door says what is to be written and in which order; a ledger writes it: a
//! transaction at once, a corpus that is being made with the rest of its rows.

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, RunQueryDsl, dsl::sql,
    query_dsl::methods::FilterDsl, sql_types::Timestamptz,
};
use uuid::Uuid;

use super::{
    copy::{CopyRow, Dates, LinkRow, TagRow},
    standing::{EndReason, Publication},
};
use crate::{
    audit::{self, Event, Stamp},
    card::{self, Notes, Says},
    content::Content,
    db::{
        Tx,
        schema::{public_slugs, publications, published_articles, published_links, published_tags},
    },
    http::{Problem, text},
    media::library::uses,
    taxonomy::slugs,
};

/// What can happen to publications and their copies.
pub trait Ledger {
    /// A publication begins, now or later, that rests on this approval; and its copy with it, which says this beside its version.
    fn begin(
        &mut self,
        publication: &Publication,
        approval: i64,
        content: &Content,
        dates: &Dates,
        notes: &Notes,
    ) -> Result<(), Problem>;

    /// A publication ends, now or later. Its copy goes if that is now, and else is shown until then.
    fn end(&mut self, publication: &Publication, end: Ending<'_>) -> Result<(), Problem>;

    /// A publication does not end after all.
    fn go_on(&mut self, publication: &Publication) -> Result<(), Problem>;

    /// A publication that lay ahead of `at` never begins: nothing stays of it, nor of a slug that it alone was to have.
    ///
    /// # Errors
    /// `conflict` where it has begun meanwhile: what the public saw is not called off.
    fn call_off(&mut self, publication: &Publication, at: DateTime<Utc>) -> Result<(), Problem>;

    /// Copies that were over by `at` serve nobody any more.
    fn clear(&mut self, article: Uuid, at: DateTime<Utc>) -> Result<(), Problem>;

    /// Something happened to an article.
    fn event(&mut self, article: Uuid, stamp: Stamp, event: &Event<'_>) -> Result<(), Problem>;
}

/// How a publication ends.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: EndReason,
    /// Whether that is now.
    pub now: bool,
    /// What readers are told from then on.
    pub notice: Option<&'a str>,
}

/// A publication as it is stored.
#[derive(Insertable)]
#[diesel(table_name = publications, treat_none_as_default_value = false)]
pub struct PublicationRow {
    id: Uuid,
    article_id: Uuid,
    version: i32,
    approval_id: i64,
    starts_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    end_reason: Option<EndReason>,
    correction: Option<String>,
    notice: Option<String>,
    urgent_until: Option<DateTime<Utc>>,
}

impl PublicationRow {
    /// The publication, with the approval that it rests on.
    pub fn of(publication: &Publication, approval_id: i64) -> Self {
        let Publication {
            id,
            article_id,
            version,
            starts_at,
            expires_at,
            ended_at,
            end_reason,
            correction,
            notice,
            urgent_until,
            category: _,
        } = publication.clone();
        Self {
            id,
            article_id,
            version,
            approval_id,
            starts_at,
            expires_at,
            ended_at,
            end_reason,
            correction,
            notice,
            urgent_until,
        }
    }
}

impl Ledger for Tx<'_> {
    fn begin(
        &mut self,
        publication: &Publication,
        approval: i64,
        content: &Content,
        dates: &Dates,
        notes: &Notes,
    ) -> Result<(), Problem> {
        let (id, article) = (publication.id, publication.article_id);
        diesel::insert_into(publications::table)
            .values(PublicationRow::of(publication, approval))
            .execute(self.conn)?;
        let pictures = Says::of(content, Notes::default()).pictures();
        let files = card::of_version(self.conn, article, publication.version, &pictures)?;
        let copy = CopyRow::of(id, article, content, dates, notes, &files)?;
        diesel::insert_into(published_articles::table).values(copy).execute(self.conn)?;
        let tags: Vec<_> = TagRow::of(id, content).collect();
        if !tags.is_empty() {
            diesel::insert_into(published_tags::table).values(tags).execute(self.conn)?;
        }
        let links: Vec<_> = LinkRow::of(id, content).collect();
        if !links.is_empty() {
            diesel::insert_into(published_links::table).values(links).execute(self.conn)?;
        }
        uses::publish(self, id)?;
        // The earliest moment stays, whatever later publications say.
        let slug = diesel::insert_into(public_slugs::table)
            .values((
                public_slugs::slug.eq(content.slug.as_deref().unwrap_or_default()),
                public_slugs::article_id.eq(article),
                public_slugs::public_from.eq(dates.starts_at),
            ))
            .on_conflict(public_slugs::slug)
            .do_update()
            .set(public_slugs::public_from.eq(dates.starts_at));
        FilterDsl::filter(slug, public_slugs::public_from.gt(dates.starts_at)).execute(self.conn)?;
        Ok(())
    }

    fn end(&mut self, publication: &Publication, Ending { at, why, now, notice }: Ending<'_>) -> Result<(), Problem> {
        diesel::update(publications::table.find(publication.id))
            .set((publications::ended_at.eq(at), publications::end_reason.eq(why), publications::notice.eq(notice)))
            .execute(self.conn)?;
        let copy = published_articles::table.find(publication.id);
        if now {
            diesel::delete(copy).execute(self.conn)?;
        } else {
            let ends_at = publication.expires_at.map_or(at, |expiry| expiry.min(at));
            diesel::update(copy).set(published_articles::ends_at.eq(ends_at)).execute(self.conn)?;
        }
        Ok(())
    }

    fn go_on(&mut self, publication: &Publication) -> Result<(), Problem> {
        diesel::update(publications::table.find(publication.id))
            .set((publications::ended_at.eq(None::<DateTime<Utc>>), publications::end_reason.eq(None::<EndReason>)))
            .execute(self.conn)?;
        diesel::update(published_articles::table.find(publication.id))
            .set(published_articles::ends_at.eq(publication.expires_at))
            .execute(self.conn)?;
        Ok(())
    }

    fn call_off(&mut self, publication: &Publication, at: DateTime<Utc>) -> Result<(), Problem> {
        // By the clock of now, not of when the transaction began: it may have waited for the article.
        let ahead = publications::starts_at.gt(sql::<Timestamptz>("delivery.clock() + (clock_timestamp() - now())"));
        let scheduled = QueryDsl::filter(publications::table.find(publication.id), ahead);
        if diesel::delete(scheduled).execute(self.conn)? == 0 {
            return Err(Problem::conflict(text("public-meanwhile")));
        }
        let never_public = public_slugs::article_id.eq(publication.article_id).and(public_slugs::public_from.gt(at));
        diesel::delete(QueryDsl::filter(public_slugs::table, never_public)).execute(self.conn)?;
        slugs::release(self, publication.article_id)
    }

    fn clear(&mut self, article: Uuid, at: DateTime<Utc>) -> Result<(), Problem> {
        let over = published_articles::article_id.eq(article).and(published_articles::ends_at.le(at));
        diesel::delete(QueryDsl::filter(published_articles::table, over)).execute(self.conn)?;
        Ok(())
    }

    fn event(&mut self, article: Uuid, stamp: Stamp, event: &Event<'_>) -> Result<(), Problem> {
        audit::record(self.conn, article, stamp, event)
    }
}
