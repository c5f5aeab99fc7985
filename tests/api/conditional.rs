//! Public reads: entity tags, conditions and content codings.

use std::io::Read;

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Editor, Site, an_article};

const ARTICLES: &str = "/api/v1/articles";

#[actix_web::test]
async fn a_public_answer_has_a_strong_tag_and_is_fresh_for_a_second() {
    let site = Site::start().await;

    for path in [ARTICLES, "/api/openapi.json"] {
        let answer = site.get(path).await;
        assert!(answer.is(200).header("etag").starts_with('"'), "strong");
        assert_eq!(answer.header("cache-control"), "max-age=1, stale-while-revalidate=1, stale-if-error=600");
        assert_eq!(answer.header("vary").to_lowercase(), "accept-encoding");
        assert_eq!(answer.header("last-modified"), "", "dates are no validators");
        assert_eq!(site.get(path).await.header("etag"), answer.header("etag"));
    }
}

#[actix_web::test]
async fn what_the_client_has_is_not_sent_again() {
    let site = Site::start().await;
    let full = site.get(ARTICLES).await;
    let tag = full.header("etag");

    for known in [&tag, &format!("\"other\", {tag}"), &format!("W/{tag}"), &format!("\"a,b\" ,{tag}, W/\"x\""), "*"] {
        let answer = with(&site, "if-none-match", known).await;
        assert!(answer.is(304).bytes.is_empty());
        for header in ["etag", "cache-control", "vary"] {
            assert_eq!(answer.header(header), full.header(header), "{header} for {known}");
        }
    }
    for unknown in ["\"other\"", "W/\"other\"", "nonsense", "", &tag.replace('"', "")] {
        with(&site, "if-none-match", unknown).await.is(200);
    }
}

#[actix_web::test]
async fn several_lines_of_tags_are_one_list() {
    let site = Site::start().await;
    let tag = site.get(ARTICLES).await.header("etag");

    let request =
        site.request(Method::GET, ARTICLES).header("if-none-match", "\"other\"").header("if-none-match", &tag);

    site.send(request).await.is(304);
}

#[actix_web::test]
async fn a_tag_changes_with_what_it_stands_for() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let before = site.get(ARTICLES).await.header("etag");

    site.live(an_article().filed_under(&category)).await;

    let after = with(&site, "if-none-match", &before).await;
    assert_ne!(after.is(200).header("etag"), before);
}

#[actix_web::test]
async fn a_tag_does_not_change_with_a_view_nor_with_an_unpublished_edit() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let live = site.live(an_article().filed_under(&category)).await;
    let before = site.public(&live).await.header("etag");

    site.post(&format!("{ARTICLES}/{}/views", live.id), &json!({})).await.is(200);
    site.person([Editor]).await.edits(&live, json!({ "title": "Chưa duyệt" })).await;

    assert_eq!(site.public(&live).await.header("etag"), before);
}

#[actix_web::test]
async fn dates_are_no_conditions() {
    let site = Site::start().await;

    with(&site, "if-modified-since", "Wed, 01 Jan 2098 00:00:00 GMT").await.is(200);
    with(&site, "if-unmodified-since", "Sat, 01 Jan 2000 00:00:00 GMT").await.is(200);
}

#[actix_web::test]
async fn each_coding_has_a_tag_of_its_own_and_the_same_content() {
    let site = Site::start().await;
    let plain = site.get(ARTICLES).await;
    assert_eq!(plain.header("content-encoding"), "");
    let mut tags = vec![plain.header("etag")];

    for coding in ["br", "gzip"] {
        let coded = with(&site, "accept-encoding", coding).await;
        assert_eq!(coded.is(200).header("content-encoding"), coding);
        assert_eq!(decoded(&coded), plain.bytes);
        assert_eq!(coded.header("vary").to_lowercase(), "accept-encoding");
        tags.push(coded.header("etag"));
        let again = site.request(Method::GET, ARTICLES).header("accept-encoding", coding);
        let again = site.send(again.header("if-none-match", coded.header("etag"))).await;
        assert_eq!(again.is(304).header("etag"), coded.header("etag"));
    }

    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3, "{tags:?}");
}

#[actix_web::test]
async fn what_is_sent_is_what_is_accepted() {
    let site = Site::start().await;

    for (accepted, coding) in [
        ("gzip, deflate, br", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("identity;q=0, br;q=0.5, *;q=0", "br"),
        ("GZIP", "gzip"),
        ("identity, gzip;q=0, br;q=0", ""),
        ("zstd, deflate", ""),
        ("", ""),
        ("br;q=0", ""),
    ] {
        let answer = with(&site, "accept-encoding", accepted).await;
        assert_eq!(answer.is(200).header("content-encoding"), coding, "{accepted}");
    }
}

#[actix_web::test]
async fn who_accepts_no_coding_that_there_is_gets_406() {
    let site = Site::start().await;

    for accepted in ["*;q=0", "identity;q=0", "zstd, identity;q=0", "zstd, *;q=0"] {
        let answer = with(&site, "accept-encoding", accepted).await;
        answer.is_problem(406, "not_acceptable");
        assert!(answer.body["detail"].as_str().unwrap().contains("br, gzip, identity"));
    }
}

/// The public list, asked for with this header.
async fn with(site: &Site, header: &str, value: &str) -> Answer {
    site.send(site.request(Method::GET, ARTICLES).header(header, value)).await
}

fn decoded(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding").as_str() {
        "gzip" => flate2::read::GzDecoder::new(answer.bytes.as_slice()).read_to_end(&mut plain),
        "br" => brotli::Decompressor::new(answer.bytes.as_slice(), 4096).read_to_end(&mut plain),
        other => panic!("not coded: {other:?}"),
    }
    .expect("it decodes");
    plain
}
