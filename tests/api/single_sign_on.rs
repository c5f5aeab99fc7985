//! Single sign-on, by a real provider: who comes in, as what, and who goes when it knows them no longer.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    time::{Duration, Instant},
};

use reqwest::{Method, Url};
use serde_json::{Value, json};
use tintuc::{app::StartError, settings::Settings};

use crate::support::{
    Admin, Answer, Author, Device, Person, Site,
    authenticator::enrols,
    people::invited,
    provider::{Browser, Provider, SITE},
    site::PASSWORD,
};

const ROLES: &str = "groups:bientap=editor;groups:toasoan=author;groups:quantri=admin";

/// What the provider says of somebody in these groups.
fn somebody(email: &str, groups: &[&str]) -> Value {
    json!({ "email": email, "email_verified": true, "name": "Phòng Biên tập", "groups": groups })
}

#[actix_web::test]
async fn whoever_comes_for_the_first_time_gets_an_account_with_the_roles_that_their_claims_give() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("BienTap@tinh.example", &["bientap", "khac"])).await;

    let answer = Browser::default().signs_in(&site, &provider, "a1").await;

    let members: Vec<&String> = answer.is(200).body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert_eq!(
        (answer.header("cache-control"), answer.header("referrer-policy")),
        ("no-store".into(), "no-referrer".into())
    );
    let me = Device::holding(&site, &answer).me().await;
    assert_eq!(
        (&me.is(200).data()["email"], &me.data()["name"]),
        (&json!("bientap@tinh.example"), &json!("Phòng Biên tập"))
    );
    assert_eq!(me.data()["grants"], json!([{ "role": "editor", "category": null }]));
    let admin = site.person([Admin]).await;
    let user = admin.get(&format!("/users/{}", me.data()["id"].as_str().unwrap())).await;
    assert_eq!(user.data()["joined"], true);
    assert_eq!(events(&admin, &me).await, ["session.started", "user.granted", "user.linked", "user.created"]);
    let begun = admin.get("/audit?action=session.started").await;
    assert_eq!(begun.rows()[0]["data"]["by"], "provider");
    site.sign_in("bientap@tinh.example", PASSWORD).await.is_problem(401, "invalid_credentials");
}

#[actix_web::test]
async fn whoever_comes_again_is_the_same_whatever_their_address_is_by_now() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap"])).await;
    let first = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));

    provider.knows("a1", &somebody("khac@tinh.example", &["toasoan"])).await;
    let second = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));

    let (before, after) = (first.me().await, second.me().await);
    assert_eq!((&before.data()["id"], &before.data()["email"]), (&after.data()["id"], &json!("bientap@tinh.example")));
    assert_eq!(after.data()["grants"], json!([{ "role": "author", "category": null }]));
    assert_eq!(before.data()["grants"], after.data()["grants"], "everywhere at once");
}

#[actix_web::test]
async fn a_claim_gives_a_role_in_a_category() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted("groups:ban=approver@van-hoa;groups:ban=author@khong-co")).await;
    assert_eq!(site.category("Văn hóa").await, "van-hoa");
    provider.knows("a1", &somebody("ban@tinh.example", &["ban"])).await;

    let answer = Browser::default().signs_in(&site, &provider, "a1").await;

    let me = Device::holding(&site, answer.is(200)).me().await;
    let grants = me.data()["grants"].as_array().unwrap();
    assert_eq!(
        (grants.len(), &grants[0]["role"], &grants[0]["category"]["slug"]),
        (1, &json!("approver"), &json!("van-hoa"))
    );
}

#[actix_web::test]
async fn whoever_is_in_no_group_that_opens_anything_gets_no_account() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("khach@tinh.example", &["khac"])).await;

    Browser::default().signs_in(&site, &provider, "a1").await.is_problem(403, "forbidden");

    assert_eq!(site.count("users") + site.count("identities"), 0);
}

