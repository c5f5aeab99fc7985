//! Publishing, scheduling and taking back. Every function here writes the publication, its copy and its event together;
//! over the database it runs in the caller's transaction, on an article that the caller has locked.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    copy::Dates,
    ledger::{Ending, Ledger},
    standing::{EndReason, Publication, Standing},
};
use crate::{
    audit::{Event, Published, Stamp},
    card::Notes,
    content::Content,
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
    /// What it corrects of what was public before.
    pub correction: Option<&'a str>,
    /// Until when it is urgent.
    pub urgent_until: Option<DateTime<Utc>>,
}

/// Makes a version public, now or later, as the publication `id`. What was scheduled before is replaced; what is live
/// stays until then.
///
/// # Errors
/// Those of the database, whose constraints refuse a version that was not approved.
pub fn publish(
    ledger: &mut impl Ledger,
    stamp: Stamp,
    id: Uuid,
    standing: &Standing,
    publish: &Publish<'_>,
) -> Result<(), Problem> {
    let Publish { article, version, content, approval, starts_at, expires_at, correction, urgent_until } = *publish;
    ledger.clear(article, stamp.at)?;
    if let Some(scheduled) = &standing.scheduled {
        call_off(ledger, stamp.at, standing, scheduled)?;
    }
    let now = starts_at <= stamp.at;
    if let Some(live) = &standing.live {
        ledger.end(live, Ending { at: starts_at, why: EndReason::Replaced, now, notice: None })?;
    }
    let publication = Publication {
        id,
        article_id: article,
        version,
        starts_at,
        expires_at,
        ended_at: None,
        end_reason: None,
        correction: correction.map(str::to_owned),
        notice: None,
        urgent_until,
        category: content.category,
    };
    let first_published_at = standing.first_published_at.unwrap_or(starts_at);
    // Whatever begins before this one does is known by now: to publish something else calls this one off.
    let corrections = publication.as_correction().into_iter().chain(standing.corrections.iter().cloned()).collect();
    let (dates, notes) = (Dates { starts_at, expires_at, first_published_at }, Notes { corrections, urgent_until });
    ledger.begin(&publication, approval, content, &dates, &notes)?;
    let published = Published { publication: id, version, starts_at, expires_at, correction, urgent_until };
    let event = match (now, &standing.live) {
        (false, _) => Event::ArticleScheduled(published),
        (true, None) => Event::ArticlePublished(published),
        (true, Some(_)) => Event::ArticleUpdated(published),
    };
    ledger.event(article, stamp, &event)?;
    match urgent_until {
        Some(urgent_until) if now => {
            ledger.event(article, stamp, &Event::ArticleUrgent { publication: id, version, urgent_until })
        }
        _ => Ok(()),
    }
}

/// Calls off what was to become public.
pub fn unschedule(ledger: &mut impl Ledger, stamp: Stamp, standing: &Standing) -> Result<(), Problem> {
    let Some(scheduled) = &standing.scheduled else { return Ok(()) };
    call_off(ledger, stamp.at, standing, scheduled)?;
    let event = Event::ArticleUnscheduled { publication: scheduled.id, version: scheduled.version };
    ledger.event(scheduled.article_id, stamp, &event)
}

/// Takes an article from the public, and calls off what was to replace it: withdrawn means gone. Readers are told the notice in
/// its place, if there is one.
pub fn unpublish(
    ledger: &mut impl Ledger,
    stamp: Stamp,
    standing: &Standing,
    notice: Option<&str>,
) -> Result<(), Problem> {
    take_back(ledger, stamp, standing, EndReason::Withdrawn, Said { notice, comment: None })
}

/// Takes an article that goes to the trash from the public, if it was there.
pub fn delete(
    ledger: &mut impl Ledger,
    stamp: Stamp,
    article: Uuid,
    standing: &Standing,
    reason: Option<&str>,
) -> Result<(), Problem> {
    take_back(ledger, stamp, standing, EndReason::Deleted, Said { notice: None, comment: reason })?;
    // An article in the trash may have no copy at all, not even an invisible one.
    ledger.clear(article, stamp.at)
}

/// What is said of an end: to readers, and to colleagues.
struct Said<'a> {
    notice: Option<&'a str>,
    comment: Option<&'a str>,
}

fn take_back(
    ledger: &mut impl Ledger,
    stamp: Stamp,
    standing: &Standing,
    why: EndReason,
    Said { notice, comment }: Said<'_>,
) -> Result<(), Problem> {
    unschedule(ledger, stamp, standing)?;
    let Some(live) = &standing.live else { return Ok(()) };
    ledger.end(live, Ending { at: stamp.at, why, now: true, notice })?;
    let (publication, version, reason) = (live.id, live.version, why.into());
    ledger.event(live.article_id, stamp, &Event::ArticleUnpublished { publication, version, reason, comment, notice })
}

/// Removes a publication that has not begun; what it was to replace goes on.
fn call_off(
    ledger: &mut impl Ledger,
    at: DateTime<Utc>,
    standing: &Standing,
    scheduled: &Publication,
) -> Result<(), Problem> {
    ledger.call_off(scheduled, at)?;
    match &standing.live {
        Some(live) => ledger.go_on(live),
        None => Ok(()),
    }
}
