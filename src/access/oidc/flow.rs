//! What a browser keeps between leaving for the provider and coming back: sealed, for ten minutes.

use actix_web::{HttpRequest, http::header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    access::{keys::Keys, people::Proven},
    keyed,
};

const COOKIE: &str = "tintuc_oidc";

/// How long somebody may take to sign in at the provider, in seconds.
const PATIENCE: i64 = 600;

/// A sign-in that is under way at the provider.
#[derive(Debug, Serialize, Deserialize)]
pub struct Flow {
    /// What the provider sends back with the browser: proof that it is this one.
    pub state: String,
    /// What its token has to bear.
    pub nonce: String,
    /// What the code is exchanged by (PKCE, RFC 7636).
    pub verifier: String,
    /// The account that somebody who is signed in links to what they have at the provider.
    pub link: Option<Link>,
    /// When it is over, in seconds since 1970.
    until: i64,
}

/// An account, and a digest of what its password was compared with: by the end of ten minutes it may be another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Link {
    /// The account.
    pub account: Uuid,
    password: [u8; 32],
}

impl Link {
    /// Of whoever has proved that it is theirs.
    pub fn of(owner: &Proven) -> Self {
        Self { account: owner.id, password: Sha256::digest(owner.password_hash.as_bytes()).into() }
    }

    /// Whether that proof still holds, by what is kept of the password.
    pub fn holds(&self, password_hash: &str) -> bool {
        self.password[..] == Sha256::digest(password_hash.as_bytes())[..]
    }
}

impl Flow {
    /// One that begins.
    pub fn new(state: String, nonce: String, verifier: String, link: Option<Link>) -> Self {
        Self { state, nonce, verifier, link, until: now() + PATIENCE }
    }

    /// The header that has the browser keep it: sent back when the provider sends the browser back, and shown to no script.
    pub fn set_cookie(&self, keys: &Keys, secure: bool) -> String {
        // Texts and numbers, which always serialise.
        let content = serde_json::to_vec(self).unwrap_or_default();
        let sealed = URL_SAFE_NO_PAD.encode(keyed::seal(&key(keys), COOKIE.as_bytes(), &content));
        cookie(&sealed, PATIENCE, secure)
    }

    /// The one that this browser began and has come back from with this state, if it is not over.
    pub fn of(request: &HttpRequest, keys: &Keys, state: &str) -> Option<Self> {
        let lines = request.headers().get_all(header::COOKIE).filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
        let content = keyed::open(&key(keys), COOKIE.as_bytes(), &URL_SAFE_NO_PAD.decode(value).ok()?)?;
        let flow: Self = serde_json::from_slice(&content).ok()?;
        let same =
            keyed::is_digest(&key(keys), &[state.as_bytes()], &keyed::digest(&key(keys), &[flow.state.as_bytes()]));
        (same && flow.until > now()).then_some(flow)
    }

    /// The header that has the browser forget it.
    pub fn end_cookie(secure: bool) -> String {
        cookie("", 0, secure)
    }
}

/// Also to be sent when the provider's page leads here: so not `Strict`.
fn cookie(value: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/api/v1/auth/oidc; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn key(keys: &Keys) -> [u8; 32] {
    keys.derive("oidc flow")
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}
