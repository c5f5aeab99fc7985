//! Who did what to what, from where, by which request: as administrators read it, and as the database keeps it.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::audit::retention;

use crate::support::{
    Accountant, Admin, Answer, Approver, Author, Device, Editor, Person, Site, an_article, files::pdf, people::invited,
    site::PASSWORD,
};

/// What the log says was done by the request of this answer.
async fn told(admin: &Person<'_>, answer: &Answer) -> Vec<Value> {
    let request = answer.header("x-request-id");
    let all = admin.get("/audit?limit=100").await;
    let entries = all.is(200).rows().iter().filter(|entry| entry["request_id"] == request);
    entries.rev().cloned().collect()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn every_write_is_told_with_who_did_it_from_where_and_by_which_request() {
    let site = Site::with(|settings| settings.trusted_proxies = 1).await;
    let (admin, editor) = (site.person([Admin]).await, site.person([Editor]).await);
    let category = site.category("Kinh tế").await;
    let request = editor.request(Method::POST, "/articles").header("x-forwarded-for", "203.0.113.7");
    let article: Value = an_article().filed_under(&category).into();

    let made = site.send(request.json(&article)).await;

    let entries = told(&admin, made.is(201)).await;
    let [entry] = entries.as_slice() else { panic!("{entries:#?}") };
    let id = made.data()["id"].as_str().unwrap();
    assert_eq!(
        (&entry["action"], &entry["actor"]["id"], &entry["key"], &entry["subject"], &entry["address"], &entry["data"]),
        (
            &json!("article.created"),
            &json!(editor.id),
            &Value::Null,
            &json!({ "kind": "article", "id": id }),
            &json!("203.0.113.7"),
            &json!({ "version": 1 })
        )
    );
}

#[actix_web::test]
async fn each_kind_of_write_leaves_its_entry() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let invitation = invited(&admin, "a@tinh.example").await;
    let user = format!("/users/{}", invitation.data()["id"].as_str().unwrap());
    let send = async |method: Method, path: &str, body: Value| {
        let tag = admin.get(&user).await.header("etag");
        let request = admin.request(method, path).header("If-Match", tag);
        site.send(request.json(&body)).await
    };

    let key = admin.tries_to_make_a_key(json!({ "scopes": ["read"] })).await;
    let key_path = format!("/api-keys/{}", key.is(201).data()["id"].as_str().unwrap());
    let file = admin.tries_to_upload("a.pdf", &pdf("a")).await;
    let grants = json!({ "grants": [{ "role": "author" }], "four_eyes_override": true });
    for (answer, expected) in [
        (invitation, vec!["user.created", "user.invited"]),
        (send(Method::PATCH, &user, json!({ "name": "Khác" })).await, vec!["user.renamed"]),
        (send(Method::PUT, &format!("{user}/grants"), grants).await, vec!["user.granted"]),
        (send(Method::POST, &format!("{user}/invite"), json!({})).await, vec!["user.invited"]),
        (send(Method::PATCH, &user, json!({ "disabled": true })).await, vec!["user.disabled"]),
        (send(Method::PATCH, &user, json!({ "disabled": false })).await, vec!["user.enabled"]),
        (send(Method::POST, "/categories", json!({ "name": "Kinh tế" })).await, vec!["category.created"]),
        (send(Method::POST, "/authors", json!({ "name": "Sở Y tế" })).await, vec!["author.created"]),
        (key, vec!["key.created"]),
        (send(Method::DELETE, &key_path, json!({})).await, vec!["key.revoked"]),
        (file, vec!["media.created"]),
    ] {
        assert!(answer.status.is_success(), "{expected:?}: {:#}", answer.body);
        assert_eq!(actions(&told(&admin, &answer).await), expected);
    }
    assert_eq!(site.count("events WHERE request_id IS NOT NULL AND address IS NULL"), 0);
}

