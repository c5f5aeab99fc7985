//! Settings that are not to be shown.

use secrecy::SecretString;

/// Takes the text as it is.
#[expect(clippy::unnecessary_wraps, reason = "the shape that clap's value parsers have")]
pub(super) fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text))
}
