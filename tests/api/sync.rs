//! The change feed: all that is public once, and from then on each change and each removal.

use std::time::{Duration, Instant};

use chrono::Duration as Time;
use diesel::{Connection, PgConnection, RunQueryDsl, connection::SimpleConnection, sql_query};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Submit, Unpublish, Unschedule};

use crate::support::{
    Admin, Approver, Author, Editor, Person, Site, an_article, in_minutes, mirror::Mirror, person::Handle,
};

/// The next edition of an article, with these changes, is public.
async fn revised(site: &Site, article: &Handle, patch: Value) -> Handle {
    let editor = site.person([Editor]).await;
    let approver = site.person([Approver]).await;
    let edited = editor.edits(&editor.sees(article).await, patch).await;
    approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await
}

/// The id of what has this slug in a list of the management side.
async fn id_of(admin: &Person<'_>, list: &str, slug: &str) -> String {
    let found = admin.get(&format!("{list}?limit=100")).await;
    let named = found.is(200).rows().iter().find(|row| row["slug"] == slug).expect("it is there").clone();
    named["id"].as_str().expect("an id").to_owned()
}

async fn withdrawn(site: &Site, article: &Handle) -> Handle {
    let approver = site.person([Approver]).await;
    approver.does(Unpublish, &approver.sees(article).await).await
}

#[actix_web::test]
async fn a_full_pass_gives_what_is_public_and_then_only_what_changes() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let article = |title: &str| an_article().filed_under(&category).titled(title);
    let first = site.live(article("Một")).await;
    let second = site.live(article("Hai").with("related", json!([first.id]))).await;
    withdrawn(&site, &site.live(article("Đã gỡ")).await).await;
    site.person([Author]).await.creates(article("Nháp")).await;
    let mut mirror = Mirror::new();

    assert_eq!(mirror.follows(&site).await, ["upsert Một", "upsert Hai"]);
    assert_eq!(mirror.articles, Mirror::public(&site, "").await);
    assert_eq!(mirror.follows(&site).await, [""; 0]);

    revised(&site, &first, json!({ "title": "Một rưỡi" })).await;
    site.live(article("Ba")).await;
    withdrawn(&site, &second).await;
    assert_eq!(mirror.follows(&site).await, ["upsert Một rưỡi", "upsert Ba", "withdrawn Hai"]);
    assert_eq!(mirror.articles, Mirror::public(&site, "").await);
}

#[actix_web::test]
async fn a_pass_in_small_pages_gives_each_article_once_and_what_changes_meanwhile() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let mut live = Vec::new();
    for number in 0..7 {
        live.push(site.live(an_article().filed_under(&category).titled(&format!("Tin {number}"))).await);
    }
    let mut mirror = Mirror::of("limit=3");

    let (told, has_more) = mirror.page(&site).await;
    assert_eq!((told, has_more), (vec!["upsert Tin 0".into(), "upsert Tin 1".into(), "upsert Tin 2".into()], true));
    withdrawn(&site, &live[1]).await;
    withdrawn(&site, &live[5]).await;
    revised(&site, &live[2], json!({ "title": "Tin 2 mới" })).await;

    let told = mirror.follows(&site).await;
    let expected = ["upsert Tin 3", "upsert Tin 4", "upsert Tin 6", "withdrawn Tin 1", "withdrawn", "upsert Tin 2 mới"];
    assert_eq!(told, expected);
    assert_eq!(mirror.articles, Mirror::public(&site, "").await);
}

