//! Revisions: what a file was at a time, for as long as something shows it so. The database writes them beside the
//! record; a version of an article says which it shows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, PgConnection, QueryDsl, Queryable,
    RunQueryDsl, Selectable, SelectableHelper,
    dsl::{exists, not},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{FocalPoint, pixels};
use crate::media::{
    intake::Kind,
    renditions::{
        Focal,
        urls::{FileRef, RenditionLink},
    },
};
use crate::{
    db::{
        Tx,
        schema::{delivery, media, media_revisions, version_media},
    },
    http::{
        Problem,
        reply::{Linked, SiteUrl},
    },
    text::hexadecimal,
};

/// A file as a version shows it.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns, which `ShownFile` explains")]
pub struct Shown {
    pub media_id: Uuid,
    pub kind: Kind,
    /// The newest revision that there is.
    pub newest: i32,
    pub revision: i32,
    pub file_name: String,
    pub mime_type: String,
    pub size: i64,
    pub sha256: Vec<u8>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub focal_x: Option<f32>,
    pub focal_y: Option<f32>,
}

/// Which revision of each file is shown.
pub type Pins = HashMap<Uuid, i32>;

/// The pins of these files.
pub fn pins(files: &[Shown]) -> Pins {
    files.iter().map(|file| (file.media_id, file.revision)).collect()
}

/// The columns of [`Shown`].
macro_rules! shown {
    () => {
        (
            media::id,
            media::kind,
            media::file_revision,
            media_revisions::revision,
            media_revisions::file_name,
            media_revisions::mime_type,
            media_revisions::size,
            media_revisions::sha256,
            media_revisions::width,
            media_revisions::height,
            media_revisions::duration_ms,
            media_revisions::focal_x,
            media_revisions::focal_y,
        )
    };
}

/// What these versions of an article show of the library. One query.
pub fn of_versions(
    conn: &mut PgConnection,
    article: Uuid,
    versions: &[i32],
) -> Result<HashMap<i32, Vec<Shown>>, Problem> {
    let rows: Vec<(i32, Shown)> = version_media::table
        .inner_join(
            media_revisions::table.on(media_revisions::media_id
                .eq(version_media::media_id)
                .and(media_revisions::revision.eq(version_media::revision))),
        )
        .inner_join(media::table.on(media::id.eq(version_media::media_id)))
        .filter(version_media::article_id.eq(article))
        .filter(version_media::version.eq_any(versions))
        .order((version_media::version, version_media::media_id))
        .select((version_media::version, shown!()))
        .load(conn)?;
    let mut shown: HashMap<i32, Vec<Shown>> = HashMap::new();
    for (version, file) in rows {
        shown.entry(version).or_default().push(file);
    }
    Ok(shown)
}

/// What one version shows. One query.
pub fn of_version(conn: &mut PgConnection, article: Uuid, version: i32) -> Result<Vec<Shown>, Problem> {
    Ok(of_versions(conn, article, &[version])?.remove(&version).unwrap_or_default())
}

/// These files as they are now, in the order of their ids. Locked, so that none is removed before it is used.
pub fn newest(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<Shown>, Problem> {
    Ok(media::table
        .inner_join(
            media_revisions::table
                .on(media_revisions::media_id.eq(media::id).and(media_revisions::revision.eq(media::file_revision))),
        )
        .filter(media::id.eq_any(ids))
        .order(media::id)
        .select(shown!())
        .for_key_share()
        .load(tx.conn)?)
}

/// A file as a version shows it, whatever became of it since.
#[derive(Serialize, ToSchema)]
pub struct ShownFile {
    /// The file.
    media_id: Uuid,
    /// What it is.
    kind: Kind,
    /// Its name.
    #[schema(example = "Kế hoạch 622.pdf")]
    file_name: String,
    /// What it is, by its content.
    #[schema(example = "application/pdf")]
    mime_type: String,
    /// In bytes.
    #[schema(minimum = 0)]
    size: i64,
    /// Of its bytes, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
    /// Where the eye goes in a picture.
    focal_point: Option<FocalPoint>,
    /// Where these bytes are.
    url: String,
    /// A picture in other sizes and formats.
    renditions: Vec<RenditionLink>,
    /// Whether the library has a newer one, which the next edit, or `submit`, takes over.
    newer: bool,
}

impl Linked for ShownFile {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.url);
        self.renditions.each_link(visit);
    }
}

