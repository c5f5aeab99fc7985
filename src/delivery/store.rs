//! Reading what is public. Every query is over the views of the schema `delivery`, which show an article from the
//! moment it appears to the moment it expires.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, CombineDsl, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension,
    PgConnection, QueryDsl, Queryable, RunQueryDsl,
    dsl::{exists, sql},
    select,
    sql_types::Text,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    article_key::ArticleKey,
    cards::{self, Labels},
    files::{DeliveredFile, Files},
    model::{Article, Card, Translation, Whole},
};
use crate::{
    card::ShownFile,
    content::{CategoryRef, Content, MediaUse},
    db::schema::delivery::{
        article_links, article_tags, articles, categories, category_ancestors, merged_tags, noticed_slugs, notices,
        signers, slugs, tags,
    },
    http::{Code, OrNotFound, Problem, text},
};

/// The id of the public article of this name.
///
/// # Errors
/// `not_found`; `gone` where it was taken back with a notice.
pub fn find(conn: &mut PgConnection, key: &ArticleKey) -> Result<Uuid, Problem> {
    let found = match key {
        ArticleKey::Id(id) => articles::table.find(id).select(articles::article_id).first(conn),
        ArticleKey::Slug(slug) => {
            slugs::table.filter(slugs::slug.eq(slug.as_str())).select(slugs::article_id).first(conn)
        }
    };
    found.or_not_found().or_else(|refusal| or_gone(conn, key, refusal))
}

/// The same refusal, or where readers are told why nothing is there any more, that. One statement.
fn or_gone<T>(conn: &mut PgConnection, key: &ArticleKey, refusal: Problem) -> Result<T, Problem> {
    if refusal.code() != Code::NotFound {
        return Err(refusal);
    }
    let told = (notices::notice, notices::at);
    let told: Option<(String, DateTime<Utc>)> = match key {
        ArticleKey::Id(id) => notices::table.find(id).select(told).first(conn).optional()?,
        ArticleKey::Slug(slug) => {
            let there = noticed_slugs::table.filter(noticed_slugs::slug.eq(slug.as_str()));
            there.inner_join(notices::table).select(told).first(conn).optional()?
        }
    };
    Err(told.map_or(refusal, |(notice, at)| {
        Problem::new(Code::Gone, text("taken-back")).with_member("notice", notice).with_member("at", json!(at))
    }))
}

/// The category with this slug.
pub fn category(conn: &mut PgConnection, slug: &str) -> Result<Option<Uuid>, Problem> {
    Ok(categories::table.filter(categories::slug.eq(slug)).select(categories::id).first(conn).optional()?)
}

/// A category and all below it.
pub fn subtree(conn: &mut PgConnection, category: Uuid) -> Result<Vec<Uuid>, Problem> {
    let below = category_ancestors::table.filter(category_ancestors::ancestor_id.eq(category));
    Ok(below.select(category_ancestors::category_id).load(conn)?)
}

/// The tags with these slugs that public articles bear; of what was merged into another, the other.
pub fn tags(conn: &mut PgConnection, slugs: &[String]) -> Result<Vec<Uuid>, Problem> {
    let merged = merged_tags::table.filter(merged_tags::slug.eq_any(slugs)).select(merged_tags::merged_into);
    Ok(tags::table.filter(tags::slug.eq_any(slugs)).select(tags::id).union(merged).load(conn)?)
}

/// The tags that an article bears.
pub fn tags_of(conn: &mut PgConnection, id: Uuid) -> Result<Vec<Uuid>, Problem> {
    Ok(article_tags::table.filter(article_tags::article_id.eq(id)).select(article_tags::tag_id).load(conn)?)
}

/// Where an article stands among the others of its category.
#[derive(Queryable)]
pub struct Place {
    /// The category it is filed in.
    pub category: Uuid,
    /// Its date.
    pub published_at: DateTime<Utc>,
}

/// The place of an article.
///
/// # Errors
/// `not_found`.
pub fn place(conn: &mut PgConnection, id: Uuid) -> Result<Place, Problem> {
    articles::table.find(id).select((articles::category_id, articles::published_at)).first(conn).or_not_found()
}

/// The categories above these, by their slugs, the nearest first. Two statements.
pub fn categories_above(conn: &mut PgConnection, slugs: &[&str]) -> Result<HashMap<String, Vec<CategoryRef>>, Problem> {
    let known = categories::table.filter(categories::slug.eq_any(slugs)).select((categories::id, categories::slug));
    let known: HashMap<Uuid, String> = known.load(conn)?.into_iter().collect();
    let ids: Vec<Uuid> = known.keys().copied().collect();
    let above: Vec<(Uuid, CategoryRef)> = category_ancestors::table
        .inner_join(categories::table.on(categories::id.eq(category_ancestors::ancestor_id)))
        .filter(category_ancestors::category_id.eq_any(ids).and(category_ancestors::depth.gt(0)))
        .order(category_ancestors::depth)
        .select((category_ancestors::category_id, (categories::id, categories::slug, categories::name)))
        .load(conn)?;
    let mut found: HashMap<String, Vec<CategoryRef>> = HashMap::new();
    for (below, category) in above {
        if let Some(slug) = known.get(&below) {
            found.entry(slug.clone()).or_default().push(category);
        }
    }
    Ok(found)
}

