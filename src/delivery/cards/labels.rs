//! What categories, types, authors and tags are called, kept in memory for the cards that name them.
//!
//! Each row says by which state of the names it has to be named. What is known is of one state, so that a page never
//! mixes an old name with a new one: whatever renames anything makes a new state, and all is learnt anew.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{PoisonError, RwLock},
};

use diesel::{
    PgConnection, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Array, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::statement::{Row, Written};
use crate::{
    card::{ArticleTypeName, Named, RULES},
    content::{AuthorRef, CategoryRef},
    delivery::model::{Card, join},
    http::Problem,
};

/// How many names of authors and tags are known at most, in some megabytes. Beyond that they are learnt anew.
const MOST: usize = 50_000;

/// The cards of some rows; or the rows, where memory lacks what it takes.
pub(super) type Attempt = Result<Vec<Card>, Vec<Row>>;

/// A category that has the slug that was looked for, in a state of the names.
#[derive(Clone, Copy, Debug)]
pub struct KnownCategory {
    /// The category.
    pub id: Uuid,
    /// The state.
    pub state: i64,
}

/// The names that are known.
#[derive(Default)]
pub struct Labels(RwLock<Known>);

#[derive(Default)]
struct Known {
    /// The state that they are of.
    state: i64,
    /// All of them, as of the types.
    categories: HashMap<Uuid, CategoryRef>,
    /// The same by slug.
    slugs: HashMap<String, Uuid>,
    types: HashMap<String, ArticleTypeName>,
    authors: HashMap<Uuid, AuthorRef>,
    tags: HashMap<Uuid, String>,
}

impl Known {
    /// What the card of this row names; none where a name is missing, or is wanted of another state.
    fn names(&self, row: &Row) -> Option<Named<'_>> {
        if row.named != self.state {
            return None;
        }
        let author = row.author_id.map(|id| self.authors.get(&id)).map_or(Some(None), |known| known.map(Some))?;
        let tags = row.tags.as_ref()?.iter().map(|tag| self.tags.get(tag).map(String::as_str));
        Some(Named {
            author,
            category: self.categories.get(&row.category_id)?,
            article_type: self.types.get(&row.article_type)?,
            tags: tags.collect::<Option<_>>()?,
        })
    }

    /// The cards of these rows; the rows as they were where one was not written by the rules of now, or a name is missing.
    fn cards(&self, rows: Vec<Row>) -> Result<Attempt, Problem> {
        let written = rows.iter().all(|row| row.shown_rules == RULES);
        let names: Option<Vec<Named<'_>>> = rows.iter().map(|row| self.names(row)).collect();
        let Some(names) = names.filter(|_| written) else { return Ok(Err(rows)) };
        let cards = rows.into_iter().zip(names).map(|(row, names)| card(row, &names));
        cards.collect::<Result<_, _>>().map(Ok)
    }

    fn add(&mut self, others: Self) {
        if self.authors.len() + self.tags.len() > MOST {
            *self = Self { state: self.state, ..Self::default() };
        }
        self.categories.extend(others.categories);
        self.slugs.extend(others.slugs);
        self.types.extend(others.types);
        self.authors.extend(others.authors);
        self.tags.extend(others.tags);
    }
}

impl Labels {
    /// The cards of these rows, where memory has all that it takes.
    ///
    /// # Errors
    /// `internal` where a name does not serialise.
    pub(super) fn known(&self, rows: Vec<Row>) -> Result<Attempt, Problem> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).cards(rows)
    }

    /// The category of this slug, if it is known.
    pub fn category(&self, slug: &str) -> Option<KnownCategory> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.slugs.get(slug).map(|id| KnownCategory { id: *id, state: known.state })
    }

    /// The cards of these rows by the names of the same snapshot, which is one statement.
    ///
    /// # Errors
    /// `internal` where something is named that there is none of.
    pub(super) fn learn(&self, conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<Card>, Problem> {
        let names = named(conn, &rows)?;
        let cards = names.cards(rows)?.map_err(|_| Problem::internal("a card without the names that it takes"))?;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Which is later nobody has to know: of two that differ the next page shows which is wanted.
        if known.state == names.state {
            known.add(names);
        } else {
            *known = names;
        }
        Ok(cards)
    }
}

/// The card of a row.
fn card(row: Row, names: &Named<'_>) -> Result<Card, Problem> {
    let Written(mut json) = row.shown.ok_or_else(|| Problem::internal("a copy without its card"))?;
    join(&mut json, names).map_err(Problem::internal)?;
    Ok(Card {
        id: row.article_id,
        category: names.category.slug.clone(),
        published_at: row.published_at,
        last_published_at: row.last_published_at,
        expires_at: row.expires_at,
        json,
    })
}

/// A name of something.
#[derive(QueryableByName)]
struct Label {
    #[diesel(sql_type = Text)]
    kind: String,
    /// Its id, or its code.
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    name: String,
}

/// All that these rows name, in one statement of four parts; categories and types, which are few, whether they name them
/// or not.
fn named(conn: &mut PgConnection, rows: &[Row]) -> Result<Known, Problem> {
    let ids = |of: fn(&Row) -> &[Uuid]| rows.iter().flat_map(of).copied().collect::<BTreeSet<_>>();
    let authors = ids(|row| row.author_id.as_slice());
    let tags = ids(|row| row.tags.as_deref().unwrap_or_default());
    let labels: Vec<Label> = sql_query(
        "SELECT 'category' AS kind, id::text, slug, name FROM delivery.categories \
          UNION ALL SELECT 'type', code, '', name FROM delivery.article_types \
          UNION ALL SELECT 'author', id::text, '', name FROM delivery.authors WHERE id = ANY($1) \
          UNION ALL SELECT 'tag', id::text, '', name FROM delivery.tags WHERE id = ANY($2)",
    )
    .bind::<Array<SqlUuid>, _>(Vec::from_iter(authors))
    .bind::<Array<SqlUuid>, _>(Vec::from_iter(tags))
    .load(conn)?;
    let mut known = Known { state: rows.first().map_or(0, |row| row.named), ..Known::default() };
    for Label { kind, id, slug, name } in labels {
        if kind == "type" {
            known.types.insert(id.clone(), ArticleTypeName { code: id, name });
            continue;
        }
        let id: Uuid = id.parse().map_err(Problem::internal)?;
        match kind.as_str() {
            "category" => {
                known.slugs.insert(slug.clone(), id);
                known.categories.insert(id, CategoryRef { id, slug, name });
            }
            "author" => drop(known.authors.insert(id, AuthorRef { id, name })),
            _ => drop(known.tags.insert(id, name)),
        }
    }
    Ok(known)
}
