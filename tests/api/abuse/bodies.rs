//! Bodies that cost more than they are worth: large where small ones are wanted, or sent a byte at a time.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Editor, Site, an_article};

#[actix_web::test]
async fn who_is_not_signed_in_sends_little() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let views = format!("/api/v1/articles/{}/views", article.id);

    for (path, limit) in [(views.as_str(), 16 * 1024), ("/api/v1/auth/login", 4 * 1024)] {
        // White space is part of a body, and of nothing else.
        let body = |bytes: usize| format!("{{}}{}", " ".repeat(bytes - 2));
        let post =
            |bytes| site.request(Method::POST, path).header("content-type", "application/json").body(body(bytes));
        site.send(post(limit + 1)).await.is_problem(413, "payload_too_large");
        assert_ne!(site.send(post(limit)).await.status, 413, "{path}");
    }
    let editor = site.person([Editor]).await;
    editor.tries_to_create(an_article().with("body", json!(format!("<p>{}</p>", "chữ ".repeat(20_000))))).await.is(201);
}

/// Sends a body a byte at a time, and says what was answered and when the connection was closed.
async fn trickled(site: &Site, path: &str) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = TcpStream::connect(site.base.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept-Language: en\r\nContent-Length: 4000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut answer, mut end) = stream.split();
    let trickle = async {
        while end.write_all(b" ").await.is_ok() {
            actix_web::rt::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let mut bytes = Vec::new();
    tokio::select! {
        // A connection that is reset is closed as well.
        _ = answer.read_to_end(&mut bytes) => {}
        () = trickle => {}
        () = actix_web::rt::time::sleep(Duration::from_secs(40)) => {}
    }
    (String::from_utf8_lossy(&bytes).into_owned(), began.elapsed())
}

#[actix_web::test]
async fn a_body_that_trickles_is_given_up_and_its_connection_closed() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let views = format!("/api/v1/articles/{}/views", article.id);

    let answers = join_all([views.as_str(), "/api/v1/auth/login"].map(|path| trickled(&site, path))).await;

    for (answer, took) in answers {
        assert!(took < Duration::from_secs(25), "open for {took:?}");
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("The body broke off"), "{answer}");
    }
}
