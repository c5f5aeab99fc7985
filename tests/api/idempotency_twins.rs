//! Twins: the same request at the same time, to several replicas, some of which do not live to answer it.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::Value;
use tintuc::once::kept;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    idempotency::{Standstill, is_repeated, post, request},
    support::{
        Answer, Editor, Site, an_article,
        files::{file_part, form, pdf},
        postgres,
    },
};

async fn a_moment() {
    actix_web::rt::time::sleep(Duration::from_millis(200)).await;
}

#[actix_web::test]
async fn of_two_twins_at_two_replicas_one_runs_and_the_other_waits_for_its_answer() {
    let site = Site::start().await;
    let other = site.replica().await;
    let editor = site.person([Editor]).await;
    let there = editor.at(&other);
    let article = an_article().into();
    let standstill = Standstill::of(&site);

    let release = async {
        site.somebody_waits_for_a_lock().await;
        a_moment().await;
        standstill.ends();
    };
    let (first, second, ()) = futures_util::join!(
        post(&editor, "k", "/articles", &article),
        async {
            site.somebody_waits_for_a_lock().await;
            post(&there, "k", "/articles", &article).await
        },
        release
    );

    is_repeated(&second, first.is(201));
    assert_eq!(site.count("articles"), 1);
}

#[actix_web::test]
async fn of_many_twins_one_is_done_each_time() {
    let site = Site::start().await;
    let other = site.replica().await;
    let editor = site.person([Editor]).await;
    let there = editor.at(&other);
    let article = an_article().into();

    for round in 1..=12 {
        let key = round.to_string();
        let twins = (0..6).map(|number| {
            let who = if number % 2 == 0 { &editor } else { &there };
            post(who, &key, "/articles", &article)
        });
        let answers = join_all(twins).await;

        assert_eq!(site.count("articles"), round);
        let done = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count();
        assert_eq!(done, 1);
        for answer in &answers {
            assert_eq!(answer.is(201).bytes, answers[0].bytes);
        }
    }
}

#[actix_web::test]
async fn who_did_not_wait_for_the_answer_gets_it_the_next_time() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = an_article().into();
    let standstill = Standstill::of(&site);

    let hasty = request(&editor, "k", "/articles", &article).timeout(Duration::from_secs(1)).send();
    assert!(hasty.await.is_err_and(|error| error.is_timeout()));
    standstill.ends();

    let again = post(&editor, "k", "/articles", &article).await;
    assert_eq!((again.is(201).header("idempotency-replayed").as_str(), site.count("articles")), ("true", 1));
}

#[actix_web::test]
async fn a_write_whose_answer_was_lost_is_told_and_not_done_again() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = an_article().into();
    let first = post(&editor, "k", "/articles", &article).await;
    // As a replica leaves it that dies between the write and its answer.
    site.sql(
        "UPDATE idempotency_keys SET held = NULL, sent_sha256 = NULL, sent_size = NULL, status = NULL, headers = NULL,
                                     body = NULL",
    )
    .unwrap();

    let again = post(&editor, "k", "/articles", &article).await;

    let by = &again.is_problem(409, "conflict").body["original_request_id"];
    assert_eq!(*by, first.header("x-request-id"));
    assert_eq!(site.count(&format!("events WHERE request_id = '{}'", by.as_str().unwrap())), 1);
    assert_eq!(site.count("articles"), 1);
}

#[actix_web::test]
async fn of_two_that_no_lock_keeps_apart_the_database_keeps_one() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = an_article().into();
    let standstill = Standstill::of(&site);
    let name = tintuc::text::hexadecimal(&kept::name(editor.id, "/api/v1/manage/articles", "k"));

    let another = async {
        site.somebody_waits_for_a_lock().await;
        let marked = format!("decode('{name}', 'hex'), gen_random_uuid(), now()");
        site.sql(&format!("INSERT INTO idempotency_keys (id, request_id, made_at) VALUES ({marked})")).unwrap();
        standstill.ends();
    };
    let (answer, ()) = futures_util::join!(post(&editor, "k", "/articles", &article), another);

    answer.is_problem(409, "conflict");
    assert_eq!((site.count("articles"), site.count("events WHERE kind = 'article.created'")), (0, 0));
}