#[actix_web::test]
async fn a_change_that_is_committed_late_is_not_skipped() {
    let site = Site::start().await;
    let early = site.live(site.article().await.titled("Sớm")).await;
    let mut mirror = Mirror::new();
    mirror.follows(&site).await;
    // It takes its time, and all that it writes bears the time at which it began.
    let mut late = PgConnection::establish(site.database()).unwrap();
    late.batch_execute("BEGIN").unwrap();
    let ends = "UPDATE published_articles SET ends_at = greatest(starts_at, now()) WHERE article_id = $1";
    sql_query(ends).bind::<diesel::sql_types::Uuid, _>(early.uuid()).execute(&mut late).unwrap();
    site.live(an_article().filed_under("thong-bao").titled("Muộn")).await;
    assert_eq!(mirror.follows(&site).await, ["upsert Muộn"]);
    actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(mirror.follows(&site).await, [""; 0]);

    late.batch_execute("COMMIT").unwrap();

    assert_eq!(mirror.follows(&site).await.len(), 1);
    assert_eq!(mirror.articles, Mirror::public(&site, "").await);
}

#[actix_web::test]
async fn what_the_clock_does_is_told_with_nothing_running() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let category = site.category("Thông báo").await;
    let approved = async |title: &str| site.approved(an_article().filed_under(&category).titled(title)).await;
    let mut mirror = Mirror::new();
    mirror.follows(&site).await;
    approver.publishes_with(&approved("Sẽ đăng").await, json!({ "publish_at": in_minutes(30) })).await;
    approver.publishes_with(&approved("Sẽ hết hạn").await, json!({ "expires_at": in_minutes(40) })).await;
    let called_off = approver.publishes_with(&approved("Bị hủy").await, json!({ "publish_at": in_minutes(30) })).await;
    assert_eq!(mirror.follows(&site).await, ["upsert Sẽ hết hạn"]);
    approver.does(Unschedule, &called_off).await;
    assert_eq!(mirror.follows(&site).await, [""; 0], "what was never public is nobody's business");

    site.time_passes(Time::minutes(35));
    assert_eq!(mirror.follows(&site).await, ["upsert Sẽ đăng"]);
    site.time_passes(Time::minutes(45));
    assert_eq!(mirror.follows(&site).await, ["expired Sẽ hết hạn"]);
    assert_eq!(mirror.follows(&site).await, [""; 0]);
    assert_eq!(mirror.articles, Mirror::public(&site, "").await);
}

#[actix_web::test]
async fn a_clock_that_steps_back_hides_nothing() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let category = site.category("Thông báo").await;
    let approved = async |title: &str| site.approved(an_article().filed_under(&category).titled(title)).await;
    let mut mirror = Mirror::new();
    approver.publishes_with(&approved("Trước").await, json!({ "publish_at": in_minutes(5) })).await;
    site.time_passes(Time::minutes(10));
    assert_eq!(mirror.follows(&site).await, ["upsert Trước"]);

    site.time_passes(Time::minutes(1));
    approver.publishes_with(&approved("Sau").await, json!({ "publish_at": in_minutes(4) })).await;
    mirror.follows(&site).await;
    site.time_passes(Time::minutes(8));
    mirror.follows(&site).await;

    assert_eq!(mirror.articles, Mirror::public(&site, "").await);
    assert_eq!(mirror.articles.len(), 2);
}

#[actix_web::test]
async fn what_was_seen_and_is_called_off_by_a_clock_that_stepped_back_is_removed_where_it_was_seen() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await.titled("Tin")).await;
    let scheduled = approver.publishes_with(&approved, json!({ "publish_at": in_minutes(5) })).await;
    let (mut early, mut late) = (Mirror::new(), Mirror::new());
    early.follows(&site).await;
    site.time_passes(Time::minutes(6));
    assert_eq!(late.follows(&site).await, ["upsert Tin"]);
    site.time_passes(Time::minutes(1));

    approver.does(Unschedule, &approver.sees(&scheduled).await).await;

    assert_eq!((early.follows(&site).await, late.follows(&site).await), (vec![], vec!["withdrawn Tin".to_owned()]));
    site.time_passes(Time::minutes(9));
    assert_eq!((early.follows(&site).await, late.follows(&site).await), (vec![], vec![]));
}

