//! Webhooks: set up, found, changed, removed. Who changes lanes and their webhook has the lanes first.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl,
    Queryable, RunQueryDsl, Selectable, SelectableHelper, connection::SimpleConnection, delete, dsl::count_star,
    insert_into, update,
};
use url::Url;
use uuid::Uuid;

use super::{
    address::{Unfit, target},
    courier::{Courier, Receiver},
    filter::Kind,
    model::{PausedReason, Webhook, WebhookInput, WebhookWithSecret},
    secret::{Seal, Secret},
};
use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    content::{CategoryRef, UserRef},
    db::{
        Tx,
        schema::{article_types, categories, users, webhook_deliveries, webhook_lanes, webhooks},
    },
    http::{FieldError, IfMatch, OrNotFound, Problem, text},
    taxonomy::categories::find as category,
    text::normal::plain,
};

/// How many webhooks there may be: each costs a row for each event.
const MOST: i64 = 100;

/// How long a secret signs beside the one that has taken its place.
const BOTH: TimeDelta = TimeDelta::hours(24);

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhooks)]
struct Row {
    id: Uuid,
    url: String,
    events: Vec<Kind>,
    article_type: Option<String>,
    description: Option<String>,
    paused_at: Option<DateTime<Utc>>,
    paused_reason: Option<PausedReason>,
    failing_since: Option<DateTime<Utc>>,
    last_error: Option<String>,
    before_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    revision: i64,
}

type Found = (Row, UserRef, Option<CategoryRef>);

