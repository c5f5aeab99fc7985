//! Sieges of sign-in: of one account, from one network, of the whole. The owner gets in throughout, and others do not
//! notice.

use futures_util::{StreamExt, future::join_all, stream};
use reqwest::Method;
use serde_json::json;
use tintuc::settings::{RateLimit, Settings};

use crate::support::{Answer, Author, Device, Person, Site, site::PASSWORD};

const LOGIN: &str = "/api/v1/auth/login";
const WRONG: &str = "không phải mật khẩu";

#[actix_web::test]
async fn the_owner_gets_in_throughout_a_siege_of_the_account() {
    let site = Site::with(behind_a_proxy).await;
    let author = site.person([Author]).await;
    let first = tries(&site, "198.51.100.1", &author.email, PASSWORD).await;
    let cookie = device_cookie(&first);

    for round in 0..4 {
        let attackers = (0..40).map(|n| format!("203.0.113.{}", round * 40 + n)).collect::<Vec<_>>();
        let siege = join_all(attackers.iter().map(|from| tries(&site, from, &author.email, WRONG)));
        let at_home = tries(&site, "198.51.100.1", &author.email, PASSWORD);
        let on_the_road = format!("192.0.2.{round}");
        let on_the_road = tries_with(&site, &on_the_road, &author.email, PASSWORD, &cookie);
        let (siege, at_home, on_the_road) = tokio::join!(siege, at_home, on_the_road);

        assert!(siege.iter().all(|answer| answer.status.is_client_error() || answer.status == 503));
        at_home.is(200);
        on_the_road.is(200);
    }
    asks_to_wait(&tries(&site, "203.0.113.250", &author.email, WRONG).await, 15);
}