#[actix_web::test]
async fn what_was_public_when_anything_changed_last_is_removed_everywhere_whatever_the_clock_says() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await.titled("Tin")).await;
    let scheduled = approver.publishes_with(&approved, json!({ "publish_at": in_minutes(5) })).await;
    let mut mirror = Mirror::new();
    mirror.follows(&site).await;
    let noted = mirror.token.clone();
    site.time_passes(Time::minutes(6));
    site.live(an_article().filed_under("thong-bao").titled("Khác")).await;
    mirror.follows(&site).await;
    // Killed before it noted how far it was.
    mirror.token = noted;
    site.time_passes(Time::minutes(1));

    approver.does(Unschedule, &approver.sees(&scheduled).await).await;

    let told = mirror.follows(&site).await;
    assert!(told.contains(&"deleted Tin".to_owned()), "{told:?}");
    assert_eq!(mirror.follows(&site).await, [""; 0]);
}

#[actix_web::test]
async fn what_is_taken_back_is_removed_though_it_lies_ahead_by_the_clock_of_who_reads() {
    let site = Site::start().await;
    let live = site.live(site.article().await.titled("Tin")).await;
    let mut mirror = Mirror::new();
    assert_eq!(mirror.follows(&site).await, ["upsert Tin"]);
    let approver = site.person([Approver]).await;
    approver.does(Unpublish, &approver.sees(&live).await).await;

    site.time_passes(Time::minutes(-1));

    assert_eq!(mirror.follows(&site).await, ["withdrawn Tin"]);
    site.time_passes(Time::minutes(0));
    assert_eq!(mirror.follows(&site).await, [""; 0]);
}

#[actix_web::test]
async fn the_only_article_of_a_tag_is_removed_from_a_mirror_that_was_killed_before_it_noted_it() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let approver = site.person([Approver]).await;
    let mut withdrawn = Mirror::of("tag=lua");
    let mut expired = Mirror::of("tag=ngo");
    let mut noted = Vec::new();
    for mirror in [&mut withdrawn, &mut expired] {
        mirror.follows(&site).await;
        noted.push(mirror.token.clone());
    }
    let live = site.live(an_article().filed_under(&category).tagged(["Lúa"]).titled("Lúa")).await;
    let approved = site.approved(an_article().filed_under(&category).tagged(["Ngô"]).titled("Ngô")).await;
    approver.publishes_with(&approved, json!({ "expires_at": in_minutes(5) })).await;
    assert_eq!(withdrawn.follows(&site).await, ["upsert Lúa"]);
    assert_eq!(expired.follows(&site).await, ["upsert Ngô"]);
    for (mirror, noted) in [&mut withdrawn, &mut expired].into_iter().zip(noted) {
        mirror.forgets(noted);
    }

    approver.does(Unpublish, &approver.sees(&live).await).await;
    site.time_passes(Time::minutes(6));

    assert_eq!(withdrawn.follows(&site).await, ["withdrawn Lúa"]);
    assert_eq!(expired.follows(&site).await, ["expired Ngô"]);
}

#[actix_web::test]
async fn a_tag_that_was_never_public_is_no_more_known_than_none() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await.tagged(["Lúa"])).await;
    let mut mirror = Mirror::of("tag=lua");
    mirror.follows(&site).await;
    let seen = site.count("delivery.tags_told");
    let scheduled = approver.publishes_with(&approved, json!({ "publish_at": in_minutes(5) })).await;
    let ahead = site.count("delivery.tags_told");
    approver.does(Unschedule, &approver.sees(&scheduled).await).await;

    assert_eq!((seen, ahead, site.count("delivery.tags_told")), (0, 0, 0));
    assert_eq!(mirror.follows(&site).await, [""; 0]);
}

