//! Entity tags (RFC 9110, section 8.8.3).

use std::fmt;

use actix_web::{
    HttpRequest,
    http::header::{self, Header, IfNoneMatch},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// A strong entity tag, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
