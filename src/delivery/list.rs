//! Lists of published articles.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, Datelike, Months, Utc};
use diesel::PgConnection;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answers::Answers;
use super::{
    articles::Shown,
    cards::{self, Filter, Labels, ListPlace, Order, Page},
    fields::{ArticlePage, Fields},
    model::{self, Card},
    renamed,
    search::{self, Narrowing, SearchIndex},
    store,
};
use crate::{
    calendar,
    db::pool::snapshot,
    http::{
        Count, Cursors, FieldError, Found, Links, List, Meta, Problem, Query, Representation, depends::Key,
        openapi::PublicList, paging, reply::ListUrl, text,
    },
};

const PATH: &str = "/api/v1/articles";

/// Which articles, and which page of them.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListFilter {
    /// In this category or below, by slug.
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    #[param(max_length = 120)]
    category: Option<String>,
    /// With any of these tags, by slug, separated by commas.
    #[schema(max_length = 2000, example = "dan-van-kheo,thi-dua")]
    #[param(max_length = 2000)]
    tag: Option<String>,
    /// Of this type, by code.
    #[schema(max_length = 40, example = "announcement")]
    #[param(max_length = 40)]
    article_type: Option<String>,
    /// By this author, by id.
    author: Option<Uuid>,
    /// Featured ones, or those that are not.
    featured: Option<bool>,
    /// Dated at this moment or later.
    published_after: Option<DateTime<Utc>>,
    /// Dated before this moment.
    published_before: Option<DateTime<Utc>>,
    /// In this language; without it, in all.
    #[schema(max_length = 35, example = "vi")]
    #[param(max_length = 35)]
    locale: Option<String>,
    /// Words, and phrases in quotation marks, all of which an article has to have. With marks or without: what has the
    /// marks that were typed comes first. Where nothing has them, one letter of one word may be wrong.
    #[schema(value_type = Option<String>, example = "dan van kheo")]
    #[param(value_type = Option<String>)]
    q: Option<search::Query>,
    /// The order: `-published_at` unless asked otherwise, with `q` that of `relevance`. Ties are in the order of ids.
    #[param(inline)]
    sort: Option<Sort>,
    /// Only these fields of each article, separated by commas.
    #[schema(max_length = 400, example = "id,slug,title")]
    #[param(max_length = 400)]
    fields: Option<String>,
    /// Whether to count the whole list, into `meta.count`.
    #[param(inline)]
    count: Option<Count>,
    /// Rows a page.
    #[serde(default = "paging::default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: i64,
    /// Where the previous page ended: `links.next` holds it.
    #[schema(max_length = 400)]
    #[param(max_length = 400)]
    cursor: Option<String>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
enum Sort {
    /// By `published_at`, newest first.
    #[serde(rename = "-published_at")]
    Newest,
    /// By `published_at`, oldest first.
    #[serde(rename = "published_at")]
    Oldest,
    /// By `last_published_at`, newest first.
    #[serde(rename = "-last_published_at")]
    LastPublished,
    /// What matches `q` best first, among equals the newest.
    #[serde(rename = "relevance")]
    Relevance,
}

/// Which way to read a list.
enum Reading {
    /// In an order of its own.
    Ordered(Order, Option<ListPlace>),
    /// As a search finds it.
    Found(search::Query, Option<search::ResultPlace>),
}

impl ListFilter {
    fn tags(&self) -> Option<Vec<String>> {
        let tags = self.tag.as_deref()?.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        let tags: Vec<String> = tags.map(str::to_owned).collect();
        (!tags.is_empty()).then_some(tags)
    }

    fn reading(&self, cursors: &Cursors) -> Result<Reading, Problem> {
        let order = match (self.sort, self.q.clone()) {
            (None | Some(Sort::Relevance), Some(query)) => return Ok(Reading::Found(query, self.after(cursors)?)),
            (Some(Sort::Relevance), None) => {
                let error = FieldError::new("/sort", "needs_q", text("relevance-needs-q"));
                return Err(Problem::bad_request(text("invalid-parameters")).with_errors(vec![error]));
            }
            (None | Some(Sort::Newest), _) => Order::Newest,
            (Some(Sort::Oldest), _) => Order::Oldest,
            (Some(Sort::LastPublished), _) => Order::LastPublished,
        };
        Ok(Reading::Ordered(order, self.after(cursors)?))
    }

    /// The key of the row that the page before ended with.
    fn after<K: DeserializeOwned>(&self, cursors: &Cursors) -> Result<Option<K>, Problem> {
        cursors.decode(&self.name(), self.cursor.as_deref())
    }

    /// What the cursor is bound to: everything but the page and what is shown of it.
    fn name(&self) -> String {
        let Self { category, article_type, author, featured, published_after, published_before, locale, .. } = self;
        let (dates, q) = ((published_after, published_before), self.q.as_ref().map(search::Query::to_string));
        format!("articles {:?}", (category, self.tags(), article_type, author, featured, dates, locale, q, self.sort))
    }

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
        if let Some(slugs) = self.tags() {
            let tags = store::tags(conn, &slugs)?;
            if tags.is_empty() {
                return Ok(None);
            }
            filter.tags = Some(tags);
        }
        Ok(Some(filter))
    }
}

