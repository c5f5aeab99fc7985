//! Assembling working copies for answers: a fixed number of queries, however many articles.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, PgConnection,
    PgJsonbExpressionMethods, QueryDsl, Queryable, RunQueryDsl, SelectableHelper,
};
use uuid::Uuid;

use super::model::{Article, ArticleCard, Editing, Names, Record, ReviewView, Scheduled, Written};
use crate::{
    access::{Permission, Principal},
    content::{ArticleTypeRef, AuthorRef, CONTENT_TYPE, CategoryRef, Content, UserRef, article::LONG},
    db::{
        pool::clock,
        schema::{self, article_leases, article_types, article_versions, articles, categories, users, view_totals},
    },
    http::{Problem, reply::SiteUrl},
    media::library::revisions::{Shown, ShownFile},
    newsroom::{
        article::{ArticleRow, Case, Edits, edited_since},
        review::Review,
        royalty::{Royalty, current_royalties},
        store,
        workflow::options,
    },
    publication::{Standing, standings},
    taxonomy::{authors, tags},
};

/// One article for somebody who may read it, as it is now.
///
/// # Errors
/// `not_found` where it is not there or not for them to read.
pub fn article(conn: &mut PgConnection, site: &SiteUrl, who: &Principal, id: Uuid) -> Result<Article, Problem> {
    let row = store::readable(conn, who, id)?;
    let now = diesel::select(clock()).get_result(conn)?;
    let case = store::case(conn, row, now)?;
    answer(conn, site, who, case)
}

/// An article as it is answered: read, or as a write leaves it.
pub fn answer(conn: &mut PgConnection, site: &SiteUrl, who: &Principal, case: Case) -> Result<Article, Problem> {
    let Case { row, content, standing, files, edits } = case;
    let beside = Beside::of(conn, who, std::slice::from_ref(&row), std::iter::once(&content))?;
    let etag = row.etag();
    let record = record(who, &row, &standing, &edits, &beside);
    Ok(Article { id: row.id, written: Written::of(content, &beside.names), files: shown(files, site), record, etag })
}

/// Files as they are answered on a site that is there.
pub fn shown(files: Vec<Shown>, site: &SiteUrl) -> Vec<ShownFile> {
    files.into_iter().map(|file| file.answer(site)).collect()
}

/// The cards of these articles, in the same order.
pub fn cards(conn: &mut PgConnection, who: &Principal, rows: Vec<ArticleRow>) -> Result<Vec<ArticleCard>, Problem> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let now = diesel::select(clock()).get_result(conn)?;
    let mut contents = briefs(conn, &ids)?;
    let mut standings = standings(conn, &ids, now)?;
    let mut editors = store::editors(conn, &ids)?;
    let beside = Beside::of(conn, who, &rows, contents.values())?;
    let mut cards = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(content), Some(standing)) = (contents.remove(&row.id), standings.remove(&row.id)) else {
            return Err(Problem::internal(format!("article {} has no current version", row.id)));
        };
        let edits = editors.remove(&row.id).unwrap_or_default();
        let record = record(who, &row, &standing, &edits, &beside);
        cards.push(ArticleCard::of(row.id, Written::of(content, &beside.names), record));
    }
    Ok(cards)
}

/// What is kept beside articles: what they refer to as it is called now, their readers, their royalties.
struct Beside {
    names: Names,
    views: HashMap<Uuid, i64>,
    editing: HashMap<Uuid, Editing>,
    royalties: HashMap<Uuid, (i32, Royalty)>,
}

/// One article's part of it.
#[derive(Queryable)]
struct BesideRow {
    article_id: Uuid,
    category: Option<CategoryRef>,
    author: Option<AuthorRef>,
    article_type: Option<ArticleTypeRef>,
    views: Option<i64>,
    made_by: UserRef,
    changed_by: UserRef,
    edited_by: Option<Uuid>,
    editor: Option<String>,
    edited_until: Option<DateTime<Utc>>,
}

