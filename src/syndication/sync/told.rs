//! What followers are told of a change.

use std::sync::OnceLock;

use actix_web::web::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{fields::Fields, filter::Followed};
use crate::{
    http::Problem,
    syndication::ninjs::{Item, withdrawn},
};

/// An article that has changed, and what has become of it.
pub struct Entry {
    /// The article.
    pub id: Uuid,
    /// The state that changed it; none where the clock did.
    pub generation: Option<i64>,
    /// Whether it was not public before.
    pub appeared: bool,
    /// Whether it is urgent since then.
    pub alerts: bool,
    /// Whether it was brought along from elsewhere: it is in the feed, and no event.
    pub quietly: bool,
    /// What it is filed under, or ever was.
    pub ever: Vec<String>,
    /// What it is filed under, if it is public.
    pub now: Option<Vec<String>>,
    /// When it changed.
    pub at: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
    /// The event that tells that it is public, once somebody was sent it.
    pub event: OnceLock<Bytes>,
}

/// Where an article stands.
pub enum State {
    /// It is public, and is this, in JSON; none where it is not in the part that was read.
    Public(Option<Bytes>),
    /// It was.
    Gone {
        /// Since when it is not.
        at: DateTime<Utc>,
        /// Why.
        reason: String,
        /// What is said of it.
        notice: Option<String>,
    },
}

impl State {
    /// It was to be public, and by a clock that was further on it may have been.
    pub fn called_off(at: DateTime<Utc>) -> Self {
        Self::Gone { at, reason: "withdrawn".to_owned(), notice: None }
    }
}

/// What somebody who follows a part is told.
pub enum Told<'a> {
    /// It is there, and says this, in JSON.
    Upsert(&'a Bytes),
    /// It is not there.
    Delete(Removal<'a>),
}

/// Why an article is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RemovalReason)]
pub enum Reason {
    /// It was taken back.
    Withdrawn,
    /// Its time was over.
    Expired,
    /// It was deleted.
    Deleted,
    /// It is public, and not in what was asked for any more.
    Moved,
}

/// An article that is to be removed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleRemoval)]
pub struct Removal<'a> {
    /// The article.
    pub id: Uuid,
    /// Since when it is not there.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: Reason,
    /// What is said to the public about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>)]
    pub notice: Option<&'a str>,
    /// The news item that takes it back; only with `format=ninjs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub item: Option<Box<Item>>,
}

/// In which form articles are told.
#[derive(Clone, Copy)]
pub enum Form<'a> {
    /// As they are delivered.
    Article,
    /// Only these fields of them.
    Fields(&'a Fields),
    /// As news items of ninjs.
    Ninjs,
}

impl Entry {
    /// Whether it is in this part now.
    pub fn is_in(&self, named: &Followed) -> bool {
        self.now.as_ref().is_some_and(|filed| named.now.holds(filed))
    }

    /// What who follows this part is told of it, if anything.
    pub fn told(&self, named: &Followed) -> Option<Told<'_>> {
        if !named.ever.holds(&self.ever) {
            return None;
        }
        let delete = |at, reason, notice| Told::Delete(Removal { id: self.id, at, reason, notice, item: None });
        match &self.state {
            State::Public(Some(json)) if self.is_in(named) => Some(Told::Upsert(json)),
            State::Public(_) => Some(delete(self.at, Reason::Moved, None)),
            State::Gone { at, reason, notice } => {
                let reason = match reason.as_str() {
                    "withdrawn" => Reason::Withdrawn,
                    "expired" => Reason::Expired,
                    _ => Reason::Deleted,
                };
                Some(delete(*at, reason, notice.as_deref()))
            }
        }
    }
}

impl Told<'_> {
    /// Adds it to a list in JSON.
    ///
    /// # Errors
    /// `internal` where it does not serialise.
    pub fn write(self, form: Form<'_>, json: &mut Vec<u8>) -> Result<(), Problem> {
        #[derive(Serialize)]
        struct Delete<'a> {
            change: &'static str,
            #[serde(flatten)]
            removal: Removal<'a>,
        }
        match self {
            Self::Upsert(article) => {
                let name = if matches!(form, Form::Ninjs) { "item" } else { "article" };
                json.extend_from_slice(format!("{{\"change\":\"upsert\",\"{name}\":").as_bytes());
                match form {
                    Form::Article | Form::Ninjs => json.extend_from_slice(article),
                    Form::Fields(fields) => fields.write(article, json)?,
                }
                json.push(b'}');
            }
            Self::Delete(mut removal) => {
                if matches!(form, Form::Ninjs) {
                    let notice = removal.notice.map(str::to_owned);
                    removal.item = Some(Box::new(withdrawn(removal.id, removal.at, notice)));
                }
                serde_json::to_writer(json, &Delete { change: "delete", removal }).map_err(Problem::internal)?;
            }
        }
        Ok(())
    }
}
