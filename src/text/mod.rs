//! What becomes of words that people type, before anything is stored.
//!
//! Everything here is pure: text in, text out, no clock and no database.
//!
//! - [`normal`]: one spelling for one text (Unicode NFC, white space), and the key that makes two tags the same tag.
//! - [`slug`]: the readable part of an address, made from a Vietnamese title.
//! - [`mod@words`]: what search compares: words with and without their marks.
//! - [`body`]: the text of a body, without its markup; [`mod@blocks`]: its paragraphs, rows and pictures.
//! - [`hex`]: bytes as digits.
//! - [`old_address`]: addresses on a SharePoint site that is no more.
//! - [`html`]: an article's body, with nothing left in it that could run.

mod among;
pub mod blocks;
pub mod body;
pub mod hex;
pub mod html;
pub mod normal;
pub mod old_address;
pub mod pictures;
pub mod slug;
mod weight;
pub mod words;

pub use among::words_among;
pub use blocks::{Block, BlockKind, blocks};
pub use body::plain_body;
pub use hex::hexadecimal;
pub use html::{
    clean_body, clean_body_with, has_content, is_bearable,
    players::Players,
    removed::{EMPTIED, Removed, removed},
    style::Style,
};
pub use normal::{close_bidi, fold_key, is_blank, is_ignorable, nfc, plain};
pub use pictures::{data_address, pictures, references, with_addresses};
pub use slug::{Slug, SlugError};
pub use words::{Link, TIES, Word, has_words, joined, words};

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// What a first run loads goes through the same door as what editors write; it should not come out changed.
    #[test]
    fn the_sample_newsroom_is_written_as_it_is_stored() {
        let sample: Value = serde_json::from_str(include_str!("../corpus/sample/newsroom.json")).expect("sample");
        let text = |of: &Value, field: &str| of[field].as_str().expect(field).to_owned();

        let mut slugs = Vec::new();
        for category in sample["categories"].as_array().expect("categories") {
            let slug: Slug = text(category, "slug").parse().expect("slug");
            if let Some(parent) = category["parent"].as_str() {
                assert!(slugs.iter().any(|known: &Slug| known.as_str() == parent));
            }
            slugs.push(slug);
        }
        for article in sample["articles"].as_array().expect("articles") {
            let title = text(article, "title");
            assert_eq!(plain(&title), title);
            assert_eq!(plain(&text(article, "summary")), text(article, "summary"));
            assert!(slugs.contains(&text(article, "category").parse().expect("category")));
            match article["body"].as_str() {
                Some(body) => assert_eq!(clean_body(body), body, "{title}"),
                None => assert!(article["external_url"].is_string(), "{title}"),
            }
        }
    }
}
