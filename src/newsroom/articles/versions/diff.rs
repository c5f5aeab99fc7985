//! What one version changed as against another, over HTTP.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path, block},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    compare::{FieldChange, fields},
    routes::numbered,
};
use crate::{
    access::Principal,
    db::Newsroom,
    http::{
        Item, Problem, Query,
        openapi::ManageRead,
        reply::{self, SiteUrl},
    },
    newsroom::{articles::model::Version, store},
};

/// What a version is compared with.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Against {
    /// The version that it is held against; the one before it, where left out.
    #[schema(minimum = 1)]
    #[param(minimum = 1)]
    against: Option<i32>,
}

/// What a version has otherwise than another.
#[derive(Serialize, ToSchema)]
pub struct VersionDiff {
    /// The version.
    #[schema(minimum = 1)]
    version: i32,
    /// The one that it is held against.
    #[schema(minimum = 1)]
    against: i32,
    /// The fields that differ, in the order of their names. `files` is among them where the bytes of files do.
    fields: Vec<FieldChange>,
}

/// What a version has otherwise than another: field by field, texts word by word, lists by what came, went and moved.
///
/// The body also by its paragraphs, rows and pictures.
#[utoipa::path(
    tag = "Articles",
    operation_id = "get_version_diff",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("n" = i32, Path, description = "The version's number"),
        Against,
    ),
    security(("sign_in" = [])),
    responses((status = 200, description = "What differs", body = Item<VersionDiff>), ManageRead),
)]
#[get("/articles/{id}/versions/{n}/diff")]
pub async fn diff(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    path: Path<(Uuid, i32)>,
    Query(Against { against }): Query<Against>,
) -> Result<HttpResponse, Problem> {
    let ((id, version), site) = (path.into_inner(), SiteUrl::of(&request));
    let against = against.unwrap_or(version.saturating_sub(1));
    let found = newsroom
        .read(move |conn| {
            store::readable(conn, &who, id)?;
            numbered(conn, &site, id, &[against, version])
        })
        .await?;
    let side = |number| found.iter().find(|one| one.version == number).ok_or_else(Problem::not_found).and_then(members);
    let (before, after) = (side(against)?, side(version)?);
    // Off the connection, and off the threads that answer.
    let fields = block(move || fields(before, after)).await.map_err(Problem::internal)?;
    Ok(reply::item(VersionDiff { version, against, fields }))
}

/// A version as it is answered.
fn members(version: &Version) -> Result<Map<String, Value>, Problem> {
    match serde_json::to_value(version).map_err(Problem::internal)? {
        Value::Object(members) => Ok(members),
        _ => Err(Problem::internal("a version is an object")),
    }
}
