//! Staying signed in and signing out: refresh tokens, one's own sessions, and who is let in no longer.

use chrono::Duration;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::db::schema::role_grants;

use crate::support::{Approver, Author, Device, Site, site::PASSWORD};

#[actix_web::test]
async fn a_refresh_answers_the_next_tokens() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let device = Device::of(&site, &author).await;

    let next = device.renewed().await;

    assert_ne!(next.refresh, device.refresh);
    assert_eq!(next.me().await.is(200).data()["id"], author.id.to_string());
    next.renewed().await.me().await.is(200);
}

#[actix_web::test]
async fn a_refresh_token_used_twice_ends_its_whole_family() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (stolen, other) = (Device::of(&site, &author).await, Device::of(&site, &author).await);
    let successor = stolen.renewed().await;

    stolen.refreshes().await.is_problem(401, "unauthenticated");

    successor.is_signed_out().await;
    stolen.is_signed_out().await;
    other.me().await.is(200);
}

#[actix_web::test]
async fn of_two_refreshes_at_once_one_wins_at_most_and_nobody_stays_signed_in() {
    let site = Site::start().await;
    let device = Device::of(&site, &site.person([Author]).await).await;

    let (one, two) = tokio::join!(device.refreshes(), device.refreshes());

    let winners: Vec<_> = [&one, &two].into_iter().filter(|answer| answer.status.is_success()).collect();
    assert!(winners.len() <= 1, "both won");
    for winner in winners {
        Device::holding(&site, winner).is_signed_out().await;
    }
    device.is_signed_out().await;
}

#[actix_web::test]
async fn a_refresh_token_that_was_never_given_out_is_refused() {
    let site = Site::start().await;
    let device = Device::of(&site, &site.person([Author]).await).await;

    for token in ["", "ttr_", "ttr_AAAA", &device.access[..200]] {
        let answer = site.post("/api/v1/auth/refresh", &json!({ "refresh_token": token })).await;
        answer.is_problem(401, "unauthenticated");
    }

    device.refreshes().await.is(200);
}

#[actix_web::test]
async fn signing_out_ends_this_session_and_no_other() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (here, there) = (Device::of(&site, &author).await, Device::of(&site, &author).await);

    here.asks(Method::POST, "/auth/logout").await.is(204);

    here.is_signed_out().await;
    there.me().await.is(200);
}

#[actix_web::test]
async fn one_sees_ones_own_sessions_newest_first_and_ends_them() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (older, newer) = (Device::of(&site, &author).await, Device::of(&site, &author).await);
    let list = newer.asks(Method::GET, "/auth/sessions").await;
    // The third is the one that `site.person` made.
    let ids: Vec<&str> = list.is(200).rows().iter().map(|session| session["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);

    newer.asks(Method::DELETE, &format!("/auth/sessions/{}", ids[1])).await.is(204);

    older.is_signed_out().await;
    assert_eq!(newer.asks(Method::GET, "/auth/sessions").await.rows().len(), 2);
}

#[actix_web::test]
async fn somebody_elses_session_is_not_there() {
    let site = Site::start().await;
    let (victim, other) = (site.person([Author]).await, site.person([Author]).await);
    let (theirs, mine) = (Device::of(&site, &victim).await, Device::of(&site, &other).await);
    let list = theirs.asks(Method::GET, "/auth/sessions").await;

    for session in list.rows() {
        let path = format!("/auth/sessions/{}", session["id"].as_str().unwrap());
        mine.asks(Method::DELETE, &path).await.is_problem(404, "not_found");
    }

    theirs.me().await.is(200);
}

#[actix_web::test]
async fn a_new_password_ends_every_session_at_once() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (here, there) = (Device::of(&site, &author).await, Device::of(&site, &author).await);

    here.changes_password(PASSWORD, "một mật khẩu khác").await.is(204);

    here.is_signed_out().await;
    there.is_signed_out().await;
    site.sign_in(&author.email, PASSWORD).await.is_problem(401, "invalid_credentials");
    site.sign_in(&author.email, "một mật khẩu khác").await.is(200);
}

#[actix_web::test]
async fn a_password_is_not_changed_without_the_present_one_nor_to_a_short_one() {
    let site = Site::start().await;
    let device = Device::of(&site, &site.person([Author]).await).await;

    let without = device.changes_password("không phải mật khẩu", "một mật khẩu khác").await;
    let short = device.changes_password(PASSWORD, "bảy chữ").await;

    without.is_problem(401, "invalid_credentials");
    short.is_problem(422, "validation_failed");
    assert_eq!(short.errors(), ["/new_password password"]);
    device.me().await.is(200);
}

#[actix_web::test]
async fn a_session_that_is_not_used_for_a_month_is_over() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (used, unused) = (Device::of(&site, &author).await, Device::of(&site, &author).await);

    site.time_passes(Duration::days(20));
    let used = used.renewed().await;
    site.time_passes(Duration::days(31));

    unused.is_signed_out().await;
    used.refreshes().await.is(200);
}

#[actix_web::test]
async fn one_sees_ones_own_grants() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    let person = site.person_with(&["author".to_owned(), format!("approver@{category}")]).await;

    let me = person.get("/me").await;

    assert_eq!(me.is(200).data()["email"], person.email);
    let grants = me.data()["grants"].as_array().unwrap();
    assert_eq!(grants[0], json!({ "role": "author", "category": null }));
    assert_eq!(grants[1]["role"], "approver");
    assert_eq!(grants[1]["category"]["name"], "Kinh tế");
    let members: Vec<&String> = me.data().as_object().unwrap().keys().collect();
    assert_eq!(members, ["email", "grants", "id", "name"]);
}

#[actix_web::test]
async fn a_grant_that_is_taken_away_is_gone_with_the_next_request() {
    let site = Site::start().await;
    let person = site.person([Author, Approver]).await;
    person.get("/articles").await.is(200);

    site.transaction(|tx| {
        let theirs = role_grants::table.filter(role_grants::user_id.eq(person.id));
        Ok(diesel::delete(theirs).execute(tx.conn)?)
    });

    person.get("/articles").await.is_problem(403, "forbidden");
    assert_eq!(person.get("/me").await.data()["grants"], Value::Array(vec![]));
}

#[actix_web::test]
async fn a_disabled_person_is_out_with_the_next_request() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let device = Device::of(&site, &author).await;
    device.me().await.is(200);

    site.disable(&author);

    device.is_signed_out().await;
}
