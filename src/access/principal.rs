//! Whoever asks for something to be done, with what they are granted at this moment.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::role::Role;
use crate::{audit::Stamp, content::CategoryRef};

/// An account in whose name something is done, with its grants as they are now. How it came to be acting, by a session
/// or by a command, is none of its business.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account: what versions, histories and events name.
    pub id: Uuid,
    /// Its roles.
    pub grants: Vec<Grant>,
    /// Whether it may override the four-eyes rule.
    pub four_eyes_override: bool,
}

/// A role, and where it holds.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds; nowhere in particular means on the whole site.
    pub scope: Option<Scope>,
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
    /// An account with this role on the whole site.
    pub fn with_role(id: Uuid, role: Role) -> Self {
        Self { id, grants: vec![Grant { role, scope: None }], four_eyes_override: false }
    }

    /// This account, doing something at that moment.
    pub fn at(&self, at: DateTime<Utc>) -> By<'_> {
        By { who: self, at }
    }
}

impl By<'_> {
    /// The same, as it is written down.
    pub fn stamp(&self) -> Stamp {
        Stamp { actor: Some(self.who.id), at: self.at }
    }
}
