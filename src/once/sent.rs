//! What was sent with a key, as it is told from something else: by a digest, so that a file of any size can be compared
//! while it passes by.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::{HttpMessage, HttpRequest, dev::Payload, error::PayloadError, web::Bytes};
use futures_util::{Stream, StreamExt, stream};
use memchr::memmem;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::http::{Code, Problem, json::MAX_ARTICLE_BYTES, text};

/// How much behind what a handler has read of a form is looked at for its end.
const BEHIND: u64 = 64 * 1024;
/// And for how long, when the answer is ready.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// What was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Of the query and the body.
    pub digest: [u8; 32],
    /// How many bytes of the body that is of.
    pub size: u64,
}

/// A body on its way to the handler.
pub enum Body {
    /// One that has come whole.
    Whole(Sent),
    /// A form, which is weighed as it is read: it may hold a large file.
    Passing(Rc<RefCell<Passing>>),
}

/// A form that is being read.
pub struct Passing {
    payload: Payload,
    scale: Scale,
    end: Option<End>,
}

/// How a form ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    /// Nothing comes behind it, not even an end.
    BrokenOff,
}

/// Weighs a body piece by piece, without the boundary of a form: clients make another for each try.
struct Scale {
    hasher: Sha256,
    size: u64,
    boundary: Vec<u8>,
    /// What came last and may be the beginning of a boundary.
    rest: Vec<u8>,
}

impl Body {
    /// Takes the body of a request, and gives what the handler will read in its place. A form is not read yet.
    ///
    /// # Errors
    /// `bad_request` where it broke off, `payload_too_large`.
    pub async fn take(request: &HttpRequest, mut payload: Payload) -> Result<(Self, Payload), Problem> {
        let form = request.mime_type().ok().flatten().filter(|it| it.essence_str() == "multipart/form-data");
        let boundary = form.and_then(|form| Some(form.get_param("boundary")?.as_str().as_bytes().to_vec()));
        let mut scale = Scale::new(request.query_string(), boundary.clone().unwrap_or_default());
        if boundary.is_some() {
            let passing = Rc::new(RefCell::new(Passing { payload, scale, end: None }));
            let read: Payload = Payload::Stream { payload: Box::pin(Reading(Rc::clone(&passing))) };
            return Ok((Self::Passing(passing), read));
        }
        let mut chunks = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::bad_request(text("body-interrupted")))?;
            scale.add(&chunk);
            if scale.size > MAX_ARTICLE_BYTES as u64 {
                let detail = text("payload-too-large").with("limit", MAX_ARTICLE_BYTES);
                return Err(Problem::new(Code::PayloadTooLarge, detail));
            }
            chunks.push(Ok(chunk));
        }
        Ok((Self::Whole(scale.finish()), Payload::Stream { payload: Box::pin(stream::iter(chunks)) }))
    }

    /// What was sent; none of a form that the handler did not care to read to its end.
    pub async fn sent(&self) -> Option<Sent> {
        match self {
            Self::Whole(sent) => Some(*sent),
            Self::Passing(passing) => {
                let limit = passing.borrow().scale.size + BEHIND;
                timeout(AFTERWARDS, rest(passing, limit)).await.ok().flatten()
            }
        }
    }

    /// Whether this is what was sent then. A form is read for that, if it has not been.
    pub async fn is(&self, then: Sent) -> bool {
        let now = match self {
            Self::Whole(sent) => Some(*sent),
            Self::Passing(passing) => rest(passing, then.size).await,
        };
        now == Some(then)
    }
}

/// Weighs what is left of a form; none where it is more than so many bytes in all, or breaks off.
async fn rest(passing: &Rc<RefCell<Passing>>, limit: u64) -> Option<Sent> {
    let mut reading = Reading(Rc::clone(passing));
    while reading.next().await.is_some() {
        if passing.borrow().scale.size > limit {
            return None;
        }
    }
    let passing = passing.borrow();
    (passing.end == Some(End::Whole)).then(|| passing.scale.clone().finish())
}

/// Reads a form, which is weighed meanwhile.
struct Reading(Rc<RefCell<Passing>>);

impl Stream for Reading {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let passing = &mut *self.0.borrow_mut();
        if passing.end.is_some() {
            return Poll::Ready(None);
        }
        let chunk = ready!(Pin::new(&mut passing.payload).poll_next(context));
        match &chunk {
            Some(Ok(bytes)) => passing.scale.add(bytes),
            Some(Err(_)) => passing.end = Some(End::BrokenOff),
            None => passing.end = Some(End::Whole),
        }
        Poll::Ready(chunk)
    }
}

impl Clone for Scale {
    fn clone(&self) -> Self {
        let Self { hasher, size, boundary, rest } = self;
        Self { hasher: hasher.clone(), size: *size, boundary: boundary.clone(), rest: rest.clone() }
    }
}

impl Scale {
    fn new(query: &str, boundary: Vec<u8>) -> Self {
        // There is no line break in a query.
        let hasher = Sha256::new().chain_update(query).chain_update("\n");
        Self { hasher, size: 0, boundary, rest: Vec::new() }
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.boundary.is_empty() {
            self.weigh(bytes);
            return;
        }
        let joined = [std::mem::take(&mut self.rest).as_slice(), bytes].concat();
        let boundary = std::mem::take(&mut self.boundary);
        let mut from = 0;
        for at in memmem::find_iter(&joined, &boundary) {
            self.weigh(&joined[from..at]);
            from = at + boundary.len();
        }
        let known = from.max((joined.len() + 1).saturating_sub(boundary.len()));
        self.weigh(&joined[from..known]);
        self.rest = joined[known..].to_vec();
        self.boundary = boundary;
    }

    fn weigh(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
    }

    fn finish(mut self) -> Sent {
        let rest = std::mem::take(&mut self.rest);
        self.weigh(&rest);
        Sent { digest: self.hasher.finalize().into(), size: self.size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighed(boundary: &str, body: &str, piece: usize) -> Sent {
        let mut scale = Scale::new("", boundary.as_bytes().to_vec());
        body.as_bytes().chunks(piece).for_each(|piece| scale.add(piece));
        scale.finish()
    }

    #[test]
    fn a_form_is_the_same_under_another_boundary_and_in_other_pieces() {
        let form = |boundary: &str, file: &str| format!("--{boundary}\r\n\r\n{file}\r\n--{boundary}--\r\n");
        let once = weighed("ranh", &form("ranh", "nội dung r ra ran"), 1_000);
        for piece in 1..20 {
            assert_eq!(weighed("gioi-khac", &form("gioi-khac", "nội dung r ra ran"), piece), once, "{piece}");
            assert_ne!(weighed("ranh", &form("ranh", "nội dung r ra rak"), piece), once, "{piece}");
        }
        assert_eq!(once.size, "--\r\n\r\nnội dung r ra ran\r\n----\r\n".len() as u64);
    }

    #[test]
    fn what_is_no_form_is_weighed_as_it_is() {
        assert_eq!(weighed("", "{}", 1), weighed("", "{}", 2));
        assert_ne!(weighed("", "{}", 1), weighed("", "{ }", 1));
        assert_ne!(Scale::new("a=1", Vec::new()).finish(), Scale::new("", Vec::new()).finish());
    }
}
