//! What PostgreSQL keeps of a password. Given this instead of the password, the server stores it as it is, and neither its log
//! nor `pg_stat_activity` nor a statement's statistics ever hold the password.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::keyed;

/// PostgreSQL's own number. These passwords are random and long, which no number of rounds would add to.
const ROUNDS: u32 = 4096;

/// The SCRAM-SHA-256 verifier (RFC 7677) of a password in ASCII, with a salt of its own, as it stands behind `PASSWORD` in
/// `CREATE ROLE`: in digits, letters and `$:+/=`, so that it can be quoted as it is.
///
/// The server takes it whatever its `password_encryption` says, and checks it where `pg_hba.conf` asks for `scram-sha-256` or
/// `md5`. Only `password`, which wants the clear text, and poolers that know MD5 alone are of no use with it.
pub fn verifier(password: &str) -> String {
    verifier_with(password, rand::random())
}

/// Whether something is a [`verifier`] of the password.
pub fn is_verifier(stored: &str, password: &str) -> bool {
    let salt = stored.split_once(':').and_then(|(_, rest)| rest.split_once('$')).map(|(salt, _)| STANDARD.decode(salt));
    let Some(Ok(salt)) = salt else { return false };
    salt.try_into().is_ok_and(|salt| verifier_with(password, salt) == stored)
}

fn verifier_with(password: &str, salt: [u8; 16]) -> String {
    let mut salted = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), &salt, ROUNDS, &mut salted);
    let stored = Sha256::digest(keyed::digest(&salted, &[b"Client Key"]));
    let server = keyed::digest(&salted, &[b"Server Key"]);
    let [salt, stored, server] = [&salt[..], &stored, &server].map(|bytes| STANDARD.encode(bytes));
    format!("SCRAM-SHA-256${ROUNDS}:{salt}${stored}:{server}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> [u8; 32] {
        STANDARD.decode(text).unwrap().try_into().unwrap()
    }

    /// The exchange of RFC 7677, section 3, in which each side proves what it knows.
    #[test]
    fn the_verifier_checks_the_example_of_the_rfc() {
        const MESSAGES: &[u8] = b"n=user,r=rOprNGfwEbeRWgbNEkqO,\
            r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
            c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap().try_into().unwrap();

        let verifier = verifier_with("pencil", salt);

        let keys = verifier.strip_prefix("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$").unwrap();
        let (stored, server) = keys.split_once(':').unwrap();
        assert_eq!(
            keyed::digest(&decoded(server), &[MESSAGES]),
            decoded("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
        );
        let proof = decoded("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        let signature = keyed::digest(&decoded(stored), &[MESSAGES]);
        let client: Vec<u8> = proof.iter().zip(signature).map(|(one, other)| one ^ other).collect();
        assert_eq!(Sha256::digest(client)[..], decoded(stored));
    }

    #[test]
    fn each_verifier_has_a_salt_of_its_own() {
        assert_ne!(verifier("pencil"), verifier("pencil"));
    }

    #[test]
    fn a_verifier_is_known_by_its_password() {
        let stored = verifier("pencil");

        assert!(is_verifier(&stored, "pencil"));
        for other in
            [&verifier("pen"), "", "md5900150983cd24fb0d6963f7d28e17f72", "SCRAM-SHA-256$4096:*$a:b", &stored[1..]]
        {
            assert!(!is_verifier(other, "pencil"), "{other}");
        }
    }
}