#[actix_web::test]
async fn fifty_wrong_passwords_from_many_addresses_slow_strangers_down_and_nobody_else() {
    let site = Site::with(behind_a_proxy).await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    tries(&site, "198.51.100.1", &author.email, PASSWORD).await.is(200);

    let mut compared = 0;
    for n in 0..50 {
        let answer = tries(&site, &format!("203.0.113.{n}"), &author.email, WRONG).await;
        if answer.status == 401 {
            compared += 1;
        } else {
            asks_to_wait(&answer, 15);
        }
    }

    assert!((20..30).contains(&compared), "{compared} of 50");
    tries(&site, "198.51.100.1", &author.email, PASSWORD).await.is(200);
    tries(&site, "203.0.113.1", &other.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn a_siege_from_one_address_keeps_out_neither_the_owner_elsewhere_nor_others_there() {
    let site = Site::with(behind_a_proxy).await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    for _ in 0..30 {
        tries(&site, "203.0.113.1", &author.email, WRONG).await;
    }
    asks_to_wait(&tries(&site, "203.0.113.1", &author.email, PASSWORD).await, 30);

    // Neither of them ever signed in before.
    tries(&site, "198.51.100.1", &author.email, PASSWORD).await.is(200);
    tries(&site, "203.0.113.1", &other.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn wrong_tries_on_invented_addresses_lock_nobody_out_behind_the_same_proxy() {
    let site = Site::with(|settings| settings.rate_limit = RateLimit::On).await;
    let author = site.person([Author]).await;
    for n in 0..45 {
        let answer = site.sign_in(&format!("khong-co-{n}@tintuc.example"), WRONG).await;
        answer.is_problem(401, "invalid_credentials");
    }

    site.sign_in(&author.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn on_an_address_that_all_share_a_device_is_told_from_a_stranger() {
    let site = Site::with(|settings| settings.rate_limit = RateLimit::On).await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    let cookie = device_cookie(&site.sign_in(&author.email, PASSWORD).await);
    for _ in 0..20 {
        site.sign_in(&author.email, WRONG).await;
    }
    asks_to_wait(&site.sign_in(&author.email, PASSWORD).await, 30);

    let with = |email: &str, cookie: &str| {
        let request = site.request(Method::POST, LOGIN).header("cookie", cookie.to_owned());
        request.json(&json!({ "email": email, "password": PASSWORD }))
    };
    let renewed = site.send(with(&author.email, &format!("a=b; {cookie}"))).await;

    assert_eq!(device_cookie(renewed.is(200)), cookie, "the same device");
    let of_another = device_cookie(&site.sign_in(&other.email, PASSWORD).await);
    asks_to_wait(&site.send(with(&author.email, &of_another)).await, 30);
    let (name, _) = cookie.split_once('=').unwrap();
    asks_to_wait(&site.send(with(&author.email, &format!("{name}=AAAA"))).await, 30);
}

#[actix_web::test]
async fn a_device_guesses_no_faster_than_a_stranger() {
    let site = Site::with(behind_a_proxy).await;
    let author = site.person([Author]).await;
    let cookie = device_cookie(&tries(&site, "198.51.100.1", &author.email, PASSWORD).await);

    let mut statuses = Vec::new();
    for n in 0..8 {
        let answer = tries_with(&site, &format!("203.0.113.{n}"), &author.email, WRONG, &cookie).await;
        statuses.push(answer.status.as_u16());
    }

    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
}

#[actix_web::test]
async fn a_burst_counts_as_many_as_it_is() {
    let site = Site::with(behind_a_proxy).await;
    let author = site.person([Author]).await;

    let burst = join_all((0..50).map(|_| tries(&site, "203.0.113.1", &author.email, WRONG))).await;

    let compared = burst.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(compared, 5);
    burst.iter().filter(|answer| answer.status != 401).for_each(|answer| asks_to_wait(answer, 30));
}

#[actix_web::test]
async fn an_ipv6_network_is_one_origin() {
    let site = Site::with(behind_a_proxy).await;
    let author = site.person([Author]).await;
    for n in 0..5 {
        let answer = tries(&site, &format!("2001:db8:1:1:{n}::1"), &author.email, WRONG).await;
        answer.is_problem(401, "invalid_credentials");
    }

    asks_to_wait(&tries(&site, "2001:db8:1:1:ffff::2", &author.email, WRONG).await, 30);
    tries(&site, "2001:db8:1:2::1", &author.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn an_account_that_is_not_there_is_slowed_down_like_one_that_is() {
    let site = Site::with(behind_a_proxy).await;
    let author = site.person([Author]).await;

    let mut seen = Vec::new();
    for email in [author.email.as_str(), "khong-co@tintuc.example"] {
        let mut statuses = Vec::new();
        for _ in 0..7 {
            let answer = tries(&site, "203.0.113.1", email, WRONG).await;
            statuses.push((answer.status.as_u16(), answer.body["code"].clone(), answer.body["detail"].is_string()));
        }
        seen.push(statuses);
    }

    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0][6].0, 429);
}

#[actix_web::test]
async fn a_siege_of_the_sign_in_as_a_whole_leaves_room_for_who_is_known_and_for_readers() {
    let site = Site::with(behind_a_proxy).await;
    let author = site.person([Author]).await;
    tries(&site, "198.51.100.1", &author.email, PASSWORD).await.is(200);

    let attempts = (0..300).map(|n| {
        let (from, email) = (format!("203.0.{}.{}", n / 200, n % 200), format!("khong-co-{n}@tintuc.example"));
        let site = &site;
        async move { tries(site, &from, &email, WRONG).await }
    });
    let siege = stream::iter(attempts).buffer_unordered(100).collect::<Vec<_>>();
    let owner = async {
        for _ in 0..5 {
            tries(&site, "198.51.100.1", &author.email, PASSWORD).await.is(200);
            site.get("/api/v1/articles").await.is(200);
            author.get("/articles").await.is(200);
        }
    };
    let (siege, ()) = tokio::join!(siege, owner);

    let turned_away: Vec<&Answer> = siege.iter().filter(|answer| answer.status != 401).collect();
    assert!(!turned_away.is_empty(), "nobody was turned away");
    for answer in turned_away {
        answer.is_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), "1");
    }
}

#[actix_web::test]
async fn who_signed_in_is_known_after_a_restart_and_on_other_replicas() {
    let site = Site::with(behind_a_proxy).await;
    let author = site.person([Author]).await;
    tries(&site, "198.51.100.1", &author.email, PASSWORD).await.is(200);

    let replica = Site::over(site.database(), behind_a_proxy).await;
    for n in 0..30 {
        tries(&replica, &format!("203.0.113.{n}"), &author.email, WRONG).await;
    }

    asks_to_wait(&tries(&replica, "203.0.113.99", &author.email, PASSWORD).await, 15);
    tries(&replica, "198.51.100.1", &author.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn guessing_the_present_password_of_a_session_keeps_nobody_from_signing_in() {
    let site = Site::with(|settings| settings.rate_limit = RateLimit::On).await;
    let author = site.person([Author]).await;
    let device = Device::of(&site, &author).await;

    for _ in 0..5 {
        device.changes_password("đoán mò", "một mật khẩu khác").await.is_problem(401, "invalid_credentials");
    }

    asks_to_wait(&device.changes_password(PASSWORD, "một mật khẩu khác").await, 30);
    site.sign_in(&author.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn a_success_begins_anew() {
    let site = Site::with(|settings| settings.rate_limit = RateLimit::On).await;
    let author = site.person([Author]).await;

    for _ in 0..3 {
        for _ in 0..4 {
            site.sign_in(&author.email, WRONG).await.is_problem(401, "invalid_credentials");
        }
        site.sign_in(&author.email, PASSWORD).await.is(200);
    }
}

#[actix_web::test]
async fn what_is_kept_of_where_somebody_signed_in_is_a_keyed_digest() {
    let site = Site::with(behind_a_proxy).await;
    let author: Person<'_> = site.person([Author]).await;

    let answer = tries(&site, "198.51.100.1", &author.email, PASSWORD).await;

    assert_eq!(site.count("sessions WHERE length(origin) = 32"), 1);
    let cookie = answer.header("set-cookie");
    for attribute in ["Path=/api/v1/auth", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "this site is not known to be behind TLS");
}

fn behind_a_proxy(settings: &mut Settings) {
    settings.rate_limit = RateLimit::On;
    settings.trusted_proxies = 1;
}

async fn tries(site: &Site, from: &str, email: &str, password: &str) -> Answer {
    tries_with(site, from, email, password, "").await
}

async fn tries_with(site: &Site, from: &str, email: &str, password: &str, cookie: &str) -> Answer {
    let request = site.request(Method::POST, LOGIN).header("x-forwarded-for", from).header("cookie", cookie);
    site.send(request.json(&json!({ "email": email, "password": password }))).await
}

/// What the device sends back.
#[track_caller]
fn device_cookie(answer: &Answer) -> String {
    let header = answer.is(200).header("set-cookie");
    header.split(';').next().expect("a cookie").to_owned()
}

#[track_caller]
fn asks_to_wait(answer: &Answer, at_most: i64) {
    answer.is_problem(429, "rate_limited");
    let wait: i64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=at_most).contains(&wait), "{wait}");
}
