//! The program, and the end of its database.

use std::{
    io::Read,
    process::Stdio,
    time::{Duration, Instant},
};

use actix_web::rt::time::sleep;
use nix::sys::signal::{Signal, kill};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    process::{Data, Program},
    support::site::client,
};

/// What a loaded machine may take in all.
const LIMIT: Duration = Duration::from_secs(30);

#[actix_web::test]
async fn a_database_that_is_killed_is_started_again_and_meanwhile_memory_answers() {
    let data = Data::new();
    let program = Program::start(&data.folder);
    let token = program.sign_in("AUTHOR").await;
    let titles = program.titles().await;
    let killed = program.postgres().expect("PostgreSQL runs");
    let get = |path: &str| client().get(format!("{}{path}", program.base)).send();

    kill(killed, Signal::SIGKILL).unwrap();

    let begun = Instant::now();
    loop {
        let kept = get("/api/v1/articles?limit=100").await.unwrap();
        assert_eq!(kept.status(), StatusCode::OK, "what is kept is sent all the while");
        let other = get("/api/v1/archive").await.unwrap().status();
        assert!([StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(&other), "{other}");
        if program.postgres().is_some_and(|pid| pid != killed) && get("/health/ready").await.unwrap().status() == 200 {
            break;
        }
        assert!(begun.elapsed() < LIMIT, "the database is not back");
        sleep(Duration::from_millis(20)).await;
    }
    eprintln!("well again {:?} after the kill", begun.elapsed());
    let article = json!({ "title": "Sau khi khởi động lại" });
    let manage = format!("{}/api/v1/manage/articles", program.base);
    let written = client().post(manage).bearer_auth(token).json(&article).send().await.unwrap();
    assert_eq!(written.status(), StatusCode::CREATED, "{:#}", written.json::<Value>().await.unwrap());
    assert_eq!(program.titles().await, titles);
    assert!(program.stop(Signal::SIGTERM).success());
}

#[actix_web::test]
async fn a_database_that_cannot_be_started_again_ends_the_service_with_its_reason() {
    let data = Data::new();
    let mut program = Program::start_with(&data.folder, Stdio::piped());
    let control = data.folder.join("postgres/cluster/global/pg_control");
    std::fs::rename(&control, control.with_extension("gone")).unwrap();

    kill(program.postgres().unwrap(), Signal::SIGKILL).unwrap();

    let begun = Instant::now();
    let status = loop {
        if let Some(status) = program.child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < LIMIT, "the service goes on without a database");
        sleep(Duration::from_millis(50)).await;
    };
    assert!(!status.success());
    let mut said = String::new();
    program.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("PostgreSQL did not start"), "{said}");
}

#[actix_web::test]
async fn a_service_that_is_told_to_stop_complains_of_nothing() {
    let data = Data::new();
    let mut program = Program::start_with(&data.folder, Stdio::piped());
    let mut stderr = program.child.stderr.take().unwrap();
    program.titles().await;

    assert!(program.stop(Signal::SIGTERM).success());

    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}
