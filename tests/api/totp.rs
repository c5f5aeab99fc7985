//! The second factor: setting it up, signing in by it, each code once, and taking it off.

use chrono::Duration;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::settings::{RateLimit, Settings};

use crate::support::{
    Admin, Answer, Approver, Author, Device, Person, Site,
    authenticator::{Authenticator, enrols},
    people::{accepts, invited},
    site::PASSWORD,
};

const LOGIN: &str = "/api/v1/auth/login";
const CONFIRM: &str = "/api/v1/auth/totp/confirm";

#[actix_web::test]
async fn a_second_factor_is_asked_for_from_its_first_code_on() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let begun = begins(&author, &json!({})).await;
    let members: Vec<&String> = begun.is(200).data().as_object().unwrap().keys().collect();
    assert_eq!(members, ["otpauth_url", "secret"]);
    let phone = Authenticator::told(&begun);
    site.sign_in(&author.email, PASSWORD).await.is(200);

    let confirmed = sends(&author, Method::POST, CONFIRM, &json!({ "code": phone.code(&site) })).await;

    assert_eq!(confirmed.is(200).data()["recovery_codes"].as_array().unwrap().len(), 10);
    let state = site.request(Method::GET, "/api/v1/auth/totp").bearer_auth(&author.token);
    assert_eq!(site.send(state).await.data(), &json!({ "confirmed": true, "recovery_codes_left": 10 }));
    let asked = site.sign_in(&author.email, PASSWORD).await;
    asked.is_problem(401, "totp_required");
    assert!(asked.header("www-authenticate").starts_with("Bearer"));
    site.sign_in(&author.email, "không phải mật khẩu").await.is_problem(401, "invalid_credentials");
    site.time_passes(Duration::seconds(30));
    let device = Device::holding(&site, signs_in(&site, &author, &phone.code(&site)).await.is(200));
    device.renewed().await.me().await.is(200);
}

#[actix_web::test]
async fn whether_a_code_is_asked_for_is_told_to_nobody_without_the_password() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (phone, _) = enrols(&site, &author).await;
    site.time_passes(Duration::seconds(30));

    let guessed = json!({ "email": author.email, "password": "không phải", "code": phone.code(&site) });

    site.post(LOGIN, &guessed).await.is_problem(401, "invalid_credentials");
    signs_in(&site, &author, &phone.code(&site)).await.is(200);
}

#[actix_web::test]
async fn a_code_is_good_once_and_so_is_the_one_that_confirmed() {
    let site = Site::start().await;
    let replica = site.replica().await;
    let author = site.person([Author]).await;
    let phone = Authenticator::told(&begins(&author, &json!({})).await);
    let first = phone.code(&site);
    sends(&author, Method::POST, CONFIRM, &json!({ "code": first })).await.is(200);

    signs_in(&site, &author, &first).await.is_problem(401, "invalid_credentials");
    site.time_passes(Duration::seconds(60));
    let code = phone.code(&site);
    signs_in(&site, &author, &code).await.is(200);
    signs_in(&replica, &author, &code).await.is_problem(401, "invalid_credentials");
    // The code of the step before is within the half minute that is granted, and comes too late all the same.
    signs_in(&site, &author, &phone.code_ahead(&site, -30)).await.is_problem(401, "invalid_credentials");
    signs_in(&site, &author, &phone.code_ahead(&site, 30)).await.is(200);
    signs_in(&site, &author, "000 00").await.is_problem(401, "invalid_credentials");
}

#[actix_web::test]
async fn of_many_who_bring_one_code_at_once_to_two_replicas_one_gets_in() {
    let site = Site::start().await;
    let replica = site.replica().await;
    let author = site.person([Author]).await;
    let (phone, recovery) = enrols(&site, &author).await;
    for round in 1..4 {
        site.time_passes(Duration::seconds(60 * round));
        for code in [phone.code(&site), recovery[usize::try_from(round).unwrap()].clone()] {
            let tries = (0..6).map(|n| signs_in(if n % 2 == 0 { &site } else { &replica }, &author, &code));
            let answers = join_all(tries).await;

            let let_in = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(let_in, 1, "round {round}: {answers:#?}");
        }
    }
}

