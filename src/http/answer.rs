//! A public answer: the same bytes for everyone, in every coding, and the headers that go with them.

use std::{
    borrow::Cow,
    sync::OnceLock,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web::Bytes,
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    ETag, Problem,
    depends::Depends,
    negotiation::{Coding, json_is_acceptable},
};

/// Names what an answer shows, for caches in front that can purge by such names.
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// The longest list of such names. A proxy in front has 4 kB for a whole head as it comes from the factory (nginx's
/// `proxy_buffer_size`), and the other headers need their part.
const MAX_KEY_BYTES: usize = 2048;

/// What most answers are.
pub const JSON: &str = "application/json";

/// How long an answer is shown, here and by caches in front, while there is nobody to ask for a newer one.
pub const STALE_IF_ERROR: Duration = Duration::from_secs(600);

/// The headers of public answers that scripts of other origins may read, beside those that they always may.
pub const EXPOSED: &str = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";

/// What a public read found, before it is an answer.
#[derive(Debug)]
pub enum Found {
    /// The thing itself.
    Content(Representation),
    /// It has another address now.
    Moved {
        /// Where.
        to: String,
        /// What that was read from.
        depends: Depends,
    },
}

/// What an answer holds, and what caches have to know of it.
#[derive(Debug)]
pub struct Representation {
    /// What it is written in, in UTF-8.
    pub body: Vec<u8>,
    /// What that is. Whoever asks for JSON has to accept it; other forms have addresses of their own, and are sent there.
    pub media_type: &'static str,
    /// The next page.
    pub next: Option<String>,
    /// What it shows, as names that a cache can be told to purge: `article/{id}`, `category/{slug}`, `articles`.
    pub keys: Vec<String>,
    /// The one that is sent alone where all would be too many: what this is an answer about.
    pub own_key: Cow<'static, str>,
    /// For how long it holds though nothing is published: where it shows what changes unannounced.
    pub lasts: Option<Duration>,
    /// What it was made from: when that changes, it is outdated.
    pub depends: Depends,
    /// Whether any of it disappears at a time that is known: from then on it may not be shown, whatever else fails.
    pub expires: Option<DateTime<Utc>>,
}

impl Representation {
    /// One that shows no particular article.
    ///
    /// # Errors
    /// `internal` where `data` does not serialise.
    pub fn of(data: &impl Serialize, keys: impl IntoIterator<Item = String>) -> Result<Self, Problem> {
        Ok(Self::written(serde_json::to_vec(data).map_err(Problem::internal)?, keys))
    }

    /// The same of JSON that is written already.
    pub fn written(json: Vec<u8>, keys: impl IntoIterator<Item = String>) -> Self {
        Self {
            body: json,
            media_type: JSON,
            next: None,
            keys: keys.into_iter().collect(),
            own_key: "articles".into(),
            lasts: None,
            depends: Depends::Everything,
            expires: None,
        }
    }

    /// One that counts articles and shows none of them.
    ///
    /// # Errors
    /// `internal` where `data` does not serialise.
    pub fn of_counts(data: &impl Serialize, keys: impl IntoIterator<Item = String>) -> Result<Self, Problem> {
        Ok(Self { depends: Depends::counts(), ..Self::of(data, keys)? })
    }
}

/// An answer, made once for everyone.
pub struct Answer {
    /// For how long it holds though nothing is published.
    pub lasts: Option<Duration>,
    /// What it was made from.
    pub depends: Depends,
    /// From when on it may not be shown.
    expires: Option<Instant>,
    status: StatusCode,
    /// None for a file, whose headers say it.
    media_type: Option<&'static str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    identity: Form,
    gzip: OnceLock<Form>,
    brotli: OnceLock<Form>,
}

/// An answer that its handler has sent by itself and that may be kept for others, in the response's extensions.
pub struct ToKeep(pub Answer);

/// The bytes in one coding.
struct Form {
    etag: HeaderValue,
    bytes: Bytes,
}

