//! What the database itself refuses, whatever the program does; and that it can be made, undone and made again.

use diesel::{Connection, PgConnection, RunQueryDsl, dsl::sql, result::Error::DatabaseError, sql_types};
use serde_json::json;
use tintuc::{
    db::migrations,
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

/// All that a database holds: relations, functions and types outside the system's own and the extensions'.
fn everything(url: &str) -> Vec<String> {
    let names = sql::<sql_types::Array<sql_types::Text>>(
        "(SELECT array_agg(name ORDER BY name) FROM (
            SELECT 'relation ' || oid::regclass AS name FROM pg_class
             WHERE relnamespace::regnamespace::text NOT LIKE 'pg\\_%' AND relnamespace <> 'information_schema'::regnamespace
            UNION ALL
            SELECT 'function ' || f.oid::regprocedure FROM pg_proc f
             WHERE pronamespace::regnamespace::text NOT LIKE 'pg\\_%' AND pronamespace <> 'information_schema'::regnamespace
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = f.oid AND d.deptype = 'e')
            UNION ALL
            SELECT 'schema ' || nspname FROM pg_namespace
          ) all_names)",
    );
    let mut connection = PgConnection::establish(url).expect("a connection");
    diesel::select(names).get_result(&mut connection).expect("the catalogue")
}

#[test]
fn migrations_run_and_revert_and_run_again() {
    let url = postgres::fresh_database(None);
    let count = migrations::run(&url).unwrap().len();
    let made = everything(&url);
    assert!(made.iter().any(|name| name == "relation delivery.articles"), "{made:#?}");
    assert_eq!(migrations::run(&url).unwrap(), Vec::<String>::new(), "what is there is not made again");

    assert_eq!(migrations::revert_all(&url).unwrap(), count);

    let left = everything(&url);
    let ours: Vec<_> = left.iter().filter(|name| made.contains(name) && !name.starts_with("schema ")).collect();
    assert!(ours.iter().all(|name| name.contains("__diesel_schema_migrations")), "{ours:#?}");
    assert!(!left.contains(&"schema delivery".to_owned()));
    assert_eq!(migrations::run(&url).unwrap().len(), count);
    assert_eq!(everything(&url), made);
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
