//! Carrying out what happened: through the newsroom's own desk, which writes into rows here instead of tables.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    rows::{ArticleCopyRow, Copy, PinRow, PlaceRow, PublicSlugRow, Rows, ShownRow, SlugRow, TransitionRow, ViewsRow},
    story::{Action, Story, What},
};
use crate::{
    access::{By, Principal},
    audit::{Event, EventRow, Stamp},
    card::Notes,
    content::Content,
    http::{Problem, reply::SiteUrl},
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

/// Files that articles may show, each with its revision.
pub type Library = HashMap<Uuid, i32>;

/// The rows of these stories, whose transitions bear these numbers, and which show files of this library.
///
/// # Errors
/// Where a story breaks the workflow, or the numbers do not suffice; that would be a defect.
pub fn rows(stories: Vec<Story>, numbers: &mut dyn Iterator<Item = i64>, library: &Library) -> Result<Rows, Problem> {
    let mut rows = Rows::default();
    stories.into_iter().try_for_each(|story| write_down(story, numbers, library, &mut rows))?;
    Ok(rows)
}

/// What is written of one article while its story is told.
struct Gathering<'a> {
    rows: &'a mut Rows,
    numbers: &'a mut dyn Iterator<Item = i64>,
    library: &'a Library,
    /// Whether the event log has each action.
    is_logged: bool,
    /// Its publications, in the order of their start, each with the approval that it rests on.
    publications: Vec<(Publication, i64)>,
    copies: Vec<Copy>,
    deleted: Option<(DateTime<Utc>, Uuid)>,
}

/// Adds the rows of a story.
fn write_down(
    story: Story,
    numbers: &mut dyn Iterator<Item = i64>,
    library: &Library,
    rows: &mut Rows,
) -> Result<(), Problem> {
    let (publications, copies) = Default::default();
    let is_logged = story.legacy_list.is_none();
    let mut gathering = Gathering { rows, numbers, library, is_logged, publications, copies, deleted: None };
    let mut first = story.actions;
    let rest = first.split_off(first.len().min(1));
    let Some(Action { at, who, what: What::Write(content) }) = first.pop() else {
        return Err(Problem::internal(format!("article {} does not begin with a version", story.id)));
    };
    let who = somebody(who);
    let mut case = desk::open(&mut gathering, who.at(at), story.id, Draft::written(*content, Vec::new()))?;
    let standing = |gathering: &mut Gathering<'_>, at| Ok(gathering.standing(at));
    let draft = |_: &mut Gathering<'_>, content| Ok(Draft::written(content, Vec::new()));
    carry_out(&mut gathering, &mut case, rest, standing, draft)?;
    if let Some((at, by)) = story.created {
        // No later than its first version.
        (case.row.created_at, case.row.created_by) = (at.min(case.row.created_at), by);
    }
    gathering.finish(case.row, &case.content, story.views, story.legacy_list);
    Ok(())
}

/// Somebody who acts in a story: whether they may was asked before.
fn somebody(id: Uuid) -> Principal {
    Principal { id, grants: Vec::new(), four_eyes_override: false, key: None, source: None }
}

/// Does with an article what a story tells, at a desk that says where its public stands at a time, and as what draft a
/// content is to be written.
///
/// # Errors
/// Where the story breaks the workflow; those of the desk.
pub fn carry_out<D: Desk>(
    desk: &mut D,
    case: &mut Case,
    actions: Vec<Action>,
    standing: impl Fn(&mut D, DateTime<Utc>) -> Result<Standing, Problem>,
    draft: impl Fn(&mut D, Content) -> Result<Draft, Problem>,
) -> Result<(), Problem> {
    let mut approval = None;
    for action in actions {
        let who = somebody(action.who);
        let by = who.at(action.at);
        case.standing = standing(desk, action.at)?;
        match action.what {
            What::Write(content) => {
                approval = None;
                let draft = draft(desk, *content)?;
                desk::revise(desk, by, case, draft)?;
            }
            What::Step(name, comment) => {
                let number = take(desk, by, case, name, comment.as_deref(), None)?;
                if name == Transition::Approve {
                    approval = Some(number);
                }
            }
            What::Publish { id, publish_at, expires_at } => {
                let approval =
                    approval.ok_or_else(|| Problem::internal(format!("{} was not approved", case.row.id)))?;
                let publication = Some((steps::NewPublication { id, approval }, publish_at, expires_at));
                take(desk, by, case, Transition::Publish, None, publication)?;
            }
            What::Delete => desk::discard(desk, by, &mut case.row, &case.standing, None)?,
        }
    }
    Ok(())
}

/// When a publication is to begin, if later, and when it expires.
type Publishing = (steps::NewPublication, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Takes a step, if the workflow has one from here. Answers its number.
fn take(
    desk: &mut impl Desk,
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
    steps::carry_out(desk, by, case, &step, next.effect, publication)
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
    fn finish(self, row: ArticleRow, content: &Content, views: i64, legacy_list: Option<Uuid>) {
        let Self { rows, publications, copies, deleted, .. } = self;
        let article_id = row.id;
        if let Some(slug) = &content.slug {
            rows.slugs.push(SlugRow { slug: slug.clone(), article_id });
            if let Some((first, _)) = publications.first() {
                let public_from = first.starts_at;
                rows.public_slugs.push(PublicSlugRow { slug: slug.clone(), article_id, public_from });
            }
        }
        if (!publications.is_empty() || legacy_list.is_some()) && views > 0 {
            rows.views.push(ViewsRow { article_id, views });
        }
        let row_of_version = |it: &Publication| it.version == row.current_version;
        let awaits = row.approval == Approval::Approved && !publications.iter().any(|(it, _)| row_of_version(it));
        rows.publications.extend(publications.iter().map(|(it, approval)| PublicationRow::of(it, *approval)));
        let used = content.media(&SiteUrl::default());
        let mut seen = HashSet::new();
        let once = used.into_iter().filter(|used| seen.insert((used.media_id, used.place)));
        rows.places.extend(once.map(|used| PlaceRow { article_id, media_id: used.media_id, place: used.place }));
        for copy in &copies {
            let pins = rows.pins.iter().rev().take_while(|pin| pin.article_id == article_id);
            let pins = pins.filter(|pin| pin.version == copy.version);
            rows.shown.extend(pins.map(|pin| ShownRow { publication_id: copy.publication, media_id: pin.media_id }));
        }
        rows.copies.extend(copies);
        rows.words.push(WordsRow { article_id, version: row.current_version, words: words::of(content) });
        rows.articles.push(ArticleCopyRow::of(row, content, legacy_list, awaits, deleted));
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
        let Publication { id, article_id: article, version, .. } = *publication;
        self.copies.push(Copy { publication: id, article, version, content, dates, notes, ends_at: dates.expires_at });
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
        if self.is_logged {
            self.rows.events.push(EventRow::of(article, stamp, event));
        }
        Ok(())
    }
}

impl Desk for Gathering<'_> {
    fn add(&mut self, row: &ArticleRow, draft: &Draft) -> Result<(), Problem> {
        self.save(row, draft)
    }

    fn save(&mut self, row: &ArticleRow, draft: &Draft) -> Result<(), Problem> {
        let used: HashSet<Uuid> =
            draft.content.media(&SiteUrl::default()).into_iter().map(|used| used.media_id).collect();
        let (article_id, version) = (row.id, row.current_version);
        let pinned = used.into_iter().filter_map(|id| Some((id, *self.library.get(&id)?)));
        let pin = |(media_id, revision)| PinRow { article_id, version, media_id, revision };
        self.rows.pins.extend(pinned.map(pin));
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