/// The stored value of what lists do not show, as far as it is not found elsewhere.
#[derive(Deserialize)]
struct Stored {
    body: Option<String>,
    audio: Option<MediaUse>,
    #[serde(default)]
    attachments: Vec<MediaUse>,
}

impl Stored {
    fn read(stored: &str) -> Result<Self, Problem> {
        serde_json::from_str(stored).map_err(Problem::internal)
    }
}

/// The card of the public article of this name, and the recording that reads it aloud. Two statements at most.
///
/// # Errors
/// `not_found`; `gone` where it was taken back with a notice.
pub fn with_audio(
    conn: &mut PgConnection,
    labels: &Labels,
    key: &ArticleKey,
) -> Result<(Card, Option<DeliveredFile>), Problem> {
    let found = cards::whole(conn, labels, key).or_else(|refusal| or_gone(conn, key, refusal))?;
    let cards::Found { copy, card, rest } = found;
    let stored = Stored { body: None, attachments: Vec::new(), ..Stored::read(&rest)? };
    let audio = rests(conn, vec![(copy, stored)])?.pop().and_then(|rest| rest.audio);
    Ok((card, audio))
}

/// The public article of this name, whole, and all that it points at, public or not. Five statements at most, over one snapshot if they are not to mix two states.
///
/// # Errors
/// `not_found`; `gone` where it was taken back with a notice.
pub fn article(conn: &mut PgConnection, labels: &Labels, key: &ArticleKey) -> Result<(Article, Vec<Uuid>), Problem> {
    let found = cards::whole(conn, labels, key).or_else(|refusal| or_gone(conn, key, refusal))?;
    complete(conn, labels, vec![found], true)?.pop().ok_or_else(Problem::not_found)
}

/// Those of these articles that are public, whole, in no order; what is related only if that is wanted. Five statements at most,
/// however many they are.
pub fn articles(
    conn: &mut PgConnection,
    labels: &Labels,
    ids: &[Uuid],
    related: bool,
) -> Result<Vec<Article>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = cards::wholes(conn, labels, ids)?;
    Ok(complete(conn, labels, found, related)?.into_iter().map(|(article, _)| article).collect())
}

fn complete(
    conn: &mut PgConnection,
    labels: &Labels,
    found: Vec<cards::Found>,
    related: bool,
) -> Result<Vec<(Article, Vec<Uuid>)>, Problem> {
    let ids: Vec<Uuid> = found.iter().map(|found| found.card.id).collect();
    let mut links = links(conn, &ids)?;
    if !related {
        links.values_mut().for_each(|links| links.related.clear());
    }
    let linked: BTreeSet<Uuid> = links.values().flat_map(Links::all).collect();
    let cards = cards::named(conn, labels, &Vec::from_iter(linked))?;
    let stored = found.iter().map(|found| Ok((found.copy, Stored::read(&found.rest)?)));
    let rests = rests(conn, stored.collect::<Result<_, Problem>>()?)?;
    let article = |(cards::Found { card, .. }, Rest { body, audio, attachments }): (cards::Found, Rest)| {
        let links = links.remove(&card.id).unwrap_or_default();
        let translations = links.translations.iter().filter_map(|id| cards.get(id)).map(Card::read::<Translation>);
        let translations = translations.collect::<Result<_, _>>()?;
        let related = links.related.iter().filter_map(|id| cards.get(id).cloned()).collect();
        let more = Whole { body, related, translations, audio, attachments };
        Ok((Article { card, more }, links.all().collect()))
    };
    found.into_iter().zip(rests).map(article).collect()
}

/// The same with the files that these copies show, in their order. One statement, or none where nothing has a file.
fn rests(conn: &mut PgConnection, stored: Vec<(Uuid, Stored)>) -> Result<Vec<Rest>, Problem> {
    let copies: Vec<Uuid> = stored.iter().map(|(copy, _)| *copy).collect();
    let used = stored.iter().flat_map(|(_, stored)| stored.audio.iter().chain(&stored.attachments));
    let files = Files::load(conn, &copies, &used.map(|used| used.media_id).collect::<Vec<_>>())?;
    let rest = |(copy, Stored { body, audio, attachments })| Rest {
        body,
        audio: audio.and_then(|used| files.file(copy, used)),
        attachments: attachments.into_iter().filter_map(|used| files.file(copy, used)).collect(),
    };
    Ok(stored.into_iter().map(rest).collect())
}

/// What lists do not show of an article, but for what it points at.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    /// Cleaned HTML.
    pub body: Option<String>,
    /// The read-aloud recording.
    pub audio: Option<DeliveredFile>,
    /// Files to download.
    pub attachments: Vec<DeliveredFile>,
}

