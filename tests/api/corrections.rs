//! Corrections: what was wrong in what was public is told with the publication that puts it right, and never before it.

use chrono::{DateTime, Duration, Utc};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{self, Approve, Publish, Recall, Reject, Submit, Unpublish, Unschedule};

use crate::support::{Admin, Answer, Approver, Editor, Person, Site, in_minutes, person::Handle};

const NOTE: &str = "Bản trước ghi sai ngày tiếp công dân: đúng là ngày 15.";

/// A new version with this title, edited and approved by others.
pub async fn revised(site: &Site, article: &Handle, title: &str) -> Handle {
    let editor = site.person([Editor]).await;
    let edited = editor.edits(&editor.sees(article).await, json!({ "title": title })).await;
    site.person([Approver]).await.approves(&editor.does(Submit, &edited).await).await
}

/// A live article whose second version corrects the first.
async fn corrected(site: &Site, approver: &Person<'_>) -> Handle {
    let live = site.live(site.article().await).await;
    approver.publishes_with(&revised(site, &live, "Đã sửa").await, json!({ "correction": NOTE })).await
}

/// What corrections an article or a card shows, newest first.
fn notes(shown: &Value) -> Vec<&str> {
    shown["corrections"].as_array().unwrap().iter().map(|one| one["note"].as_str().unwrap()).collect()
}

/// All that anybody is told of an article.
async fn told(site: &Site, article: &Handle) -> Vec<Answer> {
    let mut answers = Vec::new();
    for path in [
        &format!("articles/{}", article.id),
        &format!("articles/{}", article.slug()),
        &format!("articles/{}/related", article.id),
        &format!("articles/{}/others", article.id),
        "articles",
        "articles?q=tiep",
        "articles?fields=id,corrections",
        "most-viewed?period=all",
    ] {
        answers.push(site.get(&format!("/api/v1/{path}")).await);
    }
    answers
}

#[actix_web::test]
async fn a_correction_is_told_with_the_version_that_makes_it_and_with_all_later_ones() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;

    let second = corrected(&site, &approver).await;

    let public = site.public(&second).await;
    let told = json!([{ "at": second.field("last_published_at"), "note": NOTE }]);
    assert_eq!((&public.data()["title"], &public.data()["corrections"]), (&json!("Đã sửa"), &told));
    assert_eq!(second.field("corrections"), &told);
    for list in ["", "?q=da+sua", "?fields=id,corrections"] {
        let list = site.get(&format!("/api/v1/articles{list}")).await;
        assert_eq!(list.is(200).rows()[0]["corrections"], told);
    }

    let third = approver.publishes(&revised(&site, &second, "Bản ba").await).await;
    assert_eq!(site.public(&third).await.data()["corrections"], told);

    let again = json!({ "correction": "Lại sai" });
    let fourth = approver.publishes_with(&revised(&site, &third, "Bản bốn").await, again).await;
    assert_eq!(notes(site.public(&fourth).await.data()), ["Lại sai", NOTE]);
}

#[actix_web::test]
async fn corrections_outlast_a_withdrawal() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let withdrawn = approver.does(Unpublish, &corrected(&site, &approver).await).await;
    assert_eq!(notes(&withdrawn.data), [NOTE]);

    let again = approver.publishes_with(&withdrawn, json!({ "correction": "Đăng lại" })).await;

    assert_eq!(notes(site.public(&again).await.data()), ["Đăng lại", NOTE]);
}

#[actix_web::test]
async fn a_correction_that_lies_ahead_is_told_to_nobody_outside_before_its_time() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    site.live(site.article().await.with("related", json!([live.id]))).await;
    site.post(&format!("/api/v1/articles/{}/views", live.id), &json!({})).await.is(200);
    site.views_are_written().await;
    let at = in_minutes(30);
    let input = json!({ "correction": NOTE, "publish_at": at });

    let ahead = approver.publishes_with(&revised(&site, &live, "Đã sửa").await, input).await;

    assert_eq!((&ahead.field("scheduled")["correction"], notes(&ahead.data)), (&json!(NOTE), vec![]));
    let preview = approver.post(&format!("/articles/{}/preview", live.id), &json!({})).await;
    let preview = site.get(preview.is(201).data()["url"].as_str().unwrap()).await;
    assert_eq!(notes(preview.is(200).data()), [""; 0], "a preview shows what is public of them");
    for answer in told(&site, &live).await {
        assert!(!answer.is(200).body.to_string().contains(NOTE), "{:#}", answer.body);
    }

    site.time_passes(Duration::minutes(31));

    let public = site.public(&live).await;
    let moment = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert_eq!(notes(public.data()), [NOTE]);
    assert_eq!(moment(&public.data()["corrections"][0]["at"]), moment(&ahead.field("scheduled")["at"]));
    let telling = told(&site, &live).await.iter().filter(|answer| answer.body.to_string().contains(NOTE)).count();
    assert_eq!(telling, 6, "everywhere but among what is beside it");
}

