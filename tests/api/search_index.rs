//! The index of search beside the database: that it comes to where the database is, whatever has happened to either.

use std::{fs, path::Path};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use tempfile::TempDir;

use crate::{
    cache::until,
    support::{Approver, Site, an_article, in_minutes},
};

/// Another service over the same database, with this data directory.
async fn service(site: &Site, data: &TempDir) -> Site {
    let folder = data.path().to_owned();
    Site::over(site.database(), |settings| {
        // Replicas share the key.
        settings.signing_key_file = Some(settings.signing_key_file());
        settings.data_dir = Some(folder);
    })
    .await
}

async fn found(site: &Site, typed: &str) -> Vec<String> {
    site.get(&format!("/api/v1/articles?q={typed}")).await.is(200).titles()
}

/// The files of an index, wherever in the folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[actix_web::test]
async fn an_index_that_was_left_is_taken_up_and_brought_to_the_present() {
    let (other, data) = (Site::start().await, TempDir::new().unwrap());
    let category = other.category("Thông báo").await;
    let article = |title: &str| an_article().titled(title).filed_under(&category);
    other.live(article("Mưa lũ").tagged(["Thi đua"])).await;
    let goes = other.live(article("Mưa đá")).await;
    let first = service(&other, &data).await;
    assert_eq!(found(&first, "mua").await, ["Mưa đá", "Mưa lũ"]);
    first.app.search.end();
    drop(first);

    other.person([Approver]).await.does(tintuc::newsroom::Transition::Unpublish, &goes).await;
    other.live(article("Mưa phùn")).await;
    other.sql("UPDATE tags SET name = 'Khen thưởng'").unwrap();
    let again = service(&other, &data).await;

    assert_eq!(found(&again, "mua").await, ["Mưa phùn", "Mưa lũ"]);
    assert_eq!((found(&again, "khen+thuong").await, found(&again, "thi+dua").await), (vec!["Mưa lũ".into()], vec![]));
}

#[actix_web::test]
async fn an_index_that_cannot_be_read_is_made_anew() {
    let (site, data) = (Site::start().await, TempDir::new().unwrap());
    let first = service(&site, &data).await;
    let category = first.category("Thông báo").await;
    first.live(an_article().titled("Mưa lũ").filed_under(&category)).await;
    assert_eq!(found(&first, "mua").await, ["Mưa lũ"]);
    first.app.search.end();
    drop(first);

    let folder = data.path().join("search");
    let lost = files(&folder);
    assert!(lost.len() > 5, "{lost:?}");
    for file in lost.iter().filter(|file| !file.ends_with("meta.json") && file.extension().is_some()) {
        fs::write(file, b"?").unwrap();
    }
    let again = service(&site, &data).await;

    assert_eq!(found(&again, "mua").await, ["Mưa lũ"]);
}

#[actix_web::test]
async fn two_services_with_one_data_directory_have_an_index_each() {
    let (site, data) = (Site::start().await, TempDir::new().unwrap());
    let (one, other) = (service(&site, &data).await, service(&site, &data).await);
    let category = site.category("Thông báo").await;

    for (number, title) in ["Mưa lũ", "Mưa đá"].into_iter().enumerate() {
        site.live(an_article().titled(title).filed_under(&category)).await;
        for replica in [&one, &other] {
            until(async || found(replica, "mua").await.len() == number + 1).await;
        }
    }
}

#[actix_web::test]
async fn what_an_index_that_is_behind_lacks_is_found_as_soon_as_it_is_not() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let approver = site.person([Approver]).await;
    let scheduled = site.approved(an_article().titled("Mưa lũ").filed_under(&category)).await;
    approver.publishes_with(&scheduled, serde_json::json!({ "publish_at": in_minutes(60) })).await;
    assert_eq!(found(&site, "mua").await, [""; 0]);

    // The index cannot read the article when it appears.
    let mut lock = PgConnection::establish(site.database()).unwrap();
    lock.batch_execute("BEGIN; LOCK TABLE published_tags IN ACCESS EXCLUSIVE MODE").unwrap();
    site.time_passes(chrono::Duration::minutes(61));
    assert_eq!(found(&site, "mua").await, [""; 0], "nobody waits longer than a second");
    lock.batch_execute("COMMIT").unwrap();

    until(async || found(&site, "mua").await == ["Mưa lũ"]).await;
}
