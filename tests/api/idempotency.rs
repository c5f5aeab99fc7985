//! `Idempotency-Key`: a POST that is sent again is done once, and answered as it was.

use std::collections::BTreeSet;

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tintuc::{
    newsroom::Transition::{Approve, Submit},
    once::kept,
};

use crate::support::{
    Admin, Answer, Approver, Author, Editor, Person, Site, an_article, contract,
    files::{file_part, form, form_of, pdf},
    people::a_user,
};

/// A POST with a key.
pub fn request(who: &Person<'_>, key: &str, path: &str, body: &Value) -> RequestBuilder {
    who.request(Method::POST, path).header("Idempotency-Key", key).json(body)
}

/// What it is answered.
pub async fn post(who: &Person<'_>, key: &str, path: &str, body: &Value) -> Answer {
    Answer::to(request(who, key, path, body)).await
}

/// Fails where an answer is not the one of before, byte for byte.
#[track_caller]
pub fn is_repeated(again: &Answer, first: &Answer) {
    assert_eq!(again.header("idempotency-replayed"), "true", "{:#}", again.body);
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for header in ["etag", "location", "content-type", "link", "cache-control"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
}

/// Has every write of articles wait until this is dropped.
pub struct Standstill(PgConnection);

impl Standstill {
    pub fn of(site: &Site) -> Self {
        let mut connection = PgConnection::establish(site.database()).unwrap();
        connection.batch_execute("BEGIN; LOCK TABLE articles IN SHARE MODE").unwrap();
        Self(connection)
    }

    pub fn ends(mut self) {
        self.0.batch_execute("COMMIT").unwrap();
    }
}

#[actix_web::test]
async fn what_is_sent_again_is_answered_as_it_was_and_not_done_again() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let article = Value::from(site.article().await);

    let first = post(&editor, "bai-1", "/articles", &article).await;
    let again = post(&editor, "bai-1", "/articles", &article).await;
    assert!(first.header("location").contains("/articles/") && first.header("idempotency-replayed").is_empty());
    is_repeated(&again, first.is(201));

    // What it has become since is not what was answered.
    let draft = crate::support::person::Handle::of(&first);
    let pending = editor.does(Submit, &draft).await;
    let path = format!("/articles/{}/transitions/approve", pending.id);
    let approve = || {
        let request = request(&approver, "duyet", &path, &json!({ "comment": "Đã kiểm tra" }));
        Answer::to(request.header("If-Match", &pending.etag))
    };
    let approved = approve().await;
    is_repeated(&approve().await, approved.is(200));
    is_repeated(&post(&editor, "bai-1", "/articles", &article).await, &first);
    assert_eq!((site.count("articles"), site.count("transitions WHERE name = 'approve'")), (1, 1));
    assert_eq!(site.events(&draft), ["article.created", "article.submitted", "article.approved"]);
}

#[actix_web::test]
async fn something_else_under_the_same_key_is_a_mismatch() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let first = post(&editor, "k", "/articles", &an_article().into()).await;

    for (path, body) in [("/articles", json!({})), ("/articles?a=1", an_article().into())] {
        post(&editor, "k", path, &body).await.is_problem(422, "idempotency_mismatch");
    }

    assert_eq!(site.count("articles"), 1);
    is_repeated(&post(&editor, "k", "/articles", &an_article().into()).await, &first);
}

#[actix_web::test]
async fn a_key_is_that_of_one_caller_at_one_path() {
    let site = Site::start().await;
    let (editor, other) = (site.person([Editor]).await, site.person([Editor]).await);
    let program = editor.makes_a_key(json!({ "grants": [{ "role": "editor" }] })).await;
    let name = json!({ "name": "Sở Y tế" });

    for who in [&editor, &other, &program] {
        post(who, "k", "/articles", &an_article().into()).await.is(201);
    }
    post(&editor, "k", "/authors", &name).await.is(201);
    // Keys are for POST: a patch is told from its repetition by If-Match.
    let patch = editor.request(Method::PATCH, &format!("/articles/{}", other.id)).header("Idempotency-Key", "k");
    Answer::to(patch.json(&json!({}))).await.is_problem(404, "not_found");

    assert_eq!((site.count("articles"), site.count("idempotency_keys")), (3, 4));
}

