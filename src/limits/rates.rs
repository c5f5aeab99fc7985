//! The rates, and who has used how much of theirs. By replica, in memory.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::HashMapStateStore,
};
use uuid::Uuid;

use super::keys::KnownKeys;

/// What is counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Class {
    /// Public reads that are not in memory.
    Reads,
    /// The change feed: a question, or a stream that begins.
    Sync,
    /// Views to be counted.
    Views,
    /// Signing in, and all that goes with it. Passwords have bounds of their own (`access/gate.rs`).
    SignIn,
    /// What changes something.
    Writes,
}

/// Whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// All that come from one network: an IPv4 /24, an IPv6 /48.
    Network(Vec<u8>),
    /// A program.
    Key(Uuid),
    /// Somebody who is signed in.
    User(Uuid),
}

/// How often in a minute. What was not used adds up to no more than that.
type Rate = NonZeroU32;

/// The time that rates are for, in seconds.
const WINDOW: u64 = 60;

const fn a_minute(quota: u32) -> Rate {
    match NonZeroU32::new(quota) {
        Some(quota) => quota,
        None => NonZeroU32::MIN,
    }
}

impl Class {
    /// What a network may do. Behind one may be a whole office, or the customers of a mobile provider.
    fn of_network(self) -> Rate {
        match self {
            Self::Reads => a_minute(3000),
            Self::Sync => a_minute(300),
            Self::Views => a_minute(6000),
            Self::SignIn => a_minute(300),
            Self::Writes => a_minute(600),
        }
    }

    /// What a key may do, or somebody who is signed in.
    fn of_key(self) -> Rate {
        match self {
            Self::Reads | Self::Sync => a_minute(3000),
            Self::Views => a_minute(30_000),
            Self::SignIn => a_minute(300),
            Self::Writes => a_minute(1200),
        }
    }

    fn name(self) -> &'static str {
        self.into()
    }
}

/// After how many questions those are forgotten who have all of theirs again.
const TIDY_AFTER: u32 = 10_000;

type Limiter = RateLimiter<Who, HashMapStateStore<Who>, DefaultClock, StateInformationMiddleware>;

/// Counts.
pub struct Limits {
    networks: Vec<Limiter>,
    keys: Vec<Limiter>,
    /// Whose keys are whose.
    pub(super) known: KnownKeys,
    asked: AtomicU32,
    clock: DefaultClock,
}

/// How much is left.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    class: Class,
    rate: Rate,
    /// So many more, at once.
    pub left: u32,
    /// Seconds until one is allowed again, where none is.
    pub again_in: Option<u64>,
}

impl Limits {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        let limiter =
            |rate| Limiter::new(Quota::per_minute(rate), HashMapStateStore::default(), DefaultClock::default());
        let classes = || <Class as strum::IntoEnumIterator>::iter();
        Self {
            networks: classes().map(|class| limiter(class.of_network())).collect(),
            keys: classes().map(|class| limiter(class.of_key())).collect(),
            known: KnownKeys::new(),
            asked: AtomicU32::new(0),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a question of somebody.
    pub fn count(&self, class: Class, who: &Who) -> Left {
        let (limiters, rate) = match who {
            Who::Network(_) => (&self.networks, class.of_network()),
            Who::Key(_) | Who::User(_) => (&self.keys, class.of_key()),
        };
        let limiter = &limiters[class as usize];
        if self.asked.fetch_add(1, Ordering::Relaxed) % TIDY_AFTER == TIDY_AFTER - 1 {
            self.networks.iter().chain(&self.keys).for_each(|limiter| {
                limiter.retain_recent();
                limiter.shrink_to_fit();
            });
        }
        match limiter.check_key(who) {
            Ok(state) => Left { class, rate, left: state.remaining_burst_capacity(), again_in: None },
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(1).max(1);
                Left { class, rate, left: 0, again_in: Some(seconds) }
            }
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Left {
    /// `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): what is left, and in how many seconds all is there again.
    pub fn header(&self) -> String {
        let quota = self.rate.get();
        let used = u64::from(quota - self.left.min(quota));
        let full_in = (used * WINDOW).div_ceil(quota.into());
        format!("\"{}\";r={};t={full_in}", self.class.name(), self.left)
    }

    /// `RateLimit-Policy`, likewise.
    pub fn policy(&self) -> String {
        format!("\"{}\";q={};w={WINDOW}", self.class.name(), self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_and_each_class_has_its_own() {
        let limits = Limits::new();
        let [one, other] = [1, 2].map(|last| Who::Network(vec![198, 51, last]));
        let quota = Class::Sync.of_network().get();
        for number in 1..=quota {
            let left = limits.count(Class::Sync, &one);
            assert_eq!((left.again_in, left.left), (None, quota - number));
        }
        let left = limits.count(Class::Sync, &one);
        assert_eq!((left.again_in, left.header()), (Some(1), "\"sync\";r=0;t=60".to_owned()));
        assert_eq!(left.policy(), format!("\"sync\";q={quota};w=60"));
        assert!(limits.count(Class::Sync, &other).again_in.is_none());
        assert!(limits.count(Class::Reads, &one).again_in.is_none());
        assert!(limits.count(Class::Sync, &Who::Key(Uuid::nil())).again_in.is_none());
    }
}