impl Shown {
    /// What its addresses depend on.
    pub fn file(&self) -> FileRef<'_> {
        FileRef {
            id: self.media_id,
            kind: self.kind,
            file_name: &self.file_name,
            sha256: &self.sha256,
            size: pixels(self.width, self.height),
            focal: self.focal_x.zip(self.focal_y),
        }
    }

    /// Whether the library has a newer revision.
    pub fn is_outdated(&self) -> bool {
        self.newest > self.revision
    }

    /// The file as it is answered on a site that is there.
    pub fn answer(self, site: &SiteUrl) -> ShownFile {
        let (url, renditions, newer) = (self.file().url(), self.file().renditions(), self.is_outdated());
        let mut answer = ShownFile {
            media_id: self.media_id,
            kind: self.kind,
            sha256: hexadecimal(&self.sha256),
            file_name: self.file_name,
            mime_type: self.mime_type,
            size: self.size,
            focal_point: self.focal_x.zip(self.focal_y).map(|(x, y)| FocalPoint { x, y }),
            url,
            renditions,
            newer,
        };
        site.complete(&mut answer);
        answer
    }
}

/// What is needed to send a file as it was at a time.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = delivery::media)]
pub struct File {
    /// The record.
    pub id: Uuid,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub file_name: String,
    /// Its media type.
    pub mime_type: String,
    /// The digest of its bytes.
    pub sha256: Vec<u8>,
    focal_x: Option<f32>,
    focal_y: Option<f32>,
}

impl File {
    /// Where the eye goes.
    pub fn focal(&self) -> Option<Focal> {
        self.focal_x.zip(self.focal_y)
    }

    /// What its addresses depend on; its size in pixels is not among what is known here.
    pub fn address(&self) -> FileRef<'_> {
        FileRef {
            id: self.id,
            kind: self.kind,
            file_name: &self.file_name,
            sha256: &self.sha256,
            size: None,
            focal: self.focal(),
        }
    }
}

/// The revisions of a file that live articles show, the newest first.
pub fn public(conn: &mut PgConnection, id: Uuid) -> Result<Vec<File>, Problem> {
    use delivery::media;
    Ok(media::table.filter(media::id.eq(id)).order(media::revision.desc()).select(File::as_select()).load(conn)?)
}

/// The columns of [`File`] as it was at a time.
macro_rules! file {
    () => {
        (
            media::id,
            media::kind,
            media_revisions::file_name,
            media_revisions::mime_type,
            media_revisions::sha256,
            media_revisions::focal_x,
            media_revisions::focal_y,
        )
    };
}

/// All revisions of a file that are kept, the newest first. Whoever may see the file may see them.
pub fn all(conn: &mut PgConnection, id: Uuid) -> Result<Vec<File>, Problem> {
    let of_file = media_revisions::table.inner_join(media::table).filter(media::id.eq(id));
    Ok(of_file.order(media_revisions::revision.desc()).select(file!()).load(conn)?)
}

/// One of them, if it is kept.
pub fn one(conn: &mut PgConnection, id: Uuid, revision: i32) -> Result<Option<File>, Problem> {
    let wanted = media_revisions::table.inner_join(media::table).filter(media::id.eq(id));
    let wanted = wanted.filter(media_revisions::revision.eq(revision)).select(file!());
    Ok(wanted.first(conn).optional()?)
}

/// The one that a version shows, if it shows the file.
pub fn shown(conn: &mut PgConnection, article: Uuid, version: i32, id: Uuid) -> Result<Vec<File>, Problem> {
    let pinned = media_revisions::media_id
        .eq(version_media::media_id)
        .and(media_revisions::revision.eq(version_media::revision));
    Ok(version_media::table
        .inner_join(media_revisions::table.on(pinned))
        .inner_join(media::table.on(media::id.eq(version_media::media_id)))
        .filter(version_media::article_id.eq(article))
        .filter(version_media::version.eq(version))
        .filter(version_media::media_id.eq(id))
        .select(file!())
        .load(conn)?)
}

/// Removes what no version shows, of files that have had a newer revision since `before`. Their bytes are then without a
/// record, if no other has them.
pub fn remove_superseded(tx: &mut Tx<'_>, before: DateTime<Utc>) -> Result<usize, Problem> {
    let newer = diesel::alias!(media_revisions as newer);
    let superseded = newer
        .filter(newer.field(media_revisions::media_id).eq(media_revisions::media_id))
        .filter(newer.field(media_revisions::revision).gt(media_revisions::revision))
        .filter(newer.field(media_revisions::made_at).le(before));
    let shown = version_media::table
        .filter(version_media::media_id.eq(media_revisions::media_id))
        .filter(version_media::revision.eq(media_revisions::revision));
    let over = media_revisions::table.filter(exists(superseded)).filter(not(exists(shown)));
    Ok(diesel::delete(over).execute(tx.conn)?)
}
