//! People as administrators write and read them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    access::{Role, principal::GrantView},
    http::{ETag, paging},
    told_once::ToldOnce,
};

/// Somebody who has an account.
#[derive(Clone, Serialize, ToSchema)]
pub struct User {
    /// Never changes.
    pub id: Uuid,
    /// The address they sign in with.
    #[schema(example = "bientap@tintuc.example")]
    pub email: String,
    /// Their name, as others see it.
    #[schema(example = "Ban Biên tập")]
    pub name: String,
    /// Whether they are kept out.
    pub disabled: bool,
    /// Whether they have come in: false until an invitation is accepted, or a provider of single sign-on has sent them.
    pub joined: bool,
    /// Whether a code is asked for beside the password when they sign in.
    pub totp: bool,
    /// Their roles.
    pub grants: Vec<GrantView>,
    /// Whether they may override the four-eyes rule, which no role does.
    pub four_eyes_override: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// How often it was changed.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: i64,
}

impl User {
    /// The tag of the account as it is: it moves with each change of it and of its grants.
    pub fn etag(&self) -> ETag {
        ETag::new(format!("user-{}", self.revision))
    }
}

/// Somebody to invite.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserInput {
    /// The address to sign in with; upper and lower case are the same.
    #[schema(min_length = 3, max_length = 254, example = "bientap@tintuc.example")]
    pub email: String,
    /// The name that others see.
    #[schema(min_length = 1, max_length = 200, example = "Ban Biên tập")]
    pub name: String,
    /// Their roles.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub grants: Vec<GrantInput>,
}

/// A role to grant.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantInput {
    /// The role.
    pub role: Role,
    /// The category, by slug or id, that it is limited to, with all below it; on the whole site where left out.
    #[serde(default)]
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    pub category: Option<String>,
}

/// What can be changed of an account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// The name that others see.
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "Ban Biên tập")]
    pub name: Option<String>,
    /// True ends every session and keeps them out; false lets them in again.
    #[schema(nullable = false)]
    pub disabled: Option<bool>,
}

/// An account as a patch leaves it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The name that others see.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Whether they are kept out.
    pub disabled: bool,
}

/// What somebody may do, whole.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantsInput {
    /// Their roles from now on; others are taken away.
    #[schema(max_items = 100)]
    pub grants: Vec<GrantInput>,
    /// Whether they may override the four-eyes rule; as it is where left out.
    #[serde(default)]
    pub four_eyes_override: Option<bool>,
}

/// What somebody may do.
#[derive(Serialize, ToSchema)]
pub struct UserGrants {
    /// Their roles.
    pub grants: Vec<GrantView>,
    /// Whether they may override the four-eyes rule.
    pub four_eyes_override: bool,
}

impl From<User> for UserGrants {
    fn from(user: User) -> Self {
        Self { grants: user.grants, four_eyes_override: user.four_eyes_override }
    }
}

/// A way in, for whoever is told the token.
#[derive(Clone, Serialize, ToSchema)]
pub struct Invite {
    /// To be sent to `auth/accept` with a password of one's own, once. Told this once and kept nowhere.
    #[schema(value_type = String, format = Password, example = "tti_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub token: ToldOnce,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// Somebody who was invited, and how they come in.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitedUser)]
pub struct Invited {
    /// Who.
    #[serde(flatten)]
    pub user: User,
    /// How.
    pub invite: Invite,
}

/// Which users, and which page of them.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserFilter {
    /// That are kept out (true), or that are not (false).
    pub disabled: Option<bool>,
    /// Rows a page.
    #[serde(default = "paging::default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: i64,
    /// Where the previous page ended: `links.next` holds it.
    #[schema(max_length = 400)]
    #[param(max_length = 400)]
    pub cursor: Option<String>,
}
