//! What holds for every request: methods, types, limits, parameters, languages, and the headers of answers.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Answer, Author, Editor, Site, an_article};

const ARTICLES: &str = "/api/v1/articles";

#[actix_web::test]
async fn what_is_not_there_is_404() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;

    for path in ["/api", "/api/v2/articles", "/api/v1/nothing", "/articles", "/api/v1/articles/khong-co", "/.env"] {
        site.get(path).await.is_problem(404, "not_found");
    }
    for path in ["/nothing", "/articles/not-an-id", "/articles/01890a5d-ac96-774b-bcce-b302099a8057"] {
        editor.get(path).await.is_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn a_method_that_a_path_does_not_take_is_405_and_says_which_it_takes() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = editor.creates(an_article()).await;

    for (request, allowed) in [
        (site.request(Method::POST, ARTICLES), "GET, HEAD, OPTIONS"),
        (site.request(Method::DELETE, "/health/live"), "GET, HEAD, OPTIONS"),
        (site.request(Method::GET, "/api/v1/auth/login"), "POST, OPTIONS"),
        (editor.request(Method::PUT, "/articles"), "GET, HEAD, POST, OPTIONS"),
        (editor.request(Method::POST, &format!("/articles/{}", article.id)), "GET, HEAD, PATCH, DELETE, OPTIONS"),
    ] {
        let answer = site.send(request).await;
        answer.is_problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allowed);
    }
}

#[actix_web::test]
async fn a_body_of_another_type_is_415() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let post = || editor.request(Method::POST, "/articles").body("{}");

    for request in [
        post(),
        post().header("content-type", "text/plain"),
        post().header("content-type", "application/x-www-form-urlencoded"),
        post().header("content-type", "application/merge-patch+json"),
        post().header("content-type", "application/json").header("content-encoding", "gzip"),
    ] {
        site.send(request).await.is_problem(415, "unsupported_media_type");
    }
    site.send(post().header("content-type", "Application/JSON; charset=utf-8")).await.is(201);
}

#[actix_web::test]
async fn who_accepts_no_json_gets_406() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;

    for accept in ["text/html", "application/xml, text/*", "application/json;q=0", "*/*;q=0"] {
        for request in [site.request(Method::GET, ARTICLES), editor.request(Method::GET, "/articles")] {
            site.send(request.header("accept", accept)).await.is_problem(406, "not_acceptable");
        }
    }
    for accept in ["application/json", "application/*", "text/html, */*;q=0.1", "nonsense"] {
        site.send(site.request(Method::GET, ARTICLES).header("accept", accept)).await.is(200);
    }
}

#[actix_web::test]
async fn a_head_that_is_too_long_is_414_or_431() {
    let site = Site::start().await;
    let long = "x".repeat(20_000);

    site.get(&format!("{ARTICLES}?category={long}")).await.is_problem(414, "uri_too_long");
    site.get(&format!("{ARTICLES}/{long}")).await.is_problem(414, "uri_too_long");
    let with_header = site.request(Method::GET, ARTICLES).header("x-long", &long);
    site.send(with_header).await.is_problem(431, "headers_too_large");
}

#[actix_web::test]
async fn head_answers_the_headers_of_get_and_no_body() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let editor = site.person([Editor]).await;
    let live = site.live(an_article().filed_under(&category)).await;
    let both = |request: &dyn Fn(Method) -> RequestBuilder| [request(Method::GET), request(Method::HEAD)];

    for [get, head] in [
        both(&|method| site.request(method, ARTICLES)),
        both(&|method| site.request(method, &format!("{ARTICLES}/{}", live.slug()))),
        both(&|method| site.request(method, ARTICLES).header("accept-encoding", "gzip")),
        both(&|method| site.request(method, &format!("{ARTICLES}/khong-co"))),
        both(&|method| site.request(method, "/health/ready")),
        both(&|method| site.request(method, "/api/openapi.json")),
        both(&|method| editor.request(method, &format!("/articles/{}", live.id))),
        both(&|method| site.request(method, "/api/v1/manage/me")),
    ] {
        let (get, head) = (site.send(get).await, site.send(head).await);
        assert_eq!(head.status, get.status);
        assert!(head.bytes.is_empty() && !get.bytes.is_empty());
        assert_eq!(comparable(&head), comparable(&get));
        assert_eq!(head.header("content-length"), get.bytes.len().to_string());
    }
}

