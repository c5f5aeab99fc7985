//! Which machine a request comes from.

use std::{
    future::{Ready, ready},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Once,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};

use super::Problem;

/// How many proxies stand between the internet and the service, each adding itself to `X-Forwarded-For`.
/// Entries further left are the client's own claims.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrustedProxies(pub u8);

/// The address of the client: of the connection, or what the outermost trusted proxy saw.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address that a request comes from.
    pub fn of(request: &HttpRequest) -> Self {
        let proxies = request.app_data::<Data<TrustedProxies>>().map_or(0, |trusted| trusted.0);
        let connection = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let forwarded = usize::from(proxies).checked_sub(1).and_then(|beyond| {
            let lines = request.headers().get_all("x-forwarded-for").filter_map(|line| line.to_str().ok());
            let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
            address(hops.iter().rev().nth(beyond)?)
        });
        if forwarded.is_none() && FORWARDED.iter().any(|name| request.headers().contains_key(*name)) {
            ask_for_setting(connection, proxies);
        }
        Self(forwarded.unwrap_or(connection))
    }
}

impl FromRequest for ClientAddress {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// What proxies add about their clients.
const FORWARDED: [&str; 2] = ["x-forwarded-for", "forwarded"];

/// An address as proxies write it: some add the port.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| hop.parse().map(|socket: SocketAddr| socket.ip()).ok())
}

/// Says once in the life of the process that somebody is taken for somebody else.
fn ask_for_setting(connection: IpAddr, proxies: u8) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        tracing::warn!(
            %connection,
            trusted_proxies = proxies,
            "a request bears X-Forwarded-For or Forwarded that is not believed, so all who come by that proxy count as one \
             client; set TINTUC_TRUSTED_PROXIES to the number of proxies in front that add to X-Forwarded-For"
        );
    });
}

/// The network that an address is in, as its first bytes: so many of an IPv4 address, so many of an IPv6 one. An IPv4
/// address that is written as an IPv6 one is what it is.
pub fn network(address: IpAddr, of_v4: usize, of_v6: usize) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().into_iter().take(of_v4).collect(),
        IpAddr::V6(address) => address.octets().into_iter().take(of_v6).collect(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    async fn seen(proxies: u8, forwarded: &str) -> String {
        let request = TestRequest::default()
            .peer_addr(([10, 0, 0, 1], 80).into())
            .insert_header(("x-forwarded-for", forwarded))
            .app_data(Data::new(TrustedProxies(proxies)))
            .to_http_request();
        ClientAddress::extract(&request).await.expect("address").0.to_string()
    }

    #[actix_web::test]
    async fn only_what_trusted_proxies_added_is_believed() {
        assert_eq!(seen(0, "198.51.100.7").await, "10.0.0.1");
        assert_eq!(seen(1, "203.0.113.9, 198.51.100.7").await, "198.51.100.7");
        assert_eq!(seen(2, "203.0.113.9, 198.51.100.7").await, "203.0.113.9");
        assert_eq!(seen(1, "junk").await, "10.0.0.1");
    }

    #[actix_web::test]
    async fn an_address_may_bear_a_port() {
        assert_eq!(seen(1, "198.51.100.7:49152").await, "198.51.100.7");
        assert_eq!(seen(1, "[2001:db8::7]:49152").await, "2001:db8::7");
        assert_eq!(seen(1, "[2001:db8::7]").await, "2001:db8::7");
        assert_eq!(seen(1, "2001:db8::7").await, "2001:db8::7");
    }
}
