//! Lists of working copies: exactly what the caller may read, newest change first.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, PgConnection, QueryDsl, RunQueryDsl,
    SelectableHelper, pg::Pg,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{model::ArticleCard, read};
use crate::{
    access::{Principal, Readable},
    db::{
        Newsroom,
        schema::{articles, categories, category_ancestors},
    },
    http::{Count, Cursors, Links, List, Meta, Problem, Query, openapi::ManageList, paging, reply},
    newsroom::{article::ArticleRow, machine::Approval},
};

/// Which articles, and which page of them.
#[derive(Clone, Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ArticleFilter {
    /// Where the working copy stands.
    approval: Option<Approval>,
    /// In this category or below, by slug.
    #[schema(max_length = 120)]
    category: Option<String>,
    /// By this author, by id.
    author: Option<Uuid>,
    /// Of this type, by code.
    #[schema(max_length = 40)]
    article_type: Option<String>,
    /// In this language.
    #[schema(max_length = 10)]
    locale: Option<String>,
    /// The order: by last change, newest first (`-updated_at`) or oldest first.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
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
    cursor: Option<String>,
}

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
enum Sort {
    /// Newest change first.
    #[default]
    #[serde(rename = "-updated_at")]
    Newest,
    /// Oldest change first.
    #[serde(rename = "updated_at")]
    Oldest,
}

/// Working copies that the caller may read, by their last change.
#[utoipa::path(
    tag = "Articles",
    operation_id = "list_managed_articles",
    params(ArticleFilter),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of working copies", body = List<ArticleCard>), ManageList),
)]
#[get("/articles")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(filter): Query<ArticleFilter>,
) -> Result<HttpResponse, Problem> {
    let readable = who.readable()?;
    let name = filter.name();
    let after: Option<(DateTime<Utc>, Uuid)> = cursors.decode(&name, filter.cursor.as_deref())?;
    let limit = filter.limit;
    let (data, count, next) = newsroom
        .read(move |conn| {
            let count = filter.count.map(|_| matching(&filter, &readable).count().get_result(conn)).transpose()?;
            let mut rows = page(conn, &filter, &readable, after)?;
            let next = paging::cut(&mut rows, filter.limit, |last| (last.updated_at, last.id))
                .map(|key| cursors.encode(&name, &key));
            Ok((read::cards(conn, &who, rows)?, count, next))
        })
        .await?;
    let next = next.map(|cursor| reply::next_page(&request, &cursor));
    Ok(reply::list(&List { data, meta: Meta { limit, count }, links: Links { next } }))
}

impl ArticleFilter {
    /// What the cursor is bound to: everything but the page.
    fn name(&self) -> String {
        let Self { approval, category, author, article_type, locale, sort, .. } = self;
        format!("manage/articles {:?}", (approval, category, author, article_type, locale, sort))
    }
}

fn matching<'a>(filter: &'a ArticleFilter, readable: &Readable) -> articles::BoxedQuery<'a, Pg> {
    let mut query = readable.clone().articles().filter(articles::deleted_at.is_null());
    if let Some(approval) = filter.approval {
        query = query.filter(articles::approval.eq(approval));
    }
    if let Some(slug) = &filter.category {
        let above = categories::table.filter(categories::slug.eq(slug)).select(categories::id);
        let below = category_ancestors::table
            .filter(category_ancestors::ancestor_id.eq_any(above))
            .select(category_ancestors::category_id);
        query = query.filter(articles::category_id.assume_not_null().eq_any(below));
    }
    if let Some(author) = filter.author {
        query = query.filter(articles::author_id.eq(author));
    }
    if let Some(code) = &filter.article_type {
        query = query.filter(articles::article_type.eq(code));
    }
    if let Some(locale) = &filter.locale {
        query = query.filter(articles::locale.eq(locale));
    }
    query
}

fn page(
    conn: &mut PgConnection,
    filter: &ArticleFilter,
    readable: &Readable,
    after: Option<(DateTime<Utc>, Uuid)>,
) -> Result<Vec<ArticleRow>, Problem> {
    let query = matching(filter, readable);
    // The first condition of each pair is the index's range, the second settles ties by id.
    let query = match (filter.sort, after) {
        (_, None) => query,
        (Sort::Newest, Some((at, id))) => {
            query.filter(articles::updated_at.le(at)).filter(articles::updated_at.lt(at).or(articles::id.lt(id)))
        }
        (Sort::Oldest, Some((at, id))) => {
            query.filter(articles::updated_at.ge(at)).filter(articles::updated_at.gt(at).or(articles::id.gt(id)))
        }
    };
    let query = match filter.sort {
        Sort::Newest => query.order((articles::updated_at.desc(), articles::id.desc())),
        Sort::Oldest => query.order((articles::updated_at.asc(), articles::id.asc())),
    };
    Ok(query.limit(filter.limit + 1).select(ArticleRow::as_select()).load(conn)?)
}
