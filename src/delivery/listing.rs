//! Reading a list of published articles, whatever form it is answered in.

use actix_web::web::Data;
use chrono::{DateTime, Datelike, Months, Utc};
use diesel::PgConnection;
use uuid::Uuid;

use super::{
    cards::{self, Filter, Labels, ListPlace, Order, Page},
    model::Card,
    search::{self, Narrowing, SearchIndex},
    store,
};
use crate::{
    calendar,
    http::{Count, Cursors, Problem, depends::Key, paging},
};

/// Which articles a list holds, by the names that clients use. All conditions hold together.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// In this category or below, by slug.
    pub category: Option<String>,
    /// With any of these tags, by slug.
    pub tags: Option<Vec<String>>,
    /// Of this type, by code.
    pub article_type: Option<String>,
    /// By this author.
    pub author: Option<Uuid>,
    /// Featured ones, or those that are not.
    pub featured: Option<bool>,
    /// Dated at this moment or later.
    pub published_after: Option<DateTime<Utc>>,
    /// Dated before this moment.
    pub published_before: Option<DateTime<Utc>>,
    /// In this language.
    pub locale: Option<String>,
    /// With all of these words.
    pub q: Option<search::Query>,
}

/// Which way to read a list.
pub enum Reading {
    /// In an order of its own.
    Ordered(Order, Option<ListPlace>),
    /// As a search finds it.
    Found(search::Query, Option<search::ResultPlace>),
}

/// The tags in a list with commas; none where it names none.
pub fn tags(list: Option<&str>) -> Option<Vec<String>> {
    let tags = list?.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    let tags: Vec<String> = tags.map(str::to_owned).collect();
    (!tags.is_empty()).then_some(tags)
}

impl Wanted {
    /// What of the filter needs no looking up.
    fn unnamed(&self) -> Filter {
        Filter {
            article_type: self.article_type.clone(),
            author: self.author,
            featured: self.featured,
            published_after: self.published_after,
            published_before: self.published_before,
            locale: self.locale.clone(),
            ..Filter::default()
        }
    }

    /// The filter, with names looked up; none where it names a category or tags that nobody made, which hold nothing.
    fn filter(&self, conn: &mut PgConnection) -> Result<Option<Filter>, Problem> {
        let mut filter = self.unnamed();
        if let Some(slug) = &self.category {
            filter.category = store::category(conn, slug)?;
            if filter.category.is_none() {
                return Ok(None);
            }
        }
        if let Some(slugs) = &self.tags {
            let tags = store::tags(conn, slugs)?;
            if tags.is_empty() {
                return Ok(None);
            }
            filter.tags = Some(tags);
        }
        Ok(Some(filter))
    }

    /// What changes when an article comes into the list or leaves it: of all that one has to be for that, the narrowest.
    fn lists(&self, filter: &Filter) -> Vec<Key> {
        if let (Some(slugs), Some(tags)) = (&self.tags, &filter.tags) {
            // A tag that nothing bears yet has no id to be told by.
            let all_known = slugs.len() == tags.len();
            return if all_known { tags.iter().copied().map(Key::tag).collect() } else { vec![Key::articles()] };
        }
        let one = (filter.author.map(Key::author))
            .or_else(|| filter.category.map(Key::category))
            .or_else(|| filter.article_type.as_deref().map(Key::article_type));
        let months = || months(filter.published_after?, filter.published_before?);
        one.map(|one| vec![one])
            .or_else(months)
            .or_else(|| filter.featured.map(|featured| vec![Key::featured(featured)]))
            .or_else(|| filter.locale.as_deref().map(|locale| vec![Key::locale(locale)]))
            .unwrap_or_else(|| vec![Key::articles()])
    }
}

/// A list of more months than these depends on all articles.
const MOST_MONTHS: u32 = 12;

/// The months of Vietnam that lie between two moments, if they are few.
fn months(from: DateTime<Utc>, before: DateTime<Utc>) -> Option<Vec<Key>> {
    let (first, last) = (calendar::day(from).with_day(1)?, calendar::day(before));
    let months = (0..=MOST_MONTHS).map_while(|later| first.checked_add_months(Months::new(later)));
    let keys: Vec<Key> = months.take_while(|day| *day <= last).map(Key::month).collect();
    (keys.len() <= MOST_MONTHS as usize).then_some(keys)
}

