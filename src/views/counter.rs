//! The way in: hands a view to the committer and waits for the commit.

use std::{
    net::IpAddr,
    num::NonZeroU16,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use secrecy::SecretString;
use uuid::Uuid;

use super::{
    committer, keeper,
    mailbox::{Mailbox, Refusal},
    shared::{Shared, View},
    tally::Outcome,
    visitor::Digests,
};
use crate::{access::keys::Keys, db::Newsroom, http::Problem};

/// How many views may wait for their commit; more are refused. Some seconds' worth, in less than a megabyte.
pub const QUEUE: usize = 8192;

/// How long a reader waits for the commit.
const PATIENCE: Duration = Duration::from_millis(1500);

/// The counting of views in this process. Cheap to clone. The threads behind it end when the last clone is gone.
#[derive(Clone)]
pub struct Counting {
    queue: SyncSender<View>,
    state: Arc<Shared>,
    digests: Arc<Digests>,
    committer: Arc<JoinHandle<()>>,
}

/// Counts views for the requests of one worker thread.
pub struct Counter {
    counting: Counting,
    mailbox: Mailbox,
}

impl Counting {
    /// Starts the threads that count for this process, over the database at `url`: of an article at most `per_block`
    /// visitors in each half hour from one block of addresses.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(
        url: &SecretString,
        newsroom: &Newsroom,
        keys: &Arc<Keys>,
        per_block: Option<NonZeroU16>,
    ) -> std::io::Result<Self> {
        let (queue, views) = sync_channel(QUEUE);
        let state = Arc::new(Shared::default());
        let committer =
            committer::start(url.clone(), views, Arc::clone(&state), per_block.map(|bound| i32::from(bound.get())))?;
        keeper::start(newsroom.clone(), Arc::downgrade(&state))?;
        let digests = Arc::new(Digests::new(Arc::clone(keys)));
        Ok(Self { queue, state, digests, committer: Arc::new(committer) })
    }

    /// Ends the counting, before the database is stopped; waits until its connection is closed, but not for long.
    pub fn end(self) {
        let Self { queue, state, committer, .. } = self;
        state.over.store(true, Ordering::Release);
        // The last of them is gone with the requests, and whoever waits for views is told at once.
        drop(queue);
        let until = Instant::now() + PATIENCE;
        while !committer.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// A counter for the worker thread that calls this.
    pub fn counter(&self) -> Counter {
        Counter { counting: self.clone(), mailbox: Mailbox::open() }
    }
}

impl Counter {
    /// Counts a view of a public article by the reader whom `reader` tells from others, from this address. It is
    /// committed when this answers.
    ///
    /// # Errors
    /// `unavailable` where too many wait, or the commit does not come in time: such a view may be counted yet.
    pub async fn count(&self, article: Uuid, address: IpAddr, reader: &[&str]) -> Result<Outcome, Problem> {
        let Counting { queue, state, digests, .. } = &self.counting;
        let now = state.clock.now();
        let (visitor, block) = (digests.visitor(now, article, reader), digests.block(now, article, address));
        let (place, waiting) = self.mailbox.place();
        queue.try_send(View { article, visitor, block, place }).map_err(|error| match error {
            TrySendError::Full(_) => Problem::unavailable("too many views wait for their commit"),
            TrySendError::Disconnected(_) => Problem::internal("nobody commits views"),
        })?;
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(Ok(Ok(outcome))) => Ok(outcome),
            Ok(Ok(Err(Refusal::StorageFull))) => Err(Problem::insufficient_storage()),
            Ok(Ok(Err(Refusal::Unavailable)) | Err(_)) | Err(_) => {
                Err(Problem::unavailable("a view was not committed"))
            }
        }
    }

    /// An article's count, where this process has counted it; it knows of other replicas' views within a second.
    pub fn views(&self, article: Uuid) -> Option<i64> {
        self.counting.state.tally().views(article)
    }
}
