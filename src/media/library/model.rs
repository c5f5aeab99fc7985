//! What the management side answers about media.

use chrono::{DateTime, Utc};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::media::{
    intake::{Kind, Warning},
    renditions::{
        Focal,
        urls::{FileRef, RenditionLink},
    },
};
use crate::{
    db::schema::media,
    http::{
        ETag, context,
        reply::{Linked, SiteUrl},
        text,
    },
    text::hexadecimal,
};

/// A record of the library.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = media)]
#[expect(missing_docs, reason = "the columns, which `Media` explains")]
pub struct MediaRow {
    pub id: Uuid,
    pub kind: Kind,
    pub file_name: String,
    pub mime_type: String,
    pub size: i64,
    pub sha256: Vec<u8>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub bit_rate_kbps: Option<i32>,
    pub dominant_colour: Option<String>,
    pub blurhash: Option<String>,
    pub focal_x: Option<f32>,
    pub focal_y: Option<f32>,
    pub title: Option<String>,
    pub alt: Option<String>,
    pub caption: Option<String>,
    pub credit: Option<String>,
    pub licence: Option<String>,
    pub revision: i32,
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub unused_since: Option<DateTime<Utc>>,
    pub file_revision: i32,
    pub warnings: Vec<Warning>,
}

/// Where the eye goes in a picture: crops keep it in view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FocalPoint {
    /// From 0 (left) to 1 (right).
    #[schema(minimum = 0, maximum = 1, example = 0.5)]
    pub x: f32,
    /// From 0 (top) to 1 (bottom).
    #[schema(minimum = 0, maximum = 1, example = 0.25)]
    pub y: f32,
}

/// What editors should know of a file that was taken.
#[derive(Serialize, ToSchema)]
pub struct MediaWarning {
    /// The same in every language.
    code: Warning,
    /// The same, for people, in the client's language.
    #[schema(example = "Tài liệu có macro: chỉ mở khi tin nơi gửi.")]
    message: String,
}

impl From<Warning> for MediaWarning {
    fn from(code: Warning) -> Self {
        let message = text(format!("warning-{}", <&str>::from(code))).in_language(context::language());
        Self { code, message }
    }
}

/// A file of the media library. `size` and `sha256` are of the bytes that are delivered.
#[derive(Serialize, ToSchema)]
pub struct Media {
    /// Never changes (UUID v7).
    pub id: Uuid,
    /// How it is used.
    kind: Kind,
    /// Its name, as readers save it.
    #[schema(example = "Kế hoạch 622.pdf")]
    file_name: String,
    /// What it is, by its content.
    #[schema(example = "application/pdf")]
    mime_type: String,
    /// In bytes.
    #[schema(minimum = 0, example = 48_213)]
    size: i64,
    /// Of its bytes, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
    /// In pixels, as displayed.
    width: Option<i32>,
    /// In pixels, as displayed.
    height: Option<i32>,
    /// How long a recording or a video plays.
    duration_ms: Option<i64>,
    /// Of a recording, in kilobits a second.
    bit_rate_kbps: Option<i32>,
    /// What to show until a picture is there.
    #[schema(example = "#3a6b35")]
    dominant_colour: Option<String>,
    /// A blurred impression of a picture (<https://blurha.sh>).
    blurhash: Option<String>,
    /// Where the eye goes in a picture.
    focal_point: Option<FocalPoint>,
    /// What it is called in the library.
    title: Option<String>,
    /// What a picture shows, for those who do not see it; a proposal for articles that use it.
    alt: Option<String>,
    /// The line beneath it; a proposal for articles that use it.
    caption: Option<String>,
    /// Whose work it is.
    credit: Option<String>,
    /// Under what terms it may be used.
    licence: Option<String>,
    /// Where it is: public while a live article uses it, else for those who may read an article that does.
    url: String,
    /// A picture in other sizes and formats.
    renditions: Vec<RenditionLink>,
    /// What editors should know of it before their readers open it.
    warnings: Vec<MediaWarning>,
    /// Who uploaded it.
    created_by: Uuid,
    /// When.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl MediaRow {
    /// Moves with each change of the record or its bytes.
    pub fn etag(&self) -> ETag {
        ETag::new(format!("media-{}", self.revision))
    }

    /// Where the eye goes.
    pub fn focal(&self) -> Option<Focal> {
        self.focal_x.zip(self.focal_y)
    }

    /// What its addresses depend on.
    pub fn file(&self) -> FileRef<'_> {
        FileRef {
            id: self.id,
            kind: self.kind,
            file_name: &self.file_name,
            sha256: &self.sha256,
            size: pixels(self.width, self.height),
            focal: self.focal(),
        }
    }
}

/// A picture's size as its columns have it.
pub fn pixels(width: Option<i32>, height: Option<i32>) -> Option<(u32, u32)> {
    Some((u32::try_from(width?).ok()?, u32::try_from(height?).ok()?))
}

impl Media {
    /// The record as it is answered on a site that is there.
    pub fn of(row: MediaRow, site: &SiteUrl) -> Self {
        let mut media = Self::from(row);
        site.complete(&mut media);
        media
    }
}

impl Linked for Media {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.url);
        self.renditions.each_link(visit);
    }
}

impl From<MediaRow> for Media {
    fn from(row: MediaRow) -> Self {
        let (url, renditions) = (row.file().url(), row.file().renditions());
        let focal_point = row.focal().map(|(x, y)| FocalPoint { x, y });
        Self {
            id: row.id,
            kind: row.kind,
            sha256: hexadecimal(&row.sha256),
            file_name: row.file_name,
            mime_type: row.mime_type,
            size: row.size,
            width: row.width,
            height: row.height,
            duration_ms: row.duration_ms,
            bit_rate_kbps: row.bit_rate_kbps,
            dominant_colour: row.dominant_colour,
            blurhash: row.blurhash,
            focal_point,
            title: row.title,
            alt: row.alt,
            caption: row.caption,
            credit: row.credit,
            licence: row.licence,
            url,
            renditions,
            warnings: row.warnings.into_iter().map(MediaWarning::from).collect(),
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
