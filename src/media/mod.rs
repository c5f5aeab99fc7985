//! Pictures, recordings and documents.

pub mod storage;
