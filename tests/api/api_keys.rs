//! Keys: programs that act in somebody's name, with what they were given and never with more than that person holds.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Accountant, Admin, Answer, Approver, Author, Editor, Person, Site, an_article, files::pdf, in_minutes,
};

#[actix_web::test]
async fn a_key_is_told_once_and_acts_in_the_name_of_its_maker() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let made = author.tries_to_make_a_key(json!({ "grants": [{ "role": "author" }] })).await;
    let (id, key) = (made.is(201).data()["id"].as_str().unwrap(), made.data()["key"].as_str().unwrap());
    let program = author.acting_by(key);

    let article = program.submits(site.article().await).await;

    assert_eq!(article.field("created_by")["id"], author.id.to_string());
    let history = author.history(&article).await;
    let named = json!({ "id": id, "name": "Cổng thông tin huyện" });
    assert_eq!((&history[0]["actor"]["id"], &history[0]["key"]), (&json!(author.id), &named));
    assert_eq!(site.count(&format!("events WHERE actor_id = '{}' AND key_id = '{id}'", author.id)), 2);
    let me = program.get("/me").await;
    assert_eq!((&me.is(200).data()["id"], &me.data()["key"]), (&json!(author.id), &named));
    let known = author.get(&format!("/api-keys/{id}")).await;
    let mut told = made.data().clone();
    told.as_object_mut().unwrap().remove("key");
    told["last_used_at"] = known.data()["last_used_at"].clone();
    assert_eq!(known.is(200).data(), &told);
    assert_eq!(author.get("/api-keys").await.is(200).rows(), &vec![told]);
    assert_eq!(made.header("location"), format!("/api/v1/manage/api-keys/{id}"));
}

#[actix_web::test]
async fn of_a_key_only_the_digest_is_kept_and_the_beginning() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let key = author.makes_a_key(json!({ "scopes": ["read"] })).await.token;

    assert_eq!(site.count(&format!("api_keys WHERE digest = sha256('{key}') AND prefix = left('{key}', 12)")), 1);
    let tables = ["api_keys", "api_key_grants", "events"];
    assert_eq!(tables.map(|table| site.count(&format!("{table} t WHERE t::text LIKE '%{key}%'"))), [0, 0, 0]);
}

#[actix_web::test]
async fn a_key_to_read_reads_what_its_maker_reads_and_does_nothing() {
    let site = Site::start().await;
    let (admin, accountant) = (site.person([Admin]).await, site.person([Accountant]).await);
    let live = site.live(site.article().await).await;
    let royalty = format!("/articles/{}/royalty", live.id);
    let pays = accountant.request(Method::PUT, &royalty).json(&json!({ "amount": 350_000 }));
    site.send(pays).await.is(200);

    let program = admin.makes_a_key(json!({ "scopes": ["read"] })).await;

    let seen = program.sees(&live).await;
    assert!(seen.data.get("royalty").is_none(), "{}", seen.data);
    for path in ["/articles", "/trash", "/media", "/categories", "/authors", &format!("/articles/{}/views", live.id)] {
        program.get(path).await.is(200);
    }
    program.get(&royalty).await.is_problem(403, "forbidden");
    program.tries_to_create(an_article()).await.is_problem(403, "forbidden");
    program.tries_to_edit(&live, json!({ "title": "Khác" })).await.is_problem(403, "forbidden");
    program.tries_to_delete(&live, "?reason=x").await.is_problem(403, "forbidden");
    program.tries(tintuc::newsroom::Transition::Unpublish, &live).await.is_problem(403, "forbidden");
    program.post("/categories", &json!({ "name": "Khác" })).await.is_problem(403, "forbidden");
    program.tries_to_upload("a.pdf", &pdf("a")).await.is_problem(403, "forbidden");
    // What takes no right but to read changes something all the same.
    program.post(&format!("/articles/{}/preview", live.id), &json!({})).await.is_problem(403, "forbidden");
    assert_eq!(site.public(&live).await.is(200).data()["id"], live.id);
}

