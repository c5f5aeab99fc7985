//! How often somebody may ask: what memory answers is free, what it does not has a bound, each kind and each network its own.

use futures_util::future::join;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tintuc::settings::{RateLimit, Settings};

use crate::support::{Admin, Answer, Editor, Site, an_article};

/// A site behind a proxy that says where requests come from.
async fn site() -> Site {
    Site::with(|settings: &mut Settings| {
        settings.rate_limit = RateLimit::On;
        settings.trusted_proxies = 1;
    })
    .await
}

fn from(request: RequestBuilder, address: &str) -> RequestBuilder {
    request.header("x-forwarded-for", address)
}

/// What somebody at this address gets.
async fn get(site: &Site, address: &str, path: &str) -> Answer {
    site.send(from(site.request(Method::GET, path), address)).await
}

/// How many more they may have, of how many.
fn left(answer: &Answer) -> (String, u32, u32) {
    let (left, policy) = (answer.header("ratelimit"), answer.header("ratelimit-policy"));
    let number = |header: &str, name: &str| {
        let value = header.split(';').find_map(|part| part.strip_prefix(name)).expect("a number").to_owned();
        value.parse::<u32>().expect("a number")
    };
    let name = left.split(';').next().expect("a name").trim_matches('"').to_owned();
    assert_eq!(policy.split(';').next(), left.split(';').next());
    (name, number(&left, "r="), number(&policy, "q="))
}

/// Whether the two of a pair, who ask at once, are counted together: then one has one less left. What is used comes back evenly,
/// of reads fifty a second, and on a busy machine between the two: so there are several pairs.
async fn are_one(pair: impl AsyncFn(u32) -> (Answer, Answer)) -> bool {
    for number in 0..40 {
        let (one, other) = pair(number).await;
        if left(&one).1.abs_diff(left(&other).1) == 1 {
            return true;
        }
    }
    false
}

#[actix_web::test]
async fn what_memory_answers_is_free_and_what_it_does_not_is_counted_by_network() {
    let site = site().await;
    let path = "/api/v1/articles?limit=7";
    let (name, first, quota) = left(&get(&site, "198.51.100.1", path).await);
    assert_eq!((&*name, first), ("reads", quota - 1));
    assert_eq!(get(&site, "198.51.100.1", path).await.header("ratelimit"), "", "from memory");
    assert_eq!(left(&get(&site, "203.0.113.9", "/api/v1/articles?limit=9").await).1, quota - 1, "somebody else");
    // Each asks for what nobody has asked for before, in a network that nobody has asked from.
    let two = async |sort: &str, number: u32, one: String, other: String| {
        let limits = [number * 2 + 1, number * 2 + 2];
        let [asked, also] = limits.map(|limit| format!("/api/v1/articles?limit={limit}&sort={sort}"));
        join(get(&site, &one, &asked), get(&site, &other, &also)).await
    };
    let neighbours = async |n| two("published_at", n, format!("198.18.{n}.1"), format!("198.18.{n}.200")).await;
    assert!(are_one(neighbours).await, "a /24");
    let (one, other) = (|n| format!("2001:db8:{n:x}:2::3"), |n| format!("2001:db8:{n:x}:ffff::1"));
    let neighbours = async |n| two("-last_published_at", n, one(n), other(n)).await;
    assert!(are_one(neighbours).await, "a /48");
    assert_eq!(left(&get(&site, "198.51.100.1", "/api/v1/sync").await).0, "sync", "each kind by itself");
}

