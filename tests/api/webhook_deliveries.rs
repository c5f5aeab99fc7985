//! What receivers are told of what is published.

use std::time::Duration;

use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Submit, Unpublish, Unschedule};

use crate::{
    cache::until,
    support::{
        Admin, Approver, Editor, Person, Receiver, Site, an_article, in_minutes,
        person::Handle,
        receiver::{Received, Reply},
    },
    webhooks::{changed, hooked, seen},
};

/// Another version of a live article, published.
async fn revised(site: &Site, article: &Handle, patch: Value) -> Handle {
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let edited = editor.edits(&editor.sees(article).await, patch).await;
    let submitted = editor.does(Submit, &edited).await;
    approver.publishes(&approver.approves(&submitted).await).await
}

/// What was told: event, why, and which article.
fn told(received: &[Received]) -> Vec<String> {
    let line = |one: &Received| {
        let reason = one.body["data"]["reason"].as_str().unwrap_or_default();
        format!("{} {reason}", one.kind()).trim().to_owned()
    };
    received.iter().filter(|one| one.is_taken()).map(line).collect()
}

/// Waits until the service has noted that a delivery was tried in vain so often: it notes so after the receiver has answered.
async fn failed(site: &Site, tries: usize) {
    let tried = format!("webhook_deliveries WHERE state = 'pending' AND tries >= {tries}");
    until(async || site.count(&tried) > 0).await;
}

async fn rest(milliseconds: u64) {
    actix_web::rt::time::sleep(Duration::from_millis(milliseconds)).await;
}

#[actix_web::test]
async fn what_becomes_of_an_article_arrives_signed_and_in_order() {
    let site = Site::that_sends().await;
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let receiver = Receiver::start();
    let (_, secret) = hooked(&admin, &receiver.url(), json!({})).await;
    let related = site.live(site.article().await.titled("Tin khác")).await;
    receiver.has(1).await;

    let live = site.live(an_article().filed_under("thong-bao").with("related", json!([related.id]))).await;
    let received = receiver.has(2).await;
    let mut shown = site.public(&live).await.is(200).data().clone();
    assert!(!shown["related"].as_array().unwrap().is_empty());
    shown.as_object_mut().unwrap().remove("related");
    assert_eq!(received[1].body["data"]["article"], shown);
    let revision = revised(&site, &live, json!({ "title": "Lịch tiếp công dân, đã đổi" })).await;
    receiver.has(3).await;
    let withdrawn = approver.does(Unpublish, &approver.sees(&revision).await).await;
    receiver.has(4).await;
    approver.publishes(&withdrawn).await;
    receiver.has(5).await;
    admin.tries_to_delete(&admin.sees(&live).await, "?reason=sai").await.is(204);

    let received = receiver.has(6).await;
    assert_eq!(
        told(&received[1..]),
        [
            "article.published",
            "article.updated",
            "article.unpublished withdrawn",
            "article.published",
            "article.unpublished deleted",
        ]
    );
    assert!(received[1..].iter().all(|one| one.article() == live.id));
    assert!(received.iter().all(|one| one.signatures_by(&secret) == 1 && one.signature.starts_with("v1,")));
    assert_eq!(received[2].body["data"]["article"]["title"], "Lịch tiếp công dân, đã đổi");
    assert_eq!(received[3].body["data"], json!({ "id": live.id, "reason": "withdrawn" }));
    let at: chrono::DateTime<chrono::Utc> = received[1].body["timestamp"].as_str().unwrap().parse().unwrap();
    assert!((chrono::Utc::now() - at).num_seconds() < 60);
    assert!(received[1].timestamp.parse::<i64>().unwrap() - at.timestamp() < 30);
    rest(1_500).await;
    assert_eq!(receiver.received().len(), 6, "each once");
    assert_eq!(site.count("webhook_events") + site.count("webhook_lanes"), 0);
}

