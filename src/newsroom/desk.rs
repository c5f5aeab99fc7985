//! Where articles are written. The newsroom says what is written and in which order; a desk writes it: a transaction at
//! once, a corpus that is being made with the rest of its rows.
//!
//! [`open`], [`revise`] and [`record`] are what everything that writes articles goes through: editors, the sample, a
//! corpus. They decide nothing; who may and whether it makes sense has been asked before.

use chrono::{DateTime, Utc};
use diesel::{AsChangeset, ExpressionMethods, Insertable, QueryDsl, RunQueryDsl, sql_query, sql_types};
use serde_json::Value;
use uuid::Uuid;

use super::{
    article::{ArticleRow, Case, Edits},
    machine::{Approval, Transition},
    requirements,
    review::Review,
    words,
};
use crate::{
    access::By,
    audit::Event,
    content::Content,
    db::{
        Tx,
        schema::{article_versions, articles, transitions},
    },
    http::{Problem, text},
    media::library::{
        revisions::{Pins, Shown, pins},
        uses,
    },
    publication::{self, Ledger, Standing},
};

/// What can be written of an article.
pub trait Desk: Ledger {
    /// A new article with its first version.
    fn add(&mut self, row: &ArticleRow, draft: &Draft) -> Result<(), Problem>;

    /// A further version, which the article is at from now on.
    fn save(&mut self, row: &ArticleRow, draft: &Draft) -> Result<(), Problem>;

    /// An entry of the history; answers its number.
    fn history(&mut self, step: StepRow) -> Result<i64, Problem>;

    /// Where the article stands after a step.
    fn moved(&mut self, row: &ArticleRow) -> Result<(), Problem>;

    /// The article goes to the trash.
    fn discard(&mut self, row: &ArticleRow, by: By<'_>) -> Result<(), Problem>;
}

/// What a version is to be.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it says, with a slug that the article holds.
    pub content: Content,
    /// The files that it shows.
    pub files: Vec<Shown>,
    /// The earlier version that it restores.
    pub restored_from: Option<i32>,
}

impl Draft {
    /// One that somebody wrote.
    pub fn written(content: Content, files: Vec<Shown>) -> Self {
        Self { content, files, restored_from: None }
    }
}

/// Makes an article of its first version.
///
/// # Errors
/// `conflict` where the legacy id is taken.
pub fn open(desk: &mut impl Desk, by: By<'_>, id: Uuid, draft: Draft) -> Result<Case, Problem> {
    let content = &draft.content;
    let row = ArticleRow {
        id,
        approval: Approval::Draft,
        current_version: 1,
        revision: 1,
        category_id: content.category,
        complete: requirements::missing(content).is_empty(),
        review: None,
        created_at: by.at,
        created_by: by.who.id,
        updated_at: by.at,
        updated_by: by.who.id,
    };
    desk.add(&row, &draft)?;
    desk.event(id, by.stamp(), &Event::ArticleCreated { version: 1 })?;
    let Draft { content, files, .. } = draft;
    Ok(Case { row, content, standing: Standing::of(&[], by.at), files, edits: Edits::from([(by.who.id, 1)]) })
}

/// Adds a version, and returns the working copy to draft.
///
/// # Errors
/// `conflict` where the legacy id is taken.
pub fn revise(desk: &mut impl Desk, by: By<'_>, case: &mut Case, draft: Draft) -> Result<(), Problem> {
    let Draft { content, files, restored_from } = &draft;
    let mut fields = case.content.differences(content);
    fields.extend(taken_over(&pins(&case.files), &pins(files)));
    let row = &mut case.row;
    row.touched(by.who.id, by.at);
    row.approval = Approval::Draft;
    row.review = None;
    row.current_version += 1;
    row.category_id = content.category;
    row.complete = requirements::missing(content).is_empty();
    desk.save(row, &draft)?;
    let version = row.current_version;
    desk.event(row.id, by.stamp(), &Event::ArticleEdited { version, fields, restored_from: *restored_from })?;
    case.edits.insert(by.who.id, version);
    (case.content, case.files) = (draft.content, draft.files);
    Ok(())
}

/// What a change is called by which a version shows another state of a file than the one before: `files`.
pub fn taken_over(before: &Pins, after: &Pins) -> Option<String> {
    let changed = after.iter().any(|(id, revision)| before.get(id).is_some_and(|before| before != revision));
    changed.then(|| "files".to_owned())
}

