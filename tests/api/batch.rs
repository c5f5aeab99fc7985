//! Many operations in one request.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    idempotency::{is_repeated, post},
    support::{Accountant, Answer, Approver, Author, Editor, Person, Site, an_article, files::png, person::Handle},
};

/// A batch.
fn batch(atomic: bool, operations: impl IntoIterator<Item = Value>) -> Value {
    json!({ "atomic": atomic, "operations": operations.into_iter().collect::<Vec<_>>() })
}

async fn sends(who: &Person<'_>, atomic: bool, operations: impl IntoIterator<Item = Value>) -> Answer {
    who.post("/articles:batch", &batch(atomic, operations)).await
}

fn creates(article: impl Into<Value>) -> Value {
    json!({ "op": "create", "article": article.into() })
}

fn patches(article: &Handle, patch: Value) -> Value {
    json!({ "op": "patch", "id": article.id, "if_match": article.etag, "article": patch })
}

fn moves(article: &Handle, transition: &str) -> Value {
    json!({ "op": "transition", "id": article.id, "if_match": article.etag, "transition": transition })
}

fn deletes(article: &Handle, input: Value) -> Value {
    json!({ "op": "delete", "id": article.id, "if_match": article.etag, "input": input })
}

/// The article of a result.
fn handle(row: &Value) -> Handle {
    Handle {
        id: row["article"]["id"].as_str().unwrap().to_owned(),
        etag: row["etag"].as_str().unwrap().to_owned(),
        data: row["article"].clone(),
    }
}

/// The status of each result, with the code where it was refused.
fn told(answer: &Answer) -> Vec<String> {
    let one = |row: &Value| match row["problem"]["code"].as_str() {
        Some(code) => format!("{} {code}", row["status"]),
        None => row["status"].to_string(),
    };
    answer.is(200).rows().iter().map(one).collect()
}

/// What the newsroom holds.
fn kept(site: &Site) -> String {
    site.digest(["articles", "article_versions", "transitions", "publications", "events", "slugs", "tags", "authors"])
}

#[actix_web::test]
async fn each_operation_is_answered_as_its_own_route_would_answer_it() {
    for atomic in [true, false] {
        let site = Site::start().await;
        let editor = site.person([Editor]).await;
        let article = site.article().await;
        let [patched, submitted, thrown] = [1, 2, 3].map(|number| article.clone().titled(&format!("Tin {number}")));
        let patched = editor.creates(patched).await;
        let (submitted, thrown) = (editor.creates(submitted).await, editor.creates(thrown).await);

        let answer = sends(
            &editor,
            atomic,
            [
                creates(article.clone().titled("Tin 4").with("body", "<p>a</p><script>b</script>")),
                patches(&patched, json!({ "summary": "Tóm tắt" })),
                moves(&submitted, "submit"),
                deletes(&thrown, json!({})),
            ],
        )
        .await;

        assert_eq!(told(&answer), ["201", "200", "200", "204"], "{:#}", answer.body);
        let rows = answer.rows();
        assert_eq!(rows[0]["meta"]["removed"][0]["what"], "script");
        assert_eq!((&rows[3]["article"], &rows[3]["etag"]), (&Value::Null, &Value::Null));
        for row in &rows[..3] {
            let now = editor.get(&format!("/articles/{}", row["article"]["id"].as_str().unwrap())).await;
            assert_eq!((now.is(200).data(), json!(now.header("etag"))), (&row["article"], row["etag"].clone()));
        }
        assert_eq!(rows[1]["article"]["summary"], "Tóm tắt");
        assert_eq!(rows[2]["article"]["approval"], "pending");
        editor.looks_at(&thrown).await.is_problem(404, "not_found");
        assert_eq!(site.events(&patched), ["article.created", "article.edited"]);
        assert_eq!(site.events(&submitted), ["article.created", "article.submitted"]);
        assert_eq!(site.events(&thrown), ["article.created", "article.deleted"]);
        assert_eq!(editor.history(&submitted).await.len(), 1);
        let one_request = format!("events WHERE request_id = '{}'", answer.header("x-request-id"));
        assert_eq!(site.count(&one_request), 4, "all of it was done by this request");
    }
}

