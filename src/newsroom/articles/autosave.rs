//! What an editor has typed and not saved yet: one buffer for each editor and article, by which nothing else changes. It
//! goes with their next save; the database sees to that, whichever way they save.

use std::collections::HashMap;

use actix_web::{
    HttpResponse, delete, get, put,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

use super::input::ArticleInput;
use crate::{
    access::{By, Permission, Principal},
    db::{Newsroom, Tx, schema::article_autosaves},
    http::{
        Item, Json, OrNotFound, Problem,
        openapi::{ManageMakeOf, ManageRead},
        reply,
    },
    newsroom::store,
};

/// The largest buffer, in bytes of JSON.
const MAX_BYTES: usize = 1024 * 1024;

/// Fields of an article as far as they have been typed: those of its written form and of the same types, but none has to
/// be there, and none has to be finished.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct UnsavedArticle(Map<String, Value>);

impl PartialSchema for UnsavedArticle {
    fn schema() -> RefOr<Schema> {
        let mut parts = Vec::new();
        ArticleInput::schemas(&mut parts);
        let parts: HashMap<String, Value> = parts.into_iter().map(|(name, part)| (name, json!(part))).collect();
        let mut schema = unfinished(json!(ArticleInput::schema()), &parts);
        schema["description"] = json!(
            "Fields of an article as far as they have been typed: those of its written form and of the same types, but \
             none has to be there, and none has to be finished."
        );
        serde_json::from_value(schema).unwrap_or_else(|_| ArticleInput::schema())
    }
}

impl ToSchema for UnsavedArticle {}

/// A schema that asks for the same members and types and for nothing else.
fn unfinished(schema: Value, parts: &HashMap<String, Value>) -> Value {
    /// What a schema asks of a finished value, or says of it that the schema of the written form says already.
    const FINISHED: [&str; 12] = [
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "pattern",
        "format",
        "required",
        "default",
        "example",
        "examples",
    ];
    match schema {
        Value::Object(mut members) => {
            let part = members.get("$ref").and_then(Value::as_str).and_then(|part| part.rsplit('/').next());
            if let Some(part) = part.and_then(|part| parts.get(part)) {
                return unfinished(part.clone(), parts);
            }
            FINISHED.iter().for_each(|keyword| drop(members.remove(*keyword)));
            Value::Object(members.into_iter().map(|(name, member)| (name, unfinished(member, parts))).collect())
        }
        Value::Array(items) => items.into_iter().map(|item| unfinished(item, parts)).collect(),
        other => other,
    }
}

/// What somebody has not saved yet.
#[derive(Serialize, ToSchema)]
pub struct Autosave {
    /// The fields.
    article: UnsavedArticle,
    /// The version that the article was at when this was kept.
    #[schema(minimum = 1)]
    version: i32,
    /// When.
    saved_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = article_autosaves)]
struct Row {
    content: Value,
    version: i32,
    saved_at: DateTime<Utc>,
}

/// Keep what has been typed and not saved yet, in place of what was kept before.
///
/// Each editor has one such buffer for each article. It makes no version, and goes with their next save.
#[utoipa::path(
    tag = "Articles",
    operation_id = "keep_autosave",
    params(("id" = Uuid, Path, description = "The article")),
    request_body = UnsavedArticle,
    security(("sign_in" = [])),
    responses((status = 200, description = "What is kept", body = Item<Autosave>), ManageMakeOf),
)]
#[put("/articles/{id}/autosave")]
pub async fn keep(
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    Json(article): Json<UnsavedArticle, MAX_BYTES>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let autosave = newsroom
        .transaction(move |tx| {
            let row = store::readable(tx.conn, &who, id)?;
            who.require(Permission::Edit, row.subject())?;
            let autosave = Autosave { article, version: row.current_version, saved_at: tx.now };
            put(tx, who.at(tx.now), id, &autosave)?;
            Ok(autosave)
        })
        .await?;
    Ok(reply::item(autosave))
}

/// What the caller has typed and not saved yet; 404 where there is nothing.
#[utoipa::path(
    tag = "Articles",
    operation_id = "get_autosave",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 200, description = "What is kept", body = Item<Autosave>), ManageRead),
)]
#[get("/articles/{id}/autosave")]
pub async fn show(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let row: Row = newsroom
        .read(move |conn| {
            store::readable(conn, &who, id)?;
            article_autosaves::table.find((id, who.id)).select(Row::as_select()).first(conn).or_not_found()
        })
        .await?;
    let Value::Object(fields) = row.content else { return Err(Problem::internal("an autosave is an object")) };
    Ok(reply::item(Autosave { article: UnsavedArticle(fields), version: row.version, saved_at: row.saved_at }))
}

/// Forget what the caller has typed and not saved.
#[utoipa::path(
    tag = "Articles",
    operation_id = "forget_autosave",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 204, description = "Nothing is kept"), ManageRead),
)]
#[delete("/articles/{id}/autosave")]
pub async fn remove(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    newsroom
        .transaction(move |tx| {
            store::readable(tx.conn, &who, id)?;
            forget(tx, who.at(tx.now), id)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn put(tx: &mut Tx<'_>, by: By<'_>, article: Uuid, autosave: &Autosave) -> Result<(), Problem> {
    let kept = (
        article_autosaves::content.eq(json!(autosave.article)),
        article_autosaves::version.eq(autosave.version),
        article_autosaves::saved_at.eq(autosave.saved_at),
    );
    diesel::insert_into(article_autosaves::table)
        .values((article_autosaves::article_id.eq(article), article_autosaves::user_id.eq(by.who.id), kept.clone()))
        .on_conflict((article_autosaves::article_id, article_autosaves::user_id))
        .do_update()
        .set(kept)
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets what somebody has not saved of an article, as they do when they save.
pub fn forget(tx: &mut Tx<'_>, by: By<'_>, article: Uuid) -> Result<(), Problem> {
    diesel::delete(article_autosaves::table.find((article, by.who.id))).execute(tx.conn)?;
    Ok(())
}
