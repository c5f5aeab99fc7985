//! A run: all items of a source, batch by batch, each batch a transaction that notes what it did. So a run that is cut off
//! goes on where it was, and one that comes again finds what it did before.

use std::{collections::BTreeMap, path::Path, time::Instant};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    convert::{Converter, Known, Stop},
    files::{self, Library},
    item::{Item, ItemKind},
    mapping::{Columns, Mapping},
    names::Names,
    plan::{Content, File, Plan},
    report::{Action, Facts, Line, Report, Totals},
    source::{Refused, Source},
    store::{self, List, Standing},
    write::{Done, Job, Writer},
};
use crate::{access::Principal, bulk::batch::Size, db::Newsroom, http::Problem, media::intake::Intake, text::Players};

/// How much of texts a batch holds at most, in bytes, as far as one item is not more.
const BYTES: usize = 16 << 20;

/// What is wanted of a run.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Everything but to keep it.
    pub dry: bool,
    /// These items only.
    pub only: Option<Vec<i64>>,
    /// Items only that were saved there at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Whether receivers are told.
    pub announce: bool,
}

impl Wanted {
    fn is_all(&self) -> bool {
        self.only.is_none() && self.since.is_none()
    }

    fn takes(&self, item: &Item) -> bool {
        let is_named = self.only.as_ref().is_none_or(|only| only.contains(&item.id));
        let saved = item.versions.iter().map(|version| version.at).max();
        is_named && self.since.is_none_or(|since| saved.is_none_or(|saved| saved >= since))
    }
}

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] Refused),
    /// A person has to decide something.
    #[error(transparent)]
    Stopped(#[from] Stop),
    /// The database or the storage failed.
    #[error("{0}")]
    Written(#[from] Problem),
    /// The report cannot be written.
    #[error("the report cannot be written: {0}")]
    Told(#[from] std::io::Error),
}

/// What a run works with.
pub struct Importer<'a> {
    /// Where articles go.
    pub newsroom: &'a Newsroom,
    /// Where files go.
    pub intake: &'a Intake,
    /// Where items come from.
    pub source: &'a Source,
    /// What becomes of them.
    pub mapping: &'a Mapping,
    /// Their columns.
    pub columns: &'a Columns,
    /// Which list it is.
    pub list: List,
    /// Which players bodies may embed.
    pub players: &'a Players,
    /// What is wanted.
    pub wanted: Wanted,
}

/// Items that wait for being written together.
#[derive(Default)]
struct Batch {
    plans: Vec<Plan>,
    bytes: usize,
}

impl Importer<'_> {
    /// Takes over what is wanted, and tells of each item in the report; `progress` is told how many are done.
    ///
    /// # Errors
    /// Where it did not come to its end. What was written by then stays, and the next run goes on from there.
    pub async fn run(&self, report: &Path, bundle: &str, progress: impl Fn(u64)) -> Result<Totals, Failure> {
        let began = Utc::now();
        let known = self.known()?;
        let (run, importer) = self.begin()?;
        let mut report = Report::create(report, (!self.wanted.dry).then_some(run))?;
        let converter = Converter {
            list: self.list.list_id,
            source: self.source,
            mapping: self.mapping,
            columns: self.columns,
            known: &known,
            players: self.players,
        };
        let (mut batch, mut names, mut size, mut read, mut told) =
            (Batch::default(), Names::default(), Size::default(), 0, 0);
        for item in self.source.items() {
            let item = item?;
            read += 1;
            if !self.wanted.takes(&item) {
                continue;
            }
            told += 1;
            if let Some(line) = self.refused(&item) {
                report.line(&line)?;
                continue;
            }
            let plan = converter.plan(&item)?;
            batch.bytes += plan.weight();
            batch.plans.push(plan);
            if batch.plans.len() >= size.articles() || batch.bytes >= BYTES {
                let begun = Instant::now();
                self.flush(std::mem::take(&mut batch), run, &importer, &mut names, &mut report).await?;
                size = size.after(begun);
                progress(read);
            }
        }
        self.flush(batch, run, &importer, &mut names, &mut report).await?;
        if self.wanted.is_all() {
            self.tell_gone(&known, &mut report)?;
        }
        if !self.wanted.dry {
            self.newsroom.transaction_here(|tx| store::finish(tx, run))?;
        }
        let (list, bundle) = (self.list.name.clone(), bundle.to_owned());
        Ok(report.finish(told, &Facts { list, bundle, began, ended: Utc::now() })?)
    }

    /// Which items there are: in the source, and of this list here.
    fn known(&self) -> Result<Known, Failure> {
        let mut known = Known::default();
        self.source.articles(|item, page| known.add_item(item, page.as_deref()))?;
        let list = self.list.list_id;
        for (item, ..) in self.newsroom.transaction_here(|tx| store::all(tx.conn, list))? {
            known.add_earlier(item);
        }
        Ok(known)
    }

    /// The number of the run, and in whose name it decides. A trial has a number that is not kept.
    fn begin(&self) -> Result<(i64, Principal), Failure> {
        if self.wanted.dry {
            return Ok((
                0,
                Principal { id: Uuid::nil(), grants: Vec::new(), four_eyes_override: false, key: None, source: None },
            ));
        }
        Ok(self.newsroom.transaction_here(|tx| Ok((store::begin(tx, &self.list)?, store::importer(tx)?)))?)
    }

    /// What is told of an item that is no article.
    fn refused(&self, item: &Item) -> Option<Line> {
        let reason = match &item.kind {
            ItemKind::Article => return None,
            ItemKind::Folder => "a folder".to_owned(),
            ItemKind::Other(content_type) => format!("of another content type: {content_type}"),
        };
        // Of what is not taken nothing is lost.
        let (action, losses) = (Action::Refused, Vec::new());
        Some(Line { item: item.id, action, article: None, title: None, reason: Some(reason), losses })
    }

    /// Writes a batch, and tells of it.
    async fn flush(
        &self,
        batch: Batch,
        run: i64,
        importer: &Principal,
        names: &mut Names,
        report: &mut Report,
    ) -> Result<(), Failure> {
        if batch.plans.is_empty() {
            return Ok(());
        }
        let (list, items) = (self.list.list_id, batch.plans.iter().map(|plan| plan.item).collect::<Vec<_>>());
        let (mut standing, acts) = self.newsroom.transaction_here(|tx| {
            Ok((store::standing(tx.conn, list, &items)?, store::acts(tx.conn, run, list, &items)?))
        })?;
        let mut lines = BTreeMap::new();
        let mut jobs = Vec::new();
        for (place, plan) in batch.plans.into_iter().enumerate() {
            let before = standing.remove(&plan.item);
            let was_done = acts.get(&plan.item).copied();
            match decide(&plan, before.as_ref()) {
                Some(action) => {
                    lines.insert(place, line_of(&plan, before.as_ref(), action, was_done));
                }
                None => jobs.push((place, Job { plan, before })),
            }
        }
        if !jobs.is_empty() {
            let (places, jobs): (Vec<usize>, Vec<Job>) = jobs.into_iter().unzip();
            for (place, line) in places.into_iter().zip(self.write(jobs, run, importer, names).await?) {
                lines.insert(place, line);
            }
        }
        for line in lines.into_values() {
            report.line(&line)?;
        }
        report.flush()?;
        Ok(())
    }

    async fn write(
        &self,
        jobs: Vec<Job>,
        run: i64,
        importer: &Principal,
        names: &mut Names,
    ) -> Result<Vec<Line>, Failure> {
        let library = match self.wanted.dry {
            true => Library::new(),
            false => {
                let files: BTreeMap<Content, File> =
                    jobs.iter().flat_map(|job| job.plan.files.iter().map(|(key, file)| (*key, file.clone()))).collect();
                let files: Vec<_> = files.into_iter().collect();
                files::take(self.newsroom, self.intake, importer, run, &files).await?
            }
        };
        let write = |tx: &mut crate::db::Tx<'_>, run, importer: &Principal| {
            let writer = Writer { list: self.list.list_id, run, importer, announce: self.wanted.announce };
            writer.write(tx, &jobs, &library, names.clone())
        };
        let done = match self.wanted.dry {
            true => {
                let tried = std::sync::Mutex::new(None);
                let outcome: Result<(), Problem> = self.newsroom.transaction_here(|tx| {
                    let run = store::begin(tx, &self.list)?;
                    let importer = store::importer(tx)?;
                    let done = write(tx, run, &importer)?.0;
                    if let Ok(mut tried) = tried.lock() {
                        *tried = Some(done);
                    }
                    // Whatever it did, it did not.
                    Err(Problem::internal("a trial"))
                });
                let tried = tried.into_inner().ok().flatten();
                tried.ok_or_else(|| outcome.err().unwrap_or_else(|| Problem::internal("a trial that was kept")))?
            }
            false => {
                let (done, known) = self.newsroom.transaction_here(|tx| write(tx, run, importer))?;
                *names = known;
                done
            }
        };
        Ok(jobs.iter().zip(done).map(|(job, done)| written(job, done)).collect())
    }

    /// Tells of what is here and no longer there.
    fn tell_gone(&self, known: &Known, report: &mut Report) -> Result<(), Failure> {
        let list = self.list.list_id;
        for (item, article, title) in self.newsroom.transaction_here(|tx| store::all(tx.conn, list))? {
            if !known.is_in_source(item) {
                let (action, losses) = (Action::Gone, Vec::new());
                report.line(&Line { item, action, article: Some(article), title, reason: None, losses })?;
            }
        }
        Ok(())
    }
}