#[actix_web::test]
async fn of_an_atomic_batch_that_fails_nothing_is_kept() {
    let site = Site::start().await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    let article = site.article().await;
    let theirs = site.person([Author]).await.creates(article.clone()).await;
    let mine = author.creates(article.clone().titled("Của tôi")).await;
    let pending = author.submits(article.clone().titled("Chờ duyệt")).await;
    let ever = creates(article.clone().tagged(["Mới"]).with("author", json!({ "name": "Mới" })));
    let stale = Handle { etag: "\"v9-r9\"".to_owned(), ..mine.clone() };
    let without = json!({ "op": "patch", "id": mine.id, "article": { "title": "Khác" } });
    let before = kept(&site);

    for (who, operation, code, status, errors) in [
        (&author, patches(&theirs, json!({})), "not_found", 404, "/operations/1 not_found"),
        (&author, without, "precondition_required", 428, "/operations/1 precondition_required"),
        (&author, patches(&stale, json!({})), "stale_version", 412, "/operations/1 stale_version"),
        (&author, moves(&pending, "approve"), "forbidden", 403, "/operations/1 forbidden"),
        (&author, moves(&pending, "submit"), "transition_not_allowed", 409, "/operations/1 transition_not_allowed"),
        (
            &author,
            patches(&mine, json!({ "category": "khong-co" })),
            "validation_failed",
            422,
            "/operations/1/article/category unknown",
        ),
        (&author, creates(json!({ "slug": mine.slug() })), "conflict", 409, "/operations/1/article/slug taken"),
    ] {
        let answer = sends(who, true, [ever.clone(), operation]).await;
        assert_eq!(answer.is_problem(422, "validation_failed").body["operation"], 1);
        assert_eq!(
            (&answer.body["problem"]["code"], &answer.body["problem"]["status"]),
            (&json!(code), &json!(status))
        );
        assert_eq!(answer.errors(), [errors], "{:#}", answer.body);
        assert_eq!(kept(&site), before, "{code}");
    }
    // The right to begin with is asked for as well.
    let answer = sends(&approver, true, [moves(&pending, "approve"), ever]).await;
    assert_eq!(answer.is_problem(422, "validation_failed").body["problem"]["code"], "forbidden");
    let reject = sends(&approver, true, [moves(&pending, "reject")]).await;
    assert_eq!(reject.errors(), ["/operations/0/input/comment required"]);
    assert_eq!(kept(&site), before);
    let empty = author.creates(an_article().with("category", Value::Null)).await;
    let submit = sends(&author, true, [moves(&empty, "submit")]).await;
    assert_eq!(submit.errors(), ["/operations/0/article/category required"], "though it was not sent");
}

#[actix_web::test]
async fn of_one_that_is_not_atomic_each_operation_stands_by_itself() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = site.article().await;
    let mine = author.creates(article.clone()).await;
    let gone = Handle { id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(), ..mine.clone() };

    let answer = sends(
        &author,
        false,
        [
            creates(article.clone().titled("Tin 1")),
            patches(&gone, json!({})),
            patches(&mine, json!({ "title": "Khác" })),
            json!({ "op": "transition", "id": mine.id, "transition": "submit" }),
            creates(article.clone().with("category", "khong-co")),
            creates(article.titled("Tin 2")),
        ],
    )
    .await;

    let expected = ["201", "404 not_found", "200", "428 precondition_required", "422 validation_failed", "201"];
    assert_eq!(told(&answer), expected);
    assert_eq!(answer.rows()[4]["problem"]["errors"][0]["pointer"], "/category", "as the route itself says it");
    assert_eq!(answer.rows()[1]["problem"]["request_id"], answer.header("x-request-id"));
    assert_eq!(site.count("articles"), 3);
    assert_eq!(author.sees(&mine).await.field("title"), "Khác");
}

