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
#[schema(as = MediaKind)]
pub enum Kind {
    /// A picture, delivered in several sizes.
    Image,
    /// A recording, played where it stands.
    Audio,
    /// A film, played where it stands.
    Video,
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

macro_rules! file_types {
    ($($name:ident: $kind:ident $mime:literal $extension:literal;)+) => {
        impl FileType {
            $(pub(in super::super) const $name: Self = Self { kind: Kind::$kind, mime: $mime, extension: $extension };)+

            /// Every type that is taken, and so every type that is delivered.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

// The OpenAPI document lists them as what a download answers.
file_types! {
    JPEG: Image "image/jpeg" "jpg";
    PNG: Image "image/png" "png";
    GIF: Image "image/gif" "gif";
    WEBP: Image "image/webp" "webp";
    MP3: Audio "audio/mpeg" "mp3";
    M4A: Audio "audio/mp4" "m4a";
    AAC: Audio "audio/aac" "aac";
    FLAC: Audio "audio/flac" "flac";
    WEBA: Audio "audio/webm" "weba";
    WAV: Audio "audio/wav" "wav";
    VORBIS: Audio "audio/ogg" "ogg";
    OPUS: Audio "audio/ogg" "opus";
    MP4: Video "video/mp4" "mp4";
    WEBM: Video "video/webm" "webm";
    PDF: Document "application/pdf" "pdf";
    DOCX: Document "application/vnd.openxmlformats-officedocument.wordprocessingml.document" "docx";
    XLSX: Document "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" "xlsx";
    PPTX: Document "application/vnd.openxmlformats-officedocument.presentationml.presentation" "pptx";
    DOCM: Document "application/vnd.ms-word.document.macroenabled.12" "docm";
    XLSM: Document "application/vnd.ms-excel.sheet.macroenabled.12" "xlsm";
    PPTM: Document "application/vnd.ms-powerpoint.presentation.macroenabled.12" "pptm";
    XLSB: Document "application/vnd.ms-excel.sheet.binary.macroenabled.12" "xlsb";
    DOC: Document "application/msword" "doc";
    XLS: Document "application/vnd.ms-excel" "xls";
    PPT: Document "application/vnd.ms-powerpoint" "ppt";
    RTF: Document "application/rtf" "rtf";
    ODT: Document "application/vnd.oasis.opendocument.text" "odt";
    ODS: Document "application/vnd.oasis.opendocument.spreadsheet" "ods";
    ODP: Document "application/vnd.oasis.opendocument.presentation" "odp";
    ZIP: Document "application/zip" "zip";
    SEVEN_ZIP: Document "application/x-7z-compressed" "7z";
    RAR: Document "application/vnd.rar" "rar";
    CSV: Document "text/csv" "csv";
    TXT: Document "text/plain" "txt";
}

impl FileType {
    /// A picture that browsers do not show, TIFF or BMP: it is delivered as another.
    pub(super) const FOREIGN: Self = Self { kind: Kind::Image, mime: "", extension: "" };

    /// An office document that a password hides: nobody sees of which kind. Its name may say it.
    pub(super) const LOCKED: Self = Self { kind: Kind::Document, mime: "", extension: "" };

    /// The same, with the kind of a locked document taken from its name, a text if that says nothing either: it is what
    /// most are, and programs that open one see what it is.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        if self != Self::LOCKED {
            return self;
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let office = [Self::DOCM, Self::XLSX, Self::XLSM, Self::XLSB, Self::PPTX, Self::PPTM];
        office.into_iter().find(|it| Some(it.extension) == extension.as_deref()).unwrap_or(Self::DOCX)
    }
}

/// The `Content-Type` under which a file of this media type is sent.
///
/// Without a charset browsers guess one for text, and guess Vietnamese wrong. UTF-16 is taken only with a byte order
/// mark, which goes before the header (Encoding Standard, "decode").
pub fn content_type(mime: &str) -> String {
    if mime.starts_with("text/") { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}