#[actix_web::test]
async fn a_refresh_asks_the_provider_and_roles_are_what_it_says_then() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap", "toasoan"])).await;
    let device = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));

    provider.knows("a1", &somebody("bientap@tinh.example", &["toasoan"])).await;
    let device = device.renewed().await;

    assert_eq!(device.me().await.data()["grants"], json!([{ "role": "author", "category": null }]));
    // What the provider gave for the next time is kept, and good.
    let device = device.renewed().await.renewed().await;
    assert_eq!(device.me().await.is(200).data()["grants"][0]["role"], "author");
}

#[actix_web::test]
async fn whoever_leaves_the_provider_is_signed_out_by_the_next_refresh() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    for account in ["gone", "moved"] {
        provider.knows(account, &somebody(&format!("{account}@tinh.example"), &["bientap"])).await;
    }
    let gone = Device::holding(&site, Browser::default().signs_in(&site, &provider, "gone").await.is(200));
    let moved = Device::holding(&site, Browser::default().signs_in(&site, &provider, "moved").await.is(200));

    provider.forgets("gone").await;
    provider.knows("moved", &somebody("moved@tinh.example", &["khac"])).await;

    for device in [gone, moved] {
        device.refreshes().await.is_problem(401, "unauthenticated");
        device.is_signed_out().await;
    }
    assert_eq!(site.count("sessions WHERE end_reason = 'provider'"), 2);
    assert_eq!(site.count("provider_sessions"), 0, "nothing is kept that it could be asked by");
    assert_eq!(site.count("role_grants JOIN users ON users.id = user_id WHERE email LIKE 'moved@%'"), 0);
    Browser::default().signs_in(&site, &provider, "moved").await.is_problem(403, "forbidden");
}

#[actix_web::test]
async fn while_the_provider_is_away_nobody_is_vouched_for_and_nobody_is_signed_out() {
    let mut provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap"])).await;
    let device = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));
    let person = site.person([Author]).await;
    let by_password = Device::of(&site, &person).await;

    provider.goes_down();

    let refused = device.refreshes().await;
    refused.is_problem(503, "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    device.refreshes().await.is_problem(503, "unavailable");
    device.me().await.is(200);
    assert_eq!(site.count("sessions WHERE ended_at IS NOT NULL"), 0);
    by_password.renewed().await.me().await.is(200);
}

#[actix_web::test]
async fn of_two_refreshes_at_once_one_asks_the_provider() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    let replica = Site::over(site.database(), provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap"])).await;
    let device = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));
    let there = json!({ "refresh_token": device.refresh });

    let (one, two) = tokio::join!(device.refreshes(), replica.post("/api/v1/auth/refresh", &there));

    let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
    // Who comes while it is asked is told to come again; who comes after it has used a token twice, as ever.
    assert!([503, 401].contains(&lost.status.as_u16()), "{:#}", lost.body);
    if lost.status == 503 {
        Device::holding(&site, won.is(200)).renewed().await.me().await.is(200);
    }
}

#[actix_web::test]
async fn a_provider_that_gives_no_refresh_token_vouches_for_fifteen_minutes() {
    let provider = Provider::with("none");
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap"])).await;
    let device = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));
    device.me().await.is(200);

    device.refreshes().await.is_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn an_account_with_a_password_is_nobodys_by_its_address_alone() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    let author = site.person([Author]).await;
    provider.knows("thief", &somebody(&author.email, &["quantri"])).await;
    let mut unproved = somebody("moi@tinh.example", &["bientap"]);
    unproved["email_verified"] = json!(false);
    provider.knows("unproved", &unproved).await;

    Browser::default().signs_in(&site, &provider, "thief").await.is_problem(409, "conflict");
    Browser::default().signs_in(&site, &provider, "unproved").await.is_problem(403, "forbidden");

    assert_eq!((site.count("users"), site.count("identities")), (1, 0));
    author.get("/me").await.is(200);
}

