//! Signing in: who is let in, what a failure tells, and what is kept of secrets. Guessing is in `abuse/sign_in.rs`.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use serde_json::{Value, json};
use tintuc::db::schema::{refresh_tokens, sessions, users};
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

fn but_for_request_id(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    body["request_id"].take();
    body
}
