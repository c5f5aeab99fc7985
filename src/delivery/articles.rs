//! One article, and others that go with it.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answers::Answers;
use super::{
    article_key::ArticleKey,
    cards::{self, Filter, Labels, Order, Page},
    model::{Article, Card},
    store,
};
use crate::{
    db::pool::snapshot,
    http::{
        All, Found, Item, Problem, Query, Representation,
        depends::{Depends, Key},
        openapi::PublicArticle,
        reply::SiteUrl,
    },
};

/// One published article, by id or slug.
///
/// An earlier slug redirects to the present one while the article is live.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_article",
    params(("key" = String, Path, description = "The article's id or slug")),
    responses(
        (status = 200, description = "The article", body = Item<Article>),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The slug has changed; `Location` says to what"),
        PublicArticle,
    ),
)]
#[get("/articles/{key}")]
pub async fn show(
    request: HttpRequest,
    answers: Data<Answers>,
    labels: Data<Labels>,
    key: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (key, site) = (ArticleKey::parse(&key)?, SiteUrl::of(&request));
    answers.answer(&request, &key.clone(), move |conn| snapshot(conn, |conn| whole(conn, &labels, &site, &key))).await
}

/// What an article is called in addresses.
#[derive(Deserialize)]
struct Slug {
    slug: String,
}

fn whole(conn: &mut PgConnection, labels: &Labels, site: &SiteUrl, key: &ArticleKey) -> Result<Found, Problem> {
    let (mut article, linked) = store::article(conn, labels, key)?;
    let Slug { slug } = article.card.read()?;
    if matches!(key, ArticleKey::Slug(asked) if asked.as_str() != slug) {
        let depends = Depends::on([Key::article(article.card.id)]);
        return Ok(Found::Moved { to: format!("/api/v1/articles/{slug}"), depends });
    }
    site.complete(&mut article);
    let shown = Shown::of(std::iter::once(&article.card).chain(&article.more.related)).and_shows(linked);
    let shown = shown.and_translations_of(article.card.id);
    let own_key = format!("article/{}", article.card.id).into();
    Ok(Found::Content(Representation { own_key, ..shown.content(&Item { data: &article })? }))
}

/// What caches have to know of an answer that shows some cards.
#[derive(Default)]
pub struct Shown {
    /// The names to purge by, each once.
    keys: BTreeSet<String>,
    /// The articles, and others that would be shown if they were public.
    articles: BTreeSet<Uuid>,
    /// What else is shown.
    more: Vec<Key>,
    /// What decides which articles are shown.
    lists: Vec<Key>,
    /// When the first of the articles expires.
    expires: Option<DateTime<Utc>>,
}

impl Shown {
    /// An answer that shows these.
    pub fn of<'a>(cards: impl Iterator<Item = &'a Card>) -> Self {
        let mut shown = Self::default();
        for card in cards {
            shown.articles.insert(card.id);
            shown.keys.extend([format!("article/{}", card.id), format!("category/{}", card.category)]);
            shown.expires = [shown.expires, card.expires_at].into_iter().flatten().min();
        }
        shown
    }

    /// An answer that shows these, and would show others if one of these lists changed.
    pub fn in_list<'a>(cards: impl Iterator<Item = &'a Card>, lists: impl IntoIterator<Item = Key>) -> Self {
        let mut shown = Self::of(cards);
        shown.keys.insert("articles".to_owned());
        shown.lists.extend(lists);
        shown
    }

    /// The same, where these articles decide of it too.
    #[must_use]
    pub fn and_shows(mut self, articles: impl IntoIterator<Item = Uuid>) -> Self {
        self.articles.extend(articles);
        self
    }

    /// The same, with the translations of this one.
    #[must_use]
    pub fn and_translations_of(self, article: Uuid) -> Self {
        self.and_all_of(Key::translations(article))
    }

    /// The same, where it shows all that this names.
    #[must_use]
    pub fn and_all_of(mut self, key: Key) -> Self {
        self.more.push(key);
        self
    }

    /// The content of that answer.
    ///
    /// # Errors
    /// `internal` where `data` does not serialise.
    pub fn content(self, data: &impl Serialize) -> Result<Representation, Problem> {
        Ok(self.written(serde_json::to_vec(data).map_err(Problem::internal)?))
    }

    /// The same of JSON that is written already.
    pub fn written(self, json: Vec<u8>) -> Representation {
        let shows = self.articles.into_iter().map(Key::article).chain(self.more);
        let depends = Depends::on(shows).and_lists(self.lists);
        Representation { depends, expires: self.expires, ..Representation::written(json, self.keys) }
    }
}

/// How many others.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HowMany {
    /// At most so many, in each direction where there are two.
    #[serde(default = "few")]
    #[schema(minimum = 1, maximum = 20, default = 5)]
    #[param(minimum = 1, maximum = 20, default = 5)]
    limit: i64,
}

fn few() -> i64 {
    5
}

