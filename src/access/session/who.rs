//! Who a session is of, with what they are granted at this moment.

use std::collections::{HashMap, HashSet};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, PgConnection, QueryDsl,
    RunQueryDsl, SelectableHelper, dsl::exists,
};
use uuid::Uuid;

use super::is_by_provider;
use crate::{
    access::{
        people::has_totp,
        principal::{Grant, Principal, Scope},
        role::Role,
    },
    content::CategoryRef,
    db::{
        pool::clock,
        schema::{categories, category_ancestors, role_grants, sessions, user_permissions, users},
    },
    http::Problem,
};

/// Who a session is of, and how they signed in.
pub struct SignedIn {
    /// The account, with its grants as they are now.
    pub who: Principal,
    /// Whether a second factor is asked for beside the password; of whom the provider let in, that is its business.
    pub second_factor: bool,
}

/// The account behind a session that is not over, with its grants as they are now; none otherwise. Asked on
/// every request, so that what is taken from somebody is gone at once, on every replica.
pub fn signed_in(conn: &mut PgConnection, user_id: Uuid, session_id: Uuid) -> Result<Option<SignedIn>, Problem> {
    let four_eyes_override = exists(
        user_permissions::table
            .filter(user_permissions::user_id.eq(users::id))
            .filter(user_permissions::permission.eq("four_eyes_override")),
    );
    // A row for each grant, and one without for somebody who has none.
    let rows: Vec<(bool, bool, Option<Role>, Option<CategoryRef>)> = sessions::table
        .inner_join(users::table)
        .left_join(role_grants::table.on(role_grants::user_id.eq(users::id)))
        .left_join(categories::table.on(role_grants::category_id.eq(categories::id.nullable())))
        .filter(sessions::id.eq(session_id).and(sessions::user_id.eq(user_id)))
        .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(clock())).and(users::disabled_at.is_null()))
        .order(role_grants::id)
        .select((
            four_eyes_override,
            has_totp().or(is_by_provider()),
            role_grants::role.nullable(),
            Option::<CategoryRef>::as_select(),
        ))
        .load(conn)?;
    let Some((four_eyes_override, second_factor, ..)) = rows.first() else { return Ok(None) };
    let (four_eyes_override, second_factor) = (*four_eyes_override, *second_factor);
    let grants = rows.into_iter().filter_map(|(.., role, category)| Some((role?, category))).collect();
    let grants = reaching(conn, grants)?;
    let who = Principal { id: user_id, grants, four_eyes_override, key: None, source: None };
    Ok(Some(SignedIn { who, second_factor }))
}

/// A user's grants, each with the categories that it reaches.
pub fn grants(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<Grant>, Problem> {
    let grants: Vec<(Role, Option<CategoryRef>)> = role_grants::table
        .left_join(categories::table)
        .filter(role_grants::user_id.eq(user_id))
        .order(role_grants::id)
        .select((role_grants::role, Option::<CategoryRef>::as_select()))
        .load(conn)?;
    reaching(conn, grants)
}

/// Grants with the categories that they reach.
pub(in crate::access) fn reaching(
    conn: &mut PgConnection,
    grants: Vec<(Role, Option<CategoryRef>)>,
) -> Result<Vec<Grant>, Problem> {
    let limits: Vec<Uuid> = grants.iter().filter_map(|(_, category)| Some(category.as_ref()?.id)).collect();
    let mut subtrees: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    if !limits.is_empty() {
        let reached: Vec<(Uuid, Uuid)> = category_ancestors::table
            .filter(category_ancestors::ancestor_id.eq_any(limits))
            .select((category_ancestors::ancestor_id, category_ancestors::category_id))
            .load(conn)?;
        for (above, below) in reached {
            subtrees.entry(above).or_default().insert(below);
        }
    }
    let grant = |(role, category): (Role, Option<CategoryRef>)| {
        let scope = category.map(|category| {
            let subtree = subtrees.get(&category.id).cloned().unwrap_or_default();
            Scope { category, subtree }
        });
        Grant { role, scope }
    };
    Ok(grants.into_iter().map(grant).collect())
}
