//! What the management side answers: articles, their cards and versions.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    content::{ArticleTypeRef, AuthorRef, CategoryRef, Content, MediaUse, Picture, Seo, Source, UserRef},
    http::ETag,
    newsroom::workflow::{Approval, Transition, options::Blocked},
    publication::Status,
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
    /// The names of these tags, in order; one that is gone is left out.
    pub fn tags(&self, ids: &[Uuid]) -> Vec<String> {
        ids.iter().filter_map(|id| self.tags.get(id).cloned()).collect()
    }

    /// A user.
    pub fn user(&self, id: Uuid) -> UserRef {
        UserRef { id, name: self.users.get(&id).cloned().unwrap_or_default() }
    }
}

/// The written fields that cards show.
#[derive(Serialize, ToSchema)]
pub struct Brief {
    /// "Tiêu đề".
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    title: Option<String>,
    /// Unique site-wide.
    #[schema(example = "lich-tiep-cong-dan-thang-12")]
    slug: Option<String>,
    /// The language, as a BCP 47 tag.
    #[schema(example = "vi")]
    locale: String,
    /// "Tóm tắt".
    summary: Option<String>,
    /// "Link thay thế nội dung".
    external_url: Option<String>,
    /// "Ngày xuất bản": the editor's date.
    published_at: Option<DateTime<Utc>>,
    /// "Tin nổi bật".
    featured: bool,
    /// "Tác giả".
    author: Option<AuthorRef>,
    /// "Phân loại".
    category: Option<CategoryRef>,
    /// "Loại bài viết".
    article_type: Option<ArticleTypeRef>,
    /// "Số Trang".
    page_count: i32,
    /// "Số Ảnh".
    photo_count: i32,
    /// "Từ khóa".
    tags: Vec<String>,
    /// The same article in other languages.
    translations: Vec<Uuid>,
    /// Where a republished item came from.
    source: Option<Source>,
    /// For search engines.
    seo: Option<Seo>,
    /// Its number in the list that this service replaced.
    legacy_id: Option<i64>,
    /// "Hình ảnh".
    image: Option<Picture>,
    /// "Hình ảnh mô tả".
    description_image: Option<Picture>,
}

/// All written fields.
#[derive(Serialize, ToSchema)]
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

impl Brief {
    fn of(content: &Content, names: &Names) -> Self {
        let article_type = content.article_type.as_ref().map(|code| ArticleTypeRef {
            code: code.clone(),
            name: names.types.get(code).cloned().unwrap_or_else(|| code.clone()),
        });
        Self {
            title: content.title.clone(),
            slug: content.slug.clone(),
            locale: content.locale.clone(),
            summary: content.summary.clone(),
            external_url: content.external_url.clone(),
            published_at: content.published_at,
            featured: content.featured,
            author: content.author.and_then(|id| names.authors.get(&id).cloned()),
            category: content.category.and_then(|id| names.categories.get(&id).cloned()),
            article_type,
            page_count: content.page_count,
            photo_count: content.photo_count,
            tags: names.tags(&content.tags),
            translations: content.translations.clone(),
            source: content.source.clone(),
            seo: content.seo.clone(),
            legacy_id: content.legacy_id,
            image: content.image.clone(),
            description_image: content.description_image.clone(),
        }
    }
}

impl Written {
    /// The written fields of a snapshot.
    pub fn of(content: &Content, names: &Names) -> Self {
        Self {
            brief: Brief::of(content, names),
            body: content.body.clone(),
            related: content.related.clone(),
            audio: content.audio.clone(),
            attachments: content.attachments.clone(),
        }
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
}

/// Where a working copy stands, kept by the system.
#[derive(Serialize, ToSchema)]
pub struct Record {
    /// Where the public stands ("Trạng thái").
    pub status: Status,
    /// Where the working copy stands ("Approval Status").
    pub approval: Approval,
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
    /// "Số lượt người đọc".
    #[schema(minimum = 0)]
    pub views: i64,
    /// "Số tiền". Absent for whoever may not see royalties; null until set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub royalty: Option<Option<Royalty>>,
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

/// What a piece earns its writer.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct Royalty {
    /// In the currency's smallest unit.
    #[schema(minimum = 0, example = 350_000)]
    pub amount: i64,
    /// ISO 4217.
    #[schema(example = "VND")]
    pub currency: String,
}

/// A working copy.
#[derive(Serialize, ToSchema)]
#[schema(as = ManagedArticle)]
pub struct Article {
    /// Never changes (UUID v7).
    pub id: Uuid,
    #[serde(flatten)]
    pub(super) written: Written,
    #[serde(flatten)]
    pub(super) record: Record,
    #[serde(skip)]
    pub(super) etag: Option<ETag>,
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
    /// A card of the article.
    pub fn of(article: Article) -> Self {
        Self { id: article.id, brief: article.written.brief, record: article.record }
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
    #[serde(flatten)]
    pub(super) written: Written,
}
