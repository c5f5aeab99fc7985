//! What the public side's role may do in the database: read what is public, and nothing else.

use diesel::{Connection, PgConnection, QueryResult, RunQueryDsl, connection::SimpleConnection, dsl::sql, sql_types};
use serde_json::json;
use tintuc::{
    app::{App, StartError},
    db::{delivery_role::RoleError, migrations},
    settings::Settings,
    text::hexadecimal,
};

use crate::support::{
    Approver, Author, Site, files, in_minutes,
    postgres::{self, under},
};

/// Runs a statement as the public side.
async fn as_the_public(site: &Site, statement: &str) -> QueryResult<()> {
    let statement = statement.to_owned();
    site.app.delivery.read(move |conn| Ok(conn.batch_execute(&statement))).await.expect("a connection")
}

/// The tables, views and the like in a schema, as the catalogue has them.
fn relations(site: &Site, schema: &str) -> Vec<String> {
    let names = sql::<sql_types::Array<sql_types::Text>>(&format!(
        "(SELECT array_agg(relname::text ORDER BY relname) FROM pg_class
           WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f'))"
    ));
    site.transaction(|tx| Ok(diesel::select(names).get_result(tx.conn)?))
}

fn execute(url: &str, statements: &str) {
    let mut connection = PgConnection::establish(url).expect("a connection");
    connection.batch_execute(statements).expect(statements);
}

/// Starts the parts of a service over the database, the public side under a URL of its own.
fn start(url: &str, delivery: Option<&str>) -> Result<App, StartError> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings = Settings::defaults();
    settings.data_dir = Some(folder.path().to_owned());
    settings.database_connections = 1;
    settings.delivery_database_url = delivery.map(Into::into);
    App::connect(settings, &url.into())
}

#[actix_web::test]
async fn the_public_side_can_read_no_table_at_all() {
    let site = Site::start().await;
    let tables = relations(&site, "public");
    for known in ["users", "sessions", "articles", "article_versions", "published_articles", "events", "royalties"] {
        assert!(tables.iter().any(|table| table == known), "{known} is a table");
    }
    for table in tables {
        for statement in [
            format!("SELECT FROM {table}"),
            format!("SELECT count(*) FROM {table}"),
            format!("INSERT INTO {table} DEFAULT VALUES"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            let refusal = as_the_public(&site, &statement).await.expect_err(&statement).to_string();
            let refused = refusal.starts_with("permission denied")
                // What nobody can do with a view is not asked about rights first.
                || (!statement.starts_with("SELECT") && refusal.contains("view"))
                || refusal.contains("is not a table");
            assert!(refused, "{statement}: {refusal}");
        }
    }
}

#[actix_web::test]
async fn the_public_side_reads_every_view_of_its_schema_and_writes_none() {
    let site = Site::start().await;
    let views = relations(&site, "delivery");
    assert!(views.len() >= 9, "{views:?}");
    for view in views {
        as_the_public(&site, &format!("SELECT * FROM delivery.{view}")).await.expect(&view);
        for statement in [format!("DELETE FROM delivery.{view}"), format!("INSERT INTO delivery.{view} DEFAULT VALUES")]
        {
            let refusal = as_the_public(&site, &statement).await.expect_err(&statement).to_string();
            assert!(refusal.contains("permission denied") || refusal.contains("cannot "), "{statement}: {refusal}");
        }
    }
}

#[actix_web::test]
async fn the_public_side_can_make_nothing() {
    let site = Site::start().await;
    for statement in [
        "CREATE TABLE public.mine (a int)",
        "CREATE TABLE delivery.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE VIEW delivery.mine AS SELECT 1",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql RETURN 1",
        "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql RETURN 1",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
    ] {
        let refusal = as_the_public(&site, statement).await.expect_err(statement).to_string();
        assert!(refusal.starts_with("permission denied"), "{statement}: {refusal}");
    }
}

#[actix_web::test]
async fn the_views_hold_only_what_is_live() {
    let site = Site::start().await;
    let article = site.article().await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    author.creates(article.clone().tagged(["Nháp"]).with("author", json!({ "name": "Nháp" }))).await;
    let hidden = site.approved(article.clone().tagged(["Hẹn giờ"]).with("related", json!([]))).await;
    approver.publishes_with(&hidden, json!({ "publish_at": in_minutes(30) })).await;
    let live = site.live(article.tagged(["Đã đăng"]).with("related", json!([hidden.id]))).await;

    for (rows, count) in [
        (format!("articles WHERE article_id = '{}'", live.id), 1),
        ("articles".to_owned(), 1),
        ("article_tags".to_owned(), 1),
        ("tags".to_owned(), 1),
        ("authors".to_owned(), 0),
        ("slugs".to_owned(), 1),
        ("article_links".to_owned(), 1),
    ] {
        let count_of = sql::<sql_types::BigInt>(&format!("(SELECT count(*) FROM delivery.{rows})"));
        let seen: i64 =
            site.app.delivery.read(|conn| Ok(diesel::select(count_of).get_result(conn)?)).await.expect("a count");
        assert_eq!(seen, count, "{rows}");
    }
}

#[actix_web::test]
async fn a_condition_made_to_fail_carries_nothing_of_a_draft() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("Nháp.pdf", &files::pdf("nháp")).await;
    let draft = site.article().await.tagged(["Nháp"]).with("author", json!({ "name": "Nháp" }));
    author.creates(draft.with("slug", "nhap").with("attachments", json!([{ "media_id": file.uuid() }]))).await;

    for (view, column) in [("tags", "name"), ("authors", "name"), ("media", "file_name"), ("slugs", "slug")] {
        let statement = format!("SELECT FROM delivery.{view} WHERE {column}::integer > 0");
        as_the_public(&site, &statement).await.expect(&statement);
    }
}

