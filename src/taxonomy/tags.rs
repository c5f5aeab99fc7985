//! Tags ("Từ khóa"): words that articles share. Two spellings are one tag if they are equal after NFC and case
//! folding; marks make different words.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, JoinOnDsl, NullableExpressionMethods, PgConnection, QueryDsl, RunQueryDsl};
use uuid::Uuid;

use super::slugs::{self, Of, Wanted};
use crate::{
    db::{Tx, schema::tags},
    http::Problem,
    text::{
        normal::{fold_key, plain},
        slug::Slug,
    },
};

/// The tags of these names, in order and each once; those that are new are made. Who types what was merged into another means
/// the other.
pub fn find_or_make(tx: &mut Tx<'_>, at: DateTime<Utc>, names: &[String]) -> Result<Vec<Uuid>, Problem> {
    let mut seen = HashSet::new();
    let wanted: Vec<(String, String)> = names
        .iter()
        .map(|name| (fold_key(name), plain(name)))
        .filter(|(key, _)| !key.is_empty() && seen.insert(key.clone()))
        .collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<&String> = wanted.iter().map(|(key, _)| key).collect();
    let mut known = by_keys(tx.conn, &keys)?;
    let missing: Vec<_> = wanted.iter().filter(|(key, _)| !known.contains_key(key)).collect();
    if !missing.is_empty() {
        make(tx, at, &missing)?;
        known = by_keys(tx.conn, &keys)?;
    }
    let mut once = HashSet::new();
    let found = wanted.iter().filter_map(|(key, _)| known.get(key).copied());
    Ok(found.filter(|id| once.insert(*id)).collect())
}

fn by_keys(conn: &mut PgConnection, keys: &[&String]) -> Result<HashMap<String, Uuid>, Problem> {
    let rows: Vec<(String, Uuid, Option<Uuid>)> = tags::table
        .filter(tags::name_key.eq_any(keys))
        .select((tags::name_key, tags::id, tags::merged_into))
        .load(conn)?;
    Ok(rows.into_iter().map(|(key, id, merged_into)| (key, merged_into.unwrap_or(id))).collect())
}

fn make(tx: &mut Tx<'_>, at: DateTime<Utc>, missing: &[&(String, String)]) -> Result<(), Problem> {
    // In one order, whoever makes them: words that differ only in marks want the same slug, and wait for each other.
    let mut ordered: Vec<_> = missing.to_vec();
    ordered.sort();
    for (key, name) in ordered {
        let slug = slugs::claim(tx, Of::Tag, Wanted::Like(&Slug::from_text(name)))?;
        diesel::insert_into(tags::table)
            .values((
                tags::id.eq(Uuid::now_v7()),
                tags::slug.eq(slug.as_str()),
                tags::name.eq(name),
                tags::name_key.eq(key),
                tags::created_at.eq(at),
            ))
            .on_conflict(tags::name_key)
            .do_nothing()
            .execute(tx.conn)?;
    }
    Ok(())
}

/// The names of these tags; of what was merged into another, the other's.
pub fn names(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let present = diesel::alias!(tags as present);
    let rows: Vec<(Uuid, String, Option<String>)> = tags::table
        .left_join(present.on(present.field(tags::id).nullable().eq(tags::merged_into)))
        .filter(tags::id.eq_any(ids))
        .select((tags::id, tags::name, present.field(tags::name).nullable()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, name, present)| (id, present.unwrap_or(name))).collect())
}
