//! Reading published articles.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    model::{Article, Card},
    search,
    store::{self, Filter, Key},
};
use crate::{
    db::Delivery,
    http::{
        Count, Item, Links, List, Meta, Problem, Query, cursor,
        negotiation::public_json,
        openapi::{PublicList, PublicRead},
        paging, reply,
    },
};

/// Which articles, and which page of them.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// In this category or below, by slug.
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    #[param(max_length = 120)]
    category: Option<String>,
    /// With any of these tags, by slug, separated by commas.
    #[schema(max_length = 2000, example = "dan-van-kheo,thi-dua")]
    #[param(max_length = 2000)]
    tag: Option<String>,
    /// Words, and phrases in quotation marks, all of which an article has to have. With marks or without: what has the
    /// marks that were typed comes first. Best first; among equals the newest. Where nothing has them, one letter of one
    /// word may be wrong.
    #[schema(example = "dan van kheo")]
    q: Option<String>,
    /// Whether to count the whole list, into `meta.count`.
    #[param(inline)]
    count: Option<Count>,
    /// Rows a page.
    #[serde(default = "paging::default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: i64,
    /// Where the previous page ended: `links.next` holds it.
    #[schema(max_length = 400)]
    #[param(max_length = 400)]
    cursor: Option<String>,
}

impl Wanted {
    fn tags(&self) -> Vec<String> {
        let tags = self.tag.iter().flat_map(|tags| tags.split(',')).map(str::trim).filter(|tag| !tag.is_empty());
        tags.map(str::to_owned).collect()
    }

    /// What the cursor is bound to: everything but the page.
    fn name(&self) -> String {
        format!("articles {:?}", (&self.category, self.tags(), &self.q))
    }
}

/// A page of the list, one row more than was asked for where there is more, and the count of the whole if wanted.
fn page(
    conn: &mut PgConnection,
    wanted: &Wanted,
    after: Option<(DateTime<Utc>, Uuid)>,
) -> Result<(Vec<Card>, Option<i64>), Problem> {
    let category = wanted.category.as_deref().map(|slug| store::category(conn, slug)).transpose()?;
    if category == Some(None) {
        // A category that nobody made holds nothing.
        return Ok((Vec::new(), wanted.count.map(|Count::Exact| 0)));
    }
    let filter = Filter { category: category.flatten(), tags: wanted.tags() };
    let count = wanted.count.map(|Count::Exact| store::count(conn, &filter)).transpose()?;
    Ok((store::cards(conn, &filter, after, wanted.limit + 1)?, count))
}

/// Published articles, newest first.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "articles",
    params(Wanted),
    responses(
        (status = 200, description = "A page of articles", body = List<Card>),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/articles")]
pub async fn list(
    request: HttpRequest,
    delivery: Data<Delivery>,
    Query(wanted): Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let name = wanted.name();
    if let Some(q) = &wanted.q {
        let query = search::Query::parse(q);
        return found(request, delivery, wanted, query).await;
    }
    let after: Option<(DateTime<Utc>, Uuid)> =
        wanted.cursor.as_deref().map(|text| cursor::decode(&name, text)).transpose()?;
    let limit = wanted.limit;
    let (mut data, count) = delivery.0.read(move |conn| page(conn, &wanted, after)).await?;
    let next = paging::cut(&mut data, limit, |last| (last.published_at, last.id))
        .map(|key| reply::next_page(&request, &cursor::encode(&name, &key)));
    let links = Links { next: next.clone() };
    let bytes = serde_json::to_vec(&List { data, meta: Meta { limit, count }, links }).map_err(Problem::internal)?;
    public_json(&request, bytes, next)
}

/// A page of what a search found.
async fn found(
    request: HttpRequest,
    delivery: Data<Delivery>,
    wanted: Wanted,
    query: search::Query,
) -> Result<HttpResponse, Problem> {
    let name = wanted.name();
    let after: Option<search::Place> = wanted.cursor.as_deref().map(|text| cursor::decode(&name, text)).transpose()?;
    let limit = wanted.limit;
    let mut found = delivery
        .0
        .read(move |conn| {
            let category = wanted.category.as_deref().map(|slug| store::category(conn, slug)).transpose()?;
            if category == Some(None) {
                return Ok(Vec::new());
            }
            let filter = Filter { category: category.flatten(), tags: wanted.tags() };
            store::search(conn, &filter, &query, after.as_ref(), limit + 1)
        })
        .await?;
    let next = paging::cut(&mut found, limit, |(_, place)| place.clone())
        .map(|key| reply::next_page(&request, &cursor::encode(&name, &key)));
    let links = Links { next: next.clone() };
    let data: Vec<Card> = found.into_iter().map(|(card, _)| card).collect();
    let bytes =
        serde_json::to_vec(&List { data, meta: Meta { limit, count: None }, links }).map_err(Problem::internal)?;
    public_json(&request, bytes, next)
}

/// One published article, by id or slug.
///
/// An earlier slug redirects to the present one while the article is live.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "article",
    params(("key" = String, Path, description = "The article's id or slug")),
    responses(
        (status = 200, description = "The article", body = Item<Article>),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The slug has changed; `Location` says to what"),
        PublicRead,
    ),
)]
#[get("/articles/{key}")]
pub async fn show(request: HttpRequest, delivery: Data<Delivery>, key: Path<String>) -> Result<HttpResponse, Problem> {
    let key = Key::parse(&key)?;
    let answer = delivery
        .0
        .read(move |conn| {
            let found = store::find(conn, &key)?;
            match key {
                Key::Slug(slug) if slug.as_str() != found.slug => Ok(Err(found.slug)),
                _ => store::article(conn, found.id).map(Ok),
            }
        })
        .await?;
    match answer {
        Ok(article) => {
            let bytes = serde_json::to_vec(&Item { data: article }).map_err(Problem::internal)?;
            public_json(&request, bytes, None)
        }
        Err(slug) => Ok(HttpResponse::PermanentRedirect()
            .insert_header((header::LOCATION, format!("/api/v1/articles/{slug}")))
            .insert_header((header::CACHE_CONTROL, "public, no-cache"))
            .finish()),
    }
}
