//! Refusals: RFC 9457 problem documents, one type for the whole service.

mod document;

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use self::document::{FieldErrorDocument, ProblemDocument};
use super::{ETag, Text, context, text};

/// More errors than this in one answer help nobody, and would make a large answer of a small request.
pub const MAX_ERRORS: usize = 100;

/// The stable codes of problems, each with its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumIter, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "the codes are named after their statuses; docs/api.md, Errors, lists them")]
#[schema(as = ProblemCode)]
pub enum Code {
    BadRequest,
    UnknownParameter,
    InvalidCursor,
    Unauthenticated,
    InvalidCredentials,
    TotpRequired,
    Forbidden,
    FourEyes,
    TotpEnrolmentRequired,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    TransitionNotAllowed,
    Conflict,
    Gone,
    StaleVersion,
    PayloadTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    RangeNotSatisfiable,
    ValidationFailed,
    IdempotencyMismatch,
    PreconditionRequired,
    RateLimited,
    HeadersTooLarge,
    Internal,
    Unavailable,
    InsufficientStorage,
}

impl Code {
    /// The HTTP status that goes with the code.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::UnknownParameter | Self::InvalidCursor => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::InvalidCredentials | Self::TotpRequired => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::FourEyes | Self::TotpEnrolmentRequired => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::TransitionNotAllowed | Self::Conflict => StatusCode::CONFLICT,
            Self::Gone => StatusCode::GONE,
            Self::StaleVersion => StatusCode::PRECONDITION_FAILED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::ValidationFailed | Self::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::InsufficientStorage => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    /// The key of the message that is the problem's title.
    pub fn title_key(self) -> String {
        format!("title-{}", <&str>::from(self).replace('_', "-"))
    }
}

/// One thing wrong with the input.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// Where: a JSON pointer (RFC 6901) into the body, or `/name` of a query parameter.
    pub pointer: String,
    /// What kind: stable, for programs.
    pub code: &'static str,
    /// The same, for people.
    pub message: Text,
}

impl FieldError {
    /// An error at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, message: Text) -> Self {
        Self { pointer: pointer.into(), code, message }
    }
}

/// A refusal on its way to the client. Built by named constructors; `?` does the rest.
#[derive(Clone, Debug)]
pub struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    code: Code,
    detail: Text,
    errors: Vec<FieldError>,
    extensions: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What kept the database from answering, where that may not happen a second time.
    mishap: Option<Mishap>,
}

/// What may happen to a statement through no fault of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The database undid the transaction in favour of another.
    GaveWay,
    /// The connection was lost.
    ConnectionLost,
}

