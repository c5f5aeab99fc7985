//! Signing in: who is let in, what a failure tells, how guessing is slowed down, and what is kept of secrets.

use chrono::Duration;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::{
    db::schema::{refresh_tokens, sessions, users},
    settings::RateLimit,
};
use unicode_normalization::UnicodeNormalization;

use crate::support::{Answer, Author, Device, Site, site::PASSWORD};

const LOGIN: &str = "/api/v1/auth/login";

#[actix_web::test]
async fn a_sign_in_answers_tokens_and_nothing_else() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let answer = site.sign_in(&author.email, PASSWORD).await;

    let members: Vec<&String> = answer.is(200).body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 900);
    assert_eq!(answer.header("cache-control"), "no-store");
    let device = Device::holding(&site, &answer);
    assert_eq!(device.me().await.is(200).data()["id"], author.id.to_string());
}

#[actix_web::test]
async fn an_address_is_the_same_in_upper_and_lower_case() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    site.sign_in(&author.email.to_uppercase(), PASSWORD).await.is(200);
}

#[actix_web::test]
async fn a_password_is_the_same_composed_and_decomposed() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let decomposed: String = PASSWORD.nfd().collect();
    assert_ne!(decomposed, PASSWORD);

    site.sign_in(&author.email, &decomposed).await.is(200);
}

#[actix_web::test]
async fn a_failed_sign_in_does_not_tell_why() {
    let site = Site::start().await;
    let (author, disabled) = (site.person([Author]).await, site.person([Author]).await);
    site.disable(&disabled);

    let wrong_password = site.sign_in(&author.email, "không phải mật khẩu").await;
    let disabled = site.sign_in(&disabled.email, PASSWORD).await;
    let unknown = site.sign_in("khong-co@tintuc.example", PASSWORD).await;

    for refusal in [&wrong_password, &disabled, &unknown] {
        refusal.is_problem(401, "invalid_credentials");
        assert_eq!(but_for_request_id(refusal), but_for_request_id(&wrong_password));
        assert!(refusal.header("www-authenticate").starts_with("Bearer"), "RFC 9110 asks for a challenge");
    }
}

#[actix_web::test]
async fn guessing_at_an_account_is_slowed_down() {
    let site = Site::with(|settings| settings.rate_limit = RateLimit::On).await;
    let author = site.person([Author]).await;

    asks_to_wait(&guesses_until_refused(&site, &author.email).await);
}

#[actix_web::test]
async fn guessing_at_an_account_that_is_not_there_is_slowed_down_as_well() {
    let site = Site::with(|settings| settings.rate_limit = RateLimit::On).await;

    asks_to_wait(&guesses_until_refused(&site, "khong-co@tintuc.example").await);
}

#[actix_web::test]
async fn guessing_at_an_account_from_many_addresses_is_slowed_down_as_well() {
    let site = slow_site_behind_a_proxy().await;
    let author = site.person([Author]).await;
    for n in 1..=GUESSES {
        site.time_passes(Duration::minutes(n));
        guesses_from(&site, &format!("203.0.113.{n}"), &author.email).await.is_problem(401, "invalid_credentials");
    }

    asks_to_wait(&guesses_from(&site, "203.0.113.99", &author.email).await);
}

#[actix_web::test]
async fn guessing_at_many_accounts_from_one_address_is_slowed_down_there_alone() {
    let site = slow_site_behind_a_proxy().await;
    for n in 1..=40 {
        site.time_passes(Duration::minutes(n));
        let email = format!("can-bo-{n}@tintuc.example");
        guesses_from(&site, "203.0.113.1", &email).await.is_problem(401, "invalid_credentials");
    }

    asks_to_wait(&guesses_from(&site, "203.0.113.1", "can-bo@tintuc.example").await);
    guesses_from(&site, "203.0.113.2", "can-bo@tintuc.example").await.is_problem(401, "invalid_credentials");
}