#[actix_web::test]
async fn what_expires_during_a_full_pass_is_removed_from_a_mirror_that_was_killed_before_it_noted_a_page() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let approver = site.person([Approver]).await;
    site.live(an_article().filed_under(&category).titled("Một")).await;
    let approved = site.approved(an_article().filed_under(&category).titled("Hai")).await;
    approver.publishes_with(&approved, json!({ "expires_at": in_minutes(5) })).await;
    site.live(an_article().filed_under(&category).titled("Ba")).await;
    let mut mirror = Mirror::of("limit=1");
    assert_eq!(mirror.page(&site).await, (vec!["upsert Một".to_owned()], true));
    let noted = mirror.token.clone();
    assert_eq!(mirror.page(&site).await, (vec!["upsert Hai".to_owned()], true));
    mirror.forgets(noted);

    site.time_passes(Time::minutes(6));

    assert_eq!(mirror.follows(&site).await, ["expired Hai", "upsert Ba"]);
    assert_eq!(Mirror::new().follows(&site).await, ["upsert Một", "upsert Ba"], "who begins later hears nothing of it");
}

#[actix_web::test]
async fn what_leaves_the_part_that_somebody_follows_is_removed_there() {
    let site = Site::start().await;
    let (here, there) = (site.category("Kinh tế").await, site.category("Y tế").await);
    let below = site.category_below("Nông nghiệp", Some(&here)).await;
    let mirrors = ["category=kinh-te", "article_type=announcement", "locale=vi", "tag=lua,ngo", "category=khong-co"];
    let mut mirrors = mirrors.map(Mirror::of);
    let article = an_article().filed_under(&below).tagged(["Lúa"]).titled("Giống mới");
    let moving = site.live(article).await;
    let other = site.live(an_article().filed_under(&there).titled("Tiêm chủng")).await;
    let mut told = Vec::new();
    for mirror in &mut mirrors {
        told.push(mirror.follows(&site).await);
    }
    let both = vec!["upsert Giống mới".to_owned(), "upsert Tiêm chủng".to_owned()];
    assert_eq!(told, [both[..1].to_vec(), both.clone(), both.clone(), both[..1].to_vec(), vec![]]);

    let changed = json!({ "category": there, "article_type": "news", "locale": "en", "tags": ["Ngô"] });
    revised(&site, &moving, changed).await;
    withdrawn(&site, &other).await;
    let mut told = Vec::new();
    for mirror in &mut mirrors {
        told.push(mirror.follows(&site).await);
    }
    let moved = ["moved Giống mới".to_owned(), "withdrawn Tiêm chủng".to_owned()];
    assert_eq!(told, [moved[..1].to_vec(), moved.to_vec(), moved.to_vec(), vec!["upsert Giống mới".into()], vec![]]);
}

#[actix_web::test]
async fn a_category_that_moves_takes_its_articles_along() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let (here, there) = (site.category("Kinh tế").await, site.category("Đời sống").await);
    let below = site.category_below("Nông nghiệp", Some(&here)).await;
    site.live(an_article().filed_under(&below).titled("Giống mới")).await;
    let (mut old, mut new) = (Mirror::of("category=kinh-te"), Mirror::of("category=doi-song"));
    assert_eq!((old.follows(&site).await, new.follows(&site).await), (vec!["upsert Giống mới".into()], vec![]));

    let path = format!("/categories/{}", id_of(&admin, "/categories", &below).await);
    let category = admin.get(&path).await;
    let request = admin.request(Method::PATCH, &path);
    let request = request.header("If-Match", category.header("etag")).json(&json!({ "parent": there }));
    site.send(request).await.is(200);

    assert_eq!(old.follows(&site).await, ["moved Giống mới"]);
    assert_eq!(new.follows(&site).await, ["upsert Giống mới"]);
}

#[actix_web::test]
async fn what_is_called_otherwise_is_told_of_in_each_article_that_names_it() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let category = site.category("Thông báo").await;
    let article = an_article().filed_under(&category).titled("Có tên").tagged(["Lúa"]);
    let named = site.live(article.with("author", json!({ "name": "Sở Y tế" }))).await;
    site.live(an_article().filed_under(&site.category("Khác").await).with("article_type", "news")).await;
    let data = site.public(&named).await.data().clone();
    let mut mirror = Mirror::new();
    mirror.follows(&site).await;
    let paths = [
        format!("/categories/{}", data["category"]["id"].as_str().unwrap()),
        format!("/authors/{}", data["author"]["id"].as_str().unwrap()),
        "/article-types/announcement".to_owned(),
        format!("/tags/{}", id_of(&admin, "/tags", "lua").await),
    ];
    for path in paths {
        let now = admin.get(&path).await;
        let request = admin.request(Method::PATCH, &path).header("If-Match", now.header("etag"));
        site.send(request.json(&json!({ "name": "Tên mới" }))).await.is(200);
        assert_eq!(mirror.follows(&site).await, ["upsert Có tên"], "{path}");
        assert_eq!(mirror.articles, Mirror::public(&site, "").await, "{path}");
    }
}

