//! Writing a batch: what is new is copied with its whole past, what changed there goes over the newsroom's desk.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
    dsl::sql,
    insert_into, sql_query,
    sql_types::{self, Array, BigInt},
};
use uuid::Uuid;

use super::{
    content::{content, lacks},
    files::Library,
    names::Names,
    plan::{Plan, Stands, Version, article_id, publication_id},
    report::Loss,
    store::{self, Standing, Taken, Was},
};
use crate::{
    access::{By, Principal},
    audit::{self, Event, Stamp},
    bulk::{
        batch,
        history::carry_out,
        story::{Action, Story, What},
    },
    content::Content,
    db::{
        Tx,
        schema::{articles, view_totals},
    },
    http::Problem,
    media::library::revisions::newest,
    newsroom::{
        Transition,
        article::{ArticleRow, Case},
        desk::Draft,
        royalty, store as newsroom,
        workflow::comments,
    },
    publication,
};

/// What a rejection says where nobody there said why: one says something here.
const DENIED: &str = "Từ chối trong SharePoint";

/// Who writes, and for what.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    /// The list.
    pub list: Uuid,
    /// The run.
    pub run: i64,
    /// In whose name.
    pub importer: &'a Principal,
    /// Whether receivers are told.
    pub announce: bool,
}

/// What is to be written of an item.
#[derive(Clone)]
pub struct Job {
    /// What it becomes.
    pub plan: Plan,
    /// As what it was taken before, if it was.
    pub before: Option<Standing>,
}

/// What was written of an item.
pub struct Done {
    /// The article.
    pub article: Uuid,
    /// What could not be kept, beside what its plan says.
    pub losses: Vec<Loss>,
    /// What else there is to say.
    pub remark: Option<&'static str>,
}

