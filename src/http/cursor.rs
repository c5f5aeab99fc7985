//! Opaque cursors for keyset paging: the sort key of the last row seen, bound to the list it was made for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{Code, Problem, text};

/// The cursor that continues after `key` in the list that `list` describes: its name, filters and sort.
pub fn encode(list: &str, key: &impl Serialize) -> String {
    // A key is a tuple of times and ids, which always serialise.
    let json = serde_json::to_vec(&(fingerprint(list), key)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(json)
}

/// The key in a cursor that a client sent back.
///
/// # Errors
/// `invalid_cursor` where it was not made by [`encode`] for the same list.
pub fn decode<K: DeserializeOwned>(list: &str, cursor: &str) -> Result<K, Problem> {
    let invalid = || Problem::new(Code::InvalidCursor, text("invalid-cursor"));
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
    let (made_for, key): (u64, K) = serde_json::from_slice(&json).map_err(|_| invalid())?;
    if made_for == fingerprint(list) { Ok(key) } else { Err(invalid()) }
}

fn fingerprint(list: &str) -> u64 {
    let digest = Sha256::digest(list.as_bytes());
    // 48 bits: JSON numbers are exact up to 53, and telling lists apart needs no more.
    digest[..6].iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_for_its_own_list_only() {
        let cursor = encode("articles category=a", &(7, "x"));
        assert_eq!(decode::<(u8, String)>("articles category=a", &cursor).expect("key"), (7, "x".to_owned()));
        assert_eq!(
            decode::<(u8, String)>("articles category=b", &cursor).expect_err("other").code(),
            Code::InvalidCursor
        );
        assert_eq!(
            decode::<(u8, String)>("articles category=a", "AAAA").expect_err("junk").code(),
            Code::InvalidCursor
        );
    }
}
