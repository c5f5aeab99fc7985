//! What is known of lists, runs and items that were taken before.

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, Insertable, JoinOnDsl, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl,
    Queryable, RunQueryDsl, Selectable, SelectableHelper, define_sql_function,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::plan::Plan;
use crate::{
    access::{Principal, password::NOT_SET},
    audit::Stamp,
    bulk::batch,
    db::{
        Tx,
        schema::{articles, import_acts, import_lists, import_runs, imported_items, old_addresses, users},
    },
    http::Problem,
};

define_sql_function! {
    /// Of the migration `imports`: partners get it, and no bell rings. It answers nothing.
    fn publication_quietly() -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

/// One batch is written at a time, whoever runs an import.
const TURN: i64 = 0x0074_696e_7475_6369;

/// In whose name an import decides what nobody here decided: an account that nobody can sign in to.
const IMPORTER: (&str, &str) = ("sharepoint@import.invalid", "Chuyển từ SharePoint");

/// A list that something is taken from.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = import_lists)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct List {
    pub list_id: Uuid,
    pub name: String,
    pub base: Option<String>,
    pub folder: Option<String>,
    pub patterns: Vec<String>,
}

/// An item that was taken.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = imported_items, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct Taken {
    pub list_id: Uuid,
    pub item_id: i64,
    pub guid: Option<Uuid>,
    pub article_id: Option<Uuid>,
    pub digest: Vec<u8>,
    pub versions: Vec<Vec<u8>>,
    pub revision: i64,
    pub views: i64,
    pub royalty: Option<i64>,
    pub run_id: i64,
}

impl Taken {
    /// What is known of an item from now on.
    pub fn of(list_id: Uuid, run_id: i64, article: Uuid, revision: i64, plan: &Plan) -> Self {
        Self {
            list_id,
            item_id: plan.item,
            guid: plan.guid,
            article_id: Some(article),
            digest: plan.digest().to_vec(),
            versions: plan.digests().iter().map(|digest| digest.to_vec()).collect(),
            revision,
            views: plan.views,
            royalty: plan.royalty,
            run_id,
        }
    }
}

/// An item that was taken, and what became of its article since.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The item.
    pub taken: Taken,
    /// The article's revision now; none where it is in the trash, or gone.
    pub revision: Option<i64>,
}

impl Standing {
    /// Whether somebody here had a hand in it since.
    pub fn is_changed_here(&self) -> bool {
        self.revision != Some(self.taken.revision)
    }
}

/// What was known of an item before a run came to it: what the run can be taken back to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Was {
    /// The article's working copy.
    pub version: i32,
    /// The version of it that was public.
    pub live: Option<i32>,
    /// Of what was taken.
    pub digest: Vec<u8>,
    /// Of its versions.
    pub versions: Vec<Vec<u8>>,
    /// What its readers there added.
    pub views: i64,
    /// What it was said to have earned.
    pub royalty: Option<i64>,
    /// The run that had written it last.
    pub run: i64,
}

/// Begins to write: when it is its turn, together, and without a bell unless receivers are to be told.
pub fn begin_writing(tx: &mut Tx<'_>, announce: bool) -> Result<(), Problem> {
    batch::take_turn(tx, TURN)?;
    batch::together(tx)?;
    if !announce {
        diesel::select(publication_quietly()).execute(tx.conn)?;
    }
    Ok(())
}

/// Notes the list as it is described now, and answers the run that goes on with it: one that was cut off, or a new one.
pub fn begin(tx: &mut Tx<'_>, list: &List) -> Result<i64, Problem> {
    let described = (
        import_lists::name.eq(&list.name),
        import_lists::base.eq(&list.base),
        import_lists::folder.eq(&list.folder),
        import_lists::patterns.eq(&list.patterns),
    );
    diesel::insert_into(import_lists::table)
        .values(list)
        .on_conflict(import_lists::list_id)
        .do_update()
        .set(described)
        .execute(tx.conn)?;
    let under_way: Option<i64> = import_runs::table
        .filter(import_runs::list_id.eq(list.list_id))
        .filter(import_runs::finished_at.is_null())
        .filter(import_runs::rolled_back_at.is_null())
        .select(import_runs::id)
        .first(tx.conn)
        .optional()?;
    match under_way {
        Some(run) => Ok(run),
        None => Ok(diesel::insert_into(import_runs::table)
            .values((import_runs::list_id.eq(list.list_id), import_runs::started_at.eq(tx.now)))
            .returning(import_runs::id)
            .get_result(tx.conn)?),
    }
}

/// Notes that a run is done with everything.
pub fn finish(tx: &mut Tx<'_>, run: i64) -> Result<(), Problem> {
    diesel::update(import_runs::table.find(run)).set(import_runs::finished_at.eq(tx.now)).execute(tx.conn)?;
    Ok(())
}

/// The account in whose name imports decide.
pub fn importer(tx: &mut Tx<'_>) -> Result<Principal, Problem> {
    let (email, name) = IMPORTER;
    let id = somebody_disabled(tx, email, name)?;
    Ok(Principal { id, grants: Vec::new(), four_eyes_override: false, key: None, source: None })
}

