//! The one place where a password is compared: slowed down, and the same for everyone who gets it wrong.

use std::{
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use secrecy::SecretString;
use uuid::Uuid;

use super::{password, people::Proven, throttle::Attempt};
use crate::{
    db::{Newsroom, schema::users},
    http::{Problem, client::ClientAddress},
    settings::RateLimit,
};

/// Where a try comes from, and whether tries are slowed down.
pub struct Origin {
    address: IpAddr,
    slow_down: bool,
}

impl FromRequest for Origin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let slow_down = request.app_data::<Data<RateLimit>>().is_none_or(|limit| *limit.get_ref() == RateLimit::On);
        let address = ClientAddress::from_request(request, payload).into_inner();
        ready(address.map(|ClientAddress(address)| Self { address, slow_down }))
    }
}

/// The account with this address and password, if it is not disabled.
///
/// # Errors
/// `invalid_credentials`, whatever is wrong; `rate_limited` after too many failures.
pub async fn check(
    newsroom: &Newsroom,
    origin: Origin,
    email: &str,
    password: SecretString,
) -> Result<Proven, Problem> {
    let email = email.trim().to_lowercase();
    let (attempt, account) = newsroom
        .transaction(move |tx| {
            let attempt = if origin.slow_down { Some(Attempt::begin(tx, &email, origin.address)?) } else { None };
            let account: Option<(Uuid, String)> = users::table
                .filter(users::email.eq(&email))
                .filter(users::disabled_at.is_null())
                .select((users::id, users::password_hash))
                .first(tx.conn)
                .optional()?;
            Ok((attempt, account))
        })
        .await?;
    let account = account.map(|(id, password_hash)| Proven { id, password_hash });
    let matches = password::verify(password, account.as_ref().map(|account| account.password_hash.clone())).await?;
    let account = account.filter(|_| matches).ok_or_else(Problem::invalid_credentials)?;
    if let Some(attempt) = attempt {
        newsroom.transaction(move |tx| attempt.succeeded(tx)).await?;
    }
    Ok(account)
}
