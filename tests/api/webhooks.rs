//! Webhooks, set up and looked after.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Admin, Answer, Approver, Editor, Person, Receiver, Site, person::Handle};

/// All that may be told of.
pub const ALL: [&str; 4] = ["article.published", "article.updated", "article.unpublished", "article.urgent"];

/// A webhook of all that happens, with further members.
pub async fn hooked(admin: &Person<'_>, url: &str, more: Value) -> (Handle, String) {
    let mut input = json!({ "url": url, "events": ALL });
    input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let made = admin.post("/webhooks", &input).await;
    let secret = made.is(201).data()["secret"].as_str().unwrap().to_owned();
    (Handle::of(&made), secret)
}

/// The webhook as it is now.
pub async fn seen(admin: &Person<'_>, webhook: &Handle) -> Handle {
    Handle::of(admin.get(&format!("/webhooks/{}", webhook.id)).await.is(200))
}

/// Changes a webhook.
pub async fn changed(admin: &Person<'_>, webhook: &Handle, patch: Value) -> Answer {
    let request = admin.request(Method::PATCH, &format!("/webhooks/{}", webhook.id));
    let request = request.header("If-Match", &webhook.etag).header("content-type", "application/merge-patch+json");
    admin.site().send(request.body(patch.to_string())).await
}

#[actix_web::test]
async fn a_secret_is_told_once_and_kept_sealed() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let category = site.category("Kinh tế").await;
    let more = json!({ "category": category, "article_type": "news", "description": "Cổng thông tin huyện" });
    let (webhook, secret) = hooked(&admin, "https://doi-tac.example/nhan?khoa=1#x", more).await;

    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    assert_eq!(webhook.field("url"), "https://doi-tac.example/nhan?khoa=1");
    assert_eq!(webhook.field("category")["slug"], "kinh-te");
    assert_eq!(webhook.field("paused"), false);
    let shown = seen(&admin, &webhook).await;
    let list = admin.get("/webhooks").await;
    assert_eq!(list.is(200).rows(), std::slice::from_ref(&shown.data));
    assert!(shown.data.get("secret").is_none());
    // A dump of the database, and what is written down of who did what, know neither it nor the way to the receiver.
    let bytes = secret.trim_start_matches("whsec_");
    assert_eq!(site.count(&format!("webhooks w WHERE position(decode('{bytes}', 'base64') IN w.sealed) > 0")), 0);
    assert_eq!(site.count("events WHERE kind = 'webhook.created' AND data::text LIKE '%doi-tac.example%'"), 1);
    assert_eq!(site.count("events WHERE data::text LIKE '%khoa=1%'"), 0);
}

#[actix_web::test]
async fn addresses_that_webhooks_may_not_go_to_are_refused_at_once() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    for (url, code) in [
        ("http://127.0.0.1:8080/", "private_address"),
        ("http://2130706433/", "private_address"),
        ("http://0x7f.1/", "private_address"),
        ("http://0177.0.0.1/", "private_address"),
        ("http://[::1]/", "private_address"),
        ("http://[::ffff:10.0.0.1]/", "private_address"),
        ("http://[64:ff9b::a00:1]/", "private_address"),
        ("http://[2002:a00:1::]/", "private_address"),
        ("http://[fd00::1]/", "private_address"),
        ("http://[fe80::1]/", "private_address"),
        ("http://10.0.0.1/", "private_address"),
        ("http://172.16.0.1/", "private_address"),
        ("http://192.168.0.1/", "private_address"),
        ("http://169.254.169.254/latest/meta-data/", "private_address"),
        ("http://100.64.0.1/", "private_address"),
        ("http://0.0.0.0/", "private_address"),
        ("http://224.0.0.1/", "private_address"),
        ("http://198.51.100.1/", "private_address"),
        ("http://localhost:8080/", "private_address"),
        ("http://postgres:5432/", "private_address"),
        ("https://ten:mat-khau@doi-tac.example/", "credentials"),
        ("http://doi-tac.example:25/", "forbidden_port"),
        ("ftp://doi-tac.example/", "unsupported_scheme"),
        ("doi-tac", "invalid_url"),
    ] {
        let refused = admin.post("/webhooks", &json!({ "url": url, "events": ALL })).await;
        assert_eq!(refused.is_problem(422, "validation_failed").errors(), [format!("/url {code}")], "{url}");
    }
    let (webhook, _) = hooked(&admin, "https://doi-tac.example/", json!({})).await;
    let refused = changed(&admin, &webhook, json!({ "url": "http://10.0.0.1/" })).await;
    assert_eq!(refused.is_problem(422, "validation_failed").errors(), ["/url private_address"]);
    assert_eq!(site.count("webhooks"), 1);
}

