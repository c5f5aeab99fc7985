//! What a file can be.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// How a file is used.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    EnumString,
    IntoStaticStr,
    AsExpression,
    FromSqlRow,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Kind {
    /// A picture, delivered in several sizes.
    Image,
    /// A recording, played where it stands.
    Audio,
    /// Anything else that is taken: downloaded, never shown.
    Document,
}

crate::text_enum!(Kind);

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileType {
    /// How it is used.
    pub kind: Kind,
    /// Its media type, without parameters.
    pub mime: &'static str,
    /// The extension that its name gets, without the dot.
    pub extension: &'static str,
}

impl FileType {
    pub(super) const fn image(mime: &'static str, extension: &'static str) -> Self {
        Self { kind: Kind::Image, mime, extension }
    }

    pub(super) const fn audio(mime: &'static str, extension: &'static str) -> Self {
        Self { kind: Kind::Audio, mime, extension }
    }

    pub(super) const fn document(mime: &'static str, extension: &'static str) -> Self {
        Self { kind: Kind::Document, mime, extension }
    }
}

/// The `Content-Type` under which a file of this media type is sent.
///
/// Without a charset browsers guess one for text, and guess Vietnamese wrong. UTF-16 is taken only with a byte order
/// mark, which goes before the header (Encoding Standard, "decode").
pub fn content_type(mime: &str) -> String {
    if mime.starts_with("text/") { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}
