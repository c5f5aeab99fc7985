//! Two who save one version at the same moment, at two replicas: one saves, the other is told what has changed meanwhile.

use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection, QueryResult, connection::SimpleConnection};
use serde_json::{Value, json};

use crate::support::{Answer, Editor, Person, Site, an_article, person::Handle, postgres::processes};

/// Edits of one field each, which differ from round to round.
fn edit(field: &str, round: usize) -> Value {
    let text = format!("{field}, lần {round}");
    match field {
        "tags" => json!({ "tags": [text] }),
        "page_count" => json!({ "page_count": round + 1 }),
        "body" => json!({ "body": format!("<p>{text}</p>") }),
        _ => json!({ field: text }),
    }
}

/// One has saved the field that they edited, and the other was refused with what they need to go on.
async fn one_has_won(
    editor: &Person<'_>,
    before: &Handle,
    [one, two]: [(&Answer, &str); 2],
    round: &str,
) -> (Handle, bool) {
    let is_first = one.0.status == 200;
    let ((won, saved), (lost, missed)) = if is_first { (one, two) } else { (two, one) };
    let saves = Handle::of(won.is(200));
    lost.is_problem(412, "stale_version");
    assert_eq!(lost.header("etag"), saves.etag, "{round}");
    assert_eq!(lost.body["changed"], json!([saved]), "{round}");
    let now = editor.sees(before).await;
    assert_eq!((&now.etag, &now.data), (&saves.etag, &saves.data), "{round}");
    assert_eq!(now.field(missed), before.field(missed), "{round}: of the other nothing is kept");
    (now, is_first)
}

/// How often: `TINTUC_TEST_ROUNDS`.
#[actix_web::test]
async fn of_two_who_save_one_version_at_the_same_moment_one_saves_and_the_other_is_told_what_changed() {
    let rounds: usize = std::env::var("TINTUC_TEST_ROUNDS").map_or(200, |rounds| rounds.parse().expect("a number"));
    let fields = ["title", "summary", "kicker", "body", "tags", "page_count"];
    let site = Site::start().await;
    let replica = site.replica().await;
    let (one, other) = (site.person([Editor]).await, site.person([Editor]).await);
    let two = other.at(&replica);
    let mut article = one.creates(an_article()).await;
    let mut wins = [0, 0];
    for round in 0..rounds {
        // Each pair of different fields comes about, in either order.
        let mine = fields[round % fields.len()];
        let theirs = fields[(round + 1 + round / fields.len() % (fields.len() - 1)) % fields.len()];

        let (first, second) = if round % 2 == 0 {
            let both =
                (one.tries_to_edit(&article, edit(mine, round)), two.tries_to_edit(&article, edit(theirs, round)));
            tokio::join!(both.0, both.1)
        } else {
            let both =
                (two.tries_to_edit(&article, edit(theirs, round)), one.tries_to_edit(&article, edit(mine, round)));
            let (second, first) = tokio::join!(both.0, both.1);
            (first, second)
        };

        let answers = [(&first, mine), (&second, theirs)];
        let (now, is_mine) = one_has_won(&two, &article, answers, &format!("round {round}")).await;
        wins[usize::from(is_mine)] += 1;
        article = now;
    }
    assert!(rounds < 20 || wins.iter().all(|wins| *wins > 0), "{wins:?}: nobody was in anybody's way");
    let versions = i64::try_from(rounds + 1).unwrap();
    assert_eq!(site.count("article_versions"), versions);
    assert_eq!(site.count("events WHERE kind = 'article.edited'"), versions - 1);
}

#[actix_web::test]
async fn of_two_who_wait_for_the_same_article_the_second_finds_what_the_first_has_saved() {
    let site = Site::start().await;
    let replica = site.replica().await;
    let (one, other) = (site.person([Editor]).await, site.person([Editor]).await);
    let two = other.at(&replica);
    let article = one.creates(an_article()).await;
    let (database, lock) =
        (site.database().to_owned(), format!("SELECT FROM articles WHERE id = '{}' FOR UPDATE", article.id));
    let (held, is_held) = std::sync::mpsc::channel();
    let holder = std::thread::spawn(move || {
        let mut conn = PgConnection::establish(&database).unwrap();
        conn.transaction(|conn| {
            conn.batch_execute(&lock)?;
            held.send(()).unwrap();
            // Until both are there, and neither has seen what the other does.
            let until = Instant::now() + Duration::from_secs(20);
            while processes(&database, "wait_event_type = 'Lock'") < 2 && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
            QueryResult::Ok(())
        })
    });
    is_held.recv().unwrap();

    let (first, second) = tokio::join!(
        one.tries_to_edit(&article, json!({ "title": "Một" })),
        two.tries_to_edit(&article, json!({ "summary": "Hai" })),
    );

    holder.join().unwrap().unwrap();
    one_has_won(&one, &article, [(&first, "title"), (&second, "summary")], "waiting").await;
}
