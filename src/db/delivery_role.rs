//! The role that the public side signs in as: it may read the schema `delivery` and nothing else.

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::scram;

/// Why the public side has no role to sign in as.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// The database cannot be reached.
    #[error("cannot connect to the database: {0}")]
    Connection(#[from] diesel::ConnectionError),
    /// A statement failed.
    #[error("the database refused: {0}")]
    Database(#[from] diesel::result::Error),
    /// The role could do more than read what is public.
    #[error(
        "the role {0} of the public side can reach more than what is public; \
         it may own nothing, be a member of nothing and have no rights to tables, nor may PUBLIC. \
         With TINTUC_DELIVERY_DATABASE_URL another role can be given"
    )]
    TooStrong(String),
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

/// The role of a database.
#[derive(QueryableByName)]
pub(super) struct Reader {
    /// Its name. Roles belong to the server, not to a database: the database's number tells two installations apart.
    #[diesel(sql_type = sql_types::Text)]
    pub role: String,
    #[diesel(sql_type = sql_types::Text)]
    database: String,
}

impl Reader {
    /// The one of the database that the connection is to, whether or not it is there.
    pub fn here(connection: &mut PgConnection) -> diesel::QueryResult<Self> {
        sql_query(
            "SELECT 'tintuc_delivery_' || oid AS role, datname::text AS database
               FROM pg_database WHERE datname = current_database()",
        )
        .get_result(connection)
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = sql_types::Bool)]
    yes: bool,
}

/// Makes sure of the role for the database at `url`, grants it the schema `delivery`, and answers the URL under which the
/// public side connects. `secret` makes its password: every replica derives the same, and a role that can sign in by it is left
/// as it is.
///
/// # Errors
/// See [`RoleError`].
pub fn ensure(url: &SecretString, secret: impl Fn(&str) -> String) -> Result<SecretString, RoleError> {
    let mut delivery = Url::parse(url.expose_secret()).map_err(|_| RoleError::NotAUrl)?;
    let mut connection = PgConnection::establish(url.expose_secret())?;
    let Reader { role, database } = Reader::here(&mut connection)?;
    let password = secret(&role);
    let invalid = |()| RoleError::NotAUrl;
    delivery.set_username(&role).map_err(invalid)?;
    delivery.set_password(Some(&password)).map_err(invalid)?;
    let made = one_at_a_time(&mut connection, |connection| {
        let known: Answer = sql_query("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS yes")
            .bind::<sql_types::Text, _>(&role)
            .get_result(connection)?;
        if !known.yes || PgConnection::establish(delivery.as_str()).is_err() {
            let verb = if known.yes { "ALTER" } else { "CREATE" };
            let verifier = scram::verifier(&password);
            connection.batch_execute(&format!(
                "{verb} ROLE {role} LOGIN NOINHERIT NOCREATEDB NOCREATEROLE PASSWORD '{verifier}'"
            ))?;
        }
        grant(connection, &role)
    });
    if let Err(error) = made {
        if !error.to_string().contains("permission denied") && !error.to_string().contains("must ") {
            return Err(error.into());
        }
        let database = database.replace('"', "\"\"");
        return Err(RoleError::Administrator {
            statements: format!(
                "  CREATE ROLE tintuc_delivery LOGIN NOINHERIT PASSWORD '…';\n  \
                 GRANT CONNECT ON DATABASE \"{database}\" TO tintuc_delivery;"
            ),
        });
    }
    let mut reader = PgConnection::establish(delivery.as_str())?;
    refuse_too_strong(&mut reader, &user(&mut connection)?)?;
    Ok(delivery.to_string().into())
}

/// Grants what it needs to the role of a configured URL, and refuses one that could read more.
///
/// # Errors
/// See [`RoleError`].
pub fn adopt(url: &SecretString, delivery: &SecretString) -> Result<(), RoleError> {
    let mut reader = PgConnection::establish(delivery.expose_secret())?;
    let name = user(&mut reader)?;
    let mut owner = PgConnection::establish(url.expose_secret())?;
    let owner_name = user(&mut owner)?;
    if name != owner_name {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        one_at_a_time(&mut owner, |owner| grant(owner, &quoted))?;
    }
    refuse_too_strong(&mut reader, &owner_name)
}

/// Sees to it that whoever may use the schema `delivery`, all of which is public, can read what migrations are about to make
/// in it, from the moment they commit: services that run meanwhile go on reading.
///
/// # Errors
/// Where a statement fails.
pub fn keep_readers(connection: &mut PgConnection) -> diesel::QueryResult<()> {
    one_at_a_time(connection, |connection| {
        let readers: Vec<Name> = sql_query(
            "SELECT DISTINCT quote_ident(rolname) AS name
               FROM pg_namespace, aclexplode(nspacl) AS given JOIN pg_roles ON pg_roles.oid = grantee
              WHERE nspname = 'delivery' AND privilege_type = 'USAGE' AND grantee <> nspowner",
        )
        .load(connection)?;
        readers.iter().try_for_each(|reader| let_read(connection, &reader.name))
    })
}

fn user(connection: &mut PgConnection) -> diesel::QueryResult<String> {
    let user: Name = sql_query("SELECT current_user::text AS name").get_result(connection)?;
    Ok(user.name)
}

fn refuse_too_strong(reader: &mut PgConnection, owner: &str) -> Result<(), RoleError> {
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
    .bind::<sql_types::Text, _>(owner)
    .get_result(reader)?;
    if strong.yes { Err(RoleError::TooStrong(user(reader)?)) } else { Ok(()) }
}

/// Runs `work` in a transaction: replicas that start together would collide on the catalogue's rows.
pub(super) fn one_at_a_time<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> diesel::QueryResult<T>,
) -> diesel::QueryResult<T> {
    connection.transaction(|connection| {
        connection.batch_execute("SELECT pg_advisory_xact_lock(29801)")?;
        work(connection)
    })
}

/// Lets the role read the schema `delivery`, and takes from everybody but the owner the right to temporary objects:
/// a temporary function in a filter would be handed rows that the views hide.
fn grant(connection: &mut PgConnection, role: &str) -> diesel::QueryResult<()> {
    connection.batch_execute(&format!(
        "GRANT USAGE ON SCHEMA delivery TO {role}; \
         DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$"
    ))?;
    let_read(connection, role)
}

/// Lets the role read all views of the schema `delivery`, those that this user will make included.
fn let_read(connection: &mut PgConnection, role: &str) -> diesel::QueryResult<()> {
    connection.batch_execute(&format!(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA delivery GRANT SELECT ON TABLES TO {role}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA delivery TO {role}"
    ))
}
