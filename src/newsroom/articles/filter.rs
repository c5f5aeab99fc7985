//! Which working copies a list shows: what may be asked for, and what that is in SQL. Each condition can be found by an index.

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, IntoSql, NullableExpressionMethods, QueryDsl,
    dsl::{not, sql},
    pg::Pg,
    sql_types::{Array, Bool, Text, Uuid as SqlUuid},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    access::Readable,
    db::schema::{articles, categories, category_ancestors},
    http::{Count, paging},
    newsroom::{machine::Approval, words},
    publication::Status,
};

/// Which articles, and which page of them.
#[derive(Clone, Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ArticleFilter {
    /// Where the working copy stands.
    approval: Option<Approval>,
    /// Where the public stands.
    #[param(inline)]
    status: Option<Status>,
    /// Under review, at the stage of this name.
    #[schema(min_length = 1, max_length = 80, example = "Phê duyệt")]
    #[param(min_length = 1, max_length = 80)]
    stage: Option<String>,
    /// In this category or below, by slug.
    #[schema(max_length = 120)]
    category: Option<String>,
    /// By this author, by id.
    author: Option<Uuid>,
    /// Of this type, by code.
    #[schema(max_length = 40)]
    article_type: Option<String>,
    /// Under any of these tags, by slug, with commas between them.
    #[schema(max_length = 2000, example = "thi-dua,khen-thuong")]
    #[param(max_length = 2000)]
    tag: Option<String>,
    /// Of which this user made a version, by id.
    editor: Option<Uuid>,
    /// In this language.
    #[schema(max_length = 10)]
    locale: Option<String>,
    /// Last changed then or later.
    updated_after: Option<DateTime<Utc>>,
    /// Last changed before then.
    updated_before: Option<DateTime<Utc>>,
    /// Made then or later.
    created_after: Option<DateTime<Utc>>,
    /// Made before then.
    created_before: Option<DateTime<Utc>>,
    /// With all of these words in title, kicker, summary or body, typed with marks or without.
    #[schema(min_length = 1, max_length = 200, example = "chao co")]
    #[param(min_length = 1, max_length = 200)]
    q: Option<String>,
    /// The order: by last change or by when they were made, newest first (`-updated_at`, `-created_at`) or oldest first.
    #[serde(default)]
    #[param(inline)]
    pub sort: Sort,
    /// Whether to count the whole list, into `meta.count`.
    #[param(inline)]
    pub count: Option<Count>,
    /// Rows a page.
    #[serde(default = "paging::default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: i64,
    /// Where the previous page ended: `links.next` holds it.
    #[schema(max_length = 400)]
    pub cursor: Option<String>,
}

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub enum Sort {
    /// Newest change first.
    #[default]
    #[serde(rename = "-updated_at")]
    LastChanged,
    /// Oldest change first.
    #[serde(rename = "updated_at")]
    LongestUnchanged,
    /// The newest first.
    #[serde(rename = "-created_at")]
    Newest,
    /// The oldest first.
    #[serde(rename = "created_at")]
    Oldest,
}

impl Sort {
    /// Whether it goes by when articles were made.
    pub fn is_by_creation(self) -> bool {
        matches!(self, Self::Newest | Self::Oldest)
    }
}

/// Publications of the article at hand.
const NEVER: &str = "NOT EXISTS (SELECT FROM publications p WHERE p.article_id = articles.id)";
const IS_LIVE: &str = "EXISTS (SELECT FROM publications p WHERE p.article_id = articles.id \
    AND p.starts_at <= delivery.clock() AND coalesce(least(p.expires_at, p.ended_at) > delivery.clock(), true))";
const LIES_AHEAD: &str =
    "articles.id IN (SELECT p.article_id FROM publications p WHERE p.starts_at > delivery.clock())";
/// Those of which something was taken back, or has an end: there are few.
const ONCE_TAKEN_BACK: &str =
    "articles.id IN (SELECT p.article_id FROM publications p WHERE p.end_reason IN ('withdrawn', 'deleted'))";
const ONCE_EXPIRED: &str =
    "articles.id IN (SELECT p.article_id FROM publications p WHERE p.expires_at <= delivery.clock())";
/// How the last of those that have begun came to its end, where none goes on and none lies ahead.
const WAS_WITHDRAWN: &str = "(SELECT p.ended_at IS NOT NULL AND (p.expires_at IS NULL OR p.ended_at < p.expires_at) \
    FROM publications p WHERE p.article_id = articles.id AND p.starts_at <= delivery.clock() \
    ORDER BY p.starts_at DESC LIMIT 1)";

