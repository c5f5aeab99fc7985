//! What the service may do in its own server: all with its database, and nothing else.

use diesel::connection::SimpleConnection;
use tintuc::db::embedded::Sides;
use tintuc::db::{delivery_role, migrations};
use tintuc::newsroom::Transition::Submit;

use super::*;
use crate::process::{Data, Program};
use crate::support::{Approver, Author, Editor, Site, an_article};

/// A service over an embedded server, as `serve` connects it.
async fn serving(sides: &Sides) -> Site {
    let Sides { newsroom, delivery } = sides.clone();
    Site::over(newsroom.expose_secret(), |settings| settings.delivery_database_url = Some(delivery)).await
}

fn refusal(connection: &mut PgConnection, statement: &str) -> String {
    connection.batch_execute(statement).expect_err(statement).to_string()
}

/// What a role owns in the database of the connection, by kind.
fn owned(connection: &mut PgConnection, role: &str) -> String {
    ask(
        connection,
        &format!(
            "SELECT string_agg(kind || ' ' || number, ', ' ORDER BY kind) FROM (
                 SELECT classid::regclass::text AS kind, count(*) AS number FROM pg_shdepend
                  WHERE refclassid = 'pg_authid'::regclass AND refobjid = '{role}'::regrole AND deptype = 'o'
                    AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND classid NOT IN ('pg_extension'::regclass, 'pg_default_acl'::regclass)
                  GROUP BY classid
             ) kinds"
        ),
    )
}

#[test]
fn the_service_owns_its_database_and_may_do_nothing_else_to_the_server() {
    let place = Place::new();
    let server = place.start();
    run(&mut connect(&server.admin_url("postgres")), "CREATE DATABASE somebody_elses");
    let sides = server.sides("news").unwrap();
    migrations::run(sides.newsroom.expose_secret()).unwrap();

    let mut service = connect(sides.newsroom.expose_secret());

    assert_eq!(
        ask(
            &mut service,
            "SELECT count(*) FROM pg_roles, pg_database WHERE datname = 'news' AND datdba = pg_roles.oid
                AND rolname = current_user AND NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication
                                                    OR rolbypassrls)"
        ),
        "1"
    );
    for (forbidden, by) in [
        ("SELECT pg_read_file('PG_VERSION')", "permission denied"),
        ("SELECT pg_ls_dir('.')", "permission denied"),
        ("SELECT rolpassword FROM pg_authid", "permission denied"),
        ("SELECT pg_switch_wal()", "permission denied"),
        ("SELECT lo_import('/etc/passwd')", "permission denied"),
        ("COPY (SELECT 1) TO PROGRAM 'true'", "pg_execute_server_program"),
        ("COPY articles TO '/tmp/articles'", "pg_write_server_files"),
        ("COPY articles FROM '/etc/passwd'", "pg_read_server_files"),
        // What whoever may make roles could do before PostgreSQL 16.
        ("GRANT pg_execute_server_program TO CURRENT_USER", "must have admin option"),
        ("CREATE ROLE accomplice", "permission denied"),
        ("ALTER ROLE tintuc_service SUPERUSER", "must be superuser"),
        ("SET ROLE tintuc", "permission denied"),
        ("CREATE DATABASE mine", "permission denied"),
        ("DROP DATABASE somebody_elses", "must be owner"),
        ("ALTER SYSTEM SET work_mem = '1MB'", "must be superuser"),
        ("SET session_preload_libraries = 'x'", "permission denied"),
        ("CREATE FUNCTION c() RETURNS int LANGUAGE c AS 'libc', 'abort'", "permission denied"),
        ("CREATE EXTENSION file_fdw", "permission denied"),
    ] {
        let refused = refusal(&mut service, forbidden);
        assert!(refused.contains(by) || refused.contains("permission denied"), "{forbidden}: {refused}");
    }
    let mut url = url::Url::parse(sides.newsroom.expose_secret()).unwrap();
    for other in ["postgres", "template1", "somebody_elses"] {
        url.set_path(other);
        let refused = PgConnection::establish(url.as_str()).map(drop).unwrap_err().to_string();
        assert!(refused.contains("permission denied for database"), "{other}: {refused}");
    }
    server.stop().unwrap();
}

