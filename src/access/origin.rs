//! Where somebody signs in from: a network, and a device that may show that it signed in before.

use std::{
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::tally::Key;
use crate::{
    http::{
        Problem,
        client::{self, ClientAddress},
    },
    keyed,
};

/// How long a device keeps its token, in seconds; each sign-in renews it.
const KEPT: u32 = 365 * 24 * 60 * 60;

/// The network that a request comes from, and the cookies that came with it.
pub struct Origin {
    /// An IPv4 address, or the first half of an IPv6 one: a provider gives whole /64 networks, and whoever has one has
    /// all its addresses.
    pub network: Vec<u8>,
    cookies: Vec<(String, String)>,
}

impl FromRequest for Origin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let address = ClientAddress::from_request(request, payload).into_inner();
        ready(
            address
                .map(|ClientAddress(address)| Self { network: network(address), cookies: cookies(request.headers()) }),
        )
    }
}

fn network(address: IpAddr) -> Vec<u8> {
    client::network(address, 4, 8)
}

fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(header::COOKIE).filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| name.starts_with(COOKIE)).map(|(name, value)| (name.into(), value.into())).collect()
}

/// How the cookies begin in which devices keep their tokens. What follows tells accounts apart, so that two that share
/// a browser do not take each other's.
const COOKIE: &str = "tintuc_device_";

/// A device that somebody signed in on: what it holds to show that. It opens nothing; tries that come with it are
/// counted by themselves.
#[derive(Clone, Copy)]
pub struct Device {
    /// What tells it from others.
    pub nonce: [u8; 16],
}

impl Device {
    /// A new one, unlike all others.
    pub fn make() -> Self {
        Self { nonce: rand::random() }
    }

    /// The one that came with a request, if it was given to this account, of which this is a keyed digest.
    pub fn of(origin: &Origin, secret: &[u8; 32], account: &Key) -> Option<Self> {
        let name = cookie_name(account);
        let (_, value) = origin.cookies.iter().find(|(named, _)| *named == name)?;
        let token = URL_SAFE_NO_PAD.decode(value).ok()?;
        let (nonce, digest) = token.split_first_chunk::<16>()?;
        keyed::is_digest(secret, &[b"device of ", account, nonce], digest).then_some(Self { nonce: *nonce })
    }

    /// The header that has a browser keep it for this account: sent back to sign in from the same site, and shown to
    /// no script.
    pub fn set_cookie(&self, secret: &[u8; 32], account: &Key, secure: bool) -> String {
        let digest = keyed::digest(secret, &[b"device of ", account, &self.nonce]);
        let token = URL_SAFE_NO_PAD.encode([&self.nonce[..], &digest[..]].concat());
        let secure = if secure { "; Secure" } else { "" };
        let name = cookie_name(account);
        format!("{name}={token}; Path=/api/v1/auth; Max-Age={KEPT}; HttpOnly; SameSite=Strict{secure}")
    }
}

fn cookie_name(account: &Key) -> String {
    format!("{COOKIE}{}", URL_SAFE_NO_PAD.encode(&account[..9]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Vec<u8> {
        network(address.parse().expect("an address"))
    }

    #[test]
    fn an_ipv6_network_is_one_origin_and_an_ipv4_address_is_one() {
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::2"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("203.0.113.1"), of("203.0.113.2"));
        assert_eq!(of("203.0.113.1"), of("::ffff:203.0.113.1"));
    }

    #[test]
    fn a_device_is_known_to_its_account_alone_and_cannot_be_made_up() {
        let (secret, mine, yours) = ([1; 32], [2; 32], [3; 32]);
        let device = Device::make();
        let sent = |account: &Key, change: &dyn Fn(String) -> String| {
            let header = device.set_cookie(&secret, &mine, true);
            let (_, value) = header.split_once('=').expect("a cookie");
            let value = change(value.split(';').next().expect("a value").to_owned());
            Origin { network: Vec::new(), cookies: vec![(cookie_name(account), value)] }
        };
        let same = |value| value;
        assert!(Device::of(&sent(&mine, &same), &secret, &mine).is_some_and(|found| found.nonce == device.nonce));
        assert!(Device::of(&sent(&yours, &same), &secret, &yours).is_none(), "another account's");
        assert!(Device::of(&sent(&mine, &same), &[9; 32], &mine).is_none(), "another installation's");
        for junk in ["", "A", "AAAA", "=", "đ"] {
            assert!(Device::of(&sent(&mine, &|_| junk.to_owned()), &secret, &mine).is_none());
        }
        let forged = |value: String| format!("{}{}", if value.starts_with('A') { 'B' } else { 'A' }, &value[1..]);
        assert!(Device::of(&sent(&mine, &forged), &secret, &mine).is_none());
    }
}
