//! The event log as administrators read it: who did what to what, when, from where and by which request.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    web::{Data, block},
};
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl,
    SelectableHelper, dsl::sql, sql_types,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::VariantNames;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    access::{Permission, Principal},
    audit::Event,
    content::{KeyRef, UserRef},
    db::{
        Newsroom,
        schema::{api_keys, events, users},
    },
    http::{
        Cursors, FieldError, Links, List, Meta, Problem, Query,
        openapi::ManageList,
        paging, reply,
        table::{Cell, File, Format, Table},
        text,
    },
};

/// How many rows a page has that is a table.
const ROWS_OF_A_TABLE: i64 = 10_000;

/// Which entries, and in what form.
#[derive(Clone, Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Of what this user did, by a key too.
    actor: Option<Uuid>,
    /// Of what was done by this key.
    key: Option<Uuid>,
    /// Of what was done to this: an article, a file, a user, a key.
    subject: Option<Uuid>,
    /// Of this kind.
    #[schema(max_length = 100, pattern = "^[a-z]+\\.[a-z]+$", example = "article.published")]
    #[param(max_length = 100, pattern = "^[a-z]+\\.[a-z]+$")]
    action: Option<String>,
    /// Of that moment or later.
    #[schema(example = "2026-11-01T00:00:00+07:00")]
    after: Option<DateTime<Utc>>,
    /// Of before that moment.
    before: Option<DateTime<Utc>>,
    /// In this form, whatever the client accepts; tables have 10,000 rows a page.
    #[param(inline)]
    format: Option<Format>,
    /// Rows a page of JSON.
    #[serde(default = "paging::default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: i64,
    /// Where the previous page ended: `links.next`, or the `Link` header, holds it.
    #[schema(max_length = 400)]
    #[param(max_length = 400)]
    cursor: Option<String>,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct Entry {
    /// Its number.
    id: i64,
    /// When.
    at: DateTime<Utc>,
    /// What was done.
    #[schema(example = "article.published")]
    action: String,
    /// Who did it; null for the service, for whoever runs it, and for somebody who was not let in.
    actor: Option<UserRef>,
    /// The key by which a program did it in their name.
    key: Option<KeyRef>,
    /// To what; null where there is no such account.
    subject: Option<Subject>,
    /// The address that the request came from.
    #[schema(example = "203.0.113.7")]
    address: Option<String>,
    /// The request, as the client has it in `X-Request-Id` and the service in its log.
    request_id: Option<Uuid>,
    /// What else is known of it.
    #[schema(value_type = Object)]
    data: Value,
}

/// What something was done to.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditSubject)]
pub struct Subject {
    /// What kind of thing it is.
    #[schema(example = "article")]
    kind: String,
    /// Which.
    id: Uuid,
}

#[derive(Queryable)]
struct Row {
    id: i64,
    kind: String,
    subject_id: Uuid,
    data: Value,
    recorded_at: DateTime<Utc>,
    request_id: Option<Uuid>,
    address: Option<String>,
    actor: Option<UserRef>,
    key: Option<KeyRef>,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        let Row { id, kind: action, subject_id, data, recorded_at: at, request_id, address, actor, key } = row;
        let kind = match action.split('.').next().unwrap_or_default() {
            // Those of somebody.
            "session" | "password" | "totp" => "user",
            "royalty" => "article",
            kind => kind,
        };
        let subject = (!subject_id.is_nil()).then(|| Subject { kind: kind.to_owned(), id: subject_id });
        Self { id, at, action, actor, key, subject, address, request_id, data }
    }
}

/// What was done, the newest first.
///
/// For whoever has the role `admin` on the whole site.
#[utoipa::path(
    tag = "People",
    operation_id = "list_audit",
    params(AuditFilter),
    security(("sign_in" = [])),
    responses(
        (
            status = 200,
            description = "A page of entries",
            content(
                (List<Entry> = "application/json"),
                (inline(File) = "text/csv"),
                (inline(File) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ),
        ),
        ManageList,
    ),
)]
#[get("/audit")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(filter): Query<AuditFilter>,
) -> Result<HttpResponse, Problem> {
    let format = Format::of(&request, filter.format)?;
    filter.check()?;
    who.require_at(Permission::Audit, None)?;
    let name = filter.name();
    let place: Option<(DateTime<Utc>, i64)> = cursors.decode(&name, filter.cursor.as_deref())?;
    let limit = if format == Format::Json { filter.limit } else { ROWS_OF_A_TABLE };
    let mut entries = newsroom.read(move |conn| page(conn, &filter, place, limit + 1)).await?;
    let next = paging::cut(&mut entries, limit, |last| (last.at, last.id))
        .map(|key| reply::next_page(&request, &cursors.encode(&name, &key)));
    if format == Format::Json {
        return Ok(reply::list(&List { data: entries, meta: Meta { limit, count: None }, links: Links { next } }));
    }
    let bytes = block(move || tabulated(&entries).bytes(format)).await.map_err(Problem::internal)??;
    let mut answer = format.file("audit", bytes);
    if let Some(next) = next {
        let link = format!("<{next}>; rel=\"next\"").parse().map_err(Problem::internal)?;
        answer.headers_mut().insert(header::LINK, link);
    }
    Ok(answer)
}

