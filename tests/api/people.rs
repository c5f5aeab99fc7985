//! People, as administrators look after them: who is let in, who is put out, and who may say so.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Admin, Answer, Approver, Author, Editor, Person, Site,
    people::{a_user, accepts, invited},
    site::PASSWORD,
};

#[actix_web::test]
async fn a_user_is_invited_comes_in_and_is_who_they_were_said_to_be() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let category = site.category("Kinh tế").await;
    let grants = json!([{ "role": "author" }, { "role": "approver", "category": category }]);
    let input = json!({ "email": "So.YTe@tinh.example", "name": "Sở  Y tế", "grants": grants });

    let answer = admin.post("/users", &input).await;

    let user = answer.is(201).data();
    let members: Vec<&String> = user.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["created_at", "disabled", "email", "four_eyes_override", "grants", "id", "invite", "joined", "name", "totp"]
    );
    assert_eq!(
        (&user["email"], &user["name"], &user["joined"]),
        (&json!("so.yte@tinh.example"), &json!("Sở Y tế"), &json!(false))
    );
    assert_eq!(answer.header("location"), format!("/api/v1/manage/users/{}", user["id"].as_str().unwrap()));
    assert_eq!(
        (&user["grants"][0], &user["grants"][1]["category"]["slug"]),
        (&json!({ "role": "author", "category": null }), &json!(category))
    );
    site.sign_in("so.yte@tinh.example", PASSWORD).await.is_problem(401, "invalid_credentials");
    let device = accepts(&site, &answer, "một mật khẩu của tôi").await;
    assert_eq!(device.me().await.is(200).data()["id"], user["id"]);
    site.sign_in("so.yte@tinh.example", "một mật khẩu của tôi").await.is(200);
    let seen = admin.get(&format!("/users/{}", user["id"].as_str().unwrap())).await;
    assert_eq!((&seen.data()["joined"], &seen.data()["invite"]), (&json!(true), &Value::Null));
}

#[actix_web::test]
async fn who_is_disabled_is_out_with_the_next_request_on_every_replica() {
    let site = Site::start().await;
    let replica = site.replica().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let device = crate::support::Device::of(&site, &author).await;
    author.at(&replica).get("/me").await.is(200);

    let disabled = change(&admin, &author, json!({ "disabled": true })).await;

    assert_eq!(disabled.is(200).data()["disabled"], true);
    author.at(&replica).get("/me").await.is_problem(401, "unauthenticated");
    device.is_signed_out().await;
    site.sign_in(&author.email, PASSWORD).await.is_problem(401, "invalid_credentials");
    change(&admin, &author, json!({ "disabled": false })).await.is(200);
    device.is_signed_out().await;
    site.sign_in(&author.email, PASSWORD).await.is(200);
}

#[actix_web::test]
async fn what_somebody_is_granted_is_replaced_whole_and_counts_at_once_on_every_replica() {
    let site = Site::start().await;
    let replica = site.replica().await;
    let (admin, person) = (site.person([Admin]).await, site.person([Author, Approver]).await);
    let category = site.category("Kinh tế").await;
    person.at(&replica).get("/articles").await.is(200);

    let granted = grants(&admin, &person, json!({ "grants": [{ "role": "editor", "category": category }] })).await;

    assert_eq!(granted.is(200).data()["grants"].as_array().unwrap().len(), 1);
    assert_eq!(granted.data(), admin.get(&format!("/users/{}/grants", person.id)).await.data());
    let me = person.at(&replica).get("/me").await;
    assert_eq!(me.data()["grants"][0]["category"]["slug"], category);
    grants(&admin, &person, json!({ "grants": [] })).await.is(200);
    person.at(&replica).get("/articles").await.is_problem(403, "forbidden");
}

#[actix_web::test]
async fn the_four_eyes_override_is_given_and_taken_singly() {
    let site = Site::start().await;
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let same = json!([{ "role": "approver" }]);

    let given = grants(&admin, &approver, json!({ "grants": same, "four_eyes_override": true })).await;
    let left = grants(&admin, &approver, json!({ "grants": same })).await;
    let taken = grants(&admin, &approver, json!({ "grants": same, "four_eyes_override": false })).await;

    let seen = [given, left, taken].map(|answer| answer.is(200).data()["four_eyes_override"].clone());
    assert_eq!(seen, [json!(true), json!(true), json!(false)]);
    assert_eq!(site.count("user_permissions"), 0);
}

