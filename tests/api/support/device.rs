//! A device that somebody signed in on.

use reqwest::Method;
use serde_json::json;

use super::{Answer, Person, Site, site::PASSWORD};

/// A device and the tokens that it holds.
pub struct Device<'a> {
    pub access: String,
    pub refresh: String,
    site: &'a Site,
}

impl<'a> Device<'a> {
    /// One that this person signs in on.
    pub async fn of(site: &'a Site, person: &Person<'_>) -> Self {
        Self::holding(site, site.sign_in(&person.email, PASSWORD).await.is(200))
    }

    /// One that holds the tokens of this answer.
    pub fn holding(site: &'a Site, answer: &Answer) -> Self {
        let token = |name: &str| answer.body[name].as_str().expect("a token").to_owned();
        Self { access: token("access_token"), refresh: token("refresh_token"), site }
    }

    /// Asks who it is signed in for.
    pub async fn me(&self) -> Answer {
        self.asks(Method::GET, "/manage/me").await
    }

    /// Asks for the next tokens.
    pub async fn refreshes(&self) -> Answer {
        self.site.post("/api/v1/auth/refresh", &json!({ "refresh_token": self.refresh })).await
    }

    /// Asks for the next tokens, and gets them.
    pub async fn renewed(&self) -> Self {
        Self::holding(self.site, self.refreshes().await.is(200))
    }

    /// A request without a body, below `/api/v1`.
    pub async fn asks(&self, method: Method, path: &str) -> Answer {
        let request = self.site.request(method, &format!("/api/v1{path}"));
        self.site.send(request.bearer_auth(&self.access)).await
    }

    /// Asks for another password.
    pub async fn changes_password(&self, current: &str, new: &str) -> Answer {
        let input = json!({ "current_password": current, "new_password": new });
        let request = self.site.request(Method::POST, "/api/v1/auth/password").bearer_auth(&self.access);
        self.site.send(request.json(&input)).await
    }

    /// Neither of its tokens is good any more.
    pub async fn is_signed_out(&self) {
        self.me().await.is_problem(401, "unauthenticated");
        self.refreshes().await.is_problem(401, "unauthenticated");
    }
}