#[actix_web::test]
async fn an_account_that_was_made_ahead_and_has_no_password_waits_for_whoever_has_its_address() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    let admin = site.person([Admin]).await;
    let ahead = invited(&admin, "moi@tinh.example").await;
    provider.knows("a1", &somebody("moi@tinh.example", &["bientap"])).await;

    let answer = Browser::default().signs_in(&site, &provider, "a1").await;

    let me = Device::holding(&site, answer.is(200)).me().await;
    assert_eq!(me.data()["id"], ahead.data()["id"]);
    let token = &ahead.data()["invite"]["token"];
    let late = site.post("/api/v1/auth/accept", &json!({ "token": token, "password": PASSWORD })).await;
    assert_eq!(late.is_problem(422, "validation_failed").errors(), ["/token unknown"]);
}

#[actix_web::test]
async fn one_links_ones_account_by_the_password_and_a_sign_in_at_the_provider() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    provider.knows("a1", &somebody("dia-chi-khac@tinh.example", &["bientap"])).await;
    let links = async |person: &Person<'_>, password: &str| {
        let request = site.request(Method::POST, "/api/v1/auth/oidc/link").bearer_auth(&person.token);
        site.send(request.json(&json!({ "password": password }))).await
    };
    let comes_back = async |begun: &Answer| {
        let browser = Browser::default();
        browser.keeps(begun);
        let to: Url = begun.is(200).data()["authorization_url"].as_str().unwrap().parse().unwrap();
        let back = browser.at_the_provider(&provider, &to, "a1").await;
        browser.comes_back(&site, &back).await
    };

    links(&author, "không phải").await.is_problem(401, "invalid_credentials");
    let answer = comes_back(&links(&author, PASSWORD).await).await;

    let me = Device::holding(&site, answer.is(200)).me().await;
    assert_eq!((&me.data()["id"], &me.data()["grants"][0]["role"]), (&json!(author.id), &json!("editor")));
    comes_back(&links(&other, PASSWORD).await).await.is_problem(409, "conflict");
    let again = Browser::default().signs_in(&site, &provider, "a1").await;
    assert_eq!(Device::holding(&site, again.is(200)).me().await.data()["id"], json!(author.id));
    // Or the password would outlast what they are at the provider.
    site.sign_in(&author.email, PASSWORD).await.is_problem(401, "invalid_credentials");
    author.get("/me").await.is_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn only_the_browser_that_left_comes_back_and_only_once() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap"])).await;
    let (mine, another) = (Browser::default(), Browser::default());
    let left = mine.leaves(&site).await;
    another.leaves(&site).await;
    let back = mine.at_the_provider(&provider, &left, "a1").await;

    another.comes_back(&site, &back).await.is_problem(400, "bad_request");
    Browser::default().comes_back(&site, &back).await.is_problem(400, "bad_request");
    for query in ["", "?code=x", "?state=x&code=y", "?state=%ff", "?error=access_denied&state=x"] {
        mine.asks(&site, &format!("/api/v1/auth/oidc/callback{query}")).await.is_problem(400, "bad_request");
    }
    let elsewhere: Url = back.as_str().replace("iss=http", "iss=https").parse().unwrap();
    mine.comes_back(&site, &elsewhere).await.is_problem(400, "bad_request");
    mine.comes_back(&site, &back).await.is(200);
    mine.comes_back(&site, &back).await.is_problem(400, "bad_request");
    assert_eq!(site.count("sessions"), 1);
}

