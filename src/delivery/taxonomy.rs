//! What public articles are filed under, and how many there are of each.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use diesel::{
    ExpressionMethods, PgConnection, PgSortExpressionMethods, QueryDsl, Queryable, QueryableByName, RunQueryDsl,
    Selectable, SelectableHelper, dsl::sql, sql_query, sql_types,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{answers::Answers, counts};
use crate::{
    db::VIETNAMESE_ORDER,
    db::{pool::snapshot, schema::delivery as public},
    http::{
        All, Cursors, Found, Links, List, Meta, Paging, Problem, Query, Representation, openapi::PublicList, paging,
        reply::ListUrl,
    },
};

/// A category with those below it.
#[derive(Serialize, ToSchema)]
pub struct CategoryNode {
    /// Never changes.
    pub id: Uuid,
    /// What lists filter by.
    #[schema(example = "tin-chuyen-nganh")]
    pub slug: String,
    /// What readers see.
    #[schema(example = "Tin Chuyên Ngành")]
    pub name: String,
    /// The slug of the category above; null at the top.
    #[schema(example = json!(null))]
    pub parent: Option<String>,
    /// Articles in it or below.
    #[schema(minimum = 0, example = 128)]
    pub article_count: i64,
    /// The categories below, in the newsroom's order and then by name.
    #[schema(no_recursion)]
    pub children: Vec<CategoryNode>,
}

/// The tree of categories, siblings in the newsroom's order and then by name in Vietnamese order, with the number of public articles in each.
///
/// Numbers may be five seconds behind what is published.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_categories",
    responses(
        (status = 200, description = "The categories at the top, each with those below it", body = All<CategoryNode>),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/categories")]
pub async fn categories(request: HttpRequest, answers: Data<Answers>) -> Result<HttpResponse, Problem> {
    let read = |conn: &mut PgConnection| {
        let tree = tree(conn)?;
        let keys = tree.slugs.into_iter().map(|slug| format!("category/{slug}")).chain(["articles".to_owned()]);
        Ok(Found::Content(Representation::of_counts(&All { data: tree.top }, keys)?))
    };
    answers.answer(&request, &(), move |conn| snapshot(conn, read)).await
}

/// All categories.
pub struct Tree {
    /// Those at the top, each with those below it.
    pub top: Vec<CategoryNode>,
    /// The slugs of all of them.
    slugs: Vec<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = public::category_tree)]
struct CategoryRow {
    id: Uuid,
    slug: String,
    name: String,
    parent_id: Option<Uuid>,
}

/// All categories as they lie. Two statements, over one snapshot.
pub fn tree(conn: &mut PgConnection) -> Result<Tree, Problem> {
    use public::category_tree::{id, position, table};
    let rows = table
        .order((position.asc().nulls_last(), sql::<sql_types::Text>(VIETNAMESE_ORDER), id))
        .select(CategoryRow::as_select())
        .load(conn)?;
    let counts = counts::by(conn, "category")?;
    let slugs: Vec<String> = rows.iter().map(|row| row.slug.clone()).collect();
    let mut below: HashMap<Option<Uuid>, Vec<CategoryRow>> = HashMap::new();
    for row in rows {
        below.entry(row.parent_id).or_default().push(row);
    }
    Ok(Tree { top: nodes(&mut below, &counts, None, None), slugs })
}

fn nodes(
    below: &mut HashMap<Option<Uuid>, Vec<CategoryRow>>,
    counts: &HashMap<String, i64>,
    above: Option<Uuid>,
    parent: Option<&str>,
) -> Vec<CategoryNode> {
    let rows = below.remove(&above).unwrap_or_default();
    let node = |CategoryRow { id, slug, name, parent_id: _ }| CategoryNode {
        children: nodes(below, counts, Some(id), Some(&slug)),
        article_count: counts.get(&id.to_string()).copied().unwrap_or(0),
        parent: parent.map(str::to_owned),
        id,
        slug,
        name,
    };
    rows.into_iter().map(node).collect()
}

/// An article type and how many articles are of it.
#[derive(Serialize, ToSchema)]
pub struct ArticleTypeCount {
    /// What lists filter by.
    #[schema(example = "announcement")]
    code: String,
    /// What readers see.
    #[schema(example = "Thông báo")]
    name: String,
    /// Public articles of this type.
    #[schema(minimum = 0, example = 128)]
    article_count: i64,
}

