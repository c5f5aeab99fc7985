//! What the database itself refuses, whatever the program does; and that it can be made, undone and made again.

use std::collections::BTreeSet;

use diesel::{
    Connection, PgConnection, RunQueryDsl, connection::SimpleConnection, dsl::sql, result::Error::DatabaseError,
    sql_types,
};
use serde_json::json;
use tintuc::{
    db::migrations::{self, MigrationError},
    newsroom::Transition::{Approve, Publish, Submit, Unpublish, Unschedule},
};

use crate::support::{Approver, Author, Editor, Site, an_article, in_minutes, postgres};

/// The refusal of a statement: what kind, and which constraint says so.
#[track_caller]
fn refusal(site: &Site, statement: &str) -> String {
    match site.sql(statement) {
        Err(DatabaseError(kind, about)) => format!("{kind:?} {}", about.constraint_name().expect("a constraint")),
        other => panic!("{statement}: {other:?}"),
    }
}

/// All that a database holds outside the system's own and the extensions', each thing with what it is: columns with their
/// types and defaults, constraints, indexes, triggers, views and functions with their texts, schemas.
fn everything(url: &str) -> BTreeSet<String> {
    let descriptions = sql::<sql_types::Array<sql_types::Text>>(
        r"(WITH ours AS (
            SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
          )
          SELECT array_agg(what) FROM (
            SELECT concat_ws(' ', 'column', attrelid::regclass, attname, format_type(atttypid, atttypmod),
                             CASE WHEN attnotnull THEN 'not null' END, pg_get_expr(adbin, adrelid), attgenerated,
                             attidentity, attcompression, attstorage, attstattarget) AS what
              FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
              LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
             WHERE relnamespace IN (SELECT oid FROM ours) AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT concat_ws(' ', 'relation', oid::regclass, relkind, reloptions) FROM pg_class
             WHERE relnamespace IN (SELECT oid FROM ours)
            UNION ALL
            SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
             WHERE connamespace IN (SELECT oid FROM ours)
            UNION ALL
            SELECT 'index ' || pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
             WHERE relnamespace IN (SELECT oid FROM ours)
            UNION ALL
            SELECT 'trigger ' || pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
             WHERE relnamespace IN (SELECT oid FROM ours) AND NOT tgisinternal
            UNION ALL
            SELECT concat_ws(' ', 'view', oid::regclass, pg_get_viewdef(oid)) FROM pg_class
             WHERE relnamespace IN (SELECT oid FROM ours) AND relkind = 'v'
            UNION ALL
            SELECT concat_ws(' ', 'function', pg_get_functiondef(f.oid), proacl) FROM pg_proc f
             WHERE pronamespace IN (SELECT oid FROM ours)
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = f.oid AND d.deptype = 'e')
            UNION ALL
            SELECT 'schema ' || nspname FROM pg_namespace WHERE oid IN (SELECT oid FROM ours)
          ) all_things)",
    );
    let mut connection = PgConnection::establish(url).expect("a connection");
    let things: Vec<String> = diesel::select(descriptions).get_result(&mut connection).expect("the catalogue");
    things.into_iter().filter(|thing| !thing.contains("__diesel_schema_migrations")).collect()
}

#[test]
fn each_migration_is_undone_by_its_own_down() {
    let url = postgres::fresh_database(None);
    let mut before = Vec::new();
    loop {
        let state = everything(&url);
        let Some(name) = migrations::run_next(&url).unwrap() else { break };
        before.push((name, state));
    }
    let made = everything(&url);
    assert!(made.iter().any(|thing| thing.starts_with("column delivery.articles card jsonb")), "{made:#?}");
    assert_eq!(migrations::run(&url).unwrap(), Vec::<String>::new(), "what is there is not made again");

    for (name, state) in before.iter().rev() {
        assert_eq!(migrations::revert_last(&url).unwrap(), *name);
        let left = everything(&url);
        let (more, less): (Vec<_>, Vec<_>) = (left.difference(state).collect(), state.difference(&left).collect());
        assert!(more.is_empty() && less.is_empty(), "{name} leaves {more:#?} and takes {less:#?}");
    }
    assert_eq!(migrations::run(&url).unwrap().len(), before.len());
    assert_eq!(everything(&url), made);
}

