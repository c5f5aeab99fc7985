//! Adding a corpus to a newsroom that is at work: in batches, each a transaction of its own that nobody waits for.
//!
//! What the batches hold follows from the plan alone, and each notes in its own transaction how far it came. So whoever
//! is cut off goes on where the last batch ended. Only slugs depend on what is there: they are claimed batch by batch, as
//! by any editor.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, PgJsonbExpressionMethods, QueryDsl, QueryResult,
    RunQueryDsl,
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
        batch::{self, Size},
        history::Library,
        story::Story,
    },
    db::{
        Newsroom, Tx,
        schema::{authors, categories, events, tags, users},
    },
    http::Problem,
    taxonomy::slugs::first_free,
    text::{Slug, fold_key},
};

/// One corpus is added at a time: a number for the lock that each batch holds.
const TURN: i64 = 0x0074_696e_7475_6373;

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
    let mut size = Size::default();
    loop {
        progress(added.into());
        let batch: Vec<Story> = stories.by_ref().take(size.articles()).collect();
        if batch.is_empty() {
            return Ok(Outcome::Made);
        }
        let begun = Instant::now();
        if !database.transaction_here(|tx| write(tx, plan, added, batch.clone()))? {
            return Ok(Outcome::Refused("somebody else adds the same corpus at this moment".to_owned()));
        }
        added += u32::try_from(batch.len()).map_err(Problem::internal)?;
        size = size.after(begun);
    }
}

/// Makes sure that the corpus's people and taxonomy are there, and says how many of its articles are; or what is the
/// outcome if there is nothing to be done.
fn begin(tx: &mut Tx<'_>, plan: Plan) -> Result<Result<(Cast, u32), Outcome>, Problem> {
    if let Some(why) = in_the_future(tx, plan) {
        return Ok(Err(Outcome::Refused(why)));
    }
    batch::take_turn(tx, TURN)?;
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
fn write(tx: &mut Tx<'_>, plan: Plan, before: u32, mut stories: Vec<Story>) -> Result<bool, Problem> {
    batch::take_turn(tx, TURN)?;
    if added(tx, plan)? != before {
        return Ok(false);
    }
    batch::together(tx)?;
    let after = before + u32::try_from(stories.len()).map_err(Problem::internal)?;
    // The numbers of the list that the service replaced are those of what is there.
    stories.iter_mut().flat_map(batch::contents).for_each(|content| content.plain.legacy_id = None);
    batch::write(tx, stories, &Library::new())?;
    let Plan { articles, seed, until } = plan;
    let event = Event::CorpusAdded { articles, seed, until, added: after };
    audit::record(tx.conn, corpus_id(plan), Stamp::by_service(tx.now), &event)?;
    if after == plan.articles {
        is_whole(tx, plan)?;
    }
    Ok(true)
}
