//! From the names in a plan to what they mean here: found, or made.

use std::collections::HashMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{item::Person, store};
use crate::{
    access::{By, Principal, Role, credentials::address},
    db::{
        Tx,
        schema::{categories, users},
    },
    http::Problem,
    taxonomy::{
        authors,
        categories::{self as tree, CategoryInput},
        tags,
    },
    text::{fold_key, hexadecimal, is_blank, plain},
};

/// What names mean, as far as it was asked. Kept over batches once these are committed.
#[derive(Clone, Debug, Default)]
pub struct Names {
    categories: HashMap<String, Uuid>,
    authors: HashMap<String, Uuid>,
    tags: HashMap<String, Uuid>,
    people: HashMap<Person, Uuid>,
}

impl Names {
    /// A category by its slug or name; one of that name, where there is none.
    pub fn category(&mut self, tx: &mut Tx<'_>, by: By<'_>, named: &str) -> Result<Uuid, Problem> {
        let key = fold_key(named);
        if let Some(known) = self.categories.get(&key) {
            return Ok(*known);
        }
        let id = match category(tx, named)? {
            Some(there) => there,
            None => {
                // Whether an import may make categories was decided by whoever runs it.
                let admin = Principal::with_role(by.who.id, Role::Admin);
                let name: String = named.chars().take(200).collect();
                tree::make(tx, admin.at(by.at), &CategoryInput { name, slug: None, parent: None, position: None })?.id
            }
        };
        self.categories.insert(key, id);
        Ok(id)
    }

    /// An author by name.
    pub fn author(&mut self, tx: &mut Tx<'_>, by: By<'_>, name: &str) -> Result<Uuid, Problem> {
        let key = fold_key(name);
        if let Some(known) = self.authors.get(&key) {
            return Ok(*known);
        }
        let id = authors::find_or_make(tx, by, name, "/author/name")?.id;
        self.authors.insert(key, id);
        Ok(id)
    }

    /// Tags by their names, in order.
    pub fn tags(&mut self, tx: &mut Tx<'_>, by: By<'_>, names: &[String]) -> Result<Vec<Uuid>, Problem> {
        let mut ids: Vec<Uuid> = Vec::with_capacity(names.len());
        for name in names {
            let key = fold_key(name);
            let id = match self.tags.get(&key) {
                Some(known) => *known,
                None => match tags::find_or_make(tx, by.at, std::slice::from_ref(name))?.first() {
                    Some(id) => *self.tags.entry(key).or_insert(*id),
                    None => continue,
                },
            };
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Somebody of the site that is left: the account with their address, or one by their name that nobody can sign in to.
    pub fn person(&mut self, tx: &mut Tx<'_>, by: By<'_>, person: &Person) -> Result<Uuid, Problem> {
        let Person { id, name, email } = person;
        if id.is_none() && name.is_none() && email.is_none() {
            return Ok(by.who.id);
        }
        if let Some(known) = self.people.get(person) {
            return Ok(*known);
        }
        let email = email.as_deref().map(address).filter(|email| email.contains('@') && email.len() <= 254);
        let called = match (name.as_deref().map(plain).filter(|name| !is_blank(name)), &email, id) {
            (Some(name), ..) => name,
            (None, Some(email), _) => email.clone(),
            (None, None, id) => format!("Người dùng SharePoint {}", id.unwrap_or_default()),
        };
        let called: String = called.chars().take(200).collect();
        let found = match &email {
            Some(email) => users::table.filter(users::email.eq(email)).select(users::id).first(tx.conn).optional()?,
            None => None,
        };
        let user = match found {
            Some(user) => user,
            None => {
                // `.invalid` is nobody's for good (RFC 2606): no account that somebody makes later is taken for theirs.
                let alone = || {
                    let digest = Sha256::digest(serde_json::to_vec(&(id, &called)).unwrap_or_default());
                    format!("{}@sharepoint.invalid", hexadecimal(&digest[..8]))
                };
                store::somebody_disabled(tx, &email.unwrap_or_else(alone), &called)?
            }
        };
        self.people.insert(person.clone(), user);
        Ok(user)
    }
}

/// The category of this slug, or else the first of this name.
fn category(tx: &mut Tx<'_>, named: &str) -> Result<Option<Uuid>, Problem> {
    if let Some(category) = tree::find(tx.conn, named)? {
        return Ok(Some(category.id));
    }
    let all: Vec<(Uuid, String)> =
        categories::table.order(categories::id).select((categories::id, categories::name)).load(tx.conn)?;
    let key = fold_key(named);
    Ok(all.into_iter().find(|(_, name)| fold_key(name) == key).map(|(id, _)| id))
}