impl Writer<'_> {
    /// Writes these items, all or none. Answers what was written of each, in their order (nothing where somebody changed its
    /// article just then), and the names that are known by then.
    pub fn write(
        &self,
        tx: &mut Tx<'_>,
        jobs: &[Job],
        library: &Library,
        mut names: Names,
    ) -> Result<(Vec<Option<Done>>, Names), Problem> {
        store::begin_writing(tx, self.announce)?;
        let (new, changed): (Vec<_>, Vec<_>) = jobs.iter().enumerate().partition(|(_, job)| job.before.is_none());
        let mut done: Vec<Option<Done>> = jobs.iter().map(|_| None).collect();
        self.make(tx, &new, library, &mut names, &mut done)?;
        for (place, job) in changed {
            done[place] = self.update(tx, job, library, &mut names)?;
        }
        if self.announce {
            let ids: Vec<Uuid> = done.iter().flatten().map(|done| done.article).collect();
            sql_query("SELECT import_announce($1)").bind::<Array<sql_types::Uuid>, _>(ids).execute(tx.conn)?;
        }
        Ok((done, names))
    }

    /// Makes articles of new items.
    fn make(
        &self,
        tx: &mut Tx<'_>,
        jobs: &[(usize, &Job)],
        library: &Library,
        names: &mut Names,
        done: &mut [Option<Done>],
    ) -> Result<(), Problem> {
        let now = self.importer.at(tx.now);
        let (mut stories, mut gathered) = (Vec::new(), Vec::new());
        for (place, Job { plan, .. }) in jobs {
            let id = article_id(self.list, plan.item);
            let (mut actions, mut losses) = (Vec::new(), Vec::new());
            for version in &plan.versions {
                let says = content(tx, now, names, library, &version.says, &mut losses)?;
                let who = names.person(tx, now, &version.by)?;
                actions.extend(self.actions(id, plan, version, says, who, version.at, &mut losses));
            }
            let created = match (plan.created, &plan.created_by) {
                (Some(at), by) => Some((at, names.person(tx, now, &by.clone().unwrap_or_default())?)),
                (None, _) => None,
            };
            stories.push(Story { id, actions, views: plan.views, created, legacy_list: Some(self.list) });
            gathered.push((*place, plan, id, losses));
        }
        if stories.is_empty() {
            return Ok(());
        }
        let files = library.values().flatten().map(|kept| (kept.id, kept.revision)).collect();
        let revisions = batch::write(tx, stories, &files)?;
        let (mut taken, mut addresses) = (Vec::new(), Vec::new());
        for (place, plan, id, losses) in gathered {
            remarks(tx, now, names, id, &plan.versions, 0)?;
            let revision = revisions.get(&id).copied().unwrap_or(1);
            taken.push(Taken::of(self.list, self.run, id, revision, plan));
            addresses.push(plan.addresses.clone());
            if let Some(amount) = plan.royalty {
                royalty::record(tx, now, id, 1, royalty::Royalty { amount, currency: royalty::vnd() })?;
            }
            self.log(tx, id, plan, plan.versions.len())?;
            done[place] = Some(Done { article: id, losses, remark: None });
        }
        let was: Vec<Option<Was>> = taken.iter().map(|_| None).collect();
        store::note(tx, &taken, &was, &addresses)
    }

    fn log(&self, tx: &mut Tx<'_>, article: Uuid, plan: &Plan, versions: usize) -> Result<(), Problem> {
        let Self { list, run, .. } = *self;
        let event = Event::ArticleImported { list, item: plan.item, run, versions };
        audit::record(tx.conn, article, Stamp::by_service(tx.now), &event)
    }

    /// What happened to an article with a version: it was written, and decided on as it stands.
    #[expect(clippy::too_many_arguments, reason = "each is one thing that an action is made of")]
    fn actions(
        &self,
        article: Uuid,
        plan: &Plan,
        version: &Version,
        says: Content,
        who: Uuid,
        at: DateTime<Utc>,
        losses: &mut Vec<Loss>,
    ) -> Vec<Action> {
        let nobody = self.importer.id;
        let comment = version.comment.clone();
        let lacks = lacks(plan, &says);
        let step = |who, name, comment| Action { at, who, what: What::Step(name, comment) };
        let mut actions = vec![Action { at, who, what: What::Write(Box::new(says)) }];
        match version.stands {
            Stands::Draft => {}
            Stands::Approved if lacks.is_some() => losses.extend(lacks.filter(|loss| !losses.contains(loss))),
            Stands::Pending => actions.push(step(who, Transition::Submit, comment)),
            Stands::Denied => {
                actions.push(step(who, Transition::Submit, None));
                actions.push(step(nobody, Transition::Reject, Some(comment.unwrap_or_else(|| DENIED.to_owned()))));
            }
            Stands::Approved => {
                actions.push(step(who, Transition::Submit, None));
                actions.push(step(nobody, Transition::Approve, comment));
                let id = publication_id(article, &Plan::digest_of(version), at);
                let (publish_at, expires_at) = (version.publish_at.filter(|from| *from > at), version.expires_at);
                let expires_at = expires_at.map(|end| end.max(publish_at.unwrap_or(at) + TimeDelta::seconds(1)));
                actions.push(Action { at, who: nobody, what: What::Publish { id, publish_at, expires_at } });
            }
        }
        actions
    }

    /// Brings an article up to date with its item, which nobody here has changed. None where somebody just does.
    fn update(
        &self,
        tx: &mut Tx<'_>,
        Job { plan, before }: &Job,
        library: &Library,
        names: &mut Names,
    ) -> Result<Option<Done>, Problem> {
        let Some(Standing { taken, .. }) = before else { return Ok(None) };
        let Some(id) = taken.article_id else { return Ok(None) };
        let now = self.importer.at(tx.now);
        let row: Option<ArticleRow> = articles::table
            .find(id)
            .filter(articles::deleted_at.is_null())
            .filter(articles::revision.eq(taken.revision))
            .select(ArticleRow::as_select())
            .for_update()
            .first(tx.conn)
            .optional()?;
        let Some(row) = row else { return Ok(None) };
        let mut case = newsroom::case(tx.conn, row, tx.now)?;
        let was = Was {
            version: case.row.current_version,
            live: case.standing.live.as_ref().map(|live| live.version),
            digest: taken.digest.clone(),
            versions: taken.versions.clone(),
            views: taken.views,
            royalty: taken.royalty,
            run: taken.run_id,
        };
        let (mut actions, mut losses) = (Vec::new(), Vec::new());
        let mut after = case.row.updated_at;
        let fresh = fresh(plan, &taken.versions);
        for version in fresh {
            let mut says = content(tx, now, names, library, &version.says, &mut losses)?;
            says.slug.clone_from(&case.content.slug);
            newsroom::hold_slug(tx, id, case.content.slug.as_deref(), &mut says)?;
            let who = names.person(tx, now, &version.by)?;
            // What is here already happened before.
            let at = version.at.max(after + TimeDelta::milliseconds(1));
            after = at;
            actions.extend(self.actions(id, plan, version, says, who, at, &mut losses));
        }
        go_on(tx, &mut case, actions)?;
        remarks(tx, now, names, id, fresh, was.version)?;
        add_views(tx, id, plan.views - taken.views)?;
        let (royalty, remark) = self.royalty(tx, now, id, taken.royalty, plan.royalty)?;
        let mut now_taken = Taken::of(self.list, self.run, id, case.row.revision, plan);
        now_taken.royalty = royalty;
        store::note(tx, &[now_taken], &[Some(was)], std::slice::from_ref(&plan.addresses))?;
        self.log(tx, id, plan, fresh.len())?;
        Ok(Some(Done { article: id, losses, remark }))
    }

    /// Takes over a royalty that changed there, unless it was set here since. Answers what was taken over by then.
    fn royalty(
        &self,
        tx: &mut Tx<'_>,
        by: By<'_>,
        article: Uuid,
        before: Option<i64>,
        now: Option<i64>,
    ) -> Result<(Option<i64>, Option<&'static str>), Problem> {
        if before == now {
            return Ok((now, None));
        }
        let current = royalty::current_royalties(tx.conn, &[article])?.remove(&article);
        let ours = current.as_ref().map(|(_, royalty)| royalty.amount);
        match now {
            Some(amount) if ours == before => {
                let revision = current.map_or(1, |(revision, _)| revision + 1);
                royalty::record(tx, by, article, revision, royalty::Royalty { amount, currency: royalty::vnd() })?;
                Ok((now, None))
            }
            _ => Ok((now, Some("the royalty was set here since: ours stays"))),
        }
    }
}