#[actix_web::test]
async fn what_is_wrong_with_the_shape_is_told_of_all_operations_and_none_is_done() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = editor.creates(site.article().await).await;
    let before = kept(&site);
    let operations = [
        creates(an_article()),
        json!({ "op": "create", "id": article.id, "article": { "title": 7, "titel": "a", "image": {} } }),
        json!({ "op": "patch", "article": { "tags": [""] }, "if_match": "v1-r1" }),
        patches(&article, json!({ "title": "" , "views": 3 })),
        json!({ "op": "transition", "id": article.id, "input": { "comment": 1, "reason": "a" }, "article": {} }),
        json!({ "op": "delete", "id": article.id, "input": { "comment": "a" }, "transition": "submit" }),
        json!({ "op": "create" }),
    ];

    for atomic in [true, false] {
        let answer = sends(&editor, atomic, operations.clone()).await;
        answer.is_problem(422, "validation_failed");
        let expected = [
            "/operations/1/article/image/media_id required",
            "/operations/1/article/titel unknown_field",
            "/operations/1/article/title wrong_type",
            "/operations/1/id not_applicable",
            "/operations/2/article/tags/0 too_short",
            "/operations/2/id required",
            "/operations/2/if_match invalid_format",
            "/operations/3/article/title too_short",
            "/operations/3/article/views unknown_field",
            "/operations/4/article not_applicable",
            "/operations/4/input/comment wrong_type",
            "/operations/4/input/reason unknown_field",
            "/operations/4/transition required",
            "/operations/5/input/comment unknown_field",
            "/operations/5/transition not_applicable",
            "/operations/6/article required",
        ];
        assert_eq!(answer.errors(), expected, "{:#}", answer.body);
    }
    for (body, error) in [
        (batch(true, vec![creates(an_article()); 101]), "/operations too_many"),
        (json!({ "operations": [] }), "/atomic required"),
        (json!({ "atomic": true, "operations": [], "all": 1 }), "/all unknown_field"),
        (json!({ "atomic": true, "operations": [{ "op": "purge" }] }), "/operations/0/op not_allowed"),
        (json!({ "atomic": true, "operations": [{ "op": "create", "etag": "" }] }), "/operations/0/etag unknown_field"),
    ] {
        let answer = editor.post("/articles:batch", &body).await;
        assert_eq!(answer.is_problem(422, "validation_failed").errors(), [error]);
    }
    assert_eq!(kept(&site), before);
    assert_eq!(told(&sends(&editor, true, []).await).len(), 0);
    let accountant = site.person([Accountant]).await;
    sends(&accountant, false, []).await.is_problem(403, "forbidden");
}

#[actix_web::test]
async fn operations_that_name_the_same_copy_follow_each_other_and_pass_nobody_over() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    for atomic in [true, false] {
        let article = editor.creates(site.article().await).await;
        let three = [
            patches(&article, json!({ "title": "Khác" })),
            patches(&article, json!({ "summary": "Khác" })),
            moves(&article, "submit"),
        ];

        let answer = sends(&editor, atomic, three.clone()).await;

        assert_eq!(told(&answer), ["200", "200", "200"]);
        let last = &answer.rows()[2]["article"];
        assert_eq!(
            (&last["title"], &last["summary"], &last["approval"]),
            (&json!("Khác"), &json!("Khác"), &json!("pending"))
        );
        // What somebody else has left is not what was named.
        let again = sends(&editor, atomic, three).await;
        if atomic {
            assert_eq!(again.is_problem(422, "validation_failed").body["problem"]["code"], "stale_version");
        } else {
            assert_eq!(told(&again), ["412 stale_version"; 3]);
        }
    }
}

/// So many approved articles.
async fn approved(site: &Site, number: usize) -> Vec<Handle> {
    let article = site.article().await;
    let mut approved = Vec::new();
    for _ in 0..number {
        approved.push(site.approved(article.clone()).await);
    }
    approved
}

/// Reads the list at a replica until this moment, and says which numbers of articles it ever had.
async fn numbers(site: &Site, until: Instant) -> Vec<usize> {
    let mut numbers = Vec::new();
    while Instant::now() < until {
        let number = site.get("/api/v1/articles?limit=100").await.is(200).rows().len();
        if numbers.last() != Some(&number) {
            numbers.push(number);
        }
        actix_web::rt::time::sleep(Duration::from_millis(2)).await;
    }
    numbers
}