impl Answer {
    /// The answer with what was found.
    ///
    /// # Errors
    /// `internal` where a header cannot hold what it should.
    pub fn new(found: Found) -> Result<Self, Problem> {
        let mut headers = vec![
            (header::VARY, HeaderValue::from_static("Accept-Encoding")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED)),
        ];
        let value = |text: String| HeaderValue::try_from(text).map_err(Problem::internal);
        let content = match found {
            Found::Content(content) => content,
            Found::Moved { to, depends } => {
                headers.push((header::LOCATION, value(to)?));
                headers.push((header::CACHE_CONTROL, HeaderValue::from_static(FRESH)));
                let nothing = Form { etag: HeaderValue::from_static(""), bytes: Bytes::new() };
                return Ok(Self::with(StatusCode::PERMANENT_REDIRECT, headers, nothing, depends));
            }
        };
        let caching = if content.expires.is_some() { FRESH } else { FRESH_OR_ELSE_STALE };
        headers.push((header::CACHE_CONTROL, HeaderValue::from_static(caching)));
        if let Some(next) = content.next {
            headers.push((header::LINK, value(format!("<{next}>; rel=\"next\""))?));
        }
        if !content.keys.is_empty() {
            let keys = content.keys.join(" ");
            let keys = if keys.len() > MAX_KEY_BYTES { content.own_key.into_owned() } else { keys };
            headers.push((SURROGATE_KEY, value(keys)?));
        }
        let etag = value(ETag::of_bytes(&content.body).to_string())?;
        let identity = Form { etag, bytes: content.body.into() };
        let mut answer = Self::with(StatusCode::OK, headers, identity, content.depends);
        answer.media_type = Some(content.media_type);
        answer.lasts = content.lasts;
        answer.expires = content.expires.map(|at| Instant::now() + (at - Utc::now()).to_std().unwrap_or_default());
        Ok(answer)
    }

    /// A file, whole, and what it depends on. It is shown only while it is certain that it may be.
    ///
    /// # Errors
    /// `internal` where a header cannot hold the tag.
    pub fn file(
        headers: Vec<(HeaderName, HeaderValue)>,
        etag: &ETag,
        bytes: Bytes,
        depends: Depends,
    ) -> Result<Self, Problem> {
        let etag = HeaderValue::try_from(etag.to_string()).map_err(Problem::internal)?;
        let mut answer = Self::with(StatusCode::OK, headers, Form { etag, bytes }, depends);
        answer.media_type = None;
        answer.expires = Some(Instant::now());
        Ok(answer)
    }

    fn with(status: StatusCode, headers: Vec<(HeaderName, HeaderValue)>, identity: Form, depends: Depends) -> Self {
        let (gzip, brotli) = Default::default();
        Self { lasts: None, depends, expires: None, status, media_type: Some(JSON), headers, identity, gzip, brotli }
    }

    /// What it takes in memory, codings included.
    pub fn weight(&self) -> u64 {
        // Coded forms are made when first asked for, and are a quarter to a third of the bytes each.
        let headers: usize = self.headers.iter().map(|(_, value)| value.len() + 64).sum();
        (self.identity.bytes.len() * 5 / 3 + headers + self.depends.weight() + 512) as u64
    }

    /// Whether it may still be shown although nobody can tell what is current.
    pub fn may_be_shown(&self) -> bool {
        self.expires.is_none_or(|expires| Instant::now() < expires)
    }

    /// Makes the form in this coding, if it is not there yet.
    ///
    /// # Errors
    /// `internal`.
    pub fn encode(&self, coding: Coding) -> Result<(), Problem> {
        let (Some(place), Some(name)) = (self.place(coding), coding.name()) else { return Ok(()) };
        if place.get().is_some() {
            return Ok(());
        }
        let bytes = coding.encode(&self.identity.bytes).map_err(Problem::internal)?;
        let etag = self.identity.etag.to_str().unwrap_or_default().trim_matches('"');
        let etag = HeaderValue::try_from(ETag::new(etag).coded(name).to_string()).map_err(Problem::internal)?;
        // Somebody else may have been faster.
        let _ = place.set(Form { etag, bytes: bytes.into() });
        Ok(())
    }

    fn place(&self, coding: Coding) -> Option<&OnceLock<Form>> {
        match coding {
            Coding::Identity => None,
            Coding::Gzip => Some(&self.gzip),
            Coding::Brotli => Some(&self.brotli),
        }
    }

    /// The response to this request, if it asks for nothing out of the way and the form that it gets is made.
    pub fn to(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let Some(media_type) = self.media_type else {
            let whole = !request.headers().contains_key(header::RANGE);
            return whole.then(|| self.respond(request, Coding::Identity)).flatten();
        };
        let acceptable = media_type != JSON || json_is_acceptable(request);
        acceptable.then(|| self.respond(request, Coding::accepted(request)?)).flatten()
    }

    /// The response to this request: 304 if the client has it. None where the form in this coding is not made yet.
    pub fn respond(&self, request: &HttpRequest, coding: Coding) -> Option<HttpResponse> {
        if self.status != StatusCode::OK {
            return Some(self.head(self.status).finish());
        }
        let form = match self.place(coding) {
            None => &self.identity,
            Some(place) => place.get()?,
        };
        let known = is_known(request, &form.etag);
        let mut response = self.head(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        response.insert_header((header::ETAG, form.etag.clone()));
        if known {
            return Some(response.finish());
        }
        if let Some(name) = coding.name() {
            response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static(name)));
        }
        if let Some(media_type) = self.media_type {
            response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static(media_type)));
        }
        Some(response.body(form.bytes.clone()))
    }

    fn head(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        for (name, value) in &self.headers {
            response.insert_header((name, value.clone()));
        }
        response
    }
}

/// For caches on the way, shared ones too, as nobody has to sign in: a second is what another replica may be behind.
/// Then they ask again, and meanwhile may go on with what they have for one second more.
const FRESH: &str = "max-age=1, stale-while-revalidate=1";
/// And for ten minutes ([`STALE_IF_ERROR`]), if there is nobody to ask.
const FRESH_OR_ELSE_STALE: &str = "max-age=1, stale-while-revalidate=1, stale-if-error=600";
const _: () = assert!(STALE_IF_ERROR.as_secs() == 600, "the header says the same");

fn is_known(request: &HttpRequest, etag: &HeaderValue) -> bool {
    match request.headers().get(header::IF_NONE_MATCH) {
        None => false,
        // What most clients send; for all else, the whole grammar.
        Some(only) if only == etag => true,
        Some(_) => ETag::new(etag.to_str().unwrap_or_default().trim_matches('"')).is_known_to(request),
    }
}
