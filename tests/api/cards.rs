//! Cards are written at publication and named when they are read.

use diesel::{RunQueryDsl, dsl::sql, sql_types};
use serde_json::{Value, json};
use tintuc::card;

use crate::support::{Site, an_article};

const ARTICLES: &str = "/api/v1/articles";

/// A copy whose card is not what its parts say, or whose tags are not those that it is found by.
const ASTRAY: &str = "published_articles a WHERE shown IS NULL OR shown::jsonb ->> 'title' <> card ->> 'title'
    OR tags <> ARRAY(SELECT tag_id FROM published_tags t WHERE t.publication_id = a.publication_id ORDER BY position)";

/// Articles with and without pictures, author, tags and an end, one of them of the future.
async fn a_newsroom(site: &Site) {
    let category = site.category("Nông nghiệp").await;
    let plain = an_article().filed_under(&category).titled("Giá lúa \"url\":\"/\" tăng").without("tags");
    site.live(plain).await;
    let picture = json!({ "media_id": site.media("image").await, "alt": "Ruộng lúa", "caption": null });
    let whole = an_article()
        .filed_under(&category)
        .titled("Mùa gặt")
        .tagged(["Lúa", "Nông dân"])
        .with("author", json!({ "name": "Sở Nông nghiệp" }))
        .with("image", picture.clone())
        .with("description_image", picture)
        .with("published_at", "2020-04-07T10:00:00.123456789Z");
    site.live(whole).await;
}

/// As the version before leaves it, which writes no cards.
fn without_cards(site: &Site) {
    site.sql("UPDATE published_articles SET tags = NULL, shown = NULL, shown_rules = 0").unwrap();
}

fn state(site: &Site) -> i64 {
    site.transaction(|tx| {
        let generation = sql::<sql_types::BigInt>("(SELECT generation FROM publication_state)");
        Ok(diesel::select(generation).get_result(tx.conn)?)
    })
}

async fn shown(site: &Site) -> Value {
    let mut shown = site.get(ARTICLES).await.is(200).body.clone();
    shown["links"].take();
    shown
}

#[actix_web::test]
async fn a_page_is_one_statement_once_its_names_are_known() {
    let site = Site::start().await;
    a_newsroom(&site).await;
    shown(&site).await;
    for page in [
        "?limit=7",
        "?featured=false",
        "?article_type=announcement&sort=published_at",
        "?locale=vi&fields=title",
        "?category=nong-nghiep",
    ] {
        let before = site.app.delivery.statements();
        assert_eq!(site.get(&format!("{ARTICLES}{page}")).await.is(200).rows().len(), 2, "{page}");
        assert_eq!(site.app.delivery.statements(), before + 1, "{page}");
    }
}

#[actix_web::test]
async fn what_is_renamed_is_called_by_its_new_name_in_all_that_was_written_before() {
    let site = Site::start().await;
    a_newsroom(&site).await;
    let other = site.replica().await;
    shown(&site).await;

    for (renamed, place, name) in [
        (
            "categories SET name = 'Lâm nghiệp', slug = 'lam-nghiep' WHERE slug = 'nong-nghiep'",
            "/category/slug",
            "lam-nghiep",
        ),
        ("article_types SET name = 'Tin vắn' WHERE code = 'announcement'", "/article_type/name", "Tin vắn"),
        ("authors SET name = 'Sở Công Thương', name_key = 'x'", "/author/name", "Sở Công Thương"),
        ("tags SET name = 'Lúa gạo', name_key = 'y' WHERE name = 'Lúa'", "/tags/0", "Lúa gạo"),
    ] {
        site.sql(&format!("UPDATE {renamed}")).unwrap();
        for replica in [&site, &other] {
            crate::cache::until(async || {
                let rows = shown(replica).await["data"].clone();
                rows.as_array().unwrap().iter().any(|row| row.pointer(place).is_some_and(|shown| shown == name))
            })
            .await;
        }
    }
    assert_eq!(site.count(ASTRAY), 0);
}

#[actix_web::test]
async fn cards_that_a_version_before_did_not_write_are_written_when_read_and_in_the_background() {
    let site = Site::start().await;
    a_newsroom(&site).await;
    let (written, listed) = (shown(&site).await, "?category=nong-nghiep&count=exact");
    let by_category = site.get(&format!("{ARTICLES}{listed}")).await.is(200).body.clone();
    without_cards(&site);

    assert_eq!(shown(&site).await, written);
    let replica = site.replica().await;
    assert_eq!(replica.get(&format!("{ARTICLES}{listed}")).await.is(200).body, by_category);
    let before = state(&site);
    assert_eq!(site.transaction(card::renew), 2);
    assert_eq!(site.transaction(card::renew), 0);

    assert_eq!(state(&site), before, "nothing that is shown is another");
    assert_eq!(site.count(ASTRAY), 0);
    assert_eq!(site.count("published_articles WHERE shown_rules <> 0"), 2);
    let later = site.replica().await;
    assert_eq!(shown(&later).await, written);
}

#[actix_web::test]
async fn the_tags_of_a_card_are_those_that_it_is_found_by() {
    let site = Site::start().await;
    a_newsroom(&site).await;

    for change in [
        "UPDATE published_tags SET position = 7 - position",
        "UPDATE published_tags SET tag_id = (SELECT id FROM tags WHERE slug = 'lua') WHERE position = 7",
        "DELETE FROM published_tags WHERE position = 6",
        "UPDATE published_articles SET ends_at = now() + interval '1 hour'",
        "DELETE FROM published_tags",
        "INSERT INTO published_tags (publication_id, position, tag_id) \
         SELECT publication_id, 0, (SELECT id FROM tags WHERE slug = 'lua') FROM published_articles",
    ] {
        site.sql(change).unwrap();
        assert_eq!(site.count(ASTRAY), 0, "{change}");
    }
    assert_eq!(shown(&site).await["data"][1]["tags"], json!(["Lúa"]));
}

#[actix_web::test]
async fn both_views_of_articles_show_the_same_ones() {
    let site = Site::start().await;
    let condition = |view: &str| {
        let text = format!("(SELECT split_part(pg_get_viewdef('delivery.{view}'), 'FROM published_articles', 2))");
        site.transaction(|tx| Ok(diesel::select(sql::<sql_types::Text>(&text)).get_result::<String>(tx.conn)?))
    };

    assert!(condition("articles").contains("clock()"));
    assert_eq!(condition("articles"), condition("shown"));
}