#[actix_web::test]
async fn a_translation_is_told_of_where_it_is_shown() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let original = site.live(an_article().filed_under(&category).titled("Bản gốc")).await;
    let mut mirror = Mirror::new();
    mirror.follows(&site).await;

    let english = an_article().filed_under(&category).titled("Original").with("locale", "en");
    let english = site.live(english.with("translations", json!([original.id]))).await;
    let mut told = mirror.follows(&site).await;
    told.sort();
    assert_eq!(told, ["upsert Bản gốc", "upsert Original"]);
    assert_eq!(mirror.articles, Mirror::public(&site, "").await);

    withdrawn(&site, &english).await;
    let mut told = mirror.follows(&site).await;
    told.sort();
    assert_eq!(told, ["upsert Bản gốc", "withdrawn Original"]);
    assert_eq!(mirror.articles, Mirror::public(&site, "").await);
}

#[actix_web::test]
async fn a_removal_says_when_and_why() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let admin = site.person([Admin]).await;
    let category = site.category("Thông báo").await;
    let article = |title: &str| an_article().filed_under(&category).titled(title);
    let taken_back = site.live(article("Gỡ")).await;
    let deleted = site.live(article("Xóa")).await;
    let until = in_minutes(30);
    approver.publishes_with(&site.approved(article("Hết hạn")).await, json!({ "expires_at": until })).await;
    let mut mirror = Mirror::new();
    mirror.follows(&site).await;
    let since = site.public(&taken_back).await.is(200).data()["last_published_at"].clone();
    withdrawn(&site, &taken_back).await;
    let request = admin.request(Method::DELETE, &format!("/articles/{}?reason=nhầm", deleted.id));
    site.send(request.header("If-Match", deleted.etag.clone())).await.is(204);
    site.time_passes(Time::minutes(31));

    let answer = site.get(&mirror.address()).await;

    let told = answer.is(200).rows();
    let reasons: Vec<_> = told.iter().map(|change| change["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["expired", "withdrawn", "deleted"]);
    let time = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros();
    assert_eq!(time(told[0]["at"].as_str().unwrap()), time(&until));
    assert!(told[1]["at"].as_str() > since.as_str(), "{told:#?}");
    assert!(told.iter().all(|change| change.get("comment").is_none() && !change.to_string().contains("nhầm")));
}

#[actix_web::test]
async fn a_correction_and_a_withdrawal_with_a_notice_arrive_with_what_they_say() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let live = site.live(site.article().await.titled("Lịch cũ")).await;
    let mut mirror = Mirror::new();
    mirror.follows(&site).await;
    let edited = editor.edits(&live, json!({ "title": "Lịch đúng" })).await;
    let approved = approver.approves(&editor.does(Submit, &edited).await).await;
    let live = approver.publishes_with(&approved, json!({ "correction": "Ngày tiếp dân là 15, không phải 14." })).await;
    assert_eq!(mirror.follows(&site).await, ["upsert Lịch đúng"]);
    assert_eq!(mirror.articles[&live.id]["corrections"][0]["note"], "Ngày tiếp dân là 15, không phải 14.");
    approver.tries_with(Unpublish, &live, json!({ "notice": "Buổi tiếp dân bị hoãn." })).await.is(200);

    let answer = site.get(&mirror.address()).await;

    let told = &answer.is(200).rows()[0];
    assert_eq!((&told["reason"], &told["notice"]), (&json!("withdrawn"), &json!("Buổi tiếp dân bị hoãn.")));
    let gone = site.public(&live).await;
    assert_eq!(gone.is_problem(410, "gone").body["at"], told["at"]);
}

