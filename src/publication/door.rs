//! Publishing, scheduling and taking back. Every function here runs in the caller's transaction, on an article
//! that the caller has locked, and writes the publication, its copy and its event together.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use uuid::Uuid;

use super::{
    copy::{self, Dates},
    standing::{Publication, Standing},
};
use crate::{
    audit::{self, Event, Published, Stamp},
    content::Content,
    db::{
        Tx,
        schema::{public_slugs, publications},
    },
    http::Problem,
};

/// What is to become public.
pub struct Publish<'a> {
    /// The article.
    pub article: Uuid,
    /// The version.
    pub version: i32,
    /// What it says.
    pub content: &'a Content,
    /// The transition that approved exactly this version.
    pub approval: i64,
    /// From when on; now or later.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes a version public, now or later. What was scheduled before is replaced; what is live stays until then.
///
/// # Errors
/// Those of the database, whose constraints refuse a version that was not approved.
pub fn publish(tx: &mut Tx<'_>, stamp: Stamp, standing: &Standing, publish: &Publish<'_>) -> Result<(), Problem> {
    copy::remove_ended(tx, publish.article)?;
    if let Some(scheduled) = &standing.scheduled {
        call_off(tx, standing, scheduled)?;
    }
    let now = publish.starts_at <= tx.now;
    if let Some(live) = &standing.live {
        end(tx, live, publish.starts_at, "replaced")?;
        if now {
            copy::remove(tx, live.id)?;
        } else {
            copy::set_end(tx, live.id, earlier(live.expires_at, publish.starts_at))?;
        }
    }
    let id = Uuid::now_v7();
    diesel::insert_into(publications::table)
        .values((
            publications::id.eq(id),
            publications::article_id.eq(publish.article),
            publications::version.eq(publish.version),
            publications::approval_id.eq(publish.approval),
            publications::starts_at.eq(publish.starts_at),
            publications::expires_at.eq(publish.expires_at),
        ))
        .execute(tx.conn)?;
    let dates = Dates {
        starts_at: publish.starts_at,
        ends_at: publish.expires_at,
        expires_at: publish.expires_at,
        first_published_at: standing.first_published_at.unwrap_or(publish.starts_at),
    };
    copy::write(tx, id, publish.article, publish.content, &dates)?;
    let Publish { article, version, starts_at, expires_at, .. } = *publish;
    let published = Published { publication: id, version, starts_at, expires_at };
    let event = match (now, &standing.live) {
        (false, _) => Event::ArticleScheduled(published),
        (true, None) => Event::ArticlePublished(published),
        (true, Some(_)) => Event::ArticleUpdated(published),
    };
    audit::record(tx.conn, article, stamp, &event)
}

/// Calls off what was to become public.
///
/// # Errors
/// Those of the database.
pub fn unschedule(tx: &mut Tx<'_>, stamp: Stamp, standing: &Standing) -> Result<(), Problem> {
    let Some(scheduled) = &standing.scheduled else { return Ok(()) };
    call_off(tx, standing, scheduled)?;
    let event = Event::ArticleUnscheduled { publication: scheduled.id, version: scheduled.version };
    audit::record(tx.conn, scheduled.article_id, stamp, &event)
}

/// Takes an article from the public, and calls off what was to replace it: withdrawn means gone.
///
/// # Errors
/// Those of the database.
pub fn unpublish(tx: &mut Tx<'_>, stamp: Stamp, standing: &Standing) -> Result<(), Problem> {
    take_back(tx, stamp, standing, "withdrawn", None)
}

/// Takes an article that goes to the trash from the public, if it was there.
///
/// # Errors
/// Those of the database.
pub fn delete(
    tx: &mut Tx<'_>,
    stamp: Stamp,
    article: Uuid,
    standing: &Standing,
    reason: Option<&str>,
) -> Result<(), Problem> {
    take_back(tx, stamp, standing, "deleted", reason)?;
    // An article in the trash may have no copy at all, not even an invisible one.
    copy::remove_ended(tx, article)
}

fn take_back(
    tx: &mut Tx<'_>,
    stamp: Stamp,
    standing: &Standing,
    why: &'static str,
    reason: Option<&str>,
) -> Result<(), Problem> {
    unschedule(tx, stamp, standing)?;
    let Some(live) = &standing.live else { return Ok(()) };
    end(tx, live, tx.now, why)?;
    copy::remove(tx, live.id)?;
    let (publication, version) = (live.id, live.version);
    let event = Event::ArticleUnpublished { publication, version, reason: why, comment: reason };
    audit::record(tx.conn, live.article_id, stamp, &event)
}

/// Removes a publication that has not begun; what it was to replace goes on.
fn call_off(tx: &mut Tx<'_>, standing: &Standing, scheduled: &Publication) -> Result<(), Problem> {
    diesel::delete(publications::table.find(scheduled.id)).execute(tx.conn)?;
    diesel::delete(
        public_slugs::table
            .filter(public_slugs::article_id.eq(scheduled.article_id))
            .filter(public_slugs::public_from.gt(tx.now)),
    )
    .execute(tx.conn)?;
    if let Some(live) = &standing.live {
        diesel::update(publications::table.find(live.id))
            .set((publications::ended_at.eq(None::<DateTime<Utc>>), publications::end_reason.eq(None::<String>)))
            .execute(tx.conn)?;
        copy::set_end(tx, live.id, live.expires_at)?;
    }
    Ok(())
}

fn end(tx: &mut Tx<'_>, publication: &Publication, at: DateTime<Utc>, why: &str) -> Result<(), Problem> {
    diesel::update(publications::table.find(publication.id))
        .set((publications::ended_at.eq(at), publications::end_reason.eq(why)))
        .execute(tx.conn)?;
    Ok(())
}

fn earlier(expiry: Option<DateTime<Utc>>, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(expiry.map_or(at, |expiry| expiry.min(at)))
}
