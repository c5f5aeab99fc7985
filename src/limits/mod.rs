//! How often somebody may ask: `rates.rs` counts, by network or by key, `layer.rs` asks it for each request that memory does
//! not answer (docs/decisions/0037-limits.md).

mod keys;
pub mod layer;
mod rates;

pub use rates::Limits;
