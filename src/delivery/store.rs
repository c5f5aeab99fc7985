//! Reading what is public. Every query is over the views of the schema `delivery`, which show an article from the
//! moment it appears to the moment it expires.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl,
    RunQueryDsl,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    media::Files,
    model::{Article, Card, CardRow, Translation, part},
    search,
};
use crate::{
    content::MediaUse,
    db::schema::delivery::{
        article_links, article_tags, article_types, articles, authors, categories, category_ancestors, slugs, tags,
    },
    http::Problem,
    text::Slug,
};

/// How the public names an article.
pub enum Key {
    /// By id.
    Id(Uuid),
    /// By its slug, or by one that it had.
    Slug(Slug),
}

impl Key {
    /// An id where it reads as one, else a slug.
    ///
    /// # Errors
    /// `not_found` for what is neither: it names nothing, and may hold what the database cannot read (`%00`).
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Slug).map_err(|_| Problem::not_found()),
        }
    }
}

/// Where a name leads.
pub struct Found {
    /// The article.
    pub id: Uuid,
    /// Its slug now.
    pub slug: String,
}

/// The public article of this name.
///
/// # Errors
/// `not_found`.
pub fn find(conn: &mut PgConnection, key: &Key) -> Result<Found, Problem> {
    let (id, slug) = match key {
        Key::Id(id) => articles::table.find(id).select((articles::article_id, articles::slug)).first(conn)?,
        Key::Slug(slug) => slugs::table
            .inner_join(articles::table)
            .filter(slugs::slug.eq(slug.as_str()))
            .select((articles::article_id, articles::slug))
            .first(conn)?,
    };
    Ok(Found { id, slug })
}

/// The category with this slug.
///
/// # Errors
/// Those of the database.
pub fn category(conn: &mut PgConnection, slug: &str) -> Result<Option<Uuid>, Problem> {
    Ok(categories::table.filter(categories::slug.eq(slug)).select(categories::id).first(conn).optional()?)
}

/// Which articles a list holds.
#[derive(Debug, Default)]
pub struct Filter {
    /// In this category, or below.
    pub category: Option<Uuid>,
    /// With any of the tags with these slugs.
    pub tags: Vec<String>,
}

macro_rules! card_columns {
    () => {
        (
            (articles::publication_id, articles::article_id, articles::slug, articles::locale),
            (articles::title, articles::summary, articles::external_url),
            (articles::published_at, articles::first_published_at, articles::last_published_at, articles::expires_at),
            (articles::featured, articles::page_count, articles::photo_count, articles::legacy_id),
            (categories::id, categories::slug, categories::name, article_types::code, article_types::name),
            (authors::id.nullable(), authors::name.nullable()),
            (articles::image, articles::description_image, articles::source, articles::seo),
        )
    };
}

macro_rules! with_names {
    () => {
        articles::table.inner_join(categories::table).inner_join(article_types::table).left_join(authors::table)
    };
}

macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let mut query = $query;
        if let Some(category) = $filter.category {
            let below = category_ancestors::table
                .filter(category_ancestors::ancestor_id.eq(category))
                .select(category_ancestors::category_id);
            query = query.filter(articles::category_id.eq_any(below));
        }
        if !$filter.tags.is_empty() {
            let tagged = article_tags::table
                .inner_join(tags::table)
                .filter(tags::slug.eq_any(&$filter.tags))
                .select(article_tags::publication_id);
            query = query.filter(articles::publication_id.eq_any(tagged));
        }
        query
    }};
}

/// Cards, newest first, after the key of the last one seen. Three queries.
///
/// # Errors
/// Those of the database.
pub fn cards(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Card>, Problem> {
    let mut query = filtered!(with_names!().into_boxed(), filter);
    if let Some((at, id)) = after {
        // The first condition is the index's range, the second settles ties by id.
        query = query
            .filter(articles::published_at.le(at))
            .filter(articles::published_at.lt(at).or(articles::article_id.lt(id)));
    }
    let rows: Vec<CardRow> = query
        .order((articles::published_at.desc(), articles::article_id.desc()))
        .limit(limit)
        .select(card_columns!())
        .load(conn)?;
    Ok(complete(conn, rows, std::iter::empty())?.0)
}

/// Cards of a page of search results, in their order, with what was found marked. Six queries at most.
///
/// # Errors
/// Those of the database.
pub fn search(
    conn: &mut PgConnection,
    filter: &Filter,
    query: &search::Query,
    after: Option<&search::Place>,
    limit: i64,
) -> Result<Vec<(Card, search::Place)>, Problem> {
    let categories = filter.category.map(|category| {
        let below = category_ancestors::table.filter(category_ancestors::ancestor_id.eq(category));
        below.select(category_ancestors::category_id).load(conn)
    });
    let categories: Option<Vec<Uuid>> = categories.transpose()?;
    let tags = (!filter.tags.is_empty())
        .then(|| tags::table.filter(tags::slug.eq_any(&filter.tags)).select(tags::id).load(conn))
        .transpose()?;
    let narrowing =
        search::Narrowing { categories: categories.as_deref(), tags: tags.as_deref(), ..Default::default() };
    let found = search::page(conn, query, &narrowing, after, limit)?;
    let ids: Vec<Uuid> = found.hits.iter().map(|hit| hit.article_id).collect();
    let rows: Vec<(CardRow, Option<String>)> =
        with_names!().filter(articles::article_id.eq_any(&ids)).select((card_columns!(), articles::body)).load(conn)?;
    let (rows, bodies): (Vec<CardRow>, Vec<Option<String>>) = rows.into_iter().unzip();
    let cards = complete(conn, rows, std::iter::empty())?.0;
    let mut cards: HashMap<Uuid, Card> = cards
        .into_iter()
        .zip(bodies)
        .map(|(mut card, body)| {
            let (summary, body) = (card.summary.as_deref(), body.as_deref());
            card.highlight = Some(search::highlight::of(query, found.guessed, &card.title, summary, body));
            (card.id, card)
        })
        .collect();
    Ok(found.hits.into_iter().filter_map(|hit| Some((cards.remove(&hit.article_id)?, hit.place))).collect())
}

/// How many articles a list holds.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut PgConnection, filter: &Filter) -> Result<i64, Problem> {
    Ok(filtered!(articles::table.into_boxed(), filter).count().get_result(conn)?)
}

