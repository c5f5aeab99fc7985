//! Secrets in answers: told this once, and kept nowhere. By their type it is known that an answer holds one, so that it is not
//! kept for whoever asks a second time, whichever route it is of. The OpenAPI document knows them by `format: password`.

use std::{cell::Cell, fmt};

use serde::{Serialize, Serializer};

tokio::task_local! {
    static TOLD: Cell<bool>;
}

/// A secret on its way to whoever it is for.
#[derive(Clone)]
pub struct ToldOnce(String);

impl ToldOnce {
    /// This is a secret.
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret itself: to make what is kept of it, and nothing that is answered.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ToldOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToldOnce(…)")
    }
}

impl Serialize for ToldOnce {
    /// Where [`listening`] listens, it hears of it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Nobody need listen.
        let _ = TOLD.try_with(|told| told.set(true));
        serializer.serialize_str(&self.0)
    }
}

/// Does this work, and says whether a secret was told meanwhile.
pub async fn listening<T>(work: impl Future<Output = T>) -> (T, bool) {
    let listened = async {
        let done = work.await;
        (done, TOLD.with(Cell::get))
    };
    TOLD.scope(Cell::new(false), listened).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn whoever_listens_hears_of_a_secret_that_is_told() {
        let secret = ToldOnce::new("tti_1".to_owned());
        let told = listening(async { serde_json::json!({ "token": secret }).to_string() }).await;
        assert_eq!(told, (r#"{"token":"tti_1"}"#.to_owned(), true));
        let (_, heard) = listening(async { (secret.reveal().len(), format!("{secret:?}")) }).await;
        assert!(!heard && !format!("{secret:?}").contains("tti"));
    }
}
