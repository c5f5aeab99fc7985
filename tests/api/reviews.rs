//! Reviews in stages: who decides which, in what order, and that no review is stranded.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Approve, Recall, Reject, Submit};

use crate::support::{Admin, Answer, Approver, Author, Editor, Person, Site, an_article, person::Handle};

/// Tries to say through which stages reviews go in a category.
async fn tries_to_set(site: &Site, admin: &Person<'_>, category: &str, stages: Value) -> Answer {
    let found = admin.get("/categories").await;
    let found = found.rows().iter().find(|row| row["slug"] == category).expect("a category");
    let path = format!("/categories/{}/review", found["id"].as_str().unwrap());
    site.send(admin.request(Method::PUT, &path).json(&json!({ "stages": stages }))).await
}

async fn sets(site: &Site, admin: &Person<'_>, category: &str, stages: Value) -> Value {
    tries_to_set(site, admin, category, stages).await.is(200).data().clone()
}

/// By editors, then a person, then approvers.
fn three(person: &Person<'_>) -> Value {
    json!([
        { "name": "Biên tập", "role": "editor", "due_in_hours": 4 },
        { "name": "Pháp chế", "users": [person.id] },
        { "name": "Lãnh đạo", "role": "approver", "due_in_hours": 24 },
    ])
}

/// A site on which articles of one category go through three stages, and one of them, submitted.
struct Newsroom<'a> {
    admin: Person<'a>,
    author: Person<'a>,
    editor: Person<'a>,
    lawyer: Person<'a>,
    leader: Person<'a>,
    category: String,
    article: Handle,
}

impl<'a> Newsroom<'a> {
    async fn of(site: &'a Site) -> Self {
        let category = site.category("Thông báo").await;
        let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
        let (editor, lawyer) = (site.person([Editor]).await, site.person([Editor]).await);
        let leader = site.person([Approver]).await;
        sets(site, &admin, &category, three(&lawyer)).await;
        let article = author.submits(an_article().filed_under(&category)).await;
        Self { admin, author, editor, lawyer, leader, category, article }
    }
}

/// A person's claim on an article, or its end.
async fn claims(site: &Site, person: &Person<'_>, method: Method, article: &Handle) -> Answer {
    site.send(person.request(method, &format!("/articles/{}/claim", article.id))).await
}

#[actix_web::test]
async fn an_article_passes_three_stages_by_three_people() {
    let site = Site::start().await;
    let Newsroom { author, editor, lawyer, leader, article, .. } = Newsroom::of(&site).await;
    assert_eq!(article.field("review")["stage"], 0);
    assert_eq!(article.field("review")["stages"][1]["users"][0]["id"], json!(lawyer.id));
    assert!(article.field("review")["stages"][0]["due_at"].is_string());
    assert!(article.field("review")["stages"][2]["due_at"].is_null(), "it has not begun");

    leader.tries(Approve, &article).await.is_problem(403, "forbidden");
    let second = editor.approves(&article).await;
    assert_eq!((second.field("approval"), &second.field("review")["stage"]), (&json!("pending"), &json!(1)));
    assert_eq!(second.field("review")["stages"][0]["decided_by"]["id"], json!(editor.id));
    leader.tries(Approve, &second).await.is_problem(403, "forbidden");
    editor.tries(Approve, &second).await.is_problem(403, "forbidden");
    let third = lawyer.approves(&second).await;
    author.tries(Approve, &third).await.is_problem(403, "forbidden");
    let approved = leader.approves(&third).await;

    assert_eq!((approved.field("approval"), approved.field("review")), (&json!("approved"), &Value::Null));
    let history = author.history(&approved).await;
    let told: Vec<String> = history
        .iter()
        .map(|entry| format!("{} {} {} {}", entry["name"], entry["stage"], entry["from"], entry["to"]).replace('"', ""))
        .collect();
    assert_eq!(
        told,
        [
            "approve Lãnh đạo pending approved",
            "approve Pháp chế pending pending",
            "approve Biên tập pending pending",
            "submit null draft pending",
        ]
    );
    assert_eq!(
        site.events(&approved)[1..],
        ["article.submitted", "article.passed", "article.passed", "article.approved"]
    );
    leader.publishes(&approved).await;
    site.public(&approved).await.is(200);
}

