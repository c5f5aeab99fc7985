//! Who may try a password now. Asked before anything is spent on the try, from memory alone; decision 15 says why so.
//!
//! Whoever signed in to an account before, from the same network or on the same device, is known there, and counted
//! by themselves. Everybody else is a stranger, and strangers slow down each other only.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::{
    keys::Keys,
    origin::{Device, Origin},
    session,
    tally::{Allowance, Charge, Key, Tally},
};
use crate::{db::Newsroom, http::Problem, keyed, settings::RateLimit};

/// For one account from one network, on one device, or in one session.
const FROM_ONE_PLACE: Allowance = Allowance { burst: 5, every: Duration::from_secs(30) };

/// For one account from all strangers together. One of them alone does not come so often.
const BY_STRANGERS: Allowance = Allowance { burst: 20, every: Duration::from_secs(15) };

/// For one account from all that are known there together: a bound for whoever came by many devices while they knew the
/// password.
const BY_KNOWN: Allowance = Allowance { burst: 50, every: Duration::from_secs(10) };

/// For all accounts together, as a stranger to each of them, from one network: an office or a proxy has many people.
const FROM_ONE_NETWORK: Allowance = Allowance { burst: 100, every: Duration::from_millis(100) };

/// For codes at one account from one place, once the password was right. Of a million codes three are right at a moment, and
/// whoever guesses them knows the password, and not only what anyone knows: there are few.
const CODES_FROM_ONE_PLACE: Allowance = Allowance { burst: 5, every: Duration::from_secs(300) };

/// The same from all strangers together.
const CODES_BY_STRANGERS: Allowance = Allowance { burst: 20, every: Duration::from_secs(600) };

/// The same from all that are known together.
const CODES_BY_KNOWN: Allowance = Allowance { burst: 20, every: Duration::from_secs(120) };

/// How many tries of strangers may be under way at once, and as many of the known: a queue that is short enough to be
/// worth waiting in.
const PLACES: usize = 16;

/// How many keys are remembered: some 10 MB.
const KEYS: usize = 100_000;

/// How often it is looked up who signed in on other replicas.
const LEARN_EVERY: Duration = Duration::from_secs(5);

/// The gate. Clones are one gate.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    secret: [u8; 32],
    limit: RateLimit,
    tally: Mutex<Tally>,
    /// Accounts with networks from which somebody signed in to them.
    known: Cache<Key, ()>,
    learnt: tokio::sync::Mutex<Option<Learnt>>,
    strangers: Arc<Semaphore>,
    regulars: Arc<Semaphore>,
}

/// Up to where the sessions were looked through, and when.
#[derive(Clone, Copy)]
struct Learnt {
    sessions_until: DateTime<Utc>,
    at: Instant,
}

/// A try that was let in. It holds its place in the queue until it is dropped, and counts as failed until it is told
/// otherwise.
pub struct Admitted {
    gate: Gate,
    charges: Vec<Charge>,
    account: Key,
    /// The account and the network, as a session remembers them.
    pub origin: Key,
    device: Option<Device>,
    /// What a code is charged to that comes after the password: this place, and others like it together.
    codes: [Charge; 2],
    _place: Option<OwnedSemaphorePermit>,
}

/// A try at a code that was let in. It counts as failed until it is told otherwise.
pub struct CodeTry {
    gate: Gate,
    charges: Vec<Charge>,
}

impl Gate {
    /// A gate that holds nobody for known yet.
    pub fn new(keys: &Keys, limit: RateLimit) -> Self {
        Self(Arc::new(Inner {
            secret: keys.derive("sign-in"),
            limit,
            tally: Mutex::new(Tally::new(KEYS)),
            known: Cache::new(KEYS),
            learnt: tokio::sync::Mutex::new(None),
            strangers: Arc::new(Semaphore::new(PLACES)),
            regulars: Arc::new(Semaphore::new(PLACES)),
        }))
    }

    /// Lets a try to sign in to this account in.
    ///
    /// # Errors
    /// `rate_limited` where it comes too soon after others; `unavailable` where the queue is full.
    pub async fn admit(&self, newsroom: &Newsroom, origin: &Origin, email: &str) -> Result<Admitted, Problem> {
        self.learn(newsroom).await?;
        let account = self.digest("account", email.as_bytes(), &[]);
        let here = self.digest("origin", &account, &origin.network);
        let device = Device::of(origin, &self.0.secret, &account);
        let place = device.map_or(here, |device| self.digest("device", &account, &device.nonce));
        let known = device.is_some() || self.0.known.get(&here).is_some();
        let admitted = self.admitted(account, here, device, place, known);
        if known {
            return self.let_in_known(place, admitted);
        }
        let charges = vec![
            (place, FROM_ONE_PLACE),
            (self.digest("strangers", &account, &[]), BY_STRANGERS),
            (self.digest("network", &origin.network, &[]), FROM_ONE_NETWORK),
        ];
        self.let_in(&self.0.strangers, charges, admitted)
    }

    /// Lets a try in of somebody who is signed in, and asked for the password once more.
    ///
    /// # Errors
    /// As with [`Gate::admit`].
    pub fn admit_signed_in(&self, session: Uuid, email: &str) -> Result<Admitted, Problem> {
        let account = self.digest("account", email.as_bytes(), &[]);
        let origin = self.digest("session", &account, session.as_bytes());
        self.let_in_known(origin, self.admitted(account, origin, None, origin, true))
    }

