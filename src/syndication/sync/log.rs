//! Reading the feed from the database: what the clock has done first, then what was committed.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    ExpressionMethods, PgConnection, QueryDsl, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    filter::{Called, Followed, Named, Part},
    place::Place,
    told::{Entry, State},
};
use crate::{
    db::schema::delivery::{filing, removals, state},
    delivery::{cards::Labels, store},
    http::{Canonical, Code, Problem, reply::SiteUrl, text},
    syndication::ninjs,
};

/// How many changes are looked at for a page of those that somebody follows, of a part.
const LOOKED_AT: i64 = 5000;

/// What reading takes.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// What things are called.
    pub labels: &'a Labels,
    /// Where the site is.
    pub site: &'a SiteUrl,
    /// For how long a token is good.
    pub kept: TimeDelta,
    /// Where articles are, if they are wanted as news items of ninjs.
    pub ninjs: Option<&'a Canonical>,
    /// Whether others are told of what is read, who follow other parts.
    pub is_shared: bool,
}

/// A page of the feed.
pub struct Page {
    /// What has changed.
    pub entries: Vec<Entry>,
    /// Where the next page begins.
    pub to: Place,
    /// What was followed.
    pub named: Followed,
    /// Whether there may be more already.
    pub has_more: bool,
    /// What it is called under which all this is filed; of a page that others are told of.
    pub called: Called,
}

/// What was picked for a page, and how far that was.
struct Picked {
    limit: usize,
    entries: Vec<Pick>,
    places: HashMap<Uuid, usize>,
}

/// An article that has changed.
struct Pick {
    id: Uuid,
    /// The state that changed it; none for the clock.
    generation: Option<i64>,
    appeared: bool,
    alerts: bool,
    /// Whether it was brought along from elsewhere: partners get it, and no bell rings.
    quietly: bool,
    filed: Vec<String>,
    at: DateTime<Utc>,
}

impl Picked {
    fn is_full(&self) -> bool {
        self.entries.len() >= self.limit
    }

    fn add(&mut self, pick: Pick) {
        match self.places.get(&pick.id) {
            Some(place) => {
                let entry = &mut self.entries[*place];
                entry.appeared |= pick.appeared;
                entry.alerts |= pick.alerts;
                entry.quietly &= pick.quietly;
            }
            None => {
                self.places.insert(pick.id, self.entries.len());
                self.entries.push(pick);
            }
        }
    }
}

/// The state of what is public, and the time.
pub fn present(conn: &mut PgConnection) -> Result<(i64, DateTime<Utc>), Problem> {
    Ok(state::table.select((state::generation, state::at)).first(conn)?)
}

/// The page behind this place, or the first of a full pass. A dozen statements at most, over one snapshot.
///
/// # Errors
/// `gone` where the place is too long ago, or not one of this feed any more.
pub fn read(
    conn: &mut PgConnection,
    reader: Reader<'_>,
    part: &Part,
    from: Option<&Place>,
    limit: i64,
) -> Result<Page, Problem> {
    let (state, at) = present(conn)?;
    let now = part.named(conn)?;
    let from = match from {
        None => Place::beginning(state, at, &now),
        Some(from) => known(from, state, at, &now, reader.kept)?,
    };
    // Until all is read that happened under the names of before, they are followed too.
    let ever = now.and_before(&from.names);
    let mut to = Place { names: ever.names.clone(), seen: from.seen.max(at), ..from.clone() };
    let limit = usize::try_from(limit).unwrap_or(1);
    let mut picked = Picked { limit, entries: Vec::new(), places: HashMap::new() };
    let has_more = !ever.is_nothing() && !pick(conn, &ever, &from, at, &mut to, &mut picked)?;
    if !has_more {
        to = Place { log: (state, Uuid::max()), clock: (at, Uuid::max()), names: now.names.clone(), ..to };
    }
    let named = Followed { now, ever };
    let entries = entries(conn, reader, &named, at, &from, picked.entries)?;
    let keys = entries.iter().filter_map(|entry| entry.now.as_ref()).flatten();
    let called = match reader.is_shared && !entries.is_empty() {
        true => Called::of(conn, keys)?,
        false => Called::default(),
    };
    Ok(Page { entries, to, named, has_more, called })
}

/// The place, if what changed since then is known.
fn known(from: &Place, state: i64, at: DateTime<Utc>, now: &Named, kept: TimeDelta) -> Result<Place, Problem> {
    let is_old = at - from.clock.0 > kept;
    // Of another database, or of one that was taken back to an earlier state.
    let is_foreign = from.log.0 > state;
    // Another has the slug by now: of what is in the one that had it, nothing need change.
    let is_another = from.names.category.is_some_and(|then| now.names.category.is_some_and(|now| now != then));
    match is_old || is_foreign || is_another {
        true => Err(Problem::new(Code::Gone, text("sync-begin-anew"))),
        false => Ok(from.clone()),
    }
}