/// Views that would be read whole behind a barrier, as the migration `barriers` says.
const WITHOUT_BARRIER: [&str; 16] = [
    "article_categories",
    "article_changes",
    "article_links",
    "article_media",
    "article_tags",
    "articles",
    "cards",
    "cards_by_category",
    "cards_by_tag",
    "recordings",
    "search_terms",
    "shown",
    "shown_by_category",
    "shown_by_tag",
    "tag_terms",
    "view_totals",
];

#[actix_web::test]
async fn every_other_view_of_the_public_side_is_a_barrier() {
    let site = Site::start().await;
    let without = sql::<sql_types::Array<sql_types::Text>>(
        "(SELECT array_agg(relname::text ORDER BY relname) FROM pg_class
           WHERE relnamespace = 'delivery'::regnamespace AND relkind = 'v'
             AND NOT coalesce(reloptions, '{}') && '{security_barrier=true}')",
    );

    let without: Vec<String> = site.transaction(|tx| Ok(diesel::select(without).get_result(tx.conn)?));

    assert_eq!(without, WITHOUT_BARRIER);
}

#[actix_web::test]
async fn starting_twice_makes_the_role_once() {
    let url = postgres::fresh_database(None);

    start(&url, None).map(drop).expect("the first start");
    start(&url, None).map(drop).expect("the second start");
}

#[actix_web::test]
async fn no_statement_holds_a_password_and_a_role_that_can_sign_in_is_left_as_it_is() {
    let server = postgres::Own::with([("log_statement", "all"), ("password_encryption", "md5")]);
    let site = Site::over(&server.url(), |_| ()).await;
    let of_roles = || -> Vec<String> {
        let log = server.log();
        let lines = log.lines().filter(|line| line.contains(" ROLE tintuc_delivery_"));
        lines.map(|line| line.split_once("statement: ").unwrap().1.to_owned()).collect()
    };
    let made = of_roles();
    let [statement] = made.as_slice() else { panic!("{made:?}") };
    let role = statement.strip_prefix("CREATE ROLE ").unwrap().split(' ').next().unwrap();
    assert!(statement.ends_with('\'') && statement.contains(" PASSWORD 'SCRAM-SHA-256$4096:"), "{statement}");
    assert!(!server.log().contains(&hexadecimal(&site.app.keys.derive(role))));

    let _replica = site.replica().await;
    assert_eq!(of_roles(), made, "a replica has nothing to change");

    // Another signing key, and so another password.
    let other = start(&server.url(), None).expect("a service under another key");
    other.delivery.read(|conn| Ok(conn.batch_execute("SELECT FROM delivery.articles")?)).await.expect("it reads");
    let changed = of_roles();
    assert!(changed.len() == 2 && changed[1].starts_with("ALTER ROLE "), "{changed:?}");
    assert!(!server.log().contains(&hexadecimal(&other.keys.derive(role))));
}

#[actix_web::test]
async fn what_migrations_make_is_read_by_services_that_run_meanwhile() {
    let site = Site::start().await;
    // Back to before there were views of counts, which the service of then could not be granted.
    while !migrations::revert_last(site.database()).expect("a way back").contains("000008") {}
    assert!(!relations(&site, "delivery").contains(&"view_totals".to_owned()));

    migrations::run(site.database()).expect("the migrations run");

    for view in relations(&site, "delivery") {
        as_the_public(&site, &format!("SELECT FROM delivery.{view}")).await.expect(&view);
    }
    site.get("/api/v1/most-viewed").await.is(200);
}

