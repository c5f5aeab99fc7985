//! Who may do what: asked here of a [`Principal`], and as a filter in SQL by [`Readable`]. Nobody else compares roles.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, IntoSql, NullableExpressionMethods, QueryDsl, Queryable, pg::Pg,
    sql_types::Bool,
};
use uuid::Uuid;

use super::{
    principal::{Grant, Principal},
    role::{Permission, Reach, Role},
};
use crate::{db::schema::articles, http::Problem};

/// What decisions about an article are based on.
#[derive(Clone, Copy, Debug, Queryable)]
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

impl Readable {
    /// The rows of all articles that this names, those in the trash included.
    pub fn articles(self) -> articles::BoxedQuery<'static, Pg> {
        let mut query = articles::table.into_boxed();
        if !self.everything {
            let mine_where = articles::category_id
                .is_null()
                .or(articles::category_id.assume_not_null().eq_any(self.own_in))
                .or(self.own.into_sql::<Bool>());
            let mine = articles::created_by.eq(self.caller).and(mine_where);
            query = query.filter(articles::category_id.assume_not_null().eq_any(self.categories).or(mine));
        }
        query
    }
}

/// In which roles somebody decides on articles, and where, for statements that look for what they may decide.
#[derive(Clone, Debug, Default)]
pub struct Deciding {
    /// On the whole site.
    pub everywhere: Vec<Role>,
    /// Each in the category at the same place of [`Self::categories`].
    pub somewhere: Vec<Role>,
    /// See above.
    pub categories: Vec<Uuid>,
}

impl Grant {
    fn covers(&self, subject: Subject, caller: Uuid) -> bool {
        match (&self.scope, subject.category) {
            (None, _) => true,
            (Some(scope), Some(category)) => scope.subtree.contains(&category),
            // Without a category it belongs to its owner and to whole-site grants.
            (Some(_), None) => subject.owner == caller,
        }
    }
}

impl Principal {
    /// How far one of the grants takes a permission. Whoever acts by a key is bound by its limits besides.
    fn reach(&self, grant: &Grant, permission: Permission) -> Reach {
        match &self.key {
            Some(key) if !key.leaves(permission) => Reach::Nothing,
            _ => grant.role.reach(permission),
        }
    }

    /// Whether this person may do that to the article.
    pub fn may(&self, permission: Permission, subject: Subject) -> bool {
        self.grants.iter().any(|grant| {
            let reaches = match self.reach(grant, permission) {
                Reach::Nothing => false,
                Reach::Own => subject.owner == self.id,
                Reach::All => true,
            };
            reaches && grant.covers(subject, self.id)
        })
    }

    /// Whether this person decides over the article as whoever has this role does: by holding it where that is filed, or
    /// by administering it. A key that leaves no review decides nothing.
    pub fn decides_as(&self, role: Option<Role>, subject: Subject) -> bool {
        self.key.as_ref().is_none_or(|key| key.leaves(Permission::Review))
            && self
                .grants
                .iter()
                .any(|grant| (Some(grant.role) == role || grant.role == Role::Admin) && grant.covers(subject, self.id))
    }

    /// All that [`Self::decides_as`] says at once.
    pub fn deciding(&self) -> Deciding {
        let mut deciding = Deciding::default();
        if self.key.as_ref().is_some_and(|key| !key.leaves(Permission::Review)) {
            return deciding;
        }
        for grant in &self.grants {
            match &grant.scope {
                None => deciding.everywhere.push(grant.role),
                Some(scope) => {
                    deciding.somewhere.extend(std::iter::repeat_n(grant.role, scope.subtree.len()));
                    deciding.categories.extend(&scope.subtree);
                }
            }
        }
        deciding
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
        let opens = self.grants.iter().any(|grant| self.reach(grant, permission) != Reach::Nothing);
        if opens { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// Refuses a person without this permission on the whole site, or on the category given and what is below.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_at(&self, permission: Permission, category: Option<Uuid>) -> Result<(), Problem> {
        let holds = self.grants.iter().any(|grant| {
            self.reach(grant, permission) == Reach::All
                && match (&grant.scope, category) {
                    (None, _) => true,
                    (Some(scope), Some(category)) => scope.subtree.contains(&category),
                    (Some(_), None) => false,
                }
        });
        if holds { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// What becomes of something that this person may not see: to them it is not there. To a program whose key is not for
    /// this at all it is forbidden, whether or not it is there.
    pub fn unseen(&self, permission: Permission) -> Problem {
        let beyond = self.key.as_ref().is_some_and(|key| !key.leaves(permission));
        if beyond { Problem::forbidden() } else { Problem::not_found() }
    }

    /// What a list may show to this person.
    ///
    /// # Errors
    /// `forbidden` where no role of theirs opens the collection.
    pub fn readable(&self) -> Result<Readable, Problem> {
        self.reached(Permission::Read)
    }

    /// The articles to which a permission of this person goes.
    ///
    /// # Errors
    /// `forbidden` where no role of theirs has it.
    pub fn reached(&self, permission: Permission) -> Result<Readable, Problem> {
        self.require_anywhere(permission)?;
        let mut readable = Readable { caller: self.id, ..Readable::default() };
        for grant in &self.grants {
            match (self.reach(grant, permission), &grant.scope) {
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{access::principal::Scope, content::CategoryRef};

    fn person(id: Uuid, grants: Vec<Grant>) -> Principal {
        Principal { id, grants, four_eyes_override: false, key: None, source: None }
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
        let author = person(me, vec![on_site(Role::Author)]);
        assert!(author.may(Permission::Edit, mine) && !author.may(Permission::Read, theirs));
        let editor = person(me, vec![on_site(Role::Editor)]);
        assert!(editor.may(Permission::Edit, theirs) && !editor.may(Permission::Publish, theirs));
    }

    #[test]
    fn a_grant_on_a_category_ends_at_its_edge() {
        let (me, other, here, elsewhere) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let approver = person(me, vec![on(Role::Approver, here)]);
        assert!(approver.may(Permission::Publish, Subject { owner: other, category: Some(here) }));
        assert!(!approver.may(Permission::Publish, Subject { owner: other, category: Some(elsewhere) }));
        assert!(!approver.may(Permission::Read, Subject { owner: other, category: None }));
    }

    #[test]
    fn nobody_without_a_role_opens_the_collection() {
        assert!(person(Uuid::now_v7(), vec![]).readable().is_err());
    }
}
