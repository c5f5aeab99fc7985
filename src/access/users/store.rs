//! Accounts as administrators find, lock and change them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
    dsl::{auto_type, exists, sql},
    result::{DatabaseErrorKind::CheckViolation, Error},
    sql_types,
};
use serde_json::json;
use uuid::Uuid;

use super::model::{User, UserPatch, Written};
use crate::{
    access::{By, Role, password::NOT_SET, people, principal::GrantView, session},
    audit::{self, Event},
    content::CategoryRef,
    db::{
        Tx, VIETNAMESE_ORDER,
        schema::{categories, identities, role_grants, user_permissions, users},
    },
    http::{IfMatch, MergePatch, OrNotFound, Problem, text},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct Row {
    id: Uuid,
    email: String,
    name: String,
    disabled_at: Option<DateTime<Utc>>,
    #[diesel(select_expression = has_joined(), select_expression_type = has_joined)]
    joined: bool,
    #[diesel(select_expression = people::has_totp(), select_expression_type = people::has_totp)]
    totp: bool,
    created_at: DateTime<Utc>,
    revision: i64,
}

/// Whether somebody has come in: by an invitation, or by a provider.
#[auto_type]
fn has_joined() -> _ {
    let none: &'static str = NOT_SET;
    let linked = exists(identities::table.filter(identities::user_id.eq(users::id)));
    users::password_hash.ne(none).or(linked)
}

/// The account with this id.
///
/// # Errors
/// `not_found`.
pub fn find(conn: &mut PgConnection, id: Uuid) -> Result<User, Problem> {
    let row = users::table.find(id).select(Row::as_select()).first(conn).or_not_found()?;
    one(conn, row)
}

/// The same, locked: whoever changes an account or what it is granted does it one after the other.
///
/// # Errors
/// `not_found`.
pub fn lock(tx: &mut Tx<'_>, id: Uuid) -> Result<User, Problem> {
    let row = users::table.find(id).select(Row::as_select()).for_update().first(tx.conn).or_not_found()?;
    one(tx.conn, row)
}

/// Accounts by name in Vietnamese order, from after that name and id on. Three queries.
pub fn page(
    conn: &mut PgConnection,
    disabled: Option<bool>,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<User>, Problem> {
    let mut query = users::table.select(Row::as_select()).into_boxed();
    if let Some((name, id)) = after {
        let beyond = sql::<sql_types::Bool>(&format!("({VIETNAMESE_ORDER}, id) > ("));
        let beyond = beyond.bind::<sql_types::Text, _>(name).sql(", ").bind::<sql_types::Uuid, _>(id).sql(")");
        query = query.filter(beyond);
    }
    query = match disabled {
        None => query,
        Some(true) => query.filter(users::disabled_at.is_not_null()),
        Some(false) => query.filter(users::disabled_at.is_null()),
    };
    let rows = query.order((sql::<sql_types::Text>(VIETNAMESE_ORDER), users::id)).limit(limit).load(conn)?;
    whole(conn, rows)
}

fn one(conn: &mut PgConnection, row: Row) -> Result<User, Problem> {
    whole(conn, vec![row])?.pop().ok_or_else(|| Problem::internal("an account vanished"))
}

/// Accounts with what they are granted.
fn whole(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<User>, Problem> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let granted: Vec<(Uuid, Role, Option<CategoryRef>)> = role_grants::table
        .left_join(categories::table)
        .filter(role_grants::user_id.eq_any(&ids))
        .order(role_grants::id)
        .select((role_grants::user_id, role_grants::role, Option::<CategoryRef>::as_select()))
        .load(conn)?;
    let mut grants: HashMap<Uuid, Vec<GrantView>> = HashMap::new();
    for (user, role, category) in granted {
        grants.entry(user).or_default().push(GrantView { role, category });
    }
    let overriding: HashSet<Uuid> = user_permissions::table
        .filter(user_permissions::user_id.eq_any(&ids))
        .filter(user_permissions::permission.eq(people::FOUR_EYES_OVERRIDE))
        .select(user_permissions::user_id)
        .load(conn)?
        .into_iter()
        .collect();
    let user = |row: Row| {
        let Row { id, email, name, disabled_at, joined, totp, created_at, revision } = row;
        let grants = grants.remove(&id).unwrap_or_default();
        let (disabled, four_eyes_override) = (disabled_at.is_some(), overriding.contains(&id));
        User { id, email, name, disabled, joined, totp, grants, four_eyes_override, created_at, revision }
    };
    Ok(rows.into_iter().map(user).collect())
}

/// Checks `If-Match` against an account.
///
/// # Errors
/// `precondition_required` without a tag; `stale_version` where none matches.
pub fn check_current(user: &User, expected: &IfMatch) -> Result<(), Problem> {
    let current = user.etag();
    if expected.required()?.contains(&current) { Ok(()) } else { Err(Problem::stale_version(Some(&current))) }
}

/// Changes a locked account. Who is disabled is signed out everywhere. A patch that changes nothing does nothing.
///
/// # Errors
/// `validation_failed`; `conflict` where nobody would be left who administers the site.
pub fn change(tx: &mut Tx<'_>, by: By<'_>, user: &mut User, patch: &MergePatch<UserPatch>) -> Result<(), Problem> {
    let before = Written { name: user.name.clone(), disabled: user.disabled };
    let Written { name, disabled } = patch.apply(json!(before))?;
    let name = people::line(&name)?;
    if (&name, disabled) == (&before.name, before.disabled) {
        return Ok(());
    }
    if disabled != user.disabled {
        diesel::update(users::table.find(user.id))
            .set(users::disabled_at.eq(disabled.then_some(by.at)))
            .execute(tx.conn)
            .map_err(or_last_administrator)?;
        let event = if disabled { Event::UserDisabled {} } else { Event::UserEnabled {} };
        audit::record(tx.conn, user.id, by.stamp(), &event)?;
    }
    if disabled {
        session::end_all(tx, by.stamp(), user.id, session::SessionEnd::Revoked)?;
    }
    if name != user.name {
        diesel::update(users::table.find(user.id)).set(users::name.eq(&name)).execute(tx.conn)?;
        audit::record(tx.conn, user.id, by.stamp(), &Event::UserRenamed { name: &name })?;
    }
    (user.name, user.disabled) = (name, disabled);
    touch(tx, user)
}

/// Notes that a locked account was changed.
pub fn touch(tx: &mut Tx<'_>, user: &mut User) -> Result<(), Problem> {
    let raised = diesel::update(users::table.find(user.id)).set(users::revision.eq(users::revision + 1));
    user.revision = raised.returning(users::revision).get_result(tx.conn)?;
    Ok(())
}

/// What the database says of a change that would leave nobody to administer the site, as a refusal.
pub fn or_last_administrator(error: Error) -> Problem {
    match &error {
        Error::DatabaseError(CheckViolation, about) if about.constraint_name() == Some("an_administrator_stays") => {
            Problem::conflict(text("last-administrator"))
        }
        _ => error.into(),
    }
}
