//! Who may look after whom, and what somebody is granted.
//!
//! Admins hand out and take away what lies within the scope of their own grant, down to other admins of it. An account as a
//! whole (its name, whether it is let in, a way to a new password) is for those in whose scope all of its grants lie:
//! whoever could reset the password of somebody stronger would be as strong.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, PgConnection, PgExpressionMethods, QueryDsl, RunQueryDsl,
    SelectableHelper,
};
use uuid::Uuid;

use super::{
    model::{GrantInput, GrantsInput, User},
    store,
};
use crate::{
    access::{By, Permission, Principal, people, principal::GrantView},
    audit::{self, Event, Stamp},
    content::CategoryRef,
    db::{
        Tx,
        schema::{categories, role_grants, user_permissions},
    },
    http::{FieldError, Problem, text},
};

/// Refuses whoever may not look after the whole of this account.
///
/// # Errors
/// `forbidden`.
pub fn require_over(who: &Principal, user: &User) -> Result<(), Problem> {
    if user.grants.is_empty() || user.four_eyes_override {
        return who.require_at(Permission::People, None);
    }
    user.grants.iter().try_for_each(|grant| who.require_at(Permission::People, place(grant)))
}

fn place(grant: &GrantView) -> Option<Uuid> {
    grant.category.as_ref().map(|category| category.id)
}

/// The grants that somebody asks for, each with its category.
///
/// # Errors
/// `validation_failed` where a category is not there, or a grant is asked for twice.
pub fn resolve(conn: &mut PgConnection, asked: &[GrantInput]) -> Result<Vec<GrantView>, Problem> {
    let named: Vec<&str> = asked.iter().filter_map(|grant| grant.category.as_deref()).collect();
    let ids: Vec<Uuid> = named.iter().filter_map(|name| name.parse().ok()).collect();
    let found: Vec<CategoryRef> = categories::table
        .filter(categories::slug.eq_any(&named).or(categories::id.eq_any(&ids)))
        .select(CategoryRef::as_select())
        .load(conn)?;
    let by_name: HashMap<String, &CategoryRef> =
        found.iter().flat_map(|one| [(one.slug.clone(), one), (one.id.to_string(), one)]).collect();
    let (mut grants, mut errors) = (Vec::<GrantView>::new(), Vec::new());
    for (number, GrantInput { role, category }) in asked.iter().enumerate() {
        let category = match category {
            None => None,
            Some(name) => match by_name.get(&name.parse().map_or_else(|_| name.clone(), |id: Uuid| id.to_string())) {
                Some(&found) => Some(found.clone()),
                None => {
                    let message = text("unknown-category").with("name", name);
                    errors.push(FieldError::new(format!("/grants/{number}/category"), "unknown", message));
                    continue;
                }
            },
        };
        let grant = GrantView { role: *role, category };
        if grants.iter().any(|other| same(other, &grant)) {
            errors.push(FieldError::new(format!("/grants/{number}"), "repeated", text("repeated-item")));
        }
        grants.push(grant);
    }
    if errors.is_empty() { Ok(grants) } else { Err(Problem::validation(errors)) }
}

/// Whether two grants are one.
pub fn same(one: &GrantView, other: &GrantView) -> bool {
    one.role == other.role && place(one) == place(other)
}

/// Gives somebody new what they are to have.
///
/// # Errors
/// `forbidden` where a grant lies outside the scope of whoever gives it.
pub fn give(tx: &mut Tx<'_>, by: By<'_>, user: Uuid, wanted: &[GrantView]) -> Result<(), Problem> {
    if wanted.is_empty() {
        by.who.require_at(Permission::People, None)?;
    }
    require_each(by.who, wanted.iter().enumerate())?;
    wanted.iter().try_for_each(|grant| people::grant(tx, user, grant.role, place(grant)))
}

/// Refuses whoever may not give, or take, each of these.
fn require_each<'a>(who: &Principal, grants: impl Iterator<Item = (usize, &'a GrantView)>) -> Result<(), Problem> {
    let beyond = grants.filter(|(_, grant)| who.require_at(Permission::People, place(grant)).is_err());
    let errors: Vec<FieldError> = beyond
        .map(|(number, _)| FieldError::new(format!("/grants/{number}"), "forbidden", text("beyond-ones-grants")))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::forbidden().with_errors(errors)) }
}

