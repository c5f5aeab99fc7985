//! People: accounts with their roles.

use std::collections::HashSet;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl,
    Queryable, RunQueryDsl, Selectable, SelectableHelper,
    dsl::{auto_type, exists},
};
use strum::VariantNames;
use uuid::Uuid;

use super::role::{Permission, Reach, Role};
use crate::{
    audit::{self, Event, Stamp},
    db::{
        Tx,
        schema::{categories, category_ancestors, role_grants, totp_secrets, user_permissions, users},
    },
    http::{Problem, text},
    text::{is_blank, plain},
};

/// What lets somebody override the four-eyes rule. It is in no role.
pub const FOUR_EYES_OVERRIDE: &str = "four_eyes_override";

/// An account, as its owner sees it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Account {
    /// Never changes.
    pub id: Uuid,
    /// The address they sign in with.
    pub email: String,
    /// Their name, as others see it.
    pub name: String,
}

/// Whether a second factor of an account is set up and confirmed.
#[auto_type]
pub(super) fn has_totp() -> _ {
    let confirmed = totp_secrets::confirmed_at.is_not_null();
    exists(totp_secrets::table.filter(totp_secrets::user_id.eq(users::id)).filter(confirmed))
}

/// Notes that an account was changed: the tag under which administrators know it moves.
pub fn touch(tx: &mut Tx<'_>, user: Uuid) -> Result<(), Problem> {
    diesel::update(users::table.find(user)).set(users::revision.eq(users::revision + 1)).execute(tx.conn)?;
    Ok(())
}

/// The account with this id.
///
/// # Errors
/// `internal` where there is none.
pub fn account(conn: &mut PgConnection, id: Uuid) -> Result<Account, Problem> {
    Ok(users::table.find(id).select(Account::as_select()).first(conn)?)
}

/// An account, and what its password was compared with. Comparing takes long enough for the password to be changed
/// meanwhile: what follows from it proves in its own transaction that it still holds.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The account.
    pub id: Uuid,
    /// The hash that the password was found to be the one of.
    pub password_hash: String,
}

impl Proven {
    /// Proves once more, up to the end of the transaction, that the password is the account's and the account lives.
    /// Changes of the account wait meanwhile. Whoever locks sessions as well locks the account before them.
    ///
    /// # Errors
    /// `invalid_credentials` where either has ended.
    pub fn hold(&self, tx: &mut Tx<'_>) -> Result<(), Problem> {
        let holds: Option<Uuid> = users::table
            .filter(users::id.eq(self.id).and(users::password_hash.eq(&self.password_hash)))
            .filter(users::disabled_at.is_null())
            .select(users::id)
            .for_share()
            .first(tx.conn)
            .optional()?;
        holds.map(|_| ()).ok_or_else(Problem::invalid_credentials)
    }

    /// Gives the account another password. Its sessions are for the caller to end.
    ///
    /// # Errors
    /// `invalid_credentials` where the old one is its password no more, or the account is disabled.
    pub fn change_password(&self, tx: &mut Tx<'_>, password_hash: &str) -> Result<(), Problem> {
        let account = users::table
            .filter(users::id.eq(self.id).and(users::password_hash.eq(&self.password_hash)))
            .filter(users::disabled_at.is_null());
        let changed = diesel::update(account).set(users::password_hash.eq(password_hash)).execute(tx.conn)?;
        if changed == 1 { Ok(()) } else { Err(Problem::invalid_credentials()) }
    }
}

/// A role to grant and where it is to hold, as `role` or `role@category-slug`.
#[derive(Clone, Debug)]
pub struct RoleAt {
    /// The role.
    pub role: Role,
    /// The slug of the category; on the whole site where there is none.
    pub category: Option<String>,
}

impl std::str::FromStr for RoleAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, category) =
            text.split_once('@').map_or((text, None), |(role, category)| (role, Some(category.to_owned())));
        let role = role.parse().map_err(|_| format!("there are the roles {}", Role::VARIANTS.join(", ")))?;
        Ok(Self { role, category })
    }
}

