//! Secrets that are given out once and kept as digests: whoever reads the database can use none.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::told_once::ToldOnce;

/// A new one: 256 random bits behind a prefix by which it is recognised where it should not be.
pub(super) fn make(prefix: &str) -> ToldOnce {
    let random: [u8; 32] = rand::random();
    ToldOnce::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random)))
}

/// What is kept of one. It cannot be guessed, so a fast digest is enough.
pub(super) fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
