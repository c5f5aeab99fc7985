//! What the service does to keep itself in order.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use uuid::Uuid;

use super::Job;
use crate::{
    audit,
    card::renew,
    db::{Newsroom, Tx},
    http::Problem,
    media::library::purge::Purge,
    newsroom::{articles::retention::Retention, words::add_missing},
    once::kept,
    publication::{changes, counts},
    syndication::webhooks,
    views::retention,
};

/// How often what only grows is tidied.
const TIDY_EVERY: Duration = Duration::from_secs(10 * 60);

/// How often numbers of articles take in what has changed. Until then whoever reads them adds it up.
const FOLD_EVERY: Duration = Duration::from_secs(5);

/// How often copies are looked for whose cards are by earlier rules. There are some after an update only.
const RENEW_EVERY: Duration = Duration::from_secs(10 * 60);

/// How often articles are looked for whose words nobody has noted: those of a corpus, or of before an update.
const NOTE_EVERY: Duration = Duration::from_secs(10 * 60);

/// How often files that nothing uses, and articles that nobody wants back, are purged.
const PURGE_EVERY: Duration = Duration::from_secs(60 * 60);

/// Every how many purges the whole media storage is looked through: that takes a request for each thousand files.
const THOROUGH_EVERY: u32 = 24;

/// For how many days things are kept that only grow.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// What partners are told of what is gone.
    pub sync: u16,
    /// Who did what.
    pub audit: u16,
    /// What receivers of webhooks were told.
    pub deliveries: u16,
}

/// All of it.
pub fn jobs(newsroom: &Newsroom, purge: Purge, trash: Retention, kept: Kept) -> Vec<Job> {
    vec![
        views_log(newsroom.clone()),
        old_changes(newsroom.clone()),
        old_removals(newsroom.clone(), kept.sync),
        article_counts(newsroom.clone()),
        cards(newsroom.clone()),
        words(newsroom.clone()),
        old_events(newsroom.clone(), kept.audit),
        old_deliveries(newsroom.clone(), kept.deliveries),
        old_keys(newsroom.clone()),
        unused_media(purge),
        old_trash(newsroom.clone(), trash),
    ]
}

/// Forgets views that are in the totals, and days of years ago.
fn views_log(newsroom: Newsroom) -> Job {
    Job::new("views-log", TIDY_EVERY, move || {
        let newsroom = newsroom.clone();
        async move { newsroom.transaction(retention::forget_old).await }
    })
}

/// Forgets what caches have been told.
fn old_changes(newsroom: Newsroom) -> Job {
    Job::new("old-changes", TIDY_EVERY, move || {
        let newsroom = newsroom.clone();
        async move { newsroom.transaction(changes::forget_old).await }
    })
}

/// Forgets what partners have been told of articles that are gone for good.
fn old_removals(newsroom: Newsroom, days: u16) -> Job {
    Job::new("old-removals", PURGE_EVERY, move || {
        let newsroom = newsroom.clone();
        async move { newsroom.transaction(move |tx| changes::forget_gone(tx, days)).await }
    })
}

/// Adds what has changed to the numbers of articles.
fn article_counts(newsroom: Newsroom) -> Job {
    Job::new("article-counts", FOLD_EVERY, move || {
        let newsroom = newsroom.clone();
        async move { newsroom.transaction(counts::fold).await }
    })
}

/// Writes the cards of copies that have them by earlier rules, or none.
fn cards(newsroom: Newsroom) -> Job {
    Job::new("cards", RENEW_EVERY, move || little_by_little(newsroom.clone(), renew))
}

/// Notes the words of working copies that were copied into the tables.
fn words(newsroom: Newsroom) -> Job {
    Job::new("article-words", NOTE_EVERY, move || {
        let newsroom = newsroom.clone();
        async move {
            let (mut after, mut noted) = (Uuid::nil(), 0);
            loop {
                let looked = newsroom.transaction(move |tx| add_missing(tx, after)).await?;
                noted += looked.missed;
                let Some(last) = looked.last else { return Ok(noted) };
                after = last;
            }
        }
    })
}

/// Forgets who did what so many days ago.
fn old_events(newsroom: Newsroom, days: u16) -> Job {
    Job::new("old-events", PURGE_EVERY, move || {
        little_by_little(newsroom.clone(), move |tx| audit::retention::forget_old(tx, days))
    })
}

/// Forgets what receivers were told so many days ago.
fn old_deliveries(newsroom: Newsroom, days: u16) -> Job {
    Job::new("old-deliveries", PURGE_EVERY, move || {
        little_by_little(newsroom.clone(), move |tx| webhooks::retention::forget_old(tx, days))
    })
}

/// Forgets what was done under which key a day ago.
fn old_keys(newsroom: Newsroom) -> Job {
    Job::new("old-keys", TIDY_EVERY, move || little_by_little(newsroom.clone(), kept::forget_old))
}

/// Purges what has been in the trash for too long.
fn old_trash(newsroom: Newsroom, retention: Retention) -> Job {
    let work = move || little_by_little(newsroom.clone(), move |tx| retention.purge_old(tx));
    Job::new("old-trash", PURGE_EVERY, work).not_at_once()
}

/// Does some of the work at a time until there is none left, and says how much it was.
async fn little_by_little(
    newsroom: Newsroom,
    some: impl Fn(&mut Tx<'_>) -> Result<usize, Problem> + Copy + Send + 'static,
) -> Result<usize, Problem> {
    let mut done = 0;
    loop {
        match newsroom.transaction(some).await? {
            0 => return Ok(done),
            more => done += more,
        }
    }
}

/// Purges files that nothing has used for long, and what a crash left in the media storage.
fn unused_media(purge: Purge) -> Job {
    let turns = AtomicU32::new(0);
    let work = move || {
        let (purge, turn) = (purge.clone(), turns.fetch_add(1, Ordering::Relaxed) + 1);
        async move {
            let removed =
                if turn.is_multiple_of(THOROUGH_EVERY) { purge.run_thoroughly().await } else { purge.run().await };
            removed.map(|removed| removed.records + removed.contents + removed.renditions)
        }
    };
    Job::new("unused-media", PURGE_EVERY, work).not_at_once()
}