/// The article types, in the newsroom's order and then by name, with the number of public articles of each.
///
/// Numbers may be five seconds behind what is published.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_article_types",
    responses(
        (status = 200, description = "All types", body = All<ArticleTypeCount>),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/article-types")]
pub async fn article_types(request: HttpRequest, answers: Data<Answers>) -> Result<HttpResponse, Problem> {
    let read = |conn: &mut PgConnection| {
        use public::article_type_list as types;
        let by_name = sql::<sql_types::Text>(VIETNAMESE_ORDER);
        let types: Vec<(String, String)> = types::table
            .order((types::position.asc().nulls_last(), by_name, types::code))
            .select((types::code, types::name))
            .load(conn)?;
        let counts = counts::by(conn, "type")?;
        let counted = |(code, name): (String, String)| ArticleTypeCount {
            article_count: counts.get(&code).copied().unwrap_or(0),
            code,
            name,
        };
        let data: Vec<ArticleTypeCount> = types.into_iter().map(counted).collect();
        Ok(Found::Content(Representation::of_counts(&All { data }, ["articles".to_owned()])?))
    };
    answers.answer(&request, &(), move |conn| snapshot(conn, read)).await
}

/// A tag and how many articles bear it.
#[derive(Serialize, ToSchema, QueryableByName)]
pub struct TagCount {
    /// What lists filter by.
    #[diesel(sql_type = sql_types::Text)]
    #[schema(example = "dan-van-kheo")]
    slug: String,
    /// What readers see.
    #[diesel(sql_type = sql_types::Text)]
    #[schema(example = "Dân vận khéo")]
    name: String,
    /// Public articles that bear it.
    #[diesel(sql_type = sql_types::BigInt)]
    #[schema(minimum = 1, example = 12)]
    article_count: i64,
}

/// An author and how many articles are signed so.
#[derive(Serialize, ToSchema, QueryableByName)]
pub struct AuthorCount {
    /// What lists filter by.
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    /// What readers see.
    #[diesel(sql_type = sql_types::Text)]
    #[schema(example = "Văn phòng UBND tỉnh")]
    name: String,
    /// Public articles that are signed so.
    #[diesel(sql_type = sql_types::BigInt)]
    #[schema(minimum = 1, example = 12)]
    article_count: i64,
}

/// Tags of public articles, by name in Vietnamese order, with the number of articles that bear each.
///
/// Numbers may be five seconds behind what is published.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_tags",
    params(Paging),
    responses(
        (status = 200, description = "A page of tags", body = List<TagCount>),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/tags")]
pub async fn tags(
    request: HttpRequest,
    answers: Data<Answers>,
    cursors: Data<Cursors>,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    // The slug settles ties.
    const TAGS: &str = "
        SELECT slug, name, articles AS article_count FROM delivery.tag_counts
         WHERE $1 IS NULL OR (name COLLATE \"vi-x-icu\", slug) > ($1, $2)
         ORDER BY name COLLATE \"vi-x-icu\", slug LIMIT $3";
    by_name(request, answers, cursors, page, ByName { list: "tags", statement: TAGS }, |tag: &TagCount| {
        (tag.name.clone(), tag.slug.clone())
    })
    .await
}

/// Authors of public articles, by name in Vietnamese order, with the number of articles that are signed so.
///
/// Numbers may be five seconds behind what is published.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_authors",
    params(Paging),
    responses(
        (status = 200, description = "A page of authors", body = List<AuthorCount>),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/authors")]
pub async fn authors(
    request: HttpRequest,
    answers: Data<Answers>,
    cursors: Data<Cursors>,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    const AUTHORS: &str = "
        SELECT id, name, articles AS article_count FROM delivery.author_counts
         WHERE $1 IS NULL OR (name COLLATE \"vi-x-icu\", id::text) > ($1, $2)
         ORDER BY name COLLATE \"vi-x-icu\", id::text LIMIT $3";
    by_name(request, answers, cursors, page, ByName { list: "authors", statement: AUTHORS }, |author: &AuthorCount| {
        (author.name.clone(), author.id.to_string())
    })
    .await
}

/// What is listed by name.
struct ByName {
    /// What the list is called: its cursors are good for no other.
    list: &'static str,
    /// Takes the name and the second key of the last row seen, and how many rows at most.
    statement: &'static str,
}

/// A page of what is listed by name.
async fn by_name<T>(
    request: HttpRequest,
    answers: Data<Answers>,
    cursors: Data<Cursors>,
    page: Paging,
    ByName { list, statement }: ByName,
    key: impl Fn(&T) -> (String, String) + Send + Sync + 'static,
) -> Result<HttpResponse, Problem>
where
    T: Serialize + QueryableByName<diesel::pg::Pg> + Send + 'static,
{
    let after: Option<(String, String)> = cursors.decode(list, page.cursor.as_deref())?;
    let (url, asked) = (ListUrl::of(&request, &page)?, page.clone());
    let read = move |conn: &mut PgConnection| {
        let (name, second) = after.clone().unzip();
        let mut data: Vec<T> = sql_query(statement)
            .bind::<sql_types::Nullable<sql_types::Text>, _>(name)
            .bind::<sql_types::Nullable<sql_types::Text>, _>(second)
            .bind::<sql_types::BigInt, _>(page.limit + 1)
            .load(conn)?;
        let next = paging::cut(&mut data, page.limit, &key).map(|key| url.page(&cursors.encode(list, &key)));
        let list = List { data, meta: Meta { limit: page.limit, count: None }, links: Links { next: next.clone() } };
        let content = Representation::of_counts(&list, ["articles".to_owned()])?;
        Ok(Found::Content(Representation { next, ..content }))
    };
    answers.answer(&request, &asked, read).await
}
