//! What the OpenAPI document says once for all operations; [`refusals`] is what they answer instead of what was asked for.

mod refusals;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, RefOr, Schema,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

pub use refusals::*;
use refusals::{STATUSES, refusal};

use super::problem::{Code, FieldErrorDocument, ProblemDocument};

/// The document before the routes are added to it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tintuc",
        description = "A headless news API: editors write, a second person approves, the public reads.\n\n\
            The **delivery** endpoints are public and show published content only. The **management** endpoints \
            need the bearer token that `POST /api/v1/auth/login` answers, or a key. Every refusal is a problem document \
            (RFC 9457) with a stable `code`; its texts are Vietnamese or English, by `Accept-Language`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "Delivery", description = "Published articles, for everyone"),
        (name = "Feeds", description = "Published articles for feed readers, players of podcasts and search engines"),
        (name = "Syndication", description = "The same for those who pass it on"),
        (name = "Sign-in", description = "Sessions and tokens"),
        (name = "Articles", description = "Working copies, their versions and history"),
        (name = "Workflow", description = "Review and publication"),
        (name = "Media", description = "Pictures, recordings and documents"),
        (name = "Taxonomy", description = "Categories and authors"),
        (name = "People", description = "Users, what they are granted, and keys for programs"),
        (name = "Webhooks", description = "Who is told of what is published"),
        (name = "Operations", description = "Health and keys"),
    ),
    components(schemas(ProblemDocument, FieldErrorDocument, Code)),
    modifiers(&Shared),
)]
pub struct Document;

struct Shared;

impl Modify for Shared {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        scheme.description = Some(
            "The `access_token` of `POST /api/v1/auth/login`, or a key of `POST /api/v1/manage/api-keys`.".to_owned(),
        );
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("sign_in", SecurityScheme::Http(scheme));
        for status in STATUSES {
            components.responses.insert(refusal_name(status), RefOr::T(refusal(status)));
        }
        // Only what says otherwise needs a sign-in.
        document.security = Some(vec![openapi::security::SecurityRequirement::default()]);
    }
}

/// Requires each member of an answer that may be null: unlike one of a request it is always there, as null where it is
/// empty, unless it is `left_out` of this schema.
pub fn require_nulls(document: &mut openapi::OpenApi, left_out: impl Fn(&str, &str) -> bool) {
    let whole = json!(document);
    let operations = whole["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = operations.filter_map(Value::as_object).flat_map(|path| path.values());
    // What is in requests too may be left out there.
    let mut sent = BTreeSet::new();
    operations.for_each(|operation| references(&operation["requestBody"], &whole, &mut sent));
    for (name, schema) in document.components.iter_mut().flat_map(|components| &mut components.schemas) {
        if !sent.contains(name.as_str()) {
            require_nulls_of(schema, &|member| left_out(name, member));
        }
    }
}

/// The names of all schemas that `value` refers to, and those to which these refer.
fn references<'a>(value: &'a Value, document: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str().and_then(|address| address.strip_prefix("#/components/schemas/")) {
                    Some(referred) if name == "$ref" => {
                        if found.insert(referred) {
                            references(&document["components"]["schemas"][referred], document, found);
                        }
                    }
                    _ => references(member, document, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, document, found)),
        _ => {}
    }
}

fn require_nulls_of(schema: &mut RefOr<Schema>, left_out: &dyn Fn(&str) -> bool) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            for (name, member) in &object.properties {
                let member = json!(member);
                let types = member["type"].as_array().into_iter().flatten();
                let mut either = member["oneOf"].as_array().into_iter().flatten();
                let may_be_null = types.clone().any(|one| one == "null") || either.any(|one| one["type"] == "null");
                if may_be_null && !left_out(name) && !object.required.contains(name) {
                    object.required.push(name.clone());
                }
            }
        }
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(|part| require_nulls_of(part, left_out)),
        _ => {}
    }
}
