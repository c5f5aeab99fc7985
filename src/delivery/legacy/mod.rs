//! Addresses of before: whoever follows one of a SharePoint site that is no more comes to the article as it is now.
//!
//! - [`mod@find`]: which article an old number or address means.
//! - [`redirects`]: all of them, for a server in front that answers in their place.

pub mod find;
pub mod redirects;

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use diesel::PgConnection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answers::Answers;
use crate::{
    db::pool::snapshot,
    http::{Canonical, Problem, Query, openapi::PublicArticle},
    text::old_address::OldAddress,
};

/// Of which list.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[schema(as = LegacyList)]
pub struct InList {
    /// The list's GUID: needed where several lists have an item with this number.
    list: Option<Uuid>,
}

/// The article that an item of a SharePoint list has become.
///
/// `id` is the item's number there, which articles have as `legacy_id`. Leads to the page that people read the article at, or
/// to the article here where there is no such page.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_legacy_item",
    params(("id" = i64, Path, description = "The item's number", minimum = 1), InList),
    responses(
        (status = 308, description = "`Location` says where the article is"),
        PublicArticle,
    ),
)]
#[get("/legacy/{id}")]
pub async fn item(
    request: HttpRequest,
    answers: Data<Answers>,
    canonical: Data<Canonical>,
    id: Path<String>,
    Query(InList { list }): Query<InList>,
) -> Result<HttpResponse, Problem> {
    let id: i64 = id.parse().map_err(|_| Problem::not_found())?;
    let canonical = canonical.into_inner();
    let read = move |conn: &mut PgConnection| {
        let article = find::by_number(conn, id, list)?;
        find::page(conn, &canonical, article)
    };
    answers.answer(&request, &(id, list), move |conn| snapshot(conn, &read)).await
}

/// An old address.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[schema(as = LegacyAddress)]
pub struct AtAddress {
    /// The whole address, with any host, or what follows the host; escaped once more, as it is a parameter here.
    #[schema(min_length = 1, max_length = 2000, example = "/Lists/TinTuc/DispForm.aspx?ID=1207")]
    #[param(min_length = 1, max_length = 2000)]
    url: String,
    /// The list's GUID, where several lists had this address.
    list: Option<Uuid>,
}

/// The article that was at an old address.
///
/// Known are a list's own pages (`DispForm.aspx?ID=`, `listform.aspx?PageType=4&ListId=…&ID=`), in any case and with whatever
/// other parameters; pages of libraries; and the patterns that the list was imported with. Leads to the page that people
/// read the article at, or to the article here where there is no such page.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_legacy_address",
    params(AtAddress),
    responses(
        (status = 308, description = "`Location` says where the article is"),
        PublicArticle,
    ),
)]
#[get("/legacy")]
pub async fn address(
    request: HttpRequest,
    answers: Data<Answers>,
    canonical: Data<Canonical>,
    Query(AtAddress { url, list }): Query<AtAddress>,
) -> Result<HttpResponse, Problem> {
    let old = OldAddress::parse(&url).ok_or_else(Problem::not_found)?;
    let asked = (old.path().to_owned(), old.item(), old.list(), list);
    let canonical = canonical.into_inner();
    let read = move |conn: &mut PgConnection| {
        let article = find::by_address(conn, &old, list)?;
        find::page(conn, &canonical, article)
    };
    answers.answer(&request, &asked, move |conn| snapshot(conn, &read)).await
}