#[test]
fn nobody_but_the_owner_makes_things_in_a_schema() {
    let url = postgres::fresh_database(None);
    // As PostgreSQL 14 has it where the schema is the owner's.
    let open = "ALTER SCHEMA public OWNER TO news_owner; GRANT CREATE ON SCHEMA public TO PUBLIC";
    postgres::as_superuser(&url, &format!("CREATE ROLE anybody; {open}"));

    migrations::run(&url).expect("the migrations run");

    let open_to_all = sql::<sql_types::Array<sql_types::Text>>(
        "(SELECT coalesce(array_agg(nspname::text), '{}') FROM pg_namespace
           WHERE has_schema_privilege('anybody', oid, 'CREATE'))",
    );
    let mut connection = PgConnection::establish(&url).expect("a connection");
    let open_to_all: Vec<String> = diesel::select(open_to_all).get_result(&mut connection).expect("the catalogue");
    assert_eq!(open_to_all, [""; 0]);
}

#[actix_web::test]
async fn a_role_of_our_own_that_was_given_more_is_refused_as_well() {
    let url = postgres::fresh_database(None);
    start(&url, None).map(drop).expect("as it is made, it will do");
    execute(&url, "GRANT SELECT ON article_versions TO PUBLIC");

    let refusal = start(&url, None).map(drop);

    assert!(matches!(refusal, Err(StartError::Role(RoleError::TooStrong(_)))), "{refusal:?}");
}

#[actix_web::test]
async fn a_configured_role_that_can_do_more_than_read_the_public_is_refused() {
    let url = postgres::fresh_database(None);
    migrations::run(&url).expect("the migrations run");
    assert!(matches!(start(&url, Some(&url)), Err(StartError::Role(RoleError::TooStrong(_)))), "the owner itself");

    execute(&url, "CREATE ROLE delivery_too_strong LOGIN PASSWORD 'x'");
    let reader = under(&url, "delivery_too_strong", "x");
    start(&url, Some(&reader)).map(drop).expect("without further rights it will do");
    for right in
        ["SELECT ON article_versions", "SELECT (email) ON users", "INSERT ON view_totals", "SELECT ON transitions"]
    {
        execute(&url, &format!("GRANT {right} TO delivery_too_strong"));

        let refusal = start(&url, Some(&reader)).map(drop);

        assert!(matches!(refusal, Err(StartError::Role(RoleError::TooStrong(_)))), "{right}: {refusal:?}");
        execute(&url, &format!("REVOKE {right} FROM delivery_too_strong"));
    }
}

#[actix_web::test]
async fn a_service_needs_no_superuser() {
    let site = Site::over(&postgres::fresh_database(None), |_| ()).await;

    let live = site.live(site.article().await).await;
    site.public(&live).await.is(200);
    site.get(&format!("/api/v1/articles?q={}", live.slug())).await.is(200);
    let _replica = site.replica().await;
    assert_eq!(
        site.count("pg_class WHERE relnamespace = 'delivery'::regnamespace AND relowner <> current_user::regrole"),
        0
    );
    assert_eq!(site.count("pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreatedb OR rolbypassrls)"), 0);
}

#[actix_web::test]
async fn whoever_may_not_make_roles_is_told_what_an_administrator_runs() {
    let url = postgres::fresh_database(None);
    let name = url::Url::parse(&url).unwrap().path()[1..].to_owned();
    postgres::as_superuser(
        &url,
        &format!(
            "CREATE ROLE modest_owner LOGIN NOCREATEROLE PASSWORD 'x'; ALTER DATABASE {name} OWNER TO modest_owner"
        ),
    );
    let owner = under(&url, "modest_owner", "x");

    let refusal = start(&owner, None).map(drop);

    let Err(StartError::Role(RoleError::Administrator { statements })) = refusal else { panic!("{refusal:?}") };
    assert!(statements.contains(&format!("GRANT CONNECT ON DATABASE \"{name}\" TO tintuc_delivery")), "{statements}");
    postgres::as_superuser(&url, &statements);
    let reader = under(&url, "tintuc_delivery", "…");
    let app = start(&owner, Some(&reader)).expect("it starts under the administrator's role");
    app.delivery.read(|conn| Ok(conn.batch_execute("SELECT FROM delivery.articles")?)).await.expect("it reads");
}
