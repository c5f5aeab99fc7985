//! What somebody has in their pocket: it is told a secret, and shows codes by its own reckoning (RFC 6238).

use diesel::{RunQueryDsl, dsl::sql, sql_types::BigInt};
use reqwest::Method;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use super::{Answer, Person, Site};

/// An authenticator.
pub struct Authenticator(Totp);

impl Authenticator {
    /// One that is told what the service answers, by the address that it would read with its camera.
    pub fn told(begun: &Answer) -> Self {
        let told = begun.is(200).data();
        let url = reqwest::Url::parse(told["otpauth_url"].as_str().expect("an address")).expect("an address");
        assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
        let named = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let secret = named("secret").expect("a secret");
        assert_eq!(told["secret"], secret);
        assert_eq!(named("issuer").as_deref(), Some("Tintuc"));
        let secret = Secret::try_from_base32(secret).expect("Base32");
        Self(Builder::new().with_secret(secret).build().expect("an authenticator"))
    }

    /// The code of the site's present moment.
    pub fn code(&self, site: &Site) -> String {
        self.code_ahead(site, 0)
    }

    /// The code of so many seconds later.
    pub fn code_ahead(&self, site: &Site, seconds: i64) -> String {
        let clock = sql::<BigInt>("extract(epoch FROM delivery.clock())::bigint");
        let now: i64 = site.transaction(|tx| Ok(diesel::select(clock).get_result(tx.conn)?));
        self.0.generate((now + seconds).try_into().expect("after 1970")).to_string()
    }

    /// What it was told.
    pub fn secret(&self) -> &[u8] {
        self.0.secret().as_bytes()
    }

    /// The same, as it is typed.
    pub fn in_base32(&self) -> String {
        self.0.secret().to_base32()
    }
}

/// Sets up a second factor for somebody who has just signed in. Answers it, and the recovery codes.
pub async fn enrols(site: &Site, person: &Person<'_>) -> (Authenticator, Vec<String>) {
    let asks = |path: &str| site.request(Method::POST, path).bearer_auth(&person.token);
    let phone = Authenticator::told(&site.send(asks("/api/v1/auth/totp")).await);
    let code = json!({ "code": phone.code(site) });
    let confirmed = site.send(asks("/api/v1/auth/totp/confirm").json(&code)).await;
    let codes = confirmed.is(200).data()["recovery_codes"].as_array().expect("codes");
    (phone, codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect())
}
