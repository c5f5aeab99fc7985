//! Assembling working copies for answers: a fixed number of queries, however many articles.

use std::collections::{BTreeSet, HashMap};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, PgConnection, QueryDsl, RunQueryDsl, SelectableHelper,
};
use uuid::Uuid;

use super::{
    model::{Article, Names, Record, Royalty, Scheduled, Written},
    store::ArticleRow,
};
use crate::{
    access::{Permission, Principal},
    content::{AuthorRef, CategoryRef},
    content::{CONTENT_TYPE, Content},
    db::{
        Tx,
        pool::clock,
        schema::{article_types, article_versions, articles, authors, categories, royalties, users, view_totals},
    },
    http::Problem,
    newsroom::workflow::{options, review},
    publication::{Standing, standings},
    taxonomy::tags,
};

/// One article for somebody who may read it, as it is now.
///
/// # Errors
/// `not_found` where it is not there or not for them to read.
pub fn article(conn: &mut PgConnection, who: &Principal, id: Uuid) -> Result<Article, Problem> {
    let row = readable_row(conn, who, id)?;
    articles_of(conn, who, vec![row])?.pop().ok_or_else(Problem::not_found)
}

/// The row of an article that this person may read.
///
/// # Errors
/// `not_found` where it is not there or not for them to read.
pub fn readable_row(conn: &mut PgConnection, who: &Principal, id: Uuid) -> Result<ArticleRow, Problem> {
    let present = articles::table.find(id).filter(articles::deleted_at.is_null());
    let row: ArticleRow = present.select(ArticleRow::as_select()).first(conn)?;
    if who.may(Permission::Read, row.subject()) { Ok(row) } else { Err(Problem::not_found()) }
}

/// What a write answers: the article as it leaves it.
///
/// # Errors
/// Those of the database.
pub fn after_write(tx: &mut Tx<'_>, who: &Principal, row: ArticleRow) -> Result<Article, Problem> {
    articles_of(tx.conn, who, vec![row])?.pop().ok_or_else(Problem::not_found)
}

/// The articles of these rows, in the same order.
///
/// # Errors
/// Those of the database.
pub fn articles_of(conn: &mut PgConnection, who: &Principal, rows: Vec<ArticleRow>) -> Result<Vec<Article>, Problem> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let now = diesel::select(clock()).get_result(conn)?;
    let mut contents = contents(conn, &ids)?;
    let mut standings = standings(conn, &ids, now)?;
    let views: HashMap<Uuid, i64> =
        view_totals::table.filter(view_totals::article_id.eq_any(&ids)).load(conn)?.into_iter().collect();
    let royalties = current_royalties(conn, &ids)?;
    let editors = review::editors(conn, &ids)?;
    let users = rows.iter().flat_map(|row| [row.created_by, row.updated_by]);
    let names = names(conn, contents.values(), users)?;

    let mut articles = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(content), Some(standing)) = (contents.remove(&row.id), standings.remove(&row.id)) else {
            return Err(Problem::internal(format!("article {} has no current version", row.id)));
        };
        let edited_by_caller =
            editors.get(&row.id).is_some_and(|edits| review::edited_since(edits, who.id, standing.last_version));
        let (allowed_transitions, blocked_transitions) = options::of(who, &row, &content, &standing, edited_by_caller);
        let royalty = who
            .may(Permission::Royalties, row.subject())
            .then(|| royalties.get(&row.id).map(|(_, royalty)| royalty.clone()));
        articles.push(Article {
            id: row.id,
            written: Written::of(&content, &names),
            etag: Some(row.etag()),
            record: Record {
                status: standing.status,
                approval: row.approval,
                version: row.current_version,
                live_version: standing.live.as_ref().map(|live| live.version),
                scheduled: scheduled(&standing),
                first_published_at: standing.first_published_at,
                last_published_at: standing.last_published_at,
                expires_at: standing.expires_at,
                views: views.get(&row.id).copied().unwrap_or(0),
                royalty,
                allowed_transitions,
                blocked_transitions,
                created_at: row.created_at,
                created_by: names.user(row.created_by),
                updated_at: row.updated_at,
                updated_by: names.user(row.updated_by),
                content_type: CONTENT_TYPE,
            },
        });
    }
    Ok(articles)
}

fn scheduled(standing: &Standing) -> Option<Scheduled> {
    standing.scheduled.as_ref().map(|publication| Scheduled {
        version: publication.version,
        at: publication.starts_at,
        expires_at: publication.expires_at,
    })
}

fn contents(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Content>, Problem> {
    let current =
        article_versions::article_id.eq(articles::id).and(article_versions::version.eq(articles::current_version));
    let rows: Vec<(Uuid, serde_json::Value)> = articles::table
        .inner_join(article_versions::table.on(current))
        .filter(articles::id.eq_any(ids))
        .select((articles::id, article_versions::content))
        .load(conn)?;
    let read = |(id, stored)| Content::from_stored(stored).map(|content| (id, content)).map_err(Problem::internal);
    rows.into_iter().map(read).collect()
}

/// The royalty in force of each of these articles, with its revision.
///
/// # Errors
/// Those of the database.
pub fn current_royalties(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, (i32, Royalty)>, Problem> {
    let rows: Vec<(Uuid, i32, i64, String)> = royalties::table
        .filter(royalties::article_id.eq_any(ids))
        .distinct_on(royalties::article_id)
        .order((royalties::article_id, royalties::revision.desc()))
        .select((royalties::article_id, royalties::revision, royalties::amount, royalties::currency))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, revision, amount, currency)| (id, (revision, Royalty { amount, currency })))
        .collect())
}

/// The names of everything that these snapshots and users refer to.
///
/// # Errors
/// Those of the database.
pub fn names<'a>(
    conn: &mut PgConnection,
    contents: impl Iterator<Item = &'a Content> + Clone,
    people: impl Iterator<Item = Uuid>,
) -> Result<Names, Problem> {
    let tag_ids: BTreeSet<Uuid> = contents.clone().flat_map(|content| content.tags.iter().copied()).collect();
    let category_ids: BTreeSet<Uuid> = contents.clone().filter_map(|content| content.category).collect();
    let author_ids: BTreeSet<Uuid> = contents.filter_map(|content| content.author).collect();
    let user_ids: BTreeSet<Uuid> = people.collect();
    let categories: Vec<CategoryRef> =
        categories::table.filter(categories::id.eq_any(category_ids)).select(CategoryRef::as_select()).load(conn)?;
    let authors: Vec<AuthorRef> =
        authors::table.filter(authors::id.eq_any(author_ids)).select(AuthorRef::as_select()).load(conn)?;
    let users: Vec<(Uuid, String)> =
        users::table.filter(users::id.eq_any(user_ids)).select((users::id, users::name)).load(conn)?;
    Ok(Names {
        tags: tags::names(conn, &tag_ids.into_iter().collect::<Vec<_>>())?,
        categories: categories.into_iter().map(|category| (category.id, category)).collect(),
        authors: authors.into_iter().map(|author| (author.id, author)).collect(),
        types: article_types::table.load::<(String, String)>(conn)?.into_iter().collect(),
        users: users.into_iter().collect(),
    })
}