#[actix_web::test]
async fn a_recovery_code_stands_for_a_code_once() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (_, recovery) = enrols(&site, &author).await;

    signs_in(&site, &author, &recovery[0].to_uppercase().replace('-', " ")).await.is(200);
    signs_in(&site, &author, &recovery[0]).await.is_problem(401, "invalid_credentials");
    signs_in(&site, &author, &recovery[1]).await.is(200);

    let admin = site.person([Admin]).await;
    let used = admin.get(&format!("/audit?action=totp.recovered&subject={}", author.id)).await;
    assert_eq!((used.rows().len(), &used.rows()[0]["data"]["left"]), (2, &json!(8)));
}

#[actix_web::test]
async fn of_secrets_nothing_is_kept_that_could_be_used() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (phone, recovery) = enrols(&site, &author).await;

    let kept = site.count("totp_secrets WHERE length(sealed) = 48 AND last_step IS NOT NULL");
    let digests = site.count("totp_recovery_codes WHERE length(digest) = 32 AND used_at IS NULL");
    assert_eq!((kept, digests), (1, 10));
    let bytes: String = phone.secret().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(site.count(&format!("totp_secrets WHERE encode(sealed, 'hex') LIKE '%{bytes}%'")), 0);
    for secret in [phone.in_base32(), recovery[0].clone(), phone.code(&site)] {
        assert_eq!(site.count(&format!("events WHERE data::text LIKE '%{secret}%'")), 0);
    }
}

#[actix_web::test]
async fn the_database_itself_takes_no_code_twice() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    enrols(&site, &author).await;
    for change in ["last_step - 1", "last_step", "NULL, confirmed_at = NULL"] {
        let refusal = site.sql(&format!("UPDATE totp_secrets SET last_step = {change}")).expect_err(change).to_string();
        assert!(refusal.contains("a code is taken once"), "{change}: {refusal}");
    }
    site.sql("UPDATE totp_secrets SET last_step = last_step + 1").unwrap();
}

#[actix_web::test]
async fn whoever_found_a_token_locks_nobody_out_by_an_authenticator_of_their_own() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    site.time_passes(Duration::minutes(16));

    let refused = begins(&author, &json!({})).await;
    let guessed = begins(&author, &json!({ "password": "không phải" })).await;

    assert_eq!(refused.is_problem(422, "validation_failed").errors(), ["/password required"]);
    guessed.is_problem(401, "invalid_credentials");
    assert_eq!(site.count("totp_secrets"), 0);
    begins(&author, &json!({ "password": PASSWORD })).await.is(200);
}

#[actix_web::test]
async fn what_waits_is_confirmed_by_its_own_code_alone() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let confirms = async |code: &str| sends(&author, Method::POST, CONFIRM, &json!({ "code": code })).await;
    confirms("123456").await.is_problem(409, "conflict");
    let first = Authenticator::told(&begins(&author, &json!({})).await);
    let second = Authenticator::told(&begins(&author, &json!({})).await);

    let refused = confirms(&first.code(&site)).await;

    assert_eq!(refused.is_problem(422, "validation_failed").errors(), ["/code wrong"]);
    site.sign_in(&author.email, PASSWORD).await.is(200);
    confirms(&second.code(&site)).await.is(200);
    confirms(&second.code_ahead(&site, 30)).await.is_problem(409, "conflict");
    begins(&author, &json!({})).await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn it_is_taken_off_by_a_code_and_by_nothing_less() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    remove(&author, &json!({ "code": "123456" })).await.is_problem(409, "conflict");
    let (phone, recovery) = enrols(&site, &author).await;

    let nothing = remove(&author, &json!({})).await;
    let password = remove(&author, &json!({ "code": PASSWORD })).await;

    assert_eq!(nothing.is_problem(422, "validation_failed").errors(), ["/code required"]);
    password.is_problem(401, "invalid_credentials");
    site.sign_in(&author.email, PASSWORD).await.is_problem(401, "totp_required");
    site.time_passes(Duration::seconds(30));
    remove(&author, &json!({ "code": phone.code(&site) })).await.is(204);
    site.sign_in(&author.email, PASSWORD).await.is(200);
    assert_eq!(site.count("totp_recovery_codes"), 0);
    signs_in(&site, &author, &recovery[0]).await.is(200);
    let events: Vec<String> = events(&site, &author).await;
    assert_eq!(events, ["totp.removed", "totp.refused", "totp.enrolled"]);
}

