//! Everything at once: two replicas, writers who publish, revise, withdraw, schedule and let expire, and readers who hold
//! every answer against what was public at that moment.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use chrono::Utc;
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Submit, Unpublish};

use crate::support::{Approver, Editor, Site, an_article, person::Handle};

/// For how long, in seconds; for minutes by hand.
const SECONDS: &str = "TINTUC_TEST_STORM_SECONDS";

/// What another replica may be behind, and what the clock brings.
const BEHIND: Duration = Duration::from_secs(1);

/// Something that has become of an article.
struct Turn {
    /// The edition that is public from then on, if any is.
    edition: Option<u64>,
    /// When it may have been seen first.
    from: Instant,
    /// When it was certain; none while it is being done.
    by: Option<Instant>,
    /// The replica that did it; none where it was the clock.
    at: Option<usize>,
}

impl Turn {
    /// Whether this replica has to know of it at this moment.
    fn is_known(&self, replica: usize, moment: Instant) -> bool {
        let grace = if self.at == Some(replica) { Duration::ZERO } else { BEHIND };
        self.by.is_some_and(|by| by + grace <= moment)
    }
}

/// What became of each article, in order.
#[derive(Default)]
struct Chronicle {
    turns: Mutex<BTreeMap<String, Vec<Turn>>>,
    /// The category of each, by its slug.
    filed: Mutex<BTreeMap<String, String>>,
}

impl Chronicle {
    /// Something begins to be done at a replica.
    fn begins(&self, article: &Handle, edition: Option<u64>, at: usize) {
        self.note(article, Turn { edition, from: Instant::now(), by: None, at: Some(at) });
    }

    /// What was begun is done.
    fn is_done(&self, article: &Handle) {
        let mut articles = self.turns.lock().unwrap();
        let under_way = articles.get_mut(&article.id).and_then(|turns| turns.iter_mut().find(|turn| turn.by.is_none()));
        under_way.unwrap().by = Some(Instant::now());
    }

    /// Something will be done by the clock.
    fn will_be(&self, article: &Handle, edition: Option<u64>, moment: Instant) {
        self.note(article, Turn { edition, from: moment, by: Some(moment), at: None });
    }

    /// Whether an article belongs into a list.
    fn belongs(&self, article: &str, list: &str) -> bool {
        !list.contains("category=") || list.contains(&self.filed.lock().unwrap()[article])
    }

    fn note(&self, article: &Handle, turn: Turn) {
        self.turns.lock().unwrap().entry(article.id.clone()).or_default().push(turn);
    }

    /// Whether an answer that was asked for and got at these moments may show this edition of an article.
    fn may_show(&self, article: &str, edition: u64, replica: usize, asked: Instant, got: Instant) -> bool {
        let articles = self.turns.lock().unwrap();
        let turns = &articles[article];
        turns.iter().enumerate().any(|(number, turn)| {
            let over = turns.get(number + 1).is_some_and(|next| next.is_known(replica, asked));
            turn.edition == Some(edition) && turn.from <= got && !over
        })
    }

    /// The articles that such an answer has to show, wherever they belong.
    fn must_show(&self, replica: usize, asked: Instant, got: Instant) -> Vec<String> {
        let articles = self.turns.lock().unwrap();
        let certain = |turns: &Vec<Turn>| {
            let known = turns.iter().rposition(|turn| turn.is_known(replica, asked))?;
            let changing = turns[known + 1..].iter().any(|turn| turn.from <= got);
            (turns[known].edition.is_some() && !changing).then_some(())
        };
        articles.iter().filter(|(_, turns)| certain(turns).is_some()).map(|(id, _)| id.clone()).collect()
    }
}

/// Someone who writes about one thing, at one of the replicas, until the time is over.
async fn write(sites: &[Site], number: usize, category: &str, chronicle: &Chronicle, over: Instant) {
    let at = number % sites.len();
    let people = [sites[0].person([Editor]).await, sites[0].person([Approver]).await];
    let [editor, approver] = people.map(|person| person.at(&sites[at]));
    let mut dice = StdRng::seed_from_u64(number as u64);
    let text = |edition: u64| format!("Tin {number} bản {edition}");
    let article = an_article().filed_under(category).tagged(["Bão"]).titled(&text(0)).with("summary", text(0));
    let mut article: Handle = editor.creates(article).await;
    chronicle.filed.lock().unwrap().insert(article.id.clone(), category.to_owned());
    let (mut edition, mut public) = (0, false);
    while Instant::now() < over {
        let turn = dice.random_range(0..6);
        if turn == 0 && public {
            let seen = approver.sees(&article).await;
            chronicle.begins(&article, None, at);
            article = approver.does(Unpublish, &seen).await;
            chronicle.is_done(&article);
            public = false;
            continue;
        }
        edition += 1;
        let patch = json!({ "title": text(edition), "summary": text(edition) });
        let edited = editor.edits(&editor.sees(&article).await, patch).await;
        let approved = approver.approves(&editor.does(Submit, &edited).await).await;
        let soon = Duration::from_millis(dice.random_range(400..900));
        let (moment, clock) = (Utc::now() + soon, Instant::now() + soon);
        match turn {
            1 => {
                chronicle.will_be(&article, Some(edition), clock);
                approver.publishes_with(&approved, json!({ "publish_at": moment })).await;
                tokio::time::sleep_until((clock + Duration::from_millis(50)).into()).await;
            }
            2 => {
                chronicle.begins(&article, Some(edition), at);
                chronicle.will_be(&article, None, clock);
                approver.publishes_with(&approved, json!({ "expires_at": moment })).await;
                chronicle.is_done(&article);
                tokio::time::sleep_until((clock + Duration::from_millis(50)).into()).await;
            }
            _ => {
                chronicle.begins(&article, Some(edition), at);
                approver.publishes(&approved).await;
                chronicle.is_done(&article);
            }
        }
        public = turn != 2;
    }
}