#[actix_web::test]
async fn an_unknown_parameter_is_400_and_says_which_there_are() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;

    for answer in [
        site.get(&format!("{ARTICLES}?categroy=a")).await,
        site.get(&format!("{ARTICLES}?category[]=a")).await,
        editor.get("/articles?colour=red").await,
    ] {
        answer.is_problem(400, "unknown_parameter");
        assert!(answer.body["detail"].as_str().unwrap().contains("category, "), "{:#}", answer.body);
        assert_eq!(answer.body["errors"][0]["code"], "unknown_parameter");
    }
}

#[actix_web::test]
async fn a_parameter_that_is_repeated_or_out_of_range_is_400_and_named() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;

    for (query, error) in [
        ("limit=1&limit=2", "/limit repeated"),
        ("limit=0", "/limit too_small"),
        ("limit=101", "/limit too_large"),
        ("limit=-1", "/limit too_small"),
        ("limit=ten", "/limit wrong_type"),
        ("limit=", "/limit wrong_type"),
        ("limit=99999999999999999999", "/limit wrong_type"),
        ("count=roughly", "/count not_allowed"),
        (&format!("category={}", "a".repeat(121)), "/category too_long"),
    ] {
        for answer in [site.get(&format!("{ARTICLES}?{query}")).await, editor.get(&format!("/articles?{query}")).await]
        {
            answer.is_problem(400, "bad_request");
            assert_eq!(answer.errors(), [error], "{query}");
        }
    }
    editor.get("/articles?author=me").await.is_problem(400, "bad_request");
    editor.get("/articles?approval=live").await.is_problem(400, "bad_request");
}

#[actix_web::test]
async fn a_cursor_of_another_list_or_made_up_is_refused() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    for title in ["Một", "Hai"] {
        editor.creates(an_article().titled(title)).await;
    }
    let first = editor.get("/articles?limit=1").await;
    let cursor = first.next().unwrap().split("cursor=").nth(1).unwrap();

    for query in
        [&format!("cursor={cursor}&approval=draft"), &format!("cursor={cursor}&sort=updated_at"), "cursor=AAAA"]
    {
        editor.get(&format!("/articles?{query}")).await.is_problem(400, "invalid_cursor");
    }
    site.get(&format!("{ARTICLES}?cursor={cursor}")).await.is_problem(400, "invalid_cursor");
    assert_eq!(editor.get(&format!("/articles?limit=1&cursor={cursor}")).await.is(200).titles(), ["Một"]);
}

#[actix_web::test]
async fn strange_bytes_in_an_address_are_the_clients_error() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;

    for part in ["%00", "a%00b", "%ff", "%ed%a0%80", "%", "%zz", "%2e%2e%2f", "%0d%0aX:y", "%F0%9F%91%8D"] {
        for answer in [
            site.get(&format!("{ARTICLES}/{part}")).await,
            editor.get(&format!("/articles/{part}")).await,
            editor.get(&format!("/{part}")).await,
        ] {
            assert!([400, 404].contains(&answer.status.as_u16()), "{part}: {}", answer.status);
        }
        for name in ["category", "tag", "cursor", part] {
            let status = site.get(&format!("{ARTICLES}?{name}={part}")).await.status.as_u16();
            assert!([200, 400].contains(&status), "{name}={part}: {status}");
        }
    }
    site.get(&format!("{ARTICLES}?category=%00")).await.is_problem(400, "bad_request");
}

