//! Sparse answers: only the fields that a client names.

use std::{borrow::Cow, sync::LazyLock};

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{AnyOfBuilder, Ref},
    },
};

use super::model::Card;
use crate::http::{FieldError, List, Problem, text};

/// The fields of a card, in the order of the document.
pub static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| match Card::schema() {
    RefOr::T(Schema::Object(card)) => card.properties.keys().cloned().collect(),
    _ => Vec::new(),
});

/// The names in a comma list, all of which are among these.
///
/// # Errors
/// `bad_request` where it names something that is no field, or nothing.
pub fn named(list: &str, known: &[String]) -> Result<Vec<String>, Problem> {
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    let unknown = names.iter().filter(|name| !known.contains(name));
    let errors: Vec<FieldError> = unknown
        .map(|name| {
            let message = text("unknown-field-of-list").with("name", name).with("allowed", known.join(", "));
            FieldError::new("/fields", "unknown_field", message)
        })
        .collect();
    match errors.is_empty() {
        true => Ok(names),
        false => Err(Problem::bad_request(text("invalid-parameters")).with_errors(errors)),
    }
}

/// Which fields of each article to show.
#[derive(Debug)]
pub struct Fields(Vec<String>);

impl Fields {
    /// Reads a comma list.
    ///
    /// # Errors
    /// `bad_request` where it names something that is no field, or nothing.
    pub fn parse(list: &str) -> Result<Self, Problem> {
        named(list, &KNOWN).map(Self)
    }

    /// The list with only these fields.
    ///
    /// # Errors
    /// `internal` where a card does not serialise.
    pub fn of_list(&self, list: List<Card>) -> Result<List<PartialCard>, Problem> {
        let data = list.data.iter().map(|card| self.of(card)).collect::<Result<_, _>>()?;
        Ok(List { data, meta: list.meta, links: list.links })
    }

    fn of(&self, card: &Card) -> Result<PartialCard, Problem> {
        let mut fields: Map<String, Value> = card.read()?;
        fields.retain(|name, _| self.0.contains(name));
        Ok(PartialCard(fields))
    }
}

/// Some fields of a card.
#[derive(Serialize)]
pub struct PartialCard(Map<String, Value>);

impl PartialSchema for PartialCard {
    fn schema() -> RefOr<Schema> {
        let mut schema = Card::schema();
        if let RefOr::T(Schema::Object(card)) = &mut schema {
            card.required.clear();
            card.description = Some("The fields of an article that were asked for".to_owned());
        }
        schema
    }
}

impl ToSchema for PartialCard {
    fn name() -> Cow<'static, str> {
        "PartialArticleCard".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Card::schemas(schemas);
    }
}

/// The name that the document gives a list of these.
fn list_of<T: ToSchema>() -> String {
    format!("{}_{}", List::<T>::name(), T::name())
}

/// What a list of articles answers, for the document: cards, or with `fields` parts of them.
pub struct ArticlePage;

impl PartialSchema for ArticlePage {
    fn schema() -> RefOr<Schema> {
        let either = AnyOfBuilder::new()
            .item(Ref::from_schema_name(list_of::<Card>()))
            .item(Ref::from_schema_name(list_of::<PartialCard>()));
        RefOr::T(either.into())
    }
}

impl ToSchema for ArticlePage {
    fn name() -> Cow<'static, str> {
        "ArticlePage".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((list_of::<Card>(), List::<Card>::schema()));
        List::<Card>::schemas(schemas);
        schemas.push((Card::name().into(), Card::schema()));
        schemas.push((list_of::<PartialCard>(), List::<PartialCard>::schema()));
        schemas.push((PartialCard::name().into(), PartialCard::schema()));
    }
}
