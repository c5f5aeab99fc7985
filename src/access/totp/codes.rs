//! What an authenticator and the service share, and the codes that follow from it (RFC 6238 with its defaults: SHA-1, six
//! digits, half a minute). Pure.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Totp, TotpError};
use uuid::Uuid;

use crate::{
    access::{keys::Keys, password},
    keyed,
    told_once::ToldOnce,
};

/// Who issues the codes, as an authenticator shows it.
const ISSUER: &str = "Tintuc";

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// The key under which secrets are kept.
#[derive(Clone, Copy)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// The one of this installation: the same on every replica.
    pub fn of(keys: &Keys) -> Self {
        Self(keys.derive("totp"))
    }
}

/// A secret of 160 bits, as RFC 4226 recommends, and what is made of it.
pub struct Shared([u8; 20]);

impl Shared {
    /// A new one.
    pub fn make() -> Self {
        Self(rand::random())
    }

    /// As it is kept: good for this account only.
    pub fn seal(&self, key: SealingKey, user: Uuid) -> Vec<u8> {
        keyed::seal(&key.0, user.as_bytes(), &self.0)
    }

    /// The one that was kept for this account; none where the signing key is another now.
    pub fn open(key: SealingKey, user: Uuid, sealed: &[u8]) -> Option<Self> {
        Some(Self(keyed::open(&key.0, user.as_bytes(), sealed)?.try_into().ok()?))
    }

    /// To be typed into an authenticator.
    pub fn in_base32(&self) -> String {
        totp_rs::Secret::new_stack(self.0).to_base32()
    }

    /// To be shown to an authenticator's camera.
    ///
    /// # Errors
    /// Where an authenticator could not read it.
    pub fn url(&self, email: &str) -> Result<String, TotpError> {
        self.totp(email)?.to_url()
    }

    /// The half minute, counted from 1970, of which this is the code, if that is the present one or one beside it.
    pub fn step_of(&self, code: &str, at: DateTime<Utc>) -> Option<i64> {
        let seconds = u64::try_from(at.timestamp()).ok()?;
        self.totp("").ok()?.check(code, seconds)?.try_into().ok()
    }

    fn totp(&self, email: &str) -> Result<Totp, TotpError> {
        let secret = totp_rs::Secret::new_stack(self.0);
        // What stands before a colon would be taken for the issuer.
        let account = email.replace(':', " ");
        Builder::new().with_secret(secret).with_issuer(Some(ISSUER)).with_account_name(account).build()
    }
}

/// What somebody types beside their password.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// A code of an authenticator.
    Code(String),
    /// A recovery code, as its digest is kept.
    Recovery(Vec<u8>),
}

impl Typed {
    /// What this is. Blanks and dashes count for nothing, nor does upper case.
    pub fn of(typed: &str) -> Self {
        let plain: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::Code(plain)
        } else {
            // 80 random bits cannot be guessed, so a fast digest is enough.
            Self::Recovery(Sha256::digest(plain.to_lowercase().as_bytes()).to_vec())
        }
    }
}

/// New recovery codes, as they are shown once.
pub fn recovery_codes() -> Vec<ToldOnce> {
    (0..RECOVERY_CODES).map(|_| ToldOnce::new(password::random().expose_secret().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    /// RFC 6238, appendix B, the last six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let shared = Shared(*b"12345678901234567890");
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(shared.step_of(code, at(seconds)), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_code_is_taken_half_a_minute_early_or_late_and_no_more() {
        let shared = Shared(*b"12345678901234567890");
        let taken = |seconds| shared.step_of("081804", at(seconds)).is_some();
        let of_step = 1_111_111_109 / 30 * 30;
        assert!(!taken(of_step - 31) && taken(of_step - 30) && taken(of_step + 59) && !taken(of_step + 60));
        for junk in ["", "81804", "0818040", "08180a", "０８１８０４"] {
            assert_eq!(shared.step_of(junk, at(of_step)), None, "{junk}");
        }
    }

    #[test]
    fn a_secret_opens_for_its_account_alone() {
        let (shared, key, user) = (Shared::make(), SealingKey([1; 32]), Uuid::now_v7());
        let sealed = shared.seal(key, user);
        assert_eq!(Shared::open(key, user, &sealed).map(|opened| opened.0), Some(shared.0));
        assert!(Shared::open(key, Uuid::now_v7(), &sealed).is_none());
        assert!(Shared::open(SealingKey([2; 32]), user, &sealed).is_none());
    }

    #[test]
    fn an_authenticator_is_told_whose_code_it_is() {
        let url = Shared(*b"12345678901234567890").url("a:b@tinh.example").expect("an address");
        assert_eq!(
            url,
            "otpauth://totp/Tintuc:a%20b%40tinh.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tintuc"
        );
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(Typed::of(" 123 456"), Typed::Code("123456".to_owned()));
        let code = recovery_codes().pop().expect("a code");
        let shouted = code.reveal().to_uppercase().replace('-', " ");
        assert_eq!(Typed::of(&shouted), Typed::of(code.reveal()));
        assert_ne!(Typed::of("abcd-efgh-ijkm-npqr"), Typed::of("abcd-efgh-ijkm-npqs"));
    }
}
