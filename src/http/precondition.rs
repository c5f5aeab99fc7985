//! Entity tags and the conditions that requests put on them (RFC 9110, sections 8.8.3 and 13.1).

use std::{
    fmt,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, EntityTag, Header, IfNoneMatch},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{Code, Problem, text};

/// A strong entity tag, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// A tag made of characters that need no escape.
    pub fn new(opaque: impl Into<String>) -> Self {
        Self(opaque.into())
    }

    /// A tag that changes with the bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16]))
    }

    /// The tag of the same representation in a content coding.
    #[must_use]
    pub fn coded(&self, coding: &str) -> Self {
        Self(format!("{}-{coding}", self.0))
    }

    /// What is between the quotes.
    pub fn opaque(&self) -> &str {
        &self.0
    }

    /// Whether `If-None-Match` says that the client has this representation already (weak comparison).
    pub fn is_known_to(&self, request: &HttpRequest) -> bool {
        if !request.headers().contains_key(header::IF_NONE_MATCH) {
            return false;
        }
        match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.tag() == self.0),
            Err(_) => false,
        }
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// The `If-Match` header of a write.
#[derive(Clone, Debug)]
pub enum IfMatch {
    /// Not sent.
    Absent,
    /// `*`: whatever there is.
    Any,
    /// The tags that the client holds.
    Tags(Vec<ETag>),
}

impl IfMatch {
    /// The tags, where the request must name some: `*` would defeat the purpose.
    ///
    /// # Errors
    /// `precondition_required`.
    pub fn required(&self) -> Result<&[ETag], Problem> {
        match self {
            Self::Absent | Self::Any => Err(Problem::new(Code::PreconditionRequired, text("precondition-required"))),
            Self::Tags(tags) => Ok(tags),
        }
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut lines = request.headers().get_all(header::IF_MATCH).peekable();
        if lines.peek().is_none() {
            return ready(Ok(Self::Absent));
        }
        let mut tags = Vec::new();
        for line in lines {
            let Ok(line) = line.to_str() else {
                return ready(Err(Problem::bad_request(text("invalid-if-match"))));
            };
            if line.trim() == "*" {
                return ready(Ok(Self::Any));
            }
            for tag in line.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
                match tag.parse::<EntityTag>() {
                    // A weak tag never matches here (RFC 9110, section 13.1.1).
                    Ok(tag) if tag.weak => {}
                    Ok(tag) => tags.push(ETag::new(tag.tag())),
                    Err(_) => return ready(Err(Problem::bad_request(text("invalid-if-match")))),
                }
            }
        }
        ready(Ok(Self::Tags(tags)))
    }
}
