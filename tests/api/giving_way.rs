//! Statements that fail through no fault of their own: undone in favour of others, or on a connection that is gone.

use std::sync::{
    Barrier,
    atomic::{AtomicU32, Ordering},
};

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::support::{Author, Editor, Site, an_article, postgres};

#[actix_web::test]
async fn of_two_transactions_that_wait_for_each_other_both_are_done_in_the_end() {
    let site = Site::start().await;
    let (attempts, both_hold_one) = (AtomicU32::new(0), Barrier::new(2));
    let lock = |first: u8, second: u8| {
        site.transaction(|tx| {
            tx.conn.batch_execute(&format!("SELECT pg_advisory_xact_lock({first})"))?;
            if attempts.fetch_add(1, Ordering::SeqCst) < 2 {
                both_hold_one.wait();
            }
            Ok(tx.conn.batch_execute(&format!("SELECT pg_advisory_xact_lock({second})"))?)
        });
    };

    std::thread::scope(|scope| {
        scope.spawn(|| lock(1, 2));
        scope.spawn(|| lock(2, 1));
    });

    assert_eq!(attempts.load(Ordering::SeqCst), 3);
}

#[actix_web::test]
async fn what_gave_way_is_tried_once_more_and_then_the_client_is_asked_to() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    // Numbers of a sequence are not given back with the transaction: the first writes give way, as many as that.
    let contended = |code: &str, writes: u8| {
        site.sql(&format!(
            "DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries;
             CREATE OR REPLACE FUNCTION give_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF nextval('tries') <= {writes} THEN
                 RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '{code}';
               END IF; RETURN NEW; END $$;
             CREATE OR REPLACE TRIGGER give_way BEFORE INSERT ON articles FOR EACH ROW EXECUTE FUNCTION give_way()"
        ))
        .unwrap();
    };

    for code in ["40001", "40P01"] {
        contended(code, 1);
        editor.tries_to_create(an_article()).await.is(201);
        contended(code, 2);
        let answer = editor.tries_to_create(an_article()).await;
        assert_eq!(answer.is_problem(503, "unavailable").header("retry-after"), "1", "{code}");
    }

    assert_eq!(site.count("articles"), 2);
}

#[actix_web::test]
async fn an_author_who_is_there_is_found_and_not_made() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let made = author.post("/authors", &json!({ "name": "Sở Y tế" })).await;
    let found = author.post("/authors", &json!({ "name": " SỞ Y TẾ " })).await;

    assert_eq!(found.is(200).data(), made.is(201).data());
    assert_eq!((found.header("location"), site.count("authors")), (String::new(), 1));
}

#[actix_web::test]
async fn nobody_notices_that_the_connections_were_lost_meanwhile() {
    let site = Site::start().await;
    let (editor, article) = (site.person([Editor]).await, site.article().await);
    for round in 1..=3 {
        // As many as there may be, on either side.
        futures_util::future::join_all((0..8).map(|limit| async move { limit }).map(async |limit| {
            let number = round * 10 + limit.await;
            site.get(&format!("/api/v1/articles?limit={number}")).await.is(200);
            editor.creates(article.clone()).await;
        }))
        .await;
        postgres::reachable(site.database(), false);
        postgres::reachable(site.database(), true);

        site.get(&format!("/api/v1/articles?limit={}", round * 10 + 9)).await.is(200);
        editor.get("/articles").await.is(200);
        editor.creates(article.clone()).await;
    }
}
