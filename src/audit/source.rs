//! Where something was done from.

use std::{
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use uuid::Uuid;

use crate::http::{Problem, client::ClientAddress, context::current_request};

/// A request, as what it did is written down.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The request's id, as its client and the log of the service have it.
    pub request: Uuid,
    /// The address that it came from.
    pub address: IpAddr,
}

impl Source {
    /// The request under way.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let ClientAddress(address) = ClientAddress::of(request);
        Some(Self { request: current_request()?, address: address.to_canonical() })
    }
}

impl FromRequest for Source {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).ok_or_else(|| Problem::internal("a request without an id")))
    }
}
