//! The OpenAPI document: what is committed is what the code generates, and its examples are true.

use serde_json::Value;
use tintuc::commands::openapi;

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
    let document = contract::document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let managed = path.starts_with("/api/v1/manage");
            assert!(!managed || operation["security"][0]["sign_in"].is_array(), "{verb} {path} is open");
            let refused = operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('4'));
            assert!(refused, "{verb} {path} never refuses");
        }
    }
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
