//! Reading JSON bodies: strict, bounded, in NFC, and checked against the schema that the OpenAPI document shows.

use std::{fmt, future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header,
    web::{BytesMut, block},
};
use futures_util::StreamExt;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Code, FieldError, Problem, schema, side::Side, text};
use crate::text::normal::nfc;

/// The largest body that is read, in bytes: an article's text of 1 MiB with room for JSON's escapes.
pub const MAX_JSON_BYTES: usize = 2 * 1024 * 1024 - 1;
/// The same for what anyone may send.
const MAX_PUBLIC_BYTES: usize = 16 * 1024;
/// The same for signing in.
const MAX_SIGN_IN_BYTES: usize = 4 * 1024;
/// From how many bytes on a body is parsed off the async threads.
const LARGE: usize = 64 * 1024;

/// The same for an article: its text may come with pictures inside, which become files.
pub const MAX_ARTICLE_BYTES: usize = 16 * 1024 * 1024 - 1;

/// A JSON body of at most so many bytes that is a valid `T`. Every violation of `T`'s schema is reported at once.
#[derive(Debug)]
pub struct Json<T, const LIMIT: usize = MAX_JSON_BYTES>(pub T);

/// A JSON body that may be left out or null, where none of `T`'s members is required.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

/// A JSON merge patch (RFC 7396), valid by itself as the schema of `P` has it. Whether the patched document is
/// valid as a whole is decided when it is merged.
#[derive(Debug)]
pub struct MergePatch<P, const LIMIT: usize = MAX_JSON_BYTES> {
    patch: Value,
    shape: std::marker::PhantomData<fn() -> P>,
}

impl<P, const LIMIT: usize> Clone for MergePatch<P, LIMIT> {
    fn clone(&self) -> Self {
        Self { patch: self.patch.clone(), shape: self.shape }
    }
}

impl<P: ToSchema + 'static, const LIMIT: usize> MergePatch<P, LIMIT> {
    /// The patch that this is.
    ///
    /// # Errors
    /// `validation_failed` with everything that violates the schema of `P`.
    pub fn of(patch: Value) -> Result<Self, Problem> {
        schema::check::<P>(&patch)?;
        Ok(Self { patch, shape: std::marker::PhantomData })
    }
}

impl<P, const LIMIT: usize> MergePatch<P, LIMIT> {
    /// The string that the patch gives to a member, if it gives one.
    pub fn string_mut(&mut self, member: &str) -> Option<&mut String> {
        match self.patch.get_mut(member) {
            Some(Value::String(string)) => Some(string),
            _ => None,
        }
    }

    /// Applies the patch to `current` and reads the result.
    ///
    /// # Errors
    /// `validation_failed` where the merged document is not a valid `T`.
    pub fn apply<T: DeserializeOwned + ToSchema + 'static>(&self, mut current: Value) -> Result<T, Problem> {
        json_patch::merge(&mut current, &self.patch);
        schema::read(&current)
    }
}

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: DeserializeOwned + ToSchema + 'static, const LIMIT: usize> FromRequest for Json<T, LIMIT> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let value = read(&request, payload, &["application/json"], LIMIT).await?;
            schema::read(&value).map(Json)
        })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { optional(optional_body(&request, payload).await?.as_deref()) })
    }
}

/// The bytes of a body, if it is not left out.
///
/// # Errors
/// Those of a body that is not announced as JSON, too large or broken off.
pub async fn optional_body(request: &HttpRequest, payload: Payload) -> Result<Option<BytesMut>, Problem> {
    let length = declared_length(request).unwrap_or(0);
    if length == 0 && !request.headers().contains_key(header::TRANSFER_ENCODING) {
        return Ok(None);
    }
    bytes(request, payload, &["application/json"], MAX_JSON_BYTES).await.map(Some)
}

/// What is in a body that may be left out.
///
/// # Errors
/// Those of [`Json`].
pub fn optional<T: DeserializeOwned + ToSchema + 'static>(body: Option<&[u8]>) -> Result<OptionalJson<T>, Problem> {
    let value = body.map(parse).transpose()?.unwrap_or_default();
    let value = if value.is_null() { Value::Object(Map::new()) } else { value };
    schema::read(&value).map(OptionalJson)
}

impl<P: ToSchema + 'static, const LIMIT: usize> FromRequest for MergePatch<P, LIMIT> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let types = ["application/merge-patch+json", "application/json"];
            Self::of(read(&request, payload, &types, LIMIT).await?)
        })
    }
}

