//! Counting a view, and asking for counts.

use std::{
    borrow::Cow,
    future::{Future, Ready, ready},
    net::IpAddr,
    pin::Pin,
    sync::LazyLock,
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    get,
    http::header,
    post,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::lookup::Lookup;
use super::store;
use crate::views::Counter;
use crate::{
    db::Delivery,
    http::{
        All, FieldError, Item, OptionalJson, Problem, Query,
        client::ClientAddress,
        json,
        openapi::{PublicArticle, PublicCount, PublicList},
        reply, text,
    },
    text::normal::nfc,
};

/// Programs that fetch pages for no reader. HTTP libraries are not among them: a frontend's server counts for people.
static ROBOTS: LazyLock<isbot::Bots> = LazyLock::new(|| {
    let mut robots = isbot::Bots::default();
    robots.remove(&["^curl", "pycurl", "python-requests", "axios", "okhttp"]);
    robots
});

/// How many counts may be asked for at once.
const MAX_IDS: usize = 100;

/// Who reads, as far as the client wants to tell.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// An opaque name that the client gave its reader. Where left out, the address and the client's name of itself
    /// tell readers apart.
    #[schema(min_length = 1, max_length = 200, example = "c7d1f0de")]
    visitor: Option<String>,
}

impl FromRequest for Visit {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = json::optional_body(&request, payload).await?;
            match body.as_deref().and_then(Self::plain) {
                Some(visit) => Ok(visit),
                None => json::optional(body.as_deref()).map(|OptionalJson(visit)| visit),
            }
        })
    }
}

impl Visit {
    /// The usual body, a name and nothing else. On so hot a path it is spared the detour by way of a JSON value and
    /// its schema; whatever is unusual about a body is for that to judge.
    fn plain(body: &[u8]) -> Option<Self> {
        let visit: Self = body.starts_with(b"{").then(|| serde_json::from_slice(body).ok())??;
        let name = visit.visitor.as_deref()?;
        let usual =
            (1..=200).contains(&name.chars().count()) && !name.contains('\0') && matches!(nfc(name), Cow::Borrowed(_));
        usual.then_some(visit)
    }
}

/// Who reads, as the connection and the client's name of itself tell.
pub struct Reader {
    address: IpAddr,
    agent: String,
    /// A robot, or a browser that loads ahead what may never be read.
    reads_not: bool,
}

impl FromRequest for Reader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent = agent.unwrap_or_default().to_owned();
        let reads_not = ROBOTS.is_bot(&agent) || loads_ahead(request);
        let address = ClientAddress::from_request(request, payload).into_inner();
        ready(address.map(|address| Self { address: address.0, agent, reads_not }))
    }
}

/// Whether a browser asks in case its reader should go there: `Sec-Purpose: prefetch` (Fetch standard, section 3.6),
/// with parameters or without, and `Purpose`, which came before.
fn loads_ahead(request: &HttpRequest) -> bool {
    let purposes = ["sec-purpose", "purpose"].iter().filter_map(|name| request.headers().get(*name)?.to_str().ok());
    purposes.flat_map(|value| value.split([';', ','])).any(|purpose| purpose.trim().eq_ignore_ascii_case("prefetch"))
}

/// An article's count after a view.
#[derive(Serialize, ToSchema)]
pub struct Counted {
    /// The article.
    article_id: Uuid,
    /// How often it was read, this view included.
    #[schema(minimum = 0, example = 229)]
    views: i64,
    /// Whether this view was counted: not for the same reader within half an hour, nor for a robot
    /// or a page that is loaded ahead, nor for more readers of one network than it may have.
    counted: bool,
}

/// An article's count.
#[derive(Serialize, ToSchema)]
#[schema(as = ArticleViews)]
pub struct Views {
    /// The article.
    article_id: Uuid,
    /// How often it was read.
    #[schema(minimum = 0, example = 229)]
    views: i64,
}

