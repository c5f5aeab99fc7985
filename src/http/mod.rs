//! What handlers of every feature share: reading requests, answering, and refusing well.

pub mod answer;
pub mod canonical;
pub mod client;
pub mod context;
mod cursor;
mod database;
pub mod depends;
pub mod etag;
pub mod fallback;
pub mod joined;
pub mod json;
pub mod layer;
pub mod negotiation;
pub mod openapi;
pub mod pace;
pub mod paging;
pub mod precondition;
pub mod problem;
pub mod query;
pub mod reply;
pub mod schema;
pub mod side;
pub mod table;
pub mod texts;

pub use answer::{Answer, Found, Representation};
pub use canonical::{Addressed, Canonical};
pub use cursor::Cursors;
pub use database::OrNotFound;
pub use etag::ETag;
pub use json::{Json, MergePatch, OptionalJson};
pub use paging::{Count, Paging};
pub use precondition::IfMatch;
pub use problem::{Code, FieldError, Problem};
pub use query::Query;
pub use reply::{All, Item, Links, List, Meta};
pub use texts::{Text, text};
