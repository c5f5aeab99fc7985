//! Carrying out what happened: through the newsroom's own desk, which writes into rows here instead of tables.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    cast::Cast,
    plan::Plan,
    rows::{ArticleCopyRow, Copy, PublicSlugRow, Rows, SlugRow, TransitionRow, ViewsRow},
    story::{Stories, Story, What},
};
use crate::{
    access::{By, Principal},
    audit::{Event, EventRow, Stamp},
    card::Notes,
    content::Content,
    http::Problem,
    newsroom::{
        Approval, Transition,
        article::{ArticleRow, Case},
        desk::{self, Desk, Draft, Step, StepRow, VersionRow},
        machine,
        words::{self, WordsRow},
        workflow::steps,
    },
    publication::{
        Ledger, Publication, Standing,
        copy::Dates,
        ledger::{Ending, PublicationRow},
    },
};

/// Carries out every story of the plan, in batches of rows that go into the tables in this order. Transitions are
/// numbered from `first_transition` on, for publications name them.
///
/// # Errors
/// Where a story breaks the workflow; that would be a defect.
pub fn batches(plan: Plan, cast: &Cast, first_transition: i64) -> impl Iterator<Item = Result<Rows, Problem>> {
    /// Large enough that statements cost nothing, small enough for memory.
    const ARTICLES: usize = 1000;
    let mut stories = Stories::new(plan, cast);
    let mut numbers = first_transition..;
    std::iter::from_fn(move || {
        let batch: Vec<_> = stories.by_ref().take(ARTICLES).collect();
        (!batch.is_empty()).then(|| rows(batch, &mut numbers))
    })
}

/// The rows of these stories, whose transitions bear these numbers.
///
/// # Errors
/// Where a story breaks the workflow, or the numbers do not suffice; that would be a defect.
pub fn rows(stories: Vec<Story>, numbers: &mut dyn Iterator<Item = i64>) -> Result<Rows, Problem> {
    let mut rows = Rows::default();
    stories.into_iter().try_for_each(|story| carry_out(story, numbers, &mut rows))?;
    Ok(rows)
}

/// What is written of one article while its story is told.
struct Gathering<'a> {
    rows: &'a mut Rows,
    numbers: &'a mut dyn Iterator<Item = i64>,
    /// Its publications, in the order of their start, each with the approval that it rests on.
    publications: Vec<(Publication, i64)>,
    copies: Vec<Copy>,
    deleted: Option<(DateTime<Utc>, Uuid)>,
}

/// Adds the rows of a story.
fn carry_out(story: Story, numbers: &mut dyn Iterator<Item = i64>, rows: &mut Rows) -> Result<(), Problem> {
    let (publications, copies) = Default::default();
    let mut gathering = Gathering { rows, numbers, publications, copies, deleted: None };
    let (mut article, mut approval): (Option<Case>, Option<i64>) = (None, None);
    for action in story.actions {
        let who = Principal { id: action.who, grants: Vec::new(), four_eyes_override: false, key: None, source: None };
        let by = who.at(action.at);
        let Some(case) = &mut article else {
            let What::Write(content) = action.what else {
                return Err(Problem::internal(format!("article {} does not begin with a version", story.id)));
            };
            article = Some(desk::open(&mut gathering, by, story.id, Draft::written(*content, Vec::new()))?);
            continue;
        };
        case.standing = gathering.standing(action.at);
        match action.what {
            What::Write(content) => {
                approval = None;
                desk::revise(&mut gathering, by, case, Draft::written(*content, Vec::new()))?;
            }
            What::Step(name, comment) => {
                let number = take(&mut gathering, by, case, name, comment.as_deref(), None)?;
                if name == Transition::Approve {
                    approval = Some(number);
                }
            }
            What::Publish { id, publish_at, expires_at } => {
                let approval = approval.ok_or_else(|| Problem::internal(format!("{} was not approved", story.id)))?;
                let publication = Some((steps::NewPublication { id, approval }, publish_at, expires_at));
                take(&mut gathering, by, case, Transition::Publish, None, publication)?;
            }
            What::Delete => desk::discard(&mut gathering, by, &mut case.row, &case.standing, None)?,
        }
    }
    if let Some(Case { row, content, .. }) = article {
        gathering.finish(row, &content, story.views);
    }
    Ok(())
}

