//! Renewing the session of somebody who came by the provider: it is asked each time whether it still knows them, and as what.

use actix_web::web::Data;
use secrecy::{ExposeSecret, SecretString};

use super::{
    provider::{Said, SingleSignOn},
    store::{self, Held, Seal},
};
use crate::{
    access::{
        keys::Keys,
        people::RoleAt,
        session::{Asked, Refresh},
    },
    audit::Source,
    db::Newsroom,
    http::Problem,
};

/// Exchanges a refresh token whose session is the provider's to vouch for. Nobody else asks about it meanwhile.
///
/// # Errors
/// `unavailable` where the provider is not to be asked: the token is good still, once it is. Those of giving roles.
pub async fn renew(
    newsroom: &Newsroom,
    keys: &Keys,
    sso: &Data<SingleSignOn>,
    source: Source,
    token: SecretString,
    asked: Asked,
) -> Result<Refresh, Problem> {
    let Ok(provider) = sso.provider() else {
        // Single sign-on was taken out of service, and nobody vouches for its sessions.
        newsroom.transaction(move |tx| store::end(tx, source, asked)).await?;
        return Ok(Refresh::Refused);
    };
    let (key, issuer) = (Seal::of(keys), provider.issuer().to_owned());
    let held = newsroom.read(move |conn| store::held(conn, key, &issuer, asked.session)).await?;
    let said = match held {
        Some(Held { subject, token: Some(token) }) => provider.renewed(subject, token).await,
        Some(Held { token: None, .. }) | None => Ok(Said::Refused),
    };
    match said {
        Ok(Said::Known(person)) => {
            let roles: Vec<RoleAt> = provider.mapping.roles(&person.claims).into_iter().cloned().collect();
            let renewed = newsroom
                .transaction(move |tx| store::renew(tx, key, source, token.expose_secret(), asked, &person, &roles))
                .await;
            if renewed.is_err() {
                newsroom.transaction(move |tx| store::leave(tx, asked.session)).await?;
            }
            renewed
        }
        Ok(Said::Refused) => {
            newsroom.transaction(move |tx| store::end(tx, source, asked)).await?;
            Ok(Refresh::Refused)
        }
        Err(problem) => {
            newsroom.transaction(move |tx| store::leave(tx, asked.session)).await?;
            Err(problem)
        }
    }
}
