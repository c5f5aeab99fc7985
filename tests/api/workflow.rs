//! The workflow: every step, from where it may be taken, and by whom.

use serde_json::{Value, json};
use strum::IntoEnumIterator;
use tintuc::newsroom::Transition::{self, Approve, Publish, Recall, Reject, Submit, Unpublish};

use crate::support::{
    Accountant, Admin, Approver, Author, Editor, Person, Site, an_article, in_minutes, person::Handle,
};

/// Where an article stands, in its own words.
fn standing(article: &Handle) -> String {
    format!("{} {}", article.field("approval").as_str().unwrap(), article.field("status").as_str().unwrap())
}

/// An article that stands so, as the approver sees it. An expired one is past its time in an hour.
async fn standing_at(site: &Site, approver: &Person<'_>, wanted: &str) -> Handle {
    let author = site.person([Author]).await;
    let draft = author.creates(site.article().await).await;
    if wanted == "draft unpublished" {
        return draft;
    }
    let pending = author.does(Submit, &draft).await;
    if wanted == "rejected unpublished" {
        approver.tries_with(Reject, &pending, json!({ "comment": "Thiếu" })).await.is(200);
    }
    if wanted.ends_with("unpublished") && !wanted.starts_with("approved") {
        return approver.sees(&pending).await;
    }
    let approved = approver.approves(&pending).await;
    match wanted.split_once(' ').unwrap().1 {
        "unpublished" => approved,
        "scheduled" => approver.publishes_with(&approved, json!({ "publish_at": in_minutes(90) })).await,
        "expired" => approver.publishes_with(&approved, json!({ "expires_at": in_minutes(50) })).await,
        "withdrawn" => approver.does(Unpublish, &approver.publishes(&approved).await).await,
        _ if wanted == "draft live" => {
            author.edits(&approver.publishes(&approved).await, json!({ "featured": true })).await
        }
        _ => approver.publishes(&approved).await,
    }
}

#[actix_web::test]
async fn from_each_standing_only_the_steps_of_the_workflow_lead_on() {
    let site = Site::start().await;
    let chief = site.person([Editor, Approver]).await;
    for (wanted, steps) in [
        ("draft unpublished", vec!["submit"]),
        ("pending unpublished", vec!["recall", "approve", "reject"]),
        ("rejected unpublished", vec!["submit"]),
        ("approved unpublished", vec!["publish"]),
        ("approved scheduled", vec!["publish", "unschedule"]),
        ("approved live", vec!["publish", "unpublish"]),
        ("approved withdrawn", vec!["publish"]),
        ("draft live", vec!["submit", "unpublish"]),
        ("approved expired", vec!["publish"]),
    ] {
        let article = standing_at(&site, &chief, wanted).await;
        if wanted.ends_with("expired") {
            site.time_passes(chrono::Duration::hours(1));
        }
        let article = chief.sees(&article).await;
        assert_eq!((standing(&article).as_str(), article.field("allowed_transitions")), (wanted, &json!(steps)));
        for step in Transition::iter().filter(|step| !steps.contains(&<&str>::from(step))) {
            let refusal = chief.tries_with(step, &article, json!({ "comment": "Vì sao" })).await;

            let allowed = &refusal.is_problem(409, "transition_not_allowed").body["allowed_transitions"];
            assert_eq!(allowed, &json!(steps), "{step} from {wanted}");
        }
        assert_eq!(chief.sees(&article).await.etag, article.etag, "what is refused leaves the article alone");
    }
}