/// Writes a step into the history, and where the article stands after it. Answers the entry's number.
pub fn record(desk: &mut impl Desk, by: By<'_>, case: &mut Case, step: &Step<'_>) -> Result<i64, Problem> {
    let number = desk.history(StepRow {
        article_id: case.row.id,
        version: step.version,
        name: step.name,
        from_approval: case.row.approval,
        to_approval: step.to,
        actor_id: by.who.id,
        at: by.at,
        comment: step.comment.map(str::to_owned),
        publish_at: step.publish_at,
        expires_at: step.expires_at,
        overridden: step.overridden,
        key_id: by.stamp().key,
        stage: step.stage.map(str::to_owned),
        review_id: step.review_id,
        correction: step.correction.map(str::to_owned),
        notice: step.notice.map(str::to_owned),
        urgent_until: step.urgent_until,
    })?;
    case.row.touched(by.who.id, by.at);
    case.row.approval = step.to;
    case.row.review =
        step.review.clone().map(|review| Review { submission: review.submission.or(Some(number)), ..review });
    desk.moved(&case.row)?;
    Ok(number)
}

/// Moves an article to the trash, and takes it from the public.
pub fn discard(
    desk: &mut impl Desk,
    by: By<'_>,
    row: &mut ArticleRow,
    standing: &Standing,
    reason: Option<&str>,
) -> Result<(), Problem> {
    publication::delete(desk, by.stamp(), row.id, standing, reason)?;
    // Not an edit: who touched it last stays.
    row.revision += 1;
    desk.discard(row, by)?;
    desk.event(row.id, by.stamp(), &Event::ArticleDeleted { reason })
}

/// A step along the workflow, as the history is to have it.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// The version that it is about.
    pub version: i32,
    /// What happens.
    pub name: Transition,
    /// Where the working copy stands afterwards.
    pub to: Approval,
    /// Why.
    pub comment: Option<&'a str>,
    /// When it is to become public, if later.
    pub publish_at: Option<DateTime<Utc>>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether the four-eyes rule is overridden.
    pub overridden: bool,
    /// The stage of a review that it decides.
    pub stage: Option<&'a str>,
    /// The number of the submission by which that review began.
    pub review_id: Option<i64>,
    /// What it corrects of what was public before.
    pub correction: Option<&'a str>,
    /// What readers are told in the place of what is taken back.
    pub notice: Option<&'a str>,
    /// Until when it is urgent.
    pub urgent_until: Option<DateTime<Utc>>,
    /// The review that the article is under afterwards; the step begins it where it has no number yet.
    pub review: Option<Review>,
}

/// An entry of the history as it is stored.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = transitions, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct StepRow {
    pub article_id: Uuid,
    pub version: i32,
    pub name: Transition,
    pub from_approval: Approval,
    pub to_approval: Approval,
    pub actor_id: Uuid,
    pub at: DateTime<Utc>,
    pub comment: Option<String>,
    pub publish_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub overridden: bool,
    pub key_id: Option<Uuid>,
    pub stage: Option<String>,
    pub review_id: Option<i64>,
    pub correction: Option<String>,
    pub notice: Option<String>,
    pub urgent_until: Option<DateTime<Utc>>,
}

/// A version as it is stored.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = article_versions, treat_none_as_default_value = false)]
pub struct VersionRow {
    article_id: Uuid,
    version: i32,
    content: Value,
    edited_by: Uuid,
    edited_at: DateTime<Utc>,
    restored_from: Option<i32>,
}

impl VersionRow {
    /// The version that an article is at since its last change.
    pub fn of(row: &ArticleRow, draft: &Draft) -> Self {
        Self {
            article_id: row.id,
            version: row.current_version,
            content: draft.content.to_stored(),
            edited_by: row.updated_by,
            edited_at: row.updated_at,
            restored_from: draft.restored_from,
        }
    }
}

/// The fields of the current version that the row repeats: what lists filter on, and what must be real.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = articles, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct Indexed<'a> {
    pub title: Option<&'a str>,
    pub slug: Option<&'a str>,
    pub locale: &'a str,
    pub article_type: Option<&'a str>,
    pub author_id: Option<Uuid>,
    pub legacy_id: Option<i64>,
}