#[actix_web::test]
async fn a_grant_names_its_category_by_slug_or_id_and_one_that_names_nothing_is_refused() {
    let site = Site::start().await;
    let (admin, person) = (site.person([Admin]).await, site.person([Author]).await);
    let category = site.category("Kinh tế").await;
    let by_slug = grants(&admin, &person, json!({ "grants": [{ "role": "editor", "category": category }] })).await;
    let id = by_slug.is(200).data()["grants"][0]["category"]["id"].as_str().unwrap().to_uppercase();

    let by_id = grants(&admin, &person, json!({ "grants": [{ "role": "editor", "category": id }] })).await;
    let refused = grants(
        &admin,
        &person,
        json!({ "grants": [
            { "role": "editor", "category": "khong-co" }, { "role": "editor" }, { "role": "editor" }
        ] }),
    )
    .await;
    let misspelt = grants(&admin, &person, json!({ "grants": [{ "role": "chief" }] })).await;

    assert_eq!(by_id.is(200).data(), by_slug.data());
    assert_eq!(
        refused.is_problem(422, "validation_failed").errors(),
        ["/grants/0/category unknown", "/grants/2 repeated"]
    );
    assert_eq!(misspelt.is_problem(422, "validation_failed").errors(), ["/grants/0/role not_allowed"]);
    assert_eq!(admin.get(&format!("/users/{}/grants", person.id)).await.data(), by_slug.data(), "nothing is kept");
}

#[actix_web::test]
async fn an_admin_of_a_category_gives_and_takes_within_it_alone() {
    let site = Site::start().await;
    let here = site.category("Kinh tế").await;
    let below = site.category_below("Nông nghiệp", Some(&here)).await;
    let elsewhere = site.category("Văn hóa").await;
    let admin = site.person_with(&[format!("admin@{here}")]).await;
    let person = site.person_with(&[format!("author@{elsewhere}")]).await;
    let theirs = json!({ "role": "author", "category": elsewhere });

    grants(&admin, &person, json!({ "grants": [theirs, { "role": "admin", "category": below }] })).await.is(200);
    let on_site = grants(&admin, &person, json!({ "grants": [theirs, { "role": "author" }] })).await;
    let outside =
        grants(&admin, &person, json!({ "grants": [theirs, { "role": "editor", "category": elsewhere }] })).await;
    let takes = grants(&admin, &person, json!({ "grants": [{ "role": "editor", "category": below }] })).await;
    let overrides = grants(&admin, &person, json!({ "grants": [theirs], "four_eyes_override": true })).await;

    assert_eq!(on_site.is_problem(403, "forbidden").errors(), ["/grants/1 forbidden"]);
    assert_eq!(outside.is_problem(403, "forbidden").errors(), ["/grants/1 forbidden"]);
    assert_eq!(takes.is_problem(403, "forbidden").errors(), ["/grants forbidden"]);
    assert_eq!(overrides.is_problem(403, "forbidden").errors(), ["/four_eyes_override forbidden"]);
    grants(&admin, &person, json!({ "grants": [theirs] })).await.is(200);
    let new = |grants: Value| json!({ "email": "moi@tinh.example", "name": "Phòng mới", "grants": grants });
    admin.post("/users", &new(json!([]))).await.is_problem(403, "forbidden");
    let refused = admin.post("/users", &new(json!([{ "role": "author", "category": elsewhere }]))).await;
    assert_eq!(refused.is_problem(403, "forbidden").errors(), ["/grants/0 forbidden"]);
    assert_eq!(site.count("users WHERE email = 'moi@tinh.example'"), 0, "nothing is kept");
    admin.post("/users", &new(json!([{ "role": "author", "category": below }]))).await.is(201);
}

#[actix_web::test]
async fn nobody_resets_or_puts_out_somebody_who_is_granted_more_than_they_administer() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    let admin = site.person_with(&[format!("admin@{category}")]).await;
    let within = site.person_with(&[format!("editor@{category}")]).await;
    let chief = site.person([Admin]).await;
    let both = site.person_with(&["author".to_owned(), format!("editor@{category}")]).await;

    for person in [&chief, &both, &site.person([]).await] {
        change(&admin, person, json!({ "disabled": true })).await.is_problem(403, "forbidden");
        admin.post(&format!("/users/{}/invite", person.id), &json!({})).await.is_problem(403, "forbidden");
        let signs_out = admin.request(Method::DELETE, &format!("/users/{}/sessions", person.id));
        site.send(signs_out).await.is_problem(403, "forbidden");
    }

    chief.get("/me").await.is(200);
    admin.post(&format!("/users/{}/invite", within.id), &json!({})).await.is(201);
    change(&admin, &within, json!({ "disabled": true })).await.is(200);
}