#[test]
fn an_index_whose_building_was_cut_short_is_built_anew() {
    let url = postgres::fresh_database(None);
    while migrations::run_next(&url).unwrap().is_some_and(|applied| applied.as_str() < "20261127000010") {}
    let mut connection = PgConnection::establish(&url).unwrap();
    connection
        .batch_execute(
            "CREATE INDEX articles_by_approval ON articles (approval); \
             CREATE INDEX articles_by_locale ON articles (locale, updated_at DESC, id DESC) WHERE deleted_at IS NULL",
        )
        .unwrap();
    postgres::as_superuser(
        &url,
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'articles_by_approval'::regclass",
    );

    migrations::run(&url).unwrap();

    let other = postgres::fresh_database(None);
    migrations::run(&other).unwrap();
    assert_eq!(everything(&url), everything(&other));
    let invalid = sql::<sql_types::BigInt>("(SELECT count(*) FROM pg_index WHERE NOT indisvalid)");
    assert_eq!(diesel::select(invalid).get_result::<i64>(&mut connection), Ok(0));
}

#[test]
fn replicas_that_start_together_do_not_wait_for_each_other_in_a_circle() {
    let url = postgres::fresh_database(None);

    let applied: Vec<usize> = std::thread::scope(|scope| {
        let replicas: Vec<_> = (0..3).map(|_| scope.spawn(|| migrations::run(&url).unwrap().len())).collect();
        replicas.into_iter().map(|replica| replica.join().unwrap()).collect()
    });

    assert_eq!(applied.iter().filter(|applied| **applied > 0).count(), 1, "{applied:?}");
}

#[test]
fn a_schema_from_before_the_first_release_is_refused() {
    let url = postgres::fresh_database(None);
    migrations::run(&url).unwrap();
    let mut connection = PgConnection::establish(&url).unwrap();
    let older = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20261124000001')";
    diesel::sql_query(older).execute(&mut connection).unwrap();

    let refused = migrations::run(&url).unwrap_err();

    assert!(matches!(refused, MigrationError::TooOld), "{refused}");
}

#[actix_web::test]
async fn no_version_is_published_without_its_own_approval() {
    let site = Site::start().await;
    let approved = site.approved(site.article().await).await;
    let edited = site.person([Editor]).await.edits(&approved, json!({ "title": "Chưa duyệt" })).await;
    let publish = |version: i32, transition: &str, name: &str| {
        let id = &edited.id;
        format!(
            "INSERT INTO publications (id, article_id, version, approval_id, approval_name, starts_at)
             SELECT gen_random_uuid(), '{id}', {version}, id, '{name}', now() FROM transitions WHERE name = '{transition}'"
        )
    };

    let borrowed = refusal(&site, &publish(2, "approve", "approve"));
    let unreviewed = refusal(&site, &publish(1, "submit", "approve"));
    let renamed = refusal(&site, &publish(1, "submit", "submit"));

    assert_eq!(borrowed, "ForeignKeyViolation publications_approval_id_article_id_version_approval_name_fkey");
    assert_eq!(unreviewed, borrowed);
    assert_eq!(renamed, "CheckViolation publications_approval_name_check");
    site.sql(&publish(1, "approve", "approve")).unwrap();
}

#[actix_web::test]
async fn two_versions_are_never_public_at_once() {
    let site = Site::start().await;
    site.live(site.article().await).await;
    let another = |starts: &str, expires: &str| {
        format!(
            "INSERT INTO publications (id, article_id, version, approval_id, starts_at, expires_at)
             SELECT gen_random_uuid(), article_id, version, approval_id, {starts}, {expires} FROM publications"
        )
    };

    let overlap = refusal(&site, &another("now() + interval '1 day'", "NULL"));

    assert_eq!(overlap, "ExclusionViolation publications_article_id_tstzrange_excl");
    site.sql(&another("now() - interval '2 days'", "now() - interval '1 day'")).unwrap();
}

#[actix_web::test]
async fn an_article_with_a_published_copy_cannot_be_thrown_away() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let trash = "UPDATE articles SET deleted_at = now(), deleted_by = created_by";

    assert_eq!(refusal(&site, trash), "ForeignKeyViolation published_articles_article_id_in_trash_fkey");

    site.person([Approver]).await.does(Unpublish, &live).await;
    site.sql(trash).unwrap();
}

#[actix_web::test]
async fn the_history_names_versions_that_are_there() {
    let site = Site::start().await;
    site.person([Author]).await.submits(site.article().await).await;
    let another = |version: i32| {
        format!(
            "INSERT INTO transitions (article_id, version, name, from_approval, to_approval, actor_id, at)
             SELECT article_id, {version}, 'approve', 'pending', 'approved', actor_id, at FROM transitions"
        )
    };

    assert_eq!(refusal(&site, &another(2)), "ForeignKeyViolation transitions_article_id_version_fkey");

    site.sql(&another(1)).unwrap();
}