/// Count a view of an article. Committed when answered.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "count_view",
    params(("key" = String, Path, description = "The article's id or slug")),
    request_body = Option<Visit>,
    responses((status = 200, description = "The count after this view", body = Item<Counted>), PublicCount),
)]
#[post("/articles/{key}/views")]
pub async fn count(
    delivery: Data<Delivery>,
    lookup: Data<Lookup>,
    counter: Data<Counter>,
    reader: Reader,
    key: Path<String>,
    visit: Visit,
) -> Result<HttpResponse, Problem> {
    let article_id = lookup.article(&key).await?;
    let counted = if reader.reads_not {
        Counted { article_id, views: views(&delivery, &counter, article_id).await?, counted: false }
    } else {
        let outcome = match &visit.visitor {
            Some(name) => counter.count(article_id, reader.address, &["visitor", name]).await?,
            None => {
                let address = reader.address.to_string();
                counter.count(article_id, reader.address, &["address", &address, &reader.agent]).await?
            }
        };
        Counted { article_id, views: outcome.views, counted: outcome.counted }
    };
    Ok(no_store(reply::item(counted)))
}

/// How often an article was read.
///
/// Views are in it at once where this process counted them, within a second where another did.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_views",
    params(("key" = String, Path, description = "The article's id or slug")),
    responses((status = 200, description = "The count", body = Item<Views>), PublicArticle),
)]
#[get("/articles/{key}/views")]
pub async fn show(
    delivery: Data<Delivery>,
    lookup: Data<Lookup>,
    counter: Data<Counter>,
    key: Path<String>,
) -> Result<HttpResponse, Problem> {
    let article_id = lookup.article(&key).await?;
    let views = views(&delivery, &counter, article_id).await?;
    Ok(no_store(reply::item(Views { article_id, views })))
}

/// Which articles.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ViewsFilter {
    /// At most 100 ids, separated by commas.
    #[schema(min_length = 1, max_length = 4000, example = "019313a8-5f00-7000-8000-000000000001")]
    #[param(min_length = 1, max_length = 4000)]
    ids: String,
}

impl ViewsFilter {
    /// The ids, each once.
    fn ids(&self) -> Result<Vec<Uuid>, Problem> {
        let refused = |code, message| {
            let errors = vec![FieldError::new("/ids", code, message)];
            Problem::bad_request(text("invalid-parameters")).with_errors(errors)
        };
        let mut ids: Vec<Uuid> = Vec::new();
        for id in self.ids.split(',').map(str::trim) {
            let id = id.parse().map_err(|_| refused("invalid_format", text("invalid-id")))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
            if ids.len() > MAX_IDS {
                return Err(refused("too_many", text("too-many-ids").with("limit", MAX_IDS)));
            }
        }
        Ok(ids)
    }
}

/// How often several articles were read.
///
/// In the order asked, each once; those that are not public are left out.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_views",
    params(ViewsFilter),
    responses((status = 200, description = "The counts", body = All<Views>), PublicList),
)]
#[get("/views")]
pub async fn several(
    delivery: Data<Delivery>,
    counter: Data<Counter>,
    Query(wanted): Query<ViewsFilter>,
) -> Result<HttpResponse, Problem> {
    let ids = wanted.ids()?;
    let asked = ids.clone();
    let totals = delivery.read(move |conn| store::views_of(conn, &asked)).await?;
    let known = |article_id| {
        let written = totals.get(&article_id).copied()?;
        Some(Views { article_id, views: counter.views(article_id).unwrap_or(written) })
    };
    Ok(no_store(HttpResponse::Ok().json(All { data: ids.into_iter().filter_map(known).collect() })))
}

async fn views(delivery: &Delivery, counter: &Counter, article: Uuid) -> Result<i64, Problem> {
    match counter.views(article) {
        Some(views) => Ok(views),
        None => delivery.read(move |conn| store::views(conn, article)).await,
    }
}

fn no_store(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}