#[actix_web::test]
async fn nobody_but_admins_sees_who_else_has_an_account() {
    let site = Site::start().await;
    let victim = site.person([Author]).await;
    let (path, nobody) = (format!("/users/{}", victim.id), site.person([]).await);
    for person in [nobody, site.person([Author]).await, site.person([Editor]).await, site.person([Approver]).await] {
        person.post("/users", &a_user("a@tinh.example")).await.is_problem(403, "forbidden");
        person.get("/users").await.is_problem(403, "forbidden");
        person.get(&path).await.is_problem(403, "forbidden");
        person.get(&format!("{path}/grants")).await.is_problem(403, "forbidden");
        person.post(&format!("{path}/invite"), &json!({})).await.is_problem(403, "forbidden");
        grants(&person, &person, json!({ "grants": [{ "role": "admin" }] })).await.is_problem(403, "forbidden");
        change_with(&person, &victim, "\"user-1\"", json!({ "disabled": true })).await.is_problem(403, "forbidden");
        let signs_out = person.request(Method::DELETE, &format!("{path}/sessions"));
        site.send(signs_out).await.is_problem(403, "forbidden");
    }
}

#[actix_web::test]
async fn a_change_names_the_account_that_it_is_based_on() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let path = format!("/users/{}", author.id);
    let read = admin.get(&path).await;
    let tag = read.header("etag");

    let without = site.send(admin.request(Method::PATCH, &path).json(&json!({ "name": "Khác" }))).await;
    let renamed = change_with(&admin, &author, &tag, json!({ "name": "Khác" })).await;
    let outdated = change_with(&admin, &author, &tag, json!({ "name": "Lại khác" })).await;
    let regranted = admin.request(Method::PUT, &format!("{path}/grants")).header("If-Match", &tag);
    let regranted = site.send(regranted.json(&json!({ "grants": [] }))).await;

    without.is_problem(428, "precondition_required");
    assert_eq!(renamed.is(200).data()["name"], "Khác");
    assert_ne!(renamed.header("etag"), tag);
    for refused in [&outdated, &regranted] {
        assert_eq!(refused.is_problem(412, "stale_version").header("etag"), renamed.header("etag"));
    }
    let known = admin.request(Method::GET, &path).header("If-None-Match", renamed.header("etag"));
    site.send(known).await.is(304);
    let nothing = change_with(&admin, &author, &renamed.header("etag"), json!({ "name": "Khác" })).await;
    assert_eq!(nothing.is(200).header("etag"), renamed.header("etag"), "nothing changed");
}

#[actix_web::test]
async fn what_cannot_be_written_of_a_user_is_refused_by_name_and_nothing_is_kept() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let before = site.digest(["users", "role_grants", "events", "invites"]);

    for (input, errors) in [
        (json!({}), vec!["/email required", "/name required"]),
        (json!({ "email": "khong", "name": "A" }), vec!["/email invalid_format"]),
        (json!({ "email": "a@tinh.example", "name": "<b>A</b>" }), vec!["/name markup"]),
        (json!({ "email": "a@tinh.example", "name": " \u{200b}" }), vec!["/name too_short"]),
        (
            json!({ "email": "a@tinh.example", "name": "A", "password": "x", "disabled": true }),
            vec!["/disabled unknown_field", "/password unknown_field"],
        ),
    ] {
        let refused = admin.post("/users", &input).await;
        assert_eq!(refused.is_problem(422, "validation_failed").errors(), errors, "{input}");
    }
    let taken = admin.post("/users", &json!({ "email": author.email.to_uppercase(), "name": "A" })).await;
    taken.is_problem(409, "conflict");
    for (patch, error) in [
        (json!({ "name": null }), "/name wrong_type"),
        (json!({ "name": "" }), "/name too_short"),
        (json!({ "disabled": "yes" }), "/disabled wrong_type"),
        (json!({ "email": "b@tinh.example" }), "/email unknown_field"),
    ] {
        let refused = change(&admin, &author, patch).await;
        assert_eq!(refused.is_problem(422, "validation_failed").errors(), [error]);
    }

    assert_eq!(site.digest(["users", "role_grants", "events", "invites"]), before);
    let nobody = admin.get("/users/01890a5d-ac96-774b-bcce-b302099a8057").await;
    nobody.is_problem(404, "not_found");
}

