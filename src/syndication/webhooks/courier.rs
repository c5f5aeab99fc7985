//! Makes what is sent, signs it, sends it, and says what came of it.

use std::{sync::Arc, time::Instant};

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json, value::RawValue};
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use super::{
    body::{Body, Data},
    filter::Kind,
    line::{Answered, Line},
    secret::{Seal, Secret, signatures},
};
use crate::{
    db::{Delivery, pool::snapshot},
    delivery::{cards::Labels, store},
    http::{Problem, reply::SiteUrl},
};

/// How much of what was sent is kept, in bytes.
const MOST_KEPT: usize = 8 * 1024;

/// How many pings may be under way.
const PINGS: usize = 8;

/// What a ping calls itself.
pub const PING: &str = "webhook.ping";

/// Where something goes.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The webhook.
    pub id: Uuid,
    /// Its address.
    pub url: String,
    /// Its secret.
    pub sealed: Vec<u8>,
    /// The one before, which still signs.
    pub sealed_before: Option<Vec<u8>>,
}

/// Something to hand over.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The delivery: `webhook-id`, the same with each try.
    pub id: Uuid,
    /// What happened; of a ping nothing did.
    pub kind: Option<Kind>,
    /// To which article.
    pub article: Option<Uuid>,
    /// Why it is gone.
    pub reason: Option<String>,
    /// What readers are told of it.
    pub notice: Option<String>,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
}

/// A try that was made.
#[derive(Clone, Debug)]
pub struct Try {
    /// What was sent.
    pub request: Value,
    /// How long it took, in milliseconds.
    pub took_ms: i32,
    /// What came back, or why nothing did.
    pub outcome: Result<Answered, String>,
}

impl Try {
    /// Whether the receiver has it.
    pub fn arrived(&self) -> bool {
        matches!(&self.outcome, Ok(answered) if (200..300).contains(&answered.status))
    }

    /// What is wrong, in a line.
    pub fn complaint(&self) -> Option<String> {
        match &self.outcome {
            Ok(_) if self.arrived() => None,
            Ok(answered) => Some(format!("answered with {}", answered.status)),
            Err(error) => Some(error.clone()),
        }
    }
}

/// What it takes to hand something over.
pub struct Courier {
    /// The way to receivers.
    pub line: Line,
    /// What secrets are kept under.
    pub seal: Seal,
    delivery: Delivery,
    labels: Arc<Labels>,
    site: SiteUrl,
    pings: Semaphore,
    /// Something may be due now that was not.
    pub(super) wake: Notify,
}

impl Courier {
    /// One that reads articles as the public of this site does.
    pub fn new(line: Line, seal: Seal, delivery: Delivery, labels: Arc<Labels>, site: SiteUrl) -> Self {
        Self { line, seal, delivery, labels, site, pings: Semaphore::new(PINGS), wake: Notify::new() }
    }

    /// Has it looked for what is due.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Hands something over, once.
    ///
    /// # Errors
    /// Where the database does not say what is to be sent: then nothing was.
    pub async fn hand_over(&self, to: &Receiver, letter: &Letter) -> Result<Try, Problem> {
        let Letter { id, kind, article, reason, notice, happened_at } = letter;
        let shown = match (kind, *article) {
            (Some(Kind::Unpublished) | None, _) | (_, None) => None,
            (Some(_), Some(article)) => self.article(article).await?,
        };
        let data =
            Data { id: article.unwrap_or(to.id), article: shown, reason: reason.as_deref(), notice: notice.as_deref() };
        let body = Body { kind: kind.map_or(PING, Into::into), timestamp: *happened_at, data };
        let body = serde_json::to_vec(&body).map_err(Problem::internal)?;
        // Signed anew with each try: an old time would be refused.
        let (id, now) = (id.to_string(), Utc::now().timestamp());
        let began = Instant::now();
        let (signature, outcome) = match self.secrets(to) {
            None => (String::new(), Err("the secret was kept under another signing key: give it a new one".to_owned())),
            Some(secrets) => {
                let signature = signatures(&secrets, &id, now, &body);
                let headers = headers(&id, now, &signature)?;
                (signature, self.line.send(&to.url, headers, body.clone()).await)
            }
        };
        let kept = String::from_utf8_lossy(&body[..body.len().min(MOST_KEPT)]).into_owned();
        let request = json!({
            "url": to.url,
            "headers": {
                "content-type": "application/json",
                "webhook-id": id,
                "webhook-timestamp": now.to_string(),
                "webhook-signature": signature,
            },
            "size": body.len(),
            "body": kept,
        });
        Ok(Try { request, took_ms: i32::try_from(began.elapsed().as_millis()).unwrap_or(i32::MAX), outcome })
    }

    /// The same of a ping, of which a few may be under way.
    ///
    /// # Errors
    /// `unavailable` where that many are.
    pub async fn ping(&self, to: &Receiver, letter: &Letter) -> Result<Try, Problem> {
        let _place = self.pings.try_acquire().map_err(|_| Problem::unavailable("too many pings at once"))?;
        self.hand_over(to, letter).await
    }

    fn secrets(&self, of: &Receiver) -> Option<Vec<Secret>> {
        let sealed = std::iter::once(&of.sealed).chain(&of.sealed_before);
        sealed.map(|sealed| Secret::open(self.seal, of.id, sealed)).collect()
    }

    /// The article by itself, if it is public at this moment: what was withdrawn meanwhile is not sent.
    async fn article(&self, id: Uuid) -> Result<Option<Box<RawValue>>, Problem> {
        let labels = Arc::clone(&self.labels);
        let read = move |conn: &mut _| snapshot(conn, |conn| store::articles(conn, &labels, &[id], false));
        let Some(mut article) = self.delivery.read(read).await?.pop() else { return Ok(None) };
        self.site.complete(&mut article);
        serde_json::from_slice(&article.apart().written()?).map(Some).map_err(Problem::internal)
    }
}

fn headers(id: &str, timestamp: i64, signature: &str) -> Result<HeaderMap, Problem> {
    let value = |value: &str| HeaderValue::from_str(value).map_err(Problem::internal);
    Ok(HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("webhook-id"), value(id)?),
        (HeaderName::from_static("webhook-timestamp"), HeaderValue::from(timestamp)),
        (HeaderName::from_static("webhook-signature"), value(signature)?),
    ]))
}
