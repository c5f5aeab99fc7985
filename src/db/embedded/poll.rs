//! Waiting for something that usually takes a moment.

use std::time::Duration;

/// How long to sleep between two looks at it.
pub(super) const POLL: Duration = Duration::from_millis(5);
