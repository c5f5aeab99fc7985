//! Keys: made, found, revoked, and who acts by one.

use std::collections::HashMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl,
    Queryable, RunQueryDsl, Selectable, SelectableHelper,
};
use uuid::Uuid;

use super::{
    bounds,
    model::{ApiKey, ApiKeyInput, NewApiKey},
    token,
};
use crate::{
    access::{
        By, Permission, Principal, Role, people,
        principal::{ActingKey, GrantView},
        role::KeyScope,
        secret, session,
        users::grants,
    },
    audit::{self, Event},
    content::{CategoryRef, UserRef},
    db::{
        Tx,
        pool::clock,
        schema::{api_key_grants, api_keys, categories, users},
    },
    http::{FieldError, OrNotFound, Problem, text},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_keys)]
struct Row {
    id: Uuid,
    name: String,
    prefix: String,
    scopes: Vec<KeyScope>,
    has_grants: bool,
    made_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    #[diesel(embed)]
    made_by: UserRef,
}

/// Makes a key for whoever asks for it.
///
/// # Errors
/// `forbidden` for a role beyond the maker's own; `validation_failed`.
pub fn make(tx: &mut Tx<'_>, by: By<'_>, input: &ApiKeyInput) -> Result<NewApiKey, Problem> {
    let name = people::line(&input.name)?;
    if input.expires_at.is_some_and(|end| end <= tx.now) {
        return Err(Problem::invalid("/expires_at", "too_early", text("not-ahead")));
    }
    let asked = input.grants.as_ref().map(|asked| grants::resolve(tx.conn, asked)).transpose()?;
    let pairs = asked.iter().flatten().map(|grant| (grant.role, grant.category.clone())).collect();
    let given = session::reaching(tx.conn, pairs)?;
    let beyond = given.iter().enumerate().filter(|(_, grant)| !bounds::covers(&by.who.grants, grant));
    let beyond: Vec<FieldError> = beyond
        .map(|(number, _)| FieldError::new(format!("/grants/{number}"), "forbidden", text("beyond-ones-grants")))
        .collect();
    if !beyond.is_empty() {
        return Err(Problem::forbidden().with_errors(beyond));
    }
    let mut scopes = input.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let (id, key) = (Uuid::now_v7(), token::make());
    diesel::insert_into(api_keys::table)
        .values((
            api_keys::id.eq(id),
            api_keys::digest.eq(secret::digest(key.reveal())),
            api_keys::prefix.eq(token::shown(key.reveal())),
            api_keys::name.eq(&name),
            api_keys::scopes.eq(&scopes),
            api_keys::has_grants.eq(asked.is_some()),
            api_keys::made_by.eq(by.who.id),
            api_keys::made_at.eq(tx.now),
            api_keys::expires_at.eq(input.expires_at),
        ))
        .execute(tx.conn)?;
    let rows: Vec<_> = given
        .iter()
        .map(|grant| {
            (
                api_key_grants::id.eq(Uuid::now_v7()),
                api_key_grants::key_id.eq(id),
                api_key_grants::role.eq(grant.role),
                api_key_grants::category_id.eq(grant.scope.as_ref().map(|scope| scope.category.id)),
            )
        })
        .collect();
    diesel::insert_into(api_key_grants::table).values(rows).execute(tx.conn)?;
    audit::record(tx.conn, id, by.stamp(), &Event::KeyCreated { name: &name })?;
    Ok(NewApiKey { known: find(tx.conn, by.who, id)?, key })
}