/// The account with this address; one that nobody can sign in to, where there is none.
pub fn somebody_disabled(tx: &mut Tx<'_>, email: &str, name: &str) -> Result<Uuid, Problem> {
    let known: Option<Uuid> =
        users::table.filter(users::email.eq(email)).select(users::id).first(tx.conn).optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let id = crate::access::people::add(tx, Stamp::by_service(tx.now), email, name, NOT_SET)?;
    diesel::update(users::table.find(id)).set(users::disabled_at.eq(tx.now)).execute(tx.conn)?;
    Ok(id)
}

/// Those of these items that were taken.
pub fn standing(conn: &mut PgConnection, list: Uuid, items: &[i64]) -> Result<HashMap<i64, Standing>, Problem> {
    let taken: Vec<Taken> = imported_items::table
        .filter(imported_items::list_id.eq(list))
        .filter(imported_items::item_id.eq_any(items))
        .select(Taken::as_select())
        .load(conn)?;
    let ids: Vec<Uuid> = taken.iter().filter_map(|taken| taken.article_id).collect();
    let present = articles::table.filter(articles::id.eq_any(ids)).filter(articles::deleted_at.is_null());
    let rows: Vec<(Uuid, i64)> = present.select((articles::id, articles::revision)).load(conn)?;
    let revisions: HashMap<Uuid, i64> = rows.into_iter().collect();
    let with_revision = taken.into_iter().map(|taken| {
        let revision = taken.article_id.and_then(|article| revisions.get(&article).copied());
        (taken.item_id, Standing { taken, revision })
    });
    Ok(with_revision.collect())
}

/// The numbers of all items of a list that were taken and are still here, each with its article and what that is called.
pub fn all(conn: &mut PgConnection, list: Uuid) -> Result<Vec<(i64, Uuid, Option<String>)>, Problem> {
    let here = imported_items::table
        .inner_join(articles::table.on(imported_items::article_id.eq(articles::id.nullable())))
        .filter(imported_items::list_id.eq(list))
        .filter(articles::deleted_at.is_null())
        .order(imported_items::item_id);
    Ok(here.select((imported_items::item_id, articles::id, articles::title)).load(conn)?)
}

/// Whether a run made these items, or changed them, or did nothing with them: by their numbers, true for made.
pub fn acts(conn: &mut PgConnection, run: i64, list: Uuid, items: &[i64]) -> Result<HashMap<i64, bool>, Problem> {
    let acts = import_acts::table
        .filter(import_acts::run_id.eq(run))
        .filter(import_acts::list_id.eq(list))
        .filter(import_acts::item_id.eq_any(items));
    Ok(acts.select((import_acts::item_id, import_acts::was.is_null())).load(conn)?.into_iter().collect())
}

/// Notes what was taken, what was known of it before, and which addresses it had.
pub fn note(tx: &mut Tx<'_>, taken: &[Taken], was: &[Option<Was>], addresses: &[Vec<String>]) -> Result<(), Problem> {
    for one in taken {
        diesel::insert_into(imported_items::table)
            .values(one)
            .on_conflict((imported_items::list_id, imported_items::item_id))
            .do_update()
            .set((
                imported_items::guid.eq(one.guid),
                imported_items::article_id.eq(one.article_id),
                imported_items::digest.eq(&one.digest),
                imported_items::versions.eq(&one.versions),
                imported_items::revision.eq(one.revision),
                imported_items::views.eq(one.views),
                imported_items::royalty.eq(one.royalty),
                imported_items::run_id.eq(one.run_id),
            ))
            .execute(tx.conn)?;
    }
    let acts = taken.iter().zip(was).map(|(one, was)| {
        let was = was.as_ref().map(serde_json::to_value).transpose().map_err(Problem::internal)?;
        let of_item = (import_acts::list_id.eq(one.list_id), import_acts::item_id.eq(one.item_id));
        Ok::<_, Problem>((import_acts::run_id.eq(one.run_id), of_item, import_acts::was.eq(was)))
    });
    let acts: Vec<_> = acts.collect::<Result<_, _>>()?;
    // What the first of a run's acts found is what it can be taken back to.
    diesel::insert_into(import_acts::table).values(acts).on_conflict_do_nothing().execute(tx.conn)?;
    for (one, addresses) in taken.iter().zip(addresses) {
        diesel::delete(
            old_addresses::table
                .filter(old_addresses::list_id.eq(one.list_id))
                .filter(old_addresses::item_id.eq(one.item_id)),
        )
        .execute(tx.conn)?;
        let rows: Vec<_> = addresses
            .iter()
            .map(|address| {
                let of_item = (old_addresses::list_id.eq(one.list_id), old_addresses::item_id.eq(one.item_id));
                (old_addresses::address.eq(address), of_item)
            })
            .collect();
        diesel::insert_into(old_addresses::table).values(rows).on_conflict_do_nothing().execute(tx.conn)?;
    }
    Ok(())
}
