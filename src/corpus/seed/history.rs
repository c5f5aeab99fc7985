//! Carrying out what happened, by the rules of the workflow: every step is one that the state machine allows.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    rows::{
        ArticleRow, Copy, EventRow, PublicSlugRow, PublicationRow, Rows, SlugRow, TransitionRow, VersionRow, ViewsRow,
    },
    story::{Story, What},
};
use crate::{
    content::Content,
    newsroom::workflow::{Approval, Transition, machine},
    publication::{Standing, copy::Dates, standing::Publication},
};

/// Where an article stands while its story is told.
struct Article<'a> {
    row: ArticleRow,
    content: Content,
    /// What the last publication says.
    published: Option<Content>,
    publications: Vec<Publication>,
    /// The approvals that the publications rest on.
    approvals: Vec<i64>,
    /// The approval of the current version.
    approval: Option<i64>,
    next_transition: &'a mut i64,
    rows: &'a mut Rows,
}

/// Who does something, and when.
#[derive(Clone, Copy)]
struct By {
    who: Uuid,
    at: DateTime<Utc>,
}

/// Adds the rows of a story. Transitions are numbered from `next_transition` on, for publications name them.
///
/// # Errors
/// Where the workflow has no such step; that would be a defect.
pub fn carry_out(story: Story, next_transition: &mut i64, rows: &mut Rows) -> Result<(), String> {
    let mut actions = story.actions.into_iter();
    let Some((first, What::Write(content))) = actions.next().map(|first| (By::of(first.who, first.at), first.what))
    else {
        return Err(format!("article {} does not begin with a version", story.id));
    };
    let row = ArticleRow::new(story.id, &content, first.at, first.who);
    let mut article = Article {
        row,
        content: *content,
        published: None,
        publications: Vec::new(),
        approvals: Vec::new(),
        approval: None,
        next_transition,
        rows,
    };
    article.add_version(first, "article.created", json!({ "version": 1 }));
    for action in actions {
        article.act(By::of(action.who, action.at), action.what)?;
    }
    article.finish(story.views);
    Ok(())
}

impl By {
    fn of(who: Uuid, at: DateTime<Utc>) -> Self {
        Self { who, at }
    }
}

