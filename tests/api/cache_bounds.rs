//! How far what is kept goes: for how long, for whom, and in which bounds.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use actix_web::{http::StatusCode, test::TestRequest};
use diesel::connection::SimpleConnection;
use serde_json::json;
use tintuc::{
    delivery::answers::Answers,
    http::{Code, Found, Problem, Representation},
    newsroom::Transition::Submit,
};

use crate::{
    cache::until,
    support::{Approver, Editor, Site, an_article, postgres},
};

const ARTICLES: &str = "/api/v1/articles";

/// What these answers hold for an address, read so.
async fn kept(
    answers: &Answers,
    path: &str,
    read: impl Fn(&mut diesel::PgConnection) -> Result<Found, Problem> + Send + Sync + 'static,
) -> Result<StatusCode, Problem> {
    let request = TestRequest::get().uri(path).to_http_request();
    answers.answer(&request, &(), read).await.map(|response| response.status())
}

fn found() -> Result<Found, Problem> {
    Representation::of(&json!({ "data": [] }), []).map(Found::Content)
}

#[actix_web::test]
async fn a_replica_that_is_cut_off_sends_on_what_it_kept_for_a_time_and_no_longer() {
    let site = Site::start().await;
    let (size, shown_for) = (bytesize::ByteSize::mb(1), Duration::from_secs(4));
    let answers = Answers::new(size, site.app.freshness.clone(), site.app.delivery.clone(), shown_for);
    for path in ["/a", "/b"] {
        kept(&answers, path, |_| found()).await.unwrap();
    }
    // What has been replaced is sent on as well, while there is nobody to read it anew.
    site.sql("UPDATE publication_state SET generation = generation + 1").unwrap();
    until(async || site.get(ARTICLES).await.status == 200).await;
    kept(&answers, "/b", |_| found()).await.unwrap();

    postgres::reachable(site.database(), false);
    let cut = Instant::now();
    let unseen = |conn: &mut diesel::PgConnection| -> Result<Found, Problem> {
        conn.batch_execute("SELECT")?;
        unreachable!("no connection is to be had")
    };
    for path in ["/a", "/b"] {
        kept(&answers, path, unseen).await.expect("kept");
    }
    let lasted = until(async || kept(&answers, "/a", unseen).await.is_err()).await;
    until(async || kept(&answers, "/b", unseen).await.is_err()).await;
    assert!(lasted > Duration::from_millis(500) && cut.elapsed() < Duration::from_secs(9), "{lasted:?}");
    assert_eq!(kept(&answers, "/b", unseen).await.unwrap_err().code(), Code::Unavailable);

    postgres::reachable(site.database(), true);
    until(async || kept(&answers, "/b", |_| found()).await.is_ok()).await;
}

#[actix_web::test]
async fn who_publishes_does_not_join_a_reading_that_began_before_and_found_nothing() {
    let site = Site::start().await;
    let approved = site.approved(site.article().await).await;
    let approver = site.person([Approver]).await;
    let path = format!("{ARTICLES}/{}", approved.id);
    let (answers, early) = (site.app.answers.clone(), path.clone());
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (begin, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let released = Mutex::new(released);
    let reading = actix_web::rt::spawn(async move {
        let read = move |_: &mut diesel::PgConnection| {
            begin.send(()).unwrap();
            // It found nothing, and is long about saying so.
            released.lock().unwrap().recv().unwrap();
            Err(Problem::not_found())
        };
        kept(&answers, &early, read).await
    });
    begun.recv().await.unwrap();

    approver.publishes(&approved).await;
    let (answer, ()) = futures_util::join!(kept(&site.app.answers, &path, |_| found()), async {
        actix_web::rt::time::sleep(Duration::from_millis(300)).await;
        release.send(()).unwrap();
    });

    assert_eq!(answer.unwrap(), StatusCode::OK);
    assert_eq!(reading.await.unwrap().unwrap_err().code(), Code::NotFound, "who asked before is told what was");
}

#[actix_web::test]
async fn what_a_cache_is_told_fits_its_buffer_whatever_the_page() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let mut others = Vec::new();
    for _ in 0..50 {
        others.push(site.live(an_article().filed_under("thong-bao")).await.id);
    }
    let keys = async |path: &str| {
        let answer = site.get(path).await;
        let head: usize =
            answer.is(200).headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        assert!(head < 4000, "{path}: a head of {head} bytes");
        answer.header("surrogate-key")
    };
    let long = "một từ khá dài ".repeat(13);

    assert!(keys(&format!("{ARTICLES}?limit=10")).await.starts_with("article/"));
    assert_eq!(keys(&format!("{ARTICLES}?limit=50")).await, "articles");
    keys(&format!("{ARTICLES}?limit=20&q={long}")).await;
    let editor = site.person([Editor]).await;
    let approver = site.person([Approver]).await;
    let edited = editor.edits(&editor.sees(&live).await, json!({ "related": others })).await;
    approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await;
    assert_eq!(keys(&format!("{ARTICLES}/{}", live.id)).await, format!("article/{}", live.id));
}