#[actix_web::test]
async fn what_there_is_none_of_is_refused_with_its_place() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let tries = async |more: Value| {
        let mut input = json!({ "url": "https://doi-tac.example/", "events": ALL });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        admin.post("/webhooks", &input).await
    };
    let unknown = tries(json!({ "category": "khong-co", "article_type": "poem" })).await;
    assert_eq!(unknown.is_problem(422, "validation_failed").errors(), ["/article_type unknown", "/category unknown"]);
    for events in [json!([]), json!(["article.read"]), json!("article.published"), json!(null)] {
        tries(json!({ "events": events })).await.is_problem(422, "validation_failed");
    }
    tries(json!({ "secret": "whsec_x" })).await.is_problem(422, "validation_failed");
    let twice = tries(json!({ "events": ["article.urgent", "article.urgent"] })).await;
    assert_eq!(twice.is(201).data()["events"], json!(["article.urgent"]));
}

#[actix_web::test]
async fn a_webhook_is_changed_and_removed_by_its_tag_alone() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let (webhook, _) = hooked(&admin, "https://doi-tac.example/", json!({ "description": "Cũ" })).await;
    let path = format!("/webhooks/{}", webhook.id);
    site.send(admin.request(Method::DELETE, &path)).await.is_problem(428, "precondition_required");

    let other = Handle::of(
        changed(&admin, &webhook, json!({ "description": "Mới", "events": ["article.urgent"] })).await.is(200),
    );
    assert_ne!(other.etag, webhook.etag);
    changed(&admin, &webhook, json!({ "description": "Muộn" })).await.is_problem(412, "stale_version");
    let same = Handle::of(changed(&admin, &other, json!({ "description": "Mới" })).await.is(200));
    assert_eq!(same.etag, other.etag);
    let paused = Handle::of(changed(&admin, &same, json!({ "paused": true, "description": null })).await.is(200));
    assert_eq!((paused.field("paused_reason"), paused.field("description")), (&json!("requested"), &Value::Null));

    let stale = admin.request(Method::DELETE, &path).header("If-Match", &webhook.etag);
    site.send(stale).await.is_problem(412, "stale_version");
    site.send(admin.request(Method::DELETE, &path).header("If-Match", &paused.etag)).await.is(204);
    admin.get(&path).await.is_problem(404, "not_found");
    admin.get(&format!("{path}/deliveries")).await.is_problem(404, "not_found");
    let kinds = "events WHERE kind IN ('webhook.created', 'webhook.changed', 'webhook.paused', 'webhook.deleted')";
    assert_eq!(site.count(kinds), 5);
}

#[actix_web::test]
async fn webhooks_of_which_one_may_not_know_are_not_there() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let (webhook, _) = hooked(&admin, "https://doi-tac.example/", json!({})).await;
    let category = site.category("Kinh tế").await;
    let others = [site.person([Editor, Approver]).await, site.person_with(&[format!("admin@{category}")]).await];
    for other in &others {
        other.get("/webhooks").await.is_problem(403, "forbidden");
        other
            .post("/webhooks", &json!({ "url": "https://a.example/", "events": ALL }))
            .await
            .is_problem(403, "forbidden");
        for path in ["", "/deliveries"] {
            other.get(&format!("/webhooks/{}{path}", webhook.id)).await.is_problem(404, "not_found");
        }
        for act in ["ping", "resume", "secret"] {
            other.post(&format!("/webhooks/{}/{act}", webhook.id), &json!({})).await.is_problem(404, "not_found");
        }
    }
}

#[actix_web::test]
async fn there_are_a_hundred_webhooks_at_most() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    hooked(&admin, "https://doi-tac.example/", json!({})).await;
    site.sql(
        "INSERT INTO webhooks (id, url, host, events, sealed, created_by, created_at) \
         SELECT gen_random_uuid(), url, host, events, sealed, created_by, created_at FROM webhooks, generate_series(1, 99)",
    )
    .unwrap();
    let refused = admin.post("/webhooks", &json!({ "url": "https://a.example/", "events": ALL })).await;
    refused.is_problem(409, "conflict");
    let pages = [admin.get("/webhooks?limit=60").await, admin.get("/webhooks?limit=100").await];
    assert_eq!((pages[0].is(200).rows().len(), pages[0].next().is_some()), (60, true));
    assert_eq!((pages[1].is(200).rows().len(), pages[1].next()), (100, None));
}

