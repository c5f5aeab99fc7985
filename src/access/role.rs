//! `docs/api.md`, Roles, as data: the roles, and how far each reaches.

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;
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
    /// Change, merge and delete tags, authors and article types, which the whole site shares.
    Vocabulary,
    /// Invite people, disable them, and grant them roles.
    People,
    /// Make keys for programs, and revoke one's own.
    Keys,
    /// Read who did what.
    Audit,
    /// See how often an article was read, day by day.
    Views,
    /// Say who is told of what is published.
    Webhooks,
}

impl Permission {
    /// Whether a program may have it that acts by a key. What lets others in is for people alone.
    pub fn is_for_keys(self) -> bool {
        !matches!(self, Self::People | Self::Keys | Self::Audit | Self::Webhooks)
    }
}

/// What a key may be limited to.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    diesel::AsExpression,
    diesel::FromSqlRow,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum KeyScope {
    /// Reading.
    Read,
    /// Following what is published, change by change.
    Sync,
    /// How often articles are read.
    Views,
}

crate::text_enum!(KeyScope);

impl KeyScope {
    /// Whether it leaves this.
    pub fn leaves(self, permission: Permission) -> bool {
        match self {
            Self::Read => matches!(permission, Permission::Read | Permission::Views),
            Self::Views => permission == Permission::Views,
            // What is published takes no permission.
            Self::Sync => false,
        }
    }
}

/// How far a permission goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
            (_, P::Keys) => Reach::All,
            (Self::Author, P::Create | P::Authors) => Reach::All,
            (Self::Author, P::Read | P::Views | P::Edit) => Reach::Own,
            (Self::Editor, P::Create | P::Read | P::Views | P::Edit | P::Authors) => Reach::All,
            (Self::Approver, P::Read | P::Views | P::Review | P::Publish) => Reach::All,
            (Self::Accountant, P::Read | P::Views | P::Royalties) => Reach::All,
            (Self::Author | Self::Editor | Self::Approver | Self::Accountant, _) => Reach::Nothing,
        }
    }

    /// Whether whoever has this role may do all that the other one permits.
    pub fn includes(self, other: Self) -> bool {
        Permission::iter().all(|permission| self.reach(permission) >= other.reach(permission))
    }
}
