//! How the database goes about the lists of the management side: each filter and order has an index that gives a page as it
//! is to be shown, without looking at what is not on it. The plans are those of the very statements that requests make, by
//! the server's own log, over enough rows for the server to have a choice. And how it goes about an article.

use actix_web::web::block;
use diesel::{Connection, PgConnection, connection::SimpleConnection};
use serde_json::json;
use tintuc::db::migrations;

use crate::support::{Admin, Site, an_article, postgres::Own};

/// A newsroom of 20,000 articles, of which some are pending, in English or news, and 5,000 more in the trash; 3,000 files
/// and 2,000 authors. They are copies of what is there.
const NEWSROOM: &str = "
    INSERT INTO authors (id, name, name_key, created_at)
    SELECT gen_random_uuid(), 'Tác giả ' || n, 'tác giả ' || n, now() FROM generate_series(1, 2000) n;
    INSERT INTO articles (id, approval, current_version, revision, title, locale, category_id, article_type, author_id,
                          complete, created_at, created_by, updated_at, updated_by, deleted_at, deleted_by)
    SELECT gen_random_uuid(), CASE WHEN n % 100 = 0 THEN 'pending' ELSE 'draft' END, 1, 1, 'Tin ' || n,
           CASE WHEN n % 90 = 1 THEN 'en' ELSE 'vi' END, category_id,
           CASE WHEN n % 80 = 2 THEN 'news' ELSE 'announcement' END,
           CASE WHEN n % 70 = 3 THEN author_id ELSE (SELECT id FROM authors WHERE name = 'Tác giả ' || n % 9 + 1) END,
           true, created_at - interval '1 year', created_by, created_at - n * interval '1 minute', updated_by,
           CASE WHEN n > 20000 THEN now() - n * interval '1 minute' END, CASE WHEN n > 20000 THEN created_by END
      FROM articles, generate_series(1, 25000) n;
    INSERT INTO article_versions (article_id, version, content, edited_by, edited_at)
    SELECT a.id, 1, v.content, v.edited_by, v.edited_at
      FROM articles a, article_versions v WHERE a.title LIKE 'Tin %' AND v.version = 1;
    INSERT INTO article_versions (article_id, version, content, edited_by, edited_at)
    SELECT article_id, n, content, edited_by, edited_at
      FROM article_versions JOIN articles ON id = article_id, generate_series(2, 400) n WHERE title = 'Mẫu';
    INSERT INTO transitions (article_id, version, name, from_approval, to_approval, actor_id, at)
    SELECT v.article_id, v.version, 'submit', 'draft', 'pending', v.edited_by, now() FROM article_versions v;
    INSERT INTO media (id, kind, file_name, mime_type, size, sha256, duration_ms, created_by, created_at, updated_at)
    SELECT gen_random_uuid(), CASE WHEN n % 5 = 0 THEN 'audio' ELSE 'document' END, 'tệp ' || n, mime_type, size, sha256,
           CASE WHEN n % 5 = 0 THEN 1 END, created_by, created_at, updated_at
      FROM media, generate_series(1, 3000) n;
";

/// Of these plans, that of the one statement that asked `table` for a page.
fn plan<'a>(plans: &'a [String], table: &str) -> &'a str {
    let pages = plans.iter().filter(|plan| {
        // One bracket for each table that is joined.
        let statement = plan.lines().next().unwrap_or_default().replace("((", "(").replace("((", "(");
        statement.contains(&format!("FROM (\"{table}\"")) || statement.contains(&format!("FROM \"{table}\""))
    });
    let pages: Vec<&String> = pages.filter(|plan| plan.contains("LIMIT $")).collect();
    assert_eq!(pages.len(), 1, "pages of {table} in {plans:#?}");
    pages[0]
}

#[actix_web::test]
async fn each_list_of_the_management_side_is_read_from_an_index_in_its_order() {
    let server = Own::explaining();
    migrations::run(&server.url()).unwrap();
    let mut owner = PgConnection::establish(&server.url()).unwrap();
    let site = Site::over(&server.url(), |_| ()).await;
    let admin = site.person([Admin]).await;
    let article = admin.creates(an_article().titled("Mẫu").with("author", json!({ "name": "Sở Y tế" }))).await;
    let author = article.field("author")["id"].as_str().unwrap().to_owned();
    site.media("document").await;
    // Off this thread, on which clients take note of connections that the service closes meanwhile.
    block(move || owner.batch_execute(NEWSROOM).and_then(|()| owner.batch_execute("ANALYZE"))).await.unwrap().unwrap();

    for (list, table, index) in [
        ("/articles?", "articles", "articles_by_change"),
        ("/articles?sort=updated_at", "articles", "articles_by_change"),
        ("/articles?sort=-created_at", "articles", "articles_by_creation"),
        ("/articles?sort=created_at", "articles", "articles_by_creation"),
        ("/articles?approval=pending", "articles", "articles_by_approval"),
        ("/articles?approval=pending&sort=updated_at", "articles", "articles_by_approval"),
        ("/articles?locale=en", "articles", "articles_by_locale"),
        ("/articles?locale=en&sort=updated_at", "articles", "articles_by_locale"),
        ("/articles?article_type=news", "articles", "articles_of_type"),
        ("/articles?article_type=news&sort=updated_at", "articles", "articles_of_type"),
        (&format!("/articles?author={author}"), "articles", "articles_of_author"),
        (&format!("/articles?author={author}&sort=updated_at"), "articles", "articles_of_author"),
        ("/trash?", "articles", "articles_in_trash"),
        ("/media?", "media", "media_pkey"),
        ("/media?kind=audio", "media", "media_by_kind"),
        ("/authors?", "authors", "authors_by_name"),
        (&format!("/articles/{}/versions?", article.id), "article_versions", "article_versions_pkey"),
        (&format!("/articles/{}/history?", article.id), "transitions", "transitions_by_article"),
    ] {
        let mut page = format!("{list}&limit=20");
        for number in ["first", "second"] {
            let before = server.log().len();
            let answer = admin.get(&page).await;
            assert_eq!(answer.is(200).rows().len(), 20, "the {number} page of {list}");
            answer.next().unwrap().strip_prefix("/api/v1/manage").unwrap().clone_into(&mut page);

            let plans = server.plans_since(before);
            let plan = plan(&plans, table);

            assert!(plan.contains(&format!("using {index} on {table}")), "the {number} page of {list}: {plan}");
            assert!(!plan.contains("Sort"), "the {number} page of {list}: {plan}");
        }
    }
}