#[actix_web::test]
async fn what_an_atomic_batch_publishes_becomes_public_in_the_same_instant() {
    let site = Site::start().await;
    let other = site.replica().await;
    let approver = site.person([Approver]).await;
    let (now, later) = (approved(&site, 12).await, approved(&site, 12).await);
    let until = Instant::now() + Duration::from_secs(5);
    let publish = async {
        actix_web::rt::time::sleep(Duration::from_millis(300)).await;
        let answer = sends(&approver, true, now.iter().map(|article| moves(article, "publish"))).await;
        assert_eq!(told(&answer), ["200"; 12]);
        let publish_at = (chrono::Utc::now() + chrono::Duration::milliseconds(1500)).to_rfc3339();
        let at = later.iter().map(|article| {
            let mut operation = moves(article, "publish");
            operation["input"] = json!({ "publish_at": publish_at });
            operation
        });
        assert_eq!(told(&sends(&approver, true, at).await), ["200"; 12]);
    };

    let (here, there, ()) = futures_util::join!(numbers(&site, until), numbers(&other, until), publish);

    assert_eq!((here, there), (vec![0, 12, 24], vec![0, 12, 24]));
    assert_eq!(site.count("(SELECT DISTINCT starts_at FROM publications) AS moments"), 2);
}

#[actix_web::test]
async fn two_batches_over_the_same_articles_never_wait_for_each_other_in_a_circle() {
    let site = Site::start().await;
    let other = site.replica().await;
    let editor = site.person([Editor]).await;
    let mut articles = Vec::new();
    for number in 0..6 {
        articles.push(editor.creates(an_article().titled(&format!("Tin {number}"))).await);
    }
    let (mut won, mut lost) = (0, 0);

    for round in 0..25 {
        let patch = |article: &Handle| patches(article, json!({ "summary": format!("Lần {round}") }));
        let forwards: Vec<Value> = articles.iter().map(patch).collect();
        let backwards: Vec<Value> = forwards.iter().rev().cloned().collect();
        let there = editor.at(&other);
        let (first, second) = futures_util::join!(sends(&editor, true, forwards), sends(&there, true, backwards));
        for answer in [first, second] {
            if answer.status == 200 {
                won += 1;
            } else {
                assert_eq!(answer.is_problem(422, "validation_failed").body["problem"]["code"], "stale_version");
                lost += 1;
            }
        }
        articles = join_all(articles.iter().map(|article| editor.sees(article))).await;
    }

    assert_eq!((won, lost), (25, 25));
    actix_web::rt::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(site.count("pg_stat_database WHERE datname = current_database() AND deadlocks > 0"), 0);
}

#[actix_web::test]
async fn two_batches_that_publish_beside_each_other_do_not_either() {
    let site = Site::start().await;
    let other = site.replica().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let there = approver.at(&other);
    let article = site.article().await;
    let steps = async |who: &Person<'_>, articles: &[Handle], step: &str| {
        let moved = sends(who, true, articles.iter().map(|article| moves(article, step))).await;
        moved.is(200).rows().iter().map(handle).collect::<Vec<_>>()
    };

    for _ in 0..6 {
        let tagged = (0..12).map(|number| match number % 2 {
            0 => creates(article.clone().tagged(["Bão", "Lũ"])),
            _ => creates(article.clone().tagged(["Lũ", "Bão"])),
        });
        let drafts: Vec<_> = sends(&editor, true, tagged).await.is(200).rows().iter().map(handle).collect();
        let approved = steps(&approver, &steps(&editor, &drafts, "submit").await, "approve").await;
        let (some, mut others) = (approved[..6].to_vec(), approved[6..].to_vec());
        others.reverse();
        futures_util::join!(steps(&approver, &some, "publish"), steps(&there, &others, "publish"));
    }

    assert_eq!(site.count("delivery.articles"), 72);
    actix_web::rt::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(site.count("pg_stat_database WHERE datname = current_database() AND deadlocks > 0"), 0);
}

