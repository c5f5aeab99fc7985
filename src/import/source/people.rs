//! The people of a site.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::{
    import::{item::Person, mapping::Mapping},
    text::fold_key,
};

/// Somebody of the site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Their name.
    pub name: Option<String>,
    /// Their address: the mapping's, or that of the site.
    pub email: Option<String>,
    /// What they sign in by, as "TINH\lan" or as a claim.
    pub login: Option<String>,
}

/// All of them, and how a mapping names them.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// By number.
    pub users: BTreeMap<i64, User>,
    /// The numbers of names; none of names that two people have.
    names: HashMap<String, Option<i64>>,
    mapping: Mapping,
}

impl People {
    /// Those of `users.json`.
    pub fn new(rows: Vec<Value>, mapping: Option<&Mapping>) -> Self {
        let mut people = Self { mapping: mapping.cloned().unwrap_or_default(), ..Self::default() };
        for row in rows {
            let text = |keys: &[&str]| {
                let found =
                    keys.iter().filter_map(|key| row.get(*key)?.as_str()).map(str::trim).find(|text| !text.is_empty());
                found.map(str::to_owned)
            };
            let Some(id) = ["Id", "ID", "id"].iter().find_map(|key| row.get(*key)?.as_i64()) else { continue };
            let (name, login) = (text(&["Title", "title", "DisplayName"]), text(&["LoginName", "loginName", "Name"]));
            let person = Person { id: Some(id), name, email: text(&["Email", "EMail", "email"]) };
            let email =
                people.mapping.email(&person, plain_login(login.as_deref())).map(str::to_owned).or(person.email);
            if let Some(name) = &person.name {
                let twice = people.names.contains_key(&fold_key(name));
                people.names.insert(fold_key(name), (!twice).then_some(id));
            }
            people.users.insert(id, User { name: person.name, email, login });
        }
        people
    }

    /// The person, with what else is known of them here.
    pub fn person(
        &self,
        id: Option<i64>,
        name: Option<&str>,
        email: Option<&str>,
        login: Option<&str>,
    ) -> Option<Person> {
        let said = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let id = id.filter(|id| *id > 0);
        let name = said(name);
        let id = id.or_else(|| self.names.get(&fold_key(name.as_deref()?)).copied().flatten());
        let user = id.and_then(|id| self.users.get(&id));
        let name = user.and_then(|user| user.name.clone()).or(name);
        if id.is_none() && name.is_none() {
            return None;
        }
        let mut person = Person { id, name, email: None };
        let login = user.and_then(|user| user.login.as_deref()).or(login);
        person.email = self
            .mapping
            .email(&person, plain_login(login))
            .map(str::to_owned)
            .or_else(|| user.and_then(|user| user.email.clone()))
            .or_else(|| said(email));
        Some(person)
    }
}

/// "TINH\lan" of "i:0#.w|TINH\lan".
fn plain_login(login: Option<&str>) -> Option<&str> {
    login.map(|login| login.rsplit('|').next().unwrap_or(login))
}