#[actix_web::test]
async fn whoever_says_no_at_the_provider_or_brings_a_code_of_their_own_is_not_let_in() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap"])).await;

    Browser::default().signs_in(&site, &provider, "").await.is_problem(401, "invalid_credentials");
    let browser = Browser::default();
    let left = browser.leaves(&site).await;
    let mut back = browser.at_the_provider(&provider, &left, "a1").await;
    let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    back.set_query(Some(&format!("code=x&state={state}")));
    browser.comes_back(&site, &back).await.is_problem(401, "invalid_credentials");
    // A code that somebody else's sign-in was given is bound to what their browser keeps.
    let (mine, theirs) = (Browser::default(), Browser::default());
    let (my_way, their_way) = (mine.leaves(&site).await, theirs.leaves(&site).await);
    let mut back = mine.at_the_provider(&provider, &my_way, "a1").await;
    let stolen = theirs.at_the_provider(&provider, &their_way, "a1").await;
    let part = |url: &Url, name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    back.set_query(Some(&format!("code={}&state={}", part(&stolen, "code"), part(&back, "state"))));
    mine.comes_back(&site, &back).await.is_problem(401, "invalid_credentials");
    assert_eq!(site.count("sessions"), 0);
}

#[actix_web::test]
async fn a_browser_is_sent_to_the_provider_and_nowhere_else() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    for query in ["", "?return_to=https://evil.example", "?redirect_uri=https://evil.example", "?next=//evil.example"] {
        let request = site.request(Method::GET, &format!("/api/v1/auth/oidc{query}")).header("host", "evil.example");
        let answer = site.send(request.header("accept", "text/html,*/*;q=0.8")).await;

        let to: Url = answer.is(303).header("location").parse().unwrap();
        assert!(to.as_str().starts_with(&provider.issuer), "{to}");
        let part = |name: &str| to.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        assert_eq!(part("redirect_uri"), Some(format!("{SITE}/api/v1/auth/oidc/callback")));
        assert_eq!(
            (part("response_type").as_deref(), part("code_challenge_method").as_deref()),
            (Some("code"), Some("S256"))
        );
        let cookie = answer.header("set-cookie");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/api/v1/auth/oidc", "Max-Age=600"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains(&part("state").unwrap()), "sealed");
    }
    // A script cannot be led there, but told.
    let told = site.get("/api/v1/auth/oidc").await;
    let to = told.is(200).data()["authorization_url"].as_str().unwrap();
    assert!(to.starts_with(&provider.issuer) && told.header("set-cookie").starts_with("tintuc_oidc="), "{to}");
}

#[actix_web::test]
async fn a_disabled_account_is_not_let_in_by_the_provider_either() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap"])).await;
    let device = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));

    site.sql("UPDATE users SET disabled_at = now() WHERE email = 'bientap@tinh.example'").unwrap();

    device.is_signed_out().await;
    Browser::default().signs_in(&site, &provider, "a1").await.is_problem(401, "invalid_credentials");
}

#[actix_web::test]
async fn the_provider_asks_for_a_second_factor_where_it_wants_one_and_we_for_none_besides() {
    let provider = Provider::start();
    let site = Site::with(|settings| {
        provider.trusted(ROLES)(settings);
        settings.require_totp = vec!["editor".into()];
    })
    .await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap"])).await;
    let device = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));

    device.me().await.is(200);
    device.asks(Method::POST, "/auth/totp").await.is_problem(409, "conflict");
    let by_password = site.person_with(&["editor"]).await;
    by_password.get("/me").await.is_problem(403, "totp_enrolment_required");
    enrols(&site, &by_password).await;
    by_password.get("/me").await.is(200);
}

#[actix_web::test]
async fn an_administrator_by_the_provider_counts_as_one_and_the_last_is_not_taken_by_claims() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    let by_password = site.person([Admin]).await;
    provider.knows("a1", &somebody("quantri@tinh.example", &["quantri"])).await;
    let device = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));
    let me = device.me().await.data()["id"].as_str().unwrap().to_owned();

    let demoted = by_password.request(Method::PUT, &format!("/users/{}/grants", by_password.id));
    site.send(demoted.json(&json!({ "grants": [] }))).await.is(200);

    for statement in [
        format!("UPDATE users SET disabled_at = now() WHERE id = '{me}'"),
        "DELETE FROM role_grants".to_owned(),
        "DELETE FROM identities".to_owned(),
    ] {
        let refusal = site.sql(&statement).expect_err(&statement).to_string();
        assert!(refusal.contains("last administrator"), "{statement}: {refusal}");
    }
    provider.knows("a1", &somebody("quantri@tinh.example", &["bientap"])).await;
    device.refreshes().await.is_problem(409, "conflict");
    Browser::default().signs_in(&site, &provider, "a1").await.is_problem(409, "conflict");
    assert_eq!(site.count("role_grants WHERE role = 'admin'"), 1);
}