/// A page, the cursor of the next one, and how many rows the whole list has.
#[derive(Default)]
pub struct Rows {
    /// The articles.
    pub cards: Vec<Card>,
    /// What decides which articles they are.
    pub lists: Vec<Key>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many rows the whole list has, if that was asked.
    pub count: Option<i64>,
}

/// A list that is asked for, and what it takes to read it.
pub struct Asked {
    /// Which articles.
    pub wanted: Wanted,
    /// Which way, and from where on.
    pub reading: Reading,
    /// What its cursors are bound to.
    pub name: String,
    /// Rows a page.
    pub limit: i64,
    /// Whether to count the whole list.
    pub count: Option<Count>,
    /// What makes cursors.
    pub cursors: Data<Cursors>,
    /// What things are called.
    pub labels: Data<Labels>,
    /// What articles are found by.
    pub index: Data<SearchIndex>,
}

impl Asked {
    /// The page in one statement, where that is all it takes.
    pub fn at_once(&self, conn: &mut PgConnection) -> Result<Option<Rows>, Problem> {
        let (Wanted { category, tags: None, q: None, .. }, None) = (&self.wanted, self.count) else {
            return Ok(None);
        };
        let Reading::Ordered(order, after) = self.reading else { return Ok(None) };
        let known = category.as_deref().and_then(|slug| self.labels.category(slug));
        if category.is_some() && known.is_none() {
            return Ok(None);
        }
        let filter = Filter { category: known.map(|known| known.id), ..self.wanted.unnamed() };
        let page = Page { filter: &filter, order, after, limit: self.limit + 1 };
        let cards = cards::at_once(conn, &self.labels, page, known.map(|known| known.state))?;
        Ok(cards.map(|cards| self.ordered(cards, order, self.wanted.lists(&filter), None)))
    }

    /// The page, whatever it takes, over one snapshot.
    pub fn read(&self, conn: &mut PgConnection) -> Result<Rows, Problem> {
        let (wanted, limit) = (&self.wanted, self.limit);
        let Some(filter) = wanted.filter(conn)? else {
            // Somebody may make it, and publish something there.
            let lists = vec![Key::articles()];
            return Ok(Rows { lists, count: self.count.map(|Count::Exact| 0), ..Rows::default() });
        };
        let mut lists = wanted.lists(&filter);
        match &self.reading {
            Reading::Found(query, after) => {
                let view = self.index.view(conn)?;
                let narrowing = Narrowing::of(conn, &filter)?;
                let found = search::cards(conn, &view, &self.labels, query, &narrowing, after.as_ref(), limit)?;
                let count = self
                    .count
                    .map(|Count::Exact| search::count(&view, query, &narrowing, found.guessed))
                    .transpose()?;
                lists.extend(view.is_behind().then(Key::search));
                let next = found.next.map(|key| self.cursors.encode(&self.name, &key));
                Ok(Rows { cards: found.cards, lists, next, count })
            }
            Reading::Ordered(order, after) => {
                if let Some(query) = &wanted.q {
                    let view = self.index.view(conn)?;
                    let narrowing = Narrowing::of(conn, &filter)?;
                    let found = search::in_order(&view, query, &narrowing, *order, *after, limit)?;
                    let cards = cards::in_order(conn, &self.labels, &found.ids)?;
                    lists.extend(view.is_behind().then(Key::search));
                    let next = found.next.map(|key| self.cursors.encode(&self.name, &key));
                    return Ok(Rows { cards, lists, next, count: self.count.map(|Count::Exact| found.count) });
                }
                let page = Page { filter: &filter, order: *order, after: *after, limit: limit + 1 };
                let cards = cards::page(conn, &self.labels, page)?;
                let count = self.count.map(|Count::Exact| cards::count(conn, &filter)).transpose()?;
                Ok(self.ordered(cards, *order, lists, count))
            }
        }
    }

    /// A page in an order of its own, of one row more than it shows.
    fn ordered(&self, mut cards: Vec<Card>, order: Order, lists: Vec<Key>, count: Option<i64>) -> Rows {
        let next = paging::cut(&mut cards, self.limit, |last| match order {
            Order::Newest | Order::Oldest => (last.published_at, last.id),
            Order::LastPublished => (last.last_published_at, last.id),
        });
        Rows { cards, lists, next: next.map(|key| self.cursors.encode(&self.name, &key)), count }
    }
}