#[actix_web::test]
async fn a_clock_that_is_set_back_locks_nobody_out() {
    let site = Site::with(|settings| settings.rate_limit = RateLimit::On).await;
    let author = site.person([Author]).await;
    site.time_passes(Duration::days(1));
    for _ in 0..5 {
        site.sign_in(&author.email, "không phải mật khẩu").await.is_problem(401, "invalid_credentials");
    }

    site.time_passes(Duration::seconds(1));

    site.sign_in(&author.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn the_right_password_works_again_after_the_wait() {
    let site = Site::with(|settings| settings.rate_limit = RateLimit::On).await;
    let author = site.person([Author]).await;
    guesses_until_refused(&site, &author.email).await;
    site.sign_in(&author.email, PASSWORD).await.is_problem(429, "rate_limited");

    site.time_passes(Duration::minutes(GUESSES) + Duration::seconds(31));

    site.sign_in(&author.email, PASSWORD).await.is(200);
    // And the count began anew.
    site.sign_in(&author.email, "không phải mật khẩu").await.is_problem(401, "invalid_credentials");
    site.sign_in(&author.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn guessing_one_account_slows_nobody_elses() {
    let site = Site::with(|settings| settings.rate_limit = RateLimit::On).await;
    let (guessed, other) = (site.person([Author]).await, site.person([Author]).await);
    guesses_until_refused(&site, &guessed.email).await;

    site.sign_in(&other.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn what_is_missing_or_too_much_is_named() {
    let site = Site::start().await;

    let refusal = site.post(LOGIN, &json!({ "email": "a@b.example", "passwort": "bí mật của tôi" })).await;

    refusal.is_problem(422, "validation_failed");
    assert_eq!(refusal.errors(), ["/password required", "/passwort unknown_field"]);
}

#[actix_web::test]
async fn a_problem_document_does_not_repeat_secrets() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let secret = "bí mật của tôi";

    let answers = [
        site.sign_in(&author.email, secret).await,
        site.post(LOGIN, &json!({ "email": author.email, "password": [secret] })).await,
        site.post(LOGIN, &json!({ "email": author.email, "password": secret.repeat(200) })).await,
        site.post("/api/v1/auth/refresh", &json!({ "refresh_token": secret })).await,
        Device::of(&site, &author).await.changes_password(secret, "một mật khẩu khác").await,
    ];

    for answer in answers {
        assert!(answer.status.is_client_error());
        assert!(!answer.body.to_string().contains(secret), "{:#}", answer.body);
    }
}

#[actix_web::test]
async fn passwords_are_kept_as_argon2id() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let kept: String =
        site.transaction(|tx| Ok(users::table.find(author.id).select(users::password_hash).first(tx.conn)?));

    assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
}

#[actix_web::test]
async fn of_a_refresh_token_only_the_digest_is_kept() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let device = Device::of(&site, &author).await;

    let digests: Vec<Vec<u8>> = site.transaction(|tx| {
        let theirs = refresh_tokens::table.inner_join(sessions::table).filter(sessions::user_id.eq(author.id));
        Ok(theirs.select(refresh_tokens::digest).load(tx.conn)?)
    });

    use sha2::{Digest, Sha256};
    assert!(digests.contains(&Sha256::digest(device.refresh.as_bytes()).to_vec()));
    assert!(digests.iter().all(|digest| digest.len() == 32), "nothing but digests");
}

/// Guesses are a minute apart here, so that none of them comes too soon, however slow the machine is.
const GUESSES: i64 = 10;

/// Guesses wrong until a guess comes too soon: the answer to that one.
async fn guesses_until_refused(site: &Site, email: &str) -> Answer {
    for minute in 1..=GUESSES {
        site.time_passes(Duration::minutes(minute));
        site.sign_in(email, "không phải mật khẩu").await.is_problem(401, "invalid_credentials");
    }
    site.sign_in(email, "không phải mật khẩu").await
}

async fn slow_site_behind_a_proxy() -> Site {
    Site::with(|settings| {
        settings.rate_limit = RateLimit::On;
        settings.trusted_proxies = 1;
    })
    .await
}

async fn guesses_from(site: &Site, address: &str, email: &str) -> Answer {
    let request = site.request(Method::POST, LOGIN).header("x-forwarded-for", address);
    site.send(request.json(&json!({ "email": email, "password": "không phải mật khẩu" }))).await
}

#[track_caller]
fn asks_to_wait(answer: &Answer) {
    answer.is_problem(429, "rate_limited");
    let wait: i64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
}

fn but_for_request_id(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    body["request_id"].take();
    body
}
