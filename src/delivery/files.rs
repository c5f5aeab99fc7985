//! The files of delivered articles: where they are and what they are.

use std::collections::HashMap;

use diesel::{ExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    content::{MediaUse, Picture},
    db::schema::delivery::article_media,
    http::{Problem, reply::Linked},
    media::{
        intake::Kind,
        library::model::pixels,
        renditions::urls::{FileRef, RenditionLink},
    },
};

/// A picture and what is said of it here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveredPicture {
    /// The file.
    media_id: Uuid,
    /// What it shows, for those who do not see it.
    #[schema(example = "Bộ phận một cửa của tỉnh")]
    alt: Option<String>,
    /// The line beneath it.
    caption: Option<String>,
    /// Where it is.
    url: String,
    /// What it is.
    #[schema(example = "image/jpeg")]
    mime_type: String,
    /// In bytes.
    #[schema(minimum = 0)]
    size: i64,
    /// In pixels.
    width: Option<i32>,
    /// In pixels.
    height: Option<i32>,
    /// What to show until it is there.
    #[schema(example = "#3a6b35")]
    dominant_colour: Option<String>,
    /// A blurred impression of it (<https://blurha.sh>).
    blurhash: Option<String>,
    /// It in other sizes and formats, ready for `srcset`.
    renditions: Vec<RenditionLink>,
}

/// A recording, a video or a file to download, and its title here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveredFile {
    /// The file.
    media_id: Uuid,
    /// What readers see.
    title: Option<String>,
    /// Where it is.
    url: String,
    /// Its name, as readers save it.
    #[schema(example = "Kế hoạch 622.pdf")]
    file_name: String,
    /// What it is.
    #[schema(example = "application/pdf")]
    mime_type: String,
    /// In bytes.
    #[schema(minimum = 0)]
    size: i64,
    /// Of a video or a picture, in pixels.
    width: Option<i32>,
    /// Of a video or a picture, in pixels.
    height: Option<i32>,
    /// How long a recording or a video plays.
    duration_ms: Option<i64>,
}

impl Linked for DeliveredPicture {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.url);
        self.renditions.each_link(visit);
    }
}

impl Linked for DeliveredFile {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.url);
    }
}

/// A file as a copy shows it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = article_media)]
struct Row {
    id: Uuid,
    kind: Kind,
    file_name: String,
    mime_type: String,
    size: i64,
    sha256: Vec<u8>,
    width: Option<i32>,
    height: Option<i32>,
    duration_ms: Option<i64>,
    dominant_colour: Option<String>,
    blurhash: Option<String>,
    focal_x: Option<f32>,
    focal_y: Option<f32>,
}

/// The files of published copies, each as its copy shows it.
pub struct Files(HashMap<(Uuid, Uuid), Row>);

impl Files {
    /// Those of these files that these copies show. One query, or none for no files.
    pub fn load(conn: &mut PgConnection, copies: &[Uuid], files: &[Uuid]) -> Result<Self, Problem> {
        if files.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let rows: Vec<(Uuid, Row)> = article_media::table
            .filter(article_media::publication_id.eq_any(copies))
            .filter(article_media::id.eq_any(files))
            .select((article_media::publication_id, Row::as_select()))
            .load(conn)?;
        Ok(Self(rows.into_iter().map(|(copy, row)| ((copy, row.id), row)).collect()))
    }

    /// A picture of a copy as it is delivered.
    pub fn picture(&self, copy: Uuid, used: Picture) -> Option<DeliveredPicture> {
        let row = self.0.get(&(copy, used.media_id))?;
        let file = row.file();
        Some(DeliveredPicture {
            media_id: row.id,
            alt: used.alt,
            caption: used.caption,
            url: file.url(),
            mime_type: row.mime_type.clone(),
            size: row.size,
            width: row.width,
            height: row.height,
            dominant_colour: row.dominant_colour.clone(),
            blurhash: row.blurhash.clone(),
            renditions: file.renditions(),
        })
    }

    /// A recording or a download of a copy as it is delivered.
    pub fn file(&self, copy: Uuid, used: MediaUse) -> Option<DeliveredFile> {
        let row = self.0.get(&(copy, used.media_id))?;
        Some(DeliveredFile {
            media_id: row.id,
            title: used.title,
            url: row.file().url(),
            file_name: row.file_name.clone(),
            mime_type: row.mime_type.clone(),
            size: row.size,
            width: row.width,
            height: row.height,
            duration_ms: row.duration_ms,
        })
    }
}

impl Row {
    fn file(&self) -> FileRef<'_> {
        FileRef {
            id: self.id,
            kind: self.kind,
            file_name: &self.file_name,
            sha256: &self.sha256,
            size: pixels(self.width, self.height),
            focal: self.focal_x.zip(self.focal_y),
        }
    }
}
