//! Old addresses: who follows one comes to the article as it is now.

use std::{
    fs,
    process::{Command, Stdio},
};

use reqwest::Method;
use serde_json::json;
use tintuc::{
    app,
    delivery::legacy::redirects::{self, Form},
    newsroom::Transition::Unpublish,
    settings::Settings,
};
use url::form_urlencoded::byte_serialize;

use crate::support::{Answer, Approver, Site, person::Handle};

const NEWS: &str = "c0ffee00-0000-4000-8000-000000000001";
const NOTICES: &str = "c0ffee00-0000-4000-8000-000000000002";

/// A list that was imported.
fn list(site: &Site, list: &str, folder: &str, patterns: &str) {
    site.sql(&format!(
        "INSERT INTO import_lists (list_id, name, base, folder, patterns)
         VALUES ('{list}', 'Danh sách', 'https://cong.example', '{folder}', '{patterns}');
         INSERT INTO import_runs (list_id, started_at, finished_at) VALUES ('{list}', now(), now())"
    ))
    .expect("a list");
}

/// An article that was an item of it.
fn came_from(site: &Site, article: &Handle, list: &str, item: i64) {
    site.sql(&format!(
        "INSERT INTO imported_items (list_id, item_id, article_id, digest, versions, revision, run_id)
         SELECT '{list}', {item}, '{}', sha256(''), '{{}}', 1, max(id) FROM import_runs WHERE list_id = '{list}'",
        article.id
    ))
    .expect("an item");
}

fn was_at(site: &Site, list: &str, item: i64, address: &str) {
    site.sql(&format!("INSERT INTO old_addresses VALUES ('{address}', '{list}', {item})")).expect("an address");
}

async fn at(site: &Site, url: &str) -> Answer {
    let url: String = byte_serialize(url.as_bytes()).collect();
    site.get(&format!("/api/v1/legacy?url={url}")).await
}

#[track_caller]
fn leads_to(answer: &Answer, article: &Handle) {
    assert_eq!(answer.is(308).header("location"), format!("/api/v1/articles/{}", article.slug()));
}

#[actix_web::test]
async fn an_item_is_found_by_its_number() {
    let site = Site::start().await;
    list(&site, NEWS, "/Lists/TinTuc", "{}");
    let article = site.live(site.article().await).await;
    came_from(&site, &article, NEWS, 1207);

    let answer = site.get("/api/v1/legacy/1207").await;
    leads_to(&answer, &article);
    assert!(answer.header("cache-control").starts_with("max-age="), "{}", answer.header("cache-control"));
    leads_to(&site.get(&format!("/api/v1/legacy/1207?list={NEWS}")).await, &article);
    leads_to(&site.send(site.request(Method::HEAD, "/api/v1/legacy/1207")).await, &article);
    for missing in ["/1208", "/0", "/-1", "/99999999999999999999", "/1207x", &format!("/1207?list={NOTICES}")] {
        site.get(&format!("/api/v1/legacy{missing}")).await.is_problem(404, "not_found");
    }
    site.get("/api/v1/legacy/1207?list=x").await.is(400);
    site.get("/api/v1/legacy/1207?lists=x").await.is_problem(400, "unknown_parameter");
}