#[actix_web::test]
async fn a_correction_that_is_called_off_is_never_told() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    let ahead = json!({ "correction": "Gọi lại", "publish_at": in_minutes(30) });
    let called_off = approver.publishes_with(&revised(&site, &live, "Hai").await, ahead.clone()).await;
    let back = approver.does(Unschedule, &called_off).await;
    let replaced = approver.publishes_with(&back, ahead).await;

    let now = approver.publishes_with(&replaced, json!({ "correction": NOTE })).await;

    assert_eq!((now.field("scheduled"), notes(&now.data)), (&Value::Null, vec![NOTE]));
    site.time_passes(Duration::minutes(31));
    assert_eq!(notes(site.public(&live).await.data()), [NOTE]);
}

#[actix_web::test]
async fn where_nothing_was_public_there_is_nothing_to_correct() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;
    for input in [json!({ "correction": NOTE }), json!({ "correction": NOTE, "publish_at": in_minutes(30) })] {
        let refusal = approver.tries_with(Publish, &approved, input).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/correction nothing_to_correct"]);
    }

    let scheduled = approver.publishes_with(&approved, json!({ "publish_at": in_minutes(30) })).await;
    let refusal = approver.tries_with(Publish, &scheduled, json!({ "correction": NOTE })).await;
    assert_eq!(refusal.errors(), ["/correction nothing_to_correct"], "what lies ahead was not public");
    site.time_passes(Duration::minutes(31));
    approver.publishes_with(&approver.sees(&scheduled).await, json!({ "correction": NOTE })).await;
}

#[actix_web::test]
async fn a_correction_is_a_line_of_plain_text() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    for (note, error) in [
        (String::new(), "/correction too_short"),
        (" \n\u{200b}".to_owned(), "/correction too_short"),
        ("đ".repeat(1001), "/correction too_long"),
        ("<b>Sai</b>".to_owned(), "/correction markup"),
    ] {
        let refusal = approver.tries_with(Publish, &live, json!({ "correction": note })).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [error]);
    }
    let refusal = approver.tries_with(Publish, &live, json!({ "correction": 7 })).await;
    assert_eq!(refusal.errors(), ["/correction wrong_type"]);

    let long = "ế".repeat(1000);
    let decomposed = "e\u{302}\u{301}".repeat(1000);
    let mut latest = approver.publishes_with(&live, json!({ "correction": decomposed })).await;
    assert_eq!(notes(&latest.data), [&long]);
    for (sent, kept) in [(" Một\n\tdòng ", "Một dòng"), ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"), ("\"]}", "\"]}")] {
        latest = approver.publishes_with(&latest, json!({ "correction": sent })).await;
        assert_eq!(notes(site.public(&latest).await.is(200).data())[0], kept);
    }
}

#[actix_web::test]
async fn what_only_a_publication_can_carry_is_refused_elsewhere() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let draft = editor.creates(site.article().await).await;
    let pending = editor.submits(site.article().await).await;
    let live = site.live(site.article().await).await;
    let ahead = approver.publishes_with(&live, json!({ "publish_at": in_minutes(30) })).await;
    let cases: [(&Person<'_>, Transition, &Handle); 6] = [
        (&editor, Submit, &draft),
        (&editor, Recall, &pending),
        (&approver, Approve, &pending),
        (&approver, Reject, &pending),
        (&approver, Unschedule, &ahead),
        (&approver, Unpublish, &ahead),
    ];
    for (who, step, article) in cases {
        let input = json!({ "comment": "Vì", "correction": NOTE, "urgent_until": in_minutes(9) });
        let refusal = who.tries_with(step, article, input).await;
        assert_eq!(
            refusal.is_problem(422, "validation_failed").errors(),
            ["/correction not_applicable", "/urgent_until not_applicable"],
            "{step}"
        );
    }
}

#[actix_web::test]
async fn the_history_and_the_event_log_show_corrections() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let corrected = corrected(&site, &approver).await;
    let history = approver.history(&corrected).await;
    assert_eq!((&history[0]["name"], &history[0]["correction"]), (&json!("publish"), &json!(NOTE)));
    assert_eq!(history[1]["correction"], Value::Null);

    let later = json!({ "correction": "Sau này", "publish_at": in_minutes(30) });
    approver.publishes_with(&corrected, later).await;

    let admin = site.person([Admin]).await;
    for (kind, note) in [("article.updated", NOTE), ("article.scheduled", "Sau này")] {
        let events = admin.get(&format!("/audit?action={kind}")).await;
        assert_eq!(events.is(200).rows()[0]["data"]["correction"], note, "{kind}");
    }
}

#[actix_web::test]
async fn a_batch_corrects_and_withdraws_as_single_requests_do() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    let next = revised(&site, &live, "Hai").await;
    let step = |name: &str, input: Value| json!({ "op": "transition", "id": next.id, "if_match": next.etag, "transition": name, "input": input });

    let refused = json!({ "atomic": true, "operations": [step("publish", json!({ "notice": "Sai" }))] });
    let refused = approver.post("/articles:batch", &refused).await;
    refused.is_problem(422, "validation_failed");

    let operations =
        [step("publish", json!({ "correction": NOTE })), step("unpublish", json!({ "notice": "Thu hồi" }))];
    let done = approver.post("/articles:batch", &json!({ "atomic": true, "operations": operations })).await;

    let rows = done.is(200).rows();
    assert_eq!((notes(&rows[0]["article"]), &rows[1]["article"]["notice"]), (vec![NOTE], &json!("Thu hồi")));
    assert_eq!(site.public(&live).await.is_problem(410, "gone").body["notice"], "Thu hồi");
}