#[actix_web::test]
async fn sign_ins_are_told_and_those_that_were_refused_without_what_was_typed() {
    let site = Site::start().await;
    let (admin, author, disabled) =
        (site.person([Admin]).await, site.person([Author]).await, site.person([Author]).await);
    site.disable(&disabled);

    let entered = site.sign_in(&author.email, PASSWORD).await;
    let wrong = site.sign_in(&author.email, "không phải mật khẩu").await;
    let kept_out = site.sign_in(&disabled.email, PASSWORD).await;
    let unknown = site.sign_in("mat-khau-bi-mat@tinh.example", "x").await;
    let device = Device::holding(&site, &entered);
    let changed = device.changes_password(PASSWORD, "một mật khẩu khác").await;

    let of = async |answer: &Answer| {
        let entries = told(&admin, answer).await;
        let [entry] = entries.as_slice() else { panic!("{entries:#?}") };
        (entry["action"].clone(), entry["actor"]["id"].clone(), entry["subject"]["id"].clone())
    };
    let refused = json!("session.refused");
    assert_eq!(of(&entered).await, (json!("session.started"), json!(author.id), json!(author.id)));
    assert_eq!(of(&wrong).await, (refused.clone(), Value::Null, json!(author.id)));
    assert_eq!(of(&kept_out).await, (refused.clone(), Value::Null, json!(disabled.id)));
    assert_eq!(of(&unknown).await, (refused, Value::Null, Value::Null));
    assert_eq!(actions(&told(&admin, changed.is(204)).await), ["password.changed", "session.ended"]);
    assert_eq!(site.count("events t WHERE t::text LIKE '%bi-mat%'"), 0);
}

#[actix_web::test]
async fn a_stolen_refresh_token_is_told() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let device = Device::of(&site, &author).await;
    device.renewed().await;

    let again = device.refreshes().await;

    again.is_problem(401, "unauthenticated");
    let entries = admin.get("/audit?action=session.ended").await;
    assert_eq!(
        (&entries.rows()[0]["data"]["reason"], &entries.rows()[0]["subject"]["id"]),
        (&json!("reuse"), &json!(author.id))
    );
}

#[actix_web::test]
async fn entries_are_found_by_who_what_to_what_and_when() {
    let site = Site::start().await;
    let (admin, editor, approver) =
        (site.person([Admin]).await, site.person([Editor]).await, site.person([Approver]).await);
    let program = editor.makes_a_key(json!({ "grants": [{ "role": "editor" }] })).await;
    let article = editor.submits(site.article().await).await;
    let by_program = program.creates(an_article()).await;
    approver.approves(&article).await;
    let found = async |query: &str| {
        let page = admin.get(&format!("/audit?{query}")).await;
        page.is(200).rows().iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(
        found(&format!("subject={}", article.id)).await,
        ["article.approved", "article.submitted", "article.created"]
    );
    assert_eq!(found(&format!("actor={}", approver.id)).await, ["article.approved"]);
    assert_eq!(found(&format!("actor={}&action=article.created", editor.id)).await.len(), 2);
    let of_key = admin.get(&format!("/audit?subject={}", by_program.id)).await.rows()[0]["key"]["id"].clone();
    assert_eq!(found(&format!("key={}", of_key.as_str().unwrap())).await, ["article.created"]);
    assert_eq!(found("after=2999-01-01T00:00:00Z").await.len(), 0);
    assert_eq!(found("before=2020-01-01T00:00:00Z").await.len(), 0);
    let refused = admin.get("/audit?action=article.eaten").await;
    assert_eq!(refused.is_problem(400, "bad_request").errors(), ["/action not_allowed"]);
    admin.get("/audit?who=me").await.is_problem(400, "unknown_parameter");
}

#[actix_web::test]
async fn pages_are_whole_and_a_cursor_is_good_for_its_filters_alone() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    for number in 0..7 {
        author.creates(an_article().titled(&format!("Tin {number}"))).await;
    }
    let path = "/audit?action=article.created&limit=3";

    let (mut ids, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = admin.get(&path).await;
        ids.extend(page.is(200).rows().iter().map(|entry| entry["id"].as_i64().unwrap()));
        next = page.next().map(|next| next.strip_prefix("/api/v1/manage").unwrap().to_owned());
    }

    assert!(ids.len() == 7 && ids.is_sorted_by(|one, next| one > next), "{ids:?}");
    let first = admin.get(path).await;
    let cursor = first.next().unwrap().split_once("cursor=").unwrap().1.to_owned();
    admin.get(&format!("/audit?limit=3&cursor={cursor}")).await.is_problem(400, "invalid_cursor");
}

#[actix_web::test]
async fn only_administrators_of_the_whole_site_read_it_and_no_program() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    let of_a_category = site.person_with(&[format!("admin@{category}")]).await;
    let admin = site.person([Admin]).await;
    let program = admin.makes_a_key(json!({ "grants": [{ "role": "admin" }] })).await;
    for person in [
        of_a_category,
        program,
        site.person([Author]).await,
        site.person([Editor]).await,
        site.person([Approver]).await,
        site.person([Accountant]).await,
    ] {
        person.get("/audit").await.is_problem(403, "forbidden");
        person.get("/audit?format=csv").await.is_problem(403, "forbidden");
    }
    admin.get("/audit").await.is(200);
}