#[actix_web::test]
async fn an_address_is_found_however_it_is_written() {
    let site = Site::start().await;
    list(&site, NEWS, "/Lists/TinTuc", "{\"/tin-tuc/{any}-{id}.html\"}");
    let article = site.live(site.article().await).await;
    came_from(&site, &article, NEWS, 7);
    was_at(&site, NEWS, 7, "/pages/tin tức.aspx");

    for address in [
        "/Lists/TinTuc/DispForm.aspx?ID=7",
        "https://cong.example/lists/TINTUC/dispform.ASPX?Source=%2FPages&id=7&ContentTypeId=0x01#x",
        "http://noi-bo:8080/Lists/TinTuc/DispForm.aspx?ID=7",
        "/_layouts/15/listform.aspx?PageType=4&ListId={c0ffee00-0000-4000-8000-000000000001}&ID=7",
        "/Pages/Tin%20t%E1%BB%A9c.aspx",
        "/pages/tin tu\u{31b}\u{301}c.aspx/?x=1",
        "/tin-tuc/mua-cam-2020-7.html?trang=2",
    ] {
        leads_to(&at(&site, address).await, &article);
    }
    for missing in [
        "/Lists/TinTuc/DispForm.aspx?ID=8",
        "/Lists/TinTuc/EditForm.aspx?ID=7",
        "/Lists/Khac/DispForm.aspx?ID=7",
        "/_layouts/15/listform.aspx?PageType=4&ListId={c0ffee00-0000-4000-8000-000000000002}&ID=7",
        "/tin-tuc/a/b-7.html",
        "/Pages/khac.aspx",
        "javascript:alert(1)",
        "%00",
    ] {
        at(&site, missing).await.is_problem(404, "not_found");
    }
    for refused in ["/\u{0}", &format!("/{}", "đ".repeat(1500))] {
        let answer = at(&site, refused).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404 | 414), "{}", answer.status);
    }
    at(&site, "").await.is(400);
    at(&site, &"/x".repeat(1001)).await.is(400);
    site.get("/api/v1/legacy").await.is(400);
}

#[actix_web::test]
async fn what_is_not_public_is_not_told() {
    let site = Site::start().await;
    list(&site, NEWS, "/Lists/TinTuc", "{\"/tin/{id}\"}");
    let draft = site.approved(site.article().await.with("legacy_id", 9)).await;
    came_from(&site, &draft, NEWS, 7);
    was_at(&site, NEWS, 7, "/pages/x.aspx");

    site.get("/api/v1/legacy/7").await.is_problem(404, "not_found");
    for address in ["/Lists/TinTuc/DispForm.aspx?ID=7", "/pages/x.aspx", "/tin/7"] {
        at(&site, address).await.is_problem(404, "not_found");
    }
    for view in ["legacy_items", "legacy_addresses"] {
        assert_eq!(site.count(&format!("delivery.{view}")), 0, "{view}");
    }

    let approver = site.person([Approver]).await;
    let live = approver.publishes(&draft).await;
    leads_to(&site.get("/api/v1/legacy/7").await, &live);
    let body = json!({ "notice": "Đã thu hồi." });
    let withdrawn = Handle::of(approver.tries_with(Unpublish, &live, body).await.is(200));
    for answer in [site.get("/api/v1/legacy/7").await, at(&site, "/pages/x.aspx").await, at(&site, "/tin/7").await] {
        assert_eq!(answer.is_problem(410, "gone").body["notice"], "Đã thu hồi.");
    }
    assert_eq!(withdrawn.field("status"), "withdrawn");
}

