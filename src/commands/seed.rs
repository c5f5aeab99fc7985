//! `tintuc seed`: fills a database with a corpus of believable news, or adds one to what is there.

use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use clap::Args;
use diesel::{Connection, PgConnection, connection::SimpleConnection};
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::{ExposeSecret, SecretString};

use super::{
    database::Connected,
    failure::{self, Failure},
};
use crate::{
    calendar,
    corpus::seed::{self, Outcome, Plan},
    db::{Newsroom, migrations},
    settings::Settings,
};

/// A corpus to make. The same arguments make the same articles, with the same ids, texts and dates.
#[derive(Args, Debug)]
pub struct Corpus {
    /// How many articles, in all states; about 93 in a hundred are live
    #[arg(long, default_value_t = 1000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    articles: u32,
    /// Another number makes other articles
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
    /// The day before which all of it happened, over fifteen years
    #[arg(long, default_value = "2026-11-01", value_name = "DATE")]
    until: NaiveDate,
    /// Add it to a database that holds content, also while services run over it: in batches, which share categories,
    /// authors and tags of the same name. What was cut off goes on with the same arguments
    #[arg(long)]
    add: bool,
}

impl Corpus {
    fn plan(&self) -> Result<Plan, Failure> {
        let midnight = self.until.and_time(NaiveTime::MIN).and_local_timezone(calendar::zone());
        let until: DateTime<FixedOffset> = midnight.earliest().ok_or("no such day")?;
        Ok(Plan { articles: self.articles, seed: self.seed, until: until.to_utc() })
    }
}

/// Runs the command.
///
/// # Errors
/// Where the database is not there, or holds other content that nothing is to be added to.
pub fn run(settings: &Settings, corpus: &Corpus) -> Result<(), Failure> {
    let plan = corpus.plan()?;
    let database = Connected::to_work(settings)?;
    // For the causes of what goes wrong; a progress bar and a running commentary do not go together.
    failure::start_log(&Settings { log: "warn".to_owned(), ..settings.clone() })?;
    let outcome = fill(&database.url, plan, corpus.add);
    database.release()?;
    outcome
}

fn fill(url: &SecretString, plan: Plan, add: bool) -> Result<(), Failure> {
    migrations::run(url.expose_secret())?;
    let started = Instant::now();
    let progress = ProgressBar::new(plan.articles.into());
    progress.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} articles, {eta} left")?);
    progress.enable_steady_tick(Duration::from_millis(200));
    let database = Newsroom::open(url, 1, None)?;
    let tell = |articles| progress.set_position(articles);
    let outcome = if add { seed::add(&database, plan, tell) } else { seed::load(&database, plan, tell) };
    progress.finish_and_clear();
    match outcome? {
        Outcome::Refused(why) => return Err(why.into()),
        Outcome::There => println!("These {} articles are there already.", plan.articles),
        Outcome::Made => {
            tidy(url)?;
            println!("Made {} articles in {:.1} s.", plan.articles, started.elapsed().as_secs_f64());
        }
    }
    Ok(())
}

/// What the planner and index-only scans need to know, which autovacuum would find out only later.
fn tidy(url: &SecretString) -> Result<(), Failure> {
    // VACUUM runs outside transactions, on a connection of its own.
    let mut connection = PgConnection::establish(url.expose_secret())?;
    connection.batch_execute(
        "VACUUM (ANALYZE) users, categories, category_ancestors, authors, tags, articles, slugs, article_versions, \
         transitions, publications, published_articles, published_tags, published_links, public_slugs, published_categories, \
         view_totals, events, article_words",
    )?;
    Ok(())
}
