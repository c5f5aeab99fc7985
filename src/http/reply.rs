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

use super::{Cursors, ETag, Problem, paging};

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
#[schema(as = ListMeta)]
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
#[schema(as = ListLinks)]
pub struct Links {
    /// The next page; null on the last one.
    #[schema(example = "/api/v1/articles?limit=20&cursor=WzE3MTI0LCIyMDI2Il0")]
    pub next: Option<String>,
}

/// Where the site is: set, links are absolute; unset, they are root-relative.
#[derive(Clone, Debug, Default)]
pub struct SiteUrl(pub Option<Url>);

/// An answer that holds links to files of this site.
pub trait Linked {
    /// Visits every such link.
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String));
}

impl<T: Linked> Linked for [T] {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.iter_mut().for_each(|one| one.each_link(visit));
    }
}

impl SiteUrl {
    /// The site that a request came to.
    pub fn of(request: &HttpRequest) -> Self {
        request.app_data::<Self>().cloned().unwrap_or_default()
    }

    /// Whether clients are known to come by TLS.
    pub fn is_secure(&self) -> bool {
        self.0.as_ref().is_some_and(|site| site.scheme() == "https")
    }

    /// A root-relative link as it is answered.
    pub fn link(&self, path: String) -> String {
        self.0.as_ref().and_then(|site| site.join(&path).ok()).map_or(path, String::from)
    }

    /// Makes every link of an answer what it should be here.
    pub fn complete(&self, answer: &mut (impl Linked + ?Sized)) {
        if self.0.is_some() {
            answer.each_link(&mut |link| *link = self.link(std::mem::take(link)));
        }
    }

    /// What is behind the site's origin in a URL of it, absolute or root-relative; nothing for URLs of others.
    pub fn path_of<'a>(&self, url: &'a str) -> Option<&'a str> {
        if url.starts_with('/') {
            // Two slashes begin the name of a host.
            return (!url.starts_with("//")).then_some(url);
        }
        let site = self.0.as_ref()?.origin();
        let same = Url::parse(url).is_ok_and(|parsed| parsed.origin() == site);
        // The origin has no slash but the two behind the scheme.
        same.then(|| url.splitn(4, '/').nth(3).map(|rest| &url[url.len() - rest.len() - 1..])).flatten()
    }
}

/// The URL of the page of the same list that starts at `cursor`.
pub fn next_page(request: &HttpRequest, cursor: &str) -> String {
    let (path, query) = (request.path().to_owned(), request.query_string().to_owned());
    ListUrl { path, query, site: SiteUrl::of(request) }.page(cursor)
}

/// Where a list is that was asked for.
pub struct ListUrl {
    path: String,
    query: String,
    site: SiteUrl,
}

impl ListUrl {
    /// The list of this request, of which this was understood. Who wrote it otherwise gets the same links.
    ///
    /// # Errors
    /// `internal` where `asked` is more than names and values.
    pub fn of(request: &HttpRequest, asked: &impl Serialize) -> Result<Self, Problem> {
        let query = serde_urlencoded::to_string(asked).map_err(Problem::internal)?;
        Ok(Self { path: request.path().to_owned(), query, site: SiteUrl::of(request) })
    }

    /// The site that it is on.
    pub fn site(&self) -> &SiteUrl {
        &self.site
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
        self.site.link(target)
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
    created_as(location, Item { data }, etag)
}

/// 201 with an envelope that tells more than what was made.
pub fn created_as(location: &str, answer: impl Serialize, etag: Option<&ETag>) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::CREATED);
    response.insert_header((header::LOCATION, location));
    if let Some(etag) = etag {
        response.insert_header((header::ETAG, etag.to_string()));
    }
    response.json(answer)
}

/// 200 with a page of the list of this name, of one row more than it shows; by `key` the next one goes on.
pub fn page<T: Serialize, K: Serialize>(
    request: &HttpRequest,
    cursors: &Cursors,
    name: &str,
    limit: i64,
    mut rows: Vec<T>,
    key: impl FnOnce(&T) -> K,
) -> HttpResponse {
    let next = paging::cut(&mut rows, limit, key).map(|key| next_page(request, &cursors.encode(name, &key)));
    list(&List { data: rows, meta: Meta { limit, count: None }, links: Links { next } })
}

/// 200 with a page of a list.
pub fn list<T: Serialize>(list: &List<T>) -> HttpResponse {
    listed(&list.links, list)
}

/// 200 with a page of a list that tells more than others.
pub fn listed(links: &Links, answer: &impl Serialize) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(next) = &links.next {
        response.insert_header((header::LINK, format!("<{next}>; rel=\"next\"")));
    }
    response.json(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_the_site_are_told_from_those_of_others() {
        let site = SiteUrl(Some(Url::parse("https://tinh.example/tin").expect("a URL")));
        for (url, path) in [
            ("/media/1/a.pdf?v=2", Some("/media/1/a.pdf?v=2")),
            ("https://tinh.example/media/1/a.pdf", Some("/media/1/a.pdf")),
            ("HTTPS://Tinh.example:443/media/1/a.pdf", Some("/media/1/a.pdf")),
            ("https://tinh.example", None),
            ("http://tinh.example/media/1/a.pdf", None),
            ("https://a.example/media/1/a.pdf", None),
            ("//tinh.example/media/1/a.pdf", None),
            ("media/1/a.pdf", None),
        ] {
            assert_eq!(site.path_of(url), path, "{url}");
        }
        assert_eq!(SiteUrl::default().path_of("https://tinh.example/media/1/a.pdf"), None);
    }
}
