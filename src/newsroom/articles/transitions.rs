//! Moving an article along its workflow, over HTTP.

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Path},
};
use uuid::Uuid;

use super::{acts, model::Article};
use crate::{
    access::Principal,
    db::Newsroom,
    http::{IfMatch, Item, OptionalJson, Problem, openapi::ManageChange, reply},
    newsroom::{machine::Transition, workflow::steps::TransitionInput},
};

/// Move an article along its workflow.
///
/// The article lists what its caller may do in `allowed_transitions`.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "take_transition",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("name" = Transition, Path, description = "The transition"),
        ("If-Match" = String, Header, description = "The entity tag of the copy that is meant"),
    ),
    request_body = Option<TransitionInput>,
    security(("sign_in" = [])),
    responses((status = 200, description = "The article as it then is", body = Item<Article>), ManageChange),
)]
#[post("/articles/{id}/transitions/{name}")]
pub async fn perform(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    path: Path<(Uuid, Transition)>,
    expected: IfMatch,
    OptionalJson(input): OptionalJson<TransitionInput>,
) -> Result<HttpResponse, Problem> {
    let (id, wanted) = path.into_inner();
    let article = newsroom.transaction(move |tx| acts::step(tx, &who, id, &expected, wanted, &input)).await?;
    Ok(reply::tagged(&request, &article, &article.etag))
}