impl ArticleFilter {
    /// What the cursor is bound to: everything but the page.
    pub fn name(&self) -> String {
        let Self {
            approval,
            status,
            stage,
            category,
            author,
            article_type,
            tag,
            editor,
            locale,
            updated_after,
            updated_before,
            created_after,
            created_before,
            q,
            sort,
            count: _,
            limit: _,
            cursor: _,
        } = self;
        let filed = (category, author, article_type, tag, locale);
        let dates = (updated_after, updated_before, created_after, created_before);
        format!("manage/articles {:?}", ((approval, status, stage), filed, editor, dates, q, sort))
    }

    /// The rows that match, of those that somebody may read.
    pub fn matching<'a>(&'a self, readable: &Readable) -> articles::BoxedQuery<'a, Pg> {
        let mut query = readable.clone().articles().filter(articles::deleted_at.is_null());
        if let Some(approval) = self.approval {
            query = query.filter(articles::approval.eq(approval));
        }
        if let Some(slug) = &self.category {
            let above = categories::table.filter(categories::slug.eq(slug)).select(categories::id);
            let below = category_ancestors::table
                .filter(category_ancestors::ancestor_id.eq_any(above))
                .select(category_ancestors::category_id);
            query = query.filter(articles::category_id.assume_not_null().eq_any(below));
        }
        if let Some(author) = self.author {
            query = query.filter(articles::author_id.eq(author));
        }
        if let Some(code) = &self.article_type {
            query = query.filter(articles::article_type.eq(code));
        }
        if let Some(locale) = &self.locale {
            query = query.filter(articles::locale.eq(locale));
        }
        if let Some(at) = self.updated_after {
            query = query.filter(articles::updated_at.ge(at));
        }
        if let Some(at) = self.updated_before {
            query = query.filter(articles::updated_at.lt(at));
        }
        if let Some(at) = self.created_after {
            query = query.filter(articles::created_at.ge(at));
        }
        if let Some(at) = self.created_before {
            query = query.filter(articles::created_at.lt(at));
        }
        if let Some(status) = self.status {
            query = standing(query, status, self.approval);
        }
        if let Some(editor) = self.editor {
            let edited = sql::<Bool>("articles.id IN (SELECT article_id FROM article_versions WHERE edited_by = ");
            query = query.filter(edited.bind::<SqlUuid, _>(editor).sql(")"));
        }
        if let Some(stage) = &self.stage {
            let at = sql::<Bool>("review_stage(articles.review) ->> 'name' = ").bind::<Text, _>(stage);
            query = query.filter(articles::approval.eq(Approval::Pending)).filter(at);
        }
        if let Some(tags) = &self.tag {
            let slugs: Vec<&str> = tags.split(',').map(str::trim).collect();
            let tagged = sql::<Bool>(
                "articles.id IN (SELECT o.id FROM tags t \
                   JOIN tags u ON u.id = coalesce(t.merged_into, t.id) \
                   JOIN article_versions v ON v.content -> 'tags' @> to_jsonb(t.id) \
                   JOIN articles o ON (o.id, o.current_version) = (v.article_id, v.version) WHERE u.slug = ANY (",
            );
            query = query.filter(tagged.bind::<Array<Text>, _>(slugs).sql("))"));
        }
        if let Some(words) = &self.q {
            let words = words::asked(words);
            // Without a word there is nothing that could be found.
            query = query.filter((!words.is_empty()).into_sql::<Bool>());
            let says = sql::<Bool>("articles.id IN (SELECT article_id FROM article_words WHERE words @> ");
            query = query.filter(says.bind::<Array<Text>, _>(words).sql(")"));
        }
        query
    }
}

/// Those of them with which the public stands so, where their approval is this. The clock decides, as everywhere.
fn standing(
    query: articles::BoxedQuery<'_, Pg>,
    status: Status,
    approval: Option<Approval>,
) -> articles::BoxedQuery<'_, Pg> {
    let (never, live, ahead) = (sql::<Bool>(NEVER), sql::<Bool>(IS_LIVE), sql::<Bool>(LIES_AHEAD));
    let (taken_back, expired) = (sql::<Bool>(ONCE_TAKEN_BACK), sql::<Bool>(ONCE_EXPIRED));
    let withdrawn = sql::<Bool>(WAS_WITHDRAWN);
    match status {
        // What is approved and was never public waits for being published: there are few of the other kind of row.
        Status::Unpublished if approval == Some(Approval::Approved) => {
            query.filter(articles::awaits_publication).filter(never)
        }
        Status::Unpublished => {
            let waits = articles::approval.ne(Approval::Approved).or(articles::awaits_publication);
            query.filter(waits).filter(never)
        }
        Status::Live => query.filter(live),
        Status::Scheduled => query.filter(ahead).filter(not(live)),
        Status::Withdrawn => query.filter(taken_back).filter(not(live)).filter(not(ahead)).filter(withdrawn),
        Status::Expired => query.filter(expired).filter(not(live)).filter(not(ahead)).filter(not(withdrawn)),
    }
}