#[actix_web::test]
async fn nobody_decides_two_stages_of_one_review() {
    let site = Site::start().await;
    let Newsroom { admin, article, .. } = Newsroom::of(&site).await;
    let second = admin.approves(&article).await;

    admin.tries(Approve, &second).await.is_problem(403, "four_eyes");
    admin.tries_with(Reject, &second, json!({ "comment": "Thiếu" })).await.is_problem(403, "four_eyes");

    let seen = admin.sees(&second).await;
    let blocked = seen.field("blocked_transitions").as_array().unwrap();
    assert!(blocked.iter().any(|blocked| blocked["name"] == "approve" && blocked["code"] == "four_eyes"));
    let twice = format!(
        "INSERT INTO transitions (article_id, version, name, from_approval, to_approval, actor_id, at, review_id) \
         SELECT article_id, version, name, from_approval, to_approval, actor_id, at, review_id FROM transitions \
          WHERE article_id = '{}' AND name = 'approve'",
        article.id
    );
    assert!(site.sql(&twice).unwrap_err().to_string().contains("transitions_decided_once"));
}

#[actix_web::test]
async fn whoever_may_override_decides_twice_and_it_is_told() {
    let site = Site::start().await;
    let Newsroom { admin, article, .. } = Newsroom::of(&site).await;
    let grant = format!("INSERT INTO user_permissions VALUES ('{}', 'four_eyes_override')", admin.id);
    site.sql(&grant).unwrap();
    let second = admin.approves(&article).await;
    let overriding = json!({ "override": true, "comment": "Khẩn, trực một mình" });

    let third = Handle::of(admin.tries_with(Approve, &second, overriding).await.is(200));

    assert_eq!(third.field("review")["stage"], 2);
    assert_eq!(admin.history(&third).await[0]["overridden"], true);
}

#[actix_web::test]
async fn nobody_decides_a_stage_of_what_they_edited() {
    let site = Site::start().await;
    let Newsroom { editor, lawyer, author, article, .. } = Newsroom::of(&site).await;
    let edited = lawyer.edits(&author.does(Recall, &article).await, json!({ "summary": "Ngày 20" })).await;
    let second = editor.approves(&author.does(Submit, &edited).await).await;

    lawyer.tries(Approve, &second).await.is_problem(403, "four_eyes");
}

#[actix_web::test]
async fn a_rejection_at_any_stage_sends_it_back_and_the_next_review_begins_anew() {
    let site = Site::start().await;
    let Newsroom { author, editor, lawyer, leader, article, .. } = Newsroom::of(&site).await;
    let third = lawyer.approves(&editor.approves(&article).await).await;
    editor.tries_with(Reject, &third, json!({ "comment": "Thiếu" })).await.is_problem(403, "forbidden");

    let rejected = leader.tries_with(Reject, &third, json!({ "comment": "Thiếu căn cứ" })).await;
    let rejected = Handle::of(rejected.is(200));

    assert_eq!((rejected.field("approval"), rejected.field("review")), (&json!("rejected"), &Value::Null));
    assert_eq!(author.history(&rejected).await[0]["stage"], "Lãnh đạo");
    let again = author.does(Submit, &rejected).await;
    assert_eq!(again.field("review")["stage"], 0);
    leader.approves(&lawyer.approves(&editor.approves(&again).await).await).await;
}

#[actix_web::test]
async fn stages_that_change_meanwhile_are_for_the_next_review() {
    let site = Site::start().await;
    let Newsroom { admin, author, editor, lawyer, leader, category, article } = Newsroom::of(&site).await;
    let second = editor.approves(&article).await;

    sets(&site, &admin, &category, json!([{ "name": "Một bước", "role": "approver" }])).await;

    let third = lawyer.approves(&second).await;
    let approved = leader.approves(&third).await;
    let edited = author.edits(&approved, json!({ "summary": "Ngày 20" })).await;
    let submitted = author.does(Submit, &edited).await;
    assert_eq!(submitted.field("review")["stages"].as_array().unwrap().len(), 1);
    assert_eq!(leader.approves(&submitted).await.field("approval"), "approved");
}

