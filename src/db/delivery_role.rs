//! The role that the public side signs in as: it may read the schema `delivery` and nothing else.

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Why the public side has no role to sign in as.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// The database cannot be reached.
    #[error("cannot connect to the database: {0}")]
    Connection(#[from] diesel::ConnectionError),
    /// A statement failed.
    #[error("the database refused: {0}")]
    Database(#[from] diesel::result::Error),
    /// The configured role could do more than read what is public.
    #[error(
        "the role of TINTUC_DELIVERY_DATABASE_URL can reach more than what is public; \
         give it a role of its own that owns nothing, is a member of nothing and has no other rights"
    )]
    TooStrong,
    /// The user of `DATABASE_URL` may not make roles: a database administrator has to.
    #[error(
        "the user of DATABASE_URL may not make the read-only role of the public side. \
         Ask a database administrator to run\n\n{statements}\n\n\
         and set TINTUC_DELIVERY_DATABASE_URL to the same database under that role"
    )]
    Administrator {
        /// What to run.
        statements: String,
    },
    /// `DATABASE_URL` is not a `postgres://` URL, so that no URL for the other role can be made from it.
    #[error("set TINTUC_DELIVERY_DATABASE_URL as well, or give DATABASE_URL as postgres://user:password@host/database")]
    NotAUrl,
}

#[derive(QueryableByName)]
struct Facts {
    #[diesel(sql_type = sql_types::Oid)]
    database: u32,
    #[diesel(sql_type = sql_types::Text)]
    database_name: String,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = sql_types::Bool)]
    yes: bool,
}

/// Makes or refreshes the role for the database at `url`, grants it the schema `delivery`, and answers the
/// URL under which the public side connects. `secret` makes its password: every replica derives the same.
///
/// # Errors
/// See [`RoleError`].
pub fn ensure(url: &SecretString, secret: impl Fn(&str) -> String) -> Result<SecretString, RoleError> {
    let mut delivery = Url::parse(url.expose_secret()).map_err(|_| RoleError::NotAUrl)?;
    let mut connection = PgConnection::establish(url.expose_secret())?;
    let facts: Facts = sql_query(
        "SELECT oid AS database, datname::text AS database_name FROM pg_database WHERE datname = current_database()",
    )
    .get_result(&mut connection)?;
    // Roles belong to the server, not to a database: the database's number tells two installations apart.
    let role = format!("tintuc_delivery_{}", facts.database);
    let password = secret(&role);
    let made = one_at_a_time(&mut connection, |connection| {
        let known: Answer = sql_query("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS yes")
            .bind::<sql_types::Text, _>(&role)
            .get_result(connection)?;
        let verb = if known.yes { "ALTER" } else { "CREATE" };
        // Role and password are made here of digits and hexadecimals, so quoting them is safe.
        connection.batch_execute(&format!(
            "{verb} ROLE {role} LOGIN NOINHERIT NOCREATEDB NOCREATEROLE PASSWORD '{password}'"
        ))?;
        grant(connection, &role)
    });
    if let Err(error) = made {
        if !error.to_string().contains("permission denied") && !error.to_string().contains("must ") {
            return Err(error.into());
        }
        let database = facts.database_name.replace('"', "\"\"");
        return Err(RoleError::Administrator {
            statements: format!(
                "  CREATE ROLE tintuc_delivery LOGIN NOINHERIT PASSWORD '…';\n  \
                 GRANT CONNECT ON DATABASE \"{database}\" TO tintuc_delivery;"
            ),
        });
    }
    let invalid = |()| RoleError::NotAUrl;
    delivery.set_username(&role).map_err(invalid)?;
    delivery.set_password(Some(&password)).map_err(invalid)?;
    Ok(delivery.to_string().into())
}

/// Grants what it needs to the role of a configured URL, and refuses one that could read more.
///
/// # Errors
/// See [`RoleError`].
pub fn adopt(url: &SecretString, delivery: &SecretString) -> Result<(), RoleError> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = sql_types::Text)]
        name: String,
    }
    let mut reader = PgConnection::establish(delivery.expose_secret())?;
    let Name { name } = sql_query("SELECT current_user::text AS name").get_result(&mut reader)?;
    let mut owner = PgConnection::establish(url.expose_secret())?;
    let Name { name: owner_name } = sql_query("SELECT current_user::text AS name").get_result(&mut owner)?;
    if name != owner_name {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        one_at_a_time(&mut owner, |owner| grant(owner, &quoted))?;
    }
    // Any right to any table is one too many: drafts are in `article_versions` as well. What an extension brought
    // along for everybody to read is none of ours.
    let strong: Answer = sql_query(
        "SELECT pg_has_role($1, 'MEMBER') OR EXISTS (
             SELECT FROM pg_class
              WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND (has_table_privilege(oid, 'DELETE, TRUNCATE, TRIGGER')
                     OR has_any_column_privilege(oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
                AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
         ) AS yes",
    )
    .bind::<sql_types::Text, _>(&owner_name)
    .get_result(&mut reader)?;
    if strong.yes { Err(RoleError::TooStrong) } else { Ok(()) }
}

/// Runs `work` in a transaction: replicas that start together would collide on the catalogue's rows.
fn one_at_a_time(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> diesel::QueryResult<()>,
) -> diesel::QueryResult<()> {
    connection.transaction(|connection| {
        connection.batch_execute("SELECT pg_advisory_xact_lock(29801)")?;
        work(connection)
    })
}

/// Lets the role read the schema `delivery`, and takes from everybody but the owner the right to temporary objects:
/// a temporary function in a filter would be handed rows that the views hide.
fn grant(connection: &mut PgConnection, role: &str) -> diesel::QueryResult<()> {
    connection.batch_execute(&format!(
        "GRANT USAGE ON SCHEMA delivery TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA delivery TO {role}; \
         DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$"
    ))
}
