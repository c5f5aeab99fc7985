//! A value out of JSON, whichever interface wrote it.

use serde_json::{Map, Value as Json};

use super::{
    context::{Context, Kind, Written},
    dates, flat,
};
use crate::import::{
    fields::Field,
    item::{Lookup, Person, Term, Value},
};

/// What comes of reading a value.
pub enum Read {
    /// It.
    Is(Value),
    /// There is none.
    Nothing,
    /// A date that cannot be read, or can be in two ways.
    NoDate(String),
}

impl From<Option<Value>> for Read {
    fn from(value: Option<Value>) -> Self {
        value.map_or(Self::Nothing, Self::Is)
    }
}

/// Where a value was found.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// What else is known.
    pub context: &'a Context,
    /// The column.
    pub field: &'a Field,
    /// How it is written.
    pub written: &'a Written,
    /// The item's number.
    pub item: i64,
    /// Dates without a zone are in UTC, as in versions.
    pub utc: bool,
}

impl Place<'_> {
    /// The value.
    pub fn read(self, json: &Json) -> Read {
        let kind = self.written.kind;
        match json {
            Json::Null => Read::Nothing,
            Json::Array(values) => self.many(values).into(),
            Json::Object(object) => match object.get("results") {
                Some(Json::Array(values)) => self.many(values).into(),
                _ => self.object(object).into(),
            },
            Json::String(text) if text.trim().is_empty() => Read::Nothing,
            Json::String(text) => self.text(text),
            Json::Bool(truth) => Read::Is(match kind {
                Kind::Text => Value::Text(truth.to_string()),
                _ => Value::Bool(*truth),
            }),
            Json::Number(number) => Read::Is(match kind {
                Kind::Bool => Value::Bool(number.as_f64() != Some(0.0)),
                Kind::People(_) => match self.context.people.person(number.as_i64(), None, None, None) {
                    Some(person) => Value::People(vec![person]),
                    None => return Read::Nothing,
                },
                Kind::Lookups(_) => match number.as_i64() {
                    Some(id) => Value::Lookups(vec![self.lookup(Some(id), None)]),
                    None => return Read::Nothing,
                },
                Kind::Text => Value::Text(flat::number(&number.to_string(), false).unwrap_or_default()),
                _ => match flat::number(&number.to_string(), false) {
                    Some(number) => Value::Number(number),
                    None => return Read::Nothing,
                },
            }),
        }
    }

    /// A value that is written as a text.
    fn text(self, text: &str) -> Read {
        let text = match self.written.kind {
            // "float;#12.0", "string;#abc"
            Kind::Calculated => text.split_once(";#").map_or(text, |(_, text)| text),
            _ => text,
        };
        let known = || Value::Text(text.to_owned());
        match self.written.kind {
            Kind::Text | Kind::Calculated => Read::Is(known()),
            Kind::Number => Read::Is(flat::number(text, self.context.table).map_or_else(known, Value::Number)),
            Kind::Bool => Read::Is(flat::truth(text).map_or_else(known, Value::Bool)),
            Kind::Date => self.date(text),
            Kind::People(many) => flat::people(text, many, &self.context.people).into(),
            Kind::Lookups(many) => flat::lookups(text, many).map(|value| self.titled(value)).into(),
            Kind::Terms(many) => {
                let between = many.then_some(self.written.split.as_deref().unwrap_or(";"));
                self.terms(flat::terms(text, between)).into()
            }
            Kind::Choices => flat::choices(text, self.written.split.as_deref().unwrap_or(";")).into(),
            Kind::Link => Read::Is(flat::link(text)),
            Kind::Publishing | Kind::Modern => flat::picture(text, |name| self.attached(name)).into(),
        }
    }

    fn date(self, text: &str) -> Read {
        let given = self.written.format.as_deref().and_then(|format| dates::formatted(text, format)).map(Value::Local);
        match given.or_else(|| dates::iso(text)) {
            Some(Value::Local(clock)) if self.utc => Read::Is(Value::Moment(clock.and_utc())),
            Some(value) => Read::Is(value),
            None => Read::NoDate(text.to_owned()),
        }
    }

    /// Where a picture is that is attached to the item.
    fn attached(self, name: &str) -> Option<String> {
        let folder = self.context.fields.list.folder.as_deref()?.trim_end_matches('/');
        Some(format!("{folder}/Attachments/{}/{name}", self.item))
    }

    fn lookup(self, id: Option<i64>, text: Option<String>) -> Lookup {
        let title = id.and_then(|id| self.context.title_of(self.field, id)).cloned();
        Lookup { id, text: text.filter(|text| !text.trim().is_empty()).or(title) }
    }

    fn titled(self, value: Value) -> Value {
        match value {
            Value::Lookups(lookups) => {
                Value::Lookups(lookups.into_iter().map(|lookup| self.lookup(lookup.id, lookup.text)).collect())
            }
            other => other,
        }
    }

    /// Terms with the labels that the site knows.
    fn terms(self, found: Vec<(Option<i64>, Term)>) -> Option<Value> {
        let known = &self.context.terms;
        let terms: Vec<Term> = found
            .into_iter()
            .map(|(number, term)| {
                let by_number = number.and_then(|number| known.by_number.get(&number));
                let by_guid = term.guid.as_ref().and_then(|guid| known.by_guid.get(guid));
                let guid = term.guid.clone().or_else(|| by_number?.1.clone());
                let label = term
                    .label
                    .filter(|label| Some(label.as_str()) != number.map(|number| number.to_string()).as_deref());
                let label = label.or_else(|| by_guid.cloned()).or_else(|| by_number.map(|(label, _)| label.clone()));
                Term { label, guid }
            })
            .collect();
        (!terms.is_empty()).then_some(Value::Terms(terms))
    }

    /// A term's number, and the term.
    fn term(self, object: &Map<String, Json>) -> Option<(Option<i64>, Term)> {
        let member = |key: &str| object.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty());
        let guid =
            member("TermGuid").or_else(|| member("TermID")).or_else(|| member("IdForTerm")).map(str::to_lowercase);
        let label = member("Label").or_else(|| member("Name")).or_else(|| member("Term")).map(str::to_owned);
        let number = object.get("WssId").and_then(Json::as_i64).filter(|id| *id > 0);
        // A single one has its number in the place of its label, also where the number itself is left out.
        let number = number
            .or_else(|| label.as_deref().filter(|_| !matches!(self.written.kind, Kind::Terms(true)))?.parse().ok());
        (guid.is_some() || label.is_some() || number.is_some()).then_some((number, Term { label, guid }))
    }

    fn person(self, object: &Map<String, Json>) -> Option<Person> {
        let member = |keys: &[&str]| keys.iter().find_map(|key| object.get(*key)?.as_str());
        let id = ["LookupId", "Id", "ID", "id"].iter().find_map(|key| object.get(*key)?.as_i64());
        let name = member(&["LookupValue", "Title", "title", "DisplayName", "Name"]);
        self.context.people.person(id, name, member(&["Email", "EMail", "email"]), member(&["LoginName", "sip"]))
    }

    fn object(self, object: &Map<String, Json>) -> Option<Value> {
        let member = |key: &str| object.get(key).and_then(Json::as_str);
        if object.contains_key("__deferred") {
            return None;
        }
        if object.contains_key("TermGuid")
            || object.contains_key("TermID")
            || matches!(self.written.kind, Kind::Terms(_))
        {
            return self.terms(self.term(object).into_iter().collect());
        }
        if matches!(self.written.kind, Kind::People(_)) || object.contains_key("Email") || object.contains_key("EMail")
        {
            return self.person(object).map(|person| Value::People(vec![person]));
        }
        if let Some(url) = member("Url").or_else(|| member("URL")) {
            let said =
                member("Description").or_else(|| member("Desc")).filter(|said| !said.trim().is_empty() && *said != url);
            return (!url.trim().is_empty())
                .then(|| Value::Link { url: url.to_owned(), text: said.map(str::to_owned) });
        }
        if object.contains_key("serverRelativeUrl") || object.contains_key("fileName") {
            return flat::modern(&Json::Object(object.clone()), |name| self.attached(name));
        }
        let id = ["LookupId", "Id", "ID"].iter().find_map(|key| object.get(*key)?.as_i64());
        if let Some(id) = id {
            let title = member("LookupValue").or_else(|| member("Title")).map(str::to_owned);
            return (id > 0).then(|| Value::Lookups(vec![self.lookup(Some(id), title)]));
        }
        member("StringValue").or_else(|| member("DecodedUrl")).map(|text| Value::Text(text.to_owned()))
    }

    /// Several values in one.
    fn many(self, values: &[Json]) -> Option<Value> {
        if matches!(self.written.kind, Kind::Terms(_)) || values.iter().any(|value| value.get("TermGuid").is_some()) {
            let terms = values.iter().flat_map(|value| match value {
                Json::Object(object) => self.term(object).into_iter().collect(),
                Json::String(text) => flat::terms(text, None),
                _ => Vec::new(),
            });
            return self.terms(terms.collect());
        }
        let (mut people, mut lookups, mut choices) = (Vec::new(), Vec::new(), Vec::new());
        for value in values {
            match self.read(value) {
                Read::Is(Value::People(found)) => people.extend(found),
                Read::Is(Value::Lookups(found)) => lookups.extend(found),
                Read::Is(Value::Choices(found)) => choices.extend(found),
                Read::Is(Value::Text(text) | Value::Number(text)) => choices.push(text),
                Read::Is(other) if values.len() == 1 => return Some(other),
                _ => {}
            }
        }
        if !people.is_empty() {
            Some(Value::People(people))
        } else if !lookups.is_empty() {
            Some(Value::Lookups(lookups))
        } else {
            (!choices.is_empty()).then_some(Value::Choices(choices))
        }
    }
}