#[actix_web::test]
async fn a_refusal_is_kept_and_what_failed_of_us_is_not() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let article = editor.submits(site.article().await).await;
    let path = format!("/articles/{}/transitions/approve", article.id);
    let approve = |who, key| {
        let request = request(who, key, &path, &json!({})).header("If-Match", &article.etag);
        Answer::to(request)
    };

    let refused = approve(&editor, "k").await;
    let again = approve(&editor, "k").await;
    assert_eq!(again.body["request_id"], refused.header("x-request-id"), "the first one's");
    is_repeated(&again, refused.is(403));

    site.sql(
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           RAISE EXCEPTION 'No space left on device'; END $$;
         CREATE TRIGGER fails BEFORE INSERT ON transitions FOR EACH ROW EXECUTE FUNCTION fails()",
    )
    .unwrap();
    approve(&approver, "k").await.is_problem(507, "insufficient_storage");
    site.sql("DROP TRIGGER fails ON transitions").unwrap();
    let approved = approve(&approver, "k").await;
    is_repeated(&approve(&approver, "k").await, approved.is(200));
    assert_eq!(site.count(&format!("transitions WHERE name = '{Approve}'")), 1);
}

#[actix_web::test]
async fn what_is_no_key_is_refused() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let bad = ["", " ", "hai từ", "hai tu", "khóa", &"k".repeat(256)];

    for key in bad {
        let request = editor.request(Method::POST, "/articles").header("Idempotency-Key", key.as_bytes());
        Answer::to(request.json(&json!({}))).await.is_problem(400, "bad_request");
    }
    let twice = request(&editor, "a", "/articles", &json!({})).header("Idempotency-Key", "b");
    Answer::to(twice).await.is_problem(400, "bad_request");
    // First it is asked who that is.
    let stranger = site.request(Method::POST, "/api/v1/manage/articles").header("Idempotency-Key", "");
    Answer::to(stranger).await.is_problem(401, "unauthenticated");
    assert_eq!((site.count("articles"), site.count("idempotency_keys")), (0, 0));

    for key in ["!", "~", &"k".repeat(255)] {
        post(&editor, key, "/articles", &json!({})).await.is(201);
    }
}

#[actix_web::test]
async fn answers_with_a_secret_are_not_kept_and_not_made_twice() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let article = admin.creates(site.article().await).await;
    let file = admin.uploads("Toàn văn.pdf", &pdf("toàn văn")).await;
    let guest = site.person([Author]).await;
    let named = json!({ "name": "Cổng thông tin huyện", "scopes": ["read"] });
    let hook = json!({ "url": "https://doi-tac.example/nhan", "events": ["article.published"] });
    let hooked = admin.post("/webhooks", &hook).await.is(201).data()["id"].as_str().unwrap().to_owned();
    let mut told = Vec::new();

    for (path, body) in [
        ("/users".to_owned(), a_user("a@tintuc.example")),
        (format!("/users/{}/invite", guest.id), json!({})),
        ("/api-keys".to_owned(), named),
        (format!("/articles/{}/preview", article.id), json!({})),
        (format!("/media/{}/link", file.id), json!({})),
        ("/webhooks".to_owned(), hook),
        (format!("/webhooks/{hooked}/secret"), json!({})),
    ] {
        let first = post(&admin, "k", &path, &body).await;
        let again = post(&admin, "k", &path, &body).await;
        assert!(first.status.is_success(), "{path}: {:#}", first.body);
        assert_eq!(again.is_problem(409, "conflict").body["original_request_id"], first.header("x-request-id"));
        let things = [&guest.id.to_string(), &article.id, &file.id, &hooked];
        told.push(things.into_iter().fold(path, |path, thing| path.replace(thing.as_str(), "{id}")));
    }

    assert_eq!(site.count("idempotency_keys WHERE body IS NOT NULL"), 0);
    assert_eq!((site.count("api_keys"), site.count("article_previews"), site.count("invites")), (1, 1, 2));
    // And these are all there are.
    let paths = contract::document()["paths"].as_object().unwrap();
    let say_so = paths.iter().filter(|(_, item)| {
        let mut parameters = item["post"]["parameters"].as_array().into_iter().flatten();
        let key = parameters.find(|parameter| parameter["name"] == "Idempotency-Key");
        key.is_some_and(|key| key["description"].as_str().unwrap().contains("secret"))
    });
    let mut documented: Vec<_> = say_so.map(|(path, _)| path.trim_start_matches("/api/v1/manage").to_owned()).collect();
    documented.sort();
    told.sort();
    assert_eq!(documented, told);
}

#[actix_web::test]
async fn an_upload_is_told_from_another_by_what_is_in_it() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let upload = |key: &str, name: &str, text: &str| {
        let request = author.request(Method::POST, "/media").header("Idempotency-Key", key);
        form(request, "file", name, &pdf(text))
    };

    let first = Answer::to(upload("k", "a.pdf", "toàn văn")).await;
    is_repeated(&Answer::to(upload("k", "a.pdf", "toàn văn")).await, first.is(201));
    // As clients do, with a boundary of its own.
    let parts = file_part("file", "a.pdf", &pdf("toàn văn"));
    let other = String::from_utf8(parts).unwrap().replace("ranh-gioi", "lan-thu-hai");
    let again = author
        .request(Method::POST, "/media")
        .header("Idempotency-Key", "k")
        .header("content-type", "multipart/form-data; boundary=\"lan-thu-hai\"")
        .body(format!("{other}--lan-thu-hai--\r\n"));
    is_repeated(&Answer::to(again).await, &first);
    for (name, text) in [("a.pdf", "toàn văm"), ("b.pdf", "toàn văn"), ("a.pdf", &"dài hơn ".repeat(50_000))] {
        Answer::to(upload("k", name, text)).await.is_problem(422, "idempotency_mismatch");
    }
    assert_eq!((site.count("media"), site.objects().await), (1, 1));

    let damaged = || {
        let request = author.request(Method::POST, "/media").header("Idempotency-Key", "hong");
        Answer::to(form_of(request, &[file_part("file", "a.exe", b"MZ\x90\0")]))
    };
    let refused = damaged().await;
    is_repeated(&damaged().await, refused.is(415));
    site.spool_is_emptied().await;
}