#[actix_web::test]
async fn what_the_clock_does_arrives_once_from_two_replicas() {
    let site = Site::that_sends().await;
    let other = Site::over(site.database(), |settings| settings.webhooks.webhook_allow_private = true).await;
    other.sends();
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let receiver = Receiver::start();
    hooked(&admin, &receiver.url(), json!({})).await;
    let soon = |milliseconds| (chrono::Utc::now() + chrono::Duration::milliseconds(milliseconds)).to_rfc3339();
    let mut articles = Vec::new();
    let category = site.category("Thông báo").await;
    for number in 0..8 {
        articles.push(site.approved(an_article().filed_under(&category).titled(&format!("Tin {number}"))).await);
    }
    for article in &articles {
        approver.publishes_with(article, json!({ "publish_at": soon(2_000), "expires_at": soon(5_000) })).await;
    }

    let received = receiver.has(16).await;

    rest(1_200).await;
    assert_eq!(receiver.received().len(), 16, "each once");
    for article in &articles {
        let of_it: Vec<Received> = received.iter().filter(|one| one.article() == article.id).cloned().collect();
        assert_eq!(told(&of_it), ["article.published", "article.unpublished expired"]);
    }
    assert_eq!(site.count("webhook_moments"), 0);
}

#[actix_web::test]
async fn what_was_public_while_nobody_looked_is_told_all_the_same() {
    let site = Site::with(|settings| settings.webhooks.webhook_allow_private = true).await;
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let receiver = Receiver::start();
    hooked(&admin, &receiver.url(), json!({})).await;
    let category = site.category("Thông báo").await;
    let article = |title: &str| an_article().filed_under(&category).titled(title);
    let soon = || (chrono::Utc::now() + chrono::Duration::milliseconds(600)).to_rfc3339();
    // One appears and is withdrawn, one appears and is replaced, one is called off before, one is scheduled for later.
    let withdrawn =
        approver.publishes_with(&site.approved(article("Rút")).await, json!({ "publish_at": soon() })).await;
    let replaced =
        approver.publishes_with(&site.approved(article("Thay")).await, json!({ "publish_at": soon() })).await;
    let called_off = site.approved(article("Hủy")).await;
    let called_off = approver.publishes_with(&called_off, json!({ "publish_at": in_minutes(5) })).await;
    approver.does(Unschedule, &called_off).await;
    approver.publishes_with(&site.approved(article("Sau")).await, json!({ "publish_at": in_minutes(5) })).await;
    rest(800).await;
    approver.does(Unpublish, &approver.sees(&withdrawn).await).await;
    revised(&site, &replaced, json!({ "summary": "Mới" })).await;

    site.sends();

    let received = receiver.has(4).await;
    rest(1_200).await;
    assert_eq!(receiver.received().len(), 4);
    let of = |article: &Handle| -> Vec<Received> {
        received.iter().filter(|one| one.article() == article.id).cloned().collect()
    };
    assert_eq!(told(&of(&withdrawn)), ["article.published", "article.unpublished withdrawn"]);
    // What is gone by then is not sent.
    assert_eq!(of(&withdrawn)[0].body["data"], json!({ "id": withdrawn.id }));
    assert_eq!(told(&of(&replaced)), ["article.published", "article.updated"]);
}

#[actix_web::test]
async fn a_clock_that_steps_back_tells_nothing_twice() {
    let site = Site::that_sends().await;
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let receiver = Receiver::start();
    hooked(&admin, &receiver.url(), json!({})).await;
    let approved = site.approved(site.article().await).await;
    let scheduled = approver.publishes_with(&approved, json!({ "publish_at": in_minutes(10) })).await;
    site.time_passes(chrono::Duration::minutes(11));
    receiver.has(1).await;

    site.time_passes(chrono::Duration::minutes(9));
    rest(1_500).await;
    site.time_passes(chrono::Duration::minutes(12));
    rest(1_500).await;

    assert_eq!(receiver.taken(), ["article.published"]);
    approver.does(Unpublish, &approver.sees(&scheduled).await).await;
    receiver.has(2).await;
    assert_eq!(receiver.taken(), ["article.published", "article.unpublished"]);
}