/// Makes a user with these roles, and answers their id.
///
/// # Errors
/// `validation_failed` for an address that is none or a category that is not there; `conflict` where the address
/// is taken.
pub fn make(
    tx: &mut Tx<'_>,
    email: &str,
    name: &str,
    password_hash: &str,
    roles: &[RoleAt],
    four_eyes_override: bool,
) -> Result<Uuid, Problem> {
    let stamp = Stamp::by_service(tx.now);
    let id = add(tx, stamp, email, name, password_hash)?;
    for RoleAt { role, category } in roles {
        let category: Option<Uuid> = match category {
            None => None,
            Some(slug) => {
                let found = categories::table.filter(categories::slug.eq(slug)).select(categories::id);
                let found: Option<Uuid> = found.first(tx.conn).optional()?;
                let unknown = || Problem::invalid("/role", "unknown", text("unknown-category").with("name", slug));
                Some(found.ok_or_else(unknown)?)
            }
        };
        grant(tx, id, *role, category)?;
    }
    if four_eyes_override {
        let_override(tx, id)?;
    }
    Ok(id)
}

/// Makes a user without any role, and answers their id.
///
/// # Errors
/// `validation_failed` for an address that is none or a name without anything to see; `conflict` where the address is
/// taken.
pub fn add(tx: &mut Tx<'_>, stamp: Stamp, email: &str, name: &str, password_hash: &str) -> Result<Uuid, Problem> {
    let email = email.trim().to_lowercase();
    let well_formed = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !email.contains(char::is_whitespace) && !domain.contains('@')
    });
    if !well_formed {
        return Err(Problem::invalid("/email", "invalid_format", text("format-email")));
    }
    let id: Option<Uuid> = diesel::insert_into(users::table)
        .values((
            users::id.eq(Uuid::now_v7()),
            users::email.eq(&email),
            users::name.eq(line(name)?),
            users::password_hash.eq(password_hash),
            users::created_at.eq(stamp.at),
        ))
        .on_conflict_do_nothing()
        .returning(users::id)
        .get_result(tx.conn)
        .optional()?;
    let id = id.ok_or_else(|| Problem::conflict(text("user-exists").with("email", &email)))?;
    audit::record(tx.conn, id, stamp, &Event::UserCreated {})?;
    Ok(id)
}

/// A name as it is stored: a line of plain text.
///
/// # Errors
/// `validation_failed` where it holds markup or nothing to see.
pub fn line(name: &str) -> Result<String, Problem> {
    let name = plain(name);
    if is_blank(&name) {
        return Err(Problem::invalid("/name", "too_short", text("too-short").with("limit", 1)));
    }
    if ammonia::is_html(&name) { Err(Problem::invalid("/name", "markup", text("markup"))) } else { Ok(name) }
}

/// Those of these accounts that are let in and read all that is filed in this category, whoever made it.
pub fn readers_of(conn: &mut PgConnection, category: Uuid, accounts: &[Uuid]) -> Result<HashSet<Uuid>, Problem> {
    let above = category_ancestors::table
        .filter(category_ancestors::category_id.eq(category))
        .select(category_ancestors::ancestor_id);
    let here = role_grants::category_id.is_null().or(role_grants::category_id.assume_not_null().eq_any(above));
    let roles: Vec<(Uuid, Role)> = role_grants::table
        .inner_join(users::table)
        .filter(users::id.eq_any(accounts))
        .filter(users::disabled_at.is_null())
        .filter(here)
        .select((users::id, role_grants::role))
        .load(conn)?;
    let reads = |role: Role| role.reach(Permission::Read) == Reach::All;
    Ok(roles.into_iter().filter(|(_, role)| reads(*role)).map(|(account, _)| account).collect())
}

/// Gives a user a role, on a category and all below it or on the whole site. One that they have is theirs already.
pub fn grant(tx: &mut Tx<'_>, user: Uuid, role: Role, category: Option<Uuid>) -> Result<(), Problem> {
    diesel::insert_into(role_grants::table)
        .values((
            role_grants::id.eq(Uuid::now_v7()),
            role_grants::user_id.eq(user),
            role_grants::role.eq(role),
            role_grants::category_id.eq(category),
            role_grants::created_at.eq(tx.now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    Ok(())
}

/// Lets a user override the four-eyes rule.
pub fn let_override(tx: &mut Tx<'_>, user: Uuid) -> Result<(), Problem> {
    diesel::insert_into(user_permissions::table)
        .values((user_permissions::user_id.eq(user), user_permissions::permission.eq(FOUR_EYES_OVERRIDE)))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    Ok(())
}