impl Beside {
    /// Of these articles, which say this now. Two queries; one more each for whoever sees royalties somewhere, and where a review
    /// names anybody.
    fn of<'a>(
        conn: &mut PgConnection,
        who: &Principal,
        articles: &[ArticleRow],
        contents: impl Iterator<Item = &'a Content> + Clone,
    ) -> Result<Self, Problem> {
        let ids: Vec<Uuid> = articles.iter().map(|row| row.id).collect();
        let (editors, holders) = diesel::alias!(users as editors, users as holders);
        let held = article_leases::article_id.eq(articles::id).and(article_leases::ends_at.gt(clock()));
        let rows: Vec<BesideRow> = articles::table
            .left_join(categories::table)
            .left_join(schema::authors::table)
            .left_join(article_types::table)
            .left_join(view_totals::table.on(view_totals::article_id.eq(articles::id)))
            .inner_join(users::table.on(users::id.eq(articles::created_by)))
            .inner_join(editors.on(editors.field(users::id).eq(articles::updated_by)))
            .left_join(article_leases::table.on(held))
            .left_join(holders.on(holders.field(users::id).nullable().eq(article_leases::user_id.nullable())))
            .filter(articles::id.eq_any(&ids))
            .select((
                articles::id,
                Option::<CategoryRef>::as_select(),
                Option::<AuthorRef>::as_select(),
                Option::<ArticleTypeRef>::as_select(),
                view_totals::views.nullable(),
                UserRef::as_select(),
                (editors.field(users::id), editors.field(users::name)),
                holders.field(users::id).nullable(),
                holders.field(users::name).nullable(),
                article_leases::ends_at.nullable(),
            ))
            .load(conn)?;
        let mut names = Names { tags: tag_names(conn, contents.clone())?, ..Names::default() };
        let (mut views, mut editing) = (HashMap::new(), HashMap::new());
        for row in rows {
            names.categories.extend(row.category.map(|category| (category.id, category)));
            names.authors.extend(row.author.map(|author| (author.id, author)));
            names.types.extend(row.article_type.map(|kind| (kind.code, kind.name)));
            names.users.extend([row.made_by, row.changed_by].map(|user| (user.id, user.name)));
            views.insert(row.article_id, row.views.unwrap_or(0));
            if let (Some(id), Some(name), Some(until)) = (row.edited_by, row.editor, row.edited_until) {
                editing.insert(row.article_id, Editing { by: UserRef { id, name }, until });
            }
        }
        // A version may name an author who was merged into another since.
        let merged = contents.filter_map(|content| content.author).filter(|id| !names.authors.contains_key(id));
        let merged: BTreeSet<Uuid> = merged.collect();
        names.authors.extend(authors::named(conn, &Vec::from_iter(merged))?);
        let reviewers: BTreeSet<Uuid> =
            articles.iter().filter_map(ArticleRow::under_review).flat_map(Review::people).collect();
        if !reviewers.is_empty() {
            let found = users::table.filter(users::id.eq_any(reviewers)).select((users::id, users::name));
            names.users.extend(found.load::<(Uuid, String)>(conn)?);
        }
        let sees_royalties = who.require_anywhere(Permission::Royalties).is_ok();
        let royalties = if sees_royalties { current_royalties(conn, &ids)? } else { HashMap::new() };
        Ok(Self { names, views, editing, royalties })
    }
}

fn record(who: &Principal, row: &ArticleRow, standing: &Standing, edits: &Edits, beside: &Beside) -> Record {
    let names = &beside.names;
    let edited_by_them = edited_since(edits, who.id, standing);
    let (allowed_transitions, blocked_transitions) = options::of(who, row, standing, edited_by_them);
    let royalty = who
        .may(Permission::Royalties, row.subject())
        .then(|| beside.royalties.get(&row.id).map(|(_, royalty)| royalty.clone()));
    Record {
        status: standing.status,
        approval: row.approval,
        review: row.under_review().map(|review| ReviewView::of(review, names)),
        version: row.current_version,
        live_version: standing.live.as_ref().map(|live| live.version),
        scheduled: Scheduled::of(standing),
        first_published_at: standing.first_published_at,
        last_published_at: standing.last_published_at,
        expires_at: standing.expires_at,
        urgent_until: standing.live.as_ref().and_then(|live| live.urgent_until),
        corrections: standing.corrections.clone(),
        notice: standing.notice.clone(),
        views: beside.views.get(&row.id).copied().unwrap_or(0),
        royalty,
        editing: beside.editing.get(&row.id).cloned(),
        allowed_transitions,
        blocked_transitions,
        created_at: row.created_at,
        created_by: names.user(row.created_by),
        updated_at: row.updated_at,
        updated_by: names.user(row.updated_by),
        content_type: CONTENT_TYPE,
    }
}

/// What the current versions of these articles say, but for what cards do not show. Bodies stay where they are.
fn briefs(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Content>, Problem> {
    let current =
        article_versions::article_id.eq(articles::id).and(article_versions::version.eq(articles::current_version));
    let rows: Vec<(Uuid, serde_json::Value)> = articles::table
        .inner_join(article_versions::table.on(current))
        .filter(articles::id.eq_any(ids))
        .select((articles::id, article_versions::content.remove(LONG.to_vec())))
        .load(conn)?;
    let read = |(id, stored)| Content::from_stored(stored).map(|content| (id, content)).map_err(Problem::internal);
    rows.into_iter().map(read).collect()
}

/// The names of the tags of these snapshots. One query.
pub fn tag_names<'a>(
    conn: &mut PgConnection,
    contents: impl Iterator<Item = &'a Content>,
) -> Result<HashMap<Uuid, String>, Problem> {
    let ids: BTreeSet<Uuid> = contents.flat_map(|content| content.tags.iter().copied()).collect();
    tags::names(conn, &ids.into_iter().collect::<Vec<_>>())
}

/// The names of everything that these snapshots and users refer to.
pub fn names<'a>(
    conn: &mut PgConnection,
    contents: impl Iterator<Item = &'a Content> + Clone,
    people: impl Iterator<Item = Uuid>,
) -> Result<Names, Problem> {
    let category_ids: BTreeSet<Uuid> = contents.clone().filter_map(|content| content.category).collect();
    let author_ids: BTreeSet<Uuid> = contents.clone().filter_map(|content| content.author).collect();
    let user_ids: BTreeSet<Uuid> = people.collect();
    let tags = tag_names(conn, contents.clone())?;
    let categories: Vec<CategoryRef> =
        categories::table.filter(categories::id.eq_any(category_ids)).select(CategoryRef::as_select()).load(conn)?;
    let authors = authors::named(conn, &Vec::from_iter(author_ids))?;
    let users: Vec<UserRef> =
        users::table.filter(users::id.eq_any(user_ids)).select(UserRef::as_select()).load(conn)?;
    Ok(Names {
        tags,
        categories: categories.into_iter().map(|category| (category.id, category)).collect(),
        authors,
        types: article_types::table
            .select((article_types::code, article_types::name))
            .load::<(String, String)>(conn)?
            .into_iter()
            .collect(),
        users: users.into_iter().map(|user| (user.id, user.name)).collect(),
    })
}
