//! What a key looks like: `ttk_`, then 256 random bits and their checksum. The checksum is no secret: it tells a key from what
//! was cut off or mistyped, and from what only looks like one, before anything is asked of the database.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::Crc;

use crate::told_once::ToldOnce;

/// Recognisable where it should not be, in a log or a repository.
pub const PREFIX: &str = "ttk_";
/// How many characters of a key tell it from others in lists.
const SHOWN: usize = PREFIX.len() + 8;

const RANDOM: usize = 32;

/// A new key.
pub fn make() -> ToldOnce {
    let random: [u8; RANDOM] = rand::random();
    ToldOnce::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([&random[..], &checksum(&random)].concat())))
}

/// Whether this may be a key that was given out.
pub fn is_well_formed(key: &str) -> bool {
    let Some(Ok(bytes)) = key.strip_prefix(PREFIX).map(|rest| URL_SAFE_NO_PAD.decode(rest)) else { return false };
    bytes.split_at_checked(RANDOM).is_some_and(|(random, sum)| sum == checksum(random))
}

/// How a key begins: 48 of its bits, of which the others cannot be guessed.
pub fn shown(key: &str) -> &str {
    key.get(..SHOWN).unwrap_or_default()
}

fn checksum(random: &[u8]) -> [u8; 4] {
    let mut sum = Crc::new();
    sum.update(random);
    sum.sum().to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_and_one_with_any_character_changed_is_not() {
        let key = make().reveal().to_owned();
        assert!(is_well_formed(&key) && key.len() == 52 && shown(&key).len() == 12, "{key}");
        for (place, letter) in key.char_indices() {
            let other = if letter == 'A' { 'B' } else { 'A' };
            let changed = format!("{}{other}{}", &key[..place], &key[place + 1..]);
            assert!(!is_well_formed(&changed), "{changed}");
        }
        for junk in ["", "ttk_", "ttk_AAAA", &key[..51], &format!("{key}A"), &key[4..], "ttk_đ", "ttr_AAAA"] {
            assert!(!is_well_formed(junk), "{junk}");
        }
    }
}