#[actix_web::test]
async fn one_too_many_is_refused_until_its_time_and_nobody_else_notices() {
    let site = site().await;
    let (_, mut more, _) = left(&get(&site, "198.51.100.1", "/api/v1/sync").await);
    let mut refused = None;
    while refused.is_none() {
        let answer = get(&site, "198.51.100.1", "/api/v1/sync?limit=1").await;
        assert!(answer.status == 200 || more <= 5, "{more} were left");
        more = more.saturating_sub(1);
        refused = (answer.status != 200).then_some(answer);
    }

    let refused = refused.unwrap();
    refused.is_problem(429, "rate_limited");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(left(&refused).1, 0);
    let elsewhere =
        from(site.request(Method::GET, "/api/v1/sync"), "198.51.100.1").header("Origin", "https://bao.example");
    let refused = site.send(elsewhere).await;
    assert_eq!((refused.status.as_u16(), refused.header("access-control-allow-origin")), (429, "*".to_owned()));
    get(&site, "203.0.113.9", "/api/v1/sync").await.is(200);
    get(&site, "198.51.100.1", "/api/v1/articles").await.is(200);
    actix_web::rt::time::sleep(std::time::Duration::from_secs(1)).await;
    get(&site, "198.51.100.1", "/api/v1/sync").await.is(200);
}

/// A key for these things.
async fn key(site: &Site, scopes: Value) -> (String, String) {
    let admin = site.person([Admin]).await;
    let made = admin.post("/api-keys", &json!({ "name": "Báo tỉnh bạn", "scopes": scopes })).await;
    let made = made.is(201).data().clone();
    (made["id"].as_str().unwrap().to_owned(), made["key"].as_str().unwrap().to_owned())
}

#[actix_web::test]
async fn a_partners_key_has_limits_of_its_own_wherever_it_comes_from() {
    let site = site().await;
    let (id, key) = key(&site, json!(["sync"])).await;
    let by_key = async |address: &str, path: &str, key: &str| {
        site.send(from(site.request(Method::GET, path), address).bearer_auth(key)).await
    };
    let (_, _, of_networks) = left(&get(&site, "198.51.100.1", "/api/v1/sync").await);

    let (name, first, quota) = left(&by_key("198.51.100.1", "/api/v1/sync", &key).await);

    assert!(quota > of_networks);
    assert_eq!((&*name, first), ("sync", quota - 1));
    let of_two = async |_| {
        let sync = |address| by_key(address, "/api/v1/sync", &key);
        join(sync("198.51.100.1"), sync("203.0.113.9")).await
    };
    assert!(are_one(of_two).await, "wherever it comes from");
    assert!(left(&get(&site, "198.51.100.1", "/api/v1/sync").await).1 >= of_networks - 2, "not the network's");
    let (_, of_reads, reads) = left(&by_key("198.51.100.1", "/api/v1/articles?limit=3", &key).await);
    assert_eq!((of_reads, reads), (2999, 3000), "it is for following only");
    let made_up = format!("{}AAAA", &key[..key.len() - 4]);
    by_key("198.51.100.1", "/api/v1/sync", &made_up).await.is_problem(401, "unauthenticated");

    let admin = site.person([Admin]).await;
    site.send(admin.request(Method::DELETE, &format!("/api-keys/{id}"))).await.is(204);
    actix_web::rt::time::sleep(std::time::Duration::from_secs(5)).await;
    by_key("198.51.100.1", "/api/v1/sync", &key).await.is_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn writes_are_counted_by_who_makes_them() {
    let site = site().await;
    let (one, other) = (site.person([Editor]).await, site.person([Editor]).await);
    let made = one.tries_to_create(an_article()).await;
    let (name, first, quota) = left(made.is(201));
    assert_eq!((&*name, first), ("writes", quota - 1));
    let of_one = async |_| join(one.tries_to_create(an_article()), one.tries_to_create(an_article())).await;
    assert!(are_one(of_one).await);
    assert_eq!(left(&other.tries_to_create(an_article()).await).1, quota - 1);
    assert_eq!(one.get("/articles").await.header("ratelimit"), "");
}

#[actix_web::test]
async fn a_site_without_limits_counts_nothing() {
    let site = Site::start().await;
    assert_eq!(get(&site, "198.51.100.1", "/api/v1/sync").await.header("ratelimit"), "");
}
