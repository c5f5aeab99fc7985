//! The OpenAPI document as a judge: every answer in the tests must be one that it describes.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use actix_web::dev::ResourceDef;
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use super::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(tintuc::server::document()).expect("a document"));

static PATHS: LazyLock<Vec<(ResourceDef, String)>> = LazyLock::new(|| {
    let paths = DOCUMENT["paths"].as_object().expect("paths").keys();
    paths.map(|path| (ResourceDef::new(path.as_str()), path.clone())).collect()
});

/// Fails the test if the document does not describe the answer.
#[track_caller]
pub fn check(method: &Method, path: &str, answer: &Answer) {
    if path.starts_with("/docs")
        || path.starts_with("/portal")
        || path == "/api/openapi.json"
        || method == Method::OPTIONS
    {
        return;
    }
    let content_type = answer.header("content-type");
    let documented = PATHS.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, path)| path);
    let verb = if method == Method::HEAD { "get".to_owned() } else { method.as_str().to_lowercase() };
    let operation = documented.map(|path| &DOCUMENT["paths"][path][&verb]).filter(|operation| !operation.is_null());
    let Some(operation) = operation else {
        // No such operation: only a problem document can be right.
        assert!(answer.status.is_client_error(), "{method} {path} is not documented and answered {}", answer.status);
        validate("/components/schemas/Problem", &answer.body);
        return;
    };
    let status = answer.status.as_u16().to_string();
    let listed = &operation["responses"][&status];
    assert!(!listed.is_null(), "{method} {path}: {status} is not documented: {:#}", answer.body);
    let path = documented.expect("a path").replace('~', "~0").replace('/', "~1");
    let pointer = match listed["$ref"].as_str() {
        Some(shared) => shared.trim_start_matches('#').to_owned(),
        None => format!("/paths/{path}/{verb}/responses/{status}"),
    };
    let response = DOCUMENT.pointer(&pointer).expect("the response is there");
    if answer.bytes.is_empty() || answer.headers.contains_key("content-encoding") {
        return;
    }
    let media_type = content_type.split(';').next().unwrap_or_default();
    let schema = &response["content"][media_type]["schema"];
    assert!(!schema.is_null(), "{method} {path}: {status} is not documented as {content_type}");
    if schema["format"] == "binary" {
        return;
    }
    let is_text = media_type.starts_with("text/") || media_type.ends_with("xml");
    let text = is_text.then(|| String::from_utf8_lossy(&answer.bytes).into());
    let body = text.as_ref().unwrap_or(&answer.body);
    validate(&format!("{pointer}/content/{}/schema", media_type.replace('/', "~1")), body);
}

/// The document.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// Fails the test if `body` is not as the schema at `pointer` has it.
#[track_caller]
pub fn validate(pointer: &str, body: &Value) {
    let validator = validator(pointer);
    let errors: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "not as documented at {pointer}: {errors:#?}\n{body:#}");
}

fn validator(pointer: &str) -> Arc<Validator> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let fresh = || {
        let mut root = json!({ "$ref": format!("#{}", percent_encoded(pointer)) });
        for part in ["paths", "components"] {
            root[part] = DOCUMENT[part].clone();
        }
        let options = jsonschema::options().should_validate_formats(true).build(&root);
        Arc::new(options.unwrap_or_else(|error| panic!("{pointer}: {error}")))
    };
    Arc::clone(compiled.entry(pointer.to_owned()).or_insert_with(fresh))
}

/// A JSON pointer as a URL's fragment (RFC 6901, section 6).
fn percent_encoded(pointer: &str) -> String {
    pointer.replace('{', "%7B").replace('}', "%7D")
}