impl ListFilter {
    /// What changes when an article comes into the list or leaves it: of all that one has to be for that, the narrowest.
    fn lists(&self, filter: &Filter) -> Vec<Key> {
        if let (Some(slugs), Some(tags)) = (self.tags(), &filter.tags) {
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
struct Rows {
    cards: Vec<Card>,
    /// What decides which articles they are.
    lists: Vec<Key>,
    next: Option<String>,
    count: Option<i64>,
}

impl Rows {
    /// A page in an order of its own, of one row more than it shows.
    fn ordered(mut cards: Vec<Card>, order: Order, asked: &Asked, lists: Vec<Key>, count: Option<i64>) -> Self {
        let next = paging::cut(&mut cards, asked.wanted.limit, |last| match order {
            Order::Newest | Order::Oldest => (last.published_at, last.id),
            Order::LastPublished => (last.last_published_at, last.id),
        });
        Self { cards, lists, next: next.map(|key| asked.cursors.encode(&asked.wanted.name(), &key)), count }
    }
}

/// A list that is asked for, and what it takes to read it.
struct Asked {
    wanted: ListFilter,
    reading: Reading,
    cursors: Data<Cursors>,
    labels: Data<Labels>,
    index: Data<SearchIndex>,
}

impl Asked {
    /// The page in one statement, where that is all it takes.
    fn at_once(&self, conn: &mut PgConnection) -> Result<Option<Rows>, Problem> {
        let ListFilter { category, tag: None, q: None, count: None, limit, .. } = &self.wanted else {
            return Ok(None);
        };
        let Reading::Ordered(order, after) = self.reading else { return Ok(None) };
        let known = category.as_deref().and_then(|slug| self.labels.category(slug));
        if category.is_some() && known.is_none() {
            return Ok(None);
        }
        let filter = Filter { category: known.map(|known| known.id), ..self.wanted.unnamed() };
        let page = Page { filter: &filter, order, after, limit: limit + 1 };
        let cards = cards::at_once(conn, &self.labels, page, known.map(|known| known.state))?;
        Ok(cards.map(|cards| Rows::ordered(cards, order, self, self.wanted.lists(&filter), None)))
    }

    /// The page, whatever it takes.
    fn read(&self, conn: &mut PgConnection) -> Result<Rows, Problem> {
        let wanted = &self.wanted;
        let Some(filter) = wanted.filter(conn)? else {
            // Somebody may make it, and publish something there.
            let lists = vec![Key::articles()];
            return Ok(Rows { lists, count: wanted.count.map(|Count::Exact| 0), ..Rows::default() });
        };
        let (limit, mut lists) = (wanted.limit, wanted.lists(&filter));
        match &self.reading {
            Reading::Found(query, after) => {
                let view = self.index.view(conn)?;
                let narrowing = Narrowing::of(conn, &filter)?;
                let found = search::cards(conn, &view, &self.labels, query, &narrowing, after.as_ref(), limit)?;
                let count = wanted
                    .count
                    .map(|Count::Exact| search::count(&view, query, &narrowing, found.guessed))
                    .transpose()?;
                lists.extend(view.is_behind().then(Key::search));
                let next = found.next.map(|key| self.cursors.encode(&wanted.name(), &key));
                Ok(Rows { cards: found.cards, lists, next, count })
            }
            Reading::Ordered(order, after) => {
                if let Some(query) = &wanted.q {
                    let view = self.index.view(conn)?;
                    let narrowing = Narrowing::of(conn, &filter)?;
                    let found = search::in_order(&view, query, &narrowing, *order, *after, limit)?;
                    let cards = cards::in_order(conn, &self.labels, &found.ids)?;
                    lists.extend(view.is_behind().then(Key::search));
                    let next = found.next.map(|key| self.cursors.encode(&wanted.name(), &key));
                    return Ok(Rows { cards, lists, next, count: wanted.count.map(|Count::Exact| found.count) });
                }
                let page = Page { filter: &filter, order: *order, after: *after, limit: limit + 1 };
                let cards = cards::page(conn, &self.labels, page)?;
                let count = wanted.count.map(|Count::Exact| cards::count(conn, &filter)).transpose()?;
                Ok(Rows::ordered(cards, *order, self, lists, count))
            }
        }
    }
}

/// Published articles, newest first unless asked otherwise.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_articles",
    params(ListFilter),
    responses(
        (status = 200, description = "A page of articles, or of the fields of them that were asked for", body = ArticlePage),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The category has another slug; `Location` is the list by that"),
        PublicList,
    ),
)]
#[get("/articles")]
pub async fn list(
    request: HttpRequest,
    answers: Data<Answers>,
    cursors: Data<Cursors>,
    labels: Data<Labels>,
    index: Data<SearchIndex>,
    Query(wanted): Query<ListFilter>,
) -> Result<HttpResponse, Problem> {
    let reading = wanted.reading(&cursors)?;
    let fields = wanted.fields.as_deref().map(Fields::parse).transpose()?;
    let (url, name) = (ListUrl::of(&request, &wanted)?, wanted.clone());
    let asked = Asked { wanted, reading, cursors, labels, index };
    let read = move |conn: &mut PgConnection| {
        let rows = asked.at_once(conn)?.map_or_else(|| snapshot(conn, |conn| asked.read(conn)), Ok)?;
        let Rows { cards: mut data, lists, next, count } = rows;
        if data.is_empty() {
            // A cursor is good for the filter that it was made for.
            let by = |slug| ListFilter { category: Some(slug), cursor: None, ..asked.wanted.clone() };
            if let Some(moved) = renamed::category(conn, PATH, asked.wanted.category.as_deref(), by)? {
                return Ok(moved);
            }
        }
        let limit = asked.wanted.limit;
        let next = next.map(|cursor| url.page(&cursor));
        url.site().complete(data.as_mut_slice());
        let shown = Shown::in_list(data.iter(), lists);
        let list = List { data, meta: Meta { limit, count }, links: Links { next: next.clone() } };
        let content = match &fields {
            Some(fields) => shown.content(&fields.of_list(list)?)?,
            None => shown.written(model::written(&list)?),
        };
        Ok(Found::Content(Representation { next, ..content }))
    };
    answers.answer(&request, &name, read).await
}