#[actix_web::test]
async fn one_sees_who_may_do_what_in_a_category() {
    let site = Site::start().await;
    let above = site.category("Kinh tế").await;
    let below = site.category_below("Nông nghiệp", Some(&above)).await;
    let elsewhere = site.category("Văn hóa").await;
    let admin = site.person([Admin]).await;
    let (on_site, there) = (site.person([Editor]).await, site.person_with(&[format!("editor@{below}")]).await);
    let higher = site.person_with(&[format!("editor@{above}")]).await;
    site.person_with(&[format!("editor@{elsewhere}")]).await;
    site.disable(&site.person([Editor]).await);
    let who = async |query: &str| {
        let page = admin.get(&format!("/grants?role=editor{query}")).await;
        page.is(200).rows().iter().map(|grant| grant["user"]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let ids = |people: &[&Person<'_>]| people.iter().map(|person| person.id.to_string()).collect::<Vec<_>>();

    assert_eq!(who(&format!("&category={below}")).await, ids(&[&higher, &there, &on_site]));
    assert_eq!(who(&format!("&category={above}")).await, ids(&[&higher, &on_site]));
    assert_eq!(who("").await.len(), 4);
    assert_eq!(who("&category=khong-co").await.len(), 0);
    let first = admin.get("/grants?role=editor&limit=3").await;
    let second = admin.get(first.next().unwrap().strip_prefix("/api/v1/manage").unwrap()).await;
    assert_eq!((first.rows().len(), second.rows().len(), second.next()), (3, 1, None));
}

#[actix_web::test]
async fn users_are_listed_by_name_in_pages_that_cost_the_same() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    for (number, name) in ["Ủy ban", "Đài truyền hình", "An ninh", "Dân vận", "Ấn loát"].into_iter().enumerate()
    {
        let input =
            json!({ "email": format!("n{number}@tinh.example"), "name": name, "grants": [{ "role": "author" }] });
        admin.post("/users", &input).await.is(201);
    }
    let cost = async |path: &str| {
        let before = site.app.newsroom.statements();
        admin.get(path).await.is(200);
        site.app.newsroom.statements() - before
    };

    let (mut names, mut path) = (Vec::new(), "/users?limit=2&disabled=false".to_owned());
    loop {
        let page = admin.get(&path).await;
        names.extend(page.is(200).rows().iter().map(|user| user["name"].as_str().unwrap().to_owned()));
        let Some(next) = page.next() else { break };
        next.strip_prefix("/api/v1/manage").unwrap().clone_into(&mut path);
    }

    assert_eq!(names, ["An ninh", "Ấn loát", "Dân vận", "Đài truyền hình", "Phòng 0", "Ủy ban"]);
    assert_eq!(cost("/users?limit=1").await, cost("/users?limit=100").await);
    assert_eq!(admin.get("/users?disabled=true").await.rows().len(), 0);
}

#[actix_web::test]
async fn one_ends_all_ones_own_sessions_and_an_administrator_those_of_somebody() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let device = crate::support::Device::of(&site, &author).await;

    device.asks(Method::DELETE, "/auth/sessions").await.is(204);

    device.is_signed_out().await;
    author.get("/me").await.is_problem(401, "unauthenticated");
    let device = crate::support::Device::of(&site, &author).await;
    site.send(admin.request(Method::DELETE, &format!("/users/{}/sessions", author.id))).await.is(204);
    device.is_signed_out().await;
    admin.get("/me").await.is(200);
}

#[actix_web::test]
async fn an_invitation_is_good_once() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let invitation = invited(&admin, "a@tinh.example").await;

    let (one, two) =
        tokio::join!(come(&site, &invitation, "mật khẩu thứ nhất"), come(&site, &invitation, "mật khẩu thứ hai"));

    let (winner, loser) = if one.status == 200 { (one, two) } else { (two, one) };
    winner.is(200);
    assert_eq!(loser.is_problem(422, "validation_failed").errors(), ["/token used"]);
    let again = come(&site, &invitation, "mật khẩu thứ ba").await;
    assert_eq!(again.is_problem(422, "validation_failed").errors(), ["/token used"]);
}