/// What lists do not show of those of these articles that are public; their bodies only if these are wanted. Two statements.
pub fn rest_of(conn: &mut PgConnection, ids: &[Uuid], bodies: bool) -> Result<HashMap<Uuid, Rest>, Problem> {
    // Bodies are large: what is not wanted stays in the database.
    let stored = sql::<Text>(if bodies { "rest::text" } else { "(rest - 'body')::text" });
    let rows: Vec<(Uuid, Uuid, String)> = articles::table
        .filter(articles::article_id.eq_any(ids))
        .select((articles::article_id, articles::publication_id, stored))
        .load(conn)?;
    let ids: Vec<Uuid> = rows.iter().map(|(id, ..)| *id).collect();
    let stored = rows.into_iter().map(|(_, copy, stored)| Ok((copy, Stored::read(&stored)?)));
    let rests = rests(conn, stored.collect::<Result<_, Problem>>()?)?;
    Ok(ids.into_iter().zip(rests).collect())
}

/// An article that need not be public, whole: its card, what it says, and the files that it shows by their ids. Of what it
/// points at the public part is shown. Up to eight statements.
pub fn unpublished(
    conn: &mut PgConnection,
    labels: &Labels,
    card: Card,
    content: &Content,
    shown: &HashMap<Uuid, ShownFile>,
) -> Result<Article, Problem> {
    let translated_by: Vec<Uuid> = article_links::table
        .filter(article_links::target_id.eq(card.id).and(article_links::kind.eq("translation")))
        .order(article_links::article_id)
        .select(article_links::article_id)
        .load(conn)?;
    let mut translation_ids = content.translations.clone();
    let others = translated_by.into_iter().filter(|id| *id != card.id && !content.translations.contains(id));
    translation_ids.extend(others);
    let linked: Vec<Uuid> = content.related.iter().chain(&translation_ids).copied().collect();
    let cards = cards::named(conn, labels, &linked)?;
    let file = |used: &MediaUse| shown.get(&used.media_id).map(|file| DeliveredFile::of(file, used.clone()));
    let translations = translation_ids.iter().filter_map(|id| cards.get(id)).map(Card::read::<Translation>);
    let more = Whole {
        body: content.body.clone(),
        translations: translations.collect::<Result<_, _>>()?,
        related: content.related.iter().filter_map(|id| cards.get(id).cloned()).collect(),
        audio: content.audio.as_ref().and_then(file),
        attachments: content.attachments.iter().filter_map(file).collect(),
    };
    Ok(Article { card, more })
}

/// What an article points at.
#[derive(Debug, Default)]
pub struct Links {
    /// In the editor's order.
    pub related: Vec<Uuid>,
    /// Its translations, whichever of the two says so.
    pub translations: Vec<Uuid>,
}

impl Links {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = Uuid> {
        self.related.iter().chain(&self.translations).copied()
    }
}

/// What each of these articles points at, where that is anything.
pub fn links(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Links>, Problem> {
    // Two questions in one statement: either has an index, and together they would have none.
    let own = article_links::table.filter(article_links::article_id.eq_any(ids));
    let others =
        article_links::table.filter(article_links::target_id.eq_any(ids).and(article_links::kind.eq("translation")));
    let columns = (article_links::position, article_links::article_id, article_links::kind, article_links::target_id);
    let mut rows: Vec<(i32, Uuid, String, Uuid)> = own.select(columns).union(others.select(columns)).load(conn)?;
    rows.sort_unstable_by_key(|(position, from, ..)| (*position, *from));
    let asked: BTreeSet<Uuid> = ids.iter().copied().collect();
    let mut links: HashMap<Uuid, Links> = HashMap::new();
    for (_, from, kind, to) in rows {
        let is_related = kind == "related";
        for (of, other) in [(from, to), (to, from)] {
            let points = of == from || !is_related;
            if of == other || !points || !asked.contains(&of) {
                continue;
            }
            let Links { related, translations } = links.entry(of).or_default();
            let list = if is_related { related } else { translations };
            if !list.contains(&other) {
                list.push(other);
            }
        }
    }
    Ok(links)
}

/// Whether an author is a person: somebody with an account who signs so.
pub fn is_person(conn: &mut PgConnection, author: Uuid) -> Result<bool, Problem> {
    Ok(select(exists(signers::table.find(author))).get_result(conn)?)
}

/// How often an article was read.
pub fn views(conn: &mut PgConnection, id: Uuid) -> Result<i64, Problem> {
    use crate::db::schema::delivery::view_totals;
    let total = view_totals::table.find(id).select(view_totals::views).first(conn).optional()?;
    Ok(total.unwrap_or(0))
}

/// How often articles were read: those of them that are public.
pub fn views_of(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, i64>, Problem> {
    use crate::db::schema::delivery::view_totals;
    let rows: Vec<(Uuid, Option<i64>)> = articles::table
        .left_join(view_totals::table)
        .filter(articles::article_id.eq_any(ids))
        .select((articles::article_id, view_totals::views.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, views)| (id, views.unwrap_or(0))).collect())
}