impl AuditFilter {
    /// Refuses what is never done.
    fn check(&self) -> Result<(), Problem> {
        match &self.action {
            Some(action) if !Event::VARIANTS.contains(&action.as_str()) => {
                let message = text("not-allowed").with("allowed", Event::VARIANTS.join(", "));
                let errors = vec![FieldError::new("/action", "not_allowed", message)];
                Err(Problem::bad_request(text("invalid-parameters")).with_errors(errors))
            }
            _ => Ok(()),
        }
    }

    /// What a cursor is bound to.
    fn name(&self) -> String {
        let Self { actor, key, subject, action, after, before, format: _, limit: _, cursor: _ } = self;
        format!("audit {actor:?} {key:?} {subject:?} {action:?} {after:?} {before:?}")
    }
}

/// The entries from after this place on. One query.
fn page(
    conn: &mut PgConnection,
    filter: &AuditFilter,
    place: Option<(DateTime<Utc>, i64)>,
    limit: i64,
) -> Result<Vec<Entry>, Problem> {
    let mut query = events::table
        .left_join(users::table.on(events::actor_id.eq(users::id.nullable())))
        .left_join(api_keys::table.on(events::key_id.eq(api_keys::id.nullable())))
        .select((
            events::id,
            events::kind,
            events::subject_id,
            events::data,
            events::recorded_at,
            events::request_id,
            events::address,
            Option::<UserRef>::as_select(),
            Option::<KeyRef>::as_select(),
        ))
        .into_boxed();
    // One condition leads, and the list is in the order of its index. Without that the server may take one that is common for
    // evenly spread, and walk through years in which there was none of it. Among one value and not equal to it, for what
    // is equal is no order.
    let AuditFilter { mut subject, mut key, mut actor, mut action, .. } = filter.clone();
    query = if let Some(subject) = subject.take() {
        query.filter(events::subject_id.eq_any([subject])).order(events::subject_id.asc())
    } else if let Some(key) = key.take() {
        query.filter(events::key_id.eq_any([key])).order(events::key_id.asc())
    } else if let Some(actor) = actor.take() {
        query.filter(events::actor_id.eq_any([actor])).order(events::actor_id.asc())
    } else if let Some(action) = action.take() {
        query.filter(events::kind.eq_any([action])).order(events::kind.asc())
    } else {
        query
    };
    if let Some(key) = key {
        query = query.filter(events::key_id.eq(key));
    }
    if let Some(actor) = actor {
        query = query.filter(events::actor_id.eq(actor));
    }
    if let Some(action) = action {
        query = query.filter(events::kind.eq(action));
    }
    if let Some(after) = filter.after {
        query = query.filter(events::recorded_at.ge(after));
    }
    if let Some(before) = filter.before {
        query = query.filter(events::recorded_at.lt(before));
    }
    if let Some((at, id)) = place {
        // Of both at once, as the indexes have them.
        let beyond = sql::<sql_types::Bool>("(events.recorded_at, events.id) < (");
        let beyond = beyond.bind::<sql_types::Timestamptz, _>(at).sql(", ").bind::<sql_types::BigInt, _>(id).sql(")");
        query = query.filter(beyond);
    }
    let newest_first = (events::recorded_at.desc(), events::id.desc());
    let rows: Vec<Row> = query.then_order_by(newest_first).limit(limit).load(conn)?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// The columns of a table, by the names that programs know.
const COLUMNS: [&str; 11] = [
    "at",
    "action",
    "actor_id",
    "actor",
    "key_id",
    "key",
    "subject_kind",
    "subject_id",
    "address",
    "request_id",
    "data",
];

fn tabulated(entries: &[Entry]) -> Table {
    let row = |entry: &Entry| {
        let Entry { id: _, at, action, actor, key, subject, address, request_id, data } = entry;
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let cells = [
            at.to_rfc3339_opts(SecondsFormat::Micros, true),
            action.clone(),
            id(actor.as_ref().map(|actor| actor.id)),
            actor.as_ref().map(|actor| actor.name.clone()).unwrap_or_default(),
            id(key.as_ref().map(|key| key.id)),
            key.as_ref().map(|key| key.name.clone()).unwrap_or_default(),
            subject.as_ref().map(|subject| subject.kind.clone()).unwrap_or_default(),
            id(subject.as_ref().map(|subject| subject.id)),
            address.clone().unwrap_or_default(),
            id(*request_id),
            data.to_string(),
        ];
        cells.map(Cell::Text).to_vec()
    };
    Table { head: COLUMNS.map(str::to_owned).to_vec(), rows: entries.iter().map(row).collect(), sums: Vec::new() }
}
