//! What kept answers are called: by what was asked for, as the handler read it, and not by how it was written. Order of
//! parameters, percent-encoding, defaults written out, capitals, spaces and quotation marks of a search make no answers
//! of their own.

use std::sync::Arc;

use actix_web::HttpRequest;
use bytesize::ByteSize;
use quick_cache::{Weighter, sync};
use serde::Serialize;

use crate::http::Problem;

/// What an answer is called.
pub type Name = Arc<str>;

/// Spellings longer than this are read anew each time, in bytes.
const LONGEST_SPELLING: usize = 1024;

/// Of the memory for answers, how much goes to spellings: one part of so many.
const SHARE: u64 = 32;

/// Which name a request has, by its path and query as they stand.
pub struct Names(sync::Cache<Box<str>, Name, ByBytes>);

/// A spelling weighs what it takes in memory; the name is shared.
#[derive(Clone)]
struct ByBytes;

impl Weighter<Box<str>, Name> for ByBytes {
    fn weight(&self, spelling: &Box<str>, _: &Name) -> u64 {
        spelling.len() as u64 + 96
    }
}

impl Names {
    /// Names beside this much memory for answers.
    pub fn new(answers: ByteSize) -> Self {
        let size = answers.as_u64() / SHARE;
        let expected = usize::try_from(size / 256).unwrap_or(usize::MAX).clamp(16, 100_000);
        Self(sync::Cache::with_weighter(expected, size, ByBytes))
    }

    /// The name of a request that is known by how it is written.
    pub fn known(&self, request: &HttpRequest) -> Option<Name> {
        self.0.get(spelling(request))
    }

    /// The name of what a handler has read from a request: route and parameters.
    ///
    /// # Errors
    /// `internal` where `asked` does not serialise.
    pub fn of(&self, request: &HttpRequest, asked: &impl Serialize) -> Result<Name, Problem> {
        let asked = serde_json::to_string(asked).map_err(Problem::internal)?;
        let route = request.match_pattern();
        let route = route.as_deref().unwrap_or(request.path());
        Ok(self.remember(request, format!("{route} {asked}").into()))
    }

    /// The name of a file, which is kept under its right address alone.
    pub fn of_file(&self, request: &HttpRequest) -> Name {
        self.remember(request, spelling(request).into())
    }

    fn remember(&self, request: &HttpRequest, name: Name) -> Name {
        let spelling = spelling(request);
        if spelling.len() <= LONGEST_SPELLING {
            self.0.insert(spelling.into(), Arc::clone(&name));
        }
        name
    }
}

fn spelling(request: &HttpRequest) -> &str {
    request.uri().path_and_query().map_or("/", |target| target.as_str())
}
