//! A run that is cut off, anywhere, and run again until it comes to its end.

use std::{env, process::Command};

use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::list::{List, articles, same, started};
use crate::support::Site;

/// What was written, but for ids and numbers that are given as they come.
const ROWS: [&str; 9] = [
    "(SELECT t.article_id, version, t.name, from_approval, to_approval, u.email, at, comment, publish_at, expires_at \
        FROM transitions t JOIN users u ON u.id = actor_id)",
    "(SELECT id, article_id, version, starts_at, expires_at, ended_at, end_reason FROM publications)",
    "(SELECT article_id, starts_at, ends_at, slug, published_at, first_published_at, last_published_at, featured FROM published_articles)",
    "(SELECT a.id, a.revision, a.slug, a.approval, a.complete, a.created_at, a.updated_at, u.email FROM articles a JOIN users u ON u.id = updated_by)",
    "(SELECT list_id, item_id, guid, article_id, digest, versions, revision, views, royalty FROM imported_items)",
    "(SELECT list_id, item_id, was FROM import_acts)",
    "old_addresses",
    "(SELECT article_id, revision, amount, currency FROM royalties)",
    "(SELECT sha256, refused, media_id IS NULL FROM imported_files)",
];

fn from_environment(name: &str, otherwise: u32) -> u32 {
    env::var(name).ok().map_or(otherwise, |number| number.parse().unwrap())
}

/// `TINTUC_TEST_IMPORT_ITEMS` and `TINTUC_TEST_KILLS` make it longer.
#[actix_web::test]
async fn a_run_that_is_killed_anywhere_ends_as_one_that_was_left_alone() {
    let (items, kills) = (from_environment("TINTUC_TEST_IMPORT_ITEMS", 100), from_environment("TINTUC_TEST_KILLS", 5));
    let list = List::of("bundle", items);
    let (alone, killed) = (Site::start().await, Site::start().await);
    let begun = std::time::Instant::now();
    let left_alone = list.goes_to(&alone, &[]).done();
    let takes = begun.elapsed();

    let mut dice = SmallRng::seed_from_u64(15);
    for _ in 0..kills {
        let mut run = started(list.command(&killed, &[]));
        actix_web::rt::time::sleep(takes.mul_f64(dice.random::<f64>() * 1.1 / f64::from(kills) * 2.0)).await;
        run.kill().unwrap();
        run.wait().unwrap();
    }
    let outcome = list.goes_to(&killed, &[]).done();

    same(&articles(&killed), &articles(&alone));
    for rows in ROWS {
        assert_eq!(killed.digest([rows]), alone.digest([rows]), "{rows}");
    }
    assert_eq!(killed.count("import_runs"), 1);
    assert_eq!(outcome.actions(), left_alone.actions());
    assert_eq!(outcome.losses(), left_alone.losses());
}

/// A command none of whose files grows beyond so many bytes: to write more fails, as it does on a disk that is full.
fn confined(command: &Command, bytes: u32) -> Command {
    let mut confined = Command::new("sh");
    confined.args(["-c", "trap '' XFSZ; ulimit -f $0; exec \"$@\"", &(bytes / 512).to_string()]);
    confined.arg(command.get_program()).args(command.get_args());
    confined.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    confined
}

#[actix_web::test]
async fn a_disk_that_fills_stops_the_run_and_the_next_one_goes_on() {
    let site = Site::start().await;
    let list = List::of("csv", 60);

    // Its largest files are of 8,390 bytes, and its report grows beyond 16,384.
    for (bytes, why) in [(8192, "storage"), (16384, "the report cannot be written")] {
        let output = confined(&list.command(&site, &[]), bytes).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(why), "{said}");
    }
    let outcome = list.goes_to(&site, &[]).done();

    same(&articles(&site), &list.expected());
    assert_eq!(outcome.actions()["created"], list.expected().len());
}
