//! The published copy: what a version says, written where the public reads.

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, RunQueryDsl, query_dsl::methods::FilterDsl,
};
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

/// The row of a copy. Everything that writes copies writes this.
#[derive(Insertable)]
#[diesel(table_name = published_articles, treat_none_as_default_value = false)]
pub struct CopyRow<'a> {
    publication_id: Uuid,
    article_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    published_at: DateTime<Utc>,
    first_published_at: DateTime<Utc>,
    last_published_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    slug: &'a str,
    locale: &'a str,
    title: &'a str,
    summary: Option<&'a str>,
    body: Option<&'a str>,
    external_url: Option<&'a str>,
    featured: bool,
    author_id: Option<Uuid>,
    category_id: Uuid,
    article_type: &'a str,
    page_count: i32,
    photo_count: i32,
    legacy_id: Option<i64>,
    image: Option<Value>,
    description_image: Option<Value>,
    audio: Option<Value>,
    attachments: Value,
    source: Option<Value>,
    seo: Option<Value>,
}

impl<'a> CopyRow<'a> {
    /// The copy of `content` for a publication.
    ///
    /// # Errors
    /// `internal` where the content lacks what `submit` requires; that would be a defect.
    pub fn of(publication: Uuid, article: Uuid, content: &'a Content, dates: &Dates) -> Result<Self, Problem> {
        let missing = |what| Problem::internal(format!("article {article} was approved without {what}"));
        Ok(Self {
            publication_id: publication,
            article_id: article,
            starts_at: dates.starts_at,
            ends_at: dates.ends_at,
            published_at: content.published_at.unwrap_or(dates.first_published_at),
            first_published_at: dates.first_published_at,
            last_published_at: dates.starts_at,
            expires_at: dates.expires_at,
            slug: content.slug.as_deref().ok_or_else(|| missing("a slug"))?,
            locale: &content.locale,
            title: content.title.as_deref().ok_or_else(|| missing("a title"))?,
            summary: content.summary.as_deref(),
            body: content.body.as_deref(),
            external_url: content.external_url.as_deref(),
            featured: content.featured,
            author_id: content.author,
            category_id: content.category.ok_or_else(|| missing("a category"))?,
            article_type: content.article_type.as_deref().ok_or_else(|| missing("a type"))?,
            page_count: content.page_count,
            photo_count: content.photo_count,
            legacy_id: content.legacy_id,
            image: json(&content.image),
            description_image: json(&content.description_image),
            audio: json(&content.audio),
            attachments: serde_json::to_value(&content.attachments).unwrap_or_default(),
            source: json(&content.source),
            seo: json(&content.seo),
        })
    }
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
    let copy = CopyRow::of(publication, article, content, dates)?;
    let slug = copy.slug;
    diesel::insert_into(published_articles::table).values(copy).execute(tx.conn)?;
    let tags: Vec<_> = TagRow::of(publication, content).collect();
    diesel::insert_into(published_tags::table).values(tags).execute(tx.conn)?;
    let links: Vec<_> = LinkRow::of(publication, content).collect();
    diesel::insert_into(published_links::table).values(links).execute(tx.conn)?;
    media::library::uses::publish(tx, publication)?;
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

/// A tag of a copy.
#[derive(Insertable)]
#[diesel(table_name = published_tags, treat_none_as_default_value = false)]
pub struct TagRow {
    publication_id: Uuid,
    position: i32,
    tag_id: Uuid,
}

impl TagRow {
    /// The tags of a copy, in order.
    pub fn of(publication_id: Uuid, content: &Content) -> impl Iterator<Item = Self> {
        (0..).zip(&content.tags).map(move |(position, tag)| Self { publication_id, position, tag_id: *tag })
    }
}

/// A link of a copy to another article.
#[derive(Insertable)]
#[diesel(table_name = published_links, treat_none_as_default_value = false)]
pub struct LinkRow {
    publication_id: Uuid,
    kind: &'static str,
    position: i32,
    target_id: Uuid,
}

impl LinkRow {
    /// The links of a copy, each kind in order.
    pub fn of(publication_id: Uuid, content: &Content) -> impl Iterator<Item = Self> {
        let related = (0..).zip(&content.related).map(|(position, target)| ("related", position, *target));
        let translations =
            (0..).zip(&content.translations).map(|(position, target)| ("translation", position, *target));
        let links = related.chain(translations);
        links.map(move |(kind, position, target_id)| Self { publication_id, kind, position, target_id })
    }
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
