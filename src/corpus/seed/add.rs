//! Adding a corpus to a newsroom that is at work: in batches, each a transaction of its own that nobody waits for.
//!
//! What the batches hold follows from the plan alone, and each notes in its own transaction how far it came. So whoever
//! is cut off goes on where the last batch ended. Only slugs depend on what is there: they are claimed batch by batch, as
//! by any editor.

use std::{
    collections::{HashMap, HashSet},
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, PgJsonbExpressionMethods, QueryDsl, QueryResult,
    RunQueryDsl, sql_types::BigInt,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    cast::Cast,
    load::{Outcome, corpus_id, description, in_the_future, introduce, is_whole},
    plan::Plan,
    story::Stories,
};
use crate::{
    audit::{self, Event, Stamp},
    bulk::{
        copy::copy,
        history::{self, Library},
        story::{Story, What},
    },
    content::Content,
    db::{
        Newsroom, Tx,
        schema::{authors, categories, events, tags, users},
    },
    http::Problem,
    taxonomy::slugs::{claim_all, first_free},
    text::{Slug, fold_key},
};

/// How many articles a batch has at least and at most: what is kept of the lists is outdated once a batch.
const ARTICLES: RangeInclusive<usize> = 10..=200;

/// How long a batch may take, before the next is smaller: whoever wants a slug that it claims waits for no more, and what
/// its commit has to write down is soon written.
const TAKES: Duration = Duration::from_secs(1);

/// One corpus is added at a time: a number for the lock that each batch holds.
const TURN: i64 = 0x0074_696e_7475_6373;