/// The id and edition of what is shown. Each was written as a whole, and is shown as one.
fn shown(row: &Value) -> (String, u64) {
    let title = row["title"].as_str().unwrap();
    assert_eq!(row["summary"], json!(title), "a mix of two editions");
    (row["id"].as_str().unwrap().to_owned(), title.rsplit(' ').next().unwrap().parse().unwrap())
}

/// Someone who asks one replica for these lists, and for the articles on them, until the time is over.
async fn read(sites: &[Site], replica: usize, lists: &[&str], chronicle: &Chronicle, over: Instant) -> usize {
    let mut read = 0;
    while Instant::now() < over {
        for path in lists {
            let asked = Instant::now();
            let answer = sites[replica].get(path).await;
            let got = Instant::now();
            let rows: Vec<(String, u64)> = answer.is(200).rows().iter().map(shown).collect();
            for (article, edition) in &rows {
                let right = chronicle.may_show(article, *edition, replica, asked, got);
                assert!(right, "{path} shows edition {edition} of {article}");
            }
            for article in chronicle.must_show(replica, asked, got) {
                let found = rows.iter().any(|(id, _)| *id == article);
                assert!(found || !chronicle.belongs(&article, path), "{path} lacks {article}");
                let page = format!("/api/v1/articles/{article}");
                let asked = Instant::now();
                let answer = sites[replica].get(&page).await;
                if answer.status == 200 {
                    let (id, edition) = shown(answer.data());
                    assert!(chronicle.may_show(&id, edition, replica, asked, Instant::now()), "{page}: {edition}");
                } else {
                    let missed = chronicle.must_show(replica, asked, Instant::now()).contains(&article);
                    assert!(!missed, "{page} is {}", answer.status);
                }
            }
            read += 1;
        }
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }
    read
}

#[actix_web::test]
async fn in_a_storm_nothing_is_seen_that_is_gone_and_nothing_is_missing_that_is_there() {
    let first = Site::start().await;
    let categories = [first.category("Kinh tế").await, first.category("Y tế").await];
    let other = first.replica().await;
    let sites = [first, other];
    let seconds = std::env::var(SECONDS).map_or(3, |seconds| seconds.parse().unwrap());
    let over = Instant::now() + Duration::from_secs(seconds);
    let chronicle = Chronicle::default();
    let lists = [
        "/api/v1/articles?limit=100",
        "/api/v1/articles?category=kinh-te&limit=100",
        "/api/v1/articles?tag=bao&limit=100",
        "/api/v1/articles?q=tin&limit=100",
    ];

    let writers = (0..8).map(|number| write(&sites, number, &categories[number % 2], &chronicle, over));
    let readers = (0..6).map(|number| read(&sites, number % 2, &lists, &chronicle, over));
    let names = async {
        while Instant::now() < over {
            actix_web::rt::time::sleep(Duration::from_millis(400)).await;
            sites[0].sql("UPDATE categories SET name = 'Y tế ' || clock_timestamp() WHERE slug = 'y-te'").unwrap();
        }
    };
    let (_, read, ()) = futures_util::join!(join_all(writers), join_all(readers), names);

    assert!(read.iter().all(|lists| *lists > 0), "{read:?}");
    // Once nothing changes any more, what is kept is what anybody would make now; numbers some seconds later.
    actix_web::rt::time::sleep(Duration::from_millis(5200)).await;
    let afresh = sites[0].replica().await;
    for path in lists.iter().copied().chain(["/api/v1/categories", "/api/v1/tags", "/api/v1/archive"]) {
        let wanted = afresh.get(path).await.is(200).body.clone();
        for site in &sites {
            assert_eq!(site.get(path).await.is(200).body, wanted, "{path}");
        }
    }
}
