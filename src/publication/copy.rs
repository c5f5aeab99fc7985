//! The published copy: what a version says, written where the public reads.

use chrono::{DateTime, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, query_dsl::methods::FilterDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    content::Content,
    db::{
        Tx,
        schema::{public_slugs, published_articles, published_links, published_tags},
    },
    http::Problem,
    media,
};

/// When a copy is public, and what dates it bears.
pub struct Dates {
    /// From when on it is public.
    pub starts_at: DateTime<Utc>,
    /// Until when, if its end is known.
    pub ends_at: Option<DateTime<Utc>>,
    /// When readers are told it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the article first became public.
    pub first_published_at: DateTime<Utc>,
}

/// Writes the copy of `content` for a publication.
///
/// # Errors
/// `internal` where the content lacks what `submit` requires; that would be a defect.
pub fn write(
    tx: &mut Tx<'_>,
    publication: Uuid,
    article: Uuid,
    content: &Content,
    dates: &Dates,
) -> Result<(), Problem> {
    use published_articles as copy;
    let missing = |what| Problem::internal(format!("article {article} was approved without {what}"));
    let title = content.title.as_ref().ok_or_else(|| missing("a title"))?;
    let slug = content.slug.as_ref().ok_or_else(|| missing("a slug"))?;
    let category = content.category.ok_or_else(|| missing("a category"))?;
    let article_type = content.article_type.as_ref().ok_or_else(|| missing("a type"))?;
    diesel::insert_into(copy::table)
        .values((
            (
                copy::publication_id.eq(publication),
                copy::article_id.eq(article),
                copy::starts_at.eq(dates.starts_at),
                copy::ends_at.eq(dates.ends_at),
                copy::published_at.eq(content.published_at.unwrap_or(dates.first_published_at)),
                copy::first_published_at.eq(dates.first_published_at),
                copy::last_published_at.eq(dates.starts_at),
                copy::expires_at.eq(dates.expires_at),
            ),
            (
                copy::slug.eq(slug),
                copy::locale.eq(&content.locale),
                copy::title.eq(title),
                copy::summary.eq(&content.summary),
                copy::body.eq(&content.body),
                copy::external_url.eq(&content.external_url),
                copy::featured.eq(content.featured),
                copy::author_id.eq(content.author),
                copy::category_id.eq(category),
                copy::article_type.eq(article_type),
                copy::page_count.eq(content.page_count),
                copy::photo_count.eq(content.photo_count),
                copy::legacy_id.eq(content.legacy_id),
            ),
            (
                copy::image.eq(json(&content.image)),
                copy::description_image.eq(json(&content.description_image)),
                copy::audio.eq(json(&content.audio)),
                copy::attachments.eq(serde_json::to_value(&content.attachments).unwrap_or_default()),
                copy::source.eq(json(&content.source)),
                copy::seo.eq(json(&content.seo)),
            ),
        ))
        .execute(tx.conn)?;
    write_tags(tx, publication, &content.tags)?;
    write_links(tx, publication, content)?;
    media::uses::publish(tx, publication)?;
    // The earliest moment stays, whatever later publications say.
    let slug = diesel::insert_into(public_slugs::table)
        .values((
            public_slugs::slug.eq(slug),
            public_slugs::article_id.eq(article),
            public_slugs::public_from.eq(dates.starts_at),
        ))
        .on_conflict(public_slugs::slug)
        .do_update()
        .set(public_slugs::public_from.eq(dates.starts_at));
    FilterDsl::filter(slug, public_slugs::public_from.gt(dates.starts_at)).execute(tx.conn)?;
    Ok(())
}

fn json(part: &Option<impl serde::Serialize>) -> Option<Value> {
    part.as_ref().and_then(|part| serde_json::to_value(part).ok())
}

fn write_tags(tx: &mut Tx<'_>, publication: Uuid, tags: &[Uuid]) -> Result<(), Problem> {
    let rows: Vec<_> = (0..)
        .zip(tags)
        .map(|(position, tag)| {
            (
                published_tags::publication_id.eq(publication),
                published_tags::position.eq(position),
                published_tags::tag_id.eq(*tag),
            )
        })
        .collect();
    diesel::insert_into(published_tags::table).values(rows).execute(tx.conn)?;
    Ok(())
}

fn write_links(tx: &mut Tx<'_>, publication: Uuid, content: &Content) -> Result<(), Problem> {
    let related = (0..).zip(&content.related).map(|(position, target)| ("related", position, *target));
    let translations = (0..).zip(&content.translations).map(|(position, target)| ("translation", position, *target));
    let rows: Vec<_> = related
        .chain(translations)
        .map(|(kind, position, target)| {
            (
                published_links::publication_id.eq(publication),
                published_links::kind.eq(kind),
                published_links::position.eq(position),
                published_links::target_id.eq(target),
            )
        })
        .collect();
    diesel::insert_into(published_links::table).values(rows).execute(tx.conn)?;
    Ok(())
}

/// Sets when a copy ends.
///
/// # Errors
/// Those of the database.
pub fn set_end(tx: &mut Tx<'_>, publication: Uuid, ends_at: Option<DateTime<Utc>>) -> Result<(), Problem> {
    diesel::update(published_articles::table.find(publication))
        .set(published_articles::ends_at.eq(ends_at))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes the copies of an article that the clock has made invisible: they serve nobody any more.
///
/// # Errors
/// Those of the database.
pub fn remove_ended(tx: &mut Tx<'_>, article: Uuid) -> Result<(), Problem> {
    let ended = published_articles::article_id.eq(article).and(published_articles::ends_at.le(tx.now));
    diesel::delete(QueryDsl::filter(published_articles::table, ended)).execute(tx.conn)?;
    Ok(())
}

/// Removes the copy of a publication that is over.
///
/// # Errors
/// Those of the database.
pub fn remove(tx: &mut Tx<'_>, publication: Uuid) -> Result<(), Problem> {
    diesel::delete(published_articles::table.find(publication)).execute(tx.conn)?;
    Ok(())
}