#[actix_web::test]
async fn a_key_past_its_scope_is_forbidden_whether_or_not_something_is_there() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = editor.creates(an_article()).await;
    let (views, sync) = (
        editor.makes_a_key(json!({ "scopes": ["views"] })).await,
        editor.makes_a_key(json!({ "scopes": ["sync"] })).await,
    );
    let nothing = editor.makes_a_key(json!({})).await;

    let path = format!("/articles/{}/views", article.id);
    assert_eq!(views.get(&path).await.is(200).data()["total"], 0);
    for program in [&views, &sync] {
        for path in
            ["/articles", &format!("/articles/{}", article.id), &format!("/articles/{}/history", article.id), "/media"]
        {
            program.get(path).await.is_problem(403, "forbidden");
        }
        program.tries_to_edit(&article, json!({ "title": "Khác" })).await.is_problem(403, "forbidden");
    }
    sync.get(&path).await.is_problem(403, "forbidden");
    nothing.get("/articles").await.is_problem(403, "forbidden");
    nothing.tries_to_create(an_article()).await.is_problem(403, "forbidden");
}

#[actix_web::test]
async fn scopes_limit_roles_that_a_key_was_given() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Kinh tế").await, site.category("Văn hóa").await);
    let editor = site.person([Editor]).await;
    editor.creates(an_article().titled("Ở đây").filed_under(&here)).await;
    editor.creates(an_article().titled("Nơi khác").filed_under(&elsewhere)).await;
    let grants = json!([{ "role": "editor", "category": here }]);

    let reads = editor.makes_a_key(json!({ "scopes": ["read"], "grants": grants })).await;
    let writes = editor.makes_a_key(json!({ "grants": grants })).await;

    for program in [&reads, &writes] {
        assert_eq!(program.get("/articles").await.titles(), ["Ở đây"]);
    }
    reads.tries_to_create(an_article().filed_under(&here)).await.is_problem(403, "forbidden");
    writes.creates(an_article().filed_under(&here)).await;
    writes.tries_to_create(an_article().filed_under(&elsewhere)).await.is_problem(403, "forbidden");
}

#[actix_web::test]
async fn nobody_gives_a_key_more_than_they_hold() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    let below = site.category_below("Nông nghiệp", Some(&category)).await;
    let editor = site.person_with(&[format!("editor@{category}")]).await;
    let asks = async |grants: Value| editor.tries_to_make_a_key(json!({ "grants": grants })).await;

    asks(json!([{ "role": "editor", "category": category }, { "role": "author", "category": below }])).await.is(201);
    for beyond in [
        json!({ "role": "editor" }),
        json!({ "role": "approver", "category": below }),
        json!({ "role": "admin", "category": category }),
    ] {
        let refused = asks(json!([{ "role": "author", "category": category }, beyond])).await;
        assert_eq!(refused.is_problem(403, "forbidden").errors(), ["/grants/1 forbidden"]);
    }
    site.person([]).await.tries_to_make_a_key(json!({ "scopes": ["read"] })).await.is_problem(403, "forbidden");
    assert_eq!(site.count("api_keys"), 1);
}

