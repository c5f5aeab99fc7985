//! What becomes of words that people type, before anything is stored.
//!
//! Everything here is pure: text in, text out, no clock and no database.
//!
//! - [`normal`]: one spelling for one text (Unicode NFC, white space), and the key that makes two tags the same tag.
//! - [`slug`]: the readable part of an address, made from a Vietnamese title.
//! - [`html`]: an article's body, with nothing left in it that could run.

pub mod html;
pub mod normal;
pub mod slug;
mod weight;

pub use html::{clean_body, has_content};
pub use normal::{close_bidi, fold_key, is_blank, nfc, plain};
pub use slug::{Slug, SlugError};