#[actix_web::test]
async fn a_database_of_an_earlier_version_is_handed_over_and_goes_on() {
    let place = Place::new();
    let settings = vec![("log_statement".to_owned(), "all".to_owned())];
    let server = Embedded::start(&Options { settings, ..options(&place.dir) }).unwrap();
    // As it was done: everything by the superuser, and a password of the public side that follows from the signing key.
    let superuser = server.admin_url("news");
    run(&mut connect(&server.admin_url("postgres")), "CREATE DATABASE news TEMPLATE template0 ENCODING 'UTF8'");
    let before = Site::over(&superuser, |_| ()).await;
    let live = before.live(before.article().await.titled("Đăng từ trước")).await;
    let author = before.person([Author]).await;
    before.sql("CREATE TYPE colour AS ENUM ('red'); CREATE SEQUENCE \"Số\"; CREATE DOMAIN d AS int").unwrap();

    let sides = server.sides("news").unwrap();
    let site = serving(&sides).await;

    assert_eq!(site.public(&live).await.is(200).data()["title"], "Đăng từ trước");
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let edited = editor.edits(&editor.sees(&live).await, serde_json::json!({ "title": "Sửa sau đó" })).await;
    let approved = approver.approves(&editor.does(Submit, &edited).await).await;
    approver.publishes(&approved).await;
    assert_eq!(site.public(&live).await.is(200).data()["title"], "Sửa sau đó");
    // The service that ran meanwhile goes on.
    assert_eq!(before.public(&live).await.is(200).data()["title"], "Sửa sau đó");
    author.creates(an_article().titled("Của bản chạy từ trước")).await;

    site.sql("DROP TYPE colour; DROP SEQUENCE \"Số\"; DROP DOMAIN d").unwrap();
    let fresh = server.sides("fresh").unwrap();
    migrations::run(fresh.newsroom.expose_secret()).unwrap();
    let all = owned(&mut connect(fresh.newsroom.expose_secret()), "tintuc_service");
    assert!(all.contains("pg_class ") && all.contains("pg_proc ") && all.contains("pg_namespace 1"), "{all}");
    assert_eq!(owned(&mut connect(sides.newsroom.expose_secret()), "tintuc_service"), all);
    while migrations::revert_last(sides.newsroom.expose_secret()).is_ok() {}
    migrations::run(sides.newsroom.expose_secret())
        .expect("every migration can be taken back and applied by the owner");

    let log = || fs::read_to_string(place.dir.join("server.log")).unwrap();
    let changes = || {
        let log = log();
        let roles = log.lines().filter(|line| line.contains("statement: ") && line.contains(" ROLE "));
        roles.count() + log.matches("; ALTER ").count() + log.matches("; REVOKE ALL ON DATABASE ").count()
    };
    let done = changes();
    assert!(done > 50, "{done}");
    server.sides("news").unwrap();
    assert_eq!(changes(), done, "nothing is left to do");
    assert!(!log().contains(url::Url::parse(sides.newsroom.expose_secret()).unwrap().password().unwrap()));
    server.stop().unwrap();
}

#[test]
fn roles_that_an_earlier_version_or_somebody_changed_are_put_right() {
    let place = Place::new();
    let server = place.start();
    let sides = server.sides("news").unwrap();
    migrations::run(sides.newsroom.expose_secret()).unwrap();
    delivery_role::adopt(&sides.newsroom, &sides.delivery).unwrap();
    let mut superuser = connect(&server.admin_url("news"));
    superuser.batch_execute("ALTER ROLE tintuc_service SUPERUSER CREATEROLE PASSWORD 'x'").unwrap();
    // What an earlier version does when it is started again.
    delivery_role::ensure(&server.admin_url("news").into(), |_| "another".to_owned()).unwrap();
    superuser.batch_execute("CREATE TABLE made_meanwhile ()").unwrap();
    assert!(PgConnection::establish(sides.delivery.expose_secret()).is_err());

    server.sides("news").unwrap();

    let mut service = connect(sides.newsroom.expose_secret());
    assert!(refusal(&mut service, "CREATE ROLE accomplice").contains("permission denied"));
    run(&mut service, "DROP TABLE made_meanwhile");
    connect(sides.delivery.expose_secret()).batch_execute("SELECT FROM delivery.articles").unwrap();
    server.stop().unwrap();
}

#[test]
fn nothing_that_the_service_put_in_its_database_is_run_by_the_superuser() {
    let place = Place::new();
    let server = place.start();
    let sides = server.sides("news").unwrap();
    let mut service = connect(sides.newsroom.expose_secret());
    // Fits better than the operator of the system that is meant, and so stands before it where `public` is looked into.
    service
        .batch_execute(
            "CREATE TABLE run_by (name name);
             CREATE FUNCTION trap(text, oid) RETURNS text LANGUAGE plpgsql AS
                 $$ BEGIN INSERT INTO public.run_by VALUES (current_user); RETURN $1 OPERATOR(pg_catalog.||) $2; END $$;
             CREATE OPERATOR || (LEFTARG = text, RIGHTARG = oid, FUNCTION = trap);
             ALTER DATABASE news SET search_path = public, pg_catalog",
        )
        .unwrap();

    server.sides("news").unwrap();

    assert_eq!(ask(&mut service, "SELECT count(*) FROM run_by"), "0");
    server.stop().unwrap();
}

#[actix_web::test]
async fn the_program_and_its_commands_sign_in_as_no_superuser() {
    let data = Data::new();
    let program = Program::start(&data.folder);
    program.titles().await;
    let made = Command::new(env!("CARGO_BIN_EXE_tintuc"))
        .args(["create-user", "--email", "a@tintuc.example", "--name", "A", "--role", "admin", "--data-dir"])
        .arg(&data.folder)
        .env_remove("DATABASE_URL")
        .env("TINTUC_PASSWORD", "một mật khẩu dài")
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");

    let newsroom = embedded::running(&data.folder.join("postgres")).unwrap().newsroom("tintuc").unwrap();

    let mut service = connect(newsroom.expose_secret());
    let of_database = "pg_stat_activity WHERE datname = current_database() AND usename IS NOT NULL";
    let users = format!("SELECT string_agg(DISTINCT regexp_replace(usename, '[0-9]+$', 'N'), ' ') FROM {of_database}");
    // The superuser has made the roles when the command began; its process takes a moment to end.
    let those = "tintuc_delivery_N tintuc_service";
    for _ in 0..100 {
        if ask(&mut service, &users) == those {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    assert_eq!(ask(&mut service, &users), those);
    assert_eq!(ask(&mut service, "SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname LIKE 'tintuc\\_%'"), "false");
    drop(service);
    assert!(program.stop(Signal::SIGTERM).success());
}