/// When a publication is to begin, if later, and when it expires.
type Publishing = (steps::NewPublication, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Takes a step, if the workflow has one from here. Answers its number.
fn take(
    gathering: &mut Gathering<'_>,
    by: By<'_>,
    case: &mut Case,
    name: Transition,
    comment: Option<&str>,
    publishing: Option<Publishing>,
) -> Result<i64, Problem> {
    let next = machine::step(case.row.state(&case.standing), name)
        .map_err(|_| Problem::internal(format!("article {} cannot be moved by {name}", case.row.id)))?;
    let (publication, publish_at, expires_at) = match publishing {
        Some((publication, publish_at, expires_at)) => (Some(publication), publish_at, expires_at),
        None => (None, None, None),
    };
    let (version, to) = (steps::version_meant(case, name), next.approval);
    let step = Step {
        version,
        name,
        to,
        comment,
        publish_at,
        expires_at,
        overridden: false,
        stage: None,
        review_id: None,
        correction: None,
        notice: None,
        urgent_until: None,
        review: None,
    };
    steps::carry_out(gathering, by, case, &step, next.effect, publication)
}

impl Gathering<'_> {
    fn standing(&self, at: DateTime<Utc>) -> Standing {
        let publications: Vec<Publication> = self.publications.iter().map(|(it, _)| it.clone()).collect();
        Standing::of(&publications, at)
    }

    fn publication(&mut self, id: Uuid) -> Result<&mut Publication, Problem> {
        let found = self.publications.iter_mut().find(|(publication, _)| publication.id == id);
        found.map(|(publication, _)| publication).ok_or_else(|| Problem::internal("no such publication"))
    }

    fn copy_shown_until(&mut self, publication: Uuid, ends_at: Option<DateTime<Utc>>) {
        self.copies.iter_mut().filter(|copy| copy.publication == publication).for_each(|copy| copy.ends_at = ends_at);
    }

    /// Adds what there is one of, as it stands in the end.
    fn finish(self, row: ArticleRow, content: &Content, views: i64) {
        let Self { rows, publications, copies, deleted, .. } = self;
        let article_id = row.id;
        if let Some(slug) = &content.slug {
            rows.slugs.push(SlugRow { slug: slug.clone(), article_id });
            if let Some((first, _)) = publications.first() {
                let public_from = first.starts_at;
                rows.public_slugs.push(PublicSlugRow { slug: slug.clone(), article_id, public_from });
            }
        }
        if !publications.is_empty() && views > 0 {
            rows.views.push(ViewsRow { article_id, views });
        }
        let row_of_version = |it: &Publication| it.version == row.current_version;
        let awaits = row.approval == Approval::Approved && !publications.iter().any(|(it, _)| row_of_version(it));
        rows.publications.extend(publications.iter().map(|(it, approval)| PublicationRow::of(it, *approval)));
        rows.copies.extend(copies);
        rows.words.push(WordsRow { article_id, version: row.current_version, words: words::of(content) });
        rows.articles.push(ArticleCopyRow::of(row, content, awaits, deleted));
    }
}

impl Ledger for Gathering<'_> {
    fn begin(
        &mut self,
        publication: &Publication,
        approval: i64,
        content: &Content,
        dates: &Dates,
        notes: &Notes,
    ) -> Result<(), Problem> {
        let (content, dates, notes) = (content.clone(), *dates, notes.clone());
        let Publication { id, article_id: article, .. } = *publication;
        self.copies.push(Copy { publication: id, article, content, dates, notes, ends_at: dates.expires_at });
        self.publications.push((publication.clone(), approval));
        Ok(())
    }

    fn end(&mut self, publication: &Publication, Ending { at, why, now, notice }: Ending<'_>) -> Result<(), Problem> {
        let ended = self.publication(publication.id)?;
        (ended.ended_at, ended.end_reason, ended.notice) = (Some(at), Some(why), notice.map(str::to_owned));
        let ends_at = ended.ends_at();
        if now {
            self.copies.retain(|copy| copy.publication != publication.id);
        } else {
            self.copy_shown_until(publication.id, ends_at);
        }
        Ok(())
    }

    fn go_on(&mut self, publication: &Publication) -> Result<(), Problem> {
        let live = self.publication(publication.id)?;
        (live.ended_at, live.end_reason) = (None, None);
        self.copy_shown_until(publication.id, publication.expires_at);
        Ok(())
    }

    fn call_off(&mut self, publication: &Publication, _: DateTime<Utc>) -> Result<(), Problem> {
        self.publications.retain(|(it, _)| it.id != publication.id);
        self.copies.retain(|copy| copy.publication != publication.id);
        Ok(())
    }

    fn clear(&mut self, _: Uuid, at: DateTime<Utc>) -> Result<(), Problem> {
        self.copies.retain(|copy| copy.ends_at.is_none_or(|end| end > at));
        Ok(())
    }

    fn event(&mut self, article: Uuid, stamp: Stamp, event: &Event<'_>) -> Result<(), Problem> {
        self.rows.events.push(EventRow::of(article, stamp, event));
        Ok(())
    }
}

impl Desk for Gathering<'_> {
    fn add(&mut self, row: &ArticleRow, draft: &Draft) -> Result<(), Problem> {
        self.save(row, draft)
    }

    /// A corpus has no files.
    fn save(&mut self, row: &ArticleRow, draft: &Draft) -> Result<(), Problem> {
        self.rows.versions.push(VersionRow::of(row, draft));
        Ok(())
    }

    fn history(&mut self, step: StepRow) -> Result<i64, Problem> {
        let id = self.numbers.next().ok_or_else(|| Problem::internal("more transitions than numbers for them"))?;
        self.rows.transitions.push(TransitionRow::of(id, step));
        Ok(id)
    }

    /// The row is written once the story is told.
    fn moved(&mut self, _: &ArticleRow) -> Result<(), Problem> {
        Ok(())
    }

    fn discard(&mut self, _: &ArticleRow, by: By<'_>) -> Result<(), Problem> {
        self.deleted = Some((by.at, by.who.id));
        Ok(())
    }
}
