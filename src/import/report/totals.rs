//! How many items met which end, what was lost, and a few examples of each.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Action, Line, LossCode};

/// What an import was of.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What the list is called, or its GUID.
    pub list: String,
    /// What the bundle is called: the name of its folder or file.
    pub bundle: String,
    /// When the import began.
    pub began: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
}

/// How much was read, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows of the source.
    pub read: u64,
    /// Lines of the report by what was done.
    pub actions: BTreeMap<Action, u64>,
    /// Losses by what happened.
    pub losses: BTreeMap<LossCode, u64>,
}

impl Totals {
    /// How many items that was done with.
    pub fn of(&self, action: Action) -> u64 {
        self.actions.get(&action).copied().unwrap_or_default()
    }

    /// How many losses there are.
    pub fn lost(&self) -> u64 {
        self.losses.values().sum()
    }

    /// How many rows the report has a line for. What is gone is no row.
    pub fn told(&self) -> u64 {
        self.actions.iter().filter(|(action, _)| **action != Action::Gone).map(|(_, count)| count).sum()
    }

    /// Whether each row that was read is told of, and told of once.
    pub fn adds_up(&self) -> bool {
        self.read == self.told()
    }
}

/// What a summary shows of a line or a loss.
#[derive(Clone, Debug)]
pub(super) struct Example {
    /// The item.
    pub item: i64,
    /// What is said of it: a title, or the field.
    pub what: Option<String>,
    /// Why, or what was lost.
    pub why: Option<String>,
}

/// Totals as they grow, with the first few of each kind.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub totals: Totals,
    pub lines: BTreeMap<Action, Vec<Example>>,
    pub losses: BTreeMap<LossCode, Vec<Example>>,
}

impl Tally {
    /// How many examples are kept.
    const EXAMPLES: usize = 5;

    pub fn add(&mut self, line: &Line) {
        let Line { item, action, article: _, title, reason, losses } = line;
        *self.totals.actions.entry(*action).or_default() += 1;
        let told = matches!(action, Action::Conflict | Action::Refused | Action::Gone);
        let lines = self.lines.entry(*action).or_default();
        if told && lines.len() < Self::EXAMPLES {
            lines.push(Example { item: *item, what: title.clone(), why: reason.clone() });
        }
        for loss in losses {
            *self.totals.losses.entry(loss.code).or_default() += 1;
            let examples = self.losses.entry(loss.code).or_default();
            if examples.len() < Self::EXAMPLES {
                let why = (!loss.sample.is_empty()).then(|| loss.sample.clone());
                examples.push(Example { item: *item, what: Some(loss.field.clone()), why });
            }
        }
    }
}
