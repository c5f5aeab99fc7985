//! Somebody stays who administers the site, whoever takes it from whom at the same moment.

use std::sync::{Arc, Barrier};

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::db::schema::role_grants;

use crate::support::{
    Admin, Answer, Author, Person, Site,
    people::{a_user, accepts},
};

/// Those who can administer the whole site.
const ADMINISTRATORS: &str = "users JOIN role_grants ON user_id = users.id
    WHERE role = 'admin' AND category_id IS NULL AND disabled_at IS NULL";

#[actix_web::test]
async fn the_last_administrator_is_neither_demoted_nor_disabled_not_even_by_themselves() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    let admin = site.person([Admin]).await;
    site.sql("UPDATE users SET disabled_at = now() WHERE email = 'p0@tintuc.example'").unwrap();
    let of_a_category = json!({ "grants": [{ "role": "admin", "category": category }] });

    demotes(&admin, &admin, &of_a_category).await.is_problem(409, "conflict");
    demotes(&admin, &admin, &json!({ "grants": [] })).await.is_problem(409, "conflict");
    disables(&admin, &admin).await.is_problem(409, "conflict");

    admin.get("/users").await.is(200);
    let other = site.person([Admin]).await;
    demotes(&admin, &admin, &of_a_category).await.is(200);
    disables(&other, &other).await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn who_was_invited_and_has_not_come_yet_is_no_administrator_who_could_stay() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let mut input = a_user("ke-nhiem@tinh.example");
    input["grants"] = json!([{ "role": "admin" }]);
    let invitation = admin.post("/users", &input).await;

    demotes(&admin, &admin, &json!({ "grants": [] })).await.is_problem(409, "conflict");

    accepts(&site, &invitation, "một mật khẩu dài").await;
    demotes(&admin, &admin, &json!({ "grants": [] })).await.is(200);
}

#[actix_web::test]
async fn the_database_itself_keeps_the_last_administrator() {
    let site = Site::start().await;
    let (admin, _) = (site.person([Admin]).await, site.person([Author]).await);
    let id = admin.id;

    for statement in [
        format!("UPDATE users SET disabled_at = now() WHERE id = '{id}'"),
        format!("UPDATE users SET password_hash = '$argon2id$none' WHERE id = '{id}'"),
        format!("UPDATE role_grants SET role = 'editor' WHERE user_id = '{id}'"),
        "DELETE FROM role_grants".to_owned(),
    ] {
        let refusal = site.sql(&statement).expect_err(&statement).to_string();
        assert!(refusal.contains("last administrator"), "{statement}: {refusal}");
    }
    site.sql("UPDATE users SET disabled_at = now() WHERE email = 'p1@tintuc.example'").unwrap();
}

#[actix_web::test]
async fn who_takes_it_from_somebody_waits_for_whoever_takes_it_from_them() {
    let site = Site::start().await;
    let (one, two) = (site.person([Admin]).await, site.person([Admin]).await);
    let (taken, done) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (newsroom, at, until, two_id) = (site.app.newsroom.clone(), Arc::clone(&taken), Arc::clone(&done), two.id);
    let meanwhile = std::thread::spawn(move || {
        newsroom.transaction_here(|tx| {
            let theirs = role_grants::table.filter(role_grants::user_id.eq(two_id).and(role_grants::role.eq(Admin)));
            diesel::delete(theirs).execute(tx.conn)?;
            at.wait();
            until.wait();
            Ok(())
        })
    });
    taken.wait();

    let nothing = json!({ "grants": [] });
    let (refused, ()) = tokio::join!(demotes(&two, &one, &nothing), async {
        site.somebody_waits_for_a_lock().await;
        done.wait();
    });

    meanwhile.join().unwrap().unwrap();
    refused.is_problem(409, "conflict");
    one.get("/users").await.is(200);
}

/// Two, at two replicas. How often: `TINTUC_TEST_ROUNDS`.
#[actix_web::test]
async fn of_two_administrators_who_put_each_other_out_at_the_same_moment_one_stays() {
    let rounds: usize = std::env::var("TINTUC_TEST_ROUNDS").map_or(10, |rounds| rounds.parse().expect("a number"));
    let site = Site::start().await;
    let replica = site.replica().await;
    let mut stayed = site.person([Admin]).await;
    for round in 0..rounds {
        let other = site.person([Admin]).await;
        let there = other.at(&replica);
        let nothing = json!({ "grants": [] });

        let (one, two) = if round % 2 == 0 {
            tokio::join!(demotes(&stayed, &other, &nothing), demotes(&there, &stayed, &nothing))
        } else {
            tokio::join!(disables(&stayed, &other), disables(&there, &stayed))
        };

        assert_eq!(site.count(ADMINISTRATORS), 1, "round {round}");
        let (won, lost) = if one.status == 200 { (&one, &two) } else { (&two, &one) };
        won.is(200);
        // Refused by the rule, or as who is an administrator no longer, or is out.
        assert!([401, 403, 409].contains(&lost.status.as_u16()), "round {round}: {}", lost.status);
        if two.status == 200 {
            stayed = other;
        }
        stayed.get("/users").await.is(200);
    }
}

async fn demotes(by: &Person<'_>, whom: &Person<'_>, input: &Value) -> Answer {
    Answer::to(by.request(Method::PUT, &format!("/users/{}/grants", whom.id)).json(input)).await
}

/// By a tag that fits: nobody here was changed before.
async fn disables(by: &Person<'_>, whom: &Person<'_>) -> Answer {
    let revision = by.get(&format!("/users/{}", whom.id)).await.header("etag");
    let request = by.request(Method::PATCH, &format!("/users/{}", whom.id)).header("If-Match", revision);
    Answer::to(request.header("content-type", "application/merge-patch+json").body(r#"{"disabled":true}"#)).await
}