#[actix_web::test]
async fn what_a_webhook_is_limited_to_is_not_deleted_beneath_it() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let category = site.category("Kinh tế").await;
    let made = admin.post("/article-types", &json!({ "code": "interview", "name": "Phỏng vấn" })).await;
    hooked(&admin, "https://doi-tac.example/", json!({ "category": category, "article_type": "interview" })).await;
    let found = admin.get("/categories").await;
    let id = found.rows()[0]["id"].as_str().unwrap().to_owned();
    let category = admin.get(&format!("/categories/{id}")).await;
    for (path, etag) in [
        (format!("/categories/{id}"), category.header("etag")),
        ("/article-types/interview".to_owned(), made.header("etag")),
    ] {
        let request = admin.request(Method::DELETE, &path).header("If-Match", etag);
        site.send(request).await.is_problem(409, "conflict");
    }
}

#[actix_web::test]
async fn a_ping_says_at_once_what_came_of_it() {
    let site = Site::with(|settings| settings.webhooks.webhook_allow_private = true).await;
    let admin = site.person([Admin]).await;
    let receiver = Receiver::answering(|_, _| crate::support::receiver::Reply::of(200).saying("đã nhận"));
    let (webhook, secret) = hooked(&admin, &receiver.url(), json!({ "paused": true })).await;

    let ping = admin.post(&format!("/webhooks/{}/ping", webhook.id), &json!({})).await;

    let ping = ping.is(200).data();
    assert_eq!(
        (&ping["type"], &ping["state"], &ping["tries"]),
        (&json!("webhook.ping"), &json!("delivered"), &json!(1))
    );
    assert_eq!(ping["response"], json!({ "status": 200, "body": "đã nhận" }));
    let got = &receiver.received()[0];
    assert_eq!(
        (got.id.as_str(), got.kind(), got.article()),
        (ping["id"].as_str().unwrap(), "webhook.ping", webhook.id.as_str())
    );
    assert_eq!(got.signatures_by(&secret), 1);
    assert_eq!(ping["request"]["body"].as_str().unwrap().as_bytes(), got.bytes);
    assert_eq!(ping["request"]["headers"]["webhook-signature"], got.signature);

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = json!({ "url": format!("http://127.0.0.1:{port}/") });
    changed(&admin, &seen(&admin, &webhook).await, nobody).await.is(200);
    let ping = admin.post(&format!("/webhooks/{}/ping", webhook.id), &json!({})).await;
    assert_eq!((&ping.is(200).data()["state"], &ping.data()["response"]), (&json!("failed"), &Value::Null));
    assert!(ping.data()["error"].as_str().unwrap().contains("refused"), "{:#}", ping.body);
    let list = admin.get(&format!("/webhooks/{}/deliveries", webhook.id)).await;
    assert_eq!(list.is(200).rows().len(), 2);
    let id = ping.data()["id"].as_str().unwrap();
    let again = admin.post(&format!("/webhooks/{}/deliveries/{id}/redeliver", webhook.id), &json!({})).await;
    again.is_problem(409, "conflict");
}

#[actix_web::test]
async fn what_leads_inside_is_refused_when_it_is_sent_too() {
    let site = Site::with(|settings| settings.webhooks.webhook_allow_private = true).await;
    let admin = site.person([Admin]).await;
    let receiver = Receiver::start();
    let (webhook, _) = hooked(&admin, &receiver.url(), json!({})).await;
    let (named, _) = hooked(&admin, &format!("http://localhost:{}/", receiver.port), json!({})).await;
    // The same webhooks by a service that does not allow it.
    let strict = site.replica().await;
    let admin = admin.at(&strict);
    for webhook in [webhook, named] {
        let ping = admin.post(&format!("/webhooks/{}/ping", webhook.id), &json!({})).await;
        assert_eq!(ping.is(200).data()["state"], "failed");
        assert!(ping.data()["error"].as_str().unwrap().contains("public"), "{:#}", ping.body);
    }
    assert!(receiver.received().is_empty());
}

