//! Lists of published articles.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    article::names,
    cache::Cache,
    cards::{self, Filter, Key, Order, Page},
    fields::{ArticlePage, Fields},
    store,
};
use crate::http::{
    Content, Count, Found, Links, List, Meta, Problem, Query, cursor, openapi::PublicList, paging, reply::ListUrl,
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
    /// Of this type, by code.
    #[schema(max_length = 40, example = "announcement")]
    #[param(max_length = 40)]
    article_type: Option<String>,
    /// By this author, by id.
    author: Option<Uuid>,
    /// Featured ones, or those that are not.
    featured: Option<bool>,
    /// Dated at this moment or later.
    published_after: Option<DateTime<Utc>>,
    /// Dated before this moment.
    published_before: Option<DateTime<Utc>>,
    /// In this language; without it, in all.
    #[schema(max_length = 35, example = "vi")]
    #[param(max_length = 35)]
    locale: Option<String>,
    /// The order. Ties are in the order of ids.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// Only these fields of each article, separated by commas.
    #[schema(max_length = 400, example = "id,slug,title")]
    #[param(max_length = 400)]
    fields: Option<String>,
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

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
enum Sort {
    /// By `published_at`, newest first.
    #[default]
    #[serde(rename = "-published_at")]
    Newest,
    /// By `published_at`, oldest first.
    #[serde(rename = "published_at")]
    Oldest,
    /// By `last_published_at`, newest first.
    #[serde(rename = "-last_published_at")]
    LastPublished,
}

impl Wanted {
    fn tags(&self) -> Option<Vec<String>> {
        let tags = self.tag.as_deref()?.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        let tags: Vec<String> = tags.map(str::to_owned).collect();
        (!tags.is_empty()).then_some(tags)
    }

    fn order(&self) -> Order {
        match self.sort {
            Sort::Newest => Order::Newest,
            Sort::Oldest => Order::Oldest,
            Sort::LastPublished => Order::LastPublished,
        }
    }

    /// What the cursor is bound to: everything but the page and what is shown of it.
    fn name(&self) -> String {
        let Self { category, article_type, author, featured, published_after, published_before, locale, sort, .. } =
            self;
        let dates = (published_after, published_before);
        format!("articles {:?}", (category, self.tags(), article_type, author, featured, dates, locale, sort))
    }

    /// The filter, with names looked up; none where it names a category or tags that nobody made, which hold nothing.
    fn filter(&self, conn: &mut PgConnection) -> Result<Option<Filter>, Problem> {
        let mut filter = Filter {
            article_type: self.article_type.clone(),
            author: self.author,
            featured: self.featured,
            published_after: self.published_after,
            published_before: self.published_before,
            locale: self.locale.clone(),
            ..Filter::default()
        };
        if let Some(slug) = &self.category {
            filter.category = store::category(conn, slug)?;
            if filter.category.is_none() {
                return Ok(None);
            }
        }
        if let Some(slugs) = self.tags() {
            let tags = store::tags(conn, &slugs)?;
            if tags.is_empty() {
                return Ok(None);
            }
            filter.tags = Some(tags);
        }
        Ok(Some(filter))
    }
}

/// Published articles, newest first unless asked otherwise.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "articles",
    params(Wanted),
    responses(
        (status = 200, description = "A page of articles, or of the fields of them that were asked for", body = ArticlePage),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/articles")]
pub async fn list(
    request: HttpRequest,
    cache: Data<Cache>,
    Query(wanted): Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let name = wanted.name();
    let after: Option<Key> = wanted.cursor.as_deref().map(|text| cursor::decode(&name, text)).transpose()?;
    let fields = wanted.fields.as_deref().map(Fields::parse).transpose()?;
    let url = ListUrl::of(&request);
    let read = move |conn: &mut PgConnection| {
        let filter = wanted.filter(conn)?;
        let (mut data, mut count) = (Vec::new(), wanted.count.map(|Count::Exact| 0));
        if let Some(filter) = &filter {
            let page = Page { filter, order: wanted.order(), after, limit: wanted.limit + 1 };
            data = cards::page(conn, page)?;
            count = wanted.count.map(|Count::Exact| cards::count(conn, filter)).transpose()?;
        }
        let next = paging::cut(&mut data, wanted.limit, |last| match wanted.order() {
            Order::Newest | Order::Oldest => (last.published_at, last.id),
            Order::LastPublished => (last.last_published_at, last.id),
        })
        .map(|key| url.page(&cursor::encode(&name, &key)));
        url.site().complete(data.as_mut_slice());
        let mut keys = names(data.iter());
        keys.insert("articles".to_owned());
        let expires = data.iter().filter_map(|card| card.expires_at).min();
        let list = List { data, meta: Meta { limit: wanted.limit, count }, links: Links { next: next.clone() } };
        let content = match &fields {
            Some(fields) => Content::of(&fields.of_list(list)?, keys)?,
            None => Content::of(&list, keys)?,
        };
        Ok(Found::Content(Content { next, expires, ..content }))
    };
    cache.answer(&request, read).await
}