    /// Lets somebody in who has proved by other means than a password whose account it is.
    pub fn welcome(&self, origin: &Origin, email: &str) -> Admitted {
        let account = self.digest("account", email.as_bytes(), &[]);
        let device = Device::of(origin, &self.0.secret, &account);
        let origin = self.digest("origin", &account, &origin.network);
        self.admitted(account, origin, device, origin, false)
    }

    fn admitted(&self, account: Key, origin: Key, device: Option<Device>, place: Key, known: bool) -> Admitted {
        let (others, allowed) =
            if known { ("codes by known", CODES_BY_KNOWN) } else { ("codes by strangers", CODES_BY_STRANGERS) };
        let here = (self.digest("codes", &account, &place), CODES_FROM_ONE_PLACE);
        let codes = [here, (self.digest(others, &account, &[]), allowed)];
        Admitted { gate: self.clone(), charges: Vec::new(), account, origin, device, codes, _place: None }
    }

    fn let_in_known(&self, place: Key, admitted: Admitted) -> Result<Admitted, Problem> {
        let charges = vec![(place, FROM_ONE_PLACE), (self.digest("known", &admitted.account, &[]), BY_KNOWN)];
        self.let_in(&self.0.regulars, charges, admitted)
    }

    fn let_in(&self, queue: &Arc<Semaphore>, charges: Vec<Charge>, admitted: Admitted) -> Result<Admitted, Problem> {
        if self.0.limit == RateLimit::Off {
            return Ok(admitted);
        }
        let now = Instant::now();
        self.tally(|tally| tally.charge(&charges, now)).map_err(wait)?;
        match Arc::clone(queue).try_acquire_owned() {
            Ok(place) => Ok(Admitted { charges, _place: Some(place), ..admitted }),
            Err(_) => {
                self.tally(|tally| tally.refund(&charges, now));
                Err(Problem::unavailable("too many sign-ins at once"))
            }
        }
    }

    /// Makes known who signed in from where, on this replica or another, since it was last looked up.
    async fn learn(&self, newsroom: &Newsroom) -> Result<(), Problem> {
        if self.0.limit == RateLimit::Off {
            return Ok(());
        }
        // While one looks it up the others go by what is known; only the first time all wait.
        let mut learnt = match self.0.learnt.try_lock() {
            Ok(learnt) => learnt,
            Err(_) if !self.0.known.is_empty() => return Ok(()),
            Err(_) => self.0.learnt.lock().await,
        };
        if learnt.is_some_and(|learnt| learnt.at.elapsed() < LEARN_EVERY) {
            return Ok(());
        }
        let since = learnt.map(|learnt| learnt.sessions_until);
        let (origins, until) = newsroom.read(move |conn| session::origins_since(conn, since, KEYS)).await?;
        for origin in origins {
            self.0.known.insert(origin, ());
        }
        *learnt = Some(Learnt { sessions_until: until, at: Instant::now() });
        Ok(())
    }

    fn tally<T>(&self, work: impl FnOnce(&mut Tally) -> T) -> T {
        work(&mut self.0.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The purpose ends where the first part begins, and that is of one length for each purpose but where it is alone.
    fn digest(&self, purpose: &str, first: &[u8], second: &[u8]) -> Key {
        keyed::digest(&self.0.secret, &[purpose.as_bytes(), &[0], first, second])
    }
}

impl Admitted {
    /// The password was right: the try is taken back, and this place begins anew.
    pub fn succeeded(&self) {
        let [place, others @ ..] = self.charges.as_slice() else { return };
        self.gate.tally(|tally| {
            tally.forget(&place.0);
            tally.refund(others, Instant::now());
        });
    }

    /// Lets a try at a code in, for which the password was right. Nobody else can use up what is allowed here.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn admit_code(&self) -> Result<CodeTry, Problem> {
        let gate = self.gate.clone();
        if gate.0.limit == RateLimit::Off {
            return Ok(CodeTry { gate, charges: Vec::new() });
        }
        let charges = self.codes.to_vec();
        gate.tally(|tally| tally.charge(&charges, Instant::now())).map_err(wait)?;
        Ok(CodeTry { gate, charges })
    }

    /// A session was opened: whoever comes back from here, or on this device, is known. Answers the header that has the
    /// device keep what shows that.
    pub fn signed_in(&self, secure: bool) -> String {
        self.gate.0.known.insert(self.origin, ());
        self.device.unwrap_or_else(Device::make).set_cookie(&self.gate.0.secret, &self.account, secure)
    }
}

impl CodeTry {
    /// The code was right: the try is taken back, and this place begins anew.
    pub fn succeeded(&self) {
        let [place, others @ ..] = self.charges.as_slice() else { return };
        self.gate.tally(|tally| {
            tally.forget(&place.0);
            tally.refund(others, Instant::now());
        });
    }
}

fn wait(time: Duration) -> Problem {
    Problem::rate_limited(u64::try_from(time.as_millis().div_ceil(1000)).unwrap_or(1))
}
