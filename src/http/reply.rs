//! The envelope of answers, and the few ways to send one.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use url::{Url, form_urlencoded};
use utoipa::{
    ToSchema,
    openapi::{Ref, RefOr, Schema, schema::ArrayBuilder},
};

use super::ETag;

/// One thing.
#[derive(Serialize, ToSchema)]
#[schema(bound = "T: ToSchema")]
pub struct Item<T> {
    /// The thing itself.
    #[schema(schema_with = reference::<T>)]
    pub data: T,
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
#[schema(bound = "T: ToSchema")]
pub struct List<T> {
    /// The rows of this page, in order.
    #[schema(schema_with = references::<T>)]
    pub data: Vec<T>,
    /// About the list.
    pub meta: Meta,
    /// Where to go on.
    pub links: Links,
}

/// All there are of something, for what is never long enough for pages.
#[derive(Serialize, ToSchema)]
#[schema(bound = "T: ToSchema")]
pub struct All<T> {
    /// The rows, in order.
    #[schema(schema_with = references::<T>)]
    pub data: Vec<T>,
}

/// Envelopes name what is inside; derived without this, each would hold a copy of it.
fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

fn references<T: ToSchema>() -> Schema {
    ArrayBuilder::new().items(Ref::from_schema_name(T::name())).into()
}

/// About a list.
#[derive(Serialize, ToSchema)]
pub struct Meta {
    /// The page size that was asked for.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    pub limit: i64,
    /// How many rows the whole list has; only with `count=exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub count: Option<i64>,
}

/// Links of a list; also sent as a `Link` header (RFC 8288).
#[derive(Serialize, ToSchema)]
pub struct Links {
    /// The next page; null on the last one.
    #[schema(example = "/api/v1/articles?limit=20&cursor=WzE3MTI0LCIyMDI2Il0")]
    pub next: Option<String>,
}

/// Where the site is: set, links are absolute; unset, they are root-relative.
#[derive(Clone, Debug, Default)]
pub struct SiteUrl(pub Option<Url>);

/// The URL of the page of the same list that starts at `cursor`.
pub fn next_page(request: &HttpRequest, cursor: &str) -> String {
    ListUrl::of(request).page(cursor)
}

/// Where a list is that was asked for.
pub struct ListUrl {
    path: String,
    query: String,
    site: Option<Url>,
}

impl ListUrl {
    /// The list of this request.
    pub fn of(request: &HttpRequest) -> Self {
        Self {
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
            site: request.app_data::<SiteUrl>().and_then(|site| site.0.clone()),
        }
    }

    /// The URL of its page that starts at `cursor`.
    pub fn page(&self, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(self.query.as_bytes()) {
            if name != "cursor" {
                query.append_pair(&name, &value);
            }
        }
        query.append_pair("cursor", cursor);
        let target = format!("{}?{}", self.path, query.finish());
        self.site.as_ref().and_then(|site| site.join(&target).ok()).map_or(target, String::from)
    }
}

/// 200 with `data`.
pub fn item(data: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(Item { data })
}

/// 200 with `data` and its entity tag; 304 if the client has it.
pub fn tagged(request: &HttpRequest, data: impl Serialize, etag: &ETag) -> HttpResponse {
    if request.method().is_safe() && etag.is_known_to(request) {
        return HttpResponse::NotModified().insert_header((header::ETAG, etag.to_string())).finish();
    }
    HttpResponse::Ok().insert_header((header::ETAG, etag.to_string())).json(Item { data })
}

/// 201 with `data` and where it lives from now on.
pub fn created(location: &str, data: impl Serialize, etag: Option<&ETag>) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::CREATED);
    response.insert_header((header::LOCATION, location));
    if let Some(etag) = etag {
        response.insert_header((header::ETAG, etag.to_string()));
    }
    response.json(Item { data })
}

/// 200 with a page of a list.
pub fn list<T: Serialize>(list: &List<T>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(next) = &list.links.next {
        response.insert_header((header::LINK, format!("<{next}>; rel=\"next\"")));
    }
    response.json(list)
}
