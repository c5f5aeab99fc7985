//! What it takes to make feeds, as handlers are given it.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};

use super::masthead::Masthead;
use crate::{
    delivery::{answers::Answers, cards::Labels, search::SearchIndex},
    http::{Canonical, Cursors, Problem},
};

/// What it takes to make feeds.
#[derive(Clone)]
#[expect(missing_docs, reason = "named by their types")]
pub struct Press {
    pub answers: Data<Answers>,
    pub cursors: Data<Cursors>,
    pub labels: Data<Labels>,
    pub index: Data<SearchIndex>,
    pub canonical: Data<Canonical>,
    pub masthead: Data<Masthead>,
}

impl Press {
    fn of(request: &HttpRequest) -> Option<Self> {
        Some(Self {
            answers: request.app_data::<Data<Answers>>()?.clone(),
            cursors: request.app_data::<Data<Cursors>>()?.clone(),
            labels: request.app_data::<Data<Labels>>()?.clone(),
            index: request.app_data::<Data<SearchIndex>>()?.clone(),
            canonical: request.app_data::<Data<Canonical>>()?.clone(),
            masthead: request.app_data::<Data<Masthead>>()?.clone(),
        })
    }
}

impl FromRequest for Press {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).ok_or_else(|| Problem::internal("the service was built without a part of it")))
    }
}
