//! Sparse articles: only the fields that a follower names, and the id.

use std::{borrow::Cow, sync::LazyLock};

use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{AnyOfBuilder, Ref},
    },
};

use crate::{
    delivery::{
        fields::{KNOWN, named},
        model::{Apart, Card, Single},
    },
    http::Problem,
};

/// The fields of an article, those of its card first.
static OF_ARTICLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut known = KNOWN.clone();
    if let RefOr::T(Schema::Object(apart)) = Apart::schema() {
        known.extend(apart.properties.keys().cloned());
    }
    known
});

/// Which fields of each article to show, beside the id, without which nothing can be removed.
#[derive(Debug)]
pub struct Fields(Vec<String>);

impl Fields {
    /// Reads a comma list.
    ///
    /// # Errors
    /// `bad_request` where it names something that is no field, or nothing.
    pub fn parse(list: &str) -> Result<Self, Problem> {
        let mut names = named(list, &OF_ARTICLES)?;
        names.push("id".to_owned());
        Ok(Self(names))
    }

    /// Writes these fields of an article that is JSON already.
    ///
    /// # Errors
    /// `internal` where it is no article.
    pub fn write(&self, article: &[u8], json: &mut Vec<u8>) -> Result<(), Problem> {
        let mut fields: Map<String, Value> = serde_json::from_slice(article).map_err(Problem::internal)?;
        fields.retain(|name, _| self.0.contains(name));
        serde_json::to_writer(json, &fields).map_err(Problem::internal)
    }
}

/// An article of the feed, for the document: whole, or with `fields` parts of it.
pub struct FeedArticle;

impl PartialSchema for FeedArticle {
    fn schema() -> RefOr<Schema> {
        let either = AnyOfBuilder::new()
            .item(Ref::from_schema_name(Single::name()))
            .item(Ref::from_schema_name(PartialSingle::name()));
        RefOr::T(either.into())
    }
}

impl ToSchema for FeedArticle {
    fn name() -> Cow<'static, str> {
        "FeedArticle".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Single::name().into(), Single::schema()));
        Single::schemas(schemas);
        schemas.push((PartialSingle::name().into(), PartialSingle::schema()));
    }
}

/// Some fields of an article, for the document.
pub struct PartialSingle;

impl PartialSchema for PartialSingle {
    fn schema() -> RefOr<Schema> {
        let mut schema = Card::schema();
        if let (RefOr::T(Schema::Object(card)), RefOr::T(Schema::Object(apart))) = (&mut schema, Apart::schema()) {
            card.properties.extend(apart.properties);
            card.required = vec!["id".to_owned()];
            card.description = Some("The fields of an article that were asked for, and its id".to_owned());
        }
        schema
    }
}

impl ToSchema for PartialSingle {
    fn name() -> Cow<'static, str> {
        "PartialSingleArticle".into()
    }
}
