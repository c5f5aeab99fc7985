//! The signed-in person behind a request, and the one place that decides what they may do.

use std::{
    collections::HashSet,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use uuid::Uuid;

use super::role::{Permission, Reach, Role};
use crate::{http::Problem, taxonomy::CategoryRef};

/// A signed-in person with their grants as they are now.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The user.
    pub id: Uuid,
    /// Their name, as others see it.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// The session that the request belongs to.
    pub session_id: Uuid,
    /// Their roles.
    pub grants: Vec<Grant>,
    /// Whether they may override the four-eyes rule.
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

/// What decisions about an article are based on.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Who made it.
    pub owner: Uuid,
    /// Where it is filed.
    pub category: Option<Uuid>,
}

/// The articles that a list may show to somebody, as a filter.
#[derive(Clone, Debug, Default)]
pub struct Readable {
    /// Whose list it is.
    pub caller: Uuid,
    /// All of them.
    pub everything: bool,
    /// All in these categories.
    pub categories: Vec<Uuid>,
    /// Their own, wherever filed.
    pub own: bool,
    /// Their own in these categories.
    pub own_in: Vec<Uuid>,
}

impl Grant {
    fn covers(&self, subject: Subject, actor: Uuid) -> bool {
        match (&self.scope, subject.category) {
            (None, _) => true,
            (Some(scope), Some(category)) => scope.subtree.contains(&category),
            // Without a category it belongs to its owner and to whole-site grants.
            (Some(_), None) => subject.owner == actor,
        }
    }
}

impl Actor {
    /// Whether this person may do that to the article.
    pub fn may(&self, permission: Permission, subject: Subject) -> bool {
        self.grants.iter().any(|grant| {
            let reaches = match grant.role.reach(permission) {
                Reach::Nothing => false,
                Reach::Own => subject.owner == self.id,
                Reach::All => true,
            };
            reaches && grant.covers(subject, self.id)
        })
    }

    /// Refuses what this person may not do.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require(&self, permission: Permission, subject: Subject) -> Result<(), Problem> {
        if self.may(permission, subject) { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// Refuses a person none of whose roles opens this at all, wherever granted.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_anywhere(&self, permission: Permission) -> Result<(), Problem> {
        let opens = self.grants.iter().any(|grant| grant.role.reach(permission) != Reach::Nothing);
        if opens { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// Refuses a person without this permission on the whole site, or on the category given and what is below.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_at(&self, permission: Permission, category: Option<Uuid>) -> Result<(), Problem> {
        let holds = self.grants.iter().any(|grant| {
            grant.role.reach(permission) == Reach::All
                && match (&grant.scope, category) {
                    (None, _) => true,
                    (Some(scope), Some(category)) => scope.subtree.contains(&category),
                    (Some(_), None) => false,
                }
        });
        if holds { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// What a list may show to this person.
    ///
    /// # Errors
    /// `forbidden` where no role of theirs opens the collection.
    pub fn readable(&self) -> Result<Readable, Problem> {
        self.require_anywhere(Permission::Read)?;
        let mut readable = Readable { caller: self.id, ..Readable::default() };
        for grant in &self.grants {
            match (grant.role.reach(Permission::Read), &grant.scope) {
                (Reach::Nothing, _) => {}
                (Reach::All, None) => readable.everything = true,
                (Reach::All, Some(scope)) => readable.categories.extend(&scope.subtree),
                (Reach::Own, None) => readable.own = true,
                (Reach::Own, Some(scope)) => readable.own_in.extend(&scope.subtree),
            }
        }
        Ok(readable)
    }
}

impl FromRequest for Actor {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    /// [`super::layer::require_sign_in`] has put it there, before anything else of the request was looked at.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(Problem::unauthenticated))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(id: Uuid, grants: Vec<Grant>) -> Actor {
        let (name, email) = (String::new(), String::new());
        Actor { id, name, email, session_id: Uuid::nil(), grants, four_eyes_override: false }
    }

    fn on_site(role: Role) -> Grant {
        Grant { role, scope: None }
    }

    fn on(role: Role, category: Uuid) -> Grant {
        let named = CategoryRef { id: category, slug: "x".into(), name: "X".into() };
        Grant { role, scope: Some(Scope { category: named, subtree: HashSet::from([category]) }) }
    }

    #[test]
    fn an_author_reaches_their_own_and_an_editor_all() {
        let (me, other) = (Uuid::now_v7(), Uuid::now_v7());
        let (mine, theirs) = (Subject { owner: me, category: None }, Subject { owner: other, category: None });
        let author = actor(me, vec![on_site(Role::Author)]);
        assert!(author.may(Permission::Edit, mine) && !author.may(Permission::Read, theirs));
        let editor = actor(me, vec![on_site(Role::Editor)]);
        assert!(editor.may(Permission::Edit, theirs) && !editor.may(Permission::Publish, theirs));
    }

    #[test]
    fn a_grant_on_a_category_ends_at_its_edge() {
        let (me, other, here, elsewhere) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let approver = actor(me, vec![on(Role::Approver, here)]);
        assert!(approver.may(Permission::Publish, Subject { owner: other, category: Some(here) }));
        assert!(!approver.may(Permission::Publish, Subject { owner: other, category: Some(elsewhere) }));
        assert!(!approver.may(Permission::Read, Subject { owner: other, category: None }));
    }

    #[test]
    fn nobody_without_a_role_opens_the_collection() {
        assert!(actor(Uuid::now_v7(), vec![]).readable().is_err());
    }
}
