//! Digests, and the names under which things are kept.

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};

/// The SHA-256 of some content. Written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 hexadecimal digits in lower case")]
pub struct InvalidDigest;

impl Digest {
    /// The digest of bytes that are at hand.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from(Sha256::new_with_prefix(bytes))
    }

    /// The bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<Sha256> for Digest {
    fn from(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(InvalidDigest);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(0..) {
            *byte = u8::from_str_radix(&text[2 * pair..2 * pair + 2], 16).map_err(|_| InvalidDigest)?;
        }
        Ok(Self(bytes))
    }
}

/// What a thing is kept as.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display, strum::EnumString, strum::EnumIter,
)]
#[strum(serialize_all = "snake_case")]
pub enum Area {
    /// Content under its own digest.
    Content,
    /// What was made from content, and can be made again.
    Renditions,
}

impl Area {
    pub(super) fn path(self) -> object_store::path::Path {
        self.to_string().into()
    }
}

/// The name under which something is kept: `content/ab/cd/abcd…`, or `renditions/ab/cd/abcd….card.webp`. The two levels
/// keep folders small.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    digest: Digest,
    rendition: Option<Box<str>>,
}

/// A name that no key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("such a name is no key of the media storage")]
pub struct InvalidKey;

impl Key {
    /// The key of content.
    pub fn content(digest: Digest) -> Self {
        Self { digest, rendition: None }
    }

    /// The key of something made from the content with this digest. `name` is like `card.webp`: lower-case ASCII letters,
    /// digits, `-` and `_`, a dot, and again.
    ///
    /// # Errors
    /// Where the name is not.
    pub fn rendition(digest: Digest, name: &str) -> Result<Self, InvalidKey> {
        let plain =
            |part: &str| !part.is_empty() && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        match name.split_once('.') {
            Some((stem, extension)) if name.len() <= 64 && plain(stem) && plain(extension) => {
                Ok(Self { digest, rendition: Some(name.into()) })
            }
            _ => Err(InvalidKey),
        }
    }

    /// The digest of the content that this is, or was made from.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What this is among what was made from the same content; nothing for the content itself.
    pub fn rendition_name(&self) -> Option<&str> {
        self.rendition.as_deref()
    }

    /// Content or rendition.
    pub fn area(&self) -> Area {
        if self.rendition.is_some() { Area::Renditions } else { Area::Content }
    }

    pub(super) fn path(&self) -> object_store::path::Path {
        self.to_string().into()
    }

    /// The folder in which the renditions of a content are, with those of a few others.
    pub(super) fn renditions_folder(digest: &Digest) -> object_store::path::Path {
        let hex = digest.to_string();
        format!("{}/{}/{}", Area::Renditions, &hex[..2], &hex[2..4]).into()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.digest.0;
        write!(f, "{}/{first:02x}/{second:02x}/{}", self.area(), self.digest)?;
        self.rendition.as_ref().map_or(Ok(()), |name| write!(f, ".{name}"))
    }
}

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let name = text.rsplit('/').next().unwrap_or_default();
        let key = match name.split_once('.') {
            Some((digest, rendition)) => Self::rendition(digest.parse().map_err(|_| InvalidKey)?, rendition)?,
            None => Self::content(name.parse().map_err(|_| InvalidKey)?),
        };
        // A key is written in one way only.
        if key.to_string() == text { Ok(key) } else { Err(InvalidKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let digest = Digest::of(b"abc");
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.to_string(), hex);
        assert_eq!(hex.parse(), Ok(digest));
        let content = Key::content(digest);
        assert_eq!(content.to_string(), format!("content/ba/78/{hex}"));
        let card = Key::rendition(digest, "card.webp").unwrap();
        assert_eq!(card.to_string(), format!("renditions/ba/78/{hex}.card.webp"));
        for key in [content, card] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn no_key_leads_out_of_its_place() {
        let digest = Digest::of(b"");
        for name in ["", ".", "..", "card", ".webp", "card.", "../a.webp", "a/b.webp", "A.webp", "a.b.c", "ả.webp"] {
            assert_eq!(Key::rendition(digest, name), Err(InvalidKey), "{name}");
        }
        let hex = digest.to_string();
        for text in ["", "/", &hex, &format!("content/00/00/{hex}"), &format!("content/../e3/b0/{hex}")] {
            assert_eq!(text.parse::<Key>(), Err(InvalidKey), "{text}");
        }
        assert_eq!(hex.to_uppercase().parse::<Digest>(), Err(InvalidDigest));
        assert_eq!("€".repeat(32).parse::<Digest>(), Err(InvalidDigest));
    }
}