/// One article whole. Five queries.
///
/// # Errors
/// `not_found`.
pub fn article(conn: &mut PgConnection, id: Uuid) -> Result<Article, Problem> {
    type Long = (Option<String>, Option<Value>, Value);
    let (row, (body, audio, attachments)): (CardRow, Long) = with_names!()
        .filter(articles::article_id.eq(id))
        .select((card_columns!(), (articles::body, articles::audio, articles::attachments)))
        .first(conn)?;
    let (related_ids, translation_ids) = links(conn, id)?;
    let wanted: Vec<Uuid> = related_ids.iter().chain(&translation_ids).copied().collect();
    let mut rows: Vec<CardRow> =
        with_names!().filter(articles::article_id.eq_any(&wanted)).select(card_columns!()).load(conn)?;
    rows.push(row);
    let audio: Option<MediaUse> = part(audio);
    let attachments: Vec<MediaUse> = part(Some(attachments)).unwrap_or_default();
    let further = audio.iter().chain(&attachments).map(|used| used.media_id).collect::<Vec<_>>();
    let (cards, files) = complete(conn, rows, further.into_iter())?;
    let mut cards: HashMap<Uuid, Card> = cards.into_iter().map(|card| (card.id, card)).collect();
    let card = cards.remove(&id).ok_or_else(Problem::not_found)?;
    Ok(Article {
        card,
        body,
        translations: translation_ids.iter().filter_map(|id| cards.get(id)).map(Translation::of).collect(),
        related: related_ids.iter().filter_map(|id| cards.get(id).cloned()).collect(),
        audio: audio.and_then(|used| files.file(used)),
        attachments: attachments.into_iter().filter_map(|used| files.file(used)).collect(),
    })
}

/// What an article points at: related ones in the editor's order, and translations in either direction.
fn links(conn: &mut PgConnection, id: Uuid) -> Result<(Vec<Uuid>, Vec<Uuid>), Problem> {
    let rows: Vec<(Uuid, String, Uuid)> = article_links::table
        .filter(
            article_links::article_id
                .eq(id)
                .or(article_links::target_id.eq(id).and(article_links::kind.eq("translation"))),
        )
        .order((article_links::position, article_links::article_id))
        .select((article_links::article_id, article_links::kind, article_links::target_id))
        .load(conn)?;
    let (mut related, mut translations) = (Vec::new(), Vec::new());
    for (from, kind, to) in rows {
        let other = if from == id { to } else { from };
        let list = if kind == "related" { &mut related } else { &mut translations };
        if other != id && !list.contains(&other) {
            list.push(other);
        }
    }
    Ok((related, translations))
}

/// Completes the cards of these rows, and loads further files with theirs. Two queries.
fn complete(
    conn: &mut PgConnection,
    rows: Vec<CardRow>,
    further: impl Iterator<Item = Uuid>,
) -> Result<(Vec<Card>, Files), Problem> {
    let publications: Vec<Uuid> = rows.iter().map(CardRow::publication).collect();
    let named: Vec<(Uuid, String)> = article_tags::table
        .inner_join(tags::table)
        .filter(article_tags::publication_id.eq_any(publications))
        .order((article_tags::publication_id, article_tags::position))
        .select((article_tags::publication_id, tags::name))
        .load(conn)?;
    let mut tags: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (publication, name) in named {
        tags.entry(publication).or_default().push(name);
    }
    let pictures = rows.iter().flat_map(CardRow::pictures).flatten().map(|picture| picture.media_id);
    let files = Files::load(conn, &pictures.chain(further).collect::<Vec<_>>())?;
    let card = |row: CardRow| {
        let tags = tags.remove(&row.publication()).unwrap_or_default();
        row.complete(tags, &files)
    };
    let cards = rows.into_iter().map(card).collect();
    Ok((cards, files))
}

/// How often an article was read.
///
/// # Errors
/// Those of the database.
pub fn views(conn: &mut PgConnection, id: Uuid) -> Result<i64, Problem> {
    use crate::db::schema::delivery::view_totals;
    let total = view_totals::table.find(id).select(view_totals::views).first(conn).optional()?;
    Ok(total.unwrap_or(0))
}