#[actix_web::test]
async fn a_key_shrinks_and_ends_with_its_maker_at_the_next_request_on_every_replica() {
    let site = Site::start().await;
    let replica = site.replica().await;
    let (admin, editor) = (site.person([Admin]).await, site.person([Editor]).await);
    let (here, elsewhere) = (site.category("Kinh tế").await, site.category("Văn hóa").await);
    admin.creates(an_article().titled("Ở đây").filed_under(&here)).await;
    admin.creates(an_article().titled("Nơi khác").filed_under(&elsewhere)).await;
    let given = editor.makes_a_key(json!({ "grants": [{ "role": "editor" }] })).await;
    let whole = editor.makes_a_key(json!({ "scopes": ["read"] })).await;
    let (given, whole) = (given.at(&replica), whole.at(&replica));
    let granted = async |grants: Value| {
        let request = admin.request(Method::PUT, &format!("/users/{}/grants", editor.id));
        site.send(request.json(&json!({ "grants": grants }))).await.is(200);
    };
    assert_eq!(given.get("/articles").await.rows().len() + whole.get("/articles").await.rows().len(), 4);

    granted(json!([{ "role": "editor", "category": here }])).await;
    assert_eq!(
        (given.get("/articles").await.titles(), whole.get("/articles").await.titles()),
        (vec!["Ở đây".to_owned()], vec!["Ở đây".to_owned()])
    );
    granted(json!([{ "role": "approver" }])).await;
    given.get("/articles").await.is_problem(403, "forbidden");
    assert_eq!(whole.get("/articles").await.rows().len(), 2);
    granted(json!([])).await;
    whole.get("/articles").await.is_problem(403, "forbidden");
    site.disable(&editor);
    for program in [given, whole] {
        program.get("/articles").await.is_problem(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn a_key_that_was_revoked_has_expired_or_was_never_given_out_opens_nothing() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let made = author.tries_to_make_a_key(json!({ "scopes": ["read"] })).await;
    let revoked = author.acting_by(made.data()["key"].as_str().unwrap());
    let expiring = author.makes_a_key(json!({ "scopes": ["read"], "expires_at": in_minutes(30) })).await;
    let lasting = author.makes_a_key(json!({ "scopes": ["read"] })).await;
    let path = format!("/api-keys/{}", made.data()["id"].as_str().unwrap());
    revoked.get("/articles").await.is(200);

    for _ in 0..2 {
        site.send(author.request(Method::DELETE, &path)).await.is(204);
    }
    revoked.get("/articles").await.is_problem(401, "unauthenticated");
    expiring.get("/articles").await.is(200);
    site.time_passes(Duration::minutes(31));
    expiring.get("/articles").await.is_problem(401, "unauthenticated");

    lasting.get("/articles").await.is(200);
    assert!(author.get(&path).await.is(200).data()["revoked_at"].is_string(), "the row stays");
    assert_eq!(site.count("events WHERE kind = 'key.revoked'"), 1);
    site.sql("DELETE FROM api_key_grants; DELETE FROM api_keys").unwrap();
    lasting.get("/articles").await.is_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn what_only_looks_like_a_key_is_refused_without_asking_the_database() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let key = author.makes_a_key(json!({ "scopes": ["read"] })).await.token;
    let last = if key.ends_with('A') { "B" } else { "A" };
    let before = site.app.newsroom.statements();

    for forged in [
        "ttk_".to_owned(),
        "ttk_AAAA".to_owned(),
        format!("{}{last}", &key[..51]),
        key[..51].to_owned(),
        format!("{key}A"),
    ] {
        author.acting_by(&forged).get("/articles").await.is_problem(401, "unauthenticated");
    }

    assert_eq!(site.app.newsroom.statements(), before);
}

#[actix_web::test]
async fn a_key_looks_after_neither_people_nor_keys_nor_sessions() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let program = admin.makes_a_key(json!({ "grants": [{ "role": "admin" }] })).await;
    program.get("/articles").await.is(200);
    program.post("/categories", &json!({ "name": "Kinh tế" })).await.is(201);

    let user = format!("/users/{}", admin.id);
    for path in ["/users", &user, &format!("{user}/grants"), "/api-keys"] {
        program.get(path).await.is_problem(403, "forbidden");
    }
    program.post("/users", &json!({ "email": "a@tinh.example", "name": "A" })).await.is_problem(403, "forbidden");
    program.tries_to_make_a_key(json!({ "scopes": ["read"] })).await.is_problem(403, "forbidden");
    let auth = async |method: Method, path: &str, body: Value| {
        let request = site.request(method, &format!("/api/v1/auth/{path}")).bearer_auth(&program.token);
        site.send(request.json(&body)).await.is_problem(403, "forbidden");
    };
    auth(Method::GET, "sessions", json!({})).await;
    auth(Method::DELETE, "sessions", json!({})).await;
    auth(Method::DELETE, &format!("sessions/{}", admin.id), json!({})).await;
    auth(Method::POST, "logout", json!({})).await;
    auth(Method::POST, "password", json!({ "current_password": "x", "new_password": "một mật khẩu dài" })).await;
    admin.get("/me").await.is(200);
}

#[actix_web::test]
async fn one_sees_ones_own_keys_and_an_administrator_finds_any_by_its_beginning_and_revokes_it() {
    let site = Site::start().await;
    let (admin, author, other) = (site.person([Admin]).await, site.person([Author]).await, site.person([Author]).await);
    let lost = author.makes_a_key(json!({ "scopes": ["read"] })).await;
    other.makes_a_key(json!({ "scopes": ["read"] })).await;
    let prefix = &lost.token[..12];

    let found = admin.get(&format!("/api-keys?prefix={prefix}")).await;

    let [row] = found.is(200).rows().as_slice() else { panic!("{:#}", found.body) };
    assert_eq!(row["created_by"]["id"], author.id.to_string());
    assert_eq!(admin.get("/api-keys").await.rows().len(), 2);
    assert_eq!(other.get("/api-keys").await.rows().len(), 1);
    let path = format!("/api-keys/{}", row["id"].as_str().unwrap());
    other.get(&path).await.is_problem(404, "not_found");
    site.send(other.request(Method::DELETE, &path)).await.is_problem(404, "not_found");
    lost.get("/articles").await.is(200);
    site.send(admin.request(Method::DELETE, &path)).await.is(204);
    lost.get("/articles").await.is_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn the_hour_of_a_keys_last_use_is_noted_once_an_hour() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let program = author.makes_a_key(json!({ "scopes": ["read"] })).await;
    let cost = async || {
        let before = site.app.newsroom.statements();
        program.get("/authors").await.is(200);
        site.app.newsroom.statements() - before
    };
    // Not at the turn of the hour, while this is looked at.
    let into = site.count("generate_series(1, extract(minute FROM now())::integer)");
    site.time_passes(Duration::minutes(90 - into));

    let (first, second) = (cost().await, cost().await);

    assert_eq!(first, second + 1);
    let noted = author.get("/api-keys").await.rows()[0]["last_used_at"].as_str().unwrap().to_owned();
    assert!(noted.ends_with(":00:00Z"), "{noted}");
    site.time_passes(Duration::minutes(150 - into));
    assert_eq!(cost().await, first);
    assert_ne!(author.get("/api-keys").await.rows()[0]["last_used_at"], noted);
}

#[actix_web::test]
async fn what_cannot_be_a_key_is_refused_by_name_and_nothing_is_kept() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for (input, errors) in [
        (json!({ "name": "" }), vec!["/name too_short"]),
        (json!({ "name": "<i>A</i>" }), vec!["/name markup"]),
        (json!({ "scopes": ["write"] }), vec!["/scopes/0 not_allowed"]),
        (json!({ "expires_at": in_minutes(-1) }), vec!["/expires_at too_early"]),
        (json!({ "expires_at": "2030-01-01T00:00:00" }), vec!["/expires_at invalid_format"]),
        (json!({ "grants": [{ "role": "author", "category": "khong-co" }] }), vec!["/grants/0/category unknown"]),
        (json!({ "key": "ttk_AAAA" }), vec!["/key unknown_field"]),
    ] {
        let refused: Answer = author.tries_to_make_a_key(input.clone()).await;
        assert_eq!(refused.is_problem(422, "validation_failed").errors(), errors, "{input}");
    }

    assert_eq!(site.count("api_keys"), 0);
}

#[actix_web::test]
async fn a_key_opens_files_that_are_not_public_if_it_is_for_reading() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("Nháp.pdf", &pdf("nháp")).await;

    let (reads, counts) = (
        author.makes_a_key(json!({ "scopes": ["read"] })).await,
        author.makes_a_key(json!({ "scopes": ["views"] })).await,
    );

    reads.downloads(&site, file.url()).await.is(200);
    counts.downloads(&site, file.url()).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn the_four_eyes_of_a_key_are_those_of_its_maker() {
    let site = Site::start().await;
    let both = site.person([Author, Approver]).await;
    let program: Person<'_> =
        both.makes_a_key(json!({ "grants": [{ "role": "author" }, { "role": "approver" }] })).await;
    let mine = both.submits(site.article().await).await;

    let refused = program.tries(tintuc::newsroom::Transition::Approve, &mine).await;

    refused.is_problem(403, "four_eyes");
}
