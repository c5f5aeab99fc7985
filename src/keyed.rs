//! Digests under a key (HMAC-SHA-256, RFC 2104): what only holders of the key can make.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The digest of the parts, one after the other.
pub fn digest(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    mac(key, parts).finalize().into_bytes().into()
}

/// Whether something is the [`digest`] of the parts, in constant time.
pub fn is_digest(key: &[u8; 32], parts: &[&[u8]], claimed: &[u8]) -> bool {
    mac(key, parts).verify_slice(claimed).is_ok()
}

/// Whether something is how the [`digest`] of the parts begins, in constant time. How much of it is enough is for the
/// caller to say, by the length of what it asks about.
pub fn is_start_of_digest(key: &[u8; 32], parts: &[&[u8]], claimed: &[u8]) -> bool {
    mac(key, parts).verify_truncated_left(claimed).is_ok()
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    for part in parts {
        mac.update(part);
    }
    mac
}
