//! The OpenAPI document: what is committed is what the code generates, and its examples are true.

use std::collections::HashSet;

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

#[test]
fn every_operation_has_a_name_of_its_own_that_a_function_can_have() {
    let mut names = HashSet::new();
    for (path, verb, operation) in operations() {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} twice: {verb} {path}");
        let (first, what) = name.split_once('_').unwrap_or((name, ""));
        // `articles` would be the function that makes what everyone calls `articles`.
        let reads = matches!(first, "get" | "list") && !what.is_empty();
        assert_eq!(reads, verb == "get", "{name} is not what {verb} {path} does");
    }
}

#[test]
fn a_patch_says_nothing_that_its_sender_did_not() {
    let schemas = &contract::document()["components"]["schemas"];
    let patches = schemas.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("Patch"));
    let mut fields = 0;
    for (name, schema) in patches {
        assert_eq!(schema["required"].as_array().map_or(0, Vec::len), 0, "{name} requires members");
        for (field, member) in schema["properties"].as_object().unwrap() {
            assert!(member["default"].is_null(), "clients would send the default of {name}.{field}");
            fields += 1;
        }
    }
    assert!(fields > 20, "only {fields} fields were found");
}

#[test]
fn what_an_answer_says_with_null_is_there() {
    let schemas = &contract::document()["components"]["schemas"];
    let required = |schema: &str, member: &str| {
        let schema = &schemas[schema];
        schema["required"].as_array().is_some_and(|required| required.contains(&member.into()))
    };
    assert!(required("ArticleCard", "summary") && required("ArticleCard", "image") && required("ListLinks", "next"));
    assert!(!required("ArticleInput", "summary"), "a request may leave it out");
    assert!(!required("PartialArticleCard", "summary"), "it may not have been asked for");
    assert!(!required("ArticleRecord", "royalty"), "not everyone may see it");
    assert!(!required("ListMeta", "count"), "it is left out, not null");
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
