//! Reading query strings, by the parameters that the OpenAPI document shows.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        RefOr, Schema,
        path::Parameter,
        schema::{SchemaType, Type},
    },
};

use super::{Code, FieldError, Problem, schema, text};
use crate::text::normal::nfc;

/// The parameters of a query string, typed. Each is a scalar; an unknown or repeated one, or a value out of
/// its range, is 400 and says what is allowed.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + IntoParams + ToSchema + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Query))
    }
}

fn read<T: DeserializeOwned + IntoParams + ToSchema + 'static>(query: &str) -> Result<T, Problem> {
    let pairs: Vec<(String, String)> = strict_pairs(query)?;
    let known = T::into_params(|| None);
    let mut object = Map::new();
    for (name, value) in pairs {
        let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
            let allowed = known.iter().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>().join(", ");
            let detail = text("unknown-parameter").with("name", &name).with("allowed", allowed);
            let error = FieldError::new(format!("/{}", schema::escape(&name)), "unknown_parameter", detail.clone());
            return Err(Problem::new(Code::UnknownParameter, detail).with_errors(vec![error]));
        };
        if object.insert(name.clone(), typed(parameter, value)).is_some() {
            let error = FieldError::new(format!("/{name}"), "repeated", text("repeated-parameter"));
            return Err(Problem::bad_request(text("invalid-parameters")).with_errors(vec![error]));
        }
    }
    let object = Value::Object(object);
    let errors = schema::violations::<T>(&object);
    if !errors.is_empty() {
        return Err(Problem::bad_request(text("invalid-parameters")).with_errors(errors));
    }
    T::deserialize(object).map_err(|_| Problem::bad_request(text("invalid-parameters")))
}

/// `application/x-www-form-urlencoded` pairs; what does not decode to UTF-8 text without NUL is refused.
fn strict_pairs(query: &str) -> Result<Vec<(String, String)>, Problem> {
    let unreadable = || Problem::bad_request(text("invalid-parameters"));
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(|_| unreadable())?;
    if pairs.iter().any(|(name, value)| [name, value].iter().any(|part| part.contains(['\0', '\u{fffd}']))) {
        return Err(unreadable());
    }
    Ok(pairs.into_iter().map(|(name, value)| (name, nfc(&value).into_owned())).collect())
}

/// A value as JSON of the parameter's type; what does not parse stays a string, which the schema refuses.
fn typed(parameter: &Parameter, value: String) -> Value {
    let Some(RefOr::T(Schema::Object(object))) = &parameter.schema else { return value.into() };
    let is = |wanted: &Type| match &object.schema_type {
        SchemaType::Type(one) => one == wanted,
        SchemaType::Array(several) => several.contains(wanted),
        SchemaType::AnyValue => false,
    };
    if is(&Type::Integer) {
        value.parse::<i64>().map_or(Value::String(value), Value::from)
    } else if is(&Type::Boolean) {
        value.parse::<bool>().map_or(Value::String(value), Value::from)
    } else {
        value.into()
    }
}
