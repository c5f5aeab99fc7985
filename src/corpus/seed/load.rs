//! Copying a corpus into the tables: one transaction, so that a half-finished one cannot be.

use std::{sync::mpsc, thread};

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, connection::SimpleConnection, dsl::sql, sql_types,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{bare::Bare, cast::Cast, dice::Dice, plan::Plan, story::Stories};
use crate::{
    access::password::NOT_SET,
    audit::{self, Event, Stamp},
    bulk::{
        copy::copy,
        history::{Library, rows},
        rows::Rows,
    },
    db::{
        Newsroom, Tx,
        schema::{articles, authors, categories, events, media, role_grants, tags, users},
    },
    http::Problem,
    text::fold_key,
};

/// What the corpus's last event is called: where it is, the corpus is whole.
const SEEDED: &str = "corpus.seeded";

/// The tables that grow with a corpus.
const FILLED: &[&str] = &[
    "articles",
    "slugs",
    "article_versions",
    "article_words",
    "transitions",
    "publications",
    "published_articles",
    "published_categories",
    "published_tags",
    "published_links",
    "public_slugs",
    "view_totals",
    "events",
];

/// How it went.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The corpus was made.
    Made,
    /// The same corpus was there already.
    There,
    /// Nothing was done, because of this.
    Refused(String),
}

/// Makes the corpus, and tells `progress` now and then how many articles there are.
///
/// # Errors
/// Those of the database; then nothing is left of it.
pub fn load(database: &Newsroom, plan: Plan, progress: impl Fn(u64)) -> Result<Outcome, Problem> {
    let cast = Cast::of(plan).map_err(Problem::internal)?;
    let outcome = database.transaction_here(|tx| {
        if let Some(why) = in_the_future(tx, plan) {
            return Ok(Outcome::Refused(why));
        }
        // Nobody writes meanwhile: what is looked for below stays absent, and the numbers of transitions are ours.
        tx.conn.batch_execute(
            "LOCK TABLE articles, categories, authors, tags, media, transitions IN SHARE ROW EXCLUSIVE MODE",
        )?;
        let there = seeded(tx)?;
        if there.contains(&description(plan)) {
            return Ok(Outcome::There);
        }
        if let Some(other) = there.first() {
            return Ok(Outcome::Refused(format!("the database holds another corpus: {other}; --add adds to it")));
        }
        if let Some(foreign) = foreign_content(tx)? {
            return Ok(Outcome::Refused(format!(
                "the database holds {foreign} already; a corpus needs one without content, or --add"
            )));
        }
        make(tx, plan, &cast, &progress)?;
        Ok(Outcome::Made)
    })?;
    Ok(outcome)
}

/// What a plan is kept as.
pub(super) fn description(plan: Plan) -> Value {
    json!({ "articles": plan.articles, "seed": plan.seed, "until": plan.until })
}

/// Why a plan cannot be carried out yet.
pub(super) fn in_the_future(tx: &Tx<'_>, plan: Plan) -> Option<String> {
    let clock = tx.now.format("%Y-%m-%d");
    (plan.until > tx.now).then(|| format!("the corpus would end in the future; it is {clock} here"))
}

/// The corpora that the database holds.
fn seeded(tx: &mut Tx<'_>) -> QueryResult<Vec<Value>> {
    events::table.filter(events::kind.eq(SEEDED)).order(events::id).select(events::data).load(tx.conn)
}

/// What the database holds that a corpus would mix with.
fn foreign_content(tx: &mut Tx<'_>) -> QueryResult<Option<&'static str>> {
    macro_rules! holds {
        ($table:ident) => {
            diesel::select(diesel::dsl::exists($table::table.select($table::id))).get_result::<bool>(tx.conn)?
        };
    }
    let found = [
        ("articles", holds!(articles)),
        ("categories", holds!(categories)),
        ("media", holds!(media)),
        ("authors", holds!(authors)),
        ("tags", holds!(tags)),
    ];
    Ok(found.into_iter().find(|(_, there)| *there).map(|(name, _)| name))
}

fn make(tx: &mut Tx<'_>, plan: Plan, cast: &Cast, progress: &impl Fn(u64)) -> Result<(), Problem> {
    tx.conn.batch_execute("SET LOCAL maintenance_work_mem = '512MB'; SELECT publication_in_bulk()")?;
    let bare = Bare::make(tx.conn, FILLED)?;
    introduce(tx, cast)?;
    let sequence = sql::<sql_types::BigInt>("nextval(pg_get_serial_sequence('transitions', 'id'))");
    let first: i64 = diesel::select(sequence).get_result(tx.conn)?;
    let mut last = first;
    let mut articles = 0;
    // A thread writes news while the database takes in what it has sent. Whoever no longer listens has failed and says why.
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(2);
        scope.spawn(move || batches(plan, cast, first).all(|batch| sender.send(batch).is_ok()));
        for batch in receiver {
            let rows = batch?;
            last = rows.transitions.last().map_or(last, |transition| transition.id);
            articles += rows.articles.len() as u64;
            copy(tx.conn, rows)?;
            progress(articles);
        }
        Ok::<(), Problem>(())
    })?;
    bare.dress(tx.conn)?;
    let advance = sql::<sql_types::BigInt>("setval(pg_get_serial_sequence('transitions', 'id'), ");
    let advanced = diesel::select(advance.bind::<sql_types::BigInt, _>(last).sql(")"));
    advanced.get_result::<i64>(tx.conn)?;
    is_whole(tx, plan)
}

