//! JSON that must be refused, in bounded time and space: before anything is made of it, and with nothing stored.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Author, Site, refused};

#[actix_web::test]
async fn what_is_not_strict_json_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for body in [
        r#"{"title": "a""#.to_owned(),
        r#"{"title": "a",}"#.to_owned(),
        r#"{title: "a"}"#.to_owned(),
        r#"{"title": "a"} {}"#.to_owned(),
        r#"{"title": "a", "title": "b"}"#.to_owned(),
        r#"{"seo": {"title": "a", "title": "b"}}"#.to_owned(),
        r#"{"title": "\ud800"}"#.to_owned(),
        r#"{"title": NaN}"#.to_owned(),
        "\u{feff}{\"title\": \"a\"}".to_owned(),
        format!(r#"{{"title": {}1{}}}"#, "[".repeat(200), "]".repeat(200)),
        format!(r#"{{"page_count": {}}}"#, "9".repeat(10_000)),
        "null,".to_owned(),
    ] {
        refused(&site, &author, body.as_bytes()).await.is_problem(400, "bad_request");
    }
    for body in
        [&b"{\"title\": \"\xff\"}"[..], b"{\"title\": \"\xed\xa0\x80\"}", b"\xff\xfe{\0}\0", b"{\"title\": \"\0\"}"]
    {
        refused(&site, &author, body).await.is_problem(400, "bad_request");
    }
}

#[actix_web::test]
async fn json_that_is_not_an_object_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for body in ["[]", "\"title\"", "1e400000", "true"] {
        let refusal = refused(&site, &author, body.as_bytes()).await;
        assert!([400, 422].contains(&refusal.status.as_u16()), "{body}: {}", refusal.status);
    }
}

#[actix_web::test]
async fn nul_is_refused_where_it_stands() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let refusal = refused(&site, &author, br#"{"title": "a\u0000b", "tags": ["x", "\u0000"]}"#).await;

    refusal.is_problem(422, "validation_failed");
    assert_eq!(refusal.errors(), ["/tags/1 nul", "/title nul"]);
}

#[actix_web::test]
async fn a_body_beyond_its_bound_is_too_large() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let body = json!({ "body": "x".repeat(16 * 1024 * 1024) }).to_string();

    refused(&site, &author, body.as_bytes()).await.is_problem(413, "payload_too_large");
}

#[actix_web::test]
async fn a_body_that_does_not_tell_its_length_is_bounded_all_the_same() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let head = format!(
        "POST /api/v1/manage/articles HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        author.token
    );
    let mut connection = TcpStream::connect(site.base.trim_start_matches("http://")).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();

    // The service may hang up on us before it has all of it.
    let chunk = format!("100000\r\n{}\r\n", " ".repeat(0x10_0000));
    for _ in 0..20 {
        let _ = connection.write_all(chunk.as_bytes()).await;
    }

    let mut status = [0; 12];
    connection.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
}

#[actix_web::test]
async fn a_whole_number_may_be_written_as_a_fraction_or_a_power() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for (written, pages) in [("3.0", 3), ("1e2", 100), ("-0.0", 0), ("12E0", 12)] {
        let request = author.request(Method::POST, "/articles").header("content-type", "application/json");
        let made = site.send(request.body(format!(r#"{{"page_count": {written}}}"#))).await;
        assert_eq!(made.is(201).data()["page_count"], pages, "{written}");
    }
}

#[actix_web::test]
async fn a_hundred_thousand_fields_are_refused_in_bounded_time_and_space() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let fields: serde_json::Map<String, Value> = (0..100_000).map(|n| (format!("f{n}"), json!(n))).collect();
    let body = Value::Object(fields).to_string();
    let started = Instant::now();

    let refusal = refused(&site, &author, body.as_bytes()).await;

    refusal.is_problem(422, "validation_failed");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(refusal.bytes.len() < 64 * 1024, "{} bytes", refusal.bytes.len());
}
