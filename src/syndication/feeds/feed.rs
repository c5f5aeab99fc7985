//! What a feed holds, whatever it is written in.

use chrono::{DateTime, Utc};

use super::masthead::Masthead;
use crate::{calendar::local, delivery::store::Rest, syndication::story::Story};

/// A page of a feed. All addresses are absolute.
pub struct Feed<'a> {
    /// Of what site.
    pub masthead: &'a Masthead,
    /// What it is called.
    pub title: String,
    /// The language of what is said of it, as a BCP 47 tag.
    pub language: String,
    /// Where the site is.
    pub home: String,
    /// Where the first page is, which is what readers subscribe to.
    pub first: String,
    /// Where this page is.
    pub this: String,
    /// Where the next one is.
    pub next: Option<String>,
    /// Whether entries hold the whole text.
    pub full: bool,
    /// The articles, newest first.
    pub entries: Vec<Entry>,
}

/// An article in a feed.
pub struct Entry {
    /// What its card says.
    pub story: Story,
    /// What cards do not say; the body only where it is wanted.
    pub more: Rest,
    /// Where people read it.
    pub page: String,
}

impl Feed<'_> {
    /// When the last of its articles changed. Of an empty one nobody can say, and it must be the same each time.
    pub fn updated(&self) -> DateTime<Utc> {
        self.entries.iter().map(|entry| entry.story.last_published_at).max().unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// What it is about.
    pub fn description(&self) -> &str {
        self.masthead.description.as_deref().unwrap_or(&self.title)
    }
}

impl Entry {
    /// What it is about, as plain text: the summary, and what was put right.
    pub fn summary(&self) -> Option<String> {
        let summary = self.story.summary.iter().cloned();
        let parts: Vec<String> = summary.chain(self.corrections()).collect();
        (!parts.is_empty()).then(|| parts.join("\n\n"))
    }

    /// The whole text as HTML: the body, or where to find what stands in for it, and what was put right.
    pub fn content(&self) -> Option<String> {
        let body = self.more.body.clone();
        let elsewhere = self.story.external_url.as_deref().map(|url| {
            let url = super::xml::html(url).replace('"', "&quot;");
            format!("<p><a href=\"{url}\">{url}</a></p>")
        });
        let corrections = self.corrections().map(|note| format!("<p><em>{}</em></p>", super::xml::html(&note)));
        let parts: Vec<String> = body.or(elsewhere).into_iter().chain(corrections).collect();
        (!parts.is_empty()).then(|| parts.join("\n"))
    }

    /// What was put right, each with its day in the province.
    fn corrections(&self) -> impl Iterator<Item = String> {
        let called = if self.story.locale.starts_with("vi") { "Đính chính" } else { "Correction" };
        let corrections = self.story.corrections.iter();
        corrections.map(move |correction| {
            format!("{called} ({}): {}", local(correction.at).format("%d/%m/%Y"), correction.note)
        })
    }
}