#[actix_web::test]
async fn an_administrator_takes_it_off_somebody_who_lost_theirs_and_nobody_else_does() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let elsewhere = site.person_with(&[format!("admin@{category}")]).await;
    enrols(&site, &author).await;
    let user = format!("/users/{}", author.id);
    let before = admin.get(&user).await;
    assert_eq!(before.data()["totp"], true);
    let takes_off = async |who: &Person<'_>| site.send(who.request(Method::DELETE, &format!("{user}/totp"))).await;

    takes_off(&elsewhere).await.is_problem(403, "forbidden");
    takes_off(&author).await.is_problem(403, "forbidden");
    takes_off(&admin).await.is(204);

    site.sign_in(&author.email, PASSWORD).await.is(200);
    let after = admin.get(&user).await;
    assert_eq!(after.data()["totp"], false);
    assert_ne!(after.header("etag"), before.header("etag"));
    takes_off(&admin).await.is(204);
    let removed = admin.get(&format!("/audit?action=totp.removed&subject={}", author.id)).await;
    assert_eq!(removed.rows().len(), 1, "once");
    assert_eq!(removed.rows()[0]["actor"]["id"], admin.id.to_string());
    assert_eq!(removed.rows()[0]["subject"], json!({ "kind": "user", "id": author.id }));
}

#[actix_web::test]
async fn an_invitation_resets_the_password_and_not_the_second_factor() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let (phone, _) = enrols(&site, &author).await;
    site.time_passes(Duration::seconds(30));
    let invitation = admin.post(&format!("/users/{}/invite", author.id), &json!({})).await;
    let accept = |code: Value| {
        let token = &invitation.data()["invite"]["token"];
        json!({ "token": token, "password": "một mật khẩu khác", "code": code })
    };
    let path = "/api/v1/auth/accept";

    site.post(path, &accept(Value::Null)).await.is_problem(401, "totp_required");
    site.post(path, &accept("000000".into())).await.is_problem(401, "invalid_credentials");
    site.sign_in(&author.email, PASSWORD).await.is_problem(401, "totp_required");
    site.post(path, &accept(phone.code(&site).into())).await.is(200);

    site.sign_in(&author.email, "một mật khẩu khác").await.is_problem(401, "totp_required");
    let newcomer = invited(&admin, "moi@tinh.example").await;
    accepts(&site, &newcomer, PASSWORD).await.me().await.is(200);
}

#[actix_web::test]
async fn who_has_to_have_a_second_factor_opens_nothing_before_it() {
    let site = Site::with(|settings| settings.require_totp = vec!["admin".into(), "approver".into()]).await;
    let (approver, author) = (site.person([Approver]).await, site.person([Author]).await);
    let device = Device::of(&site, &approver).await;

    for path in ["/manage/me", "/manage/articles", "/auth/sessions"] {
        device.asks(Method::GET, path).await.is_problem(403, "totp_enrolment_required");
    }
    device.changes_password(PASSWORD, "một mật khẩu khác").await.is_problem(403, "totp_enrolment_required");
    approver.post("/api-keys", &json!({ "name": "x" })).await.is_problem(403, "totp_enrolment_required");
    author.get("/me").await.is(200);
    let device = device.renewed().await;
    device.me().await.is_problem(403, "totp_enrolment_required");

    enrols(&site, &approver).await;

    device.me().await.is(200);
    device.asks(Method::POST, "/auth/logout").await.is(204);
}

