//! Opaque cursors for keyset paging: the sort key of the last row seen, bound to the list it was made for, and sealed: a
//! key that we did not make never reaches the database.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use super::{Code, Problem, text};
use crate::keyed;

/// How much of a seal a cursor carries, in bytes. It is nothing that could be tried out elsewhere than here.
const SEAL: usize = 16;

/// Makes cursors, and knows its own.
pub struct Cursors {
    key: [u8; 32],
}

impl Cursors {
    /// Cursors sealed with this key. Replicas that have the same one take each other's.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The cursor that continues after `place` in the list that `list` describes: its name, filters and sort.
    pub fn encode(&self, list: &str, place: &impl Serialize) -> String {
        // A place is a tuple of times, names and ids, which always serialise.
        let place = serde_json::to_vec(place).unwrap_or_default();
        let seal = keyed::digest(&self.key, &[&sealed(list, &place)]);
        URL_SAFE_NO_PAD.encode([&seal[..SEAL], &place].concat())
    }

    /// The place in a cursor that a client sent back, if it sent one.
    ///
    /// # Errors
    /// `invalid_cursor` where it was not made by [`Cursors::encode`] for the same list.
    pub fn decode<P: DeserializeOwned>(&self, list: &str, cursor: Option<&str>) -> Result<Option<P>, Problem> {
        let Some(cursor) = cursor else { return Ok(None) };
        let invalid = || Problem::new(Code::InvalidCursor, text("invalid-cursor"));
        let cursor = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (seal, place) = cursor.split_at_checked(SEAL).ok_or_else(invalid)?;
        if !keyed::is_start_of_digest(&self.key, &[&sealed(list, place)], seal) {
            return Err(invalid());
        }
        serde_json::from_slice(place).map(Some).map_err(|_| invalid())
    }
}

/// What is sealed: the list and the place. The length before them keeps one from being read as a part of the other.
fn sealed(list: &str, place: &[u8]) -> Vec<u8> {
    [&(list.len() as u64).to_be_bytes(), list.as_bytes(), place].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(cursors: &Cursors, list: &str, cursor: &str) -> bool {
        cursors.decode::<(u8, String)>(list, Some(cursor)).is_err_and(|problem| problem.code() == Code::InvalidCursor)
    }

    #[test]
    fn a_cursor_comes_back_for_its_own_list_only() {
        let cursors = Cursors::new([1; 32]);
        let cursor = cursors.encode("articles category=a", &(7, "x"));
        let place = cursors.decode::<(u8, String)>("articles category=a", Some(&cursor)).expect("its own");
        assert_eq!(place, Some((7, "x".to_owned())));
        assert!(refused(&cursors, "articles category=b", &cursor));
        assert!(refused(&cursors, "articles category=a", "AAAA"));
    }

    #[test]
    fn a_place_that_was_made_up_or_sealed_elsewhere_is_refused() {
        let cursors = Cursors::new([1; 32]);
        let elsewhere = Cursors::new([2; 32]).encode("articles", &(7, "x"));
        assert!(refused(&cursors, "articles", &elsewhere));
        let mut bytes = URL_SAFE_NO_PAD.decode(cursors.encode("articles", &(7, "x"))).expect("base64");
        for place in 0..bytes.len() {
            bytes[place] ^= 1;
            assert!(refused(&cursors, "articles", &URL_SAFE_NO_PAD.encode(&bytes)), "byte {place}");
            bytes[place] ^= 1;
        }
        bytes.truncate(SEAL - 1);
        assert!(refused(&cursors, "articles", &URL_SAFE_NO_PAD.encode(&bytes)));
        assert!(refused(&cursors, "articles", &URL_SAFE_NO_PAD.encode(br#"[7,"x"]"#)));
    }
}
