//! The OpenAPI document: what is committed is what the code generates, and its examples are true.

use serde_json::Value;
use tintuc::{commands::openapi, media::intake::FileType};

use crate::support::{Site, contract};

#[test]
fn the_committed_document_is_what_the_code_generates() {
    let committed = include_str!("../../openapi/openapi.json");
    let generated = openapi::text().unwrap();
    assert!(committed == generated, "run `cargo run -- openapi > openapi/openapi.json`");
}

#[actix_web::test]
async fn the_service_answers_the_same_document() {
    let site = Site::start().await;
    let served = site.get("/api/openapi.json").await;
    let committed: Value = serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap();
    assert_eq!(served.is(200).body, committed);
}

#[test]
fn every_example_is_valid() {
    let mut examples = 0;
    for_each_schema(contract::document(), &mut String::new(), &mut |pointer, schema| {
        let listed = schema["examples"].as_array().cloned().unwrap_or_default();
        for example in schema.get("example").into_iter().chain(&listed) {
            contract::validate(pointer, example);
            examples += 1;
        }
    });
    assert!(examples > 30, "only {examples} examples were found");
}

#[test]
fn every_operation_says_who_may_call_it_and_how_it_refuses() {
    for (path, verb, operation) in operations() {
        let managed = path.starts_with("/api/v1/manage");
        assert!(!managed || operation["security"][0]["sign_in"].is_array(), "{verb} {path} is open");
        let refused = operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('4'));
        assert!(refused, "{verb} {path} never refuses");
    }
}

#[test]
fn every_body_has_one_media_type_and_every_media_type_is_one() {
    for (path, verb, operation) in operations() {
        let body = operation["requestBody"]["content"].as_object().map_or(1, serde_json::Map::len);
        // Generators of clients make one function of an operation, with one type for what it sends.
        assert_eq!(body, 1, "{verb} {path} takes {body} media types");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let types = response["content"].as_object().into_iter().flatten();
            let range = types.map(|(media_type, _)| media_type).find(|media_type| media_type.contains('*'));
            assert_eq!(range, None, "{verb} {path} answers {status}");
        }
    }
}

#[test]
fn a_download_is_documented_with_every_type_that_is_taken() {
    let answers = &contract::document()["paths"]["/media/{id}/{name}"]["get"]["responses"];
    for status in ["200", "206"] {
        for file_type in FileType::ALL {
            let schema = &answers[status]["content"][file_type.mime]["schema"];
            assert_eq!(schema["format"], "binary", "{status} {}", file_type.mime);
        }
    }
}

/// Every operation, with its path and verb.
fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let paths = contract::document()["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(move |(verb, operation)| (path.as_str(), verb.as_str(), operation))
    })
}

fn for_each_schema(value: &Value, pointer: &mut String, visit: &mut impl FnMut(&str, &Value)) {
    let length = pointer.len();
    match value {
        Value::Object(members) => {
            if members.contains_key("example") || members.contains_key("examples") {
                visit(pointer, value);
            }
            for (name, member) in members.iter().filter(|(name, _)| !name.starts_with("example")) {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                for_each_schema(member, pointer, visit);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                for_each_schema(item, pointer, visit);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}
