//! The secret of a webhook, and what is signed by it (Standard Webhooks, <https://www.standardwebhooks.com>): HMAC-SHA-256 over
//! the id, the time and the body.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{access::keys::Keys, keyed, told_once::ToldOnce};

/// How a secret begins.
const PREFIX: &str = "whsec_";

/// The key under which secrets are kept.
#[derive(Clone, Copy)]
pub struct Seal([u8; 32]);

impl Seal {
    /// The one of this installation: the same on every replica.
    pub fn of(keys: &Keys) -> Self {
        Self(keys.derive("webhook secrets"))
    }
}

/// A secret.
pub struct Secret(Vec<u8>);

impl Secret {
    /// A new one, of 256 random bits.
    pub fn make() -> Self {
        Self(rand::random::<[u8; 32]>().to_vec())
    }

    /// As its receiver is told it, once.
    pub fn told(&self) -> ToldOnce {
        ToldOnce::new(format!("{PREFIX}{}", STANDARD.encode(&self.0)))
    }

    /// As it is kept for this webhook.
    pub fn sealed(&self, seal: Seal, webhook: Uuid) -> Vec<u8> {
        keyed::seal(&seal.0, webhook.as_bytes(), &self.0)
    }

    /// What was kept; none where that was under another signing key.
    pub fn open(seal: Seal, webhook: Uuid, sealed: &[u8]) -> Option<Self> {
        keyed::open(&seal.0, webhook.as_bytes(), sealed).map(Self)
    }

    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key");
        for part in [id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body] {
            mac.update(part);
        }
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The header `webhook-signature`: a signature by each of these.
pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let each: Vec<String> = secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect();
    each.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        let secret = || Secret(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64"));
        let sign = |secrets: &[Secret]| {
            signatures(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#)
        };
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign(&[secret()]), expected);
        let both = sign(&[Secret::make(), secret()]);
        assert!(both.starts_with("v1,") && both.ends_with(&format!(" {expected}")), "{both}");
    }

    #[test]
    fn a_secret_is_told_as_the_standard_has_it_and_kept_for_its_webhook_alone() {
        let (secret, seal, webhook) = (Secret::make(), Seal([7; 32]), Uuid::now_v7());
        let told = secret.told().reveal().to_owned();
        assert_eq!(STANDARD.decode(told.strip_prefix(PREFIX).expect("a prefix")), Ok(secret.0.clone()));
        let sealed = secret.sealed(seal, webhook);
        assert_eq!(Secret::open(seal, webhook, &sealed).map(|opened| opened.0), Some(secret.0));
        assert!(Secret::open(seal, Uuid::now_v7(), &sealed).is_none());
        assert!(Secret::open(Seal([8; 32]), webhook, &sealed).is_none());
    }
}
