//! Whoever asks for something to be done, with what they are granted at this moment.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::role::{KeyScope, Permission, Role};
use crate::{
    audit::{Source, Stamp},
    content::CategoryRef,
};

/// An account in whose name something is done, with its grants as they are now.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account: what versions, histories and events name.
    pub id: Uuid,
    /// Its roles.
    pub grants: Vec<Grant>,
    /// Whether it may override the four-eyes rule.
    pub four_eyes_override: bool,
    /// The key by which a program acts in its name; none where it is the person.
    pub key: Option<ActingKey>,
    /// The request that it acts by; none where a command does.
    pub source: Option<Source>,
}

/// A key that somebody acts by.
#[derive(Clone, Debug)]
pub struct ActingKey {
    /// The key: what histories and events name beside the account.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it is limited to; to nothing but its grants where there is none.
    pub scopes: Vec<KeyScope>,
}

impl ActingKey {
    /// Whether this is within what it is limited to.
    pub fn leaves(&self, permission: Permission) -> bool {
        permission.is_for_keys() && (self.scopes.is_empty() || self.scopes.iter().any(|scope| scope.leaves(permission)))
    }
}

/// A role, and where it holds.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds; nowhere in particular means on the whole site.
    pub scope: Option<Scope>,
}

/// A role and where it holds, as answers tell it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct GrantView {
    /// The role.
    pub role: Role,
    /// The category that it is limited to, with all below it; null for the whole site.
    pub category: Option<CategoryRef>,
}

impl From<Grant> for GrantView {
    fn from(Grant { role, scope }: Grant) -> Self {
        Self { role, category: scope.map(|scope| scope.category) }
    }
}

/// A category and all below it.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The category.
    pub category: CategoryRef,
    /// It and all below it.
    pub subtree: HashSet<Uuid>,
}

/// Who does something, and when: what every use case is told, and what every row that it writes bears. The moment is the
/// caller's to say: now, or for what is brought along from elsewhere the time at which it happened there.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Who.
    pub who: &'a Principal,
    /// When.
    pub at: DateTime<Utc>,
}

impl Principal {
    /// In whose name it is done, as far as one can be told from another: by the key, or by the account in person.
    pub fn caller(&self) -> Uuid {
        self.key.as_ref().map_or(self.id, |key| key.id)
    }

    /// What it is granted at this moment, for comparing with what it was before.
    pub fn holdings(&self) -> Vec<String> {
        let granted = self.grants.iter().map(|grant| match &grant.scope {
            Some(scope) => format!("{}@{}", grant.role, scope.category.id),
            None => grant.role.to_string(),
        });
        granted.chain(self.four_eyes_override.then(|| "four_eyes_override".to_owned())).collect()
    }

    /// An account with this role on the whole site.
    pub fn with_role(id: Uuid, role: Role) -> Self {
        Self { id, grants: vec![Grant { role, scope: None }], four_eyes_override: false, key: None, source: None }
    }

    /// This account, doing something at that moment.
    pub fn at(&self, at: DateTime<Utc>) -> By<'_> {
        By { who: self, at }
    }
}

impl By<'_> {
    /// The same, as it is written down.
    pub fn stamp(&self) -> Stamp {
        let Principal { id, key, source, .. } = self.who;
        Stamp { actor: Some(*id), key: key.as_ref().map(|key| key.id), source: *source, at: self.at }
    }
}