#[actix_web::test]
async fn a_follower_gets_the_fields_that_it_names() {
    let site = Site::start().await;
    let live = site.live(site.article().await.titled("Tin")).await;

    let answer = site.get("/api/v1/sync?fields=title,body").await;

    let article = &answer.is(200).rows()[0]["article"];
    assert_eq!(*article, json!({ "id": live.id, "title": "Tin", "body": live.data["body"] }));
    let refused = site.get("/api/v1/sync?fields=title,related").await;
    assert_eq!(refused.is_problem(400, "bad_request").errors(), ["/fields unknown_field"]);
}

#[actix_web::test]
async fn agencies_follow_news_items_of_which_one_takes_back_what_is_gone() {
    let site = Site::start().await;
    let below = site.category_below("Nông nghiệp", Some(&site.category("Kinh tế").await)).await;
    let related = site.live(an_article().filed_under(&below).titled("Trước đó")).await;
    let article = an_article().filed_under(&below).titled("Tin").with("related", json!([related.id]));
    let live = site.live(article).await;
    let first = site.get("/api/v1/sync?format=ninjs&limit=1").await;
    let token = first.body["meta"]["next_token"].as_str().unwrap();

    let answer = site.get(&format!("/api/v1/sync?format=ninjs&token={token}")).await;

    let item = &answer.is(200).rows()[0]["item"];
    assert_eq!(*item, site.get(&format!("/api/v1/articles/{}/ninjs", live.id)).await.body);
    let token = answer.body["meta"]["next_token"].as_str().unwrap();
    let (waiting, approver) =
        (format!("/api/v1/sync?format=ninjs&wait=20&token={token}"), site.person([Approver]).await);
    let taking = async {
        actix_web::rt::time::sleep(Duration::from_millis(300)).await;
        approver.tries_with(Unpublish, &live, json!({ "notice": "Đăng nhầm." })).await.is(200);
    };
    let (answer, ()) = futures_util::join!(site.get(&waiting), taking);
    let told = &answer.is(200).rows()[0];
    let item = &told["item"];
    assert_eq!(
        (&told["change"], &told["id"], &item["uri"]),
        (&json!("delete"), &json!(live.id), &json!(format!("urn:uuid:{}", live.id)))
    );
    assert_eq!((&item["pubStatus"], &item["edNote"]), (&json!("canceled"), &json!("Đăng nhầm.")));
    let refused = site.get("/api/v1/sync?format=ninjs&fields=id").await;
    assert_eq!(refused.is_problem(400, "bad_request").errors(), ["/fields not_with_ninjs"]);
}

