//! The thread that makes the index and keeps it up.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, Weak},
    thread,
    time::Duration,
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use secrecy::{ExposeSecret, SecretString};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError, indexer::IndexWriterOptions, schema::Schema,
};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    fields::{Fields, ID_HIGH, ID_LOW, PRINT},
    source::{self, State},
    standing::{Shared, Standing},
};
use crate::{
    db::{connector::impatient, pool::snapshot},
    delivery::{answers::Freshness, search::terms::RULES},
    http::{Problem, depends::Key},
};

/// The file that says of which files an index consists.
const META: &str = "meta.json";
/// How often it is looked whether something was published. Whoever searches is served at once.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long to rest where something failed.
const REST: Duration = Duration::from_secs(1);
/// Memory for what is not written yet, in bytes; the least that there may be.
const ARENA: usize = 20_000_000;
/// How many articles are read at a time.
const AT_A_TIME: usize = 50;
/// After how many times that the writer is waited for: what it has not come to is in memory.
const WAITING: usize = 10;
/// Whoever searches does not wait while so many are compared or read.
const MANY: usize = 10_000;

/// Why the index could not be brought up.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the index: {0}")]
    Index(#[from] TantivyError),
    #[error("the database: {0}")]
    Connection(#[from] diesel::ConnectionError),
    #[error("the database: {0}")]
    Database(#[from] diesel::result::Error),
    #[error("the database: {0}")]
    Read(Problem),
}

struct Keeper {
    url: SecretString,
    connection: Option<PgConnection>,
    fields: Fields,
    reader: IndexReader,
    writer: IndexWriter,
    /// What it shows, since this process began.
    shows: Option<State>,
    /// Removed at the end: the last of all, when nobody writes there any more.
    #[expect(dead_code, reason = "held until the end")]
    own: Option<TempDir>,
}

/// Starts the thread.
pub fn start(
    shared: &Arc<Shared>,
    folder: PathBuf,
    schema: Schema,
    url: &SecretString,
    freshness: Arc<Freshness>,
) -> std::io::Result<()> {
    let (kept, url) = (Arc::downgrade(shared), impatient(url));
    thread::Builder::new().name("search".to_owned()).spawn(move || {
        keep(&kept, &folder, &schema, url, &freshness);
        if let Some(shared) = kept.upgrade() {
            shared.standing().has_ended = true;
            shared.news.notify_all();
        }
    })?;
    Ok(())
}

fn keep(kept: &Weak<Shared>, folder: &Path, schema: &Schema, url: SecretString, freshness: &Freshness) {
    let mut editions = freshness.editions();
    let mut opened: Option<Keeper> = None;
    let mut rest = Duration::ZERO;
    loop {
        let Some(shared) = kept.upgrade() else { return };
        let standing = shared.standing();
        let idle = |standing: &mut Standing| !standing.is_wanted && !standing.is_over;
        let waited = shared.news.wait_timeout_while(standing, rest, idle);
        let mut standing = waited.unwrap_or_else(PoisonError::into_inner).0;
        if standing.is_over {
            return;
        }
        let is_asked = std::mem::take(&mut standing.is_wanted) || standing.shows.is_none();
        drop(standing);
        let has_news = editions.has_changed().unwrap_or_default();
        rest = LOOK_EVERY;
        if !is_asked && !has_news {
            continue;
        }
        editions.mark_unchanged();
        let done = match &mut opened {
            Some(keeper) => keeper.catch_up(&shared),
            None => Keeper::open(folder, schema, shared.fields, url.clone()).and_then(|(keeper, is_made)| {
                if is_made {
                    // It is behind, and better than nothing.
                    shared.standing().reader = Some(keeper.reader.clone());
                }
                opened.insert(keeper).catch_up(&shared)
            }),
        };
        let was_behind = match done {
            Ok(state) => {
                let mut standing = shared.standing();
                standing.shows = Some(state);
                standing.takes_long = false;
                standing.reader = opened.as_ref().map(|keeper| keeper.reader.clone());
                std::mem::take(&mut standing.was_behind)
            }
            Err(failure) => {
                tracing::warn!(%failure, "the search index is not kept up");
                // What was written of it halfway is forgotten together with the writer.
                opened = None;
                shared.standing().takes_long = true;
                rest = REST;
                false
            }
        };
        shared.news.notify_all();
        if was_behind {
            freshness.tell(Key::search());
        }
    }
}

/// The index in this folder, if it is whole and was made by the rules of now.
fn opened(folder: &Path, schema: &Schema) -> Option<Index> {
    let index = Index::open_in_dir(folder).ok().filter(|index| index.schema() == *schema)?;
    let made_by = index.load_metas().ok()?.payload?;
    (made_by == RULES.to_string()).then_some(index)
}

/// The index in this folder, else a new one, and whether it holds anything.
fn index(folder: &Path, schema: &Schema) -> Result<(Index, bool), TantivyError> {
    if let Some(index) = opened(folder, schema) {
        return Ok((index, true));
    }
    // Whoever writes in it now has locked it.
    if let Ok(index) = Index::open_in_dir(folder) {
        drop(writer(&index)?);
    }
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(|error| TantivyError::IoError(Arc::new(error)))?;
    Ok((Index::create_in_dir(folder, schema.clone())?, false))
}

/// One of this process's own, which begins as a copy of another's, if that can be had.
fn temporary(folder: &Path, schema: &Schema) -> Result<(Index, bool, TempDir), TantivyError> {
    let of_io = |error| TantivyError::IoError(Arc::new(error));
    let own = tempfile::tempdir().map_err(of_io)?;
    if copied(folder, own.path()).is_ok()
        && let Some(index) = opened(own.path(), schema)
    {
        return Ok((index, true, own));
    }
    let own = tempfile::tempdir().map_err(of_io)?;
    Ok((Index::create_in_dir(own.path(), schema.clone())?, false, own))
}

/// Copies an index that somebody may be writing. Its files never change, but for the one that says which they are: where one
/// of those is gone meanwhile, the copy does not open.
fn copied(from: &Path, to: &Path) -> std::io::Result<()> {
    let which = fs::read(from.join(META))?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        let is_lock = name.to_string_lossy().ends_with(".lock");
        if name != META && !is_lock {
            fs::copy(from.join(&name), to.join(&name))?;
        }
    }
    fs::write(to.join(META), which)
}

fn writer(index: &Index) -> Result<IndexWriter, TantivyError> {
    let options = IndexWriterOptions::builder().num_worker_threads(1).num_merge_threads(1);
    index.writer_with_options(options.memory_budget_per_thread(ARENA).build())
}

impl Keeper {
    /// Opens the index, and says whether it holds anything.
    fn open(folder: &Path, schema: &Schema, fields: Fields, url: SecretString) -> Result<(Self, bool), Failure> {
        let mut own = None;
        let here = index(folder, schema).and_then(|(index, is_made)| Ok((writer(&index)?, index, is_made)));
        let (writer, index, is_made) = match here {
            Ok(here) => here,
            Err(error) => {
                tracing::info!(%error, folder = %folder.display(), "the search index is a temporary one");
                let (index, is_made, folder) = temporary(folder, schema)?;
                own = Some(folder);
                (writer(&index)?, index, is_made)
            }
        };
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok((Self { url, connection: None, fields, reader, writer, shows: None, own }, is_made))
    }

    /// Brings the index to the present state.
    fn catch_up(&mut self, shared: &Shared) -> Result<State, Failure> {
        let mut conn = match self.connection.take() {
            Some(conn) => conn,
            None => {
                let mut conn = PgConnection::establish(self.url.expose_secret())?;
                conn.batch_execute("SET jit = off; SET application_name = 'tintuc-search'")?;
                conn
            }
        };
        let (state, changed) = match self.shows {
            Some(shows) => source::changed(&mut conn, shows)?,
            None => (State::now(&mut conn)?, None),
        };
        let (state, changed) = match changed {
            Some(changed) => (state, changed),
            None => self.compare(&mut conn, shared)?,
        };
        if !changed.is_empty() || self.shows.is_none() {
            if changed.len() > MANY {
                shared.takes_long();
                tracing::info!(articles = changed.len(), "the search index takes in articles");
            }
            // They may be read in a later state than this one: what has changed meanwhile is then read twice.
            for (number, ids) in (1..).zip(changed.chunks(AT_A_TIME)) {
                for id in ids {
                    self.writer.delete_term(self.fields.article(*id));
                }
                for document in source::documents(&mut conn, ids)? {
                    self.writer.add_document(self.fields.document(&document))?;
                }
                if shared.standing().is_over {
                    break;
                }
                // The writer keeps in memory what it has not come to. Whoever opens an index that was left there, without a
                // word of who made it, makes it anew.
                if number % WAITING == 0 {
                    self.writer.commit()?;
                }
            }
            let mut commit = self.writer.prepare_commit()?;
            commit.set_payload(&RULES.to_string());
            commit.commit()?;
            self.reader.reload()?;
            if changed.len() > MANY {
                tracing::info!("the search index is up to date");
            }
        }
        self.shows = Some(state);
        self.connection = Some(conn);
        Ok(state)
    }

    /// Which articles the index has that are not public, and which it lacks or has otherwise.
    fn compare(&mut self, conn: &mut PgConnection, shared: &Shared) -> Result<(State, Vec<Uuid>), Failure> {
        let mut known = self.prints()?;
        if known.len() > MANY {
            shared.takes_long();
        }
        let (state, public) =
            snapshot(conn, |conn| Ok((State::now(conn)?, source::prints(conn)?))).map_err(Failure::Read)?;
        let mut changed: Vec<Uuid> =
            public.into_iter().filter(|(id, print)| known.remove(id) != Some(*print)).map(|(id, _)| id).collect();
        changed.extend(known.into_keys());
        // In the order in which they were made, more or less: neighbours are merged with neighbours.
        changed.sort_unstable();
        Ok((state, changed))
    }

    fn prints(&self) -> Result<HashMap<Uuid, i64>, TantivyError> {
        let mut prints = HashMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let numbers = segment.fast_fields();
            let (high, low, print) = (numbers.u64(ID_HIGH)?, numbers.u64(ID_LOW)?, numbers.i64(PRINT)?);
            for doc in segment.doc_ids_alive() {
                if let (Some(high), Some(low), Some(print)) = (high.first(doc), low.first(doc), print.first(doc)) {
                    prints.insert(Uuid::from_u64_pair(high, low), print);
                }
            }
        }
        Ok(prints)
    }
}