#[actix_web::test]
async fn who_has_lost_a_right_since_is_not_told() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    let editor = site.person_with(&[format!("editor@{category}"), "author".to_owned()]).await;
    let article = Value::from(an_article().filed_under(&category));
    let first = post(&editor, "k", "/articles", &article).await;

    site.sql(&format!(
        "INSERT INTO role_grants (id, user_id, role, created_at) VALUES (gen_random_uuid(), '{}', 'approver', now())",
        editor.id
    ))
    .unwrap();
    is_repeated(&post(&editor, "k", "/articles", &article).await, first.is(201));
    site.sql(&format!("DELETE FROM role_grants WHERE user_id = '{}' AND category_id IS NOT NULL", editor.id)).unwrap();
    post(&editor, "k", "/articles", &article).await.is_problem(403, "forbidden");
    site.disable(&editor);
    post(&editor, "k", "/articles", &article).await.is_problem(401, "unauthenticated");
    assert_eq!(site.count("articles"), 1);
}

#[actix_web::test]
async fn a_key_is_good_for_a_day() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let ages = |hours: u8| {
        site.sql(&format!("UPDATE idempotency_keys SET made_at = now() - interval '{hours} hours'")).unwrap();
        site.transaction(kept::forget_old)
    };
    let first = post(&editor, "k", "/articles", &an_article().into()).await;

    assert_eq!(ages(23), 0);
    is_repeated(&post(&editor, "k", "/articles", &an_article().into()).await, &first);
    site.sql("UPDATE idempotency_keys SET made_at = now() - interval '24 hours'").unwrap();
    let second = post(&editor, "k", "/articles", &an_article().into()).await;
    is_repeated(&post(&editor, "k", "/articles", &an_article().into()).await, second.is(201));

    assert_ne!(first.data()["id"], second.data()["id"]);
    assert_eq!((ages(25), site.count("idempotency_keys")), (1, 0));
}

#[test]
fn every_post_of_the_management_side_takes_a_key_and_nothing_else_does() {
    let mut offered = 0;
    for (path, item) in contract::document()["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let offers = parameters.filter(|it| it["name"] == "Idempotency-Key" && it["in"] == "header").count();
            let should = usize::from(verb == "post" && path.starts_with("/api/v1/manage/"));
            assert_eq!(offers, should, "{verb} {path}");
            offered += offers;
        }
    }
    assert!(offered > 15, "only {offered}");
}

/// The names of strings in answers that only a secret has.
const SECRETIVE: [&str; 6] = ["token", "key", "secret", "password", "refresh_token", "recovery_codes"];

/// Looks at every string with such a name in what this describes, and says how many there are.
fn secrets_are_told(described: &Value, seen: &mut BTreeSet<String>) -> usize {
    let mut found = 0;
    let named = described["$ref"].as_str().map(|address| address.trim_start_matches('#').to_owned());
    if let Some(pointer) = named.filter(|pointer| seen.insert(pointer.clone())) {
        found += secrets_are_told(contract::document().pointer(&pointer).unwrap(), seen);
    }
    for (member, it) in described["properties"].as_object().into_iter().flatten() {
        if SECRETIVE.contains(&&**member) && it["type"] == "string" {
            assert_eq!(it["format"], "password", "{member} should be of the type `ToldOnce`: {described:#}");
            found += 1;
        }
    }
    let members = described.as_object().into_iter().flatten().map(|(_, member)| member);
    found
        + members.chain(described.as_array().into_iter().flatten()).map(|it| secrets_are_told(it, seen)).sum::<usize>()
}

#[test]
fn what_is_called_like_a_secret_is_told_once() {
    let paths = contract::document()["paths"].as_object().unwrap().iter();
    let managed = paths.filter(|(path, _)| path.starts_with("/api/v1/manage/"));
    let mut seen = BTreeSet::new();

    let found: usize = managed.map(|(_, item)| secrets_are_told(&item["post"]["responses"], &mut seen)).sum();

    assert!(found >= 2, "only {found}");
}
