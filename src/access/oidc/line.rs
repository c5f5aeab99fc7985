//! What is asked of the provider: so much at once, for so long, of so many bytes, and never on to another address.

use std::{net::IpAddr, time::Duration};

use openidconnect::http;
use reqwest::{Client, Request, Url, redirect::Policy};
use tokio::sync::Semaphore;

/// How many questions may be under way.
const AT_ONCE: usize = 8;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest answer that is read, in bytes.
const LARGEST: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Too many ask.
    #[error("too many questions to the provider at once")]
    Busy,
    /// An address that anybody could answer for.
    #[error("{0} is asked neither by https nor on this machine")]
    Open(Url),
    /// It is not there, or takes too long.
    #[error("the provider does not answer: {0}")]
    Silent(#[from] reqwest::Error),
    /// It sends too much.
    #[error("the provider's answer has more than {} bytes", LARGEST)]
    TooLarge,
}

/// The way to the provider.
pub struct Line {
    client: Client,
    places: Semaphore,
    here: bool,
}

impl Line {
    /// One to this issuer: by https, or to this machine.
    ///
    /// # Errors
    /// What keeps it from being asked.
    pub fn to(issuer: &Url) -> Result<Self, String> {
        let here = is_here(issuer);
        if issuer.scheme() != "https" && !here {
            return Err(NoAnswer::Open(issuer.clone()).to_string());
        }
        // Fails where it was done before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).timeout(PATIENCE).user_agent("tintuc");
        // By plain http nothing is proved by a certificate, and a machine need not have any.
        let client = client.danger_accept_invalid_certs(here).build().map_err(|error| error.to_string())?;
        Ok(Self { client, places: Semaphore::new(AT_ONCE), here })
    }

    /// Asks.
    pub async fn ask(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, NoAnswer> {
        let _place = self.places.try_acquire().map_err(|_| NoAnswer::Busy)?;
        let request = Request::try_from(request)?;
        let allowed = if self.here { is_here(request.url()) } else { request.url().scheme() == "https" };
        if !allowed {
            return Err(NoAnswer::Open(request.url().clone()));
        }
        let mut response = self.client.execute(request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LARGEST {
                return Err(NoAnswer::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = http::Response::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }
}

/// Whether an address is of this machine, by plain http.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    url.scheme() == "http" && (host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_asked_by_https_or_on_this_machine() {
        let to = |issuer: &str| Line::to(&issuer.parse().expect("a URL")).is_ok();
        for here in ["http://127.0.0.1:8080", "http://[::1]/realms/a", "http://localhost:1"] {
            assert!(to(here), "{here}");
        }
        for open in ["http://id.tinh.example", "http://127.0.0.1.tinh.example", "ftp://localhost", "http://10.0.0.1"] {
            assert!(!to(open), "{open}");
        }
    }
}