#[actix_web::test]
async fn each_step_leads_where_the_workflow_says() {
    let site = Site::start().await;
    let chief = site.person([Editor, Approver]).await;
    for (from, step, to) in [
        ("draft unpublished", Submit, "pending unpublished"),
        ("rejected unpublished", Submit, "pending unpublished"),
        ("pending unpublished", Recall, "draft unpublished"),
        ("pending unpublished", Approve, "approved unpublished"),
        ("pending unpublished", Reject, "rejected unpublished"),
        ("approved unpublished", Publish, "approved live"),
        ("approved scheduled", Publish, "approved live"),
        ("approved scheduled", Transition::Unschedule, "approved unpublished"),
        ("approved live", Publish, "approved live"),
        ("approved live", Unpublish, "approved withdrawn"),
        ("approved withdrawn", Publish, "approved live"),
        ("draft live", Unpublish, "draft withdrawn"),
    ] {
        let before = standing_at(&site, &chief, from).await;

        let answer = chief.tries_with(step, &before, json!({ "comment": "Vì thế" })).await;

        let after = chief.sees(&before).await;
        assert_eq!((standing(&after).as_str(), &after.data), (to, answer.is(200).data()), "{step} from {from}");
        assert_ne!(after.etag, before.etag);
        assert_eq!(after.field("version"), before.field("version"));
        let entry = &chief.history(&before).await[0];
        assert_eq!((&entry["name"], &entry["comment"]), (&json!(step), &json!("Vì thế")));
    }
}

#[actix_web::test]
async fn a_rejection_says_why() {
    let site = Site::start().await;
    let pending = site.person([Author]).await.submits(site.article().await).await;
    let approver = site.person([Approver]).await;

    for input in [json!({}), json!({ "comment": "  " }), json!({ "comment": null })] {
        let refusal = approver.tries_with(Reject, &pending, input).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/comment required"]);
    }
}

#[actix_web::test]
async fn a_submission_is_told_all_that_it_misses() {
    let site = Site::start().await;
    let author = site.person([Editor]).await;
    let picture = json!({ "media_id": site.media("image").await, "alt": " " });
    let pictures = json!({ "image": picture, "description_image": picture });
    let empty = author.edits(&author.creates(an_article()).await, pictures).await;
    let nothing = json!({ "title": null, "body": null, "article_type": null });
    let empty = author.edits(&empty, nothing).await;

    let refusal = author.tries(Submit, &empty).await;

    assert_eq!(
        refusal.is_problem(422, "validation_failed").errors(),
        [
            "/article_type required",
            "/body required",
            "/category required",
            "/description_image/alt required",
            "/image/alt required",
            "/title required",
        ]
    );
    let blocked = &empty.field("blocked_transitions")[0];
    assert_eq!((&blocked["name"], &blocked["code"]), (&json!("submit"), &json!("validation_failed")));
}

#[actix_web::test]
async fn an_external_url_stands_in_for_the_body() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = site.article().await.without("body").with("external_url", "https://congbao.example/12");

    author.submits(article).await;
}

#[actix_web::test]
async fn what_does_not_go_with_a_step_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(site.article().await).await;
    let input = json!({ "publish_at": in_minutes(5), "expires_at": in_minutes(9), "override": true });

    let refusal = author.tries_with(Submit, &draft, input).await;
    let unknown = author.tries_with(Submit, &draft, json!({ "when": "now" })).await;

    let errors = refusal.is_problem(422, "validation_failed").errors();
    assert_eq!(errors, ["/expires_at not_applicable", "/override not_applicable", "/publish_at not_applicable"]);
    assert_eq!(unknown.is_problem(422, "validation_failed").errors(), ["/when unknown_field"]);
}

#[actix_web::test]
async fn a_step_needs_the_entity_tag_of_the_copy_that_is_meant() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(site.article().await).await;
    let path = format!("/articles/{}/transitions/submit", draft.id);
    author.edits(&draft, json!({ "featured": true })).await;

    author.post(&path, &Value::Object(Default::default())).await.is_problem(428, "precondition_required");
    let stale = author.tries(Submit, &draft).await;

    assert_eq!(stale.is_problem(412, "stale_version").body["changed"], json!(["featured"]));
    author.post(&path.replace("submit", "publicise"), &json!({})).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn an_edit_in_any_state_returns_to_draft_while_the_public_keeps_what_is_published() {
    let site = Site::start().await;
    let (editor, chief) = (site.person([Editor]).await, site.person([Approver, Editor]).await);
    for from in ["pending unpublished", "rejected unpublished", "approved unpublished", "approved live", "draft live"] {
        let before = standing_at(&site, &chief, from).await;
        let public = site.public(&before).await.body;

        let edited = editor.edits(&before, json!({ "title": "Lịch mới" })).await;

        assert_eq!((edited.field("approval"), edited.field("status")), (&json!("draft"), before.field("status")));
        assert_eq!(edited.field("version"), &json!(before.field("version").as_i64().unwrap() + 1));
        assert_eq!(site.public(&before).await.body["data"], public["data"], "{from}");
    }
}