#[actix_web::test]
async fn messages_are_in_the_language_that_the_client_reads() {
    let site = Site::start().await;
    let (vietnamese, english) = ("Không tìm thấy", "Not found");

    for (accepted, title) in [
        (None, vietnamese),
        (Some("vi"), vietnamese),
        (Some("en"), english),
        (Some("en-GB,en;q=0.9,vi;q=0.8"), english),
        (Some("fr, vi-VN;q=0.7, en;q=0.3"), vietnamese),
        (Some("de"), vietnamese),
        (Some("???"), vietnamese),
    ] {
        let request = site.request(Method::GET, &format!("{ARTICLES}/khong-co"));
        let request =
            accepted.into_iter().fold(request, |request, language| request.header("accept-language", language));
        let answer = site.send(request).await;
        assert_eq!(answer.is_problem(404, "not_found").body["title"], title, "{accepted:?}");
    }
}

#[actix_web::test]
async fn each_answer_has_a_request_id_of_its_own() {
    let site = Site::start().await;
    let forged = site.request(Method::GET, ARTICLES).header("x-request-id", "mine");

    let ids = [site.get(ARTICLES).await, site.get("/nothing").await, site.send(forged).await]
        .map(|answer| answer.header("x-request-id"));

    assert!(ids.iter().all(|id| id.parse::<uuid::Uuid>().is_ok()), "{ids:?}");
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
}

#[actix_web::test]
async fn management_answers_are_kept_nowhere() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article()).await;

    for answer in [
        author.get("/me").await,
        author.get("/articles").await,
        author.looks_at(&article).await,
        author.get("/nothing").await,
        author.get("/articles?unknown=1").await,
        author.post("/articles", &json!({ "unknown": 1 })).await,
        author.post("/categories", &json!({ "name": "a" })).await,
        site.get("/api/v1/manage/me").await,
    ] {
        assert_eq!(answer.header("cache-control"), "no-store", "{:#}", answer.body);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[actix_web::test]
async fn a_working_copy_that_the_client_has_is_not_sent_again() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article()).await;

    let request = author.request(Method::GET, &format!("/articles/{}", article.id));
    let answer = site.send(request.header("if-none-match", &article.etag)).await;

    assert_eq!(answer.is(304).header("etag"), article.etag);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn health_tells_whether_new_requests_are_welcome() {
    let site = Site::start().await;
    assert_eq!(site.get("/health/live").await.is(200).body, json!({ "status": "live" }));
    assert_eq!(site.get("/health/ready").await.is(200).body, json!({ "status": "ready" }));

    site.app.set_ready(false);

    let answer = site.get("/health/ready").await;
    answer.is_problem(503, "unavailable");
    assert!(!answer.header("retry-after").is_empty());
    site.get("/health/live").await.is(200);
}

#[actix_web::test]
async fn the_documentation_needs_nothing_from_elsewhere() {
    let site = Site::start().await;
    assert_eq!(site.get("/docs").await.is(301).header("location"), "/docs/");
    assert_eq!(site.get("/api/openapi.json").await.is(200).body["openapi"], "3.1.0");

    for path in ["/docs/", "/docs/swagger-initializer.js"] {
        let answer = site.get(path).await;
        let page = String::from_utf8(answer.is(200).bytes.clone()).unwrap();
        assert!(!page.contains("//cdn") && !page.contains("https://") && !page.contains("http://"), "{page}");
    }
    site.get("/docs/swagger-ui-bundle.js").await.is(200);
}

/// The headers, but for those that no two answers have in common.
fn comparable(answer: &Answer) -> Vec<(String, String)> {
    let own = ["date", "x-request-id"];
    let names = answer.headers.keys().filter(|name| !own.contains(&name.as_str()));
    let mut headers: Vec<_> = names.map(|name| (name.to_string(), answer.header(name.as_str()))).collect();
    headers.sort();
    headers
}
