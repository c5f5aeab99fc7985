//! The small files that every site is looked for: what robots may read, and whom to tell of a weakness.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, ContentType},
};

use super::press::Press;
use crate::http::{
    ETag, Problem,
    openapi::{PublicList, PublicRead},
};

/// For how long others may keep them: they change with the settings, at a start.
const CACHING: &str = "max-age=3600";

/// What robots may read (RFC 9309), and where the sitemaps are.
#[utoipa::path(
    tag = "Feeds",
    operation_id = "get_robots",
    responses(
        (status = 200, description = "The rules", content_type = "text/plain", body = String),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/robots.txt")]
pub async fn robots(request: HttpRequest, press: Press) -> HttpResponse {
    if !press.masthead.is_indexed {
        return plain(&request, "User-agent: *\nDisallow: /\n".to_owned());
    }
    let [all, news] = ["/sitemap.xml", "/sitemap-news.xml"].map(|path| press.canonical.link(path));
    plain(
        &request,
        format!(
            "User-agent: *\nDisallow: /api/v1/manage/\nDisallow: /api/v1/auth/\nDisallow: /api/v1/preview/\n\n\
             Sitemap: {all}\nSitemap: {news}\n"
        ),
    )
}

/// Whom to tell of a weakness (RFC 9116), where the settings say it.
#[utoipa::path(
    tag = "Feeds",
    operation_id = "get_security_contact",
    responses(
        (status = 200, description = "Whom to tell", content_type = "text/plain", body = String),
        (status = 304, description = "The client has it"),
        PublicRead,
    ),
)]
#[get("/.well-known/security.txt")]
pub async fn security(request: HttpRequest, press: Press) -> Result<HttpResponse, Problem> {
    let says = press.masthead.security.as_ref().ok_or_else(Problem::not_found)?;
    let canonical = press.canonical.link("/.well-known/security.txt");
    Ok(plain(&request, format!("{says}Canonical: {canonical}\n")))
}

fn plain(request: &HttpRequest, text: String) -> HttpResponse {
    let etag = ETag::of_bytes(text.as_bytes());
    let known = etag.is_known_to(request);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, etag.to_string())).insert_header((header::CACHE_CONTROL, CACHING));
    if known {
        return response.finish();
    }
    response.insert_header(ContentType::plaintext()).body(text)
}
