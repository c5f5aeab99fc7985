//! What the storage may hold: a row for each content, from before its bytes are kept until they are removed. Uploads
//! and purges meet at these rows, whichever replica they run on.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    dsl::{exists, not},
};
use strum::IntoEnumIterator;
use uuid::Uuid;

use crate::media::{
    renditions::{Format, Preset, urls::kept_as},
    storage::Digest,
};
use crate::{
    db::{
        Tx,
        schema::{media_contents, media_revisions},
    },
    http::Problem,
};

/// Takes into account what the storage was found to hold since some time, and says how much of it was not known.
pub fn adopt(tx: &mut Tx<'_>, found: &[(Digest, DateTime<Utc>)]) -> Result<usize, Problem> {
    let rows: Vec<_> = found
        .iter()
        .map(|(digest, since)| {
            (media_contents::sha256.eq(digest.as_bytes().as_slice()), media_contents::reserved_at.eq(*since))
        })
        .collect();
    Ok(diesel::insert_into(media_contents::table).values(rows).on_conflict_do_nothing().execute(tx.conn)?)
}

/// The contents that no record has, but for records of `leaving`, and that nobody has begun to keep since `before`.
pub fn without_record(tx: &mut Tx<'_>, before: DateTime<Utc>, leaving: &[Uuid]) -> Result<Vec<Digest>, Problem> {
    let records = media_revisions::table
        .filter(media_revisions::sha256.eq(media_contents::sha256))
        .filter(media_revisions::media_id.ne_all(leaving));
    let found: Vec<Vec<u8>> = media_contents::table
        .filter(media_contents::reserved_at.le(before))
        .filter(not(exists(records)))
        .order(media_contents::sha256)
        .select(media_contents::sha256)
        .load(tx.conn)?;
    Ok(found.iter().filter_map(|bytes| digest(bytes)).collect())
}

/// The names of the renditions that records with these contents lead to.
pub fn renditions(tx: &mut Tx<'_>, digests: &[Digest]) -> Result<HashMap<Digest, HashSet<String>>, Problem> {
    let wanted = digests.iter().map(|digest| digest.as_bytes().as_slice());
    let records: Vec<(Vec<u8>, Option<f32>, Option<f32>)> = media_revisions::table
        .filter(media_revisions::sha256.eq_any(wanted))
        .select((media_revisions::sha256, media_revisions::focal_x, media_revisions::focal_y))
        .load(tx.conn)?;
    let mut named: HashMap<Digest, HashSet<String>> = HashMap::new();
    for (bytes, x, y) in records {
        let Some(digest) = digest(&bytes) else { continue };
        let of_record =
            Preset::iter().flat_map(|preset| Format::iter().map(move |format| kept_as(preset, format, x.zip(y))));
        named.entry(digest).or_default().extend(of_record);
    }
    Ok(named)
}

/// Which of these digests belong to contents that are known.
pub fn known(tx: &mut Tx<'_>, digests: &[Digest]) -> Result<HashSet<Digest>, Problem> {
    let wanted = digests.iter().map(|digest| digest.as_bytes().as_slice());
    let found: Vec<Vec<u8>> = media_contents::table
        .filter(media_contents::sha256.eq_any(wanted))
        .select(media_contents::sha256)
        .load(tx.conn)?;
    Ok(found.iter().filter_map(|bytes| digest(bytes)).collect())
}

/// Strikes a content out, if it still is without a record and not newly reserved. Whoever wants to reserve it from now
/// on waits for the end of the transaction.
pub fn strike_out(tx: &mut Tx<'_>, digest: &Digest, before: DateTime<Utc>) -> Result<bool, Problem> {
    let row = media_contents::table.find(digest.as_bytes().as_slice());
    // Locked first: a record that is just being written would else be seen only by the foreign key.
    let old = row.filter(media_contents::reserved_at.le(before)).select(media_contents::sha256);
    let locked: Option<Vec<u8>> = old.for_update().skip_locked().first(tx.conn).optional()?;
    if locked.is_none() {
        return Ok(false);
    }
    let recorded = exists(media_revisions::table.filter(media_revisions::sha256.eq(media_contents::sha256)));
    Ok(diesel::delete(row.filter(not(recorded))).execute(tx.conn)? == 1)
}

fn digest(bytes: &[u8]) -> Option<Digest> {
    <[u8; 32]>::try_from(bytes).ok().map(Digest::from)
}