/// Keys that somebody may see, the newest first: their own, or all for whoever administers the site.
pub fn page(
    conn: &mut PgConnection,
    who: &Principal,
    prefix: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ApiKey>, Problem> {
    let mut query = api_keys::table.inner_join(users::table).select(Row::as_select()).into_boxed();
    if !sees_all(who) {
        query = query.filter(api_keys::made_by.eq(who.id));
    }
    if let Some(prefix) = prefix {
        query = query.filter(api_keys::prefix.eq(prefix.to_owned()));
    }
    if let Some(before) = before {
        query = query.filter(api_keys::id.lt(before));
    }
    let rows = query.order(api_keys::id.desc()).limit(limit).load(conn)?;
    whole(conn, rows)
}

/// One of those.
///
/// # Errors
/// `not_found`.
pub fn find(conn: &mut PgConnection, who: &Principal, id: Uuid) -> Result<ApiKey, Problem> {
    let known = api_keys::table.inner_join(users::table).filter(api_keys::id.eq(id));
    let row: Row = known.select(Row::as_select()).first(conn).or_not_found()?;
    if row.made_by.id != who.id && !sees_all(who) {
        return Err(Problem::not_found());
    }
    whole(conn, vec![row])?.pop().ok_or_else(|| Problem::internal("a key vanished"))
}

fn sees_all(who: &Principal) -> bool {
    who.require_at(Permission::People, None).is_ok()
}

fn whole(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<ApiKey>, Problem> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let given: Vec<(Uuid, Role, Option<CategoryRef>)> = api_key_grants::table
        .left_join(categories::table)
        .filter(api_key_grants::key_id.eq_any(ids))
        .order(api_key_grants::id)
        .select((api_key_grants::key_id, api_key_grants::role, Option::<CategoryRef>::as_select()))
        .load(conn)?;
    let mut grants: HashMap<Uuid, Vec<GrantView>> = HashMap::new();
    for (key, role, category) in given {
        grants.entry(key).or_default().push(GrantView { role, category });
    }
    let known = |row: Row| {
        let Row { id, name, prefix, scopes, has_grants, made_at, expires_at, last_used_at, revoked_at, made_by } = row;
        let grants = has_grants.then(|| grants.remove(&id).unwrap_or_default());
        let (created_by, created_at) = (made_by, made_at);
        ApiKey { id, name, prefix, scopes, grants, created_by, created_at, expires_at, last_used_at, revoked_at }
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Revokes a key, if it was not before. Its row stays: the history names it.
pub fn revoke(tx: &mut Tx<'_>, by: By<'_>, id: Uuid) -> Result<(), Problem> {
    let open = api_keys::table.find(id).filter(api_keys::revoked_at.is_null());
    if diesel::update(open).set(api_keys::revoked_at.eq(by.at)).execute(tx.conn)? == 0 {
        return Ok(());
    }
    audit::record(tx.conn, id, by.stamp(), &Event::KeyRevoked {})
}

/// Who acts by a key, with what is left to it now; none where it is revoked, expired, was never given out, or its maker is
/// disabled. Asked on every request, as it is with sessions.
pub fn principal(conn: &mut PgConnection, digest: &[u8]) -> Result<Option<Principal>, Problem> {
    #[derive(Queryable)]
    struct Found {
        id: Uuid,
        name: String,
        scopes: Vec<KeyScope>,
        has_grants: bool,
        made_by: Uuid,
        last_used_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    }
    let found: Option<Found> = api_keys::table
        .inner_join(users::table)
        .filter(api_keys::digest.eq(digest))
        .filter(api_keys::revoked_at.is_null().and(users::disabled_at.is_null()))
        .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.assume_not_null().gt(clock())))
        .select((
            api_keys::id,
            api_keys::name,
            api_keys::scopes,
            api_keys::has_grants,
            api_keys::made_by,
            api_keys::last_used_at,
            clock(),
        ))
        .first(conn)
        .optional()?;
    let Some(Found { id, name, scopes, has_grants, made_by, last_used_at, now }) = found else { return Ok(None) };
    note_use(conn, id, last_used_at, now)?;
    let held = session::grants(conn, made_by)?;
    let grants = if has_grants {
        let given: Vec<(Role, Option<CategoryRef>)> = api_key_grants::table
            .left_join(categories::table)
            .filter(api_key_grants::key_id.eq(id))
            .order(api_key_grants::id)
            .select((api_key_grants::role, Option::<CategoryRef>::as_select()))
            .load(conn)?;
        session::reaching(conn, given)?.iter().flat_map(|given| bounds::at_most(&held, given)).collect()
    } else if scopes.is_empty() {
        Vec::new()
    } else {
        held
    };
    let key = Some(ActingKey { id, name, scopes });
    Ok(Some(Principal { id: made_by, grants, four_eyes_override: false, key, source: None }))
}

/// Notes the hour of a key's last use, once an hour.
fn note_use(conn: &mut PgConnection, id: Uuid, last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), Problem> {
    let hour = now.duration_trunc(TimeDelta::hours(1)).map_err(Problem::internal)?;
    if last.is_none_or(|last| last < hour) {
        diesel::update(api_keys::table.find(id)).set(api_keys::last_used_at.eq(hour)).execute(conn)?;
    }
    Ok(())
}
