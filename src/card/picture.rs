//! Pictures as articles show them: what was said of them there, and the file in the revision that was approved.

use std::collections::HashMap;

use diesel::{
    PgConnection, Queryable, QueryableByName, RunQueryDsl, Selectable, sql_query,
    sql_types::{Array, Integer, Uuid as SqlUuid},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    content::Picture,
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

impl Linked for DeliveredPicture {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.url);
        self.renditions.each_link(visit);
    }
}

/// A file in the revision that a version, and so its copy, shows.
#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = article_media)]
#[expect(missing_docs, reason = "the columns of the view")]
pub struct ShownFile {
    pub id: Uuid,
    pub kind: Kind,
    pub file_name: String,
    pub mime_type: String,
    pub size: i64,
    pub sha256: Vec<u8>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub dominant_colour: Option<String>,
    pub blurhash: Option<String>,
    pub focal_x: Option<f32>,
    pub focal_y: Option<f32>,
}

impl ShownFile {
    /// What its addresses depend on.
    pub fn file(&self) -> FileRef<'_> {
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

impl DeliveredPicture {
    /// A use of this file as it is delivered.
    pub fn of(shown: &ShownFile, used: Picture) -> Self {
        let file = shown.file();
        Self {
            media_id: shown.id,
            alt: used.alt,
            caption: used.caption,
            url: file.url(),
            mime_type: shown.mime_type.clone(),
            size: shown.size,
            width: shown.width,
            height: shown.height,
            dominant_colour: shown.dominant_colour.clone(),
            blurhash: shown.blurhash.clone(),
            renditions: file.renditions(),
        }
    }
}

/// Those of these files that a version of an article shows, by their ids. One statement, or none for no files.
pub fn of_version(
    conn: &mut PgConnection,
    article: Uuid,
    version: i32,
    files: &[Uuid],
) -> Result<HashMap<Uuid, ShownFile>, Problem> {
    if files.is_empty() {
        return Ok(HashMap::new());
    }
    // By the names of the columns: the public side reads the same from a view that this side has no need of.
    let rows: Vec<ShownFile> = sql_query(
        "SELECT m.id, m.kind, r.file_name, r.mime_type, r.size, r.sha256, r.width, r.height, r.duration_ms, \
                r.dominant_colour, r.blurhash, r.focal_x, r.focal_y \
           FROM version_media v \
           JOIN media_revisions r ON r.media_id = v.media_id AND r.revision = v.revision \
           JOIN media m ON m.id = v.media_id \
          WHERE v.article_id = $1 AND v.version = $2 AND v.media_id = ANY($3)",
    )
    .bind::<SqlUuid, _>(article)
    .bind::<Integer, _>(version)
    .bind::<Array<SqlUuid>, _>(files)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