#[actix_web::test]
async fn strangers_tokens_are_refused() {
    let site = Site::start().await;
    let other = Site::start().await;
    for _ in 0..3 {
        other.live(other.article().await).await;
    }
    let token = async |site: &Site, query: &str| {
        let answer = site.get(&format!("/api/v1/sync{query}")).await;
        answer.is(200).body["meta"]["next_token"].as_str().unwrap().to_owned()
    };
    let own = token(&site, "").await;
    site.get(&format!("/api/v1/sync?token={own}")).await.is(200);
    let of_a_part = token(&site, "?locale=vi").await;
    let mut changed = own.clone();
    let last = changed.pop().unwrap();
    changed.insert(3, last);
    for token in ["", "AAAA", "../x", &of_a_part, &changed, &own[..own.len() - 2]] {
        site.get(&format!("/api/v1/sync?token={token}")).await.is_problem(400, "invalid_cursor");
        let request = site.request(Method::GET, "/api/v1/stream").header("Last-Event-ID", token);
        if !token.is_empty() {
            site.send(request).await.is_problem(400, "invalid_cursor");
        }
    }
    // Of a database that is further on, by the same key.
    let foreign = token(&other, "").await;
    site.get(&format!("/api/v1/sync?token={foreign}")).await.is_problem(410, "gone");
    for query in ["wait=-1", "wait=31", "wait=1.5", "limit=0", "limit=501", "since=1", "category=a&category=b", "q=a"] {
        let refused = site.get(&format!("/api/v1/sync?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
    }
}

#[actix_web::test]
async fn who_was_away_for_too_long_begins_anew() {
    let site = Site::with(|settings| settings.sync_retention = 10).await;
    site.live(site.article().await).await;
    let mut mirror = Mirror::new();
    mirror.follows(&site).await;
    site.time_passes(Time::days(9));
    site.get(&mirror.address()).await.is(200);

    site.time_passes(Time::days(11));

    site.get(&mirror.address()).await.is_problem(410, "gone");
    let stale = mirror.token.clone().unwrap();
    let request = site.request(Method::GET, "/api/v1/stream").header("Last-Event-ID", stale);
    site.send(request).await.is_problem(410, "gone");
}

#[actix_web::test]
async fn who_follows_a_tag_that_was_merged_follows_what_it_was_merged_into() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let category = site.category("Thông báo").await;
    site.live(an_article().filed_under(&category).tagged(["Lúa"])).await;
    site.live(an_article().filed_under(&category).tagged(["Lúa gạo"])).await;
    let mut mirror = Mirror::of("tag=lua");
    mirror.follows(&site).await;
    let (from, into) = (id_of(&admin, "/tags", "lua").await, id_of(&admin, "/tags", "lua-gao").await);
    let now = admin.get(&format!("/tags/{from}")).await;
    let request = admin.request(Method::POST, &format!("/tags/{from}/merge"));
    let merged = site.send(request.header("If-Match", now.header("etag")).json(&json!({ "into": into }))).await;
    merged.is(200);

    mirror.follows(&site).await;

    assert_eq!(mirror.articles, Mirror::public(&site, "tag=lua").await);
    assert_eq!(mirror.articles.len(), 2);
}

#[actix_web::test]
async fn what_was_under_a_tag_that_nobody_bears_any_more_is_removed() {
    let site = Site::start().await;
    let live = site.live(site.article().await.titled("Tin").tagged(["Lúa"])).await;
    let mut mirror = Mirror::of("tag=lua");
    assert_eq!(mirror.follows(&site).await, ["upsert Tin"]);

    withdrawn(&site, &live).await;

    assert_eq!(mirror.follows(&site).await, ["withdrawn Tin"]);
    assert_eq!(mirror.follows(&site).await, [""; 0]);
}

#[actix_web::test]
async fn who_follows_a_category_by_its_former_slug_follows_it_and_begins_anew_where_that_is_anothers() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    site.live(an_article().filed_under(&site.category("Kinh tế").await).titled("Tin")).await;
    let (mut renamed, mut replaced) = (Mirror::of("category=kinh-te"), Mirror::of("category=y-te"));
    site.category("Y tế").await;
    assert_eq!((renamed.follows(&site).await.len(), replaced.follows(&site).await.len()), (1, 0));
    let paths = [id_of(&admin, "/categories", "kinh-te").await, id_of(&admin, "/categories", "y-te").await];
    let [first, second] = paths.map(|id| format!("/categories/{id}"));
    let now = admin.get(&first).await;
    let request = admin.request(Method::PATCH, &first).header("If-Match", now.header("etag"));
    site.send(request.json(&json!({ "slug": "kinh-te-so" }))).await.is(200);
    let now = admin.get(&second).await;
    site.send(admin.request(Method::DELETE, &second).header("If-Match", now.header("etag"))).await.is(204);
    site.category("Y tế").await;

    assert_eq!(renamed.follows(&site).await, ["upsert Tin"]);
    site.get(&replaced.address()).await.is_problem(410, "gone");
}

