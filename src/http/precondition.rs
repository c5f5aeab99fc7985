//! The conditions that writes put on entity tags (RFC 9110, section 13.1).

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, EntityTag},
};

use super::{Code, ETag, Problem, text};

/// What proxies that compress an answer put behind its tag: Apache, and Caddy likewise.
const CODINGS: [&str; 4] = ["-gzip", "-br", "-zstd", "-deflate"];

/// The `If-Match` header of a write, its tags as they were made here.
///
/// RFC 9110 (section 13.1.1) compares strongly, for tags that stand for bytes. Those of what is written here stand for a
/// revision, which compressing does not change. So the weak form of one is taken, which nginx makes when it compresses,
/// and one with a coding behind it; else every save through such a proxy would be refused as somebody else's.
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

impl IfMatch {
    /// Checks a write over something that need not be there yet: the first time nothing is named, from then on what is
    /// there.
    ///
    /// # Errors
    /// `precondition_required`, `stale_version`.
    pub fn over(&self, current: Option<&ETag>) -> Result<(), Problem> {
        match (current, self) {
            (None, Self::Absent) => Ok(()),
            (Some(_), Self::Absent | Self::Any) => self.required().map(|_| ()),
            (Some(current), Self::Tags(tags)) if tags.contains(current) => Ok(()),
            (None, Self::Any) | (_, Self::Tags(_)) => Err(Problem::stale_version(current)),
        }
    }

    /// That one of the tags is what the thing bears now.
    ///
    /// # Errors
    /// `precondition_required`, `stale_version`.
    pub fn met_by(&self, current: &ETag) -> Result<(), Problem> {
        if self.required()?.contains(current) { Ok(()) } else { Err(Problem::stale_version(Some(current))) }
    }
}

impl FromStr for IfMatch {
    type Err = Problem;

    /// Reads the value of the header.
    ///
    /// # Errors
    /// `bad_request` for what is no list of tags.
    fn from_str(value: &str) -> Result<Self, Problem> {
        if value.trim() == "*" {
            return Ok(Self::Any);
        }
        let tags = value.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        let read = |tag: &str| tag.parse::<EntityTag>().map(|tag| ETag::new(as_made(tag.tag())));
        let tags: Result<_, _> = tags.map(read).collect();
        tags.map(Self::Tags).map_err(|_| Problem::bad_request(text("invalid-if-match")))
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
            let line = line.to_str().map_err(|_| Problem::bad_request(text("invalid-if-match")));
            match line.and_then(str::parse) {
                Ok(Self::Tags(more)) => tags.extend(more),
                other => return ready(other),
            }
        }
        ready(Ok(Self::Tags(tags)))
    }
}

/// A tag without what a proxy added. None that is conditional on a write here ends like that by itself: they end in a number.
fn as_made(tag: &str) -> &str {
    CODINGS.iter().find_map(|coding| tag.strip_suffix(coding)).unwrap_or(tag)
}
