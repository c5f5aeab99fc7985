//! The files of delivered articles: where they are and what they are.

use std::collections::HashMap;

use diesel::{ExpressionMethods, PgConnection, QueryDsl, RunQueryDsl, SelectableHelper};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    card::ShownFile,
    content::MediaUse,
    db::schema::delivery::article_media,
    http::{Problem, reply::Linked},
};

/// A recording, a video or a file to download, and its title here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveredFile {
    /// The file.
    pub media_id: Uuid,
    /// What readers see.
    pub title: Option<String>,
    /// Where it is.
    pub url: String,
    /// Its name, as readers save it.
    #[schema(example = "Kế hoạch 622.pdf")]
    pub file_name: String,
    /// What it is.
    #[schema(example = "application/pdf")]
    pub mime_type: String,
    /// In bytes.
    #[schema(minimum = 0)]
    pub size: i64,
    /// Of a video or a picture, in pixels.
    pub width: Option<i32>,
    /// Of a video or a picture, in pixels.
    pub height: Option<i32>,
    /// How long a recording or a video plays.
    pub duration_ms: Option<i64>,
}

impl DeliveredFile {
    /// A use of this file as it is delivered.
    pub fn of(shown: &ShownFile, used: MediaUse) -> Self {
        Self {
            media_id: shown.id,
            title: used.title,
            url: shown.file().url(),
            file_name: shown.file_name.clone(),
            mime_type: shown.mime_type.clone(),
            size: shown.size,
            width: shown.width,
            height: shown.height,
            duration_ms: shown.duration_ms,
        }
    }
}

impl Linked for DeliveredFile {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.url);
    }
}

/// The files of published copies, each as its copy shows it.
pub struct Files(HashMap<Uuid, HashMap<Uuid, ShownFile>>);

impl Files {
    /// Those of these files that these copies show. One query, or none for no files.
    pub fn load(conn: &mut PgConnection, copies: &[Uuid], files: &[Uuid]) -> Result<Self, Problem> {
        if files.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let rows: Vec<(Uuid, ShownFile)> = article_media::table
            .filter(article_media::publication_id.eq_any(copies))
            .filter(article_media::id.eq_any(files))
            .select((article_media::publication_id, ShownFile::as_select()))
            .load(conn)?;
        let mut files: HashMap<Uuid, HashMap<Uuid, ShownFile>> = HashMap::new();
        for (copy, file) in rows {
            files.entry(copy).or_default().insert(file.id, file);
        }
        Ok(Self(files))
    }

    /// The files of a copy, by their ids.
    pub fn take(&mut self, copy: Uuid) -> HashMap<Uuid, ShownFile> {
        self.0.remove(&copy).unwrap_or_default()
    }

    /// A recording or a download of a copy as it is delivered.
    pub fn file(&self, copy: Uuid, used: MediaUse) -> Option<DeliveredFile> {
        Some(DeliveredFile::of(self.0.get(&copy)?.get(&used.media_id)?, used))
    }
}
