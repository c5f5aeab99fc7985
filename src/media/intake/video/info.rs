//! What is said of a film.

/// What is known of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoInfo {
    /// In pixels, as displayed.
    pub width: u32,
    /// In pixels, as displayed.
    pub height: u32,
    /// How long it plays.
    pub duration_ms: u64,
}

/// So many units of a clock, in milliseconds. Nothing for a clock that stands.
pub(super) fn milliseconds(units: u64, per_second: u64) -> Option<u64> {
    u64::try_from(u128::from(units) * 1000 / u128::from(core::num::NonZero::new(per_second)?.get())).ok()
}
