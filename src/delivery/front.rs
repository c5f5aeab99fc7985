//! A front page: what is urgent, what is featured, the newest of some categories, and what is read most, in one answer.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, PgConnection, QueryDsl, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    answers::Answers,
    articles::Shown,
    cards::{self, Filter, Labels, Order, Page},
    model::Card,
    most_viewed::{LASTS, Period, ranked},
};
use crate::{
    content::CategoryRef,
    db::{pool::snapshot, schema::delivery::urgent},
    http::{
        FieldError, Found, Item, Problem, Query, Representation, depends::Key, openapi::PublicList, reply::SiteUrl,
        text,
    },
};

/// How many categories may be asked for at once.
const MOST_CATEGORIES: usize = 20;
/// How many urgent articles are shown at most.
const MOST_URGENT: i64 = 20;
/// How many featured ones, and how many of those that are read most.
const FEW: i64 = 10;

/// Which categories, and how much of each.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FrontFilter {
    /// At most 20 categories, by slug, separated by commas: those that are to be shown, in this order.
    #[serde(default)]
    #[schema(max_length = 2500, example = "thong-bao,tin-chuyen-nganh")]
    #[param(max_length = 2500)]
    categories: String,
    /// How many articles of each.
    #[serde(default = "five")]
    #[schema(minimum = 1, maximum = 20, default = 5)]
    #[param(minimum = 1, maximum = 20, default = 5)]
    per_category: i64,
}

fn five() -> i64 {
    5
}

impl FrontFilter {
    fn slugs(&self) -> Result<Vec<String>, Problem> {
        let slugs = self.categories.split(',').map(str::trim).filter(|slug| !slug.is_empty());
        let slugs: Vec<String> = slugs.map(str::to_owned).collect();
        if slugs.len() > MOST_CATEGORIES {
            let message = text("too-many-categories").with("limit", MOST_CATEGORIES);
            let errors = vec![FieldError::new("/categories", "too_many", message)];
            return Err(Problem::bad_request(text("invalid-parameters")).with_errors(errors));
        }
        Ok(slugs)
    }
}

/// A front page.
#[derive(Serialize, ToSchema)]
#[schema(as = FrontPage)]
pub struct Front {
    /// What is urgent at this moment, the last published first; at most 20.
    urgent: Vec<Card>,
    /// What is featured, newest first; at most 10.
    featured: Vec<Card>,
    /// The categories that were asked for, in that order.
    categories: Vec<Section>,
    /// What is read most since six days ago; at most 10.
    most_viewed: Vec<Card>,
}

/// A category on a front page.
#[derive(Serialize, ToSchema)]
#[schema(as = FrontPageCategory)]
pub struct Section {
    /// The category; null where there is none of that name.
    category: Option<CategoryRef>,
    /// Its articles and those of the categories below it, newest first.
    articles: Vec<Card>,
}