#[actix_web::test]
async fn a_twin_is_waited_for_and_not_for_ever() {
    let site = Site::start().await;
    let impatient = Site::over(site.database(), |settings| settings.management_timeout = 1).await;
    let editor = site.person([Editor]).await;
    let body = [file_part("file", "a.pdf", &pdf("toàn văn")), b"--ranh-gioi--\r\n".to_vec()].concat();
    let head = format!(
        "POST /api/v1/manage/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: k\r\n\
         Content-Type: multipart/form-data; boundary=ranh-gioi\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        editor.token,
        body.len()
    );
    let mut slow = TcpStream::connect(site.base.trim_start_matches("http://")).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.write_all(&body[..40]).await.unwrap();
    a_moment().await;
    let upload = async |site: &Site| {
        let request = editor.at(site).request(Method::POST, "/media").header("Idempotency-Key", "k");
        Answer::to(form(request, "file", "a.pdf", &pdf("toàn văn"))).await
    };

    let refused = upload(&impatient).await;
    slow.write_all(&body[40..]).await.unwrap();
    let mut first = Vec::new();
    slow.read_to_end(&mut first).await.unwrap();

    assert_eq!(refused.is_problem(409, "conflict").header("retry-after"), "1");
    let again = upload(&impatient).await;
    assert!(first.starts_with(b"HTTP/1.1 201") && first.ends_with(&again.is(201).bytes));
    assert_eq!((again.header("idempotency-replayed").as_str(), site.count("media")), ("true", 1));
}

#[actix_web::test]
async fn an_upload_that_broke_off_is_taken_at_the_next_try() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let body = [file_part("file", "a.pdf", &pdf("toàn văn")), b"--ranh-gioi--\r\n".to_vec()].concat();
    for sent in [0, 40, body.len() - 1] {
        let key = sent.to_string();
        let head = format!(
            "POST /api/v1/manage/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {key}\r\n\
             Content-Type: multipart/form-data; boundary=ranh-gioi\r\nContent-Length: {}\r\n\r\n",
            editor.token,
            body.len()
        );
        let mut broken = TcpStream::connect(site.base.trim_start_matches("http://")).await.unwrap();
        broken.write_all(&[head.as_bytes(), &body[..sent]].concat()).await.unwrap();
        a_moment().await;
        drop(broken);
        let before = Instant::now();

        let request = editor.request(Method::POST, "/media").header("Idempotency-Key", key);
        let again = Answer::to(form(request, "file", "a.pdf", &pdf("toàn văn"))).await;

        assert_eq!(again.is(201).header("idempotency-replayed"), "", "after {sent} bytes");
        assert!(before.elapsed() < Duration::from_secs(8), "{:?}", before.elapsed());
    }
}

#[actix_web::test]
async fn keys_hold_when_the_connection_that_holds_the_locks_is_lost() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = an_article().into();
    let first = post(&editor, "k", "/articles", &article).await;
    for _ in 0..2 {
        postgres::reachable(site.database(), false);
        postgres::reachable(site.database(), true);
        is_repeated(&post(&editor, "k", "/articles", &article).await, &first);
        post(&editor, "l", "/articles", &article).await.is(201);
    }
    assert_eq!(site.count("articles"), 2);
}

#[actix_web::test]
async fn a_replica_that_is_killed_in_the_middle_leaves_no_key_stuck() {
    let data = tempfile::tempdir().unwrap();
    let site = Site::with(|settings| settings.data_dir = Some(data.path().to_owned())).await;
    let editor = site.person([Editor]).await;
    let article: Value = an_article().into();
    let mut replica = Command::new(env!("CARGO_BIN_EXE_tintuc"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data.path())
        .env("DATABASE_URL", site.database())
        .env("TINTUC_LOG", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(replica.stdout.take().unwrap()).lines();
    let base = said.next().unwrap().unwrap().rsplit(' ').next().unwrap().to_owned();
    let standstill = Standstill::of(&site);
    let there = crate::support::site::client()
        .post(format!("{base}/api/v1/manage/articles"))
        .bearer_auth(&editor.token)
        .header("Idempotency-Key", "k")
        .json(&article);

    let killed = async {
        site.somebody_waits_for_a_lock().await;
        replica.kill().unwrap();
        replica.wait().unwrap();
    };
    let (lost, ()) = futures_util::join!(there.send(), killed);
    assert!(lost.is_err(), "{lost:?}");
    standstill.ends();

    let again = post(&editor, "k", "/articles", &article).await;
    assert_eq!((again.is(201).header("idempotency-replayed").as_str(), site.count("articles")), ("", 1));
}
