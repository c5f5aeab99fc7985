//! A run beside a service at work: readers see what it has brought over, and go on finding what was there before.

use std::{collections::BTreeSet, time::Duration};

use diesel::{
    RunQueryDsl,
    dsl::sql,
    sql_types::{Nullable, Text},
};

use super::list::{List, started};
use crate::{
    cache::until,
    support::{Site, an_article},
};

const LIST: &str = "/api/v1/articles";

/// The article of the list that was written last and is public.
fn last_title(site: &Site) -> Option<String> {
    let of_list = "delivery.articles a JOIN imported_items i ON i.article_id = a.article_id";
    let last = format!("(SELECT a.card ->> 'title' FROM {of_list} ORDER BY i.item_id DESC LIMIT 1)");
    site.transaction(|tx| Ok(diesel::select(sql::<Nullable<Text>>(&last)).get_result(tx.conn)?))
}

#[actix_web::test]
async fn lists_are_right_within_a_second_of_each_batch_and_search_soon_after() {
    let site = Site::start().await;
    let category = site.category("Riêng tư").await;
    let page = format!("{LIST}/{}", site.live(an_article().filed_under(&category)).await.id);
    let reader = site.replica().await;
    let list = List::of("csv", 150);

    let mut run = started(list.command(&site, &[]));
    let mut states = BTreeSet::new();
    loop {
        let is_at_its_end = run.try_wait().unwrap().is_some();
        let (public, last) = (site.count("delivery.articles"), last_title(&site));
        let is_counted = async || {
            let list = reader.get(&format!("{LIST}?count=exact&limit=1")).await;
            list.is(200).body["meta"]["count"].as_i64().unwrap() >= public
        };
        let is_found = async || {
            let Some(title) = &last else { return true };
            let query = serde_urlencoded::to_string([("q", title)]).unwrap();
            reader.get(&format!("{LIST}?{query}")).await.is(200).titles().iter().any(|found| found == title)
        };
        let seen = until(is_counted).await;
        assert!(seen < Duration::from_secs(1), "{seen:?} after {public}");
        // Words are taken apart without optimisation here, and others want the processors too: it comes to be found.
        until(is_found).await;
        states.insert(public);
        if is_at_its_end {
            break;
        }
    }

    assert!(run.wait().unwrap().success());
    assert!(states.len() > 3, "{states:?}");
    site.get(&page).await.is(200);
}
