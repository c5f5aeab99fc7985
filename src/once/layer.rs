//! The layer around the management side by which a POST with a key is done once.
//!
//! Whoever comes first has the lock on what the key stands for, over all replicas, and does it; its twins wait, and get the
//! answer that it got. That nothing is done twice hangs on no lock: the request marks in its own transaction what it does,
//! so one that was done is known to have been whatever became of its replica, and of two at once the database keeps one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody, to_bytes},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    rt,
    web::Data,
};
use tokio::sync::Semaphore;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    kept::{self, Done, Kept, Mark},
    sent::Body,
};
use crate::{
    access::Principal,
    db::{
        Newsroom, along,
        locks::{Lock, Locks, Name},
    },
    http::{
        Code, Problem,
        context::{carried, current_request},
        text,
    },
    told_once,
};

/// What a client calls a request, so that it can send it again.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Tells that an answer was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The longest key.
pub const MAX_KEY: usize = 255;

/// The largest answer that is kept, in bytes.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// How many requests may wait for their twins in one replica.
const MAX_WAITING: usize = 32;

/// How long one waits before it looks again: twice as long each time, up to a bound.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Sees to it that what is asked for twice is done once. Cheap to clone.
#[derive(Clone)]
pub struct Once {
    newsroom: Newsroom,
    locks: Locks,
    waiting: Arc<Semaphore>,
    patience: Duration,
}

impl Once {
    /// Over this database, with this much patience for a twin.
    pub fn new(newsroom: Newsroom, locks: Locks, patience: Duration) -> Self {
        Self { newsroom: newsroom.aside(), locks, waiting: Arc::new(Semaphore::new(MAX_WAITING)), patience }
    }

    /// The turn of a request: what was done under its name, or the lock to do it.
    async fn turn(&self, name: Name, caller: Uuid) -> Result<Turn, Problem> {
        let (began, mut pause, mut waiting) = (Instant::now(), FIRST_PAUSE, None);
        loop {
            if let Some(lock) = self.locks.take(name, caller).await? {
                let done = self.newsroom.read(move |conn| kept::find(conn, name)).await?;
                return Ok(done.map_or(Turn::ToDo(lock), Turn::Done));
            }
            if waiting.is_none() {
                waiting = Some(self.waiting.try_acquire().map_err(|_| running())?);
            }
            if began.elapsed() + pause > self.patience {
                return Err(running());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

enum Turn {
    Done(Done),
    ToDo(Lock),
}

fn running() -> Problem {
    Problem::conflict(text("idempotency-running")).header(header::RETRY_AFTER, "1")
}

type Answered<B> = Result<ServiceResponse<EitherBody<BoxBody, B>>, Error>;

/// Does a POST with a key once. Others pass by. For those who are signed in.
pub async fn layer<B: MessageBody + 'static>(request: ServiceRequest, next: Next<B>) -> Answered<B> {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.call(request).await.map(ServiceResponse::map_into_right_body);
    }
    let (http, payload) = request.into_parts();
    let prepared = async {
        let key = key(http.headers())?.to_owned();
        let once = http.app_data::<Data<Once>>().cloned();
        let who = http.extensions().get::<Principal>().cloned();
        let (Some(once), Some(who), Some(request)) = (once, who, current_request()) else {
            return Err(Problem::internal("a key outside the management side"));
        };
        let (body, payload) = Body::take(&http, payload).await?;
        let (name, held) = (kept::name(who.caller(), http.path(), &key), who.holdings());
        let turn = once.turn(name, who.caller()).await?;
        Ok((once, Mark { name, request }, held, body, payload, turn))
    };
    let (once, mark, held, body, payload, turn) = match prepared.await {
        Ok(prepared) => prepared,
        Err(problem) => return Ok(ServiceResponse::new(http, problem.error_response()).map_into_left_body()),
    };
    match turn {
        Turn::Done(done) => {
            let answer = replayed(done, &held, &body).await.unwrap_or_else(|problem| problem.error_response());
            Ok(ServiceResponse::new(http, answer).map_into_left_body())
        }
        Turn::ToDo(lock) => {
            let doing = Doing { once: Once::clone(&once), mark, held, body, lock };
            drop(once);
            let request = ServiceRequest::from_parts(http, payload);
            // It goes on to its end where the client is gone meanwhile, so that who comes back is answered.
            let done = rt::spawn(carried(doing.run(request, next)).instrument(tracing::Span::current()));
            let answered = done.await.map_err(Problem::internal)?;
            answered.map(ServiceResponse::map_into_left_body)
        }
    }
}

/// The key of a request.
///
/// # Errors
/// `bad_request` for one that is none, and for two.
fn key(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut given = headers.get_all(KEY).map(HeaderValue::as_bytes);
    let key = given.next().filter(|key| (1..=MAX_KEY).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic));
    let key = key.filter(|_| given.next().is_none()).and_then(|key| std::str::from_utf8(key).ok());
    key.ok_or_else(|| Problem::bad_request(text("invalid-idempotency-key").with("limit", MAX_KEY)))
}

/// The answer of before, for who asks for the same and holds what they held.
async fn replayed(done: Done, held: &[String], body: &Body) -> Result<HttpResponse, Problem> {
    let Done { request, answer } = done;
    let Some(answer) = answer else { return Err(kept::not_kept(Some(request))) };
    if !answer.held.iter().all(|before| held.contains(before)) {
        return Err(Problem::forbidden());
    }
    if !body.is(answer.sent).await {
        return Err(Problem::new(Code::IdempotencyMismatch, text("idempotency-mismatch")));
    }
    let status = StatusCode::from_u16(answer.status).map_err(Problem::internal)?;
    let mut response = HttpResponse::build(status);
    for header in answer.headers {
        response.append_header(header);
    }
    Ok(response.insert_header((REPLAYED, "true")).body(answer.body))
}

/// A request that does what its key stands for.
struct Doing {
    once: Once,
    mark: Mark,
    held: Vec<String>,
    body: Body,
    /// Held to the end.
    lock: Lock,
}

impl Doing {
    async fn run<B: MessageBody>(self, request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse, Error> {
        let work = along::along(Arc::new(self.mark), next.call(request));
        let (answered, holds_a_secret) = told_once::listening(work).await;
        let (request, response) = answered?.into_parts();
        let (head, body) = response.into_parts();
        let body = to_bytes(body).await.map_err(|_| Problem::internal("an answer broke off"))?;
        let small = body.len() <= MAX_ANSWER;
        if is_final(head.status())
            && small
            && !holds_a_secret
            && let Some(sent) = self.body.sent().await
        {
            let answer = Kept {
                held: self.held,
                sent,
                status: head.status().as_u16(),
                headers: told(head.headers()),
                body: body.to_vec(),
            };
            let mark = self.mark;
            if let Err(problem) = self.once.newsroom.transaction(move |tx| mark.keep(tx, &answer)).await {
                tracing::warn!(%problem, "an answer is not kept");
            }
        }
        drop(self.lock);
        Ok(ServiceResponse::new(request, head.set_body(body).map_into_boxed_body()))
    }
}

/// Whether it would be answered so again. What failed of us, or for now, may be tried again under the same key.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error() && ![StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS].contains(&status)
}

/// The headers of an answer, but for those that outer layers give each answer anew.
fn told(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
    headers.iter().filter_map(text).collect()
}