/// Every article of the newsroom has its words, one has rare ones; one is scheduled, one withdrawn, one expired, one approved, half are live.
const STATES: &str = "
    INSERT INTO article_words (article_id, version, words)
    SELECT id, 1, CASE WHEN title = 'Tin 77' THEN ARRAY['hiem', 'tin'] ELSE ARRAY['tin'] END FROM articles WHERE title LIKE 'Tin %';
    UPDATE articles SET approval = 'approved' WHERE title IN ('Tin 11', 'Tin 12', 'Tin 13', 'Tin 14') OR title LIKE 'Tin 1____';
    INSERT INTO transitions (article_id, version, name, from_approval, to_approval, actor_id, at)
    SELECT id, 1, 'approve', 'pending', 'approved', created_by, now() FROM articles WHERE approval = 'approved' AND title <> 'Tin 13';
    SELECT publication_in_bulk();
    INSERT INTO publications (id, article_id, version, approval_id, starts_at, expires_at, ended_at, end_reason)
    SELECT gen_random_uuid(), a.id, 1, t.id,
           CASE WHEN title = 'Tin 11' THEN now() + interval '1 day' ELSE now() - interval '1 day' END,
           CASE WHEN title = 'Tin 14' THEN now() END, CASE WHEN title = 'Tin 12' THEN now() END, CASE WHEN title = 'Tin 12' THEN 'withdrawn' END
      FROM articles a JOIN transitions t ON t.article_id = a.id AND t.name = 'approve';
";

#[actix_web::test]
async fn what_editors_look_for_and_what_waits_is_found_by_indexes() {
    let server = Own::explaining();
    migrations::run(&server.url()).unwrap();
    let mut owner = PgConnection::establish(&server.url()).unwrap();
    let site = Site::over(&server.url(), |_| ()).await;
    let admin = site.person([Admin]).await;
    let sample = an_article().titled("Mẫu").tagged(["Thi đua"]).with("author", json!({ "name": "Sở Y tế" }));
    admin.creates(sample).await;
    site.media("document").await;
    let mut owner = block(move || owner.batch_execute(NEWSROOM).map(|()| owner)).await.unwrap().unwrap();
    let rare = admin.creates(an_article().titled("Khác").tagged(["Hiếm"])).await;
    let other = site.person([Admin]).await;
    other.edits(&rare, json!({ "summary": "Khác" })).await;
    block(move || owner.batch_execute(STATES).and_then(|()| owner.batch_execute("ANALYZE"))).await.unwrap().unwrap();

    for (list, found) in [
        ("/articles?q=hiem", 1),
        ("/articles?tag=hiem", 1),
        (&*format!("/articles?editor={}", other.id), 1),
        ("/articles?stage=Phê duyệt", 20),
        ("/articles?status=scheduled", 1),
        ("/articles?status=withdrawn", 1),
        ("/articles?status=expired", 1),
        ("/articles?approval=approved&status=unpublished", 1),
        ("/inbox?", 20),
    ] {
        let before = server.log().len();
        assert_eq!(other.get(&format!("{list}&limit=20")).await.is(200).rows().len(), found, "{list}");

        for plan in server.plans_since(before) {
            for table in ["articles", "article_versions", "article_words", "publications", "transitions"] {
                assert!(!plan.contains(&format!("Seq Scan on {table}")), "{list}: {plan}");
            }
        }
    }
}

#[actix_web::test]
async fn an_article_is_read_by_indexes_however_many_there_are() {
    let server = Own::explaining();
    migrations::run(&server.url()).unwrap();
    let site = Site::over(&server.url(), |_| ()).await;
    site.is_seeded(2000).await;
    let newest = site.get("/api/v1/articles?limit=1").await.rows()[0]["id"].as_str().unwrap().to_owned();
    let before = server.log().len();

    site.get(&format!("/api/v1/articles/{newest}")).await.is(200);

    let plans = server.plans_since(before);
    assert!(plans.iter().any(|plan| plan.contains("published_links")), "{plans:#?}");
    for plan in plans {
        assert!(!plan.contains("Seq Scan on published_"), "{plan}");
    }
}