/// Articles to read next: the editor's choice first, then those that share most tags, then the newest of the category.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_related_articles",
    params(("key" = String, Path, description = "The article's id or slug"), HowMany),
    responses(
        (status = 200, description = "Related articles", body = All<Card>),
        (status = 304, description = "The client has it"),
        PublicArticle,
    ),
)]
#[get("/articles/{key}/related")]
pub async fn related(
    request: HttpRequest,
    answers: Data<Answers>,
    labels: Data<Labels>,
    key: Path<String>,
    Query(HowMany { limit }): Query<HowMany>,
) -> Result<HttpResponse, Problem> {
    let (key, site) = (ArticleKey::parse(&key)?, SiteUrl::of(&request));
    let asked = (key.clone(), limit);
    let read = move |conn: &mut PgConnection| {
        let id = store::find(conn, &key)?;
        let ids = related_ids(conn, id, limit)?;
        let mut all = All { data: cards::in_order(conn, &labels, &ids)? };
        site.complete(all.data.as_mut_slice());
        let chosen = store::links(conn, &[id])?.remove(&id).unwrap_or_default().related;
        let near = [Key::category(store::place(conn, id)?.category)];
        let lists = store::tags_of(conn, id)?.into_iter().map(Key::tag).chain(near);
        let shown = Shown::in_list(all.data.iter(), lists).and_shows(chosen).and_shows([id]);
        Ok(Found::Content(shown.content(&all)?))
    };
    answers.answer(&request, &asked, move |conn| snapshot(conn, &read)).await
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = sql_types::Uuid)]
    article_id: Uuid,
}

/// In SQL by hand, for the query builder has no LATERAL: of each tag and of the category only the newest few are looked
/// at, whatever they hold.
const RELATED: &str = "
    WITH me AS (SELECT publication_id, article_id, category_id, locale FROM delivery.articles WHERE article_id = $1),
    found AS (
        SELECT l.target_id AS article_id, 1000 - l.position AS weight
          FROM me JOIN delivery.article_links l USING (publication_id) WHERE l.kind = 'related'
         UNION ALL
        SELECT same.article_id, 1
          FROM me JOIN delivery.article_tags mine USING (publication_id)
               CROSS JOIN LATERAL (SELECT t.article_id FROM delivery.article_tags t WHERE t.tag_id = mine.tag_id
                                    ORDER BY t.published_at DESC, t.article_id DESC LIMIT 50) same
         UNION ALL
        SELECT near.article_id, 0
          FROM me CROSS JOIN LATERAL (SELECT c.article_id FROM delivery.article_categories c
                                       WHERE c.category_id = me.category_id
                                       ORDER BY c.published_at DESC, c.article_id DESC LIMIT 50) near
    )
    SELECT a.article_id
      FROM (SELECT article_id, sum(weight) AS weight FROM found GROUP BY article_id) f
           JOIN delivery.articles a USING (article_id) CROSS JOIN me
     WHERE a.article_id <> $1 AND (a.locale = me.locale OR f.weight >= 500)
     ORDER BY f.weight DESC, a.published_at DESC, a.article_id DESC LIMIT $2";

fn related_ids(conn: &mut PgConnection, id: Uuid, limit: i64) -> Result<Vec<Uuid>, Problem> {
    let rows: Vec<Id> =
        sql_query(RELATED).bind::<sql_types::Uuid, _>(id).bind::<sql_types::BigInt, _>(limit).load(conn)?;
    Ok(rows.into_iter().map(|row| row.article_id).collect())
}

/// Articles before and after one.
#[derive(Serialize, ToSchema)]
#[schema(as = OtherArticles)]
pub struct Others {
    /// Newer ones, the nearest first.
    newer: Vec<Card>,
    /// Older ones, the nearest first.
    older: Vec<Card>,
}

/// "Tin khác": the nearest newer and older articles in the same category.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_other_articles",
    params(("key" = String, Path, description = "The article's id or slug"), HowMany),
    responses(
        (status = 200, description = "Newer and older ones", body = Item<Others>),
        (status = 304, description = "The client has it"),
        PublicArticle,
    ),
)]
#[get("/articles/{key}/others")]
pub async fn others(
    request: HttpRequest,
    answers: Data<Answers>,
    labels: Data<Labels>,
    key: Path<String>,
    Query(HowMany { limit }): Query<HowMany>,
) -> Result<HttpResponse, Problem> {
    let (key, site) = (ArticleKey::parse(&key)?, SiteUrl::of(&request));
    let asked = (key.clone(), limit);
    let read = move |conn: &mut PgConnection| {
        let id = store::find(conn, &key)?;
        let place = store::place(conn, id)?;
        let filter = Filter { category: Some(place.category), ..Filter::default() };
        let mut beside = |order| {
            cards::page(conn, &labels, Page { filter: &filter, order, after: Some((place.published_at, id)), limit })
        };
        let mut others = Others { newer: beside(Order::Oldest)?, older: beside(Order::Newest)? };
        site.complete(others.newer.as_mut_slice());
        site.complete(others.older.as_mut_slice());
        let shown = Shown::in_list(others.newer.iter().chain(&others.older), [Key::category(place.category)]);
        let shown = shown.and_shows([id]);
        Ok(Found::Content(shown.content(&Item { data: &others })?))
    };
    answers.answer(&request, &asked, move |conn| snapshot(conn, &read)).await
}