#[actix_web::test]
async fn who_follows_a_part_is_told_what_comes_into_it_and_leaves_it() {
    let site = Site::that_sends().await;
    let admin = site.person([Admin]).await;
    let above = site.category("Kinh tế").await;
    let below = site.category_below("Nông nghiệp", Some(&above)).await;
    let elsewhere = site.category("Văn hóa").await;
    let (all, part, urgent) = (Receiver::start(), Receiver::start(), Receiver::start());
    hooked(&admin, &all.url(), json!({})).await;
    hooked(&admin, &part.url(), json!({ "category": above, "article_type": "announcement" })).await;
    hooked(&admin, &urgent.url(), json!({ "events": ["article.urgent"] })).await;

    let live = site.live(an_article().filed_under(&below)).await;
    site.live(an_article().filed_under(&elsewhere)).await;
    site.live(an_article().filed_under(&below).with("article_type", "news")).await;
    let moved = revised(&site, &live, json!({ "category": elsewhere })).await;
    let back = revised(&site, &moved, json!({ "category": above })).await;
    revised(&site, &back, json!({ "article_type": "news" })).await;

    all.has(6).await;
    let received = part.has(4).await;
    assert_eq!(
        told(&received),
        ["article.published", "article.unpublished moved", "article.published", "article.unpublished moved"]
    );
    assert!(received.iter().all(|one| one.article() == live.id));
    assert!(urgent.received().is_empty());
}

#[actix_web::test]
async fn one_that_fails_holds_up_itself_and_its_article_alone() {
    let site = Site::that_sends().await;
    let admin = site.person([Admin]).await;
    let first = std::sync::OnceLock::new();
    let receiver = Receiver::answering(move |one, before| {
        let troubled =
            one.kind() == "article.published" && first.get_or_init(|| one.article().to_owned()) == one.article();
        Reply::of(if troubled && before < 3 { 500 } else { 204 })
    });
    let (webhook, secret) = hooked(&admin, &receiver.url(), json!({})).await;
    let category = site.category("Thông báo").await;
    let troubled = site.live(an_article().filed_under(&category).titled("Trục trặc")).await;
    receiver.has(1).await;
    revised(&site, &troubled, json!({ "title": "Đã yên" })).await;
    for number in 0..3 {
        site.live(an_article().filed_under(&category).titled(&format!("Tin {number}"))).await;
    }

    let received = receiver.has_taken(5).await;

    let of_it: Vec<&Received> = received.iter().filter(|one| one.article() == troubled.id).collect();
    let kinds: Vec<&str> = of_it.iter().map(|one| one.kind()).collect();
    assert_eq!(kinds, [&["article.published"; 4][..], &["article.updated"]].concat());
    assert!(received.iter().all(|one| one.signatures_by(&secret) == 1), "each try is signed");
    let first: Vec<&&Received> = of_it.iter().filter(|one| one.id == of_it[0].id).collect();
    for (place, pair) in first.windows(2).enumerate() {
        let waited = (pair[1].at - pair[0].at).as_secs_f64();
        assert!(waited >= f64::from(1 << place) * 0.99, "{waited} s after try {}", place + 1);
    }
    let others = received.iter().filter(|one| one.is_taken() && one.article() != troubled.id);
    let done = received.iter().filter(|one| one.is_taken() && one.article() == troubled.id).map(|one| one.at).min();
    assert!(others.map(|one| one.at).max() < done, "the others did not wait");
    let shown = seen(&admin, &webhook).await;
    assert_eq!((shown.field("paused"), shown.field("failing_since")), (&json!(false), &Value::Null));
}

#[actix_web::test]
async fn a_receiver_that_asks_for_rest_gets_it() {
    let site = Site::that_sends().await;
    let admin = site.person([Admin]).await;
    let receiver = Receiver::answering(|_, before| match before {
        0 => Reply::of(503).with("Retry-After", "3"),
        _ => Reply::of(204),
    });
    hooked(&admin, &receiver.url(), json!({})).await;
    site.live(site.article().await).await;
    let received = receiver.has(2).await;
    let waited = (received[1].at - received[0].at).as_secs_f64();
    assert!((2.95..8.0).contains(&waited), "{waited}");
    assert_eq!(received[0].id, received[1].id);
    assert_ne!(received[0].timestamp, received[1].timestamp, "signed anew");
    assert_ne!(received[0].signature, received[1].signature);
}

