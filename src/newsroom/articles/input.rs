//! An article as it is written.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, Ref, SchemaType, Type},
    },
};
use uuid::Uuid;

use crate::{
    content::{Content, MediaUse, Picture, PlainInput, Source},
    http::{MergePatch, joined::joined_input, json::MAX_ARTICLE_BYTES},
};

/// An article as an editor writes it: the body of POST, and what a merge patch is applied to.
#[derive(Clone, Debug, Deserialize)]
pub struct ArticleInput {
    /// Those that mean something else once they are written.
    #[serde(flatten)]
    pub own: OwnInput,
    /// Those that are alike in every form.
    #[serde(flatten)]
    pub plain: PlainInput,
}

crate::document_joined!(ArticleInput as "ArticleInput": joined_input [OwnInput, PlainInput]);

/// An article as an editor writes it. A draft may be incomplete: everything may be left out, and what may be
/// empty may be null.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct OwnInput {
    /// Plain text, one line. Required at `submit`.
    #[schema(min_length = 1, max_length = 300, example = "Lịch tiếp công dân tháng 12")]
    pub title: Option<String>,
    /// Made from the first title where left out; a later title does not change it.
    #[schema(max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "lich-tiep-cong-dan-thang-12")]
    pub slug: Option<String>,
    /// HTML, at most 1 MiB once it is cleaned and pictures inside are files: `meta` tells what became of it. This or
    /// `external_url` is required at `submit`.
    #[schema(max_length = 16_777_216, example = "<p>Địa điểm: Trụ sở Tiếp công dân tỉnh.</p>")]
    pub body: Option<String>,
    /// The editor's date; where null, the moment of the first publication is shown.
    #[schema(example = "2026-11-20T08:00:00+07:00")]
    pub published_at: Option<DateTime<Utc>>,
    /// By id or by name; a new name makes a new author.
    pub author: Option<ArticleAuthor>,
    /// By slug or id. Required at `submit`.
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    pub category: Option<String>,
    /// By code. Required at `submit`.
    #[schema(max_length = 40, example = "announcement")]
    pub article_type: Option<String>,
    /// Other articles, in the order in which they are shown.
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(max_items = 50, nullable, default = json!([]))]
    pub related: Vec<Uuid>,
    /// The same article in other languages.
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(max_items = 20, nullable, default = json!([]))]
    pub translations: Vec<Uuid>,
    /// Words; a new one makes a new tag.
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(max_items = 30, nullable, schema_with = tag_names)]
    pub tags: Vec<String>,
    /// The lead picture.
    pub image: Option<Picture>,
    /// The picture on cards and in lists.
    pub description_image: Option<Picture>,
    /// The read-aloud recording.
    pub audio: Option<MediaUse>,
    /// Files to download, in order.
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(max_items = 50, nullable, default = json!([]))]
    pub attachments: Vec<MediaUse>,
}

/// An author, as written.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum ArticleAuthor {
    /// One that is there, by id.
    Id(Uuid),
    /// One by name: found, or made.
    Named(AuthorName),
}

/// An author's name.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorName {
    /// What readers see.
    #[schema(min_length = 1, max_length = 200, example = "Văn phòng UBND tỉnh")]
    pub name: String,
}

/// Changes to an article: a JSON merge patch (RFC 7396) of its written form. Members left out stay as they
/// are; null empties. Arrays, `author` and `category` are replaced whole; `image`, `description_image`, `audio`,
/// `source` and `seo` are merged, so that a part of them may be given alone.
#[derive(Clone)]
pub struct ArticlePatch;

/// A request with such changes.
pub type ArticleChange = MergePatch<ArticlePatch, MAX_ARTICLE_BYTES>;

impl PartialSchema for ArticlePatch {
    fn schema() -> RefOr<Schema> {
        let mut schema = serde_json::to_value(ArticleInput::schema()).unwrap_or_default();
        schema["description"] = json!(
            "Changes to an article: a JSON merge patch (RFC 7396) of its written form. Members left out stay as they \
             are; null empties. Arrays, `author` and `category` are replaced whole, other objects are merged."
        );
        for (name, property) in schema["properties"].as_object_mut().into_iter().flatten() {
            // What is left out of a patch stays: clients that send defaults would overwrite it.
            property.as_object_mut().map(|property| property.remove("default"));
            let merged = MERGED.iter().find(|merged| merged.fields.contains(&name.as_str()));
            let whole_or_null = property["oneOf"].as_array_mut().into_iter().flatten();
            for (part, merged) in whole_or_null.filter(|part| part["$ref"].is_string()).zip(merged) {
                part["$ref"] = json!(Ref::from_schema_name(merged.patch).ref_location);
            }
        }
        serde_json::from_value(schema).unwrap_or_else(|_| ArticleInput::schema())
    }
}

impl ToSchema for ArticlePatch {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ArticleInput::schemas(schemas);
        for merged in MERGED {
            let RefOr::T(Schema::Object(mut part)) = (merged.whole)() else { continue };
            part.required.clear();
            schemas.push((merged.patch.to_owned(), part.into()));
        }
    }
}

/// Fields that are merged and not replaced.
struct Merged {
    fields: &'static [&'static str],
    /// What the schema of a patch of them is called.
    patch: &'static str,
    /// The schema of what is patched.
    whole: fn() -> RefOr<Schema>,
}

const MERGED: [Merged; 3] = [
    Merged { fields: &["image", "description_image"], patch: "PicturePatch", whole: Picture::schema },
    Merged { fields: &["audio"], patch: "MediaUsePatch", whole: MediaUse::schema },
    Merged { fields: &["source"], patch: "SourcePatch", whole: Source::schema },
];

fn tag_names() -> Schema {
    let name = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(80));
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(name)
        .max_items(Some(30))
        .description(Some("Words; a new one makes a new tag."))
        .examples([json!(["tiếp công dân", "lịch công tác"])])
        .into()
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The written form of a snapshot whose tags have these names: what a merge patch is applied to.
pub fn written(content: &Content, tags: &HashMap<Uuid, String>) -> Value {
    let mut form = content.to_stored();
    form["tags"] = content.tags.iter().filter_map(|id| tags.get(id).cloned()).collect();
    form
}
