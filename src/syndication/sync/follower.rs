//! Follows the feed once for all who wait for more, so that waiting costs no thread and no connection.
//!
//! Whoever waits asks first to be followed for, then reads what there is by themselves, and then hears of each page that
//! follows. Between the two nothing is missed: what comes behind a reading comes behind the beginning of the following.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use tokio::{
    sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore, broadcast},
    time::{sleep, timeout},
};

use super::{
    filter::{Called, Followed, Part},
    log::{self, Page, Reader},
    place::Place,
    told::{Entry, Told},
};
use crate::{
    db::{Delivery, pool::snapshot},
    delivery::{answers::Freshness, cards::Labels},
    http::{Canonical, Problem, reply::SiteUrl},
};

/// How many may wait or listen at once, at one replica.
const MOST: usize = 20_000;

/// How many changes are read at once.
const PAGE: i64 = 100;

/// How many pages who listens may be behind before they read by themselves.
const PAGES: usize = 64;

/// How many are told in a millisecond, so that who reads gets in between.
const AT_ONCE: u64 = 4;

/// The longest that anybody waits for their turn. In a storm several changes come until then, and are sent as one.
const LAST_TURN: Duration = Duration::from_millis(250);

/// How soon reading is tried again that has failed.
const RETRY: Duration = Duration::from_millis(500);

/// Reads the feed, and tells who waits. Cheap to clone.
#[derive(Clone)]
pub struct Follower(Arc<Inner>);

struct Inner {
    delivery: Delivery,
    freshness: Arc<Freshness>,
    labels: Arc<Labels>,
    site: SiteUrl,
    kept: TimeDelta,
    /// How far all has been told; none while nobody listens.
    place: AsyncMutex<Option<Place>>,
    /// None from when the service is told to stop.
    news: Mutex<Option<broadcast::Sender<Arc<News>>>>,
    seats: Arc<Semaphore>,
}

/// What is new.
pub struct News {
    /// What has changed.
    pub entries: Vec<Entry>,
    /// How far this goes.
    to: Place,
    /// What it is called under which it is filed.
    called: Called,
}

impl News {
    /// What is new for somebody who has come to a place, in their part.
    pub fn told<'a>(&'a self, from: &'a Place, named: &'a Followed) -> impl Iterator<Item = (&'a Entry, Told<'a>)> {
        let unknown = |entry: &&Entry| entry.generation.is_none_or(|generation| generation > from.log.0);
        self.entries.iter().filter(unknown).filter_map(|entry| Some((entry, entry.told(named)?)))
    }

    /// Whether who follows this part has to look it up anew: it names something that was not there before.
    pub fn names_anew(&self, part: &Part, named: &Followed) -> bool {
        self.called.is_news_to(part, &named.now)
    }

    /// Where they are then.
    pub fn moved(&self, from: &Place) -> Place {
        let seen = from.seen.max(self.to.seen);
        Place { log: from.log.max(self.to.log), clock: self.to.clock, seen, ..from.clone() }
    }
}

/// Somebody who hears what is new.
pub struct Listening {
    news: broadcast::Receiver<Arc<News>>,
    turn: Duration,
    /// Whether it is their turn: what has come by then goes along.
    is_turn: bool,
    _seat: OwnedSemaphorePermit,
}

/// What who listens hears.
pub enum Heard {
    /// Something.
    News(Arc<News>),
    /// That they have missed something, and are to read by themselves.
    Missed,
    /// Nothing any more: the service stops.
    Over,
}

impl Listening {
    /// The next.
    pub async fn hear(&mut self) -> Heard {
        self.is_turn &= !self.news.is_empty();
        match self.news.recv().await {
            Ok(news) => Heard::News(news),
            Err(broadcast::error::RecvError::Lagged(_)) => Heard::Missed,
            Err(broadcast::error::RecvError::Closed) => Heard::Over,
        }
    }

    /// Waits for one's turn to pass on what was heard: many who do so at once would hold up everybody who reads.
    pub async fn turn(&mut self) {
        if !self.is_turn && !self.turn.is_zero() {
            sleep(self.turn).await;
        }
        self.is_turn = true;
    }
}

impl Follower {
    /// Follows what `delivery` reads, for a site that is there; tokens are good for so long.
    pub fn new(
        delivery: Delivery,
        freshness: Arc<Freshness>,
        labels: Arc<Labels>,
        site: SiteUrl,
        kept: TimeDelta,
    ) -> Self {
        let (news, _) = broadcast::channel(PAGES);
        Self(Arc::new(Inner {
            delivery,
            freshness,
            labels,
            site,
            kept,
            place: AsyncMutex::new(None),
            news: Mutex::new(Some(news)),
            seats: Arc::new(Semaphore::new(MOST)),
        }))
    }

