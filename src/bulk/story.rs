//! What happened to an article, as a list of actions.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{content::Content, newsroom::Transition};

/// What happened to one article.
#[derive(Clone)]
pub struct Story {
    /// The article.
    pub id: Uuid,
    /// What was done, in order.
    pub actions: Vec<Action>,
    /// How often it was read.
    pub views: i64,
    /// When it was made and by whom, where that is not what its first version says.
    pub created: Option<(DateTime<Utc>, Uuid)>,
    /// The list that it was brought along from. What happened there is history, and no event here.
    pub legacy_list: Option<Uuid>,
}

/// Something that somebody did.
#[derive(Clone)]
pub struct Action {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub who: Uuid,
    /// What.
    pub what: What,
}

/// What one can do to an article.
#[derive(Clone)]
pub enum What {
    /// Write a version.
    Write(Box<Content>),
    /// Take a step that changes nothing for the public, or takes the article back.
    Step(Transition, Option<String>),
    /// Publish, now or at a time ahead.
    Publish {
        /// The publication.
        id: Uuid,
        /// When it is to become public, if later.
        publish_at: Option<DateTime<Utc>>,
        /// When it expires.
        expires_at: Option<DateTime<Utc>>,
    },
    /// Move it to the trash.
    Delete,
}
