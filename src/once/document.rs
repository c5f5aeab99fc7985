//! The key in the OpenAPI document: a header of each POST of the management side, whoever wrote it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::openapi::{
    self, Ref, RefOr, Required,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Type},
};

use super::layer::MAX_KEY;
use crate::http::openapi::refusal_name;

/// What a request with a key may be answered instead, whatever else it may.
const REFUSED: [u16; 7] = [400, 403, 409, 413, 422, 500, 503];

/// Gives each POST of the management side its header and the refusals that come with it.
pub fn offer(document: &mut openapi::OpenApi) {
    let whole = json!(document);
    for (path, item) in &mut document.paths.paths {
        let Some(operation) = item.post.as_mut().filter(|_| path.starts_with("/api/v1/manage/")) else { continue };
        let answers = &whole["paths"][path]["post"]["responses"];
        let made = answers.as_object().into_iter().flatten().filter(|(status, _)| status.starts_with('2'));
        let secret = made.map(|(_, answer)| answer).any(|answer| holds_a_secret(answer, &whole, &mut BTreeSet::new()));
        operation.parameters.get_or_insert_default().push(RefOr::T(parameter(secret)));
        for status in REFUSED {
            let refusal = RefOr::Ref(Ref::from_response_name(refusal_name(status)));
            operation.responses.responses.entry(status.to_string()).or_insert(refusal);
        }
    }
}

fn parameter(secret: bool) -> Parameter {
    let description = if secret {
        "Has this done once, however often it is sent within 24 hours. The answer holds a secret and is not kept: sent again, \
         it is 409 `conflict`"
    } else {
        "Has this done once, however often it is sent within 24 hours: the same request gets the same answer again"
    };
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(MAX_KEY))
        .pattern(Some("^[!-~]+$"))
        .examples([json!("7f9c24e8-3b1a-4c57-9d0e-2a6b8f013c5d")]);
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

/// Whether there is a secret in what this describes: a string of the format `password`.
fn holds_a_secret<'a>(value: &'a Value, document: &'a Value, seen: &mut BTreeSet<&'a str>) -> bool {
    match value {
        Value::Object(members) => {
            let named = value["$ref"].as_str().and_then(|address| address.strip_prefix('#'));
            let referred = named.filter(|named| seen.insert(named)).and_then(|named| document.pointer(named));
            value["format"] == "password"
                || referred.is_some_and(|referred| holds_a_secret(referred, document, seen))
                || members.values().any(|member| holds_a_secret(member, document, seen))
        }
        Value::Array(items) => items.iter().any(|item| holds_a_secret(item, document, seen)),
        _ => false,
    }
}