#[actix_web::test]
async fn a_slug_belongs_to_one_article() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (one, two) = (
        author.creates(an_article().with("slug", "mot")).await,
        author.creates(an_article().with("slug", "hai")).await,
    );

    let doubled = format!("INSERT INTO slugs (slug, article_id) VALUES ('mot', '{}')", two.id);
    assert_eq!(refusal(&site, &doubled), "UniqueViolation slugs_pkey");
    let borrowed = format!("UPDATE articles SET slug = 'mot' WHERE id = '{}'", two.id);
    assert_eq!(refusal(&site, &borrowed), "ForeignKeyViolation articles_slug_id_fkey");
    assert_eq!(author.sees(&one).await.slug(), "mot");
}

#[actix_web::test]
async fn the_category_tree_has_no_cycle_and_its_closure_follows_every_move() {
    let site = Site::start().await;
    let a = site.category("A").await;
    let b = site.category_below("B", Some(&a)).await;
    let c = site.category_below("C", Some(&b)).await;
    site.category_below("D", Some(&c)).await;
    site.category("E").await;
    let below = |slug: &str| {
        site.count(&format!(
            "category_ancestors JOIN categories above ON above.id = ancestor_id WHERE above.slug = '{slug}'"
        ))
    };
    let moved = |slug: &str, parent: &str| {
        site.sql(&format!(
            "UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = '{parent}') WHERE slug = '{slug}'"
        ))
    };
    assert_eq!(["a", "b", "c", "d", "e"].map(below), [4, 3, 2, 1, 1]);

    for (slug, parent) in [("a", "a"), ("a", "d"), ("b", "c")] {
        assert!(moved(slug, parent).unwrap_err().to_string().contains("below itself"), "{slug} below {parent}");
    }
    assert_eq!(["a", "b", "c", "d", "e"].map(below), [4, 3, 2, 1, 1]);
    moved("c", "e").unwrap();
    assert_eq!(["a", "b", "c", "d", "e"].map(below), [2, 1, 2, 1, 3]);
    moved("a", "d").unwrap();
    assert_eq!(["a", "b", "c", "d", "e"].map(below), [2, 1, 4, 3, 5]);
    moved("c", "none").unwrap();
    assert_eq!(["a", "b", "c", "d", "e"].map(below), [2, 1, 4, 3, 1]);
    assert_eq!(site.count("category_ancestors WHERE depth = 3"), 1, "from c down to b");
}

#[actix_web::test]
async fn every_accepted_write_leaves_the_events_that_tell_it() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let draft = editor.creates(site.article().await).await;
    let edited = editor.edits(&draft, json!({ "featured": true })).await;
    let approved = approver.approves(&editor.does(Submit, &edited).await).await;
    let scheduled = approver.publishes_with(&approved, json!({ "publish_at": in_minutes(30) })).await;
    let called_off = approver.does(Unschedule, &scheduled).await;
    let live = approver.publishes(&called_off).await;
    let withdrawn = approver.does(Unpublish, &approver.publishes(&live).await).await;
    editor.tries_to_delete(&withdrawn, "").await.is(204);

    assert_eq!(
        site.events(&draft),
        [
            "article.created",
            "article.edited",
            "article.submitted",
            "article.approved",
            "article.scheduled",
            "article.unscheduled",
            "article.published",
            "article.updated",
            "article.unpublished",
            "article.deleted",
        ]
    );
}

#[actix_web::test]
async fn a_refused_write_leaves_nothing() {
    let site = Site::start().await;
    let author = site.person([Author, Approver]).await;
    let stale = author.creates(site.article().await.with("legacy_id", 1024).with("slug", "mot")).await;
    let first = author.does(Submit, &stale).await;
    let tables = || {
        ["articles", "article_versions", "transitions", "publications", "slugs", "authors", "tags", "events"]
            .map(|table| site.count(table))
    };
    let before = tables();

    let newcomer = an_article().tagged(["Mới"]).with("author", json!({ "name": "Mới" }));
    author.tries_to_create(newcomer.clone().with("legacy_id", 1024)).await.is(409);
    author.tries_to_create(newcomer.clone().with("slug", "mot")).await.is(409);
    author.tries_to_create(newcomer.with("category", "khong-co")).await.is(422);
    author.tries_to_edit(&stale, json!({ "author": { "name": "Mới" }, "tags": ["Mới"] })).await.is(412);
    author.tries(Approve, &first).await.is_problem(403, "four_eyes");
    author.tries(Publish, &first).await.is_problem(409, "transition_not_allowed");

    assert_eq!(tables(), before);
}