#[actix_web::test]
async fn a_number_that_an_editor_wrote_is_found_too_once_it_is_public() {
    let site = Site::start().await;
    let live = site.live(site.article().await.with("legacy_id", 12)).await;
    leads_to(&site.get("/api/v1/legacy/12").await, &live);
    leads_to(&at(&site, "/Lists/TinTuc/DispForm.aspx?ID=12").await, &live);

    let editor = site.person([crate::support::Editor]).await;
    editor.edits(&editor.sees(&live).await, json!({ "legacy_id": 13 })).await;
    site.get("/api/v1/legacy/13").await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn where_two_lists_had_a_number_the_list_has_to_be_named() {
    let site = Site::start().await;
    list(&site, NEWS, "/Lists/TinTuc", "{\"/tin/{id}\"}");
    list(&site, NOTICES, "/Lists/ThongBao", "{\"/tin/{id}\"}");
    let (news, notice) = (site.live(site.article().await).await, site.live(site.article().await).await);
    came_from(&site, &news, NEWS, 5);
    came_from(&site, &notice, NOTICES, 5);

    let refusal = site.get("/api/v1/legacy/5").await;
    assert_eq!(refusal.is_problem(400, "bad_request").body["lists"], json!([NEWS, NOTICES]));
    at(&site, "/tin/5").await.is_problem(400, "bad_request");
    leads_to(&site.get(&format!("/api/v1/legacy/5?list={NOTICES}")).await, &notice);
    leads_to(&site.get(&format!("/api/v1/legacy?url=/tin/5&list={NEWS}")).await, &news);
    leads_to(&at(&site, "/Lists/ThongBao/DispForm.aspx?ID=5").await, &notice);
    leads_to(&at(&site, "/Lists/TinTuc/DispForm.aspx?ID=5").await, &news);
}

#[actix_web::test]
async fn a_redirect_leads_to_the_page_that_people_read() {
    let site = Site::with(|settings| {
        settings.site_url = Some("https://tinh.example".parse().expect("a URL"));
        settings.article_url = Some("{site}/{category}/{slug}".to_owned());
    })
    .await;
    list(&site, NEWS, "/Lists/TinTuc", "{}");
    let article = site.live(site.article().await).await;
    came_from(&site, &article, NEWS, 1);
    let location = site.get("/api/v1/legacy/1").await.is(308).header("location");
    assert_eq!(location, format!("https://tinh.example/thong-bao/{}", article.slug()));
}

#[actix_web::test]
async fn a_redirect_follows_the_article_at_once() {
    let site = Site::start().await;
    list(&site, NEWS, "/Lists/TinTuc", "{}");
    let article = site.live(site.article().await).await;
    came_from(&site, &article, NEWS, 1);
    leads_to(&site.get("/api/v1/legacy/1").await, &article);
    let approver = site.person([Approver]).await;
    approver.does(Unpublish, &article).await;
    site.get("/api/v1/legacy/1").await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn an_address_costs_as_many_statements_however_much_was_imported() {
    let site = Site::start().await;
    list(&site, NEWS, "/Lists/TinTuc", "{\"/tin/{id}\"}");
    let mut spent = Vec::new();
    for item in 1..=4 {
        let article = site.live(site.article().await).await;
        came_from(&site, &article, NEWS, item);
        was_at(&site, NEWS, item, &format!("/pages/{item}.aspx"));
        let addresses =
            [format!("/Lists/TinTuc/DispForm.aspx?ID={item}"), format!("/pages/{item}.aspx"), format!("/tin/{item}")];
        let before = site.app.delivery.statements();
        for address in addresses {
            leads_to(&at(&site, &address).await, &article);
        }
        spent.push(site.app.delivery.statements() - before);
    }
    assert!(spent[1..].iter().all(|statements| *statements == spent[3]), "{spent:?}");
    assert!(spent[3] <= 3 * 8, "{spent:?}");
    for query in [
        "SELECT article_id FROM delivery.legacy_items WHERE item_id = ANY('{1,2}')",
        "SELECT item_id FROM delivery.legacy_addresses WHERE address = '/pages/1.aspx'",
    ] {
        let plan = site.plan(query);
        assert!(!plan.contains("Seq Scan on imported_items") && !plan.contains("Seq Scan on old_addresses"), "{plan}");
    }
}

/// What is written of all old addresses.
fn written(site: &Site, form: Form, list: Option<&str>) -> String {
    let canonical =
        app::addresses(&Settings { portal: Some(tintuc::settings::PortalChoice::Off), ..Settings::defaults() });
    let (canonical, list) = (canonical.expect("addresses"), list.map(|list| list.parse().expect("a GUID")));
    let mut out = Vec::new();
    let mut conn = diesel::Connection::establish(site.database()).expect("a connection");
    redirects::write(&mut conn, &canonical, form, list, &mut out).expect("redirects");
    String::from_utf8(out).expect("UTF-8")
}

#[actix_web::test]
async fn all_old_addresses_are_written_for_a_server_in_front() {
    let site = Site::start().await;
    list(&site, NEWS, "/Lists/Tin (mới)", "{\"/tin-tuc/{any}-{id}.html\"}");
    list(&site, NOTICES, "/Lists/ThongBao", "{}");
    let (news, notice) = (site.live(site.article().await).await, site.live(site.article().await).await);
    let draft = site.approved(site.article().await).await;
    came_from(&site, &news, NEWS, 10);
    came_from(&site, &draft, NEWS, 9);
    came_from(&site, &notice, NOTICES, 10);
    was_at(&site, NEWS, 10, "/pages/tin \"$x\".aspx");
    was_at(&site, NEWS, 9, "/pages/nhap.aspx");
    let new = |article: &Handle| format!("/api/v1/articles/{}", article.slug());

    assert_eq!(
        written(&site, Form::Csv, None),
        format!(
            "old,new\r\n/Lists/Tin (mới)/DispForm.aspx?ID=10,{0}\r\n/Lists/ThongBao/DispForm.aspx?ID=10,{1}\r\n\
             \"/pages/tin \"\"$x\"\".aspx\",{0}\r\n",
            new(&news),
            new(&notice)
        )
    );
    assert_eq!(
        written(&site, Form::Csv, Some(NOTICES)),
        format!("old,new\r\n/Lists/ThongBao/DispForm.aspx?ID=10,{}\r\n", new(&notice))
    );
    let maps = written(&site, Form::Nginx, None);
    nginx_agrees(
        &maps,
        &[
            ("/Lists/Tin%20(m%E1%BB%9Bi)/DispForm.aspx?ID=10", Some(new(&news))),
            ("/lists/tin%20(m%E1%BB%9Bi)/dispform.aspx?x=1&id=10&y=2", Some(new(&news))),
            ("/Lists/ThongBao/DispForm.aspx?ID=10", Some(new(&notice))),
            ("/Lists/ThongBao/DispForm.aspx?ID=9", None),
            (&format!("/_layouts/15/listform.aspx?PageType=4&ListId=%7B{NOTICES}%7D&ID=10"), Some(new(&notice))),
            ("/tin-tuc/mua-cam-10.html", Some(new(&news))),
            ("/tin-tuc/a/b-10.html", None),
            ("/Pages/tin%20%22$x%22.aspx", Some(new(&news))),
            ("/pages/nhap.aspx", None),
            ("/", None),
        ],
    )
    .await;
}

/// Where nginx leads these addresses, if there is one on this machine.
async fn nginx_agrees(maps: &str, addresses: &[(&str, Option<String>)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().display();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("an address").port();
    fs::write(folder.path().join("maps.conf"), maps).expect("a file");
    fs::write(
        folder.path().join("nginx.conf"),
        format!(
            "daemon off; master_process off; pid {at}/pid; error_log stderr; events {{}} http {{ access_log off; client_body_temp_path {at}/a;
             proxy_temp_path {at}/b; fastcgi_temp_path {at}/c; uwsgi_temp_path {at}/d; scgi_temp_path {at}/e;
             include {at}/maps.conf;
             server {{ listen 127.0.0.1:{port}; absolute_redirect off;
                       if ($tintuc_new) {{ return 308 $tintuc_new; }} return 404; }} }}"
        ),
    )
    .expect("a file");
    drop(socket);
    let program = Command::new("nginx")
        .args(["-c", &format!("{at}/nginx.conf"), "-p", &at.to_string()])
        .stdout(Stdio::null())
        .spawn();
    let Ok(mut nginx) = program else {
        eprintln!("there is no nginx here to read the maps");
        return;
    };
    let client = crate::support::site::client();
    let mut answered = Vec::new();
    for (address, _) in addresses {
        let mut location = None;
        for _ in 0..100 {
            let Ok(answer) = client.get(format!("http://127.0.0.1:{port}{address}")).send().await else {
                actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            };
            location = Some(answer.headers().get("location").map(|to| to.to_str().expect("ASCII").to_owned()));
            break;
        }
        answered.push(location);
    }
    // SIGTERM would need a crate more; it holds nothing that has to be put away.
    nginx.kill().expect("it ends");
    nginx.wait().expect("it ended");
    for ((address, expected), found) in addresses.iter().zip(answered) {
        assert_eq!(found.as_ref(), Some(expected), "{address}");
    }
}
