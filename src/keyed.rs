//! What only holders of a key can make: digests (HMAC-SHA-256, RFC 2104); and what only they can read: sealed secrets
//! (ChaCha20-Poly1305, RFC 8439).

use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
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

/// Seals a secret. `place` says what it is and whose: nowhere else can it be opened. Sealed it is 28 bytes longer.
pub fn seal(key: &[u8; 32], place: &[u8], secret: &[u8]) -> Vec<u8> {
    // By chance, so that replicas need not agree: of a few million, two are alike with a probability of one in 10^16.
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut sealed = secret.to_vec();
    let sealing =
        sealing(key).seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed);
    #[expect(clippy::expect_used, reason = "only more than 256 GB could not be sealed")]
    sealing.expect("a short secret");
    [&nonce[..], &sealed].concat()
}

/// What was sealed under this key for this place; none where it was not, or was changed.
pub fn open(key: &[u8; 32], place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut sealed = sealed.to_vec();
    let opening = sealing(key);
    let secret = opening.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut sealed).ok()?;
    Some(secret.to_vec())
}

fn sealing(key: &[u8; 32]) -> LessSafeKey {
    #[expect(clippy::expect_used, reason = "the algorithm takes keys of this length")]
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("a key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_its_key_in_its_place_and_unchanged_only() {
        let sealed = seal(&[1; 32], b"mine", b"secret");
        assert_eq!(sealed.len(), 6 + 28);
        assert_ne!(sealed, seal(&[1; 32], b"mine", b"secret"), "no two are alike");
        assert_eq!(open(&[1; 32], b"mine", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(open(&[2; 32], b"mine", &sealed), None);
        assert_eq!(open(&[1; 32], b"yours", &sealed), None);
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert_eq!(open(&[1; 32], b"mine", &changed), None, "byte {byte}");
        }
        assert_eq!(open(&[1; 32], b"mine", &sealed[..11]), None);
    }
}