#[actix_web::test]
async fn each_role_may_take_its_own_steps_and_is_told_why_not_the_others() {
    let site = Site::start().await;
    let (author, chief) = (site.person([Author]).await, site.person([Editor, Approver]).await);
    let pending = author.submits(site.article().await).await;
    let live = chief.sees(&standing_at(&site, &chief, "approved live").await).await;
    let both = [&pending, &live];
    for (role, steps) in [
        (Editor, [json!(["recall"]), json!([])]),
        (Approver, [json!(["approve", "reject"]), json!(["publish", "unpublish"])]),
        (Accountant, [json!([]), json!([])]),
        (Admin, [json!(["recall", "approve", "reject"]), json!(["publish", "unpublish"])]),
    ] {
        let person = site.person([role]).await;
        for (article, steps) in both.iter().zip(steps) {
            let seen = person.sees(article).await;
            assert_eq!(seen.field("allowed_transitions"), &steps, "{role}");
            for blocked in seen.field("blocked_transitions").as_array().unwrap() {
                let step = blocked["name"].as_str().unwrap().parse::<Transition>().unwrap();
                let refusal = person.tries(step, &seen).await;
                assert_eq!((&refusal.body["code"], &refusal.body["detail"]), (&blocked["code"], &blocked["detail"]));
            }
        }
    }
    assert_eq!(author.sees(&pending).await.field("allowed_transitions"), &json!(["recall"]));
    author.looks_at(&live).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn an_approver_of_one_category_approves_nothing_elsewhere() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Kinh tế").await, site.category("Xã hội").await);
    let below = site.category_below("Nông nghiệp", Some(&here)).await;
    let author = site.person([Author]).await;
    let approver = site.person_with(&[format!("approver@{here}")]).await;

    approver.approves(&author.submits(an_article().filed_under(&below)).await).await;
    let other = author.submits(an_article().filed_under(&elsewhere)).await;
    approver.tries(Approve, &other).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn of_an_approval_and_a_rejection_at_once_one_wins_and_the_history_tells_it() {
    let site = Site::start().await;
    let (author, one, other) =
        (site.person([Author]).await, site.person([Approver]).await, site.person([Approver]).await);
    for _ in 0..5 {
        let pending = author.submits(site.article().await).await;

        let (approval, rejection) = tokio::join!(
            one.tries(Approve, &pending),
            other.tries_with(Reject, &pending, json!({ "comment": "Thiếu" }))
        );

        let (won, lost) = if approval.status == 200 { ("approve", rejection) } else { ("reject", approval) };
        lost.is_problem(412, "stale_version");
        let history = one.history(&pending).await;
        assert_eq!((history.len(), &history[0]["name"]), (2, &json!(won)));
        assert_eq!(one.sees(&pending).await.field("approval"), &history[0]["to"]);
    }
}

#[actix_web::test]
async fn of_a_publication_and_an_edit_at_once_one_wins_and_nothing_unapproved_is_public() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    for _ in 0..5 {
        let approved = site.approved(site.article().await).await;

        let (published, edited) = tokio::join!(
            approver.tries(Publish, &approved),
            editor.tries_to_edit(&approved, json!({ "title": "Chưa duyệt" })),
        );

        if published.status == 200 {
            edited.is_problem(412, "stale_version");
            assert_eq!(site.public(&approved).await.is(200).data()["title"], *approved.field("title"));
        } else {
            edited.is(200);
            published.is_problem(412, "stale_version");
            site.public(&approved).await.is_problem(404, "not_found");
        }
    }
}
