//! What the management side answers: articles, their cards and versions.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::Role,
    content::{
        ArticleTypeRef, AuthorRef, CategoryRef, Content, Correction, MediaUse, Picture, Plain, UserRef, joined_answer,
    },
    http::ETag,
    media::library::revisions::ShownFile,
    newsroom::{
        machine::{Approval, Transition},
        review::{Review, Stage},
        royalty::Royalty,
        workflow::options::Blocked,
    },
    publication::{Standing, Status},
};

/// The names of what articles refer to by id, fetched for a whole page at once.
#[derive(Default)]
pub struct Names {
    /// Tags.
    pub tags: HashMap<Uuid, String>,
    /// Categories.
    pub categories: HashMap<Uuid, CategoryRef>,
    /// Authors.
    pub authors: HashMap<Uuid, AuthorRef>,
    /// Article types.
    pub types: HashMap<String, String>,
    /// Users.
    pub users: HashMap<Uuid, String>,
}

impl Names {
    /// The names of these tags, in order and each once, for two may have become one; one that is gone is left out.
    pub fn tags(&self, ids: &[Uuid]) -> Vec<String> {
        let mut seen = HashSet::new();
        ids.iter().filter_map(|id| self.tags.get(id)).filter(|name| seen.insert(*name)).cloned().collect()
    }

    /// The article type of this code.
    pub fn article_type(&self, code: String) -> ArticleTypeRef {
        let name = self.types.get(&code).cloned().unwrap_or_else(|| code.clone());
        ArticleTypeRef { code, name }
    }

    /// A user.
    pub fn user(&self, id: Uuid) -> UserRef {
        UserRef { id, name: self.users.get(&id).cloned().unwrap_or_default() }
    }
}

/// The written fields that cards show.
#[derive(Serialize)]
pub struct Brief {
    #[serde(flatten)]
    own: OwnBrief,
    #[serde(flatten)]
    plain: Plain,
}

crate::document_joined!(Brief as "WrittenBrief": joined_answer [OwnBrief, Plain]);

/// The written fields that cards show.
#[derive(Serialize, ToSchema)]
pub struct OwnBrief {
    /// "Tiêu đề".
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    title: Option<String>,
    /// Unique site-wide.
    #[schema(example = "lich-tiep-cong-dan-thang-12")]
    slug: Option<String>,
    /// "Ngày xuất bản": the editor's date.
    published_at: Option<DateTime<Utc>>,
    /// "Tác giả".
    author: Option<AuthorRef>,
    /// "Phân loại".
    category: Option<CategoryRef>,
    /// "Loại bài viết".
    article_type: Option<ArticleTypeRef>,
    /// "Từ khóa".
    tags: Vec<String>,
    /// The same article in other languages.
    translations: Vec<Uuid>,
    /// "Hình ảnh".
    image: Option<Picture>,
    /// "Hình ảnh mô tả".
    description_image: Option<Picture>,
}

/// All written fields.
#[derive(Serialize, ToSchema)]
#[schema(as = WrittenArticle)]
pub struct Written {
    #[serde(flatten)]
    brief: Brief,
    /// "Nội dung": cleaned HTML.
    body: Option<String>,
    /// "Tin liên quan": article ids, in order.
    related: Vec<Uuid>,
    /// "Audio".
    audio: Option<MediaUse>,
    /// "Attachments".
    attachments: Vec<MediaUse>,
}

impl Written {
    /// The written fields of a snapshot.
    pub fn of(content: Content, names: &Names) -> Self {
        let Content {
            title,
            slug,
            body,
            published_at,
            author,
            category,
            article_type,
            tags,
            related,
            translations,
            image,
            description_image,
            audio,
            attachments,
            plain,
        } = content;
        let own = OwnBrief {
            title,
            slug,
            published_at,
            author: author.and_then(|id| names.authors.get(&id).cloned()),
            category: category.and_then(|id| names.categories.get(&id).cloned()),
            article_type: article_type.map(|code| names.article_type(code)),
            tags: names.tags(&tags),
            translations,
            image,
            description_image,
        };
        Self { brief: Brief { own, plain }, body, related, audio, attachments }
    }
}

/// A publication that lies ahead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Scheduled {
    /// The version that will become public.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it corrects of what is public before.
    pub correction: Option<String>,
    /// Until when it is urgent.
    pub urgent_until: Option<DateTime<Utc>>,
}

impl Scheduled {
    /// The one that lies ahead, if one does.
    pub(super) fn of(standing: &Standing) -> Option<Self> {
        standing.scheduled.as_ref().map(|publication| Self {
            version: publication.version,
            at: publication.starts_at,
            expires_at: publication.expires_at,
            correction: publication.correction.clone(),
            urgent_until: publication.urgent_until,
        })
    }
}

/// Who is editing an article: a hint, never a lock.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Editing {
    /// Who.
    pub by: UserRef,
    /// Until when, unless they say so again.
    pub until: DateTime<Utc>,
}

