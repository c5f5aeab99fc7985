//! Access tokens: which are let in, and how others check them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use ed25519_dalek::{Signer, SigningKey, pkcs8::DecodePrivateKey};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{Answer, Author, Person, Site};

const ME: &str = "/api/v1/manage/me";

#[actix_web::test]
async fn a_token_that_says_all_that_it_should_is_let_in() {
    let site = Site::start().await;
    let forger = Forger::of(&site, &site.person([Author]).await);

    // What the other tests change one thing of.
    forger.tries(&forger.sign(&forger.header, &forger.claims)).await.is(200);
}

#[actix_web::test]
async fn a_token_outside_its_time_is_refused() {
    let site = Site::start().await;
    let forger = Forger::of(&site, &site.person([Author]).await);
    let now = Utc::now().timestamp();

    for (claim, value) in [("exp", json!(now - 1)), ("exp", json!(now)), ("nbf", json!(now + 60)), ("exp", json!(null))]
    {
        let mut claims = forger.claims.clone();
        claims[claim] = value;
        forger.is_refused(&forger.sign(&forger.header, &claims)).await;
    }
}

#[actix_web::test]
async fn a_token_of_or_for_somebody_else_is_refused() {
    let site = Site::start().await;
    let forger = Forger::of(&site, &site.person([Author]).await);

    for (claim, value) in [("iss", json!("other")), ("aud", json!("other")), ("iss", json!(null)), ("aud", json!(null))]
    {
        let mut claims = forger.claims.clone();
        claims[claim] = value;
        forger.is_refused(&forger.sign(&forger.header, &claims)).await;
    }
}

#[actix_web::test]
async fn a_token_for_a_session_of_another_user_is_refused() {
    let site = Site::start().await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    let forger = Forger::of(&site, &author);
    let mut claims = forger.claims.clone();
    claims["sub"] = json!(other.id);

    forger.is_refused(&forger.sign(&forger.header, &claims)).await;
}

#[actix_web::test]
async fn a_token_of_another_key_is_refused() {
    let site = Site::start().await;
    let forger = Forger::of(&site, &site.person([Author]).await);
    let stranger = Forger { key: SigningKey::from_bytes(&[7; 32]), ..Forger::of(&site, &site.person([Author]).await) };

    // With our key's id, with another one, and with none.
    forger.is_refused(&stranger.sign(&forger.header, &forger.claims)).await;
    for kid in [json!("other"), json!(null)] {
        let mut header = forger.header.clone();
        header["kid"] = kid;
        forger.is_refused(&forger.sign(&header, &forger.claims)).await;
        forger.is_refused(&stranger.sign(&header, &forger.claims)).await;
    }
}

#[actix_web::test]
async fn the_header_of_a_token_does_not_choose_the_algorithm() {
    let site = Site::start().await;
    let forger = Forger::of(&site, &site.person([Author]).await);
    let mut header = forger.header.clone();
    for none in ["none", "None", "NONE"] {
        header["alg"] = json!(none);
        forger.is_refused(&format!("{}.", unsigned(&header, &forger.claims))).await;
    }

    // The public key as the secret of a symmetric algorithm, in each form that it is known by.
    header["alg"] = json!("HS256");
    let public = forger.key.verifying_key().to_bytes();
    for secret in [&public[..], URL_SAFE_NO_PAD.encode(public).as_bytes()] {
        let message = unsigned(&header, &forger.claims);
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(message.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        forger.is_refused(&format!("{message}.{signature}")).await;
    }
}

#[actix_web::test]
async fn a_token_that_was_tampered_with_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let forger = Forger::of(&site, &author);
    let (message, signature) = author.token.rsplit_once('.').unwrap();

    for token in [
        message.to_owned(),
        format!("{message}."),
        format!("{}.{signature}", unsigned(&forger.header, &forger.claims)),
        format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        "rác".to_owned(),
        "a.b.c".to_owned(),
        "x".repeat(4000),
        String::new(),
    ] {
        forger.is_refused(&token).await;
    }
}

#[actix_web::test]
async fn without_a_bearer_token_there_is_a_challenge() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let basic = format!("Basic {}", author.token);

    for header in [None, Some(""), Some("Bearer"), Some("Bearer "), Some(basic.as_str()), Some(author.token.as_str())] {
        let request = site.request(Method::GET, ME);
        let request = header.into_iter().fold(request, |request, value| request.header("authorization", value));
        is_challenged(&site.send(request).await);
    }
    let lower_case = site.request(Method::GET, ME).header("authorization", format!("bearer {}", author.token));
    site.send(lower_case).await.is(200);
}

#[actix_web::test]
async fn a_stranger_learns_nothing_of_the_management_side() {
    let site = Site::start().await;

    for (method, path) in [
        (Method::GET, "/api/v1/manage/articles"),
        (Method::POST, "/api/v1/manage/articles"),
        (Method::GET, "/api/v1/manage/articles/not-an-id"),
        (Method::GET, "/api/v1/manage/articles?unknown=1"),
        (Method::GET, "/api/v1/auth/sessions"),
        (Method::POST, "/api/v1/auth/logout"),
        (Method::POST, "/api/v1/auth/password"),
    ] {
        is_challenged(&site.send(site.request(method, path).body("{")).await);
    }
}

#[actix_web::test]
async fn the_key_set_alone_verifies_a_token() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let answer = site.get("/.well-known/jwks.json").await;

    let key = &answer.is(200).body["keys"][0];
    let members: Vec<&String> = key.as_object().unwrap().keys().collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"], "and never the private part");
    let set: JwkSet = serde_json::from_value(answer.body.clone()).unwrap();
    let kid = jsonwebtoken::decode_header(&author.token).unwrap().kid.expect("a key id");
    let key = DecodingKey::from_jwk(set.find(&kid).expect("the key is in the set")).unwrap();
    let mut expected = Validation::new(Algorithm::EdDSA);
    expected.set_audience(&["tintuc-management"]);
    expected.set_issuer(&["tintuc"]);
    let claims = jsonwebtoken::decode::<Value>(&author.token, &key, &expected).expect("a valid token").claims;
    assert_eq!(claims["sub"], author.id.to_string());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
}

/// Somebody who holds the signing key and writes tokens by hand.
struct Forger<'a> {
    site: &'a Site,
    key: SigningKey,
    header: Value,
    claims: Value,
}

impl<'a> Forger<'a> {
    /// Whose tokens are at first like this person's.
    fn of(site: &'a Site, person: &Person<'_>) -> Self {
        let pem = std::fs::read_to_string(site.app.settings.signing_key_file()).expect("the key's file");
        let part = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let parts: Vec<&str> = person.token.split('.').collect();
        let key = SigningKey::from_pkcs8_pem(&pem).expect("a key");
        Self { site, key, header: part(parts[0]), claims: part(parts[1]) }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()).to_bytes());
        format!("{message}.{signature}")
    }

    async fn tries(&self, token: &str) -> Answer {
        let request = self.site.request(Method::GET, ME).header("authorization", format!("Bearer {token}").as_bytes());
        self.site.send(request).await
    }

    async fn is_refused(&self, token: &str) {
        is_challenged(&self.tries(token).await);
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

#[track_caller]
fn is_challenged(answer: &Answer) {
    answer.is_problem(401, "unauthenticated");
    assert!(answer.header("www-authenticate").starts_with("Bearer"), "{:?}", answer.headers);
}
