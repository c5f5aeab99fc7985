//! What is done once, however often it is asked for: the `Idempotency-Key` of management POSTs (docs/api.md, Requests).
//!
//! - [`layer`]: around the management side; finds the answer, has its turn, or waits for a twin;
//! - [`sent`]: what was sent, as it is told from something else, of any size;
//! - [`kept`]: what is known of a key in the database, for a day;
//! - [`document`]: the header in the OpenAPI document.

pub mod document;
pub mod kept;
pub mod layer;
mod sent;