#[actix_web::test]
async fn a_receiver_of_too_many_requests_is_left_alone_as_a_whole() {
    let site = Site::that_sends().await;
    let admin = site.person([Admin]).await;
    let receiver = Receiver::answering(|_, before| match before {
        0 => Reply::of(429).with("Retry-After", "3"),
        _ => Reply::of(204),
    });
    hooked(&admin, &receiver.url(), json!({})).await;
    let category = site.category("Thông báo").await;
    site.live(an_article().filed_under(&category)).await;
    let first = receiver.has(1).await[0].at;
    rest(300).await;
    site.live(an_article().filed_under(&category)).await;
    let received = receiver.has(2).await;
    let waited = (received[1].at - first).as_secs_f64();
    assert!(waited >= 2.95, "{waited}");
}

#[actix_web::test]
async fn a_receiver_that_is_gone_is_told_no_more_and_its_maker_hears_of_it() {
    let site = Site::that_sends().await;
    let (admin, other) = (site.person([Admin]).await, site.person([Admin]).await);
    let receiver = Receiver::answering(|_, _| Reply::of(410).saying("không còn"));
    let (webhook, _) = hooked(&admin, &receiver.url(), json!({ "description": "Cổng cũ" })).await;
    let category = site.category("Thông báo").await;
    site.live(an_article().filed_under(&category)).await;
    receiver.has(1).await;
    until(async || *seen(&admin, &webhook).await.field("paused") == json!(true)).await;

    let paused = seen(&admin, &webhook).await;
    assert_eq!((paused.field("paused"), paused.field("paused_reason")), (&json!(true), &json!("gone")));
    assert_eq!(paused.field("last_error"), "answered with 410");
    let inbox = admin.get("/inbox").await;
    let note = &inbox.is(200).body["meta"]["webhooks"];
    assert_eq!(note.as_array().unwrap().len(), 1, "{note:#}");
    assert_eq!((&note[0]["id"], &note[0]["reason"]), (&json!(webhook.id), &json!("gone")));
    assert_eq!(note[0]["last_error"], "answered with 410");
    assert_eq!(other.get("/inbox").await.is(200).body["meta"]["webhooks"], json!([]));
    site.live(an_article().filed_under(&category)).await;
    rest(1_500).await;
    assert_eq!(receiver.received().len(), 1, "it is left alone");
}

#[actix_web::test]
async fn a_webhook_of_which_nothing_arrives_for_a_day_is_paused_and_goes_on_with_all_that_has_gathered() {
    let site = Site::that_sends().await;
    let admin = site.person([Admin]).await;
    let well = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_well = std::sync::Arc::clone(&well);
    let receiver = Receiver::answering(move |_, _| {
        Reply::of(if is_well.load(std::sync::atomic::Ordering::SeqCst) { 204 } else { 500 })
    });
    let (webhook, _) = hooked(&admin, &receiver.url(), json!({})).await;
    let category = site.category("Thông báo").await;
    let first = site.live(an_article().filed_under(&category).titled("Một")).await;
    failed(&site, 1).await;
    assert!(seen(&admin, &webhook).await.field("failing_since").is_string());

    site.time_passes(chrono::Duration::hours(25));
    let admin = site.person([Admin]).await;
    until(async || *seen(&admin, &webhook).await.field("paused") == json!(true)).await;
    let paused = seen(&admin, &webhook).await;
    assert_eq!(
        (paused.field("paused_reason"), paused.field("last_error")),
        (&json!("failing"), &json!("answered with 500"))
    );
    let before = receiver.received().len();
    site.live(an_article().filed_under(&category).titled("Hai")).await;
    rest(1_500).await;
    assert_eq!(receiver.received().len(), before, "nothing is sent");
    let waiting = admin.get(&format!("/webhooks/{}/deliveries?state=pending", webhook.id)).await;
    assert_eq!(waiting.is(200).rows().len(), 2);
    assert!(waiting.rows().iter().all(|row| row["next_try_at"].is_null()));

    well.store(true, std::sync::atomic::Ordering::SeqCst);
    admin.post(&format!("/webhooks/{}/resume", webhook.id), &json!({})).await.is(200);

    let received = receiver.has_taken(2).await;
    assert!(received.iter().any(|one| one.is_taken() && one.article() == first.id));
    let shown = seen(&admin, &webhook).await;
    assert_eq!((shown.field("paused"), shown.field("paused_reason")), (&json!(false), &Value::Null));
    assert_eq!(admin.get("/inbox").await.is(200).body["meta"]["webhooks"], json!([]));
}