diesel::define_sql_function! {
    /// Waits for a lock that is held to the end of the transaction. It answers nothing, and is not asked.
    fn pg_advisory_xact_lock(key: BigInt) -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

diesel::define_sql_function! {
    /// Of the migration `batches`: new copies are told of together. It answers nothing.
    fn publication_together() -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

/// Adds the corpus to what is there, and tells `progress` after each batch how many of its articles there are. People,
/// categories, authors and tags that are there already are shared.
///
/// # Errors
/// Those of the database; then the batches up to there stay, and to add the same corpus again goes on from there.
pub fn add(database: &Newsroom, plan: Plan, progress: impl Fn(u64)) -> Result<Outcome, Problem> {
    let begun = database.transaction_here(|tx| begin(tx, plan))?;
    let (cast, mut added) = match begun {
        Ok(begun) => begun,
        Err(outcome) => return Ok(outcome),
    };
    let mut stories = Stories::new(plan, &cast);
    stories.by_ref().take(added as usize).for_each(drop);
    let mut size = 50;
    loop {
        progress(added.into());
        let batch: Vec<Story> = stories.by_ref().take(size).collect();
        if batch.is_empty() {
            return Ok(Outcome::Made);
        }
        let begun = Instant::now();
        if !database.transaction_here(|tx| write(tx, plan, added, batch.clone()))? {
            return Ok(Outcome::Refused("somebody else adds the same corpus at this moment".to_owned()));
        }
        added += u32::try_from(batch.len()).map_err(Problem::internal)?;
        size = after(size, begun.elapsed());
    }
}

/// How many articles come after a batch of so many that took so long.
fn after(size: usize, took: Duration) -> usize {
    let size = if took > TAKES {
        size / 2
    } else if took < TAKES / 3 {
        size * 2
    } else {
        size
    };
    size.clamp(*ARTICLES.start(), *ARTICLES.end())
}

/// Makes sure that the corpus's people and taxonomy are there, and says how many of its articles are; or what is the
/// outcome if there is nothing to be done.
fn begin(tx: &mut Tx<'_>, plan: Plan) -> Result<Result<(Cast, u32), Outcome>, Problem> {
    if let Some(why) = in_the_future(tx, plan) {
        return Ok(Err(Outcome::Refused(why)));
    }
    diesel::select(pg_advisory_xact_lock(TURN)).execute(tx.conn)?;
    let added = added(tx, plan)?;
    if added == plan.articles {
        return Ok(Err(Outcome::There));
    }
    let mut cast = Cast::of(plan).map_err(Problem::internal)?;
    // An editor may make an author or a tag of the same name meanwhile: then that is the one.
    while !settle(tx, &mut cast)? {
        introduce(tx, &cast)?;
    }
    Ok(Ok((cast, added)))
}

/// How many articles of this plan are there.
fn added(tx: &mut Tx<'_>, plan: Plan) -> QueryResult<u32> {
    let last: Option<Value> = events::table
        .filter(events::subject_id.eq(corpus_id(plan)))
        .filter(events::data.contains(description(plan)))
        .order(events::id.desc())
        .select(events::data)
        .first(tx.conn)
        .optional()?;
    let added = |last: Value| match last.get("added") {
        Some(added) => added.as_u64().and_then(|added| u32::try_from(added).ok()).unwrap_or_default(),
        None => plan.articles,
    };
    Ok(last.map_or(0, added))
}

/// Puts those in the cast who are there already under the same name, and gives new tags slugs that are free. Says whether
/// everybody is there.
fn settle(tx: &mut Tx<'_>, cast: &mut Cast) -> QueryResult<bool> {
    macro_rules! there {
        ($table:ident, $key:ident, $ours:expr) => {{
            let (ids, keys): (Vec<Uuid>, Vec<String>) = $ours.unzip();
            let rows = $table::table.filter($table::id.eq_any(ids).or($table::$key.eq_any(keys)));
            There::of(rows.select(($table::id, $table::$key)).load(tx.conn)?)
        }};
    }
    let mut all_there = true;
    let there = there!(users, email, cast.staff.iter().map(|it| (it.id, it.email.clone())));
    for somebody in &mut cast.staff {
        all_there &= there.settles(&mut somebody.id, &somebody.email);
    }
    let there = there!(categories, slug, cast.categories.iter().map(|it| (it.id, it.slug.clone())));
    let mut settled = HashMap::new();
    for category in &mut cast.categories {
        let ours = category.id;
        all_there &= there.settles(&mut category.id, &category.slug);
        settled.insert(ours, category.id);
        category.parent = category.parent.map(|parent| settled.get(&parent).copied().unwrap_or(parent));
    }
    let there = there!(authors, name_key, cast.authors.iter().map(|it| (it.id, fold_key(&it.name))));
    for author in &mut cast.authors {
        all_there &= there.settles(&mut author.id, &fold_key(&author.name));
    }
    let there = there!(tags, name_key, cast.tags.iter().map(|(key, it)| (it.id, key.clone())));
    let mut taken: HashSet<String> = tags::table.select(tags::slug).load(tx.conn)?.into_iter().collect();
    let mut by_name: Vec<_> = cast.tags.iter_mut().collect();
    by_name.sort_unstable_by_key(|(key, _)| *key);
    for (key, tag) in by_name {
        if !there.settles(&mut tag.id, key) {
            tag.slug = first_free(&Slug::from_text(&tag.name), &taken).to_string();
            taken.insert(tag.slug.clone());
            all_there = false;
        }
    }
    Ok(all_there)
}

/// What of a cast's is there.
struct There {
    ids: HashSet<Uuid>,
    by_key: HashMap<String, Uuid>,
}

impl There {
    fn of(rows: Vec<(Uuid, String)>) -> Self {
        let ids = rows.iter().map(|(id, _)| *id).collect();
        Self { ids, by_key: rows.into_iter().map(|(id, key)| (key, id)).collect() }
    }

    /// Whether it is there: by its id, whatever it is called by now, or by its name.
    fn settles(&self, id: &mut Uuid, key: &str) -> bool {
        if self.ids.contains(id) {
            return true;
        }
        let found = self.by_key.get(key);
        *id = found.copied().unwrap_or(*id);
        found.is_some()
    }
}

/// Writes a batch, if as many articles as are thought to be there are there.
fn write(tx: &mut Tx<'_>, plan: Plan, before: u32, mut batch: Vec<Story>) -> Result<bool, Problem> {
    #[derive(diesel::QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    diesel::select(pg_advisory_xact_lock(TURN)).execute(tx.conn)?;
    if added(tx, plan)? != before {
        return Ok(false);
    }
    diesel::select(publication_together()).execute(tx.conn)?;
    let wanted: Vec<Slug> = batch.iter().map(|story| Slug::from_text(title(story))).collect();
    for (story, slug) in batch.iter_mut().zip(claim_all(tx, &wanted)?) {
        for content in contents(story) {
            content.slug = Some(slug.to_string());
            // The numbers of the list that the service replaced are those of what is there.
            content.plain.legacy_id = None;
        }
    }
    let steps = batch.iter().flat_map(|story| &story.actions);
    let steps = steps.filter(|action| !matches!(action.what, What::Write(_) | What::Delete)).count();
    let numbers: Vec<Number> = diesel::sql_query(
        "SELECT nextval(pg_get_serial_sequence('transitions', 'id')) AS number FROM generate_series(1, $1)",
    )
    .bind::<BigInt, _>(i64::try_from(steps).map_err(Problem::internal)?)
    .load(tx.conn)?;
    let after = before + u32::try_from(batch.len()).map_err(Problem::internal)?;
    let rows = history::rows(batch, &mut numbers.into_iter().map(|one| one.number), &Library::new())?;
    copy(tx.conn, rows)?;
    let Plan { articles, seed, until } = plan;
    let event = Event::CorpusAdded { articles, seed, until, added: after };
    audit::record(tx.conn, corpus_id(plan), Stamp::by_service(tx.now), &event)?;
    if after == plan.articles {
        is_whole(tx, plan)?;
    }
    Ok(true)
}

/// The texts of a story.
fn contents(story: &mut Story) -> impl Iterator<Item = &mut Content> {
    story.actions.iter_mut().filter_map(|action| match &mut action.what {
        What::Write(content) => Some(&mut **content),
        _ => None,
    })
}

/// What a story's article is called at first, and always.
fn title(story: &Story) -> &str {
    let mut titles = story.actions.iter().filter_map(|action| match &action.what {
        What::Write(content) => content.title.as_deref(),
        _ => None,
    });
    titles.next_back().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_as_large_as_they_may_be_in_a_second() {
        let sizes = |took: u64| (0..8).fold(50, |size, _| after(size, Duration::from_millis(took)));
        assert_eq!([sizes(100), sizes(800), sizes(3000)], [200, 50, 10]);
    }
}
