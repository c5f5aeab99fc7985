//! How the database goes about lists of what grows with the years: each from an index, also where what is asked for lies long
//! back. The plans are those of the very statements that requests make, by the server's own log.

use actix_web::web::block;
use diesel::{Connection, PgConnection, connection::SimpleConnection};
use tintuc::db::migrations;

use crate::support::{Accountant, Admin, Site, postgres::Own};

/// Somebody, a key and a thing of whom and which there was much at first, and nothing since; one kind of event likewise.
const FORMER: [&str; 3] = [
    "01900000-0001-7000-8000-000000000001",
    "01900000-0002-7000-8000-000000000001",
    "01900000-0003-7000-8000-000000000001",
];

/// A log of 60,000 events, in the first tenth of which all is by and about those.
fn a_long_log() -> String {
    let [actor, key, subject] = FORMER;
    format!(
        "INSERT INTO events (kind, subject_id, actor_id, key_id, recorded_at)
         SELECT CASE WHEN n > 6000 THEN 'article.edited' WHEN n % 20 = 0 THEN 'media.deleted' ELSE 'media.created' END,
                CASE WHEN n > 6000 THEN gen_random_uuid() ELSE '{subject}' END,
                CASE WHEN n > 6000 THEN (SELECT id FROM users ORDER BY id LIMIT 1) ELSE '{actor}' END,
                CASE WHEN n < 6000 THEN '{key}'::uuid END,
                now() - interval '5 years' + n * interval '40 minutes'
           FROM generate_series(1, 60000) n; ANALYZE"
    )
}

#[actix_web::test]
async fn what_was_done_long_ago_is_found_without_going_through_all_that_was_done_since() {
    let server = Own::explaining();
    migrations::run(&server.url()).unwrap();
    let site = Site::over(&server.url(), |_| ()).await;
    let admin = site.person([Admin]).await;
    let mut owner = PgConnection::establish(&server.url()).unwrap();
    block(move || owner.batch_execute(&a_long_log())).await.unwrap().unwrap();
    let [actor, key, subject] = FORMER;

    for (filter, index) in [
        (String::new(), "events_by_time"),
        (format!("&actor={actor}"), "events_by_actor"),
        (format!("&key={key}"), "events_by_key"),
        (format!("&subject={subject}"), "events_of_subject"),
        ("&action=media.created".to_owned(), "events_by_kind"),
        (format!("&actor={actor}&action=media.deleted"), "events_by_actor_and_kind"),
        (format!("&key={key}&action=media.deleted"), "events_by_key_and_kind"),
        (format!("&actor={actor}&after=2020-01-01T00:00:00Z"), "events_by_actor"),
    ] {
        let mut page = format!("/audit?limit=20{filter}");
        for number in ["first", "second"] {
            let before = server.log().len();
            let answer = admin.get(&page).await;

            let plans = server.plans_since(before);
            let plan = plans.iter().find(|plan| plan.contains("\"events\".\"data\"")).unwrap();
            assert!(plan.contains(&format!("Scan using {index} on events")), "{number} of {filter}: {plan}");
            assert!(!plan.contains("Sort Key: events"), "{number} of {filter}: {plan}");
            let Some(next) = answer.is(200).next() else { break };
            next.strip_prefix("/api/v1/manage").unwrap().clone_into(&mut page);
        }
    }
}

#[actix_web::test]
async fn who_is_granted_what_is_found_by_whom() {
    let server = Own::explaining();
    migrations::run(&server.url()).unwrap();
    let site = Site::over(&server.url(), |_| ()).await;
    let admin = site.person([Admin]).await;
    site.sql(
        "INSERT INTO users (id, email, name, password_hash, created_at)
         SELECT gen_random_uuid(), 'a' || n || '@tinh.example', 'Phòng', '$argon2id$none', now() FROM generate_series(1, 3000) n;
         INSERT INTO role_grants (id, user_id, role, created_at)
         SELECT gen_random_uuid(), id, 'author', now() FROM users WHERE name = 'Phòng'; ANALYZE",
    )
    .unwrap();

    let before = server.log().len();
    admin.get("/me").await.is(200);

    let plans = server.plans_since(before);
    assert!(plans.iter().any(|plan| plan.contains("using role_grants_by_user on role_grants")), "{plans:#?}");
}

#[actix_web::test]
async fn a_report_of_a_month_does_not_read_the_archive() {
    let server = Own::explaining();
    migrations::run(&server.url()).unwrap();
    let site = Site::over(&server.url(), |_| ()).await;
    site.is_seeded(3000).await;
    let accountant = site.person([Accountant]).await;
    let before = server.log().len();

    for group in ["author", "month", "category", "article"] {
        accountant.get(&format!("/royalties?group_by={group}&from=2025-06-01&to=2025-06-30")).await.is(200);
    }

    let plans = server.plans_since(before);
    let reports: Vec<&String> = plans.iter().filter(|plan| plan.contains("FROM publications p")).collect();
    assert_eq!(reports.len(), 4, "{plans:#?}");
    for plan in reports {
        assert!(plan.contains("using publications_by_article on publications e"), "{plan}");
        assert!(!plan.contains("Seq Scan on publications"), "{plan}");
    }
}

#[actix_web::test]
async fn a_page_of_the_change_feed_reads_no_more_than_the_page_wherever_it_is() {
    let server = Own::explaining();
    migrations::run(&server.url()).unwrap();
    let site = Site::over(&server.url(), |_| ()).await;
    site.is_seeded(3000).await;
    let mut page = "/api/v1/sync?limit=20".to_owned();

    // So often that the server makes up its mind on a plan for all places.
    for number in 1..=8 {
        let before = server.log().len();
        let answer = site.get(&page).await;
        assert_eq!(answer.is(200).body["meta"]["has_more"], true);
        page = format!("/api/v1/sync?limit=20&token={}", answer.body["meta"]["next_token"].as_str().unwrap());

        let plans = server.plans_since(before);
        let plan = plans.iter().find(|plan| plan.contains("delivery.article_changes c WHERE (c.generation")).unwrap();
        assert!(plan.contains("Index Scan using article_changes_in_order on article_changes"), "{number}: {plan}");
        let walk = plan.lines().find(|line| line.contains("article_changes_in_order")).unwrap();
        let is_sorted = plan[..plan.find(walk).unwrap()].contains("Sort");
        assert!(!is_sorted, "page {number} sorts what comes after it: {plan}");
    }
}