/// A review under way.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ArticleReview)]
pub struct ReviewView {
    /// Which of the stages is to be decided, the first being 0.
    #[schema(minimum = 0, example = 0)]
    stage: usize,
    /// All of them, as they were when the article was submitted.
    stages: Vec<ReviewStageView>,
    /// Who said that they are at it; null where nobody has.
    claimed_by: Option<UserRef>,
}

/// A stage of a review under way.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ArticleReviewStage)]
pub struct ReviewStageView {
    /// What it is called.
    #[schema(example = "Lãnh đạo duyệt")]
    name: String,
    /// Whoever has this role where the article is filed decides; null where only those named do.
    role: Option<Role>,
    /// Who decides besides.
    users: Vec<UserRef>,
    /// When a decision is due; null where that was not said, or the stage has not begun.
    due_at: Option<DateTime<Utc>>,
    /// Who approved it; null until somebody has.
    decided_by: Option<UserRef>,
    /// When.
    decided_at: Option<DateTime<Utc>>,
}

impl ReviewView {
    /// A review, with the names of those in it.
    pub(super) fn of(review: &Review, names: &Names) -> Self {
        let stage = |stage: &Stage| ReviewStageView {
            name: stage.rule.name.clone(),
            role: stage.rule.role,
            users: stage.rule.users.iter().map(|user| names.user(*user)).collect(),
            due_at: stage.due_at,
            decided_by: stage.decided_by.map(|user| names.user(user)),
            decided_at: stage.decided_at,
        };
        Self {
            stage: review.stage,
            stages: review.stages.iter().map(stage).collect(),
            claimed_by: review.claimed_by.map(|user| names.user(user)),
        }
    }
}

/// Where a working copy stands, kept by the system.
#[derive(Serialize, ToSchema)]
#[schema(as = ArticleRecord)]
pub struct Record {
    /// Where the public stands ("Trạng thái").
    pub status: Status,
    /// Where the working copy stands ("Approval Status").
    pub approval: Approval,
    /// The review that it is under; null while it is under none.
    pub review: Option<ReviewView>,
    /// One more for each accepted edit.
    #[schema(minimum = 1)]
    pub version: i32,
    /// The version that is public now.
    #[schema(minimum = 1)]
    pub live_version: Option<i32>,
    /// The publication that lies ahead.
    pub scheduled: Option<Scheduled>,
    /// When it first became public.
    pub first_published_at: Option<DateTime<Utc>>,
    /// When it last became public, or was replaced.
    pub last_published_at: Option<DateTime<Utc>>,
    /// When what was last published expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// Until when what is public is urgent, or was.
    pub urgent_until: Option<DateTime<Utc>>,
    /// What was corrected in public so far, newest first.
    pub corrections: Vec<Correction>,
    /// What readers are told in the place of what was taken back.
    pub notice: Option<String>,
    /// "Số lượt người đọc".
    #[schema(minimum = 0)]
    pub views: i64,
    /// "Số tiền". Absent for whoever may not see royalties; null until set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub royalty: Option<Option<Royalty>>,
    /// Who said that they are editing it; null where nobody is.
    pub editing: Option<Editing>,
    /// What this caller may do now.
    pub allowed_transitions: Vec<Transition>,
    /// What they may not, and why.
    pub blocked_transitions: Vec<Blocked>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: UserRef,
    /// When it was last edited or moved along the workflow.
    pub updated_at: DateTime<Utc>,
    /// By whom.
    pub updated_by: UserRef,
    /// The SharePoint content type.
    #[schema(example = "tin-tuc-mo-rong")]
    pub content_type: &'static str,
}

/// A working copy.
#[derive(Serialize, ToSchema)]
#[schema(as = ManagedArticle)]
pub struct Article {
    /// Never changes (UUID v7).
    pub id: Uuid,
    #[serde(flatten)]
    pub(super) written: Written,
    /// The files that it shows, each as it was when this version was made.
    pub(super) files: Vec<ShownFile>,
    #[serde(flatten)]
    pub(super) record: Record,
    #[serde(skip)]
    pub(super) etag: ETag,
}

/// A working copy in a list: without `body`, `related`, `audio` and `attachments`.
#[derive(Serialize, ToSchema)]
#[schema(as = ManagedArticleCard)]
pub struct ArticleCard {
    /// Never changes (UUID v7).
    pub id: Uuid,
    #[serde(flatten)]
    pub(super) brief: Brief,
    #[serde(flatten)]
    pub(super) record: Record,
}

impl ArticleCard {
    /// A card of what was written; what is not shown of it need not be there.
    pub(super) fn of(id: Uuid, written: Written, record: Record) -> Self {
        Self { id, brief: written.brief, record }
    }
}

/// A version: everything that was written, as it was then.
#[derive(Serialize, ToSchema)]
#[schema(as = ArticleVersion)]
pub struct Version {
    /// Its number.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Who wrote it.
    pub edited_by: UserRef,
    /// When.
    pub edited_at: DateTime<Utc>,
    /// The earlier version that it was made from, where it restored one.
    #[schema(minimum = 1)]
    pub restored_from: Option<i32>,
    #[serde(flatten)]
    pub(super) written: Written,
    /// The files that it shows, each as it was when it was made.
    pub(super) files: Vec<ShownFile>,
}
