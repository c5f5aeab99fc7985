//! A kept answer is outdated by what it shows and what it lists, and by nothing else.

use chrono::Utc;
use serde_json::json;
use tintuc::newsroom::Transition::{Submit, Unpublish};

use crate::{
    cache::until,
    support::{Approver, Editor, Site, an_article, article::ArticleBuilder},
};

const ARTICLES: &str = "/api/v1/articles";

/// Which of these addresses are read from the database when they are asked for now.
async fn read_anew<'a>(site: &Site, paths: &[&'a str]) -> Vec<&'a str> {
    let mut anew = Vec::new();
    for path in paths {
        let before = site.app.delivery.statements();
        site.get(path).await.is(200);
        if site.app.delivery.statements() > before {
            anew.push(*path);
        }
    }
    anew
}

/// Of 2019, when nothing else is dated.
fn an_old_article() -> ArticleBuilder {
    an_article().with("published_at", json!("2019-04-10T03:00:00Z"))
}

#[actix_web::test]
async fn a_publication_outdates_the_lists_that_it_comes_into_and_no_others() {
    let site = Site::start().await;
    let (here, there) = (site.category("Kinh tế").await, site.category("Y tế").await);
    let below = site.category_below("Nông nghiệp", Some(&here)).await;
    let elsewhere = an_old_article().filed_under(&there).tagged(["Khác"]).with("author", json!({ "name": "Sở Y tế" }));
    let other = site.live(elsewhere.with("article_type", "announcement")).await;
    let author = site.public(&other).await.data()["author"]["id"].as_str().unwrap().to_owned();
    let article_page = format!("{ARTICLES}/{}", other.id);
    let paths: Vec<String> = [
        "?category=kinh-te",
        "?category=nong-nghiep",
        "?category=kinh-te&limit=5&featured=false",
        "?tag=lua",
        "?tag=khac,lua",
        "?article_type=news",
        "?featured=true",
        "?locale=en",
        "",
        "?q=lua",
        "?published_after=2026-01-01T00:00:00Z",
        // What the new one does not come into.
        "?category=y-te",
        "?category=y-te&locale=en",
        "?tag=khac",
        "?article_type=announcement",
        "?featured=false",
        "?locale=vi",
        "?published_after=2019-04-01T00:00:00Z&published_before=2019-05-01T00:00:00Z",
        &format!("?author={author}"),
    ]
    .map(|query| format!("{ARTICLES}{query}"))
    .into();
    let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    paths.push(&article_page);
    let (others, related) = (format!("{article_page}/others"), format!("{article_page}/related"));
    paths.extend([&*others, &*related]);
    read_anew(&site, &paths).await;
    assert_eq!(read_anew(&site, &paths).await, [""; 0]);

    let new = an_article().filed_under(&below).tagged(["Lúa"]).with("article_type", "news").with("locale", "en");
    let new = site.live(new.titled("Lúa").with("featured", json!(true))).await;

    assert_eq!(read_anew(&site, &paths).await, paths[..11]);

    site.person([Approver]).await.does(Unpublish, &new).await;

    assert_eq!(read_anew(&site, &paths).await, paths[..11]);
}

#[actix_web::test]
async fn an_article_outdates_all_that_show_it_and_its_neighbours_stay() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    let article = || an_article().filed_under(&category);
    let one = site.live(article().titled("Một")).await;
    let translation = article().with("locale", "en").with("translations", json!([one.id]));
    let two = site.live(article().titled("Hai").with("related", json!([one.id]))).await;
    let three = site.live(article().titled("Ba")).await;
    let [page_of_one, page_of_two, page_of_three] = [&one, &two, &three].map(|it| format!("{ARTICLES}/{}", it.id));
    let paths = [page_of_one.as_str(), &page_of_two, &page_of_three];
    assert_eq!(read_anew(&site, &paths).await, paths);

    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let edited = editor.edits(&editor.sees(&one).await, json!({ "title": "Một, đã sửa" })).await;
    approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await;

    assert_eq!(read_anew(&site, &paths).await, [&page_of_one, &page_of_two]);
    assert_eq!(site.public(&two).await.data()["related"][0]["title"], "Một, đã sửa");

    let four = site.live(translation).await;

    assert_eq!(read_anew(&site, &paths).await, [&page_of_one]);
    assert_eq!(site.public(&one).await.data()["translations"][0]["id"], json!(four.id));
}

#[actix_web::test]
async fn what_is_related_appears_when_it_is_published() {
    let site = Site::start().await;
    let article = site.article().await;
    let approved = site.approved(article.clone()).await;
    let pointing = site.live(article.with("related", json!([approved.id]))).await;
    assert_eq!(site.public(&pointing).await.data()["related"], json!([]));
    let read_next = format!("{ARTICLES}/{}/related", pointing.id);
    assert_eq!(site.get(&read_next).await.is(200).titles(), [""; 0]);

    site.person([Approver]).await.publishes(&approved).await;

    assert_eq!(site.public(&pointing).await.data()["related"][0]["id"], json!(approved.id));
    assert_eq!(site.get(&read_next).await.is(200).rows()[0]["id"], json!(approved.id));
}

