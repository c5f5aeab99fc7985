//! Lists of working copies: exactly what the caller may read, newest change first.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, PgConnection, QueryDsl, RunQueryDsl, SelectableHelper};
use uuid::Uuid;

use super::{
    filter::{ArticleFilter, Sort},
    model::ArticleCard,
    read,
};
use crate::{
    access::{Principal, Readable},
    db::{Newsroom, schema::articles},
    http::{Cursors, Links, List, Meta, Problem, Query, openapi::ManageList, paging, reply},
    newsroom::article::ArticleRow,
};

/// Working copies that the caller may read, by their last change.
///
/// Conditions hold together. Drafts are found by their words from when they are saved.
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
            let count = filter.count.map(|_| filter.matching(&readable).count().get_result(conn)).transpose()?;
            let mut rows = page(conn, &filter, &readable, after)?;
            let key = |last: &ArticleRow| match filter.sort.is_by_creation() {
                true => (last.created_at, last.id),
                false => (last.updated_at, last.id),
            };
            let next = paging::cut(&mut rows, filter.limit, key).map(|key| cursors.encode(&name, &key));
            Ok((read::cards(conn, &who, rows)?, count, next))
        })
        .await?;
    let next = next.map(|cursor| reply::next_page(&request, &cursor));
    Ok(reply::list(&List { data, meta: Meta { limit, count }, links: Links { next } }))
}

fn page(
    conn: &mut PgConnection,
    filter: &ArticleFilter,
    readable: &Readable,
    after: Option<(DateTime<Utc>, Uuid)>,
) -> Result<Vec<ArticleRow>, Problem> {
    let query = filter.matching(readable);
    // The first condition of each pair is the index's range, the second settles ties by id.
    macro_rules! from {
        ($column:expr, falling) => {
            match after {
                None => query,
                Some((at, id)) => query.filter($column.le(at)).filter($column.lt(at).or(articles::id.lt(id))),
            }
            .order(($column.desc(), articles::id.desc()))
        };
        ($column:expr, rising) => {
            match after {
                None => query,
                Some((at, id)) => query.filter($column.ge(at)).filter($column.gt(at).or(articles::id.gt(id))),
            }
            .order(($column.asc(), articles::id.asc()))
        };
    }
    let query = match filter.sort {
        Sort::LastChanged => from!(articles::updated_at, falling),
        Sort::LongestUnchanged => from!(articles::updated_at, rising),
        Sort::Newest => from!(articles::created_at, falling),
        Sort::Oldest => from!(articles::created_at, rising),
    };
    Ok(query.limit(filter.limit + 1).select(ArticleRow::as_select()).load(conn)?)
}