#[actix_web::test]
async fn one_that_fails_for_a_day_makes_room_for_the_next() {
    let site = Site::that_sends().await;
    let admin = site.person([Admin]).await;
    let receiver = Receiver::answering(|one, _| Reply::of(if one.kind() == "article.published" { 500 } else { 204 }));
    let (webhook, _) = hooked(&admin, &receiver.url(), json!({})).await;
    let category = site.category("Thông báo").await;
    let live = site.live(an_article().filed_under(&category)).await;
    failed(&site, 1).await;
    revised(&site, &live, json!({ "summary": "Mới" })).await;
    // Others arrive meanwhile, so that it is not the receiver as a whole.
    site.time_passes(chrono::Duration::hours(23));
    failed(&site, 2).await;
    site.sql("UPDATE webhooks SET failing_since = NULL").unwrap();
    site.time_passes(chrono::Duration::hours(25));

    let received = receiver.has_taken(1).await;

    assert_eq!(received.last().unwrap().kind(), "article.updated");
    let admin = site.person([Admin]).await;
    let failed = admin.get(&format!("/webhooks/{}/deliveries?state=failed", webhook.id)).await;
    assert_eq!(failed.is(200).rows()[0]["type"], "article.published");
    assert_eq!(failed.rows()[0]["response"]["status"], 500);
    assert_eq!(*seen(&admin, &webhook).await.field("paused"), json!(false));
}

#[actix_web::test]
async fn deliveries_are_sent_again_one_by_one_or_all_since_a_time() {
    let site = Site::that_sends().await;
    let admin = site.person([Admin]).await;
    let receiver = Receiver::start();
    let (webhook, _) = hooked(&admin, &receiver.url(), json!({})).await;
    let category = site.category("Thông báo").await;
    let first = site.live(an_article().filed_under(&category).titled("Một")).await;
    receiver.has(1).await;
    rest(50).await;
    let since = chrono::Utc::now().to_rfc3339();
    let live = site.live(an_article().filed_under(&category).titled("Hai")).await;
    revised(&site, &live, json!({ "summary": "Mới" })).await;
    let sent = receiver.has(3).await;
    let path = format!("/webhooks/{}", webhook.id);
    until(async || admin.get(&format!("{path}/deliveries?state=delivered")).await.is(200).rows().len() == 3).await;
    let pages = admin.get(&format!("{path}/deliveries?limit=2")).await;
    assert_eq!(pages.is(200).rows().len(), 2);
    let next = pages.next().unwrap().strip_prefix("/api/v1/manage").unwrap().to_owned();
    let last = admin.get(&next).await;
    assert_eq!((last.is(200).rows().len(), last.next()), (1, None));
    let delivery = last.rows()[0].clone();
    assert_eq!((&delivery["article_id"], &delivery["state"]), (&json!(first.id), &json!("delivered")));
    assert_eq!(delivery["id"], sent[0].id);
    assert_eq!(delivery["request"]["body"].as_str().unwrap().as_bytes(), sent[0].bytes);
    assert!(delivery["took_ms"].is_number() && delivery["tried_at"].is_string());

    let again = admin.post(&format!("{path}/deliveries/{}/redeliver", sent[0].id), &json!({})).await;
    assert_eq!(again.is(200).data()["state"], "pending");
    let received = receiver.has(4).await;
    assert_eq!((&received[3].id, &received[3].bytes), (&sent[0].id, &sent[0].bytes));
    let since = admin.post(&format!("{path}/redeliver"), &json!({ "since": since })).await;
    assert_eq!(*since.is(200).data(), json!({ "deliveries": 2 }));
    let received = receiver.has(6).await;
    assert_eq!(received[4..].iter().map(|one| &one.id).collect::<Vec<_>>(), [&sent[1].id, &sent[2].id]);
    let stranger = uuid::Uuid::new_v4();
    admin.post(&format!("{path}/deliveries/{stranger}/redeliver"), &json!({})).await.is_problem(404, "not_found");
    admin.get(&format!("{path}/deliveries?state=lost")).await.is_problem(400, "bad_request");
    admin.post(&format!("{path}/redeliver"), &json!({ "since": "hôm qua" })).await.is_problem(422, "validation_failed");
}