#[actix_web::test]
async fn a_category_has_the_stages_of_the_one_above_until_it_says_otherwise() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let above = site.category("Tin tức").await;
    let below = site.category_below("Tin khẩn", Some(&above)).await;
    let author = site.person([Author]).await;
    let stages_of = async |category: &str| {
        let submitted = author.submits(an_article().filed_under(category)).await;
        let stages = submitted.field("review")["stages"].as_array().unwrap().clone();
        stages.iter().map(|stage| stage["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(stages_of(&below).await, "Phê duyệt");

    let said =
        sets(&site, &admin, &above, json!([{ "name": "Ban", "role": "editor" }, { "name": "Sở", "role": "approver" }]))
            .await;
    assert_eq!((&said["from"]["slug"], &said["stages"][0]["name"]), (&json!(above), &json!("Ban")));
    assert_eq!(stages_of(&below).await, "Ban, Sở");

    sets(&site, &admin, &below, json!([{ "name": "Trực ban", "role": "approver" }])).await;
    assert_eq!(stages_of(&below).await, "Trực ban");

    let said = sets(&site, &admin, &below, Value::Null).await;
    assert_eq!((&said["stages"], &said["from"]["slug"]), (&Value::Null, &json!(above)));
    assert_eq!(stages_of(&below).await, "Ban, Sở");
}

#[actix_web::test]
async fn a_stage_whose_people_are_gone_is_decided_by_an_administrator() {
    let site = Site::start().await;
    let Newsroom { admin, author, editor, lawyer, article, .. } = Newsroom::of(&site).await;
    let second = editor.approves(&article).await;
    site.disable(&lawyer);

    let third = admin.approves(&second).await;

    assert_eq!(third.field("review")["stage"], 2);
    // And its author takes it back, whatever stage it is at.
    assert_eq!(author.does(Recall, &third).await.field("approval"), "draft");
}

#[actix_web::test]
async fn an_article_that_is_moved_meanwhile_is_reviewed_where_it_is_then() {
    let site = Site::start().await;
    let Newsroom { author, editor, leader, article, .. } = Newsroom::of(&site).await;
    let elsewhere = site.category("Văn hóa").await;
    let second = editor.approves(&article).await;

    let moved = author.edits(&second, json!({ "category": elsewhere })).await;

    assert_eq!((moved.field("approval"), moved.field("review")), (&json!("draft"), &Value::Null));
    let submitted = author.does(Submit, &moved).await;
    assert_eq!(leader.approves(&submitted).await.field("approval"), "approved");
}

#[actix_web::test]
async fn what_an_earlier_release_submitted_is_decided_by_approvers() {
    let site = Site::start().await;
    let Newsroom { editor, leader, article, .. } = Newsroom::of(&site).await;
    site.sql("UPDATE articles SET review = NULL").unwrap();

    editor.tries(Approve, &article).await.is_problem(403, "forbidden");

    let seen = leader.sees(&article).await;
    let stages = seen.field("review")["stages"].as_array().unwrap();
    assert_eq!((stages.len(), &stages[0]["name"]), (1, &json!("Phê duyệt")));
    // The statements of lists know as much.
    assert_eq!(leader.get("/articles?stage=Phê duyệt").await.rows().len(), 1);
    assert_eq!(leader.get("/inbox").await.rows().len(), 1);
    assert!(editor.get("/inbox").await.rows().is_empty());
    assert_eq!(leader.approves(&article).await.field("approval"), "approved");
}

#[actix_web::test]
async fn a_key_decides_by_its_role_and_not_because_its_maker_is_named() {
    let site = Site::start().await;
    let Newsroom { editor, lawyer, article, .. } = Newsroom::of(&site).await;
    let program = editor.makes_a_key(json!({ "name": "Trợ lý", "grants": [{ "role": "editor" }] })).await;
    let second = program.approves(&article).await;
    let program = lawyer.makes_a_key(json!({ "name": "Trợ lý", "grants": [{ "role": "editor" }] })).await;

    program.tries(Approve, &second).await.is_problem(403, "forbidden");
}

#[actix_web::test]
async fn the_database_lets_nobody_skip_a_stage() {
    let site = Site::start().await;
    let Newsroom { editor, article, .. } = Newsroom::of(&site).await;
    editor.approves(&article).await;
    let insert = |to: &str| {
        format!(
            "INSERT INTO transitions (article_id, version, name, from_approval, to_approval, actor_id, at) \
             SELECT id, 1, 'approve', 'pending', '{to}', created_by, now() FROM articles"
        )
    };

    let skipping = site.sql(&insert("approved")).unwrap_err();
    let publishing = site.sql(
        "INSERT INTO publications (id, article_id, version, approval_id, starts_at) \
         SELECT gen_random_uuid(), article_id, version, id, now() FROM transitions WHERE name = 'approve'",
    );

    assert!(skipping.to_string().contains("after its last stage"), "{skipping}");
    assert!(publishing.unwrap_err().to_string().contains("rests on a whole review"));
}

#[actix_web::test]
async fn whoever_is_at_a_review_says_so_and_nobody_else_does() {
    let site = Site::start().await;
    let Newsroom { admin, author, editor, lawyer, leader, article, .. } = Newsroom::of(&site).await;

    let claimed = claims(&site, &editor, Method::POST, &article).await;

    assert_eq!(claimed.is(200).data()["review"]["claimed_by"]["id"], json!(editor.id));
    assert_eq!(claimed.header("etag"), article.etag, "it is no step");
    claims(&site, &editor, Method::POST, &article).await.is(200);
    claims(&site, &lawyer, Method::POST, &article).await.is_problem(409, "conflict");
    claims(&site, &leader, Method::POST, &article).await.is_problem(403, "forbidden");
    claims(&site, &lawyer, Method::DELETE, &article).await.is_problem(403, "forbidden");
    claims(&site, &author, Method::POST, &article).await.is_problem(403, "forbidden");
    // It is no lock.
    let second = lawyer.approves(&article).await;
    assert_eq!(second.field("review")["claimed_by"], Value::Null, "the next stage is nobody's yet");
    claims(&site, &lawyer, Method::POST, &second).await.is_problem(403, "four_eyes");
    let draft = author.does(Recall, &second).await;
    claims(&site, &admin, Method::POST, &draft).await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn an_administrator_ends_the_claim_of_somebody_who_is_away() {
    let site = Site::start().await;
    let Newsroom { admin, editor, lawyer, article, .. } = Newsroom::of(&site).await;
    claims(&site, &editor, Method::POST, &article).await.is(200);

    let released = claims(&site, &admin, Method::DELETE, &article).await;

    assert_eq!(released.is(200).data()["review"]["claimed_by"], Value::Null);
    claims(&site, &lawyer, Method::POST, &article).await.is(200);
    assert_eq!(site.events(&article)[2..], ["article.claimed", "article.released", "article.claimed"]);
}

#[actix_web::test]
async fn who_reads_an_article_comments_on_it_and_decides_nothing() {
    let site = Site::start().await;
    let Newsroom { author, lawyer, article, .. } = Newsroom::of(&site).await;
    let path = format!("/articles/{}/comments", article.id);

    let comment = lawyer.post(&path, &json!({ "text": "  Cần dẫn nguồn  " })).await;
    author.post(&path, &json!({ "text": "Đã bổ sung" })).await.is(201);

    assert_eq!(comment.is(201).data()["text"], "Cần dẫn nguồn");
    let comments = author.get(&format!("{path}?limit=1")).await;
    assert_eq!(comments.is(200).rows()[0]["text"], "Đã bổ sung");
    let next = comments.next().unwrap().strip_prefix("/api/v1/manage").unwrap().to_owned();
    let last = author.get(&next).await;
    assert_eq!(last.rows()[0]["author"]["id"], json!(lawyer.id));
    assert_eq!((last.rows()[0]["version"].clone(), last.next()), (json!(1), None));
    assert_eq!(author.sees(&article).await.etag, article.etag);
    lawyer.post(&path, &json!({ "text": " " })).await.is_problem(422, "validation_failed");
    site.person([Author]).await.post(&path, &json!({ "text": "Tò mò" })).await.is_problem(404, "not_found");
    assert!(site.sql("UPDATE article_comments SET text = 'khác'").is_err());
}

#[actix_web::test]
async fn stages_that_nobody_could_decide_are_refused() {
    let site = Site::start().await;
    let Newsroom { admin, author, lawyer, category, .. } = Newsroom::of(&site).await;
    let gone = site.person([Editor]).await;
    site.disable(&gone);

    let refusal = tries_to_set(
        &site,
        &admin,
        &category,
        json!([
            { "name": "Không ai" },
            { "name": "Tác giả", "role": "author" },
            { "name": "Ai đó", "users": [author.id, gone.id, lawyer.id, lawyer.id] },
            { "name": "Ai đó", "role": "approver" },
            { "name": " ", "role": "approver" },
        ]),
    )
    .await;

    refusal.is_problem(422, "validation_failed");
    assert_eq!(
        refusal.errors(),
        [
            "/stages/0 nobody",
            "/stages/1/role nobody",
            "/stages/2/users/0 unknown",
            "/stages/2/users/1 unknown",
            "/stages/2/users/3 repeated",
            "/stages/3/name repeated",
            "/stages/4/name too_short",
        ]
    );
    tries_to_set(&site, &admin, &category, json!([])).await.is_problem(422, "validation_failed");
    let stages = admin.get("/categories").await.rows()[0]["id"].as_str().unwrap().to_owned();
    let stages = admin.get(&format!("/categories/{stages}/review")).await;
    assert_eq!(stages.is(200).data()["stages"].as_array().unwrap().len(), 3, "those of before");
}

#[actix_web::test]
async fn stages_are_set_by_administrators_of_the_category_who_may_say_which_they_mean() {
    let site = Site::start().await;
    let Newsroom { admin, editor, category, .. } = Newsroom::of(&site).await;
    let stages = json!([{ "name": "Một bước", "role": "approver" }]);
    tries_to_set(&site, &editor, &category, stages.clone()).await.is_problem(403, "forbidden");
    let id = admin.get("/categories").await.rows()[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/categories/{id}/review");
    let etag = admin.get(&path).await.header("etag");
    let put = |tag: &str, stages: &Value| {
        site.send(admin.request(Method::PUT, &path).header("If-Match", tag).json(&json!({ "stages": stages })))
    };

    let changed = put(&etag, &stages).await;

    changed.is(200);
    put(&etag, &json!(null)).await.is_problem(412, "stale_version");
    // What says nothing new is no change.
    assert_eq!(put(&changed.header("etag"), &stages).await.header("etag"), changed.header("etag"));
}
