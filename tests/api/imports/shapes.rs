//! Each shape that a list can be exported in: what comes of it is what was meant, what is lost is told once, and a second run
//! writes nothing.

use std::collections::BTreeMap;

use super::list::{List, articles, named, same};
use crate::support::Site;

const ITEMS: u32 = 300;

/// Tables that a run writes nothing into where nothing has changed.
const WRITTEN: [&str; 18] = [
    "articles",
    "article_versions",
    "transitions",
    "publications",
    "published_articles",
    "published_media",
    "article_changes",
    "events",
    "users",
    "authors",
    "tags",
    "categories",
    "media",
    "royalties",
    "view_totals",
    "imported_items",
    "imported_files",
    "old_addresses",
];

async fn is_taken_over(list: List) {
    let site = Site::start().await;

    let first = list.goes_to(&site, &[]).done();
    same(&articles(&site), &list.expected());
    let losses: BTreeMap<i64, Vec<String>> = list
        .truth
        .iter()
        .map(|item| (item["id"].as_i64().unwrap(), named(&item["losses"])))
        .filter(|(_, losses)| !losses.is_empty())
        .collect();
    assert_eq!(first.losses(), losses);

    let before = site.digest(WRITTEN);
    let second = list.goes_to(&site, &[]).done();
    assert_eq!(site.digest(WRITTEN), before);
    let refused = list.truth.iter().filter(|item| item["action"] == "refused").count();
    let mut all = BTreeMap::from([("skipped", list.truth.len() - refused)]);
    if refused > 0 {
        all.insert("refused", refused);
    }
    assert_eq!(second.actions(), all);
}

#[actix_web::test]
async fn a_bundle_is_taken_over() {
    is_taken_over(List::of("bundle", ITEMS)).await;
}

#[actix_web::test]
async fn a_bundle_of_the_older_interface_is_taken_over() {
    is_taken_over(List::of("verbose", ITEMS)).await;
}

#[actix_web::test]
async fn a_bundle_with_versions_column_by_column_is_taken_over() {
    is_taken_over(List::of("soap", ITEMS)).await;
}

#[actix_web::test]
async fn a_csv_file_is_taken_over() {
    is_taken_over(List::of("csv", ITEMS)).await;
}

#[actix_web::test]
async fn a_workbook_is_taken_over() {
    is_taken_over(List::of("xlsx", ITEMS)).await;
}

#[actix_web::test]
async fn a_folder_of_sharegate_is_taken_over() {
    is_taken_over(List::of("sharegate", ITEMS)).await;
}

#[actix_web::test]
async fn field_values_of_pnp_are_taken_over() {
    is_taken_over(List::of("pnp", ITEMS)).await;
}
