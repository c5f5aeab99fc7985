//! What is about to be kept.

use std::path::PathBuf;

use bytes::Bytes;

/// Where the bytes of something come from.
pub(super) enum Source {
    File(PathBuf),
    Bytes(Bytes),
}