async fn read(request: &HttpRequest, payload: Payload, types: &[&'static str], limit: usize) -> Result<Value, Problem> {
    let body = bytes(request, payload, types, limit).await?;
    if body.len() < LARGE {
        return parse(&body);
    }
    block(move || parse(&body)).await.map_err(Problem::internal)?
}

/// How large a body may be that its type allows so many bytes: who is not signed in has little to say.
fn allowed(request: &HttpRequest, of_its_type: usize) -> usize {
    match Side::of(request.path()) {
        Side::Management => of_its_type,
        Side::SignIn => MAX_SIGN_IN_BYTES,
        Side::Public => MAX_PUBLIC_BYTES,
    }
}

async fn bytes(
    request: &HttpRequest,
    mut payload: Payload,
    types: &[&'static str],
    limit: usize,
) -> Result<BytesMut, Problem> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).map(|value| value.trim().to_lowercase());
    if !essence.is_some_and(|essence| types.contains(&essence.as_str())) {
        let detail = text("unsupported-media-type").with("types", types.join(", "));
        return Err(Problem::new(Code::UnsupportedMediaType, detail).header(header::ACCEPT, &types.join(", ")));
    }
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::new(Code::UnsupportedMediaType, text("content-encoding")));
    }
    let limit = allowed(request, limit);
    if declared_length(request).is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::bad_request(text("body-interrupted")))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn declared_length(request: &HttpRequest) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Code::PayloadTooLarge, text("payload-too-large").with("limit", limit))
}

/// Parses JSON text strictly (RFC 8259, and no duplicate members, as I-JSON asks) and brings its strings to NFC.
///
/// # Errors
/// `bad_request` where the text is not UTF-8 or not JSON; `validation_failed` where a string holds NUL.
pub fn parse(body: &[u8]) -> Result<Value, Problem> {
    let body = std::str::from_utf8(body).map_err(|_| Problem::bad_request(text("invalid-utf8")))?;
    let Strict(mut value) = serde_json::from_str(body).map_err(|error| {
        let detail = text("invalid-json").with("line", error.line()).with("column", error.column());
        Problem::bad_request(detail)
    })?;
    let mut errors = Vec::new();
    normalise(&mut value, &mut String::new(), &mut errors);
    if errors.is_empty() { Ok(value) } else { Err(Problem::validation(errors)) }
}

/// PostgreSQL's text cannot hold NUL; everything else is kept, composed.
fn normalise(value: &mut Value, pointer: &mut String, errors: &mut Vec<FieldError>) {
    let length = pointer.len();
    match value {
        Value::String(string) => {
            if string.contains('\0') {
                errors.push(FieldError::new(pointer.clone(), "nul", text("nul")));
            }
            if let std::borrow::Cow::Owned(composed) = nfc(string) {
                *string = composed;
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                pointer.push_str(&format!("/{index}"));
                normalise(item, pointer, errors);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                pointer.push('/');
                pointer.push_str(&schema::escape(name));
                normalise(member, pointer, errors);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `serde_json::Value` keeps the last of two members of one name; here that is an error, since the sender
/// and a proxy on the way may disagree on which one counts.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// `1.0` and `1e2` are integers (JSON Schema, validation, section 6.1.1), which the types read only as such.
    #[expect(clippy::cast_possible_truncation, reason = "there is no fraction, and f64 is exact up to 2^53")]
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let whole = value.fract() == 0.0 && value.abs() < EXACT;
        Ok(if whole { (value as i64).into() } else { value.into() })
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Strict(member))) = members.next_entry::<String, Strict>()? {
            if object.insert(name, member).is_some() {
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &[u8]) -> Code {
        parse(body).expect_err("refused").code()
    }

    #[test]
    fn what_is_not_strict_json_is_a_bad_request() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let long = "9".repeat(10_000);
        for body in ["", "{", "{\"a\":1,\"a\":2}", "\u{feff}{}", "\"\\ud800\"", "[1,]", "{} {}", "NaN", &deep, &long] {
            assert_eq!(refused(body.as_bytes()), Code::BadRequest, "{body:.40}");
        }
        assert_eq!(refused(b"\"\xff\""), Code::BadRequest);
    }

    #[test]
    fn nul_is_named_by_its_pointer() {
        let problem = parse(br#"{"a/b":["x\u0000"]}"#).expect_err("refused");
        assert!(problem.to_string().contains("/a~1b/0"), "{problem}");
    }

    #[test]
    fn strings_are_composed() {
        assert_eq!(parse("\"Đại hội\"".as_bytes()).expect("JSON"), Value::from("Đại hội"));
    }
}
