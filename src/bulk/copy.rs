//! Copying a batch into the tables.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{ExecuteCopyFromDsl, ExpressionMethods, PgConnection, QueryDsl, RunQueryDsl, copy_from};
use uuid::Uuid;

use super::rows::{Copy, Rows};
use crate::{
    card::{self, Notes, Says},
    db::schema::{
        article_media, article_versions, article_words, articles, events, media, public_slugs, publications,
        published_articles, published_links, published_media, published_tags, slugs, transitions, version_media,
        view_totals,
    },
    http::Problem,
    publication::copy::{CopyRow, LinkRow, TagRow},
};

/// Copies a batch. Only the columns that the rows have are named: others, and triggers, do as they do for any writer.
///
/// # Errors
/// Those of the database.
pub fn copy(conn: &mut PgConnection, rows: Rows) -> Result<(), Problem> {
    copy_from(articles::table).from_insertable(rows.articles).execute(conn)?;
    copy_from(slugs::table).from_insertable(rows.slugs).execute(conn)?;
    copy_from(article_versions::table).from_insertable(rows.versions).execute(conn)?;
    copy_from(article_media::table).from_insertable(rows.places).execute(conn)?;
    let used: HashSet<Uuid> = rows.pins.iter().map(|pin| pin.media_id).collect();
    copy_from(version_media::table).from_insertable(rows.pins).execute(conn)?;
    if !used.is_empty() {
        diesel::update(media::table.filter(media::id.eq_any(used)))
            .set(media::unused_since.eq(None::<DateTime<Utc>>))
            .execute(conn)?;
    }
    copy_from(article_words::table).from_insertable(rows.words).execute(conn)?;
    copy_from(transitions::table).from_insertable(rows.transitions).execute(conn)?;
    copy_from(publications::table).from_insertable(rows.publications).execute(conn)?;
    let copies: Vec<CopyRow> = rows.copies.iter().map(|copy| copy_row(conn, copy)).collect::<Result<_, _>>()?;
    copy_from(published_articles::table).from_insertable(copies).execute(conn)?;
    let tags: Vec<_> = rows.copies.iter().flat_map(|copy| TagRow::of(copy.publication, &copy.content)).collect();
    copy_from(published_tags::table).from_insertable(tags).execute(conn)?;
    let links: Vec<_> = rows.copies.iter().flat_map(|copy| LinkRow::of(copy.publication, &copy.content)).collect();
    copy_from(published_links::table).from_insertable(links).execute(conn)?;
    copy_from(published_media::table).from_insertable(rows.shown).execute(conn)?;
    copy_from(public_slugs::table).from_insertable(rows.public_slugs).execute(conn)?;
    copy_from(view_totals::table).from_insertable(rows.views).execute(conn)?;
    copy_from(events::table).from_insertable(rows.events).execute(conn)?;
    Ok(())
}

fn copy_row(conn: &mut PgConnection, copy: &Copy) -> Result<CopyRow, Problem> {
    let pictures = Says::of(&copy.content, Notes::default()).pictures();
    let files = match pictures.is_empty() {
        true => HashMap::new(),
        false => card::of_version(conn, copy.article, copy.version, &pictures)?,
    };
    let row = CopyRow::of(copy.publication, copy.article, &copy.content, &copy.dates, &copy.notes, &files)?;
    Ok(row.until(copy.ends_at))
}
