//! `tintuc create-user`: makes the first user, and any other.

use clap::Args;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{Failure, database::Connected};
use crate::{
    access::{Role, password},
    audit,
    db::{
        Newsroom, Tx, migrations,
        schema::{categories, role_grants, user_permissions, users},
    },
    http::{Problem, texts::Language},
    settings::Settings,
    text::plain,
};

/// A user to make.
#[derive(Args, Debug)]
pub struct NewUser {
    /// The address to sign in with
    #[arg(long)]
    email: String,
    /// The name that others see
    #[arg(long)]
    name: String,
    /// A role on the whole site, or with `@category-slug` on that category and all below it; may repeat
    #[arg(long = "role", value_name = "ROLE[@CATEGORY]", required = true)]
    roles: Vec<RoleArgument>,
    /// Let the user override the four-eyes rule, which no role does
    #[arg(long)]
    four_eyes_override: bool,
}

/// A role and where it holds.
#[derive(Clone, Debug)]
pub struct RoleArgument {
    role: Role,
    category: Option<String>,
}

impl std::str::FromStr for RoleArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        use strum::VariantNames;
        let (role, category) =
            text.split_once('@').map_or((text, None), |(role, category)| (role, Some(category.to_owned())));
        let role = role.parse().map_err(|_| format!("there are the roles {}", Role::VARIANTS.join(", ")))?;
        Ok(Self { role, category })
    }
}

/// Runs the command.
///
/// # Errors
/// Where the database is not there, or does not take the user.
pub fn run(settings: &Settings, user: &NewUser) -> Result<(), Failure> {
    let password = match std::env::var("TINTUC_PASSWORD") {
        Ok(password) => SecretString::from(password),
        Err(_) => rpassword::prompt_password(format!("Password for {}: ", user.email))?.into(),
    };
    password::acceptable(&password).map_err(|message| format!("password: {}", message.in_language(Language::En)))?;
    let hash = password::hash(&password).map_err(|error| error.to_string())?;
    let database = Connected::to_work(settings)?;
    let outcome = migrations::run(database.url.expose_secret()).map_err(Failure::from).and_then(|_| {
        let pool = Newsroom::open(&database.url, 1)?;
        Ok(pool.transaction_here(|tx| make(tx, &user.email, &user.name, &hash, &user.roles, user.four_eyes_override))?)
    });
    database.release()?;
    println!("Made {} ({}).", user.email, outcome?);
    Ok(())
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
    roles: &[RoleArgument],
    four_eyes_override: bool,
) -> Result<Uuid, Problem> {
    use crate::http::text;
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
            users::name.eq(plain(name)),
            users::password_hash.eq(password_hash),
            users::created_at.eq(tx.now),
        ))
        .on_conflict_do_nothing()
        .returning(users::id)
        .get_result(tx.conn)
        .optional()?;
    let id = id.ok_or_else(|| Problem::conflict(text("user-exists").with("email", &email)))?;
    for RoleArgument { role, category } in roles {
        let category: Option<Uuid> = match category {
            None => None,
            Some(slug) => {
                let found = categories::table.filter(categories::slug.eq(slug)).select(categories::id);
                let found: Option<Uuid> = found.first(tx.conn).optional()?;
                let unknown = || Problem::invalid("/role", "unknown", text("unknown-category").with("name", slug));
                Some(found.ok_or_else(unknown)?)
            }
        };
        diesel::insert_into(role_grants::table)
            .values((
                role_grants::id.eq(Uuid::now_v7()),
                role_grants::user_id.eq(id),
                role_grants::role.eq(role),
                role_grants::category_id.eq(category),
                role_grants::created_at.eq(tx.now),
            ))
            .on_conflict_do_nothing()
            .execute(tx.conn)?;
    }
    if four_eyes_override {
        diesel::insert_into(user_permissions::table)
            .values((user_permissions::user_id.eq(id), user_permissions::permission.eq("four_eyes_override")))
            .execute(tx.conn)?;
    }
    audit::record(tx, "user.created", id, None, serde_json::json!({}))?;
    Ok(id)
}
