//! A batch over HTTP.

use actix_web::{HttpResponse, post, web::Data};

use serde_json::Value;

use super::{
    input::{Batch, BatchInput},
    operation::BatchResult,
    run,
};
use crate::{
    access::{Permission, Principal},
    db::Newsroom,
    http::{All, Json, Problem, json::MAX_ARTICLE_BYTES, openapi::ManageCreate},
    media::intake::Intake,
};

/// What a batch can need. Whoever has none of it anywhere could do nothing.
const ANY_OF: [Permission; 4] = [Permission::Create, Permission::Edit, Permission::Review, Permission::Publish];

/// Do up to 100 things with articles, each as its own route would.
///
/// Rights, preconditions, history and events are those of the single routes. An atomic batch that cannot be done whole is
/// 422, says which `operation` it is and holds its `problem`; nothing of it is kept. Later operations see what earlier ones
/// did; an article that the batch makes has no id yet by which another operation could name it.
#[utoipa::path(
    tag = "Articles",
    operation_id = "batch_articles",
    request_body = BatchInput,
    security(("sign_in" = [])),
    responses((status = 200, description = "What became of each operation, in order", body = All<BatchResult>), ManageCreate),
)]
#[post("/articles:batch")]
pub async fn batch(
    newsroom: Data<Newsroom>,
    intake: Data<Intake>,
    who: Principal,
    Json(sent): Json<Value, MAX_ARTICLE_BYTES>,
) -> Result<HttpResponse, Problem> {
    let Batch { atomic, operations } = Batch::read(&sent)?;
    if !ANY_OF.iter().any(|permission| who.require_anywhere(*permission).is_ok()) {
        return Err(Problem::forbidden());
    }
    let data = if atomic {
        run::together(&newsroom, &intake, who, operations).await?
    } else {
        run::one_by_one(&newsroom, &intake, &who, operations).await
    };
    Ok(HttpResponse::Ok().json(All { data }))
}