/// What was said of versions that nobody decided on: comments on these, which are numbered from behind `before` on.
fn remarks(
    tx: &mut Tx<'_>,
    by: By<'_>,
    names: &mut Names,
    article: Uuid,
    versions: &[Version],
    before: i32,
) -> Result<(), Problem> {
    for (number, version) in (before + 1..).zip(versions) {
        let said = version.comment.as_deref().filter(|_| version.stands == Stands::Draft);
        if let Some(said) = said {
            let mut who = by.who.clone();
            who.id = names.person(tx, by, &version.by)?;
            comments::add(tx, who.at(version.at), article, number, said)?;
        }
    }
    Ok(())
}

/// The versions of a plan that are not here: those behind the past that was taken, or the last alone where the past is
/// another by now.
fn fresh<'p>(plan: &'p Plan, taken: &[Vec<u8>]) -> &'p [Version] {
    let digests = plan.digests();
    let goes_on = digests.len() >= taken.len() && digests.iter().zip(taken).all(|(one, other)| one.as_slice() == other);
    if goes_on {
        return &plan.versions[taken.len()..];
    }
    let is_known = digests.last().map(<[u8; 32]>::as_slice) == taken.last().map(Vec::as_slice);
    let last = plan.versions.len().saturating_sub(1);
    if is_known { &[] } else { &plan.versions[last..] }
}

/// Does further things with an article that is here, at the newsroom's desk. Its versions show files as these are now.
pub fn go_on(tx: &mut Tx<'_>, case: &mut Case, actions: Vec<Action>) -> Result<(), Problem> {
    let id = case.row.id;
    let standing = |tx: &mut Tx<'_>, at| publication::standing(tx.conn, id, at);
    let draft = |tx: &mut Tx<'_>, says: Content| {
        let media: Vec<Uuid> = says.media(tx.site).into_iter().map(|used| used.media_id).collect();
        Ok(Draft::written(says, newest(tx, &media)?))
    };
    carry_out(tx, case, actions, standing, draft)
}

/// Adds to the readers of an article, or takes some off.
pub fn add_views(tx: &mut Tx<'_>, article: Uuid, more: i64) -> Result<(), Problem> {
    if more == 0 {
        return Ok(());
    }
    insert_into(view_totals::table)
        .values((view_totals::article_id.eq(article), view_totals::views.eq(more.max(0))))
        .on_conflict(view_totals::article_id)
        .do_update()
        .set(view_totals::views.eq(sql::<BigInt>("greatest(view_totals.views + ").bind::<BigInt, _>(more).sql(", 0)")))
        .execute(tx.conn)?;
    Ok(())
}