impl From<Found> for Webhook {
    fn from((row, created_by, category): Found) -> Self {
        let Row { id, url, events, article_type, description, paused_at, paused_reason, .. } = row;
        Self {
            id,
            url,
            events,
            category,
            article_type,
            description,
            paused: paused_at.is_some(),
            paused_at,
            paused_reason,
            failing_since: row.failing_since,
            last_error: row.last_error,
            previous_secret_until: row.before_until,
            created_by,
            created_at: row.created_at,
            revision: row.revision,
        }
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn known() -> _ {
    webhooks::table.inner_join(users::table).left_join(categories::table)
}

/// Refuses who may not look after webhooks: to them none is there.
///
/// # Errors
/// `not_found`, or `forbidden` for a program.
pub fn looks_after(who: &Principal) -> Result<(), Problem> {
    who.require_at(Permission::Webhooks, None).map_err(|_| who.unseen(Permission::Webhooks))
}

/// One of them.
///
/// # Errors
/// `not_found`.
pub fn find(conn: &mut PgConnection, id: Uuid) -> Result<Webhook, Problem> {
    let selected = known().select((Row::as_select(), UserRef::as_select(), Option::<CategoryRef>::as_select()));
    let found: Found = selected.filter(webhooks::id.eq(id)).first(conn).or_not_found()?;
    Ok(found.into())
}

/// A page of them, the newest first.
pub fn page(conn: &mut PgConnection, before: Option<Uuid>, limit: i64) -> Result<Vec<Webhook>, Problem> {
    let selected = known().select((Row::as_select(), UserRef::as_select(), Option::<CategoryRef>::as_select()));
    let mut selected = selected.into_boxed();
    if let Some(before) = before {
        selected = selected.filter(webhooks::id.lt(before));
    }
    let found: Vec<Found> = selected.order(webhooks::id.desc()).limit(limit).load(conn)?;
    Ok(found.into_iter().map(Webhook::from).collect())
}

/// One that somebody writes, locked.
///
/// # Errors
/// `not_found`, and what the condition says.
pub fn lock(tx: &mut Tx<'_>, id: Uuid, expected: Option<&IfMatch>) -> Result<Webhook, Problem> {
    webhooks::table.find(id).select(webhooks::id).for_no_key_update().first::<Uuid>(tx.conn).or_not_found()?;
    let webhook = find(tx.conn, id)?;
    expected.map_or(Ok(()), |expected| expected.met_by(&webhook.etag()))?;
    Ok(webhook)
}

/// Where what is sent to it goes.
///
/// # Errors
/// `not_found`.
pub fn receiver(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<Receiver, Problem> {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = webhooks)]
    struct Way {
        url: String,
        sealed: Vec<u8>,
        sealed_before: Option<Vec<u8>>,
        before_until: Option<DateTime<Utc>>,
    }
    let way = webhooks::table.find(id).select(Way::as_select()).first(conn).or_not_found()?;
    let Way { url, sealed, sealed_before, before_until } = way;
    let sealed_before = sealed_before.filter(|_| before_until.is_some_and(|until| until > now));
    Ok(Receiver { id, url, sealed, sealed_before })
}

/// The address that somebody gives, if a webhook may go there.
///
/// # Errors
/// `validation_failed`.
pub async fn fit(courier: &Courier, given: &str) -> Result<Url, Problem> {
    let unfit = |unfit: Unfit| {
        let (code, message) = match unfit {
            Unfit::NoUrl => ("invalid_url", "webhook-no-url"),
            Unfit::Scheme => ("unsupported_scheme", "webhook-scheme"),
            Unfit::Credentials => ("credentials", "webhook-credentials"),
            Unfit::Port => ("forbidden_port", "webhook-port"),
            Unfit::Private => ("private_address", "webhook-private"),
        };
        Problem::invalid("/url", code, text(message))
    };
    let url = target(given, courier.line.is_private()).map_err(unfit)?;
    if courier.line.leads_inside(&url).await { Err(unfit(Unfit::Private)) } else { Ok(url) }
}

/// What is limited to what, once it was looked up.
struct Limited {
    events: Vec<Kind>,
    category: Option<Uuid>,
    article_type: Option<String>,
    description: Option<String>,
}

fn limited(conn: &mut PgConnection, input: &WebhookInput) -> Result<Limited, Problem> {
    let mut wrong = Vec::new();
    let found = input.category.as_deref().map(|named| category(conn, named)).transpose()?.flatten();
    if let Some(named) = input.category.as_ref().filter(|_| found.is_none()) {
        wrong.push(FieldError::new("/category", "unknown", text("unknown-category").with("name", named)));
    }
    if let Some(code) = &input.article_type {
        let known = article_types::table.find(code).select(article_types::code).first::<String>(conn).optional()?;
        if known.is_none() {
            wrong.push(FieldError::new("/article_type", "unknown", text("unknown-article-type").with("name", code)));
        }
    }
    if !wrong.is_empty() {
        return Err(Problem::validation(wrong));
    }
    let mut events = input.events.clone();
    events.sort_unstable();
    events.dedup();
    let description = input.description.as_deref().map(plain).filter(|description| !description.is_empty());
    let category = found.map(|category| category.id);
    Ok(Limited { events, category, article_type: input.article_type.clone(), description })
}

/// Sets one up.
///
/// # Errors
/// `validation_failed`; `conflict` where there are as many as there may be.
pub fn make(
    tx: &mut Tx<'_>,
    by: By<'_>,
    seal: Seal,
    url: &Url,
    input: &WebhookInput,
) -> Result<WebhookWithSecret, Problem> {
    // One after the other, so that two do not both take the last place.
    tx.conn.batch_execute("LOCK TABLE webhooks IN SHARE ROW EXCLUSIVE MODE")?;
    let many: i64 = webhooks::table.select(count_star()).first(tx.conn)?;
    let Limited { events, category, article_type, description } = limited(tx.conn, input)?;
    if many >= MOST {
        return Err(Problem::conflict(text("too-many-webhooks").with("limit", MOST)));
    }
    let (id, secret) = (Uuid::now_v7(), Secret::make());
    insert_into(webhooks::table)
        .values((
            webhooks::id.eq(id),
            webhooks::url.eq(url.as_str()),
            webhooks::host.eq(host(url)),
            webhooks::description.eq(description),
            webhooks::events.eq(events),
            webhooks::category_id.eq(category),
            webhooks::article_type.eq(article_type),
            webhooks::sealed.eq(secret.sealed(seal, id)),
            webhooks::paused_at.eq(input.paused.then_some(tx.now)),
            webhooks::paused_reason.eq(input.paused.then_some(PausedReason::Requested)),
            webhooks::created_by.eq(by.who.id),
            webhooks::created_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    audit::record(tx.conn, id, by.stamp(), &Event::WebhookCreated { host: &host(url) })?;
    Ok(WebhookWithSecret { known: find(tx.conn, id)?, secret: secret.told() })
}

/// The host of an address. Of what is behind it some is known to the receiver alone.
fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().chars().take(300).collect()
}

/// Changes one.
///
/// # Errors
/// `validation_failed`.
pub fn edit(
    tx: &mut Tx<'_>,
    by: By<'_>,
    current: Webhook,
    url: &Url,
    input: &WebhookInput,
) -> Result<Webhook, Problem> {
    let Limited { events, category, article_type, description } = limited(tx.conn, input)?;
    let changes = [
        ("url", current.url != url.as_str()),
        ("events", current.events != events),
        ("category", current.category.as_ref().map(|category| category.id) != category),
        ("article_type", current.article_type != article_type),
        ("description", current.description != description),
    ];
    let fields: Vec<&str> = changes.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect();
    let id = current.id;
    if !fields.is_empty() {
        update(webhooks::table.find(id))
            .set((
                webhooks::url.eq(url.as_str()),
                webhooks::host.eq(host(url)),
                webhooks::description.eq(description),
                webhooks::events.eq(events),
                webhooks::category_id.eq(category),
                webhooks::article_type.eq(article_type),
                webhooks::revision.eq(webhooks::revision + 1),
            ))
            .execute(tx.conn)?;
        audit::record(tx.conn, id, by.stamp(), &Event::WebhookChanged { host: &host(url), fields })?;
    }
    match (current.paused, input.paused) {
        (false, true) => pause(tx, by, id)?,
        (true, false) => resume(tx, by, id)?,
        _ => {}
    }
    find(tx.conn, id)
}

fn pause(tx: &mut Tx<'_>, by: By<'_>, id: Uuid) -> Result<(), Problem> {
    update(webhooks::table.find(id))
        .set((
            webhooks::paused_at.eq(tx.now),
            webhooks::paused_reason.eq(PausedReason::Requested),
            webhooks::revision.eq(webhooks::revision + 1),
        ))
        .execute(tx.conn)?;
    let reason = PausedReason::Requested.into();
    audit::record(tx.conn, id, by.stamp(), &Event::WebhookPaused { reason })
}

/// Has a paused one go on, if it is, with all that has gathered: what was tried before is tried anew, for another day.
pub fn resume(tx: &mut Tx<'_>, by: By<'_>, id: Uuid) -> Result<(), Problem> {
    let resting = webhook_lanes::webhook_id.eq(id).and(webhook_lanes::claim.is_null());
    update(webhook_lanes::table.filter(resting)).set(webhook_lanes::due_at.eq(tx.now)).execute(tx.conn)?;
    let waiting = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(id))
        .filter(webhook_deliveries::state.eq("pending"))
        .filter(webhook_deliveries::tries.gt(0));
    update(waiting)
        .set((webhook_deliveries::tries.eq(0), webhook_deliveries::first_tried_at.eq(None::<DateTime<Utc>>)))
        .execute(tx.conn)?;
    let paused = webhooks::table.find(id).filter(webhooks::paused_at.is_not_null());
    let resumed = update(paused)
        .set((
            webhooks::paused_at.eq(None::<DateTime<Utc>>),
            webhooks::paused_reason.eq(None::<PausedReason>),
            webhooks::failing_since.eq(None::<DateTime<Utc>>),
            webhooks::last_error.eq(None::<String>),
            webhooks::not_before.eq(None::<DateTime<Utc>>),
            webhooks::revision.eq(webhooks::revision + 1),
        ))
        .execute(tx.conn)?;
    if resumed == 0 { Ok(()) } else { audit::record(tx.conn, id, by.stamp(), &Event::WebhookResumed {}) }
}

/// Gives one another secret. The one that it had signs beside it for a day.
pub fn rotate(tx: &mut Tx<'_>, by: By<'_>, seal: Seal, id: Uuid) -> Result<WebhookWithSecret, Problem> {
    let secret = Secret::make();
    update(webhooks::table.find(id))
        .set((
            webhooks::sealed_before.eq(webhooks::sealed.nullable()),
            webhooks::before_until.eq(tx.now + BOTH),
            webhooks::sealed.eq(secret.sealed(seal, id)),
            webhooks::revision.eq(webhooks::revision + 1),
        ))
        .execute(tx.conn)?;
    audit::record(tx.conn, id, by.stamp(), &Event::WebhookRotated {})?;
    Ok(WebhookWithSecret { known: find(tx.conn, id)?, secret: secret.told() })
}

/// Removes one, with all that it was told and was to be told.
pub fn remove(tx: &mut Tx<'_>, by: By<'_>, webhook: &Webhook) -> Result<(), Problem> {
    delete(webhooks::table.find(webhook.id)).execute(tx.conn)?;
    let host = webhook.url.parse().map(|url| host(&url)).unwrap_or_default();
    audit::record(tx.conn, webhook.id, by.stamp(), &Event::WebhookDeleted { host: &host })
}

/// The lanes of a webhook, locked in their order: before the webhook itself.
pub fn lock_lanes(tx: &mut Tx<'_>, id: Uuid) -> Result<HashSet<Uuid>, Problem> {
    let lanes = webhook_lanes::table.filter(webhook_lanes::webhook_id.eq(id)).order(webhook_lanes::article_id);
    let lanes: Vec<Uuid> = lanes.select(webhook_lanes::article_id).for_update().load(tx.conn)?;
    Ok(lanes.into_iter().collect())
}