/// Notes that all of a corpus is there.
pub(super) fn is_whole(tx: &mut Tx<'_>, plan: Plan) -> Result<(), Problem> {
    let event = Event::CorpusSeeded { articles: plan.articles, seed: plan.seed, until: plan.until };
    audit::record(tx.conn, corpus_id(plan), Stamp::by_service(tx.now), &event)
}

/// An id for the corpus as a whole, for its events.
pub(super) fn corpus_id(plan: Plan) -> Uuid {
    Dice::new(plan.seed ^ u64::from(plan.articles)).id(plan.until)
}

/// Makes the people and the taxonomy, as far as they are not there.
pub(super) fn introduce(tx: &mut Tx<'_>, cast: &Cast) -> QueryResult<()> {
    let at: DateTime<Utc> = cast.made_at;
    let staff = cast.staff.iter().map(|somebody| {
        (
            users::id.eq(somebody.id),
            users::email.eq(&somebody.email),
            users::name.eq(&somebody.name),
            users::password_hash.eq(NOT_SET),
            users::disabled_at.eq(at),
            users::created_at.eq(at),
        )
    });
    diesel::insert_into(users::table).values(staff.collect::<Vec<_>>()).on_conflict_do_nothing().execute(tx.conn)?;
    let grants = cast.staff.iter().map(|somebody| {
        (
            role_grants::id.eq(somebody.grant),
            role_grants::user_id.eq(somebody.id),
            role_grants::role.eq(somebody.role),
            role_grants::created_at.eq(at),
        )
    });
    diesel::insert_into(role_grants::table)
        .values(grants.collect::<Vec<_>>())
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    // One after the other: a child's place in the tree is that of its parent and one more.
    for category in &cast.categories {
        diesel::insert_into(categories::table)
            .values((
                categories::id.eq(category.id),
                categories::slug.eq(&category.slug),
                categories::name.eq(&category.name),
                categories::parent_id.eq(category.parent),
                categories::created_at.eq(at),
            ))
            .on_conflict_do_nothing()
            .execute(tx.conn)?;
    }
    let rows = cast.authors.iter().map(|author| {
        (
            authors::id.eq(author.id),
            authors::name.eq(&author.name),
            authors::name_key.eq(fold_key(&author.name)),
            authors::created_at.eq(at),
        )
    });
    diesel::insert_into(authors::table).values(rows.collect::<Vec<_>>()).on_conflict_do_nothing().execute(tx.conn)?;
    let rows = cast.tags.iter().map(|(key, tag)| {
        (
            tags::id.eq(tag.id),
            tags::slug.eq(&tag.slug),
            tags::name.eq(&tag.name),
            tags::name_key.eq(key),
            tags::created_at.eq(at),
        )
    });
    diesel::insert_into(tags::table).values(rows.collect::<Vec<_>>()).on_conflict_do_nothing().execute(tx.conn)?;
    Ok(())
}

/// Carries out every story of the plan, in batches of rows that go into the tables in this order. Transitions are
/// numbered from `first_transition` on, for publications name them.
fn batches(plan: Plan, cast: &Cast, first_transition: i64) -> impl Iterator<Item = Result<Rows, Problem>> {
    /// Large enough that statements cost nothing, small enough for memory.
    const ARTICLES: usize = 1000;
    let mut stories = Stories::new(plan, cast);
    let mut numbers = first_transition..;
    std::iter::from_fn(move || {
        let batch: Vec<_> = stories.by_ref().take(ARTICLES).collect();
        (!batch.is_empty()).then(|| rows(batch, &mut numbers, &Library::new()))
    })
}