impl Problem {
    /// A problem with this code and explanation.
    pub fn new(code: Code, detail: Text) -> Self {
        let (errors, extensions, headers) = Default::default();
        Self(Box::new(Parts { code, detail, errors, extensions, headers, mishap: None }))
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(detail: Text) -> Self {
        Self::new(Code::BadRequest, detail)
    }

    /// A name that something else has, given at `pointer`.
    pub fn taken(pointer: &str, message: Text) -> Self {
        Self::new(Code::Conflict, message.clone()).with_errors(vec![FieldError::new(pointer, "taken", message)])
    }

    /// 412: what the client holds is not current; what is, if there is anything, is told.
    pub fn stale_version(current: Option<&ETag>) -> Self {
        let problem = Self::new(Code::StaleVersion, text("stale-version"));
        match current.map(ToString::to_string) {
            Some(current) => problem.header(header::ETAG, &current).with_member("current_etag", current),
            None => problem,
        }
    }

    /// 401: not signed in.
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, text("unauthenticated")).challenge()
    }

    /// 401: a sign-in, or a password asked for once more, that failed.
    pub fn invalid_credentials() -> Self {
        Self::new(Code::InvalidCredentials, text("invalid-credentials")).challenge()
    }

    /// 401: a code that is wrong or was used, asked for beside a password that was right.
    pub fn invalid_code() -> Self {
        Self::new(Code::InvalidCredentials, text("invalid-code")).challenge()
    }

    /// 401: whoever the provider of single sign-on does not vouch for.
    pub fn refused_by_provider() -> Self {
        Self::new(Code::InvalidCredentials, text("oidc-refused")).challenge()
    }

    /// 401: the password is right, and a code is asked for beside it.
    pub fn totp_required() -> Self {
        Self::new(Code::TotpRequired, text("totp-required")).challenge()
    }

    /// 403: signed in, and nothing else is open until a second factor is set up.
    pub fn totp_enrolment_required() -> Self {
        Self::new(Code::TotpEnrolmentRequired, text("totp-enrolment-required"))
    }

    /// 403: may be seen, may not be done.
    pub fn forbidden() -> Self {
        Self::new(Code::Forbidden, text("forbidden"))
    }

    /// 404: not there, or not for this caller to know of.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, text("not-found"))
    }

    /// 409 with what stands in the way.
    pub fn conflict(detail: Text) -> Self {
        Self::new(Code::Conflict, detail)
    }

    /// 414.
    pub fn uri_too_long(limit: usize) -> Self {
        Self::new(Code::UriTooLong, text("uri-too-long").with("limit", limit))
    }

    /// 431.
    pub fn headers_too_large(limit: usize) -> Self {
        Self::new(Code::HeadersTooLarge, text("headers-too-large").with("limit", limit))
    }

    /// 422: everything that is wrong with the input, at once.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        Self::new(Code::ValidationFailed, text("validation-failed")).with_errors(errors)
    }

    /// 422 for a single error.
    pub fn invalid(pointer: &str, code: &'static str, message: Text) -> Self {
        Self::validation(vec![FieldError::new(pointer, code, message)])
    }

    /// 429: asks the client to wait.
    pub fn rate_limited(seconds: u64) -> Self {
        Self::new(Code::RateLimited, text("rate-limited").with("seconds", seconds)).retry_after(seconds)
    }

    /// 503: the database is out of reach or busy; worth another try soon.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        tracing::warn!(%cause, "unavailable");
        Self::new(Code::Unavailable, text("unavailable")).retry_after(1)
    }

    /// 507: the database has no space left.
    pub fn insufficient_storage() -> Self {
        Self::new(Code::InsufficientStorage, text("insufficient-storage"))
    }

    /// 500. The cause is logged and never shown.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(Code::Internal, text("internal"))
    }

    /// Adds what is wrong with single fields: the first [`MAX_ERRORS`] of it.
    #[must_use]
    pub fn with_errors(mut self, mut errors: Vec<FieldError>) -> Self {
        errors.truncate(MAX_ERRORS);
        self.0.errors = errors;
        self
    }

    /// Adds a member of the problem document (RFC 9457, section 3.2).
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extensions.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header; a value that is not fit for one is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// Every 401 carries one (RFC 9110, section 15.5.2); of this form, as RFC 6750 asks.
    fn challenge(self) -> Self {
        self.header(header::WWW_AUTHENTICATE, "Bearer realm=\"tintuc\"")
    }

    fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, &seconds.to_string())
    }

    /// The code, for callers that decide by it.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The same, where this is why.
    #[must_use]
    pub(super) fn through(mut self, mishap: Mishap) -> Self {
        self.0.mishap = Some(mishap);
        self
    }

    /// What kept the database from answering, where that may not happen a second time.
    pub fn mishap(&self) -> Option<Mishap> {
        self.0.mishap
    }

    /// The explanation in the language of the request under way.
    pub fn detail(&self) -> String {
        self.0.detail.in_language(context::language())
    }

    /// What was added by this name.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.0.extensions.get(name)
    }

    /// What is wrong with the fields of something that lies there in what was sent.
    pub fn errors_beneath(&self, pointer: &str) -> Vec<FieldError> {
        let beneath =
            |error: &FieldError| FieldError { pointer: format!("{pointer}{}", error.pointer), ..error.clone() };
        self.0.errors.iter().map(beneath).collect()
    }

    /// The whole of it as what is wrong with something that lies there.
    pub fn error_at(&self, pointer: &str, code: &'static str) -> FieldError {
        FieldError::new(pointer, code, self.0.detail.clone())
    }

    /// The problem document, in the language of the request under way.
    pub fn document(&self) -> Value {
        let language = context::language();
        let code: &str = self.0.code.into();
        let mut document = Map::new();
        document.insert("type".into(), format!("urn:tintuc:problem:{code}").into());
        document.insert("title".into(), text(self.0.code.title_key()).in_language(language).into());
        document.insert("status".into(), self.0.code.status().as_u16().into());
        document.insert("detail".into(), self.0.detail.in_language(language).into());
        document.insert("code".into(), code.into());
        document.insert("request_id".into(), context::request_id().into());
        if !self.0.errors.is_empty() {
            let errors = self.0.errors.iter().map(|error| {
                serde_json::json!({
                    "pointer": error.pointer,
                    "code": error.code,
                    "message": error.message.in_language(language),
                })
            });
            document.insert("errors".into(), errors.collect());
        }
        document.extend(self.0.extensions.clone());
        document.into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", <&str>::from(self.0.code), self.0.detail.in_language(super::texts::Language::En))?;
        for error in &self.0.errors {
            let message = error.message.in_language(super::texts::Language::En);
            write!(f, "; {}: {message}", error.pointer)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        for header in &self.0.headers {
            response.insert_header(header.clone());
        }
        response.body(self.document().to_string())
    }
}