#[actix_web::test]
async fn a_batch_that_gave_way_is_tried_once_more() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let gives_way = || {
        site.sql(
            "DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries;
             CREATE OR REPLACE FUNCTION give_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF nextval('tries') = 2 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
               RETURN NEW; END $$;
             CREATE OR REPLACE TRIGGER give_way BEFORE INSERT ON articles FOR EACH ROW EXECUTE FUNCTION give_way()",
        )
        .unwrap();
    };
    for atomic in [true, false] {
        gives_way();
        let answer = sends(&editor, atomic, [creates(an_article()), creates(an_article())]).await;
        assert_eq!(told(&answer), ["201", "201"]);
    }
    assert_eq!(site.count("articles"), 4);
}

#[actix_web::test]
async fn a_batch_ends_with_the_time_of_a_request() {
    let site = Site::with(|settings| settings.management_timeout = 1).await;
    let editor = site.person([Editor]).await;
    site.sql(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$;
         CREATE TRIGGER dawdle BEFORE INSERT ON articles FOR EACH ROW EXECUTE FUNCTION dawdle()",
    )
    .unwrap();
    let ten = || (0..10).map(|_| creates(an_article()));

    sends(&editor, true, ten()).await.is_problem(503, "unavailable");
    assert_eq!(site.count("articles"), 0);
    let began = Instant::now();
    let answer = sends(&editor, false, ten()).await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let told = told(&answer);
    let made = told.iter().filter(|told| *told == "201").count();
    assert!(made < 4 && told[made..].iter().all(|told| told == "503 unavailable"), "{told:?}");
    // What was given up is undone by then, or soon.
    actix_web::rt::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(site.count("articles"), i64::try_from(made).unwrap());
}

#[actix_web::test]
async fn a_batch_with_a_key_is_done_once() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    for atomic in [true, false] {
        let two = batch(atomic, [creates(an_article()), creates(json!({ "category": "khong-co" }))]);
        let key = format!("lo-{atomic}");
        let first = post(&editor, &key, "/articles:batch", &two).await;
        is_repeated(&post(&editor, &key, "/articles:batch", &two).await, &first);
        assert_eq!(site.count("articles"), i64::from(!atomic));
    }
}

#[actix_web::test]
async fn pictures_inside_bodies_come_with_the_batch_that_is_kept() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let picture = format!("<p>a</p><img src=\"data:image/png;base64,{}\">", STANDARD.encode(png(40, 30)));
    let with_picture = creates(an_article().with("body", picture));
    let refused = creates(json!({ "category": "khong-co" }));

    sends(&editor, true, [with_picture.clone(), refused]).await.is_problem(422, "validation_failed");
    assert_eq!((site.count("media"), site.count("articles")), (0, 0));
    let answer = sends(&editor, true, [with_picture]).await;
    assert_eq!(answer.is(200).rows()[0]["meta"]["uploaded"].as_array().unwrap().len(), 1);
    assert_eq!((site.count("media"), site.count("articles")), (1, 1));
}

#[actix_web::test]
async fn a_hundred_publications_cost_what_each_does() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let article = site.article().await;
    let made =
        sends(&editor, true, (0..100).map(|number| creates(article.clone().titled(&format!("Tin {number}"))))).await;
    let drafts: Vec<Handle> = made.is(200).rows().iter().map(handle).collect();
    let submitted = sends(&editor, true, drafts.iter().map(|draft| moves(draft, "submit"))).await;
    let pending: Vec<Handle> = submitted.is(200).rows().iter().map(handle).collect();
    let reviewed = sends(&approver, true, pending.iter().map(|it| moves(it, "approve"))).await;
    let approved: Vec<Handle> = reviewed.is(200).rows().iter().map(handle).collect();
    let cost = async |number: std::ops::Range<usize>| {
        let (before, began) = (site.app.newsroom.statements(), Instant::now());
        sends(&approver, true, approved[number].iter().map(|it| moves(it, "publish"))).await.is(200);
        eprintln!("published in {:?}", began.elapsed());
        site.app.newsroom.statements() - before
    };

    let (one, two, many) = (cost(0..1).await, cost(1..3).await, cost(3..100).await);

    let each = two - one;
    assert!(each <= 20, "each costs {each}");
    assert_eq!(many, one + 96 * each);
}