/// A front page: urgent and featured articles, the newest of some categories, and the most viewed, in one answer.
///
/// One article may be in several of the lists.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_front_page",
    params(FrontFilter),
    responses(
        (status = 200, description = "The front page", body = Item<Front>),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/front")]
pub async fn front(
    request: HttpRequest,
    answers: Data<Answers>,
    labels: Data<Labels>,
    Query(wanted): Query<FrontFilter>,
) -> Result<HttpResponse, Problem> {
    let (slugs, each, site) = (wanted.slugs()?, wanted.per_category, SiteUrl::of(&request));
    let asked = (slugs.clone(), each);
    let read = move |conn: &mut PgConnection| page(conn, &labels, &site, &slugs, each);
    answers.answer(&request, &asked, move |conn| snapshot(conn, &read)).await
}

/// Seven statements over one snapshot, whatever is asked for, once the names of things are known.
fn page(
    conn: &mut PgConnection,
    labels: &Labels,
    site: &SiteUrl,
    slugs: &[String],
    each: i64,
) -> Result<Found, Problem> {
    let urgent: Vec<(Uuid, DateTime<Utc>)> = urgent::table
        .order((urgent::last_published_at.desc(), urgent::article_id.desc()))
        .limit(MOST_URGENT)
        .select((urgent::article_id, urgent::urgent_until))
        .load(conn)?;
    let categories = categories(conn, slugs)?;
    let newest = newest(conn, &categories, each)?;
    let most_viewed = ranked(conn, Period::default(), None, FEW)?;
    let filter = Filter { featured: Some(true), ..Filter::default() };
    let featured = cards::page(conn, labels, Page { filter: &filter, order: Order::Newest, after: None, limit: FEW })?;
    let urgent_ids = urgent.iter().map(|(id, _)| *id);
    let other_ids = most_viewed.iter().map(|(id, _)| *id).chain(newest.iter().map(|row| row.article_id));
    let wanted: Vec<Uuid> = urgent_ids.chain(other_ids).collect();
    let cards = cards::named(conn, labels, &wanted)?;
    let card = |id: Uuid| cards.get(&id).cloned();
    let sections = categories.iter().map(|asked| Section {
        category: asked.category(),
        articles: newest.iter().filter(|row| row.place == asked.place).filter_map(|row| card(row.article_id)).collect(),
    });
    let mut shown = Front {
        urgent: urgent.iter().filter_map(|(id, _)| card(*id)).collect(),
        featured,
        categories: sections.collect(),
        most_viewed: most_viewed.iter().filter_map(|(id, _)| card(*id)).collect(),
    };
    shown.each_list(|list| site.complete(list));
    let lists = categories.iter().filter_map(|asked| asked.id).map(Key::category).chain([Key::featured(true)]);
    let told = Shown::in_list(shown.cards(), lists).and_all_of(Key::urgent());
    let content = told.content(&Item { data: &shown })?;
    // What is not urgent any more is not shown as such, whatever else fails.
    let expires = urgent.iter().map(|(_, until)| *until).chain(content.expires).min();
    Ok(Found::Content(Representation { lasts: Some(LASTS), expires, ..content }))
}

impl Front {
    fn cards(&self) -> impl Iterator<Item = &Card> {
        let sections = self.categories.iter().flat_map(|section| &section.articles);
        self.urgent.iter().chain(&self.featured).chain(sections).chain(&self.most_viewed)
    }

    fn each_list(&mut self, mut visit: impl FnMut(&mut [Card])) {
        visit(&mut self.urgent);
        visit(&mut self.featured);
        self.categories.iter_mut().for_each(|section| visit(&mut section.articles));
        visit(&mut self.most_viewed);
    }
}

/// A category that was asked for, as far as there is one.
#[derive(QueryableByName)]
struct Asked {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    slug: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
}

impl Asked {
    fn category(&self) -> Option<CategoryRef> {
        Some(CategoryRef { id: self.id?, slug: self.slug.clone()?, name: self.name.clone()? })
    }
}

/// The categories of these slugs, or that had one of them, in this order.
fn categories(conn: &mut PgConnection, slugs: &[String]) -> Result<Vec<Asked>, Problem> {
    // In SQL by hand, as the order is that of what is asked for.
    let asked = sql_query(
        "SELECT asked.place, c.id, c.slug, c.name FROM unnest($1) WITH ORDINALITY AS asked (slug, place) \
           LEFT JOIN delivery.former_category_slugs f ON f.slug = asked.slug \
           LEFT JOIN delivery.categories c ON c.slug = coalesce(f.present, asked.slug) \
          ORDER BY asked.place",
    );
    Ok(asked.bind::<Array<Text>, _>(slugs).load(conn)?)
}

/// An article of a category that was asked for.
#[derive(QueryableByName)]
struct Newest {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = SqlUuid)]
    article_id: Uuid,
}

/// The newest articles of each.
fn newest(conn: &mut PgConnection, asked: &[Asked], each: i64) -> Result<Vec<Newest>, Problem> {
    let (places, ids): (Vec<i64>, Vec<Uuid>) = asked.iter().filter_map(|asked| Some((asked.place, asked.id?))).unzip();
    // By hand, for the query builder has no LATERAL: of each category only the newest are looked at. Of a limit that it is not
    // told the planner expects a tenth of all rows.
    let newest = sql_query(
        "SELECT asked.place, a.article_id FROM unnest($1, $2) AS asked (place, id) CROSS JOIN LATERAL ( \
            SELECT c.article_id, c.published_at FROM delivery.article_categories c WHERE c.category_id = asked.id \
             ORDER BY c.published_at DESC, c.article_id DESC LIMIT 20) a \
          ORDER BY asked.place, a.published_at DESC, a.article_id DESC",
    );
    let mut rows: Vec<Newest> = newest.bind::<Array<BigInt>, _>(places).bind::<Array<SqlUuid>, _>(ids).load(conn)?;
    let mut shown: HashMap<i64, i64> = HashMap::new();
    rows.retain(|row| {
        let shown = shown.entry(row.place).or_default();
        *shown += 1;
        *shown <= each
    });
    Ok(rows)
}