#[actix_web::test]
async fn a_receiver_that_redirects_drags_on_or_talks_without_end_costs_the_others_nothing() {
    let site = Site::that_sends().await;
    let admin = site.person([Admin]).await;
    let inside = Receiver::start();
    let to = inside.url();
    let (moved, slow) = (
        Receiver::answering(move |_, _| Reply::of(307).with("Location", &to)),
        Receiver::answering(|_, _| Reply::of(204).after(Duration::from_secs(60))),
    );
    let (huge, good) = (Receiver::answering(|_, _| Reply::of(200).saying(vec![b'x'; 8 << 20])), Receiver::start());
    let mut hooks = Vec::new();
    for receiver in [&moved, &huge, &good] {
        hooks.push(hooked(&admin, &receiver.url(), json!({})).await.0);
    }
    // Another host, of which no more than its share of the places is taken.
    hooks.push(hooked(&admin, &format!("http://localhost:{}/", slow.port), json!({})).await.0);
    let category = site.category("Thông báo").await;
    for number in 0..12 {
        site.live(an_article().filed_under(&category).titled(&format!("Tin {number}"))).await;
    }

    good.has(12).await;
    huge.has(12).await;
    slow.has(8).await;
    let tried = moved.has(12).await;

    assert!(tried.iter().all(|one| one.path == "/nhan"));
    assert!(inside.received().is_empty(), "nobody is led on");
    let slowly = slow.received();
    let at_once = slowly.iter().filter(|one| one.at < slowly[0].at + Duration::from_secs(5)).count();
    assert!(at_once <= 8, "{at_once} at once");
    let delivered = async |webhook: &Handle| {
        let rows = async || admin.get(&format!("/webhooks/{}/deliveries?state=delivered", webhook.id)).await;
        until(async || rows().await.is(200).rows().len() == 12).await;
        rows().await.rows()[0].clone()
    };
    delivered(&hooks[2]).await;
    assert_eq!(delivered(&hooks[1]).await["response"]["body"].as_str().unwrap().len(), 4096);
    let waiting = admin.get(&format!("/webhooks/{}/deliveries?state=pending", hooks[0].id)).await;
    assert!(
        waiting
            .is(200)
            .rows()
            .iter()
            .any(|row| row["response"]["status"] == 307 && row["error"] == "answered with 307")
    );
}

#[actix_web::test]
async fn what_receivers_were_told_is_forgotten_after_a_while() {
    let site = Site::that_sends().await;
    let admin = site.person([Admin]).await;
    let receiver = Receiver::start();
    let (webhook, _) = hooked(&admin, &receiver.url(), json!({})).await;
    let category = site.category("Thông báo").await;
    site.live(an_article().filed_under(&category)).await;
    receiver.has(1).await;
    changed(&admin, &seen(&admin, &webhook).await, json!({ "paused": true })).await.is(200);
    site.live(an_article().filed_under(&category)).await;
    let delivered = "webhook_deliveries WHERE state = 'delivered'";
    until(async || site.count("webhook_deliveries") == 2 && site.count(delivered) == 1).await;
    let forget = |tx: &mut tintuc::db::Tx<'_>| tintuc::syndication::webhooks::retention::forget_old(tx, 30);
    assert_eq!(site.transaction(forget), 0);
    site.time_passes(chrono::Duration::days(31));
    assert_eq!(site.transaction(forget), 2);
    assert_eq!(site.count("webhook_deliveries"), 0);

    // Of a lane in which nothing stands any more nothing becomes.
    let admin = site.person([Admin]).await;
    admin.post(&format!("/webhooks/{}/resume", webhook.id), &json!({})).await.is(200);
    until(async || site.count("webhook_lanes") == 0).await;
}

