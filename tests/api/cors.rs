//! From where browsers may use the service: public reads from anywhere, management from the configured origins.

use reqwest::{Method, RequestBuilder};

use crate::support::{Editor, Site};

const OURS: &str = "https://quan-tri.tintuc.example";
const THEIRS: &str = "https://khac.example";
const ALLOWED: &str = "access-control-allow-origin";

async fn site() -> Site {
    Site::with(|settings| settings.cors_origins = vec![OURS.to_owned()]).await
}

fn preflight(site: &Site, path: &str, origin: &str, method: &str) -> RequestBuilder {
    let request = site.request(Method::OPTIONS, path).header("origin", origin);
    request.header("access-control-request-method", method).header("access-control-request-headers", "if-match")
}

#[actix_web::test]
async fn the_public_side_is_open_to_every_origin_without_credentials() {
    let site = site().await;

    for path in ["/api/v1/articles", "/api/v1/articles/khong-co", "/api/v1/articles?unknown=1"] {
        let answer = site.send(site.request(Method::GET, path).header("origin", THEIRS)).await;
        assert_eq!(answer.header(ALLOWED), "*", "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        assert!(answer.header("access-control-expose-headers").to_lowercase().contains("etag"));
    }
    let not_modified = site.request(Method::GET, "/api/v1/articles").header("if-none-match", "*");
    assert_eq!(site.send(not_modified.header("origin", THEIRS)).await.is(304).header(ALLOWED), "*");
    let asked = site.send(preflight(&site, "/api/v1/articles", THEIRS, "GET")).await;
    assert_eq!(asked.is(200).header(ALLOWED), "*");
}

#[actix_web::test]
async fn management_is_open_to_the_configured_origin() {
    let site = site().await;
    let editor = site.person([Editor]).await;

    let answer = site.send(editor.request(Method::GET, "/articles").header("origin", OURS)).await;
    let asked = site.send(preflight(&site, "/api/v1/manage/articles", OURS, "PATCH")).await;

    assert_eq!(answer.is(200).header(ALLOWED), OURS);
    assert!(answer.header("vary").to_lowercase().contains("origin"));
    assert_eq!(asked.is(200).header(ALLOWED), OURS);
    assert!(asked.header("access-control-allow-methods").contains("PATCH"));
    assert_eq!(asked.header("access-control-allow-headers"), "if-match");
}

#[actix_web::test]
async fn a_refusal_can_be_read_from_the_configured_origin() {
    let site = site().await;

    for path in ["/api/v1/manage/me", "/api/v1/auth/sessions"] {
        let answer = site.send(site.request(Method::GET, path).header("origin", OURS)).await;
        assert_eq!(answer.is_problem(401, "unauthenticated").header(ALLOWED), OURS);
    }
}

#[actix_web::test]
async fn management_is_closed_to_every_other_origin() {
    let site = site().await;
    let editor = site.person([Editor]).await;

    for origin in [THEIRS, "null", "http://quan-tri.tintuc.example", "https://quan-tri.tintuc.example.khac.example"] {
        let answer = site.send(editor.request(Method::GET, "/articles").header("origin", origin)).await;
        assert_eq!(answer.header(ALLOWED), "", "{origin}");
        let asked = site.send(preflight(&site, "/api/v1/manage/articles", origin, "PATCH")).await;
        assert_eq!(asked.header(ALLOWED), "", "{origin}");
        let asked = site.send(preflight(&site, "/api/v1/auth/login", origin, "POST")).await;
        assert_eq!(asked.header(ALLOWED), "", "{origin}");
    }
}

#[actix_web::test]
async fn where_no_origin_is_configured_management_is_closed_to_all() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;

    let answer = site.send(editor.request(Method::GET, "/articles").header("origin", OURS)).await;
    let asked = site.send(preflight(&site, "/api/v1/manage/articles", OURS, "GET")).await;

    assert_eq!([answer.is(200).header(ALLOWED), asked.header(ALLOWED)], ["", ""]);
}

#[actix_web::test]
async fn options_without_an_origin_say_what_a_path_takes() {
    let site = site().await;

    let answer = site.send(site.request(Method::OPTIONS, "/api/v1/articles")).await;

    assert_eq!(answer.is(204).header("allow"), "GET, HEAD, OPTIONS");
}
