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

use super::statement::Row;
use crate::{
    card::{ArticleTypeName, Named, RULES},
    content::{AuthorRef, CategoryRef},
    delivery::model::{Card, join},
    http::Problem,
};

/// How many names of authors and tags are known at most, in some megabytes. Beyond that they are learnt anew.
const MOST: usize = 50_000;

/// The names that are known.
#[derive(Default)]
pub struct Labels(RwLock<Known>);

#[derive(Default)]
struct Known {
    /// The state that they are of.
    state: i64,
    categories: HashMap<Uuid, CategoryRef>,
    types: HashMap<String, ArticleTypeName>,
    authors: HashMap<Uuid, AuthorRef>,
    tags: HashMap<Uuid, String>,
}

impl Known {
    /// The card of this row; none where it was not written by the rules of now, or a name is missing.
    fn card(&self, row: &Row) -> Option<Card> {
        let shown = row.shown.as_ref().filter(|_| row.shown_rules == RULES && row.named == self.state)?;
        let author = row.author_id.map(|id| self.authors.get(&id)).map_or(Some(None), |known| known.map(Some))?;
        let tags = row.tags.as_ref()?.iter().map(|tag| self.tags.get(tag).map(String::as_str));
        let category = self.categories.get(&row.category_id)?;
        let names = Named {
            author,
            category,
            article_type: self.types.get(&row.article_type)?,
            tags: tags.collect::<Option<_>>()?,
        };
        let mut json = String::with_capacity(shown.len() + 512);
        json.push_str(shown);
        join(&mut json, &names).ok()?;
        Some(Card {
            id: row.article_id,
            category: category.slug.clone(),
            published_at: row.published_at,
            last_published_at: row.last_published_at,
            expires_at: row.expires_at,
            json,
        })
    }

    fn cards(&self, rows: &[Row]) -> Option<Vec<Card>> {
        rows.iter().map(|row| self.card(row)).collect()
    }

    fn add(&mut self, others: Self) {
        if self.authors.len() + self.tags.len() > MOST {
            *self = Self { state: self.state, ..Self::default() };
        }
        self.categories.extend(others.categories);
        self.types.extend(others.types);
        self.authors.extend(others.authors);
        self.tags.extend(others.tags);
    }
}

impl Labels {
    /// The cards of these rows, as far as memory has all that it takes.
    pub(super) fn known(&self, rows: &[Row]) -> Option<Vec<Card>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).cards(rows)
    }

    /// The cards of these rows by the names of the same snapshot, which is one statement.
    ///
    /// # Errors
    /// `internal` where something is named that there is none of.
    pub(super) fn learn(&self, conn: &mut PgConnection, rows: &[Row]) -> Result<Vec<Card>, Problem> {
        let names = named(conn, rows)?;
        let cards = names.cards(rows).ok_or_else(|| Problem::internal("a card without the names that it takes"))?;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match known.state.cmp(&names.state) {
            std::cmp::Ordering::Less => *known = names,
            std::cmp::Ordering::Equal => known.add(names),
            std::cmp::Ordering::Greater => {}
        }
        Ok(cards)
    }
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

/// All that these rows name, in one statement of four parts.
fn named(conn: &mut PgConnection, rows: &[Row]) -> Result<Known, Problem> {
    let ids = |of: fn(&Row) -> &[Uuid]| rows.iter().flat_map(of).copied().collect::<BTreeSet<_>>();
    let categories = ids(|row| std::slice::from_ref(&row.category_id));
    let authors = ids(|row| row.author_id.as_slice());
    let tags = ids(|row| row.tags.as_deref().unwrap_or_default());
    let types: BTreeSet<&str> = rows.iter().map(|row| row.article_type.as_str()).collect();
    let labels: Vec<Label> = sql_query(
        "SELECT 'category' AS kind, id::text, slug, name FROM delivery.categories WHERE id = ANY($1) \
          UNION ALL SELECT 'type', code, '', name FROM delivery.article_types WHERE code = ANY($2) \
          UNION ALL SELECT 'author', id::text, '', name FROM delivery.authors WHERE id = ANY($3) \
          UNION ALL SELECT 'tag', id::text, '', name FROM delivery.tags WHERE id = ANY($4)",
    )
    .bind::<Array<SqlUuid>, _>(Vec::from_iter(categories))
    .bind::<Array<Text>, _>(Vec::from_iter(types))
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
            "category" => drop(known.categories.insert(id, CategoryRef { id, slug, name })),
            "author" => drop(known.authors.insert(id, AuthorRef { id, name })),
            _ => drop(known.tags.insert(id, name)),
        }
    }
    Ok(known)
}