#[actix_web::test]
async fn of_what_the_provider_gives_nothing_is_kept_that_could_be_used() {
    let provider = Provider::start();
    let site = Site::with(provider.trusted(ROLES)).await;
    provider.knows("a1", &somebody("bientap@tinh.example", &["bientap"])).await;
    let device = Device::holding(&site, Browser::default().signs_in(&site, &provider, "a1").await.is(200));

    assert_eq!(site.count("provider_sessions WHERE length(sealed) > 60"), 1);
    // As plain text it would be letters.
    assert_eq!(site.count("provider_sessions WHERE encode(sealed, 'escape') ~ '^[A-Za-z0-9_-]+$'"), 0);
    device.asks(Method::POST, "/auth/logout").await.is(204);
    assert_eq!(site.count("provider_sessions"), 0);
}

#[actix_web::test]
async fn without_a_provider_there_is_no_single_sign_on() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    site.get("/api/v1/auth/oidc").await.is_problem(404, "not_found");
    site.get("/api/v1/auth/oidc/callback?code=x&state=y").await.is_problem(404, "not_found");
    let request = site.request(Method::POST, "/api/v1/auth/oidc/link").bearer_auth(&author.token);
    site.send(request.json(&json!({ "password": PASSWORD }))).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_provider_that_is_silent_or_sends_without_end_is_given_up() {
    for endless in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept() {
                let _ = BufReader::new(&stream).read_line(&mut String::new());
                if endless {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
                    while stream.write_all(&[b' '; 65_536]).is_ok() {}
                }
                kept.push(stream);
            }
        });
        let site = Site::with(|settings: &mut Settings| {
            settings.site_url = Some(SITE.parse().unwrap());
            settings.oidc.oidc_issuer = Some(issuer);
            settings.oidc.oidc_client_id = Some("tintuc".into());
            settings.oidc.oidc_roles = Some(ROLES.into());
        })
        .await;
        let began = Instant::now();

        site.get("/api/v1/auth/oidc").await.is_problem(503, "unavailable");

        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

#[test]
fn settings_that_would_let_in_nobody_or_anybody_are_refused_at_the_start() {
    let refusal = |change: &dyn Fn(&mut Settings)| {
        let mut settings = Settings::defaults();
        settings.site_url = Some(SITE.parse().unwrap());
        settings.oidc.oidc_issuer = Some("https://id.tinh.example".into());
        settings.oidc.oidc_client_id = Some("tintuc".into());
        settings.oidc.oidc_roles = Some(ROLES.into());
        change(&mut settings);
        // Before the database is asked for anything.
        match tintuc::app::App::connect(settings, &"postgres://nobody@127.0.0.1:1/nothing".into()) {
            Err(StartError::SingleSignOn(why)) => why,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it starts"),
        }
    };
    assert!(refusal(&|it| it.oidc.oidc_issuer = Some("http://id.tinh.example".into())).contains("https"));
    assert!(refusal(&|it| it.oidc.oidc_roles = None).contains("oidc_roles"));
    assert!(refusal(&|it| it.oidc.oidc_roles = Some("groups:a=chief".into())).contains("groups:a=chief"));
    assert!(refusal(&|it| it.oidc.oidc_client_id = None).contains("oidc_client_id"));
    assert!(refusal(&|it| it.site_url = None).contains("site_url"));
}

/// What happened to somebody, newest first.
async fn events(admin: &Person<'_>, me: &Answer) -> Vec<String> {
    let entries = admin.get(&format!("/audit?subject={}&limit=100", me.data()["id"].as_str().unwrap())).await;
    entries.is(200).rows().iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}