#[actix_web::test]
async fn a_table_opens_in_a_spreadsheet_and_nothing_in_it_runs() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let input = json!({ "email": "a@tinh.example", "name": "=HYPERLINK(\"http://a.example\")", "grants": [{ "role": "author" }] });
    let invitation = admin.post("/users", &input).await;
    let device = crate::support::people::accepts(&site, &invitation, "một mật khẩu dài").await;
    device.asks(Method::POST, "/auth/logout").await.is(204);

    let table = admin.get("/audit?format=csv&action=session.ended").await;

    assert_eq!(table.is(200).header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    let text = String::from_utf8(table.bytes.clone()).unwrap();
    let lines: Vec<&str> = text.strip_prefix('\u{feff}').unwrap().split("\r\n").collect();
    assert_eq!(lines[0], "at,action,actor_id,actor,key_id,key,subject_kind,subject_id,address,request_id,data");
    assert!(
        lines[1].contains(",session.ended,") && lines[1].contains(",\"'=HYPERLINK(\"\"http://a.example\"\")\","),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2..], [""]);
}

#[actix_web::test]
async fn amounts_of_royalties_are_in_no_entry() {
    let site = Site::start().await;
    let (admin, accountant) = (site.person([Admin]).await, site.person([Accountant]).await);
    let article = admin.creates(an_article()).await;
    let request = accountant.request(Method::PUT, &format!("/articles/{}/royalty", article.id));

    let set = site.send(request.json(&json!({ "amount": 987_654_321 }))).await;

    assert_eq!(actions(&told(&admin, set.is(200)).await), ["royalty.set"]);
    let all = [admin.get("/audit?limit=100").await, admin.get("/audit?format=csv").await];
    assert!(all.iter().all(|answer| !String::from_utf8_lossy(&answer.bytes).contains("987654321")));
}

#[actix_web::test]
async fn what_was_written_is_neither_changed_nor_removed() {
    let site = Site::start().await;
    site.person([Author]).await.creates(an_article()).await;
    let before = site.digest(["events"]);

    for statement in [
        "UPDATE events SET actor_id = NULL",
        "UPDATE events SET recorded_at = now() - interval '1 year'",
        "DELETE FROM events",
        "TRUNCATE events",
        "SET LOCAL tintuc.forgets = 'events'; DELETE FROM events",
    ] {
        let refusal = site.sql(statement).expect_err(statement).to_string();
        assert!(refusal.contains("kept as they were written"), "{statement}: {refusal}");
    }

    assert_eq!(site.digest(["events"]), before);
}

#[actix_web::test]
async fn what_is_old_enough_is_forgotten_and_what_corpora_were_made_is_not() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    author.creates(an_article()).await;
    site.sql(
        "INSERT INTO events (kind, subject_id, recorded_at) VALUES ('corpus.seeded', gen_random_uuid(), now()); \
         INSERT INTO events (kind, subject_id, recorded_at) \
         SELECT 'article.created', gen_random_uuid(), now() - interval '1 day' FROM generate_series(1, 10000)",
    )
    .unwrap();
    let forgets = || site.transaction(|tx| retention::forget_old(tx, 60));
    assert_eq!(forgets(), 0);
    let there = site.count("events");

    site.time_passes(Duration::days(61));

    assert_eq!((forgets(), i64::try_from(forgets()).unwrap(), forgets()), (10_000, there - 10_001, 0));
    assert_eq!(site.count("events"), 1);
}

#[actix_web::test]
async fn every_list_of_entries_is_read_by_its_index() {
    let site = Site::start().await;
    let order = "ORDER BY recorded_at DESC, id DESC LIMIT 21";
    let id = "'01890a5d-ac96-774b-bcce-b302099a8057'";
    for (condition, index) in [
        ("(recorded_at, id) < (now(), 9)".to_owned(), "events_by_time"),
        (format!("actor_id = {id}"), "events_by_actor"),
        (format!("key_id = {id}"), "events_by_key"),
        (format!("subject_id = {id} AND recorded_at >= now()"), "events_of_subject"),
        ("kind = 'article.created' AND (recorded_at, id) < (now(), 9)".to_owned(), "events_by_kind"),
    ] {
        let plan = site.plan(&format!("SELECT * FROM events WHERE {condition} {order}"));
        assert!(plan.contains(index), "{condition}: {plan}");
    }
}
