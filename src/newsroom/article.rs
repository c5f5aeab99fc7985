//! An article as decisions about it find it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{Insertable, Queryable, Selectable};
use uuid::Uuid;

use super::{
    machine::{Approval, State},
    review::Review,
};
use crate::{
    access::Subject, content::Content, db::schema::articles, http::ETag, media::library::revisions::Shown,
    publication::Standing,
};

/// An article's row: its identity and where its working copy stands.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = articles, treat_none_as_default_value = false)]
pub struct ArticleRow {
    /// The article.
    pub id: Uuid,
    /// Where the working copy stands.
    pub approval: Approval,
    /// The version that it is at.
    pub current_version: i32,
    /// One more for each accepted edit and transition.
    pub revision: i64,
    /// Of the current version.
    pub category_id: Option<Uuid>,
    /// Of the current version: whether it has all that `submit` asks for.
    pub complete: bool,
    /// The review that it is under, if more is known of it than that approvers decide.
    pub review: Option<Review>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: Uuid,
    /// When it was last edited or moved.
    pub updated_at: DateTime<Utc>,
    /// By whom.
    pub updated_by: Uuid,
}

impl ArticleRow {
    /// What decisions about it are based on.
    pub fn subject(&self) -> Subject {
        Subject { owner: self.created_by, category: self.category_id }
    }

    /// Moves with each accepted edit and transition, and with nothing else.
    pub fn etag(&self) -> ETag {
        ETag::new(format!("v{}-r{}", self.current_version, self.revision))
    }

    /// The review that it is under.
    pub fn under_review(&self) -> Option<&Review> {
        let pending = self.approval == Approval::Pending;
        pending.then(|| self.review.as_ref().unwrap_or_else(|| Review::by_approvers()))
    }

    /// Where it stands in the workflow.
    pub fn state(&self, standing: &Standing) -> State {
        State { approval: self.approval, status: standing.status, scheduled: standing.scheduled.is_some() }
    }

    /// Notes that somebody changed it. Time does not run backwards, whatever a clock says.
    pub(super) fn touched(&mut self, by: Uuid, at: DateTime<Utc>) {
        self.revision += 1;
        self.updated_at = at.max(self.updated_at);
        self.updated_by = by;
    }
}

/// Who edited an article, each with the last version that they made.
pub type Edits = HashMap<Uuid, i32>;

/// An article with all that decisions about it are based on, read once.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its row.
    pub row: ArticleRow,
    /// What its current version says.
    pub content: Content,
    /// Where the public stands with it.
    pub standing: Standing,
    /// The files that it shows, as it shows them.
    pub files: Vec<Shown>,
    /// Who had a hand in it.
    pub edits: Edits,
}

/// Whether somebody edited any version since the one that was the last to become public.
pub fn edited_since(edits: &Edits, user: Uuid, standing: &Standing) -> bool {
    edits.get(&user).is_some_and(|last| *last > standing.last_version.unwrap_or(0))
}
