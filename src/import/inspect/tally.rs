//! What each column holds, counted over all items. Of many different values only the first are kept.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, FixedOffset, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc};

use super::guess;
use crate::import::{
    fields::Field,
    item::{Item, ItemKind, Person, Value},
    mapping::Target,
    source::{Refused, Source},
};

/// The most different values of a column that are counted, and people that are.
const DIFFERENT: usize = 2_000;
/// The longest value that is counted, in characters.
const LONG: usize = 100;
/// Examples of a column.
const EXAMPLES: usize = 3;

/// What is in a source.
#[derive(Default)]
pub struct Tally {
    /// The columns that a mapping has to name.
    pub columns: Vec<Column>,
    /// Items that become articles.
    pub articles: u64,
    /// Folders.
    pub folders: u64,
    /// Other items.
    pub others: u64,
    /// States of all items.
    pub versions: u64,
    /// Files attached.
    pub attachments: u64,
    /// Those that are not there.
    pub attachments_missing: u64,
    /// How many items stand where in their approval.
    pub states: BTreeMap<String, u64>,
    /// The first and the last time anything was saved.
    pub first: Option<DateTime<Utc>>,
    /// See `first`.
    pub last: Option<DateTime<Utc>>,
    /// What is lost already, by code and field: how often, and a sample.
    pub losses: BTreeMap<String, (u64, String)>,
    /// People, by how often they are named.
    pub people: HashMap<Person, u64>,
    /// Hosts of absolute addresses in texts; with what looks like a path of SharePoint.
    hosts: BTreeMap<String, (u64, u64)>,
}

/// What is in a column.
pub struct Column {
    /// The column.
    pub field: Field,
    /// What it may become.
    pub guess: Option<Target>,
    /// How many articles have it.
    pub filled: u64,
    /// Of how many.
    pub of: u64,
    /// Some of its values.
    pub examples: Vec<String>,
    /// Its values and how often they are there; none any more where they are too many.
    values: Option<BTreeMap<String, u64>>,
    /// Terms that have no label.
    pub unlabelled: u64,
    /// The first and the last of its dates.
    span: Option<(NaiveDateTime, NaiveDateTime)>,
    /// Dates of a zone by their time of day in UTC.
    times: BTreeMap<NaiveTime, u64>,
    /// Dates without a zone.
    clocks: u64,
}

impl Tally {
    /// Counts everything.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn of(source: &Source) -> Result<Self, Refused> {
        let asked = source.fields().all.iter().filter(|field| field.is_asked_for());
        let columns = asked.map(|field| Column {
            field: field.clone(),
            guess: None,
            filled: 0,
            of: 0,
            examples: Vec::new(),
            values: Some(BTreeMap::new()),
            unlabelled: 0,
            span: None,
            times: BTreeMap::new(),
            clocks: 0,
        });
        let mut tally = Self { columns: columns.collect(), ..Self::default() };
        for item in source.items() {
            tally.see(&item?, source);
        }
        for column in &mut tally.columns {
            column.of = tally.articles;
        }
        let guesses = guess::targets(tally.columns.iter().map(|column| (&column.field, column.filled)));
        for (column, guess) in tally.columns.iter_mut().zip(guesses) {
            column.guess = guess;
        }
        Ok(tally)
    }

    fn see(&mut self, item: &Item, source: &Source) {
        match item.kind {
            ItemKind::Article => self.articles += 1,
            ItemKind::Folder => self.folders += 1,
            ItemKind::Other(_) => self.others += 1,
        }
        if item.kind != ItemKind::Article {
            return;
        }
        self.versions += item.versions.len() as u64;
        self.attachments += item.attachments.len() as u64;
        self.attachments_missing +=
            item.attachments.iter().filter(|file| source.file(&file.path).is_none()).count() as u64;
        for loss in &item.losses {
            let of = self.losses.entry(format!("{} of {}", loss.code, loss.field)).or_insert((0, loss.sample.clone()));
            of.0 += 1;
        }
        for version in &item.versions {
            self.first = self.first.min(Some(version.at)).or(Some(version.at));
            self.last = self.last.max(Some(version.at));
            version.by.iter().for_each(|person| self.meet(person));
        }
        item.created_by.iter().for_each(|person| self.meet(person));
        let Some(now) = item.versions.last() else { return };
        let state = now.moderation.map_or("none".to_owned(), |state| format!("{state:?}").to_lowercase());
        *self.states.entry(state).or_default() += 1;
        for value in now.values.values() {
            match value {
                Value::People(people) => people.iter().for_each(|person| self.meet(person)),
                Value::Text(text) => self.see_hosts(text),
                _ => {}
            }
        }
        for column in &mut self.columns {
            if let Some(value) = now.values.get(&column.field.internal) {
                column.see(value);
            }
        }
    }

    fn meet(&mut self, person: &Person) {
        if self.people.len() < DIFFERENT || self.people.contains_key(person) {
            *self.people.entry(person.clone()).or_default() += 1;
        }
    }

    /// Hosts of pictures and links in a text.
    fn see_hosts(&mut self, text: &str) {
        for start in ["src=\"http", "href=\"http"] {
            for (_, rest) in text.split(start).skip(1).filter_map(|rest| rest.split_once("://")).take(100) {
                let address = rest.split(['"', '\'', ' ']).next().unwrap_or_default();
                let (host, path) = address.split_once('/').unwrap_or((address, ""));
                if host.is_empty() || host.len() > 100 || (self.hosts.len() >= 200 && !self.hosts.contains_key(host)) {
                    continue;
                }
                let path = path.to_lowercase();
                let ours = [
                    "lists/",
                    "publishingimages/",
                    "siteassets/",
                    "sitepages/",
                    "pages/",
                    "_layouts/",
                    "sitecollectionimages/",
                ];
                let count = self.hosts.entry(host.to_lowercase()).or_default();
                count.0 += 1;
                count.1 += u64::from(ours.iter().any(|folder| path.contains(folder)));
            }
        }
    }

    /// Hosts by how many addresses of theirs there are.
    pub fn hosts(&self) -> Vec<(&str, u64)> {
        let mut hosts: Vec<(&str, u64)> = self.hosts.iter().map(|(host, (count, _))| (host.as_str(), *count)).collect();
        hosts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        hosts.truncate(10);
        hosts
    }

    /// Hosts whose addresses are those of a SharePoint, the most frequent first.
    pub fn own_hosts(&self) -> Vec<&str> {
        let mut hosts: Vec<(&String, u64)> =
            self.hosts.iter().map(|(host, (_, own))| (host, *own)).filter(|(_, own)| *own > 0).collect();
        hosts.sort_by_key(|(_, own)| std::cmp::Reverse(*own));
        hosts.into_iter().map(|(host, _)| host.as_str()).collect()
    }

    /// People, those named most often first.
    pub fn people_by_count(&self) -> Vec<(&Person, u64)> {
        let mut people: Vec<(&Person, u64)> = self.people.iter().map(|(person, count)| (person, *count)).collect();
        people.sort_by_key(|(person, count)| (std::cmp::Reverse(*count), person.id));
        people
    }
}