#[actix_web::test]
async fn a_name_outdates_everything_and_so_does_a_change_that_nobody_tells() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let page = format!("{ARTICLES}/{}", live.id);
    let paths = [ARTICLES, &page, "/api/v1/tags"];
    for change in [
        "UPDATE article_types SET name = 'Tin khác' WHERE code = 'news'",
        "INSERT INTO categories (id, slug, name, created_at) \
         SELECT gen_random_uuid(), slug || '-2', name || ' 2', created_at FROM categories",
        "UPDATE publication_state SET generation = generation + 1",
        "UPDATE publication_state SET generation = generation - 1",
    ] {
        read_anew(&site, &paths).await;
        assert_eq!(read_anew(&site, &paths).await, [""; 0]);
        site.sql(change).unwrap_or_else(|error| panic!("{change}: {error}"));
        site.app.freshness.ask();
        assert_eq!(read_anew(&site, &paths).await, paths, "{change}");
    }
}

#[actix_web::test]
async fn the_clock_outdates_what_it_changes_and_nothing_before_its_time() {
    let site = Site::start().await;
    let (here, there) = (site.category("Kinh tế").await, site.category("Y tế").await);
    let other = site.live(an_old_article().filed_under(&there)).await;
    let page = format!("{ARTICLES}/{}", other.id);
    let paths = [
        &format!("{ARTICLES}?category=kinh-te"),
        ARTICLES,
        &page,
        &format!("{ARTICLES}?category=y-te"),
        &format!("{ARTICLES}?published_after=2019-04-01T00:00:00Z&published_before=2019-05-01T00:00:00Z"),
    ];
    let approved = site.approved(an_article().filed_under(&here)).await;
    let approver = site.person([Approver]).await;
    read_anew(&site, &paths).await;
    let (from, to) = (Utc::now() + chrono::Duration::hours(1), Utc::now() + chrono::Duration::hours(2));

    approver.publishes_with(&approved, json!({ "publish_at": from, "expires_at": to })).await;

    assert_eq!(read_anew(&site, &paths).await, [""; 0]);

    // Until then in a moment: the clock is not moved by hand, for that would change everything.
    for moment in ["starts_at", "ends_at"] {
        let soon = Utc::now() + chrono::Duration::milliseconds(600);
        site.sql(&format!(
            "UPDATE published_articles SET {moment} = '{}' WHERE article_id = '{}'",
            soon.to_rfc3339(),
            approved.id
        ))
        .unwrap();
        site.app.freshness.ask();
        read_anew(&site, &paths).await;
        assert_eq!(read_anew(&site, &paths).await, [""; 0], "before {moment}");
        until(async || Utc::now() > soon + chrono::Duration::milliseconds(300)).await;
        assert_eq!(read_anew(&site, &paths).await, paths[..2], "after {moment}");
    }
}

#[actix_web::test]
async fn on_another_replica_what_is_new_may_be_late_for_a_moment_and_what_is_gone_is_gone() {
    let site = Site::start().await;
    let other = site.replica().await;
    let article = site.article().await;
    let one = site.live(article.clone().titled("Một")).await;
    let page = format!("{ARTICLES}/{}", one.id);
    other.app.freshness.ask();
    assert_eq!(other.public_titles("").await, ["Một"]);
    other.get(&page).await.is(200);

    let two = site.live(article.titled("Hai")).await;
    until(async || other.public_titles("").await == ["Hai", "Một"]).await;
    let before = other.app.delivery.statements();
    other.get(&page).await.is(200);
    assert_eq!(other.app.delivery.statements(), before, "its page is what it was");

    site.person([Approver]).await.does(Unpublish, &two).await;
    let known = until(async || other.public_titles("").await == ["Một"]).await;
    assert!(known < std::time::Duration::from_secs(1), "{known:?}");
    other.public(&two).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_corpus_that_arrives_outdates_everything_once_a_batch() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    for _ in 0..3 {
        site.live(an_article().filed_under(&category)).await;
    }
    let before = site.count("publication_changes");
    site.sql(
        "SELECT publication_in_bulk(); \
         UPDATE published_articles SET expires_at = now() + interval '1 year', ends_at = now() + interval '1 year'",
    )
    .unwrap();

    assert_eq!(site.count("publication_changes"), before + 1);
    assert_eq!(
        site.count(
            "publication_changes WHERE key = 'everything' AND generation = (SELECT generation FROM publication_state)"
        ),
        1
    );
}

#[actix_web::test]
async fn what_every_replica_has_heard_of_is_forgotten() {
    let site = Site::start().await;
    site.live(site.article().await).await;
    assert!(site.count("publication_changes") > 5);
    site.sql("UPDATE publication_changes SET at = at - interval '20 minutes'").unwrap();
    let last = site.live(site.article().await).await;

    site.app.newsroom.transaction(tintuc::publication::changes::forget_old).await.unwrap();

    assert_eq!(site.count("publication_changes WHERE at < now() - interval '15 minutes'"), 0);
    assert_eq!(site.count(&format!("publication_changes WHERE key = 'article/{}'", last.id)), 1);
}

#[actix_web::test]
async fn what_is_asked_for_all_the_time_is_made_anew_before_anybody_asks() {
    let site = Site::start().await;
    actix_web::rt::spawn(site.app.answers.clone().keep_warm());
    let article = site.article().await;
    let (hot, cold) = ([ARTICLES, "/api/v1/articles?limit=5"], "/api/v1/articles?limit=6");
    for _ in 0..10 {
        for path in hot {
            site.get(path).await.is(200);
        }
    }
    site.get(cold).await.is(200);

    site.live(article.titled("Mới")).await;
    actix_web::rt::time::sleep(std::time::Duration::from_millis(500)).await;

    assert_eq!(read_anew(&site, &hot).await, [""; 0]);
    assert_eq!(site.public_titles("").await, ["Mới"]);
    assert_eq!(read_anew(&site, &[cold]).await, [cold]);
}
