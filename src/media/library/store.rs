//! The records of the library.

use diesel::{
    AsChangeset, BoolExpressionMethods, ExpressionMethods, Insertable, OptionalExtension, PgConnection, QueryDsl,
    RunQueryDsl, SelectableHelper, TextExpressionMethods, dsl::not, pg::Pg,
};
use uuid::Uuid;

use super::{description::Description, model::MediaRow, uses};
use crate::media::intake::{Kind, Taken, Warning};
use crate::{
    access::{By, Permission, Principal, Subject},
    audit::{self, Event},
    db::{
        Tx,
        schema::{article_media, articles, media},
    },
    http::{IfMatch, OrNotFound, Problem, text as message},
    text::{self, hexadecimal},
};

diesel::define_sql_function! {
    /// A text without marks and capitals, as `media.folded` has it.
    fn media_folded(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// What a file's bytes say of it; all of it changes when they are replaced.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = media, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Facts {
    kind: Kind,
    file_name: String,
    mime_type: &'static str,
    size: i64,
    sha256: Vec<u8>,
    width: Option<i32>,
    height: Option<i32>,
    duration_ms: Option<i64>,
    bit_rate_kbps: Option<i32>,
    dominant_colour: Option<String>,
    blurhash: Option<String>,
    warnings: Vec<Warning>,
}

impl Facts {
    fn of(taken: Taken) -> Self {
        let (picture, audio, video) = (taken.picture, taken.audio, taken.video);
        let size = picture.as_ref().map(|it| (it.width, it.height)).or(video.map(|it| (it.width, it.height)));
        let side = |pixels: u32| i32::try_from(pixels).ok();
        let duration_ms = audio.as_ref().map(|it| it.duration_ms).or(video.map(|it| it.duration_ms));
        Self {
            kind: taken.file_type.kind,
            file_name: taken.file_name,
            mime_type: taken.file_type.mime,
            size: i64::try_from(taken.size).unwrap_or(i64::MAX),
            sha256: taken.digest.as_bytes().to_vec(),
            width: size.and_then(|(width, _)| side(width)),
            height: size.and_then(|(_, height)| side(height)),
            duration_ms: duration_ms.and_then(|duration| i64::try_from(duration).ok()),
            bit_rate_kbps: audio.and_then(|audio| audio.bit_rate_kbps).and_then(|rate| i32::try_from(rate).ok()),
            dominant_colour: picture.as_ref().map(|picture| picture.dominant_colour.clone()),
            blurhash: picture.map(|picture| picture.blurhash),
            warnings: taken.warnings,
        }
    }
}

/// Records a file that was kept, with what was said of it. A recording may bring its title along.
///
/// # Errors
/// `unavailable` where the file was purged before it came to this.
pub fn add(tx: &mut Tx<'_>, by: By<'_>, taken: Taken, said: Description) -> Result<MediaRow, Problem> {
    let own = taken.audio.as_ref().and_then(|audio| audio.title.clone()).map(|title| text::plain(&title));
    let own = own.filter(|title| !text::is_blank(title) && !ammonia::is_html(title));
    let row: MediaRow = diesel::insert_into(media::table)
        .values((
            Facts::of(taken),
            media::id.eq(Uuid::now_v7()),
            media::title.eq(said.title.or(own)),
            media::alt.eq(said.alt),
            media::caption.eq(said.caption),
            media::credit.eq(said.credit),
            media::licence.eq(said.licence),
            media::created_by.eq(by.who.id),
            media::created_at.eq(by.at),
            media::updated_at.eq(by.at),
            media::unused_since.eq(tx.now),
        ))
        .returning(MediaRow::as_returning())
        .get_result(tx.conn)
        .map_err(purged_meanwhile)?;
    audit::record(tx.conn, row.id, by.stamp(), &Event::MediaCreated { file_name: &row.file_name })?;
    Ok(row)
}

/// Bytes that nobody recorded for longer than any upload takes may be gone: then the upload is to be sent again.
fn purged_meanwhile(error: diesel::result::Error) -> Problem {
    use diesel::result::{DatabaseErrorKind::ForeignKeyViolation, Error::DatabaseError};
    match &error {
        DatabaseError(ForeignKeyViolation, info) if info.constraint_name() == Some("media_sha256_fkey") => {
            Problem::unavailable(error)
        }
        _ => error.into(),
    }
}

/// Gives a record other bytes. What shows the former ones goes on to do so: versions made from now on show the new ones.
///
/// # Errors
/// `validation_failed` where the kind would change.
pub fn replace(tx: &mut Tx<'_>, by: By<'_>, row: &MediaRow, taken: Taken) -> Result<MediaRow, Problem> {
    if taken.file_type.kind != row.kind {
        let kind: &str = row.kind.into();
        return Err(Problem::invalid("/file", "wrong_kind", message("wrong-media-kind").with("wanted", kind)));
    }
    let row: MediaRow = diesel::update(media::table.find(row.id))
        .set((
            Facts::of(taken),
            media::revision.eq(row.revision + 1),
            media::updated_at.eq(by.at),
            media::updated_by.eq(by.who.id),
            media::unused_since.eq(row.unused_since.map(|_| tx.now)),
        ))
        .returning(MediaRow::as_returning())
        .get_result(tx.conn)
        .map_err(purged_meanwhile)?;
    audit::record(
        tx.conn,
        row.id,
        by.stamp(),
        &Event::MediaReplaced { revision: row.revision, sha256: hexadecimal(&row.sha256) },
    )?;
    Ok(row)
}

/// Changes what is said of a file.
pub fn describe(tx: &mut Tx<'_>, by: By<'_>, row: &MediaRow, said: Description) -> Result<MediaRow, Problem> {
    let Description { title, alt, caption, credit, licence, focal_point } = said;
    let row = diesel::update(media::table.find(row.id))
        .set((
            media::title.eq(title),
            media::alt.eq(alt),
            media::caption.eq(caption),
            media::credit.eq(credit),
            media::licence.eq(licence),
            media::focal_x.eq(focal_point.map(|point| point.x)),
            media::focal_y.eq(focal_point.map(|point| point.y)),
            media::revision.eq(row.revision + 1),
            media::updated_at.eq(by.at),
            media::updated_by.eq(by.who.id),
            media::unused_since.eq(row.unused_since.map(|_| tx.now)),
        ))
        .returning(MediaRow::as_returning())
        .get_result::<MediaRow>(tx.conn)?;
    audit::record(tx.conn, row.id, by.stamp(), &Event::MediaDescribed {})?;
    Ok(row)
}

/// Removes a record. Its bytes stay until they are purged: another record may hold the same ones.
pub fn remove(tx: &mut Tx<'_>, by: By<'_>, id: Uuid) -> Result<(), Problem> {
    diesel::delete(media::table.find(id)).execute(tx.conn)?;
    audit::record(tx.conn, id, by.stamp(), &Event::MediaDeleted {})
}

/// Of those files the ones of a kind, used or not, and with all these words, the newest first from before `before` on.
pub fn list(
    conn: &mut PgConnection,
    visible: media::BoxedQuery<'static, Pg>,
    kind: Option<Kind>,
    unused: Option<bool>,
    words: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<MediaRow>, Problem> {
    let mut query = visible.order(media::id.desc()).limit(limit);
    if let Some(kind) = kind {
        query = query.filter(media::kind.eq(kind));
    }
    match unused {
        Some(true) => query = query.filter(uses::unused()),
        Some(false) => query = query.filter(not(uses::unused())),
        None => {}
    }
    for word in words.into_iter().flat_map(str::split_whitespace) {
        let word = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query = query.filter(media::folded.like(media_folded(format!("%{word}%"))));
    }
    if let Some(before) = before {
        query = query.filter(media::id.lt(before));
    }
    Ok(query.select(MediaRow::as_select()).load(conn)?)
}

/// The files that somebody may see: their own, and those of articles that they may read.
///
/// # Errors
/// `forbidden` where no role of theirs opens the library.
pub fn visible_to(who: &Principal) -> Result<media::BoxedQuery<'static, Pg>, Problem> {
    let readable = who.readable()?;
    if readable.everything {
        return Ok(media::table.into_boxed());
    }
    let used = article_media::table
        .filter(article_media::article_id.eq_any(readable.articles().select(articles::id)))
        .select(article_media::media_id);
    Ok(media::table.filter(media::created_by.eq(who.id).or(media::id.eq_any(used))).into_boxed())
}

/// A file that somebody may see.
///
/// # Errors
/// `not_found`.
pub fn find(conn: &mut PgConnection, who: &Principal, id: Uuid) -> Result<MediaRow, Problem> {
    let row = visible_to(who)?.filter(media::id.eq(id)).select(MediaRow::as_select()).first(conn).optional()?;
    row.ok_or_else(Problem::not_found)
}

/// A file that somebody may see and change, locked: their own, or any for whoever edits all articles.
///
/// # Errors
/// `not_found`, `forbidden`, `precondition_required`, `stale_version`.
pub fn lock(tx: &mut Tx<'_>, who: &Principal, id: Uuid, expected: &IfMatch) -> Result<MediaRow, Problem> {
    find(tx.conn, who, id)?;
    let row: MediaRow =
        media::table.find(id).select(MediaRow::as_select()).for_update().first(tx.conn).or_not_found()?;
    who.require(Permission::Edit, Subject { owner: row.created_by, category: None })?;
    expected.met_by(&row.etag())?;
    Ok(row)
}