impl<'a> Indexed<'a> {
    /// Those of this content. Its category is in [`ArticleRow`].
    pub fn of(content: &'a Content) -> Self {
        Self {
            title: content.title.as_deref(),
            slug: content.slug.as_deref(),
            locale: &content.plain.locale,
            article_type: content.article_type.as_deref(),
            author_id: content.author,
            legacy_id: content.plain.legacy_id,
        }
    }
}

impl Desk for Tx<'_> {
    fn add(&mut self, row: &ArticleRow, draft: &Draft) -> Result<(), Problem> {
        diesel::insert_into(articles::table)
            .values((row.clone(), Indexed::of(&draft.content)))
            .execute(self.conn)
            .map_err(|error| legacy_id_taken(error, &draft.content))?;
        add_version(self, row, draft)
    }

    fn save(&mut self, row: &ArticleRow, draft: &Draft) -> Result<(), Problem> {
        add_version(self, row, draft)?;
        diesel::update(articles::table.find(row.id))
            .set((
                articles::approval.eq(row.approval),
                articles::review.eq(&row.review),
                articles::current_version.eq(row.current_version),
                articles::revision.eq(row.revision),
                articles::category_id.eq(row.category_id),
                articles::complete.eq(row.complete),
                Indexed::of(&draft.content),
                articles::updated_at.eq(row.updated_at),
                articles::updated_by.eq(row.updated_by),
            ))
            .execute(self.conn)
            .map_err(|error| legacy_id_taken(error, &draft.content))?;
        Ok(())
    }

    fn history(&mut self, step: StepRow) -> Result<i64, Problem> {
        Ok(diesel::insert_into(transitions::table).values(step).returning(transitions::id).get_result(self.conn)?)
    }

    fn moved(&mut self, row: &ArticleRow) -> Result<(), Problem> {
        diesel::update(articles::table.find(row.id))
            .set((
                articles::approval.eq(row.approval),
                articles::review.eq(&row.review),
                articles::revision.eq(row.revision),
                articles::updated_at.eq(row.updated_at),
                articles::updated_by.eq(row.updated_by),
            ))
            .execute(self.conn)?;
        Ok(())
    }

    fn discard(&mut self, row: &ArticleRow, by: By<'_>) -> Result<(), Problem> {
        diesel::update(articles::table.find(row.id))
            .set((
                articles::deleted_at.eq(by.at),
                articles::deleted_by.eq(by.who.id),
                articles::revision.eq(row.revision),
            ))
            .execute(self.conn)?;
        Ok(())
    }
}

fn add_version(tx: &mut Tx<'_>, row: &ArticleRow, draft: &Draft) -> Result<(), Problem> {
    let VersionRow { article_id, version, content, edited_by, edited_at, restored_from } = VersionRow::of(row, draft);
    // Together, for one must not be there without the other, and a statement costs more than what it does.
    sql_query(
        "WITH written AS (\
            INSERT INTO article_versions (article_id, version, content, edited_by, edited_at, restored_from) \
            VALUES ($1, $2, $3, $4, $5, $6)) \
         INSERT INTO article_words (article_id, version, words) VALUES ($1, $2, $7) \
         ON CONFLICT (article_id) DO UPDATE SET version = EXCLUDED.version, words = EXCLUDED.words",
    )
    .bind::<sql_types::Uuid, _>(article_id)
    .bind::<sql_types::Integer, _>(version)
    .bind::<sql_types::Jsonb, _>(content)
    .bind::<sql_types::Uuid, _>(edited_by)
    .bind::<sql_types::Timestamptz, _>(edited_at)
    .bind::<sql_types::Nullable<sql_types::Integer>, _>(restored_from)
    .bind::<sql_types::Array<sql_types::Text>, _>(words::of(&draft.content))
    .execute(tx.conn)?;
    uses::record(tx, row.id, row.current_version, &draft.content.media(tx.site), &pins(&draft.files))
}

fn legacy_id_taken(error: diesel::result::Error, content: &Content) -> Problem {
    use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
    match (&error, content.plain.legacy_id) {
        (DatabaseError(UniqueViolation, info), Some(id))
            if info.constraint_name() == Some("articles_legacy_id_key") =>
        {
            Problem::taken("/legacy_id", text("legacy-id-taken").with("id", id))
        }
        _ => error.into(),
    }
}
