//! The program killed while it tells of what is published, again and again, and a receiver that is no help.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use nix::sys::signal::Signal;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    process::{Data, Program},
    support::{
        Receiver,
        receiver::{Received, Reply},
        site::client,
    },
    webhooks::ALL,
};

/// How often it is killed; twenty times by hand.
const KILLS: &str = "TINTUC_TEST_KILLS";

/// Somebody at the program, which may be another after each kill.
struct Desk {
    client: Client,
    base: String,
    author: String,
    approver: String,
}

impl Desk {
    async fn at(program: &Program) -> Self {
        let (author, approver) = (program.sign_in("AUTHOR").await, program.sign_in("APPROVER").await);
        Self { client: client(), base: program.base.clone(), author, approver }
    }

    /// Asks, and answers with the thing as it then is and its tag.
    async fn asks(&self, who: &str, path: &str, tag: Option<&str>, body: &Value) -> (Value, String) {
        let url = format!("{}/api/v1/manage{path}", self.base);
        let request = match tag {
            Some(tag) if !path.contains("/transitions/") => self.client.patch(url).header("If-Match", tag),
            Some(tag) => self.client.post(url).header("If-Match", tag),
            None => self.client.post(url),
        };
        let answer = request.bearer_auth(who).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        let tag = answer.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned()).unwrap_or_default();
        (answer.json::<Value>().await.unwrap()["data"].take(), tag)
    }

    /// Has what somebody wrote approved and published.
    async fn publishes(&self, id: &str, mut tag: String) -> String {
        for (who, step) in [(&self.author, "submit"), (&self.approver, "approve"), (&self.approver, "publish")] {
            (_, tag) = self.asks(who, &format!("/articles/{id}/transitions/{step}"), Some(&tag), &json!({})).await;
        }
        tag
    }

    /// An article that appears, is replaced and goes; says which.
    async fn turns_over(&self, category: &str, number: usize) -> String {
        let article = json!({
            "title": format!("Tin số {number}"), "body": "<p>Nội dung</p>", "category": category, "article_type": "news",
        });
        let (made, tag) = self.asks(&self.author, "/articles", None, &article).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let tag = self.publishes(&id, tag).await;
        let (_, tag) =
            self.asks(&self.author, &format!("/articles/{id}"), Some(&tag), &json!({ "summary": "Mới" })).await;
        let tag = self.publishes(&id, tag).await;
        let path = format!("/articles/{id}/transitions/unpublish");
        self.asks(&self.approver, &path, Some(&tag), &json!({})).await;
        id
    }
}

#[actix_web::test]
async fn kills_lose_no_event_and_change_no_order() {
    let kills: usize = std::env::var(KILLS).map_or(3, |kills| kills.parse().expect("a number"));
    let data = Data::new();
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let receiver = Receiver::answering(move |_, before| {
        // Each is refused once; and all of them while nobody is there.
        Reply::of(if before < 1 || is_down.load(Ordering::SeqCst) { 503 } else { 204 })
    });
    let mut program = Program::start(&data.folder);
    let admin = program.sign_in("ADMIN").await;
    let mut desk = Desk::at(&program).await;
    let categories = client().get(format!("{}/api/v1/categories", desk.base)).send().await.unwrap();
    let categories: Value = categories.json().await.unwrap();
    let category = categories["data"][0]["slug"].as_str().unwrap().to_owned();
    let (webhook, _) = desk.asks(&admin, "/webhooks", None, &json!({ "url": receiver.url(), "events": ALL })).await;
    let secret = webhook["secret"].as_str().unwrap().to_owned();
    let mut chance = StdRng::seed_from_u64(20_261_128);
    let mut articles = Vec::new();
    for kill in 0..kills {
        down.store(kill == kills / 2, Ordering::SeqCst);
        for _ in 0..2 {
            articles.push(desk.turns_over(&category, articles.len()).await);
        }
        actix_web::rt::time::sleep(Duration::from_millis(chance.random_range(0..1_500))).await;
        program.stop(Signal::SIGKILL);
        program = Program::start(&data.folder);
        desk.base.clone_from(&program.base);
    }
    down.store(false, Ordering::SeqCst);

    let taken = |received: &[Received]| -> HashMap<String, Vec<Received>> {
        let mut taken: HashMap<String, Vec<Received>> = HashMap::new();
        for one in received.iter().filter(|one| one.is_taken()) {
            let of_it = taken.entry(one.article().to_owned()).or_default();
            // What was taken and not noted before a kill comes again, under the same id.
            if of_it.iter().all(|other| other.id != one.id) {
                of_it.push(one.clone());
            }
        }
        taken
    };
    let mut received = Vec::new();
    for _ in 0..1_500 {
        received = receiver.received();
        if taken(&received).values().map(Vec::len).sum::<usize>() >= 3 * articles.len() {
            break;
        }
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
    }

    let taken = taken(&received);
    for article in &articles {
        let kinds: Vec<&str> =
            taken.get(article).map(|all| all.iter().map(Received::kind).collect()).unwrap_or_default();
        assert_eq!(kinds, ["article.published", "article.updated", "article.unpublished"], "{article}");
    }
    assert_eq!(taken.len(), articles.len());
    assert!(received.iter().all(|one| one.signatures_by(&secret) == 1));
    // At least once, and seldom more: a kill costs what was under way.
    let again = received.iter().filter(|one| one.is_taken()).count() - 3 * articles.len();
    assert!(again <= 8 * kills, "{again} came again");
    let stopped = program.stop(Signal::SIGTERM);
    assert!(stopped.success(), "{stopped}");
}
