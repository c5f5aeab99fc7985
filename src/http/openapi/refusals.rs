//! What an operation may answer instead of what was asked for.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

/// Every status of a refusal.
pub(super) const STATUSES: [u16; 18] =
    [400, 401, 403, 404, 406, 409, 410, 412, 413, 414, 415, 422, 428, 429, 431, 500, 503, 507];

/// A refusal with this status, as the document's components hold it.
pub(super) fn refusal(status: u16) -> Response {
    let description = match status {
        400 => "The request cannot be understood",
        401 => "Not signed in, or the sign-in has ended",
        403 => "Signed in, but not permitted",
        404 => "Not there, or not visible to this caller",
        406 => "No acceptable representation",
        409 => "In conflict with what is there",
        410 => "It was there and is not any more",
        412 => "The client's copy is not current",
        413 => "The body is too large",
        414 => "The path and query are too long",
        415 => "Not a media type that is read here",
        422 => "The input breaks rules; all of them are named",
        428 => "`If-Match` with an entity tag is required",
        429 => "Too many attempts; `Retry-After` says when to try again",
        431 => "The headers are too large",
        500 => "A defect; quote the request id",
        503 => "Not available at the moment; `Retry-After` says when to try again",
        507 => "The storage is full",
        _ => "Refused",
    };
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new().description(description).content("application/problem+json", problem).build()
}

/// The name of a refusal among the document's components.
pub fn refusal_name(status: u16) -> String {
    format!("Refused{status}")
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident: $($status:literal)+;)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                let named = |status: u16| {
                    (status.to_string(), RefOr::Ref(Ref::from_response_name(refusal_name(status))))
                };
                [$(named($status)),+].into_iter().collect()
            }
        }
    )+};
}

refusals! {
    /// What a public read may answer instead.
    PublicRead: 400 401 404 406 414 429 431 500 503;
    /// What a public read of one article may answer instead: 410 where it was taken back with a notice.
    PublicArticle: 400 401 404 406 410 414 429 431 500 503;
    /// What a public list may answer instead.
    PublicList: 400 401 406 414 429 431 500 503;
    /// What the change feed may answer instead.
    PublicFeed: 400 401 406 410 414 429 431 500 503;
    /// What counting a view may answer instead.
    PublicCount: 400 401 404 406 410 413 414 415 422 429 431 500 503 507;
    /// What signing in may answer instead.
    SignInRefusals: 400 401 406 413 414 415 422 429 431 500 503 507;
    /// What changing a password may answer instead.
    PasswordRefusals: 400 401 403 406 413 414 415 422 429 431 500 503 507;
    /// What continuing a session may answer instead.
    RefreshRefusals: 400 401 406 409 413 414 415 422 429 431 500 503 507;
    /// What a way by the provider of single sign-on may answer instead.
    ProviderRefusals: 400 401 403 404 406 409 414 429 431 500 503 507;
    /// What beginning to link an account may answer instead.
    LinkRefusals: 400 401 403 404 406 413 414 415 422 429 431 500 503 507;
    /// What setting up a second factor, or taking it off, may answer instead.
    FactorRefusals: 400 401 403 406 409 413 414 415 422 429 431 500 503 507;
    /// What reading one thing of the management side may answer instead.
    ManageRead: 400 401 403 404 406 414 431 500 503;
    /// What reading a collection of the management side may answer instead.
    ManageList: 400 401 403 406 414 431 500 503;
    /// What removing something may answer instead that needs no condition.
    ManageRemove: 400 401 403 404 406 409 414 429 431 500 503;
    /// What creating something may answer instead.
    ManageCreate: 400 401 403 406 409 413 414 415 422 429 431 500 503 507;
    /// What making something of a thing that is there may answer instead.
    ManageMakeOf: 400 401 403 404 406 409 413 414 415 422 429 431 500 503 507;
    /// What changing something may answer instead.
    ManageChange: 400 401 403 404 406 409 412 413 414 415 422 428 429 431 500 503 507;
    /// What deleting something may answer instead.
    ManageDelete: 400 401 403 404 406 409 412 414 422 428 429 431 500 503 507;
}
