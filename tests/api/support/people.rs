//! People who are invited.

use serde_json::{Value, json};

use super::{Answer, Device, Person, Site};

/// Somebody to invite, without any role.
pub fn a_user(email: &str) -> Value {
    json!({ "email": email, "name": "Phòng Văn thư" })
}

/// Invites somebody.
pub async fn invited(admin: &Person<'_>, email: &str) -> Answer {
    let answer = admin.post("/users", &a_user(email)).await;
    answer.is(201);
    answer
}

/// Comes in by an invitation.
pub async fn accepts<'a>(site: &'a Site, invitation: &Answer, password: &str) -> Device<'a> {
    let token = &invitation.data()["invite"]["token"];
    let answer = site.post("/api/v1/auth/accept", &json!({ "token": token, "password": password })).await;
    Device::holding(site, answer.is(200))
}

impl<'a> Person<'a> {
    /// Makes a key, which may be refused.
    pub async fn tries_to_make_a_key(&self, input: Value) -> Answer {
        let mut named = json!({ "name": "Cổng thông tin huyện" });
        named.as_object_mut().expect("an object").extend(input.as_object().expect("an object").clone());
        self.post("/api-keys", &named).await
    }

    /// Makes a key, and answers the program that holds it: the same account, acting by the key.
    pub async fn makes_a_key(&self, input: Value) -> Person<'a> {
        let made = self.tries_to_make_a_key(input).await;
        self.acting_by(made.is(201).data()["key"].as_str().expect("a key"))
    }
}
