//! What a key may do: what it was given, and of that no more than its maker holds.

use crate::access::principal::{Grant, Scope};

/// Whether somebody who holds this may give that to a key.
pub fn covers(held: &[Grant], asked: &Grant) -> bool {
    held.iter().any(|held| {
        held.role.includes(asked.role)
            && match (&held.scope, &asked.scope) {
                (None, _) => true,
                (Some(held), Some(asked)) => held.subtree.contains(&asked.category.id),
                (Some(_), None) => false,
            }
    })
}

/// What is left of a key's grant for a maker who holds this now: where they hold it in a part of it alone, that part.
pub fn at_most(held: &[Grant], given: &Grant) -> Vec<Grant> {
    let there = held.iter().filter(|held| held.role.includes(given.role));
    let scopes = there.filter_map(|held| shared(given.scope.as_ref(), held.scope.as_ref()));
    scopes.map(|scope| Grant { role: given.role, scope }).collect()
}

/// Where two grants both hold. In a tree, one of two categories that share something is within the other.
fn shared(one: Option<&Scope>, other: Option<&Scope>) -> Option<Option<Scope>> {
    match (one, other) {
        (scope, None) | (None, scope) => Some(scope.cloned()),
        (Some(one), Some(other)) if other.subtree.contains(&one.category.id) => Some(Some(one.clone())),
        (Some(one), Some(other)) if one.subtree.contains(&other.category.id) => Some(Some(other.clone())),
        (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::*;
    use crate::{access::Role, content::CategoryRef};

    fn on(role: Role, reached: &[Uuid]) -> Grant {
        let scope = reached.first().map(|&id| Scope {
            category: CategoryRef { id, slug: "x".into(), name: "X".into() },
            subtree: HashSet::from_iter(reached.iter().copied()),
        });
        Grant { role, scope }
    }

    fn left(held: &[Grant], given: &Grant) -> Vec<Option<Uuid>> {
        at_most(held, given).iter().map(|grant| grant.scope.as_ref().map(|scope| scope.category.id)).collect()
    }

    #[test]
    fn one_gives_what_one_holds_and_less() {
        let (above, below, elsewhere) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let editor = [on(Role::Editor, &[above, below])];
        assert!(covers(&editor, &on(Role::Editor, &[above])) && covers(&editor, &on(Role::Author, &[below])));
        for beyond in [
            on(Role::Editor, &[]),
            on(Role::Editor, &[elsewhere]),
            on(Role::Approver, &[above]),
            on(Role::Admin, &[below]),
        ] {
            assert!(!covers(&editor, &beyond), "{beyond:?}");
        }
        let admin = [on(Role::Admin, &[])];
        assert!(
            [Role::Author, Role::Approver, Role::Accountant, Role::Admin]
                .iter()
                .all(|role| covers(&admin, &on(*role, &[])))
        );
    }

    #[test]
    fn a_key_shrinks_with_its_maker() {
        let (above, below, elsewhere) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let given = on(Role::Editor, &[above, below]);
        assert_eq!(left(&[on(Role::Editor, &[])], &given), [Some(above)]);
        assert_eq!(left(&[on(Role::Editor, &[below])], &given), [Some(below)]);
        assert_eq!(left(&[on(Role::Admin, &[below])], &on(Role::Editor, &[])), [Some(below)]);
        assert_eq!(left(&[on(Role::Editor, &[elsewhere])], &given), []);
        assert_eq!(left(&[on(Role::Author, &[]), on(Role::Approver, &[])], &given), []);
        assert_eq!(left(&[on(Role::Editor, &[])], &on(Role::Editor, &[])), [None]);
    }
}