#[actix_web::test]
async fn a_batch_that_keeps_nothing_tells_nothing() {
    let site = Site::that_sends().await;
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let receiver = Receiver::start();
    hooked(&admin, &receiver.url(), json!({})).await;
    let category = site.category("Thông báo").await;
    let mut operations = Vec::new();
    for number in 0..3 {
        let approved = site.approved(an_article().filed_under(&category).titled(&format!("Tin {number}"))).await;
        let etag = approved.etag.clone();
        operations.push(json!({ "op": "transition", "id": approved.id, "if_match": etag, "transition": "publish" }));
    }
    let batch = async |operations: &[Value]| {
        let sent = json!({ "atomic": true, "operations": operations });
        approver.post("/articles:batch", &sent).await
    };
    let mut failing = operations.clone();
    failing
        .push(json!({ "op": "transition", "id": operations[0]["id"], "if_match": "\"x\"", "transition": "publish" }));
    batch(&failing).await.is(422);
    rest(1_200).await;
    assert!(receiver.received().is_empty());

    batch(&operations).await.is(200);

    let received = receiver.has(3).await;
    assert_eq!(told(&received), ["article.published"; 3]);
}

#[actix_web::test]
async fn two_replicas_under_load_tell_each_thing_once_and_in_order() {
    let site = Site::that_sends().await;
    let other = Site::over(site.database(), |settings| settings.webhooks.webhook_allow_private = true).await;
    other.sends();
    let admin = site.person([Admin]).await;
    let receiver = Receiver::answering(|one, before| {
        // Each is refused as often as its id says: none to two times.
        let refused = one.id.bytes().last().is_some_and(|last| before < usize::from(last % 3));
        Reply::of(if refused { 503 } else { 204 })
    });
    let (_, secret) = hooked(&admin, &receiver.url(), json!({})).await;
    let category = site.category("Thông báo").await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let here: [(Person<'_>, Person<'_>); 2] =
        [(editor.at(&site), approver.at(&site)), (editor.at(&other), approver.at(&other))];
    let mut articles = Vec::new();
    for number in 0..12 {
        let (editor, approver) = &here[number % 2];
        let article = an_article().filed_under(&category).titled(&format!("Tin {number}"));
        let live = approver.publishes(&approver.approves(&editor.submits(article).await).await).await;
        let edited = editor.edits(&editor.sees(&live).await, json!({ "summary": "Mới" })).await;
        let submitted = editor.does(Submit, &edited).await;
        let live = approver.publishes(&approver.approves(&submitted).await).await;
        articles.push(approver.does(Unpublish, &approver.sees(&live).await).await);
    }

    let received = receiver.has_taken(36).await;

    rest(1_000).await;
    assert_eq!(receiver.received().iter().filter(|one| one.is_taken()).count(), 36, "each once");
    assert!(received.iter().all(|one| one.signatures_by(&secret) == 1));
    for article in &articles {
        let of_it: Vec<Received> = received.iter().filter(|one| one.article() == article.id).cloned().collect();
        assert_eq!(told(&of_it), ["article.published", "article.updated", "article.unpublished withdrawn"]);
    }
}

#[actix_web::test]
async fn a_correction_an_alert_and_a_notice_arrive() {
    let site = Site::that_sends().await;
    let (admin, approver, editor) =
        (site.person([Admin]).await, site.person([Approver]).await, site.person([Editor]).await);
    let receiver = Receiver::start();
    hooked(&admin, &receiver.url(), json!({})).await;
    let approved = site.approved(site.article().await).await;
    let live = approver.publishes_with(&approved, json!({ "urgent_until": in_minutes(30) })).await;
    receiver.has(2).await;
    let edited = editor.edits(&editor.sees(&live).await, json!({ "summary": "Địa điểm đã đổi" })).await;
    let submitted = approver.approves(&editor.does(Submit, &edited).await).await;
    let live = approver.publishes_with(&submitted, json!({ "correction": "Địa điểm in nhầm" })).await;
    receiver.has(3).await;
    let notice = json!({ "notice": "Bài đã được rút để kiểm tra" });
    approver.tries_with(Unpublish, &live, notice).await.is(200);

    let received = receiver.has(4).await;

    let kinds = ["article.published", "article.urgent", "article.updated", "article.unpublished withdrawn"];
    assert_eq!(told(&received), kinds);
    assert!(received[1].body["data"]["article"]["urgent_until"].is_string());
    assert_eq!(received[2].body["data"]["article"]["corrections"][0]["note"], "Địa điểm in nhầm");
    assert_eq!(received[3].body["data"]["notice"], "Bài đã được rút để kiểm tra");
}
