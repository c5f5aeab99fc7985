//! What articles are filed under and signed with, as they show it: by a name that may change.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::schema::{api_keys, article_types, authors, categories, users};

/// A category, as articles name it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, Queryable, Selectable)]
#[schema(as = CategoryRef)]
#[diesel(table_name = categories)]
pub struct CategoryRef {
    /// Never changes.
    pub id: Uuid,
    /// Unique among categories.
    #[schema(example = "tin-chuyen-nganh")]
    pub slug: String,
    /// What readers see.
    #[schema(example = "Tin Chuyên Ngành")]
    pub name: String,
}

/// An author.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, Queryable, Selectable)]
#[schema(as = Author)]
#[diesel(table_name = authors)]
pub struct AuthorRef {
    /// Never changes.
    pub id: Uuid,
    /// What readers see.
    #[schema(example = "Văn phòng UBND tỉnh")]
    pub name: String,
}

/// An article type.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = article_types)]
pub struct ArticleTypeRef {
    /// What articles name it by.
    #[schema(example = "announcement")]
    pub code: String,
    /// What readers see.
    #[schema(example = "Thông báo")]
    pub name: String,
}

/// A user, as others see them.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct UserRef {
    /// Never changes.
    pub id: Uuid,
    /// Their name.
    #[schema(example = "Ban Biên tập")]
    pub name: String,
}

/// A key by which a program acted in somebody's name.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct KeyRef {
    /// Never changes.
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "Cổng thông tin huyện")]
    pub name: String,
}