#[actix_web::test]
async fn who_waits_hears_of_a_change_at_once_and_of_none_in_the_end() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let mut mirror = Mirror::of("category=thong-bao&wait=20");
    let first = site.live(an_article().filed_under(&category).titled("Một")).await;
    mirror.follows_without_waiting(&site).await;
    let other = an_article().filed_under(&site.category("Khác").await);
    let waiting = async {
        let began = Instant::now();
        let (told, _) = mirror.page(&site).await;
        (told, began.elapsed())
    };
    let writing = async {
        actix_web::rt::time::sleep(Duration::from_millis(300)).await;
        site.live(other).await;
        revised(&site, &first, json!({ "title": "Hai" })).await;
    };

    let ((told, took), ()) = futures_util::join!(waiting, writing);

    assert_eq!(told, ["upsert Hai"]);
    assert!(took > Duration::from_millis(300) && took < Duration::from_secs(15), "{took:?}");
    let token = mirror.token.take();
    mirror = Mirror::of("category=thong-bao&wait=1");
    mirror.token = token;
    let began = Instant::now();
    assert_eq!(mirror.page(&site).await, (vec![], false));
    assert!(began.elapsed() >= Duration::from_secs(1));
    withdrawn(&site, &first).await;
    assert_eq!(mirror.page(&site).await.0, ["withdrawn"]);
}

#[actix_web::test]
async fn a_hundred_who_wait_hold_no_connection_and_all_hear_of_one_reading() {
    let site = Site::start().await;
    let article = site.article().await.titled("Tin");
    let mut mirror = Mirror::of("wait=20");
    mirror.follows_without_waiting(&site).await;
    let approved = site.approved(article).await;
    let approver = site.person([Approver]).await;
    let address = mirror.address();
    let waiting = join_all((0..100).map(|_| site.get(&address)));
    let writing = async {
        actix_web::rt::time::sleep(Duration::from_millis(1500)).await;
        // Of four connections.
        site.get("/api/v1/articles").await.is(200);
        let before = site.app.delivery.statements();
        approver.publishes(&approved).await;
        before
    };

    let (answers, before) = futures_util::join!(waiting, writing);

    let read = site.app.delivery.statements() - before;
    for answer in answers {
        let mut mirror = mirror.clone();
        assert_eq!(mirror.takes(&answer).0, ["upsert Tin"]);
        assert_eq!(mirror.articles.len(), 1);
    }
    assert!(read < 60, "{read} statements");
}

#[actix_web::test]
async fn a_page_of_fifty_changes_costs_as_many_statements_as_one_of_two() {
    let site = Site::start().await;
    let article = site.article().await.tagged(["Lúa"]);
    let other = site.live(article.clone()).await;
    site.live(article.clone().with("translations", json!([other.id]))).await;
    let cost = async |query: &str| {
        site.get(&format!("/api/v1/sync{query}")).await.is(200);
        let before = site.app.delivery.statements();
        let answer = site.get(&format!("/api/v1/sync{query}")).await;
        (site.app.delivery.statements() - before, answer.rows().len())
    };
    let (few, two) = cost("?category=thong-bao&tag=lua").await;
    for number in 0..48 {
        site.live(article.clone().titled(&format!("Tin {number}")).with("translations", json!([other.id]))).await;
    }

    let (many, fifty) = cost("?category=thong-bao&tag=lua").await;

    assert_eq!((two, fifty), (2, 50));
    assert_eq!(few, many);
    assert!(many <= 14, "{many} statements");
}

#[actix_web::test]
async fn what_comes_in_bulk_or_together_is_told_too() {
    let site = Site::start().await;
    let mut mirror = Mirror::of("limit=500");
    mirror.follows(&site).await;
    let live = site.live(site.article().await.titled("Tin")).await;
    let copied = "SELECT publication_in_bulk(); UPDATE published_articles SET ends_at = greatest(starts_at, now())";
    assert_eq!(mirror.follows(&site).await, ["upsert Tin"]);

    site.sql(copied).unwrap();

    site.public(&live).await.is_problem(404, "not_found");
    assert_eq!(mirror.follows(&site).await.len(), 1);
    assert!(mirror.articles.is_empty());
}
