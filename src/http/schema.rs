//! Checks input against the JSON Schemas that the OpenAPI document is made of, so that what is documented is
//! what is enforced, and every violation is reported at once.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, LazyLock, RwLock},
};

use jsonschema::{Validator, error::ValidationErrorKind};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{FieldError, Problem, Text, text};

/// Reads `value` as a `T`.
///
/// # Errors
/// `validation_failed` with everything that violates `T`'s schema.
pub fn read<T: DeserializeOwned + ToSchema + 'static>(value: &Value) -> Result<T, Problem> {
    check::<T>(value)?;
    // The schema admits only what the type reads, but for ranges of numbers that JSON Schema cannot say.
    T::deserialize(value).map_err(|error| {
        tracing::debug!(%error, "input passed its schema, not its type");
        Problem::invalid("", "invalid", text("invalid-value"))
    })
}

/// Checks `value` against the schema of `T`.
///
/// # Errors
/// `validation_failed` with everything that violates it.
pub fn check<T: ToSchema + 'static>(value: &Value) -> Result<(), Problem> {
    let errors = violations::<T>(value);
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}

/// Everything in `value` that violates the schema of `T`.
pub fn violations<T: ToSchema + 'static>(value: &Value) -> Vec<FieldError> {
    let validator = validator::<T>();
    let mut errors = Vec::new();
    for error in validator.iter_errors(value) {
        collect(&error.instance_path().to_string(), error.kind(), &mut errors);
    }
    errors
}

/// `~` and `/` in a member's name, as a JSON pointer writes them (RFC 6901, section 3).
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn validator<T: ToSchema + 'static>() -> Arc<Validator> {
    static COMPILED: LazyLock<RwLock<HashMap<TypeId, Arc<Validator>>>> = LazyLock::new(RwLock::default);
    let id = TypeId::of::<T>();
    if let Some(known) = COMPILED.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&id) {
        return Arc::clone(known);
    }
    let mut referenced = Vec::new();
    T::schemas(&mut referenced);
    let schemas: HashMap<_, _> = referenced.into_iter().collect();
    let document = json!({ "allOf": [T::schema()], "components": { "schemas": schemas } });
    let compiled = jsonschema::options().should_validate_formats(true).build(&document);
    // Only a schema that does not compile can fail here, and the first test of its endpoint shows that.
    #[expect(clippy::expect_used, reason = "a defect in the program's own types, met at the first request")]
    let compiled = Arc::new(compiled.expect("the types' schemas compile"));
    let mut all = COMPILED.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    Arc::clone(all.entry(id).or_insert(compiled))
}

fn collect(pointer: &str, kind: &ValidationErrorKind, errors: &mut Vec<FieldError>) {
    let mut push = |code, message: Text| errors.push(FieldError::new(pointer, code, message));
    match kind {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for name in unexpected {
                let pointer = format!("{pointer}/{}", escape(name));
                errors.push(FieldError::new(pointer, "unknown_field", text("unknown-field").with("name", name)));
            }
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let pointer = format!("{pointer}/{}", escape(name));
            errors.push(FieldError::new(pointer, "required", text("required")));
        }
        // An optional member is "null or this": tell what is wrong with "this".
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            let is_null_branch = |branch: &&Vec<jsonschema::ValidationError<'static>>| {
                matches!(branch.as_slice(), [only] if only.instance_path().to_string() == pointer
                    && matches!(only.kind(), ValidationErrorKind::Type { .. }))
            };
            match context.iter().find(|branch| !is_null_branch(branch)) {
                Some(branch) => {
                    for error in branch {
                        collect(&error.instance_path().to_string(), error.kind(), errors);
                    }
                }
                None => push("wrong_type", text("wrong-type-here")),
            }
        }
        ValidationErrorKind::Type { kind } => {
            push("wrong_type", text("wrong-type").with("expected", expected(kind)));
        }
        ValidationErrorKind::Enum { options } => {
            push("not_allowed", text("not-allowed").with("allowed", options_list(options)));
        }
        ValidationErrorKind::MaxLength { limit } => push("too_long", text("too-long").with("limit", limit)),
        ValidationErrorKind::MinLength { limit } => push("too_short", text("too-short").with("limit", limit)),
        ValidationErrorKind::MaxItems { limit } => push("too_many", text("too-many").with("limit", limit)),
        ValidationErrorKind::Maximum { limit } => push("too_large", text("too-large").with("limit", limit)),
        ValidationErrorKind::Minimum { limit } => push("too_small", text("too-small").with("limit", limit)),
        ValidationErrorKind::Format { format } => push("invalid_format", text(format!("format-{format}"))),
        ValidationErrorKind::Pattern { .. } => push("invalid_format", text("pattern")),
        other => {
            tracing::debug!(keyword = other.keyword(), pointer, "a violation without a message of its own");
            push("invalid", text("invalid-value"));
        }
    }
}

fn expected(kind: &jsonschema::error::TypeKind) -> String {
    match kind {
        jsonschema::error::TypeKind::Single(one) => one.to_string(),
        jsonschema::error::TypeKind::Multiple(several) => {
            several.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(", ")
        }
    }
}

/// The values of an `enum`, for a message.
pub fn options_list(options: &Value) -> String {
    let names = options.as_array().into_iter().flatten();
    names.map(|option| option.as_str().map_or_else(|| option.to_string(), str::to_owned)).collect::<Vec<_>>().join(", ")
}