/// Picks what is behind a place; false where that was not all.
fn pick(
    conn: &mut PgConnection,
    ever: &Named,
    from: &Place,
    at: DateTime<Utc>,
    to: &mut Place,
    picked: &mut Picked,
) -> Result<bool, Problem> {
    if !pick_moments(conn, ever, to, picked)? {
        return Ok(false);
    }
    to.clock = (at, Uuid::max());
    Ok(!picked.is_full() && pick_changes(conn, ever, from, to, picked)?)
}

#[derive(QueryableByName)]
struct Moment {
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    article_id: Uuid,
    #[diesel(sql_type = Bool)]
    appears: bool,
    #[diesel(sql_type = Bool)]
    alerts: bool,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    filed: Option<Vec<String>>,
}

#[derive(QueryableByName)]
struct Change {
    #[diesel(sql_type = BigInt)]
    generation: i64,
    #[diesel(sql_type = SqlUuid)]
    article_id: Uuid,
    #[diesel(sql_type = BigInt)]
    appeared: i64,
    #[diesel(sql_type = BigInt)]
    alerted: i64,
    #[diesel(sql_type = Bool)]
    quietly: bool,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    filed: Option<Vec<String>>,
}

/// How many rows to look at: one more than may be shown, or as many as it takes to find some of a part.
fn looked_at(ever: &Named, picked: &Picked) -> i64 {
    let wanted = i64::try_from(picked.limit - picked.entries.len()).unwrap_or(LOOKED_AT);
    if ever.is_all() { wanted + 1 } else { LOOKED_AT }
}

/// What is filed is only told of what somebody follows.
const IN_PART: &str = "c.filed @> $4 AND ($5 IS NULL OR c.filed && $5) AND ($6 IS NULL OR c.filed && $6)";

/// Picks what the clock has done; false where that was not all.
fn pick_moments(conn: &mut PgConnection, ever: &Named, to: &mut Place, picked: &mut Picked) -> Result<bool, Problem> {
    let many = looked_at(ever, picked);
    // The first comparison is the one that an index has. What was committed behind the place comes with that.
    let statement = format!(
        "SELECT m.at, m.article_id, m.appears, m.alerts, CASE WHEN c.generation <= $7 AND NOT c.called_off AND {IN_PART} THEN c.filed END AS filed \
           FROM (SELECT * FROM delivery.article_moments m \
                  WHERE m.at >= $1 AND (m.at, m.article_id) > ($1, $2) ORDER BY m.at, m.article_id LIMIT $3) m \
           LEFT JOIN delivery.article_changes c USING (article_id) ORDER BY m.at, m.article_id"
    );
    let (at, id) = to.clock;
    let query = sql_query(statement).bind::<Timestamptz, _>(at).bind::<SqlUuid, _>(id).bind::<BigInt, _>(many);
    let query = query.bind::<Array<Text>, _>(&ever.all).bind::<Nullable<Array<Text>>, _>(&ever.category);
    let query = query.bind::<Nullable<Array<Text>>, _>(&ever.tags).bind::<BigInt, _>(to.log.0);
    let rows: Vec<Moment> = query.load(conn)?;
    let all = i64::try_from(rows.len()).is_ok_and(|found| found < many);
    for row in rows {
        if picked.is_full() {
            return Ok(false);
        }
        to.clock = (row.at, row.article_id);
        if let Some(filed) = row.filed {
            picked.add(Pick {
                id: row.article_id,
                generation: None,
                appeared: row.appears,
                alerts: row.alerts,
                quietly: false,
                filed,
                at: row.at,
            });
        }
    }
    Ok(all)
}

