//! Public answers, made once, kept in memory, and made anew when something has changed that they depend on.
//!
//! A hit is answered by a layer around the whole service, before routing; a miss goes to its handler, which comes back
//! here with what was asked for, as it read that ([`super::names`]), and what to read: one request reads, all that ask
//! for the same meanwhile wait for it.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web::{Data, block},
};
use bytesize::ByteSize;
use diesel::PgConnection;
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Shared, WeakShared},
    stream,
};
use quick_cache::{Weighter, sync};
use serde::Serialize;
use tokio::time::timeout;

use super::{
    freshness::{Edition, Freshness, Validity},
    hot::{Hot, OFTEN},
    names::{Name, Names},
};
use crate::{
    db::Delivery,
    http::{Answer, Code, Found, Problem, answer::ToKeep, context, depends::Depends, negotiation::Coding},
};

/// How many hot answers are made anew at once: readers need connections too.
const WARMED_AT_ONCE: usize = 2;

/// Answers that were made, by name.
#[derive(Clone)]
pub struct Answers(Arc<Shelf>);

struct Shelf {
    answers: sync::Cache<Name, Arc<Kept>, ByBytes>,
    names: Names,
    under_way: Mutex<HashMap<Name, WeakShared<Outcome>>>,
    hot: Hot,
    freshness: Arc<Freshness>,
    delivery: Delivery,
    /// For how long an answer is shown that nobody can vouch for any more.
    shown_for: Duration,
}

/// An answer, what it was made from, and how to make it.
struct Kept {
    answer: Answer,
    edition: Edition,
    /// None for a file, which its handler sends.
    read: Option<Arc<Read>>,
    /// How often it was asked for.
    asked: AtomicU32,
}

impl Kept {
    /// How long until it is time to make it anew while it is late: not more often than twice in the time that it may be,
    /// however often something changes.
    fn until_due(&self) -> Duration {
        let Depends::On { late, .. } = &self.answer.depends else { return Duration::ZERO };
        (late.limit() / 2).saturating_sub(self.edition.begun.elapsed())
    }
}

/// Makes an answer from the database.
type Read = dyn Fn(&mut PgConnection) -> Result<Found, Problem> + Send + Sync;

/// An answer that is being made, for all that wait for it.
type Making = Shared<Outcome>;
type Outcome = BoxFuture<'static, Result<Arc<Kept>, Refused>>;

/// The place of an answer among those that are being made, until it is made or nobody waits for it any more.
struct UnderWay {
    answers: Answers,
    name: Name,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        // If another has just begun in its place, then that one is not joined: read once more than needed, no worse.
        self.answers.0.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// Why there is none, and what that was read from.
#[derive(Clone)]
struct Refused {
    problem: Problem,
    edition: Edition,
}

/// Answers weigh what they take in memory.
#[derive(Clone)]
struct ByBytes;

impl Weighter<Name, Arc<Kept>> for ByBytes {
    fn weight(&self, name: &Name, kept: &Arc<Kept>) -> u64 {
        name.len() as u64 + kept.answer.weight()
    }
}

impl Answers {
    /// A store of at most this size over what `delivery` reads. While the database cannot be reached, an answer is sent
    /// on for `shown_for` after it was last known to be right.
    pub fn new(size: ByteSize, freshness: Arc<Freshness>, delivery: Delivery, shown_for: Duration) -> Self {
        // How many to expect is a hint: a list weighs some 40 kB, an article 10.
        let expected = usize::try_from(size.as_u64() / 16_384).unwrap_or(usize::MAX).clamp(16, 100_000);
        let answers = sync::Cache::with_weighter(expected, size.as_u64(), ByBytes);
        let (names, under_way, hot) = (Names::new(size), Mutex::default(), Hot::default());
        Self(Arc::new(Shelf { answers, names, under_way, hot, freshness, delivery, shown_for }))
    }

