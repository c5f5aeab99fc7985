//! Lists of published articles.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answers::Answers;
use super::{
    articles::Shown,
    cards::{Labels, Order},
    fields::{ArticlePage, Fields},
    listing::{Asked, Reading, Rows, Wanted, tags},
    model, renamed,
    search::{self, SearchIndex},
};
use crate::{
    db::pool::snapshot,
    http::{
        Count, Cursors, FieldError, Found, Links, List, Meta, Problem, Query, Representation, openapi::PublicList,
        paging, reply::ListUrl, text,
    },
};

const PATH: &str = "/api/v1/articles";

/// Which articles, and which page of them.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListFilter {
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
    /// Words, and phrases in quotation marks, all of which an article has to have. With marks or without: what has the
    /// marks that were typed comes first. Where nothing has them, one letter of one word may be wrong.
    #[schema(value_type = Option<String>, example = "dan van kheo")]
    #[param(value_type = Option<String>)]
    q: Option<search::Query>,
    /// The order: `-published_at` unless asked otherwise, with `q` that of `relevance`. Ties are in the order of ids.
    #[param(inline)]
    sort: Option<Sort>,
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
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
enum Sort {
    /// By `published_at`, newest first.
    #[serde(rename = "-published_at")]
    Newest,
    /// By `published_at`, oldest first.
    #[serde(rename = "published_at")]
    Oldest,
    /// By `last_published_at`, newest first.
    #[serde(rename = "-last_published_at")]
    LastPublished,
    /// What matches `q` best first, among equals the newest.
    #[serde(rename = "relevance")]
    Relevance,
}

impl ListFilter {
    fn reading(&self, cursors: &Cursors) -> Result<Reading, Problem> {
        let order = match (self.sort, self.q.clone()) {
            (None | Some(Sort::Relevance), Some(query)) => return Ok(Reading::Found(query, self.after(cursors)?)),
            (Some(Sort::Relevance), None) => {
                let error = FieldError::new("/sort", "needs_q", text("relevance-needs-q"));
                return Err(Problem::bad_request(text("invalid-parameters")).with_errors(vec![error]));
            }
            (None | Some(Sort::Newest), _) => Order::Newest,
            (Some(Sort::Oldest), _) => Order::Oldest,
            (Some(Sort::LastPublished), _) => Order::LastPublished,
        };
        Ok(Reading::Ordered(order, self.after(cursors)?))
    }

    /// The key of the row that the page before ended with.
    fn after<K: DeserializeOwned>(&self, cursors: &Cursors) -> Result<Option<K>, Problem> {
        cursors.decode(&self.name(), self.cursor.as_deref())
    }

    /// What the cursor is bound to: everything but the page and what is shown of it.
    fn name(&self) -> String {
        let Self { category, tag, article_type, author, featured, published_after, published_before, locale, .. } =
            self;
        let (dates, q) = ((published_after, published_before), self.q.as_ref().map(search::Query::to_string));
        let tags = tags(tag.as_deref());
        format!("articles {:?}", (category, tags, article_type, author, featured, dates, locale, q, self.sort))
    }

    fn wanted(&self) -> Wanted {
        let Self {
            category, tag, article_type, author, featured, published_after, published_before, locale, q, ..
        } = self.clone();
        let tags = tags(tag.as_deref());
        Wanted { category, tags, article_type, author, featured, published_after, published_before, locale, q }
    }
}

/// Published articles, newest first unless asked otherwise.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_articles",
    params(ListFilter),
    responses(
        (status = 200, description = "A page of articles, or of the fields of them that were asked for", body = ArticlePage),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The category has another slug; `Location` is the list by that"),
        PublicList,
    ),
)]
#[get("/articles")]
pub async fn list(
    request: HttpRequest,
    answers: Data<Answers>,
    cursors: Data<Cursors>,
    labels: Data<Labels>,
    index: Data<SearchIndex>,
    Query(wanted): Query<ListFilter>,
) -> Result<HttpResponse, Problem> {
    let reading = wanted.reading(&cursors)?;
    let fields = wanted.fields.as_deref().map(Fields::parse).transpose()?;
    let (url, name) = (ListUrl::of(&request, &wanted)?, wanted.clone());
    let (limit, count) = (wanted.limit, wanted.count);
    let asked = Asked { wanted: wanted.wanted(), reading, name: wanted.name(), limit, count, cursors, labels, index };
    let read = move |conn: &mut PgConnection| {
        let rows = asked.at_once(conn)?.map_or_else(|| snapshot(conn, |conn| asked.read(conn)), Ok)?;
        let Rows { cards: mut data, lists, next, count } = rows;
        if data.is_empty() {
            // A cursor is good for the filter that it was made for.
            let by = |slug| ListFilter { category: Some(slug), cursor: None, ..wanted.clone() };
            if let Some(moved) = renamed::category(conn, PATH, wanted.category.as_deref(), by)? {
                return Ok(moved);
            }
        }
        let next = next.map(|cursor| url.page(&cursor));
        url.site().complete(data.as_mut_slice());
        let shown = Shown::in_list(data.iter(), lists);
        let list = List { data, meta: Meta { limit, count }, links: Links { next: next.clone() } };
        let content = match &fields {
            Some(fields) => shown.content(&fields.of_list(list)?)?,
            None => shown.written(model::written(&list)?),
        };
        Ok(Found::Content(Representation { next, ..content }))
    };
    answers.answer(&request, &name, read).await
}