/// Picks what was committed; false where that was not all.
fn pick_changes(
    conn: &mut PgConnection,
    ever: &Named,
    from: &Place,
    to: &mut Place,
    picked: &mut Picked,
) -> Result<bool, Problem> {
    let many = looked_at(ever, picked);
    // Of a limit that it is not told the planner expects a tenth of all that comes after, and sorts that. It is told the
    // greatest there is; rows beyond those that are asked for are not read.
    let statement = format!(
        "SELECT c.generation, c.article_id, c.appeared, c.alerted, c.quietly, c.at, CASE WHEN (NOT c.called_off OR c.public_from <= $7) AND {IN_PART} THEN c.filed END AS filed \
           FROM (SELECT * FROM delivery.article_changes c WHERE (c.generation, c.article_id) > ($1, $2) \
                  ORDER BY c.generation, c.article_id LIMIT {LOOKED_AT}) c ORDER BY c.generation, c.article_id LIMIT $3"
    );
    let (state, id) = to.log;
    let query = sql_query(statement).bind::<BigInt, _>(state).bind::<SqlUuid, _>(id).bind::<BigInt, _>(many);
    let query = query.bind::<Array<Text>, _>(&ever.all).bind::<Nullable<Array<Text>>, _>(&ever.category);
    let query = query.bind::<Nullable<Array<Text>>, _>(&ever.tags).bind::<Timestamptz, _>(from.seen);
    let rows: Vec<Change> = query.load(conn)?;
    let all = i64::try_from(rows.len()).is_ok_and(|found| found < many);
    for row in rows {
        if picked.is_full() {
            return Ok(false);
        }
        to.log = (row.generation, row.article_id);
        if let Some(filed) = row.filed {
            let (appeared, alerts) = (row.appeared > state, row.alerted > state);
            let (id, generation, at) = (row.article_id, Some(row.generation), row.at);
            picked.add(Pick { id, generation, appeared, alerts, quietly: row.quietly, filed, at });
        }
    }
    Ok(all)
}

/// What those of these articles that are public are filed under.
fn filed(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, Problem> {
    let public = filing::table.filter(filing::article_id.eq_any(ids)).select((filing::article_id, filing::filed));
    Ok(public.load(conn)?.into_iter().collect())
}

/// What has become of what was picked.
fn entries(
    conn: &mut PgConnection,
    reader: Reader<'_>,
    named: &Followed,
    now: DateTime<Utc>,
    from: &Place,
    picked: Vec<Pick>,
) -> Result<Vec<Entry>, Problem> {
    let ids: Vec<Uuid> = picked.iter().map(|pick| pick.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let is_everything = named.now.is_all() && !reader.is_shared;
    let mut filed = if is_everything { HashMap::new() } else { filed(conn, &ids)? };
    let held: Vec<Uuid> = match is_everything {
        // Whatever is public is in it, under whatever it is filed.
        true => ids.clone(),
        false => filed.iter().filter(|(_, filed)| named.now.holds(filed)).map(|(id, _)| *id).collect(),
    };
    let mut articles = HashMap::with_capacity(held.len());
    let mut urgent = HashSet::new();
    let found = store::articles(conn, reader.labels, &held, reader.ninjs.is_some())?;
    let above = match reader.ninjs {
        Some(_) => {
            let slugs: Vec<&str> = found.iter().map(|article| article.card.category.as_str()).collect();
            store::categories_above(conn, &slugs)?
        }
        None => HashMap::new(),
    };
    for mut article in found {
        let id = article.card.id;
        if article.is_urgent_at(now)? {
            urgent.insert(id);
        }
        let json = match reader.ninjs {
            Some(canonical) => {
                let above = above.get(&article.card.category).map(Vec::as_slice).unwrap_or_default();
                serde_json::to_vec(&ninjs::item(&article, above, canonical)?).map_err(Problem::internal)?
            }
            None => {
                reader.site.complete(&mut article);
                article.apart().written()?
            }
        };
        articles.insert(id, json);
        if is_everything {
            filed.insert(id, Vec::new());
        }
    }
    let gone: Vec<Uuid> = ids.into_iter().filter(|id| !filed.contains_key(id)).collect();
    let mut removed = HashMap::new();
    if !gone.is_empty() {
        let why = removals::table.filter(removals::article_id.eq_any(gone));
        let columns = (removals::article_id, removals::at, removals::reason, removals::notice);
        for (id, at, reason, notice) in why.select(columns).load::<(Uuid, _, String, Option<String>)>(conn)? {
            removed.insert(id, State::Gone { at, reason, notice });
        }
    }
    let mut entries = Vec::with_capacity(picked.len());
    for Pick { id, generation, appeared, alerts, quietly, filed: ever, at } in picked {
        let now = filed.remove(&id);
        let state = match now.is_some() {
            true => State::Public(articles.remove(&id).map(Into::into)),
            false => removed.remove(&id).unwrap_or_else(|| State::called_off(at)),
        };
        let alerts = alerts && urgent.contains(&id);
        let entry = Entry { id, generation, appeared, alerts, quietly, ever, now, at, state, event: OnceLock::new() };
        // What is not there was not given either, in a pass that began later; but what has gone since the last page may have been,
        // in one that was taken over and not noted.
        let was_given = generation.is_none_or(|generation| generation > from.begun)
            || matches!(entry.state, State::Gone { at, .. } if at > from.clock.0);
        if was_given || entry.is_in(named) {
            entries.push(entry);
        }
    }
    Ok(entries)
}