/// What is to be told of an item that nothing is to be written of; none where something is.
fn decide(plan: &Plan, before: Option<&Standing>) -> Option<Action> {
    let before = before?;
    if before.taken.digest == plan.digest() {
        Some(Action::Skipped)
    } else if before.is_changed_here() {
        Some(Action::Conflict)
    } else {
        None
    }
}

fn title(plan: &Plan) -> Option<String> {
    plan.versions.last().and_then(|version| version.says.title.clone())
}

/// What is told of an item that nothing was written of. What this run wrote before it was cut off, it wrote.
fn line_of(plan: &Plan, before: Option<&Standing>, action: Action, was_done: Option<bool>) -> Line {
    let action = match (action, was_done) {
        (Action::Skipped, Some(true)) => Action::Created,
        (Action::Skipped, Some(false)) => Action::Updated,
        (action, _) => action,
    };
    let is_told = matches!(action, Action::Created | Action::Updated);
    let reason = (action == Action::Conflict).then(|| match before.and_then(|before| before.revision) {
        Some(_) => "changed here since it was taken over: ours stays".to_owned(),
        None => "deleted here: it does not come back by itself".to_owned(),
    });
    Line {
        item: plan.item,
        action,
        article: before.and_then(|before| before.taken.article_id),
        title: title(plan),
        reason,
        losses: if is_told { plan.losses.clone() } else { Vec::new() },
    }
}

/// What is told of an item that was written; or was not, as somebody changed the article just then.
fn written(Job { plan, before }: &Job, done: Option<Done>) -> Line {
    let Some(Done { article, losses, remark }) = done else {
        return line_of(plan, before.as_ref(), Action::Conflict, None);
    };
    let mut all = plan.losses.clone();
    all.extend(losses);
    let action = if before.is_some() { Action::Updated } else { Action::Created };
    let reason = remark.map(str::to_owned);
    Line { item: plan.item, action, article: Some(article), title: title(plan), reason, losses: all }
}