impl Column {
    fn see(&mut self, value: &Value) {
        self.filled += 1;
        let texts: Vec<String> = match value {
            Value::Text(text) | Value::Number(text) => vec![text.clone()],
            Value::Bool(truth) => vec![truth.to_string()],
            Value::Moment(moment) => {
                let time = moment.time().with_second(0).and_then(|time| time.with_nanosecond(0)).unwrap_or_default();
                *self.times.entry(time).or_default() += 1;
                self.stretch(moment.naive_utc());
                vec![moment.to_rfc3339()]
            }
            Value::Local(clock) => {
                self.clocks += 1;
                self.stretch(*clock);
                vec![clock.to_string()]
            }
            Value::People(people) => people.iter().filter_map(|person| person.name.clone()).collect(),
            Value::Lookups(items) => {
                items.iter().filter_map(|item| item.text.clone().or_else(|| Some(format!("#{}", item.id?)))).collect()
            }
            Value::Terms(terms) => {
                self.unlabelled += terms.iter().filter(|term| term.label.is_none()).count() as u64;
                terms.iter().filter_map(|term| term.label.clone()).collect()
            }
            Value::Choices(choices) => choices.clone(),
            Value::Link { url, .. } => vec![url.clone()],
            Value::Picture { src, .. } => vec![src.clone()],
        };
        for text in texts {
            let short: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONG).collect();
            if self.examples.len() < EXAMPLES && !self.examples.contains(&short) {
                self.examples.push(short);
            }
            let Some(values) = &mut self.values else { continue };
            if text.chars().nth(LONG).is_some() || (values.len() >= DIFFERENT && !values.contains_key(&text)) {
                self.values = None;
            } else {
                *values.entry(text).or_default() += 1;
            }
        }
    }

    fn stretch(&mut self, at: NaiveDateTime) {
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    /// The values with their counts, the most frequent first, where each is there several times on average.
    pub fn few(&self) -> Vec<(&str, u64)> {
        let Some(values) = &self.values else { return Vec::new() };
        let is_date = self.span.is_some();
        let all: u64 = values.values().sum();
        if is_date || (values.len() > 20 && all < values.len() as u64 * 3) {
            return Vec::new();
        }
        self.all_values()
    }

    /// The values with their counts, the most frequent first, however many.
    pub fn all_values(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> =
            self.values.iter().flatten().map(|(value, count)| (value.as_str(), *count)).collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        all
    }

    /// What is said of its dates.
    pub fn told_dates(&self) -> Option<String> {
        let (first, last) = self.span?;
        let mut told = format!("from {} to {}", first.format("%Y-%m-%d"), last.format("%Y-%m-%d"));
        if self.clocks > 0 {
            told.push_str(&format!(", {} of them by a clock whose zone the mapping has to say", self.clocks));
        }
        if let Some((offset, share)) = self.zone() {
            told.push_str(&format!(", {share} in a hundred at midnight of {offset}"));
        }
        if self.field.date_only {
            told.push_str(", days without a time");
        }
        Some(told)
    }

    /// The zone in which most of its dates are midnights, and how many in a hundred are. Days alone tell a zone; times of day
    /// do not.
    pub fn zone(&self) -> Option<(FixedOffset, u64)> {
        let all: u64 = self.times.values().sum();
        let (time, count) = self.times.iter().max_by_key(|(_, count)| **count)?;
        let east = (TimeDelta::days(1) - (*time - NaiveTime::MIN)).num_seconds() % 86_400;
        let east = if east > 14 * 3600 { east - 86_400 } else { east };
        let offset = FixedOffset::east_opt(i32::try_from(east).ok()?)?;
        (self.field.date_only || (count * 2 > all && all >= 20)).then_some((offset, count * 100 / all.max(1)))
    }
}
