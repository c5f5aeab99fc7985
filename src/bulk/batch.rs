//! A batch of articles that are written while others read and publish: nobody waits for it, and what is kept of lists is outdated
//! once.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use diesel::{RunQueryDsl, sql_query, sql_types::BigInt};
use uuid::Uuid;

use super::{
    copy::copy,
    history::{self, Library},
    story::{Story, What},
};
use crate::{content::Content, db::Tx, http::Problem, taxonomy::slugs::claim_all, text::Slug};

/// How many articles a batch has at least and at most.
const ARTICLES: RangeInclusive<usize> = 10..=200;

/// How long a batch may take, before the next is smaller: whoever wants a slug that it claims waits for no more, and what
/// its commit has to write down is soon written.
const TAKES: Duration = Duration::from_secs(1);

diesel::define_sql_function! {
    /// Waits for a lock that is held to the end of the transaction. It answers nothing, and is not asked.
    fn pg_advisory_xact_lock(key: BigInt) -> Nullable<Text>;
}

diesel::define_sql_function! {
    /// Of the migration `batches`. It answers nothing.
    fn publication_together() -> Nullable<Text>;
}

/// How large batches are: as large as they may be in the time that they may take.
#[derive(Clone, Copy, Debug)]
pub struct Size(usize);

impl Default for Size {
    /// Of the first batch, before anybody knows how long one takes.
    fn default() -> Self {
        Self(50)
    }
}

impl Size {
    /// How many articles the next batch has.
    pub fn articles(self) -> usize {
        self.0
    }

    /// The size after a batch of this one that was begun then.
    #[must_use]
    pub fn after(self, begun: Instant) -> Self {
        self.after_taking(begun.elapsed())
    }

    fn after_taking(self, took: Duration) -> Self {
        let size = if took > TAKES {
            self.0 / 2
        } else if took < TAKES / 3 {
            self.0 * 2
        } else {
            self.0
        };
        Self(size.clamp(*ARTICLES.start(), *ARTICLES.end()))
    }
}

/// Waits until this is the one transaction that writes batches under this number, and is that to its end.
pub fn take_turn(tx: &mut Tx<'_>, turn: i64) -> Result<(), Problem> {
    diesel::select(pg_advisory_xact_lock(turn)).execute(tx.conn)?;
    Ok(())
}

/// From now on, new copies are told of together, at the end of the transaction.
pub fn together(tx: &mut Tx<'_>) -> Result<(), Problem> {
    diesel::select(publication_together()).execute(tx.conn)?;
    Ok(())
}

/// Writes these stories, whose articles get slugs that are free. Answers the revision that each article is at.
///
/// # Errors
/// Those of the database; where a story breaks the workflow, which would be a defect.
pub fn write(tx: &mut Tx<'_>, mut stories: Vec<Story>, library: &Library) -> Result<HashMap<Uuid, i64>, Problem> {
    give_slugs(tx, &mut stories)?;
    let steps = stories.iter().flat_map(|story| &story.actions);
    let steps = steps.filter(|action| !matches!(action.what, What::Write(_) | What::Delete)).count();
    let numbers = numbers(tx, steps)?;
    let rows = history::rows(stories, &mut numbers.into_iter(), library)?;
    let revisions = rows.articles.iter().map(|row| (row.id, row.revision)).collect();
    copy(tx.conn, rows)?;
    Ok(revisions)
}

/// What a story's article says, version by version.
pub fn contents(story: &mut Story) -> impl DoubleEndedIterator<Item = &mut Content> {
    story.actions.iter_mut().filter_map(|action| match &mut action.what {
        What::Write(content) => Some(&mut **content),
        _ => None,
    })
}

/// Gives articles slugs, each one, from the title that it had last; none to what never had any.
fn give_slugs(tx: &mut Tx<'_>, stories: &mut [Story]) -> Result<(), Problem> {
    let (titled, wanted): (Vec<&mut Story>, Vec<Slug>) = stories
        .iter_mut()
        .filter_map(|story| {
            let title = contents(story).rev().find_map(|content| content.title.as_deref().map(Slug::from_text))?;
            Some((story, title))
        })
        .unzip();
    for (story, slug) in titled.into_iter().zip(claim_all(tx, &wanted)?) {
        contents(story).for_each(|content| content.slug = Some(slug.to_string()));
    }
    Ok(())
}

/// Numbers for so many steps of the history.
fn numbers(tx: &mut Tx<'_>, steps: usize) -> Result<Vec<i64>, Problem> {
    #[derive(diesel::QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let numbers: Vec<Number> =
        sql_query("SELECT nextval(pg_get_serial_sequence('transitions', 'id')) AS number FROM generate_series(1, $1)")
            .bind::<BigInt, _>(i64::try_from(steps).map_err(Problem::internal)?)
            .load(tx.conn)?;
    Ok(numbers.into_iter().map(|one| one.number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_as_large_as_they_may_be_in_a_second() {
        let sizes = |took: u64| {
            (0..8).fold(Size::default(), |size, _| size.after_taking(Duration::from_millis(took))).articles()
        };
        assert_eq!([sizes(100), sizes(800), sizes(3000)], [200, 50, 10]);
    }
}
