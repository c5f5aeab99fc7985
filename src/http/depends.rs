//! What an answer was made from, in the words in which the database tells what has changed (`publication_changes`).

use std::{fmt::Display, time::Duration};

use chrono::NaiveDate;
use uuid::Uuid;

/// What an answer lacks while it is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// Something that a list has gained, or another order. Who has made the change does not wait for it.
    Lists,
    /// Numbers, counted anew.
    Counts,
}

impl Late {
    /// For how long an answer may be sent on after it came to lack something.
    pub fn limit(self) -> Duration {
        match self {
            Self::Lists => Duration::from_millis(250),
            Self::Counts => Duration::from_secs(5),
        }
    }
}

/// Something that changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Box<str>);

impl Key {
    fn new(kind: &str, which: impl Display) -> Self {
        Self(format!("{kind}/{which}").into())
    }

    /// One that the database told.
    pub fn told(text: &str) -> Self {
        Self(text.into())
    }

    /// What anybody sees of an article, and whether it is public.
    pub fn article(id: Uuid) -> Self {
        Self::new("article", id)
    }

    /// Which articles say that they translate one.
    pub fn translations(id: Uuid) -> Self {
        Self::new("translations", id)
    }

    /// Which copies show a file, and how.
    pub fn file(id: Uuid) -> Self {
        Self::new("file", id)
    }

    /// Which articles are public.
    pub fn articles() -> Self {
        Self::told("articles")
    }

    /// Which of them are in a category or below.
    pub fn category(id: Uuid) -> Self {
        Self::new("category", id)
    }

    /// Which bear a tag.
    pub fn tag(id: Uuid) -> Self {
        Self::new("tag", id)
    }

    /// Which an author has signed.
    pub fn author(id: Uuid) -> Self {
        Self::new("author", id)
    }

    /// Which are of a type.
    pub fn article_type(code: &str) -> Self {
        Self::new("type", code)
    }

    /// Which are in a language.
    pub fn locale(tag: &str) -> Self {
        Self::new("locale", tag)
    }

    /// Which are featured, or not.
    pub fn featured(featured: bool) -> Self {
        Self::new("featured", featured)
    }

    /// Which are dated in the month of this day, in Vietnam.
    pub fn month(day: NaiveDate) -> Self {
        Self::new("month", day.format("%Y-%m"))
    }

    /// Which are urgent.
    pub fn urgent() -> Self {
        Self::told("urgent")
    }

    /// What is found by search, where the index was behind.
    pub fn search() -> Self {
        Self::told("search")
    }

    /// As the database tells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything, by this one change.
    pub fn is_everything(&self) -> bool {
        &*self.0 == "everything"
    }
}

/// What an answer depends on. Names of categories, types, tags and authors are not in it: when one changes, so does
/// everything.
#[derive(Clone, Debug, Default)]
pub enum Depends {
    /// Nobody has said: whatever changes, the answer is outdated.
    #[default]
    Everything,
    /// On these.
    On {
        /// What it shows: not sent again when one of these has changed.
        shows: Vec<Key>,
        /// What decides which things it shows. If only these have changed it is right but for what it does not show yet.
        lists: Vec<Key>,
        /// How late it may be then.
        late: Late,
    },
}

impl Depends {
    /// An answer that shows these.
    pub fn on(shows: impl IntoIterator<Item = Key>) -> Self {
        Self::On { shows: shows.into_iter().collect(), lists: Vec::new(), late: Late::Lists }
    }

    /// The same for an answer that would show others if these changed.
    #[must_use]
    pub fn and_lists(mut self, more: impl IntoIterator<Item = Key>) -> Self {
        if let Self::On { lists, .. } = &mut self {
            lists.extend(more);
        }
        self
    }

    /// Numbers of articles.
    pub fn counts() -> Self {
        Self::On { shows: Vec::new(), lists: vec![Key::articles()], late: Late::Counts }
    }

    /// What it takes in memory, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Everything => 0,
            Self::On { shows, lists, .. } => {
                shows.iter().chain(lists).map(|key| key.0.len() + size_of::<Key>() + 16).sum()
            }
        }
    }
}
