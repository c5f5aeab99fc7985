//! Links to files that are not public: whoever has one may fetch the file, and its renditions, for a while.

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Path},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use diesel::{OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::media::library::{
    model::MediaRow,
    store::{self, File},
};
use crate::{
    access::{
        Principal,
        keys::{Keys, is_keyed_digest, keyed_digest},
    },
    audit::{self, Event},
    db::{Newsroom, Tx, schema::media},
    http::{
        Item, OptionalJson, Problem,
        openapi::ManageMakeOf,
        reply::{self, SiteUrl},
    },
};

/// How long a link is good for, if nobody says.
fn an_hour() -> i64 {
    3600
}

/// What link is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkInput {
    /// For how many seconds it shall be good: a day at most.
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 86_400, default = 3600)]
    expires_in: i64,
}

/// A link to a file that is not public.
#[derive(Debug, Serialize, ToSchema)]
pub struct MediaLink {
    /// Where the file is, for whoever has this. With the name of a rendition in place of the file's it leads there.
    #[schema(
        example = "/media/01a20cb6-6a62-72d0-b72f-3033d6f4b10f/a.pdf?v=9f86d081884c7d65&expires=1764000000&signature=…"
    )]
    url: String,
    /// Until when.
    expires_at: DateTime<Utc>,
}

/// Make a link by which anyone may fetch a file that is not public, for a while. Other bytes end it, too.
#[utoipa::path(
    tag = "Media",
    operation_id = "link_media",
    params(("id" = Uuid, Path, description = "The file")),
    request_body = Option<LinkInput>,
    security(("sign_in" = [])),
    responses((status = 201, description = "The link", body = Item<MediaLink>), ManageMakeOf),
)]
#[post("/media/{id}/link")]
pub async fn create(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    who: Principal,
    id: Path<Uuid>,
    OptionalJson(input): OptionalJson<LinkInput>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let make = move |tx: &mut Tx<'_>| {
        let row = store::find(tx.conn, &who, id)?;
        let expires_at = (tx.now + TimeDelta::seconds(input.expires_in)).trunc_subsecs(0);
        audit::record(tx.conn, id, who.at(tx.now).stamp(), &Event::MediaLinked { expires_at })?;
        Ok((row, expires_at))
    };
    let (row, expires_at) = newsroom.transaction(make).await?;
    let (url, expires) = (row.file().url(), expires_at.timestamp());
    let signature = URL_SAFE_NO_PAD.encode(keyed_digest(&key(&keys), &[&signed(id, &row.sha256, expires)]));
    let url = SiteUrl::of(&request).link(format!("{url}&expires={expires}&signature={signature}"));
    Ok(reply::created(&url, MediaLink { expires_at, url: url.clone() }, None))
}

/// The file that a request may have for the link that it follows, if it does and the link is good.
pub async fn followed(
    request: &HttpRequest,
    newsroom: &Newsroom,
    keys: &Keys,
    id: Uuid,
) -> Result<Option<File>, Problem> {
    let parameter = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value)
    };
    let expires: Option<i64> = parameter("expires").and_then(|text| text.parse().ok());
    let signature = parameter("signature").and_then(|text| URL_SAFE_NO_PAD.decode(text.as_bytes()).ok());
    let (Some(expires), Some(signature)) = (expires, signature) else { return Ok(None) };
    let find = move |tx: &mut Tx<'_>| {
        let row: Option<MediaRow> = media::table.find(id).select(MediaRow::as_select()).first(tx.conn).optional()?;
        Ok(row.filter(|_| tx.now.timestamp() < expires))
    };
    let row = newsroom.transaction(find).await?;
    let signed_for = |row: &MediaRow| is_keyed_digest(&key(keys), &[&signed(id, &row.sha256, expires)], &signature);
    Ok(row.filter(signed_for).map(File::from))
}

fn key(keys: &Keys) -> [u8; 32] {
    keys.derive("media-link")
}

/// What is signed: which file, which bytes, until when. Each part has a fixed length.
fn signed(id: Uuid, sha256: &[u8], expires: i64) -> Vec<u8> {
    [id.as_bytes(), sha256, &expires.to_be_bytes()].concat()
}