impl Article<'_> {
    fn act(&mut self, by: By, what: What) -> Result<(), String> {
        self.row.revision += 1;
        match what {
            What::Write(content) => {
                let fields = self.content.differences(&content);
                self.row.write(&content);
                self.content = *content;
                self.approval = None;
                let version = self.row.current_version;
                self.add_version(by, "article.edited", json!({ "version": version, "fields": fields }));
            }
            What::Step(name, comment) => {
                self.step(by, TransitionRow { comment, ..self.transition(by, name) })?;
                let kind = match name {
                    Transition::Submit => "article.submitted",
                    Transition::Approve => "article.approved",
                    Transition::Reject => "article.rejected",
                    Transition::Unpublish => return self.withdraw(by),
                    _ => return Err(format!("no story tells of {name}")),
                };
                let version = self.row.current_version;
                self.event(by, kind, json!({ "version": version, "overridden": false }));
            }
            What::Publish { id, publish_at, expires_at } => {
                let step = TransitionRow { publish_at, expires_at, ..self.transition(by, Transition::Publish) };
                self.step(by, step)?;
                self.publish(by, id, publish_at.unwrap_or(by.at), expires_at)?;
            }
            What::Delete => {
                (self.row.deleted_at, self.row.deleted_by) = (Some(by.at), Some(by.who));
                self.event(by, "article.deleted", json!({ "reason": null }));
                // Not an edit: who touched it last stays.
                return Ok(());
            }
        }
        (self.row.updated_at, self.row.updated_by) = (by.at, by.who);
        Ok(())
    }

    fn add_version(&mut self, by: By, event: &'static str, data: Value) {
        self.rows.versions.push(VersionRow {
            article_id: self.row.id,
            version: self.row.current_version,
            content: self.content.to_stored(),
            edited_by: by.who,
            edited_at: by.at,
        });
        self.event(by, event, data);
    }

    fn event(&mut self, by: By, kind: &'static str, data: Value) {
        let actor_id = Some(by.who);
        self.rows.events.push(EventRow { kind, subject_id: self.row.id, actor_id, data, recorded_at: by.at });
    }

    fn transition(&self, by: By, name: Transition) -> TransitionRow {
        TransitionRow {
            id: *self.next_transition,
            article_id: self.row.id,
            version: self.row.current_version,
            name,
            from_approval: self.row.approval,
            to_approval: self.row.approval,
            actor_id: by.who,
            at: by.at,
            comment: None,
            publish_at: None,
            expires_at: None,
            overridden: false,
        }
    }

    /// Takes a step, if the workflow has it from here.
    fn step(&mut self, by: By, mut row: TransitionRow) -> Result<(), String> {
        let public = Standing::of(&self.publications, by.at);
        let standing = machine::Standing {
            approval: self.row.approval,
            status: public.status,
            scheduled: public.scheduled.is_some(),
        };
        let step = machine::step(standing, row.name)
            .map_err(|_| format!("article {} cannot be moved by {}", self.row.id, row.name))?;
        row.to_approval = step.approval;
        self.row.approval = step.approval;
        if step.approval == Approval::Approved && row.name == Transition::Approve {
            self.approval = Some(row.id);
        }
        *self.next_transition += 1;
        self.rows.transitions.push(row);
        Ok(())
    }

    fn publish(
        &mut self,
        by: By,
        id: Uuid,
        starts_at: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<(), String> {
        let approval = self.approval.ok_or_else(|| format!("article {} was not approved", self.row.id))?;
        let version = self.row.current_version;
        let replaced = self.publications.last_mut().filter(|last| last.ended_at.is_none());
        let kind = match (&replaced, starts_at > by.at) {
            (_, true) => "article.scheduled",
            (None, false) => "article.published",
            (Some(_), false) => "article.updated",
        };
        if let Some(last) = replaced {
            (last.ended_at, last.end_reason) = (Some(starts_at), Some("replaced".to_owned()));
        }
        let (article_id, ended_at, end_reason) = (self.row.id, None, None);
        self.publications.push(Publication { id, article_id, version, starts_at, expires_at, ended_at, end_reason });
        self.approvals.push(approval);
        self.published = Some(self.content.clone());
        let data = json!({ "publication": id, "version": version, "starts_at": starts_at, "expires_at": expires_at });
        self.event(by, kind, data);
        Ok(())
    }

    fn withdraw(&mut self, by: By) -> Result<(), String> {
        let Some(live) = self.publications.last_mut() else {
            return Err(format!("article {} was not public", self.row.id));
        };
        (live.ended_at, live.end_reason) = (Some(by.at), Some("withdrawn".to_owned()));
        let data = json!({ "publication": live.id, "version": live.version, "reason": "withdrawn", "comment": null });
        self.event(by, "article.unpublished", data);
        (self.row.updated_at, self.row.updated_by) = (by.at, by.who);
        Ok(())
    }

    /// Adds what there is one of, and the published copy.
    fn finish(self, views: i64) {
        let Self { row, published, publications, approvals, rows, .. } = self;
        if let Some(slug) = &row.slug {
            rows.slugs.push(SlugRow { slug: slug.clone(), article_id: row.id });
        }
        if let (Some(first), Some(last), Some(content)) = (publications.first(), publications.last(), published) {
            let slug = content.slug.clone().unwrap_or_default();
            rows.public_slugs.push(PublicSlugRow { slug, article_id: row.id, public_from: first.starts_at });
            if views > 0 {
                rows.views.push(ViewsRow { article_id: row.id, views });
            }
            // What was taken back has no copy any more; what ran out has.
            if last.ended_at.is_none() {
                let dates = Dates {
                    starts_at: last.starts_at,
                    ends_at: last.expires_at,
                    expires_at: last.expires_at,
                    first_published_at: first.starts_at,
                };
                rows.copies.push(Copy { publication: last.id, article: row.id, content, dates });
            }
        }
        rows.publications.extend(publications.into_iter().zip(approvals).map(PublicationRow::from));
        rows.articles.push(row);
    }
}
