//! An article's fields, as a version keeps them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{MediaUse, Picture, Plain};

/// The SharePoint content type that this replaces.
pub const CONTENT_TYPE: &str = "tin-tuc-mo-rong";

/// The largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The fields that lists do not show.
pub const LONG: [&str; 4] = ["body", "related", "audio", "attachments"];

/// A full snapshot of what an editor writes; other things are named by id. Kept as one flat JSON object in
/// `article_versions`. A field that came later may be absent there, if it is one that may be null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// "Tiêu đề".
    pub title: Option<String>,
    /// Unique site-wide.
    pub slug: Option<String>,
    /// "Nội dung": cleaned HTML.
    pub body: Option<String>,
    /// "Ngày xuất bản": the editor's date.
    pub published_at: Option<DateTime<Utc>>,
    /// "Tác giả".
    pub author: Option<Uuid>,
    /// "Phân loại".
    pub category: Option<Uuid>,
    /// "Loại bài viết": its code.
    pub article_type: Option<String>,
    /// "Từ khóa", in order.
    pub tags: Vec<Uuid>,
    /// "Tin liên quan", in order.
    #[serde(default)]
    pub related: Vec<Uuid>,
    /// The same article in other languages.
    pub translations: Vec<Uuid>,
    /// "Hình ảnh".
    pub image: Option<Picture>,
    /// "Hình ảnh mô tả".
    pub description_image: Option<Picture>,
    /// "Audio".
    pub audio: Option<MediaUse>,
    /// "Attachments", in order.
    #[serde(default)]
    pub attachments: Vec<MediaUse>,
    /// Those that are alike in every form.
    #[serde(flatten)]
    pub plain: Plain,
}

impl Content {
    /// An article that says nothing, in this language.
    pub fn blank(locale: &str) -> Self {
        Self {
            title: None,
            slug: None,
            body: None,
            published_at: None,
            author: None,
            category: None,
            article_type: None,
            tags: Vec::new(),
            related: Vec::new(),
            translations: Vec::new(),
            image: None,
            description_image: None,
            audio: None,
            attachments: Vec::new(),
            plain: Plain::blank(locale),
        }
    }

    /// Reads a stored snapshot; one without its [`LONG`] fields too.
    ///
    /// # Errors
    /// Where it is none.
    pub fn from_stored(stored: Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(stored)
    }

    /// The form that is stored.
    pub fn to_stored(&self) -> Value {
        // Strings, numbers and ids: there is nothing that JSON could not hold.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The stored form in two parts, both without what is null: the card, which is what lists show, and the rest.
    pub fn card_and_rest(&self) -> (Value, Value) {
        let Value::Object(stored) = self.to_stored() else { return Default::default() };
        let there = stored.into_iter().filter(|(_, value)| !value.is_null());
        let (rest, card): (Map<_, _>, Map<_, _>) = there.partition(|(name, _)| LONG.contains(&name.as_str()));
        (card.into(), rest.into())
    }

    /// The names of the fields in which two snapshots differ, as clients know them.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (Value::Object(these), Value::Object(those)) = (self.to_stored(), other.to_stored()) else {
            return Vec::new();
        };
        these.into_iter().filter(|(name, value)| those.get(name) != Some(value)).map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lists_do_not_show_is_not_in_the_card() {
        let mut content = Content::blank("vi");
        (content.title, content.body) = (Some("Một".to_owned()), Some("<p>Hai</p>".to_owned()));
        content.related.push(Uuid::nil());
        let (card, rest) = content.card_and_rest();
        assert_eq!((&card["title"], &card["locale"], card.get("summary")), (&"Một".into(), &"vi".into(), None));
        assert!(LONG.iter().all(|name| card.get(name).is_none()), "{card}");
        assert_eq!(rest, serde_json::json!({ "body": "<p>Hai</p>", "related": [Uuid::nil()], "attachments": [] }));
    }

    #[test]
    fn a_snapshot_from_before_a_field_was_there_is_read() {
        let mut stored = Content::blank("vi").to_stored();
        let fields = stored.as_object_mut().expect("an object");
        fields.retain(|_, value| !value.is_null());
        assert_eq!(Content::from_stored(stored).expect("a snapshot"), Content::blank("vi"));
    }
}