#[actix_web::test]
async fn cards_from_before_corrections_were_known_show_them_all_the_same() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let corrected = corrected(&site, &approver).await;
    let shown = site.public(&corrected).await.data().clone();
    site.sql("UPDATE published_articles SET shown = NULL, tags = NULL, shown_rules = 0").unwrap();
    site.app.freshness.ask();
    assert_eq!(site.public(&corrected).await.data(), &shown);

    assert_eq!(site.transaction(tintuc::card::renew), 1);

    assert_eq!(site.public(&corrected).await.data(), &shown);
    assert_eq!(
        site.count(&format!("published_articles WHERE shown::jsonb -> 'corrections' -> 0 ->> 'note' = '{NOTE}'")),
        1
    );
}

/// Something that happens to an article.
#[derive(Clone, Debug)]
enum Deed {
    Publish {
        corrects: bool,
    },
    Schedule {
        corrects: bool,
    },
    Unschedule,
    Withdraw {
        notice: bool,
    },
    /// What lies ahead begins.
    Wait,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        3 => any::<bool>().prop_map(|corrects| Deed::Publish { corrects }),
        3 => any::<bool>().prop_map(|corrects| Deed::Schedule { corrects }),
        1 => Just(Deed::Unschedule),
        2 => any::<bool>().prop_map(|notice| Deed::Withdraw { notice }),
        2 => Just(Deed::Wait),
    ];
    prop::collection::vec(deed, 1..12)
}

/// What has to be told of an article, by the rules alone.
#[derive(Default)]
struct Expected {
    was_public: bool,
    live: bool,
    told: Vec<String>,
    notice: Option<String>,
    ahead: Option<Option<String>>,
}

impl Expected {
    fn begins(&mut self, correction: Option<String>) {
        (self.was_public, self.live, self.notice) = (true, true, None);
        self.told.extend(correction);
    }
}

/// Does it all to one article, and holds what readers are told after each deed against the rules.
async fn carry_out(site: &Site, approver: &Person<'_>, deeds: Vec<Deed>, passed: &mut i64) {
    let mut article = site.approved(crate::support::an_article().filed_under("thong-bao")).await;
    let mut expected = Expected::default();
    for (number, deed) in deeds.into_iter().enumerate() {
        let note = format!("Đính chính số {number}");
        match deed {
            Deed::Publish { corrects } => {
                let correction = (corrects && expected.was_public).then_some(note);
                article = approver.publishes_with(&article, json!({ "correction": correction })).await;
                expected.ahead = None;
                expected.begins(correction);
            }
            Deed::Schedule { corrects } => {
                let correction = (corrects && expected.was_public).then_some(note);
                let input = json!({ "correction": correction, "publish_at": in_minutes(*passed + 30) });
                article = approver.publishes_with(&article, input).await;
                expected.ahead = Some(correction);
            }
            Deed::Unschedule if expected.ahead.is_some() => {
                article = approver.does(Unschedule, &article).await;
                expected.ahead = None;
            }
            Deed::Withdraw { notice } if expected.live => {
                let notice = notice.then_some(note);
                let answer = approver.tries_with(Unpublish, &article, json!({ "notice": notice })).await;
                article = Handle::of(answer.is(200));
                (expected.live, expected.notice, expected.ahead) = (false, notice, None);
            }
            Deed::Wait => {
                *passed += 31;
                site.time_passes(Duration::minutes(*passed));
                if let Some(correction) = expected.ahead.take() {
                    expected.begins(correction);
                }
                article = approver.sees(&article).await;
            }
            Deed::Unschedule | Deed::Withdraw { .. } => continue,
        }
        let newest_first: Vec<&str> = expected.told.iter().rev().map(String::as_str).collect();
        assert_eq!(notes(&article.data), newest_first, "as editors see it");
        let public = site.public(&article).await;
        match (&expected.notice, expected.live) {
            (_, true) => assert_eq!(notes(public.is(200).data()), newest_first),
            (Some(notice), _) => assert_eq!(public.is_problem(410, "gone").body["notice"], json!(notice)),
            _ => drop(public.is_problem(404, "not_found")),
        }
    }
}

#[actix_web::test]
async fn whatever_is_published_and_taken_back_readers_are_told_of_what_was_put_right_in_public_and_of_no_more() {
    let site = Site::start().await;
    site.category("Thông báo").await;
    let approver = site.person([Approver]).await;
    let (mut runner, mut passed) = (TestRunner::deterministic(), 0);
    for _ in 0..12 {
        let deeds = deeds().new_tree(&mut runner).expect("some deeds").current();
        carry_out(&site, &approver, deeds, &mut passed).await;
    }
}
