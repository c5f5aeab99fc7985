//! Cursors come back from strangers: one that we did not make, or made for something else, goes no further.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::support::{Admin, Answer, Site, an_article};

/// How many bytes of a cursor are its seal.
const SEAL: usize = 16;

fn cursor_of(page: &Answer) -> String {
    page.is(200).next().expect("a further page").split_once("cursor=").expect("a cursor").1.to_owned()
}

/// How often a cursor is changed at random.
const MUTATIONS: usize = 200;

/// The cursor with bits turned at random, with nothing but its place, and with other places that a stranger would try.
fn forgeries(cursor: &str) -> Vec<String> {
    let made = URL_SAFE_NO_PAD.decode(cursor).expect("base64");
    let changed = (0..MUTATIONS).map(|_| {
        let mut bytes = made.clone();
        for _ in 0..rand::random_range(1..4) {
            let place = rand::random_range(0..bytes.len());
            bytes[place] ^= 1 << rand::random_range(0..8);
        }
        bytes
    });
    let place = String::from_utf8(made[SEAL..].to_vec()).expect("a place");
    let lower = place.replace("\"tier\":1", "\"tier\":-2147483648");
    let earlier = place.replace("20", "-99");
    let moved = [place.clone(), lower, earlier, place.replace('[', "[\"\\u0000\",")].map(|forged| {
        let seal = if forged == place { &[] } else { &made[..SEAL] };
        [seal, forged.as_bytes()].concat()
    });
    let same = |bytes: &Vec<u8>| *bytes == made;
    changed.chain(moved).filter(|bytes| !same(bytes)).map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).collect()
}

#[actix_web::test]
async fn a_cursor_that_was_forged_is_refused_by_every_list() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let article = |number: &str| {
        let named = json!({ "name": format!("Sở {number}") });
        an_article().titled(&format!("Tin tỉnh {number}")).with("tags", json!([number])).with("author", named)
    };
    let category = site.category("Thông báo").await;
    site.live(article("một").filed_under(&category)).await;
    site.live(article("hai").filed_under(&category)).await;
    let edited = admin.creates(article("ba").filed_under(&category)).await;
    let edited = admin.edits(&edited, json!({ "title": "Tin tỉnh bốn" })).await;
    admin.submits(article("năm").filed_under(&category)).await;
    for _ in 0..2 {
        let thrown_away = admin.creates(article("sáu").filed_under(&category)).await;
        admin.tries_to_delete(&thrown_away, "").await.is(204);
        site.media("image").await;
    }
    let stepped = admin.does(tintuc::newsroom::Transition::Submit, &edited).await;
    admin.does(tintuc::newsroom::Transition::Recall, &stepped).await;

    for list in ["articles?limit=1", "articles?limit=1&q=t%E1%BB%89nh", "tags?limit=1", "authors?limit=1"] {
        let list = format!("/api/v1/{list}");
        for forged in forgeries(&cursor_of(&site.get(&list).await)) {
            site.get(&format!("{list}&cursor={forged}")).await.is_problem(400, "invalid_cursor");
        }
    }
    for list in [
        "articles",
        "trash",
        "media",
        "authors",
        &format!("articles/{}/versions", edited.id),
        &format!("articles/{}/history", edited.id),
    ] {
        let list = format!("/{list}?limit=1");
        for forged in forgeries(&cursor_of(&admin.get(&list).await)) {
            admin.get(&format!("{list}&cursor={forged}")).await.is_problem(400, "invalid_cursor");
        }
    }
}

#[actix_web::test]
async fn a_cursor_is_good_on_every_replica() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    for title in ["Một", "Hai"] {
        site.live(an_article().titled(title).filed_under(&category)).await;
    }
    let replica = site.replica().await;

    let first = site.get("/api/v1/articles?limit=1").await;

    assert_eq!(replica.get(first.next().expect("a further page")).await.is(200).titles(), ["Một"]);
}
