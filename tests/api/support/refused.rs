//! Articles that must be refused and leave nothing behind.

use reqwest::Method;

use super::{Answer, Person, Site};

/// Posts this as an article, which must be refused and leave nothing behind.
pub async fn refused(site: &Site, author: &Person<'_>, body: &[u8]) -> Answer {
    let before = rows(site);
    let request = author.request(Method::POST, "/articles").header("content-type", "application/json");
    let answer = site.send(request.body(body.to_vec())).await;
    assert!(answer.status.is_client_error(), "{} for {:.200}", answer.status, String::from_utf8_lossy(body));
    assert_eq!(rows(site), before, "something was stored");
    answer
}

/// How many rows there are where a new article leaves any.
fn rows(site: &Site) -> i64 {
    ["articles", "article_versions", "slugs", "tags", "authors", "events"].map(|table| site.count(table)).iter().sum()
}
