//! What goes on by itself: notices what has happened, takes what is due, has it handed over, and notes what came of it. Each
//! replica does; the database sees to it that no two do the same.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_web::rt;
use chrono::TimeDelta;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{
    courier::Courier,
    fanout::fan_out,
    queue::{self, Taken},
    settle::settle,
};
use crate::{
    db::{Newsroom, Tx},
    delivery::answers::Freshness,
    http::Problem,
};

/// How often it is looked whether there is something to do, if nobody says so.
const TICK: Duration = Duration::from_secs(1);

/// How many tries may be under way, and how many of them to one host.
const AT_ONCE: usize = 64;
const AT_ONE_HOST: usize = 8;

/// How long is waited for tries under way when the service stops.
const GRACE: Duration = Duration::from_millis(1_500);

/// How long a lane rests of which the database did not say what is to be sent.
const UNSAID: TimeDelta = TimeDelta::seconds(2);

/// Tries under way.
#[derive(Default)]
struct UnderWay {
    hosts: HashMap<String, usize>,
    claims: HashSet<Uuid>,
}

/// The place of one of them, which is free again however it ends.
struct Place {
    under_way: Rc<RefCell<UnderWay>>,
    host: String,
    claim: Uuid,
}

impl Place {
    fn take(under_way: &Rc<RefCell<UnderWay>>, host: String, claim: Uuid) -> Self {
        {
            let mut under_way = under_way.borrow_mut();
            *under_way.hosts.entry(host.clone()).or_default() += 1;
            under_way.claims.insert(claim);
        }
        Self { under_way: Rc::clone(under_way), host, claim }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut under_way = self.under_way.borrow_mut();
        under_way.claims.remove(&self.claim);
        let left = under_way.hosts.get(&self.host).map_or(0, |there| there.saturating_sub(1));
        if left == 0 {
            under_way.hosts.remove(&self.host);
        } else {
            under_way.hosts.insert(self.host.clone(), left);
        }
    }
}

#[derive(Clone)]
struct Sender {
    newsroom: Newsroom,
    courier: Arc<Courier>,
    under_way: Rc<RefCell<UnderWay>>,
}

/// It is running.
pub struct Sending {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sending {
    /// Starts it on the runtime of the thread that calls this.
    pub fn start(newsroom: &Newsroom, courier: Arc<Courier>, freshness: &Freshness) -> Self {
        let (stop, stopped) = watch::channel(false);
        let sender = Sender { newsroom: newsroom.clone().unnoticed(), courier, under_way: Rc::default() };
        let task = rt::spawn(sender.run(freshness.editions(), stopped));
        Self { stop, task }
    }

    /// Stops it: nothing is begun any more, what is under way has a moment to end, and what does not is left to others.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "webhooks");
        }
    }
}

impl Sender {
    async fn run(self, mut editions: watch::Receiver<()>, mut stopped: watch::Receiver<bool>) {
        let (mut tries, mut away) = (JoinSet::new(), false);
        while !*stopped.borrow_and_update() {
            let round = self.round(&mut tries).await;
            // Said once, however long it takes.
            if let (Err(problem), false) = (&round, away) {
                tracing::warn!(%problem, "webhooks wait for the database");
            }
            away = round.is_err();
            let rest = round.unwrap_or(TICK);
            tokio::select! {
                () = sleep(rest) => {}
                Ok(()) = editions.changed() => {}
                () = self.courier.wake.notified() => {}
                Some(_) = tries.join_next() => {}
                // If nobody is left who could say so, it goes on.
                Ok(()) = stopped.changed() => {}
            }
        }
        let _ = timeout(GRACE, async { while tries.join_next().await.is_some() {} }).await;
        let left: Vec<Uuid> = self.under_way.borrow().claims.iter().copied().collect();
        tries.shutdown().await;
        if !left.is_empty() {
            let let_go = move |tx: &mut Tx<'_>| queue::let_go(tx, &left, TimeDelta::zero());
            if let Err(problem) = self.newsroom.transaction(let_go).await {
                tracing::warn!(%problem, "what was being sent is held for a moment more");
            }
        }
    }

    /// Does what there is to do, and says how long there is nothing more.
    async fn round(&self, tries: &mut JoinSet<()>) -> Result<Duration, Problem> {
        let mut look = self.newsroom.read(queue::look).await?;
        while look.happened || look.moment.is_some_and(|moment| moment <= look.now) {
            let more = self.newsroom.transaction(fan_out).await?;
            look = self.newsroom.read(queue::look).await?;
            if !more {
                break;
            }
        }
        let mut rest = look.moment.map_or(TICK, |moment| (moment - look.now).to_std().unwrap_or(TICK)).min(TICK);
        for host in look.hosts {
            let wait = (host.due_at - look.now).to_std().unwrap_or_default();
            if !wait.is_zero() {
                rest = rest.min(wait);
                continue;
            }
            let room = self.room(&host.host);
            if room == 0 {
                // Whatever ends there has it looked at again.
                continue;
            }
            let (name, most) = (host.host.clone(), i64::try_from(room).unwrap_or_default());
            let taken = self.newsroom.transaction(move |tx| queue::take(tx, &name, most)).await?;
            for one in taken {
                tries.spawn_local(self.begin(host.host.clone(), one));
            }
        }
        // A moment at least: what is due here may be another's at this instant.
        Ok(rest.max(Duration::from_millis(20)))
    }

    fn room(&self, host: &str) -> usize {
        let under_way = self.under_way.borrow();
        let there = under_way.hosts.get(host).copied().unwrap_or_default();
        AT_ONE_HOST.saturating_sub(there).min(AT_ONCE.saturating_sub(under_way.claims.len()))
    }

    /// Takes a place at once, and makes the try when it is waited for.
    fn begin(&self, host: String, taken: Taken) -> impl Future<Output = ()> + 'static {
        let (sender, place) = (self.clone(), Place::take(&self.under_way, host, taken.claim));
        async move {
            // The whole of it, and not only what is read below: else it would be free at once.
            let place = place;
            if let Err(problem) = sender.hand_over(taken).await {
                tracing::warn!(%problem, "a delivery waits for the database");
                let claim = place.claim;
                let let_go = move |tx: &mut Tx<'_>| queue::let_go(tx, &[claim], UNSAID);
                // Else it is let go of by itself, a little later.
                let _ = sender.newsroom.transaction(let_go).await;
            }
        }
    }

    async fn hand_over(&self, taken: Taken) -> Result<(), Problem> {
        let tried = self.courier.hand_over(&taken.to, &taken.letter).await?;
        let chance = rand::random();
        self.newsroom.transaction(move |tx| settle(tx, &taken, &tried, chance)).await
    }
}