    /// Answers a public read with what `read` finds, or with what it found before if that is still current. If the
    /// database cannot be reached, with what is kept, unless that has expired meanwhile. `asked` is all that `read`
    /// depends on beside the route: who asks the same, however they write it, gets the same.
    ///
    /// # Errors
    /// Those of `read`; `not_acceptable`; `unavailable` where nothing is kept.
    pub async fn answer(
        &self,
        request: &HttpRequest,
        asked: &impl Serialize,
        read: impl Fn(&mut PgConnection) -> Result<Found, Problem> + Send + Sync + 'static,
    ) -> Result<HttpResponse, Problem> {
        let coding = Coding::negotiate(request)?;
        let name = self.0.names.of(request, asked)?;
        let kept = self.current(&name, Arc::new(read)).await?;
        if let Some(response) = kept.answer.respond(request, coding) {
            return Ok(response);
        }
        let coded = Arc::clone(&kept);
        block(move || coded.answer.encode(coding)).await.map_err(Problem::internal)??;
        kept.answer.respond(request, coding).ok_or_else(|| Problem::internal("an answer is in no form"))
    }

    /// Makes what is asked for all the time anew as soon as it is outdated: for as long as the service runs.
    pub async fn keep_warm(self) {
        let mut editions = self.0.freshness.editions();
        let mut until_due = None;
        loop {
            let changed = match until_due {
                Some(rest) => timeout(rest, editions.changed()).await.unwrap_or(Ok(())),
                None => editions.changed().await,
            };
            if changed.is_err() {
                return;
            }
            let (outdated, rest) = self.hot_and_outdated();
            until_due = rest;
            let made = stream::iter(outdated).map(|(name, read)| self.making(&name, &read));
            made.buffer_unordered(WARMED_AT_ONCE).for_each(async |_| ()).await;
        }
    }

    /// What is hot and may not be sent on, most asked for first; and when to look again because something is late and not
    /// due yet. What has cooled is not followed any more.
    fn hot_and_outdated(&self) -> (Vec<(Name, Arc<Read>)>, Option<Duration>) {
        let (mut outdated, mut until_due) = (Vec::new(), None);
        for name in self.0.hot.take() {
            let Some(kept) = self.0.answers.get(&name) else { continue };
            let Some(read) = &kept.read else { continue };
            let asked = kept.asked.load(Ordering::Relaxed);
            if asked > 1 {
                self.0.hot.note(&name);
            }
            let rest = match self.validity(&kept) {
                Validity::Late => Some(kept.until_due()),
                Validity::Outdated => Some(Duration::ZERO),
                Validity::Current | Validity::Unknown => None,
            };
            match rest {
                Some(Duration::ZERO) => outdated.push((asked, name, Arc::clone(read))),
                Some(rest) => until_due = Some(until_due.map_or(rest, |other: Duration| other.min(rest))),
                None => kept.asked.store(asked / 2, Ordering::Relaxed),
            }
        }
        outdated.sort_unstable_by_key(|(asked, ..)| Reverse(*asked));
        (outdated.into_iter().map(|(_, name, read)| (name, read)).collect(), until_due)
    }

    /// How much memory the kept answers take.
    pub fn size(&self) -> ByteSize {
        ByteSize::b(self.0.answers.weight())
    }

    async fn current(&self, name: &Name, read: Arc<Read>) -> Result<Arc<Kept>, Problem> {
        let asked = Instant::now();
        if let Some(kept) = self.kept(name) {
            return Ok(kept);
        }
        loop {
            let making = self.making(name, &read);
            match making.await {
                // One that was begun before this request may miss what the client has just written; so may a refusal.
                Ok(kept) if kept.edition.begun < asked && self.validity(&kept) == Validity::Outdated => {}
                Ok(kept) => return Ok(kept),
                Err(Refused { problem, .. }) if problem.code() == Code::Unavailable => {
                    // Better an answer that was right a moment ago than none.
                    return self.0.answers.get(name).filter(|kept| self.may_be_shown(kept)).ok_or(problem);
                }
                Err(Refused { edition, .. })
                    if edition.begun < asked
                        && self.0.freshness.validity(&edition, &Depends::Everything) == Validity::Outdated => {}
                Err(Refused { problem, .. }) => return Err(problem),
            }
        }
    }

    /// The answer that is being made under this name, by somebody or from now on.
    fn making(&self, name: &Name, read: &Arc<Read>) -> Making {
        let mut under_way = self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(making) = under_way.get(name).and_then(WeakShared::upgrade) {
            return making;
        }
        let making = self.make(Arc::clone(name), Arc::clone(read));
        if let Some(weak) = making.downgrade() {
            under_way.insert(Arc::clone(name), weak);
        }
        making
    }

