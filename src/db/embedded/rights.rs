//! Who may do what in the cluster. Each side of the service has a role of its own, and neither is a superuser: one owns the
//! database and all that is in it, the other may read what the owner grants it (`db::delivery_role`). The superuser makes
//! these two, hands over what is not theirs yet, and does nothing else in the database.
//!
//! Neither may make roles. Before PostgreSQL 16 whoever may can become a member of `pg_execute_server_program`, and so run
//! what it likes under the account of the server.

use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Text};
use secrecy::SecretString;
use tracing::info;

use super::EmbeddedError;
use super::address::Address;
use crate::db::{
    delivery_role::{Reader, one_at_a_time},
    scram,
};

/// Owns the database.
const SERVICE: &str = "tintuc_service";

/// How long to wait for whoever uses a table that is handed over.
const LOCK_TIMEOUT: &str = "5s";

/// The statements that are left to run before all is the service's that the superuser made in this database, as whom earlier
/// versions signed in. Members of an extension stay where they are: who may make an extension without being a superuser does
/// not own them either. Sequences go with the table whose column they are of, array and row types with what they are made
/// for. `REASSIGN OWNED` does none of it for the superuser that came with the cluster. Beside it: nobody but its owner
/// enters another database.
const LEFT_TO_DO: &str = r"
    WITH ours AS (
        SELECT oid, nspname, nspowner FROM pg_namespace
         WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
    ), things (kind, class, oid, owner, name) AS (
        SELECT 'DATABASE', 'pg_database'::regclass, oid, datdba, quote_ident(datname) FROM pg_database
         WHERE datname = current_database()
        UNION ALL
        SELECT 'SCHEMA', 'pg_namespace'::regclass, oid, nspowner, quote_ident(nspname) FROM ours
        UNION ALL
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, 'pg_class'::regclass, oid, relowner,
               oid::regclass::text
          FROM pg_class
         WHERE relnamespace IN (SELECT oid FROM ours) AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
        UNION ALL
        SELECT 'ROUTINE', 'pg_proc'::regclass, oid, proowner, oid::regprocedure::text FROM pg_proc
         WHERE pronamespace IN (SELECT oid FROM ours)
        UNION ALL
        SELECT 'TYPE', 'pg_type'::regclass, t.oid, typowner, t.oid::regtype::text
          FROM pg_type t LEFT JOIN pg_class c ON c.oid = typrelid
         WHERE typnamespace IN (SELECT oid FROM ours) AND (typtype IN ('d', 'e', 'r') OR relkind = 'c')
    )
    SELECT format('ALTER %s %s OWNER TO tintuc_service', kind, name) AS statement FROM things
     WHERE owner = (SELECT current_user::regrole)
       AND NOT EXISTS (SELECT FROM pg_depend
                        WHERE classid = class AND objid = things.oid
                          AND (deptype = 'e' OR kind = 'SEQUENCE' AND deptype IN ('a', 'i')))
    UNION ALL
    SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname) FROM pg_database
     WHERE datallowconn AND datname <> current_database() AND datdba = (SELECT current_user::regrole)
       AND has_database_privilege('public', oid, 'CONNECT, TEMPORARY')";

/// The URLs of one database, for each side of the service.
#[derive(Clone, Debug)]
pub struct Sides {
    /// For the management side, which owns it.
    pub newsroom: SecretString,
    /// For the public side.
    pub delivery: SecretString,
}

#[derive(QueryableByName)]
struct Statement {
    #[diesel(sql_type = Text)]
    statement: String,
}

#[derive(QueryableByName)]
struct Role {
    #[diesel(sql_type = Text)]
    password: String,
    #[diesel(sql_type = Bool)]
    modest: bool,
}

/// Makes sure of the database and of both roles.
pub(super) fn sides(address: &Address, database: &str) -> Result<Sides, EmbeddedError> {
    let mut superuser = address.enter(database)?;
    let reader = one_at_a_time(&mut superuser, |superuser| {
        hand_over(superuser, address)?;
        let Reader { role, .. } = Reader::here(superuser)?;
        make_sure(superuser, address, &role, "NOINHERIT")?;
        Ok(role)
    });
    let reader = reader.map_err(refused)?;
    Ok(Sides { newsroom: address.url(SERVICE, database).into(), delivery: address.url(&reader, database).into() })
}

/// Makes sure of the database and of its owner, beside a service that runs. If that is of an earlier version, the password of
/// the public side is still its own to make.
pub(super) fn newsroom(address: &Address, database: &str) -> Result<SecretString, EmbeddedError> {
    let mut superuser = address.enter(database)?;
    one_at_a_time(&mut superuser, |superuser| hand_over(superuser, address)).map_err(refused)?;
    Ok(address.url(SERVICE, database).into())
}

fn refused(error: diesel::result::Error) -> EmbeddedError {
    EmbeddedError::Database { action: "see to the rights in the database", reason: error.to_string() }
}

/// Makes sure of the owner, and gives it what is not its own yet.
fn hand_over(superuser: &mut PgConnection, address: &Address) -> QueryResult<()> {
    make_sure(superuser, address, SERVICE, "INHERIT")?;
    let left: Vec<Statement> = sql_query(LEFT_TO_DO).load(superuser)?;
    if left.is_empty() {
        return Ok(());
    }
    let statements: String = left.iter().map(|left| format!("; {}", left.statement)).collect();
    superuser.batch_execute(&format!("SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'{statements}"))?;
    info!(statements = left.len(), owner = SERVICE, "handed the database over");
    Ok(())
}

/// Makes sure of a role that can sign in and do no more. One that is as it should be is left as it is.
fn make_sure(superuser: &mut PgConnection, address: &Address, role: &str, inherit: &str) -> QueryResult<()> {
    let password = address.password_of(role);
    let known: Option<Role> = sql_query(
        "SELECT coalesce(rolpassword, '') AS password,
                rolcanlogin AND NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls) AS modest
           FROM pg_authid WHERE rolname = $1",
    )
    .bind::<Text, _>(role)
    .get_result(superuser)
    .optional()?;
    let verb = match known {
        Some(known) if known.modest && scram::is_verifier(&known.password, &password) => return Ok(()),
        Some(_) => "ALTER",
        None => "CREATE",
    };
    let verifier = scram::verifier(&password);
    superuser.batch_execute(&format!(
        "{verb} ROLE {role} LOGIN NOSUPERUSER {inherit} NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS \
         PASSWORD '{verifier}'"
    ))
}
