//! What is at `/`, and the files of the portal.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderName, HeaderValue},
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::Portal;
use crate::http::{Item, Problem, openapi::PublicList, reply::SiteUrl};

/// Nothing inline, nothing of others: whatever gets into a page, no script of it runs and nothing leaves it. Blurred
/// pictures are drawn by the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; \
    connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Asked for each time, as an update has to be seen at once; what is known already is not sent.
const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (header::CACHE_CONTROL, "no-cache"),
];

/// What there is, for whoever comes to the address of the service.
#[derive(Serialize, ToSchema)]
pub struct ServiceIndex {
    /// The documentation, for people.
    #[schema(example = "/docs/")]
    documentation: String,
    /// The same for programs.
    #[schema(example = "/api/openapi.json")]
    openapi: String,
    /// The published articles.
    #[schema(example = "/api/v1/articles")]
    articles: String,
    /// A front page.
    #[schema(example = "/api/v1/front")]
    front: String,
    /// What has changed, for those who keep copies.
    #[schema(example = "/api/v1/sync")]
    sync: String,
    /// For readers and players.
    feeds: FeedIndex,
    /// For search engines.
    #[schema(example = "/sitemap.xml")]
    sitemap: String,
}

/// The feeds.
#[derive(Serialize, ToSchema)]
pub struct FeedIndex {
    /// RSS 2.0.
    #[schema(example = "/feeds/rss.xml")]
    rss: String,
    /// Atom.
    #[schema(example = "/feeds/atom.xml")]
    atom: String,
    /// JSON Feed 1.1.
    #[schema(example = "/feeds/feed.json")]
    json: String,
    /// What can be listened to.
    #[schema(example = "/feeds/podcast.xml")]
    podcast: String,
    /// OPML: those of all categories.
    #[schema(example = "/feeds/categories.opml")]
    categories: String,
}

/// Where everything is, or, with a portal, the way there.
#[utoipa::path(
    tag = "Operations",
    operation_id = "get_service_index",
    responses(
        (status = 200, description = "Where everything is", body = Item<ServiceIndex>),
        (status = 302, description = "There is a portal, and it is there", headers(("Location" = String, description = "Where"))),
        PublicList,
    ),
)]
#[get("/")]
pub async fn index(request: HttpRequest, portal: Data<Portal>) -> HttpResponse {
    if portal.is_shown() {
        return to_portal();
    }
    let site = SiteUrl::of(&request);
    let link = |path: &str| site.link(path.to_owned());
    let data = ServiceIndex {
        documentation: link("/docs/"),
        openapi: link("/api/openapi.json"),
        articles: link("/api/v1/articles"),
        front: link("/api/v1/front"),
        sync: link("/api/v1/sync"),
        feeds: FeedIndex {
            rss: link("/feeds/rss.xml"),
            atom: link("/feeds/atom.xml"),
            json: link("/feeds/feed.json"),
            podcast: link("/feeds/podcast.xml"),
            categories: link("/feeds/categories.opml"),
        },
        sitemap: link("/sitemap.xml"),
    };
    HttpResponse::Ok().json(Item { data })
}

/// `/portal`, as people type it.
pub async fn door(portal: Data<Portal>) -> Result<HttpResponse, Problem> {
    portal.is_shown().then(to_portal).ok_or_else(Problem::not_found)
}

fn to_portal() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/portal/")).finish()
}

/// A file of the portal, or a page of it.
///
/// # Errors
/// `not_found`; `not_acceptable`.
pub async fn file(request: HttpRequest, portal: Data<Portal>, path: Path<String>) -> Result<HttpResponse, Problem> {
    let mut response = portal.files().await?.answer(&path, &request)?;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