#[actix_web::test]
async fn an_invitation_is_good_for_three_days_and_until_the_next() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let first = invited(&admin, "a@tinh.example").await;
    let id = first.data()["id"].as_str().unwrap().to_owned();

    let second = admin.post(&format!("/users/{id}/invite"), &json!({})).await;
    let replaced = come(&site, &first, "một mật khẩu dài").await;
    let short = come(&site, &second, "bảy chữ").await;
    site.time_passes(Duration::hours(73));
    let late = come(&site, &second, "một mật khẩu dài").await;

    second.is(201);
    assert_eq!(replaced.is_problem(422, "validation_failed").errors(), ["/token unknown"]);
    assert_eq!(short.is_problem(422, "validation_failed").errors(), ["/password password"]);
    assert_eq!(late.is_problem(422, "validation_failed").errors(), ["/token expired"]);
    let third = admin.post(&format!("/users/{id}/invite"), &json!({})).await;
    come(&site, &third, "một mật khẩu dài").await.is(200);
}

#[actix_web::test]
async fn a_reset_leaves_the_password_until_it_is_accepted_and_then_ends_every_session() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let reset = admin.post(&format!("/users/{}/invite", author.id), &json!({})).await;
    author.get("/me").await.is(200);
    site.sign_in(&author.email, PASSWORD).await.is(200);

    accepts(&site, &reset, "một mật khẩu khác").await;

    author.get("/me").await.is_problem(401, "unauthenticated");
    site.sign_in(&author.email, PASSWORD).await.is_problem(401, "invalid_credentials");
    site.sign_in(&author.email, "một mật khẩu khác").await.is(200);
}

#[actix_web::test]
async fn who_is_disabled_is_not_invited_and_does_not_come_in_by_an_earlier_invitation() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let path = format!("/users/{}/invite", author.id);
    let earlier = admin.post(&path, &json!({})).await;

    change(&admin, &author, json!({ "disabled": true })).await.is(200);

    admin.post(&path, &json!({})).await.is_problem(409, "conflict");
    let refused = come(&site, &earlier, "một mật khẩu dài").await;
    assert_eq!(refused.is_problem(422, "validation_failed").errors(), ["/token unknown"]);
}

#[actix_web::test]
async fn of_an_invitation_only_the_digest_is_kept_and_no_problem_repeats_it() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let invitation = invited(&admin, "a@tinh.example").await;
    let token = invitation.data()["invite"]["token"].as_str().unwrap();

    assert!(token.starts_with("tti_") && token.len() == 47, "{token}");
    assert_eq!(site.count(&format!("invites WHERE digest = sha256('{token}')")), 1);
    let tables =
        ["invites", "users", "events"].map(|table| site.count(&format!("{table} t WHERE t::text LIKE '%{token}%'")));
    assert_eq!(tables, [0, 0, 0]);
    accepts(&site, &invitation, "một mật khẩu dài").await;
    let again = come(&site, &invitation, "một mật khẩu dài").await;
    assert!(!again.body.to_string().contains(token));
}

/// Comes in by an invitation, or tries to.
async fn come(site: &Site, invitation: &Answer, password: &str) -> Answer {
    let token = &invitation.data()["invite"]["token"];
    site.post("/api/v1/auth/accept", &json!({ "token": token, "password": password })).await
}

/// Says what somebody is granted.
async fn grants(by: &Person<'_>, person: &Person<'_>, input: Value) -> Answer {
    Answer::to(by.request(Method::PUT, &format!("/users/{}/grants", person.id)).json(&input)).await
}

/// Changes an account, as it is now.
async fn change(by: &Person<'_>, person: &Person<'_>, patch: Value) -> Answer {
    let tag = by.get(&format!("/users/{}", person.id)).await.header("etag");
    change_with(by, person, &tag, patch).await
}

async fn change_with(by: &Person<'_>, person: &Person<'_>, tag: &str, patch: Value) -> Answer {
    let request = by.request(Method::PATCH, &format!("/users/{}", person.id)).header("If-Match", tag);
    Answer::to(request.header("content-type", "application/merge-patch+json").body(patch.to_string())).await
}