    /// Has an answer made anew while the one that there is is sent on.
    fn renew(&self, name: &Name, kept: &Kept) {
        let Some(read) = kept.read.as_ref().filter(|_| kept.until_due().is_zero()) else { return };
        if !self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name) {
            drop(actix_web::rt::spawn(self.making(name, read)));
        }
    }

    /// Makes an answer, while anybody waits for it.
    fn make(&self, name: Name, read: Arc<Read>) -> Making {
        let under_way = UnderWay { answers: self.clone(), name };
        let edition = self.0.freshness.edition();
        let making = async move {
            let UnderWay { answers, name } = &under_way;
            let reading = Arc::clone(&read);
            let found = answers.0.delivery.read(move |conn| reading(conn)).await;
            let made = found.and_then(Answer::new);
            let made = match made {
                Ok(answer) => {
                    // What was asked for often until now is likely to be, and cools if it is not.
                    let before = answers.0.answers.peek(name).map_or(0, |kept| kept.asked.load(Ordering::Relaxed));
                    Ok(Arc::new(Kept { answer, edition, read: Some(read), asked: AtomicU32::new(before / 2) }))
                }
                Err(problem) => Err(Refused { problem, edition }),
            };
            match &made {
                Ok(kept) => answers.0.answers.insert(Arc::clone(name), Arc::clone(kept)),
                Err(Refused { problem, .. }) if problem.code() == Code::Unavailable => {}
                Err(_) => drop(answers.0.answers.remove(name)),
            }
            drop(under_way);
            made
        };
        making.boxed().shared()
    }

    /// What is kept under this name, if it may be sent.
    fn kept(&self, name: &Name) -> Option<Arc<Kept>> {
        let kept = self.0.answers.get(name)?;
        let sendable = match self.validity(&kept) {
            Validity::Current => true,
            Validity::Late => {
                self.renew(name, &kept);
                true
            }
            Validity::Outdated => false,
            Validity::Unknown => self.may_be_shown(&kept),
        };
        if kept.asked.fetch_add(1, Ordering::Relaxed) + 1 == OFTEN {
            self.0.hot.note(name);
        }
        sendable.then_some(kept)
    }

    /// Whether it may be sent although nobody can tell what is current: not after the end of something that it shows,
    /// and not for longer than the caches in front are told.
    fn may_be_shown(&self, kept: &Kept) -> bool {
        kept.answer.may_be_shown()
            && self.0.freshness.was_right_within(self.0.shown_for, &kept.edition, &kept.answer.depends)
    }

    fn validity(&self, kept: &Kept) -> Validity {
        match self.0.freshness.validity(&kept.edition, &kept.answer.depends) {
            Validity::Current | Validity::Late
                if kept.answer.lasts.is_some_and(|lasts| kept.edition.begun.elapsed() >= lasts) =>
            {
                Validity::Outdated
            }
            validity => validity,
        }
    }

    /// The response to a request that memory can answer. None where it cannot, or where the request is one to be looked
    /// at closely.
    fn hit(&self, request: &HttpRequest) -> Option<HttpResponse> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let mut response = self.kept(&self.0.names.known(request)?)?.answer.to(request)?;
        context::identify(response.headers_mut(), context::new_request_id());
        Some(response)
    }
}

/// The layer around all others: answers from memory what can be, without a span or a line in the log; and keeps what a
/// handler says may be kept.
///
/// # Errors
/// Those of the service inside.
pub async fn layer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(answers) = request.app_data::<Data<Answers>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_right_body);
    };
    if let Some(response) = answers.hit(request.request()) {
        return Ok(request.into_response(response).map_into_left_body());
    }
    // What the handler reads is of this edition, or of a later one.
    let edition = answers.0.freshness.edition();
    let mut response = next.call(request).await?;
    let to_keep = response.response_mut().extensions_mut().remove::<ToKeep>();
    if let Some(ToKeep(answer)) = to_keep {
        let name = answers.0.names.of_file(response.request());
        answers.0.answers.insert(name, Arc::new(Kept { answer, edition, read: None, asked: AtomicU32::default() }));
    }
    Ok(response.map_into_right_body())
}