#[actix_web::test]
async fn what_is_demanded_is_looked_up_with_each_request_on_every_replica() {
    let demanding = |settings: &mut Settings| settings.require_totp = vec!["approver".into()];
    let site = Site::with(demanding).await;
    let replica = Site::over(site.database(), demanding).await;
    let (admin, person) = (site.person([Admin]).await, site.person([Author]).await);
    person.at(&replica).get("/me").await.is(200);
    let program = person.makes_a_key(json!({ "grants": [{ "role": "author" }] })).await;
    let grants = json!({ "grants": [{ "role": "author" }, { "role": "approver" }] });

    let granted = admin.request(Method::PUT, &format!("/users/{}/grants", person.id)).json(&grants);
    site.send(granted).await.is(200);

    person.at(&replica).get("/me").await.is_problem(403, "totp_enrolment_required");
    program.at(&replica).get("/me").await.is(200);
    let (phone, _) = enrols(&replica, &person.at(&replica)).await;
    person.get("/me").await.is(200);
    site.time_passes(Duration::seconds(30));
    remove(&person, &json!({ "code": phone.code(&site) })).await.is(204);
    person.at(&replica).get("/me").await.is_problem(403, "totp_enrolment_required");
}

#[actix_web::test]
async fn the_last_administrator_comes_in_to_set_up_what_is_demanded_of_them() {
    let site = Site::with(|settings| settings.require_totp = vec!["admin".into()]).await;
    let admin = site.person([Admin]).await;
    let device = Device::of(&site, &admin).await;
    device.me().await.is_problem(403, "totp_enrolment_required");

    let (phone, _) = enrols(&site, &admin).await;
    site.time_passes(Duration::seconds(30));
    remove(&admin, &json!({ "code": phone.code(&site) })).await.is(204);
    enrols(&site, &admin).await;

    device.me().await.is(200);
}

#[actix_web::test]
async fn codes_are_guessed_slowly_and_only_by_whoever_knows_the_password() {
    let site = Site::with(|settings| {
        settings.rate_limit = RateLimit::On;
        settings.trusted_proxies = 1;
    })
    .await;
    let author = site.person([Author]).await;
    let (phone, _) = enrols(&site, &author).await;
    let tries = async |from: &str, password: &str, code: &str| {
        let input = json!({ "email": author.email, "password": password, "code": code });
        site.send(site.request(Method::POST, LOGIN).header("x-forwarded-for", from.to_owned()).json(&input)).await
    };
    site.time_passes(Duration::seconds(30));
    tries("198.51.100.1", PASSWORD, &phone.code(&site)).await.is(200);

    // Who does not know the password uses nothing up.
    for n in 0..6 {
        tries(&format!("203.0.113.{n}"), "không phải", "000000").await.is_problem(401, "invalid_credentials");
    }
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(tries("192.0.2.1", PASSWORD, "000000").await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
    let mut compared = 0;
    for n in 2..40 {
        let answer = tries(&format!("192.0.2.{n}"), PASSWORD, "000000").await;
        compared += i32::from(answer.status == 401);
    }
    assert!((14..18).contains(&compared), "{compared} more by strangers from many addresses");
    // The owner is known at home, and comes in all the while.
    site.time_passes(Duration::seconds(60));
    tries("198.51.100.1", PASSWORD, &phone.code(&site)).await.is(200);
}

/// Begins to set up a second factor.
async fn begins(person: &Person<'_>, input: &Value) -> Answer {
    sends(person, Method::POST, "/api/v1/auth/totp", input).await
}

async fn remove(person: &Person<'_>, input: &Value) -> Answer {
    sends(person, Method::DELETE, "/api/v1/auth/totp", input).await
}

async fn sends(person: &Person<'_>, method: Method, path: &str, input: &Value) -> Answer {
    Answer::to(person.site().request(method, path).bearer_auth(&person.token).json(input)).await
}

async fn signs_in(site: &Site, person: &Person<'_>, code: &str) -> Answer {
    site.post(LOGIN, &json!({ "email": person.email, "password": PASSWORD, "code": code })).await
}

/// What happened to somebody's second factor, newest first.
async fn events(site: &Site, person: &Person<'_>) -> Vec<String> {
    let admin = site.person([Admin]).await;
    let entries = admin.get(&format!("/audit?subject={}&limit=100", person.id)).await;
    let actions = entries.is(200).rows().iter().map(|entry| entry["action"].as_str().unwrap().to_owned());
    actions.filter(|action| action.starts_with("totp.")).collect()
}