#[actix_web::test]
async fn a_new_secret_signs_beside_the_old_one_for_a_day() {
    let site = Site::with(|settings| settings.webhooks.webhook_allow_private = true).await;
    let admin = site.person([Admin]).await;
    let receiver = Receiver::start();
    let (webhook, first) = hooked(&admin, &receiver.url(), json!({})).await;
    let rotates = async || {
        let rotated = admin.post(&format!("/webhooks/{}/secret", webhook.id), &json!({})).await;
        assert!(rotated.is(200).data()["previous_secret_until"].is_string());
        rotated.data()["secret"].as_str().unwrap().to_owned()
    };
    let pings = async || {
        admin.post(&format!("/webhooks/{}/ping", webhook.id), &json!({})).await.is(200);
        receiver.received().pop().unwrap()
    };
    let second = rotates().await;
    let got = pings().await;
    assert_eq!([&first, &second].map(|secret| got.signatures_by(secret)), [1, 1]);
    let third = rotates().await;
    let got = pings().await;
    assert_eq!([&first, &second, &third].map(|secret| got.signatures_by(secret)), [0, 1, 1]);
    site.time_passes(chrono::Duration::hours(25));
    // The sign-in is over, too.
    let admin = site.person([Admin]).await;
    admin.post(&format!("/webhooks/{}/ping", webhook.id), &json!({})).await.is(200);
    let got = receiver.received().pop().unwrap();
    assert_eq!([&second, &third].map(|secret| got.signatures_by(secret)), [0, 1]);
    assert_eq!(got.signature.split(' ').count(), 1);
}

#[actix_web::test]
async fn an_answer_with_a_secret_is_not_kept_for_whoever_asks_twice() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let create = || {
        let input = json!({ "url": "https://doi-tac.example/", "events": ALL });
        let request = admin.request(Method::POST, "/webhooks").header("Idempotency-Key", "mot-lan-thoi");
        site.send(request.json(&input))
    };
    create().await.is(201);
    let again = create().await;
    assert!(!again.status.is_success() && again.body.get("data").is_none(), "{:#}", again.body);
    assert_eq!(site.count("webhooks"), 1);
}

#[actix_web::test]
async fn however_much_waits_looking_at_it_costs_the_same() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let (webhook, _) = hooked(&admin, "https://doi-tac.example/", json!({})).await;
    let waits = |many: u32| {
        site.sql(&format!(
            "WITH more AS (INSERT INTO webhook_deliveries (id, webhook_id, type, article_id, happened_at) \
                           SELECT gen_random_uuid(), '{}', 'article.published', gen_random_uuid(), now() \
                             FROM generate_series(1, {many}) RETURNING webhook_id, article_id) \
             INSERT INTO webhook_lanes SELECT webhook_id, article_id, now() FROM more",
            webhook.id
        ))
        .unwrap();
    };
    let costs = async || {
        let mut costs = Vec::new();
        let (list, path) = ("/webhooks?limit=100".to_owned(), format!("/webhooks/{}", webhook.id));
        for path in [list, path.clone(), format!("{path}/deliveries?limit=100"), "/inbox".to_owned()] {
            let before = site.app.newsroom.statements();
            admin.get(&path).await.is(200);
            costs.push(site.app.newsroom.statements() - before);
        }
        costs
    };
    waits(1);
    let one = costs().await;
    waits(99);
    site.sql(
        "INSERT INTO webhooks (id, url, host, events, sealed, created_by, created_at, paused_at, paused_reason) \
         SELECT gen_random_uuid(), url, host, events, sealed, created_by, created_at, now(), 'gone' \
           FROM webhooks, generate_series(1, 50)",
    )
    .unwrap();
    assert_eq!(costs().await, one);
    assert!(one.iter().all(|cost| *cost > 0));
    // What is due is the beginning of an index of each webhook's lanes.
    waits(5_000);
    site.sql("ANALYZE webhook_lanes").unwrap();
    let plan = site.plan(
        "SELECT l.due_at FROM webhooks w CROSS JOIN LATERAL (SELECT due_at FROM webhook_lanes \
          WHERE webhook_id = w.id AND due_at <= delivery.clock() ORDER BY due_at LIMIT 8 FOR UPDATE SKIP LOCKED) l",
    );
    assert!(plan.contains("webhook_lanes_due") && !plan.contains("Sort"), "{plan}");
}