#[actix_web::test]
async fn however_a_request_is_written_its_answer_is_kept_once() {
    let site = Site::start().await;
    let live = site.live(site.article().await.titled("Dân vận khéo")).await;
    let asked = [
        [
            "/articles?q=dân+vận&limit=20",
            "/articles?q=d%C3%A2n%20v%E1%BA%ADn",
            "/articles?limit=020&q=DÂN%20%20%20VẬN!",
            "/articles?q=da%CC%82n+v%E1%BA%ADn&",
        ],
        [
            "/articles?published_after=2020-01-01T00:00:00Z&featured=false",
            "/articles?featured=false&published_after=2020-01-01T07:00:00%2B07:00",
            "/articles?featured=false&published_after=2020-01-01T00:00:00.000Z&limit=20",
            "/articles?featured=false&published_after=2020-01-01t00:00:00z",
        ],
        ["/suggest?q=%22dan%20van%22", "/suggest?q=“dan van”&limit=8", "/suggest?q='Dan  Van'", "/suggest?q=«dan van»"],
        ["/tags", "/tags?limit=20", "/tags?&limit=20", "/tags?limit=%32%30"],
    ];
    for spellings in asked {
        let first = site.get(&format!("/api/v1{}", spellings[0])).await;
        let (statements, size) = (site.app.delivery.statements(), site.app.answers.size());
        for spelling in spellings {
            let answer = site.get(&format!("/api/v1{spelling}")).await;
            assert_eq!(answer.is(200).bytes, first.is(200).bytes, "{spelling}");
        }
        assert_eq!((site.app.delivery.statements(), site.app.answers.size()), (statements, size), "{spellings:?}");
    }
    // Nothing in a query makes an article or a file another.
    let size = site.get(&format!("/api/v1/articles/{}", live.id)).await.is(200).bytes.len();
    let statements = site.app.delivery.statements();
    for number in 0..10 {
        let again = site.get(&format!("/api/v1/articles/{}?utm_source={number}", live.id.to_uppercase())).await;
        assert_eq!(again.is(200).bytes.len(), size);
    }
    assert_eq!(site.app.delivery.statements(), statements);
}

#[actix_web::test]
async fn a_page_leads_to_the_next_in_no_strangers_words() {
    let site = Site::start().await;
    let article = site.article().await;
    for title in ["Dân vận một", "Dân vận hai"] {
        site.live(article.clone().titled(title)).await;
    }
    let strange = site.get(&format!("{ARTICLES}?limit=1&q=D%C3%82N,v%E1%BA%ADn!!!+%3C%3E+%F0%9F%98%80")).await;

    let next = format!("{ARTICLES}?q=d%C3%A2n+v%E1%BA%ADn&limit=1&cursor=");
    let link = strange.is(200).body["links"]["next"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&next), "{link}");
    assert_eq!(site.get(&link).await.is(200).titles(), ["Dân vận một"]);
}
