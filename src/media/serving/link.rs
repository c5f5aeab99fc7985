//! Links to files that are not public: whoever has one may fetch the file, and its renditions, for a while.

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Path},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, PgConnection, QueryDsl, RunQueryDsl,
    dsl::{auto_type, exists, not},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::address::parameter;
use crate::media::library::{
    revisions::{self, File},
    store,
};
use crate::{
    access::{Principal, keys::Keys, session::grants},
    audit::{self, Event},
    db::{
        Newsroom, Tx,
        pool::clock,
        schema::{articles, publications, users, version_media},
    },
    http::{
        Code, Item, OptionalJson, Problem,
        openapi::ManageMakeOf,
        reply::{self, SiteUrl},
    },
    keyed,
    told_once::ToldOnce,
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
        value_type = String,
        format = Password,
        example = "/media/01a20cb6-6a62-72d0-b72f-3033d6f4b10f/a.pdf?v=9f86d081884c7d65&revision=1&by=…&made=…&of=file&expires=1764000000&signature=…"
    )]
    url: ToldOnce,
    /// Until when.
    expires_at: DateTime<Utc>,
}

/// Make a link by which anyone may fetch a file that is not public, for a while.
///
/// Other bytes end it, too, and so does whoever withdraws or throws away an article that shows the file.
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
        let link = Link {
            media: id,
            revision: row.file_revision,
            by: who.id,
            made: tx.now.timestamp_micros(),
            expires: expires_at.timestamp(),
            of: if diesel::select(used(id)).get_result(tx.conn)? { Of::Article } else { Of::File },
        };
        Ok((row.file().url(), link, expires_at))
    };
    let (url, link, expires_at) = newsroom.transaction(make).await?;
    let url = SiteUrl::of(&request).link(format!("{url}&{}", link.parameters(&keys)));
    let location = url.clone();
    Ok(reply::created(&location, MediaLink { expires_at, url: ToldOnce::new(url) }, None))
}

/// What a link was made for. All of it is in the link, and signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The file.
    media: Uuid,
    /// Which revision of it.
    revision: i32,
    /// Who made it: it lets nobody see what they may no longer see.
    by: Uuid,
    /// When, in microseconds of the Unix epoch.
    made: i64,
    /// Until when it is good, in seconds of the Unix epoch.
    expires: i64,
    /// What it showed when it was made.
    of: Of,
}

/// Whether articles used the file when the link was made; then it ends with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
enum Of {
    Article,
    File,
}

impl Link {
    /// The link to this file that a request follows; proved to be ours before the database is asked anything.
    ///
    /// # Errors
    /// `not_found` for one that is not.
    pub fn of(request: &HttpRequest, keys: &Keys, media: Uuid) -> Result<Option<Self>, Problem> {
        let Some(signature) = parameter(request, "signature") else { return Ok(None) };
        let read = || {
            Some(Self {
                media,
                revision: parameter(request, "revision")?.parse().ok()?,
                by: parameter(request, "by")?.parse().ok()?,
                made: parameter(request, "made")?.parse().ok()?,
                expires: parameter(request, "expires")?.parse().ok()?,
                of: parameter(request, "of")?.parse().ok()?,
            })
        };
        let proved = |link: &Self| {
            let signature = URL_SAFE_NO_PAD.decode(signature.as_bytes()).unwrap_or_default();
            keyed::is_digest(&key(keys), &[&link.signed()], &signature)
        };
        read().filter(proved).map(Some).ok_or_else(Problem::not_found)
    }

    fn parameters(&self, keys: &Keys) -> String {
        let Self { media: _, revision, by, made, expires, of } = self;
        let signature = URL_SAFE_NO_PAD.encode(keyed::digest(&key(keys), &[&self.signed()]));
        let of = <&str>::from(of);
        format!("revision={revision}&by={by}&made={made}&of={of}&expires={expires}&signature={signature}")
    }

    /// What is signed. Each part has a fixed length.
    fn signed(&self) -> Vec<u8> {
        let Self { media, revision, by, made, expires, of } = self;
        let of = u8::from(*of == Of::Article);
        [
            media.as_bytes().as_slice(),
            &revision.to_be_bytes(),
            by.as_bytes(),
            &made.to_be_bytes(),
            &expires.to_be_bytes(),
            &[of],
        ]
        .concat()
    }

    /// The revision that the link is of: if its time has not come, the bytes are still the newest, whoever made it may
    /// still see them, and no article that shows them was withdrawn or thrown away meanwhile.
    pub async fn follow(self, newsroom: &Newsroom) -> Result<Vec<File>, Problem> {
        newsroom.read(move |conn| self.found(conn)).await
    }

    fn found(self, conn: &mut PgConnection) -> Result<Vec<File>, Problem> {
        let now: DateTime<Utc> = diesel::select(clock()).get_result(conn)?;
        let made = DateTime::from_timestamp_micros(self.made).unwrap_or_default();
        if now.timestamp() >= self.expires {
            return Ok(Vec::new());
        }
        let withdrawn = version_media::table
            .inner_join(
                publications::table.on(publications::article_id
                    .eq(version_media::article_id)
                    .and(publications::version.eq(version_media::version))),
            )
            .filter(version_media::media_id.eq(self.media))
            .filter(publications::end_reason.eq_any(["withdrawn", "deleted"]))
            .filter(publications::ended_at.ge(made));
        let thrown_away = version_media::table
            .inner_join(articles::table.on(articles::id.eq(version_media::article_id)))
            .filter(version_media::media_id.eq(self.media))
            .filter(articles::deleted_at.ge(made));
        let alive = users::table.filter(users::id.eq(self.by)).filter(users::disabled_at.is_null());
        let over = not(exists(alive)).or(exists(withdrawn)).or(exists(thrown_away));
        let over: bool = match self.of {
            Of::Article => diesel::select(over.or(not(used(self.media)))).get_result(conn)?,
            Of::File => diesel::select(over).get_result(conn)?,
        };
        if over {
            return Ok(Vec::new());
        }
        let maker = Principal {
            id: self.by,
            grants: grants(conn, self.by)?,
            four_eyes_override: false,
            key: None,
            source: None,
        };
        let record = match store::find(conn, &maker, self.media) {
            Err(problem) if matches!(problem.code(), Code::NotFound | Code::Forbidden) => return Ok(Vec::new()),
            found => found?,
        };
        let file = revisions::one(conn, self.media, self.revision)?;
        Ok(file.filter(|file| file.sha256 == record.sha256).into_iter().collect())
    }
}

/// Whether an article that is not in the trash shows this file, in any version of it.
#[auto_type]
fn used(id: Uuid) -> _ {
    let shown = articles::id.eq(version_media::article_id);
    exists(
        version_media::table
            .inner_join(articles::table.on(shown))
            .filter(version_media::media_id.eq(id))
            .filter(articles::deleted_at.is_null()),
    )
}

fn key(keys: &Keys) -> [u8; 32] {
    keys.derive("media-link")
}