/// Replaces what a locked account is granted. What stays as it is takes no right to give it.
///
/// # Errors
/// `forbidden` where something given or taken lies outside the scope of whoever does it; `validation_failed`;
/// `conflict` where nobody would be left who administers the site.
pub fn replace(tx: &mut Tx<'_>, by: By<'_>, user: &mut User, input: &GrantsInput) -> Result<(), Problem> {
    let wanted = resolve(tx.conn, &input.grants)?;
    let given: Vec<(usize, &GrantView)> =
        wanted.iter().enumerate().filter(|(_, grant)| !user.grants.iter().any(|had| same(had, grant))).collect();
    let taken: Vec<&GrantView> =
        user.grants.iter().filter(|had| !wanted.iter().any(|grant| same(had, grant))).collect();
    require_each(by.who, given.iter().copied())?;
    if taken.iter().any(|grant| by.who.require_at(Permission::People, place(grant)).is_err()) {
        let errors = vec![FieldError::new("/grants", "forbidden", text("not-ones-to-take"))];
        return Err(Problem::forbidden().with_errors(errors));
    }
    let overriding = input.four_eyes_override.unwrap_or(user.four_eyes_override);
    if overriding != user.four_eyes_override {
        let beyond = vec![FieldError::new("/four_eyes_override", "forbidden", text("beyond-ones-grants"))];
        by.who.require_at(Permission::People, None).map_err(|problem| problem.with_errors(beyond))?;
    } else if given.is_empty() && taken.is_empty() {
        return Ok(());
    }
    for (_, grant) in &given {
        people::grant(tx, user.id, grant.role, place(grant))?;
    }
    for grant in &taken {
        take(tx, user.id, grant)?;
    }
    if overriding && !user.four_eyes_override {
        people::let_override(tx, user.id)?;
    } else if !overriding {
        let theirs = user_permissions::table.find((user.id, people::FOUR_EYES_OVERRIDE));
        diesel::delete(theirs).execute(tx.conn)?;
    }
    let event = Event::UserGranted {
        given: given.iter().map(|(_, grant)| words(grant)).collect(),
        taken: taken.iter().map(|grant| words(grant)).collect(),
        four_eyes_override: (overriding != user.four_eyes_override).then_some(overriding),
    };
    audit::record(tx.conn, user.id, by.stamp(), &event)?;
    (user.grants, user.four_eyes_override) = (wanted, overriding);
    store::touch(tx, user)
}

/// Replaces what a locked account is granted by what the claims of its provider give. Nobody has to have a right to give it.
///
/// # Errors
/// `conflict` where nobody would be left who administers the site.
pub fn give_by_claims(tx: &mut Tx<'_>, stamp: Stamp, user: &mut User, wanted: Vec<GrantView>) -> Result<(), Problem> {
    let beyond = |these: &[GrantView], those: &[GrantView]| -> Vec<GrantView> {
        these.iter().filter(|one| !those.iter().any(|other| same(one, other))).cloned().collect()
    };
    let (given, taken) = (beyond(&wanted, &user.grants), beyond(&user.grants, &wanted));
    if given.is_empty() && taken.is_empty() {
        return Ok(());
    }
    given.iter().try_for_each(|grant| people::grant(tx, user.id, grant.role, place(grant)))?;
    taken.iter().try_for_each(|grant| take(tx, user.id, grant))?;
    let words = |grants: &[GrantView]| grants.iter().map(words).collect();
    let event = Event::UserGranted { given: words(&given), taken: words(&taken), four_eyes_override: None };
    audit::record(tx.conn, user.id, stamp, &event)?;
    user.grants = wanted;
    store::touch(tx, user)
}

fn take(tx: &mut Tx<'_>, user: Uuid, grant: &GrantView) -> Result<(), Problem> {
    let theirs = role_grants::table.filter(role_grants::user_id.eq(user).and(role_grants::role.eq(grant.role)));
    let there = role_grants::category_id.is_not_distinct_from(place(grant));
    diesel::delete(theirs.filter(there)).execute(tx.conn).map_err(store::or_last_administrator)?;
    Ok(())
}

/// A grant as `create-user` takes it: `approver@kinh-te`.
fn words(grant: &GrantView) -> String {
    let role = grant.role;
    grant.category.as_ref().map_or_else(|| role.to_string(), |category| format!("{role}@{}", category.slug))
}
