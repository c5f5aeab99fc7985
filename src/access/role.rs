//! `docs/api.md`, Roles, as data: the roles, and how far each reaches.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A role. It is granted for the whole site or for a category and all below it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::Display,
    strum::VariantNames,
    diesel::AsExpression,
    diesel::FromSqlRow,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Role {
    /// Reads and edits their own articles, in any state.
    Author,
    /// Reads and edits all articles.
    Editor,
    /// Reads all articles; reviews and publishes them.
    Approver,
    /// Reads all articles; sets royalties.
    Accountant,
    /// All of it, but bound by the four-eyes rule like everyone.
    Admin,
}

crate::text_enum!(Role);

/// Something that a role may permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumIter)]
pub enum Permission {
    /// Make a new article.
    Create,
    /// See an article's working copy, versions and history.
    Read,
    /// Change an article; submit it and take it back.
    Edit,
    /// Approve or reject.
    Review,
    /// Publish, schedule, unpublish.
    Publish,
    /// See and set royalties.
    Royalties,
    /// Delete for good.
    Purge,
    /// Change the category tree.
    Categories,
    /// Make author records.
    Authors,
}

/// How far a permission goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    Nothing,
    /// To what the person made.
    Own,
    /// To everything in the grant's scope.
    All,
}

impl Role {
    /// How far this role takes `permission`.
    pub fn reach(self, permission: Permission) -> Reach {
        use Permission as P;
        match (self, permission) {
            (Self::Admin, _) => Reach::All,
            (Self::Author, P::Create | P::Authors) => Reach::All,
            (Self::Author, P::Read | P::Edit) => Reach::Own,
            (Self::Editor, P::Create | P::Read | P::Edit | P::Authors) => Reach::All,
            (Self::Approver, P::Read | P::Review | P::Publish) => Reach::All,
            (Self::Accountant, P::Read | P::Royalties) => Reach::All,
            (Self::Author | Self::Editor | Self::Approver | Self::Accountant, _) => Reach::Nothing,
        }
    }
}
