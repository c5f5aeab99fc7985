//! What is said when a second factor is set up or taken off.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::told_once::ToldOnce;

/// A proof that it is the owner who sets up a second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TotpStart)]
pub struct Start {
    /// The password. Who signed in within the last 15 minutes may leave it out.
    #[serde(default)]
    #[schema(max_length = 1024, value_type = Option<String>, format = Password, example = "mot-mat-khau-dai")]
    pub password: Option<SecretString>,
}

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TotpCode)]
pub struct CodeInput {
    /// What the authenticator shows at the moment.
    #[schema(max_length = 40, value_type = String, example = "287082")]
    pub code: SecretString,
}

/// A second factor, as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = TotpState)]
pub struct State {
    /// Whether it is set up, so that a code is asked for.
    pub confirmed: bool,
    /// How many recovery codes are left.
    #[schema(minimum = 0, example = 10)]
    pub recovery_codes_left: i64,
}

/// What an authenticator is to be told. Told this once.
#[derive(Serialize, ToSchema)]
#[schema(as = TotpSecret)]
pub struct NewSecret {
    /// To be typed in, in Base32 (RFC 4648).
    #[schema(value_type = String, format = Password, example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: ToldOnce,
    /// The same to be shown as a QR code.
    #[schema(
        value_type = String,
        format = Password,
        example = "otpauth://totp/Tintuc:bientap%40tintuc.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tintuc"
    )]
    pub otpauth_url: ToldOnce,
}

/// What lets its holder in without the authenticator. Told this once.
#[derive(Serialize, ToSchema)]
#[schema(as = TotpRecovery)]
pub struct Recovery {
    /// Each is good once, in the place of a code.
    #[schema(value_type = Vec<String>, format = Password, example = json!(["abcd-efgh-ijkm-npqr"]))]
    pub recovery_codes: Vec<ToldOnce>,
}