    /// A page of the feed, as it is now.
    ///
    /// # Errors
    /// Those of [`log::read`]; `unavailable` where the database does not answer.
    pub async fn read(&self, part: Part, from: Option<Place>, limit: i64) -> Result<Page, Problem> {
        self.read_as(None, part, from, limit).await
    }

    /// The same, if asked for as news items of ninjs of a site whose articles are there.
    ///
    /// # Errors
    /// As above.
    pub async fn read_as(
        &self,
        ninjs: Option<Canonical>,
        part: Part,
        from: Option<Place>,
        limit: i64,
    ) -> Result<Page, Problem> {
        self.page(ninjs, Some(part), from, limit).await
    }

    /// The same of a part, or for all who listen, whatever part they follow.
    async fn page(
        &self,
        ninjs: Option<Canonical>,
        part: Option<Part>,
        from: Option<Place>,
        limit: i64,
    ) -> Result<Page, Problem> {
        let (is_shared, part) = (part.is_none(), part.unwrap_or_default());
        let inner = Arc::clone(&self.0);
        let read = move |conn: &mut diesel::PgConnection| {
            let Inner { labels, site, kept, .. } = &*inner;
            let reader = Reader { labels, site, kept: *kept, ninjs: ninjs.as_ref(), is_shared };
            snapshot(conn, |conn| log::read(conn, reader, &part, from.as_ref(), limit))
        };
        self.0.delivery.read(read).await
    }

    /// The place behind all that there is now.
    ///
    /// # Errors
    /// `unavailable` where the database does not answer.
    pub async fn end(&self, part: Part) -> Result<(Place, Followed), Problem> {
        let read = move |conn: &mut diesel::PgConnection| {
            snapshot(conn, |conn| {
                let ((state, at), named) = (log::present(conn)?, part.named(conn)?);
                Ok((Place::end(state, at, &named), Followed { ever: named.clone(), now: named }))
            })
        };
        self.0.delivery.read(read).await
    }

    /// Listens to what comes behind now.
    ///
    /// # Errors
    /// `unavailable` where too many do, where the service stops, or the database does not answer.
    pub async fn listen(&self) -> Result<Listening, Problem> {
        let seat = Arc::clone(&self.0.seats).try_acquire_owned();
        let _seat = seat.map_err(|_| Problem::unavailable("too many wait for changes"))?;
        let before = (MOST - self.0.seats.available_permits()).saturating_sub(1) as u64;
        let turn = Duration::from_millis(before / AT_ONCE).min(LAST_TURN);
        let mut place = self.0.place.lock().await;
        let news = self.sender().map(|news| news.subscribe());
        let news = news.ok_or_else(|| Problem::unavailable("the service stops"))?;
        if place.is_none() {
            *place = Some(self.end(Part::default()).await?.0);
        }
        Ok(Listening { news, turn, is_turn: false, _seat })
    }

    /// Reads what is new as soon as there is something, while anybody listens: for as long as the service runs.
    pub async fn follow(self) {
        let mut editions = self.0.freshness.editions();
        let mut failed = false;
        loop {
            let changed = match failed {
                true => timeout(RETRY, editions.changed()).await.unwrap_or(Ok(())),
                false => editions.changed().await,
            };
            if changed.is_err() {
                return;
            }
            failed = self.tell().await.inspect_err(|problem| tracing::warn!(%problem, "the change feed")).is_err();
        }
    }

    /// Says that nothing comes any more: who waits is answered.
    pub fn close(&self) {
        self.0.news.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    async fn tell(&self) -> Result<(), Problem> {
        let mut place = self.0.place.lock().await;
        loop {
            let Some(news) = self.sender().filter(|news| news.receiver_count() > 0) else {
                *place = None;
                return Ok(());
            };
            let Some(from) = place.clone() else { return Ok(()) };
            let page = self.page(None, None, Some(from), PAGE).await;
            let Page { entries, to, has_more, called, .. } = match page {
                Ok(page) => page,
                // Of what was told so far nothing is left: everybody reads by themselves.
                Err(problem) if problem.code() == crate::http::Code::Gone => {
                    *place = Some(self.end(Part::default()).await?.0);
                    return Ok(());
                }
                Err(problem) => return Err(problem),
            };
            *place = Some(to.clone());
            // Who has just gone hears nothing.
            let _ = news.send(Arc::new(News { entries, to, called }));
            if !has_more {
                return Ok(());
            }
        }
    }

    fn sender(&self) -> Option<broadcast::Sender<Arc<News>>> {
        self.0.news.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
