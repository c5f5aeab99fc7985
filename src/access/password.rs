//! Passwords: argon2id, off the async threads, a few at a time.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    http::{Problem, text},
    text::normal::nfc,
};

/// The shortest password that can be set, in characters (NIST SP 800-63B asks for eight).
pub const MIN_CHARACTERS: usize = 8;
/// The longest, so that hashing stays cheap.
pub const MAX_CHARACTERS: usize = 256;

/// Hashing takes a core for tens of milliseconds. Half of the cores at most are given to it, so that sign-ins
/// never starve other requests.
static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Arc::new(Semaphore::new((cores / 2).max(1)))
});

/// What is kept where no password was set yet: none has this hash.
pub const NOT_SET: &str = "$argon2id$none";

/// What the password of an unknown user is compared with, so that it takes as long as that of a known one.
/// Made by [`hash`], with the same parameters; a test compares them.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$UjL3dOOnEJ4Gugv+0fHBow$upI17B5/ZYsEjSp6y97WNoXzOF74XUgZxxJ9CSLLQIc";

/// The hash to store, in PHC string format, with the parameters that argon2 recommends (19 MiB, two passes).
///
/// # Errors
/// Where the system has no randomness to give.
pub fn hash(password: &SecretString) -> Result<String, argon2::password_hash::Error> {
    let password = nfc(password.expose_secret());
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

/// The right to keep a core busy, until it is dropped.
pub struct Turn(OwnedSemaphorePermit);

/// Waits for a turn.
///
/// # Errors
/// `unavailable` where too many sign-ins wait for theirs.
pub async fn turn() -> Result<Turn, Problem> {
    let turn = tokio::time::timeout(Duration::from_secs(5), Arc::clone(&TURNS).acquire_owned());
    turn.await.map_err(Problem::unavailable)?.map(Turn).map_err(Problem::unavailable)
}

/// Whether `password` is the one that `stored` was made of; no stored hash means no such user, and takes as long, as does
/// [`NOT_SET`].
pub async fn verify(turn: Turn, password: SecretString, stored: Option<String>) -> Result<bool, Problem> {
    in_turn(turn, move || {
        let stored = stored.filter(|stored| stored != NOT_SET);
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.to_owned());
        let matches = PasswordHash::new(&stored).is_ok_and(|hash| {
            let password = nfc(password.expose_secret());
            Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
        });
        known && matches
    })
    .await
}

/// [`hash`] for handlers.
///
/// # Errors
/// `unavailable` where too many sign-ins wait for their turn.
pub async fn hash_for_handler(password: SecretString) -> Result<String, Problem> {
    in_turn(turn().await?, move || hash(&password)).await?.map_err(Problem::internal)
}

async fn in_turn<T: Send + 'static>(turn: Turn, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    actix_web::web::block(move || {
        let Turn(_permit) = turn;
        work()
    })
    .await
    .map_err(Problem::internal)
}

/// Whether a password may be set.
///
/// # Errors
/// What is wrong with it.
pub fn acceptable(password: &SecretString) -> Result<(), crate::http::Text> {
    let characters = password.expose_secret().chars().count();
    if characters < MIN_CHARACTERS {
        Err(text("too-short").with("limit", MIN_CHARACTERS))
    } else if characters > MAX_CHARACTERS {
        Err(text("too-long").with("limit", MAX_CHARACTERS))
    } else {
        Ok(())
    }
}

/// A random password that can be read out and typed: 80 bits in four groups.
pub fn random() -> SecretString {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random: [u8; 16] = rand::random();
    let letters: Vec<char> = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparing_with_nobody_costs_what_comparing_with_somebody_does() {
        let parameters = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        let somebody = hash(&"một mật khẩu dài".into()).expect("a hash");
        assert_eq!(parameters(NOBODY), parameters(&somebody));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn random_passwords_are_long_and_differ() {
        let (one, other) = (random(), random());
        assert_eq!(one.expose_secret().len(), 19);
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
