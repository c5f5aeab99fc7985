//! The line to receivers: to public addresses, for so long, for so much of an answer, and never on to another address.

use std::{error::Error, net::SocketAddr, sync::Arc, time::Duration};

use reqwest::{
    Client, ClientBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use tokio::{net::lookup_host, time::timeout};
use url::{Host, Url};

use super::address::{is_public, target};

/// How long a try may take, from the name to the end of the answer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long a connection may take to be there.
const TO_CONNECT: Duration = Duration::from_secs(5);

/// How long a name is asked for before a webhook is made.
const TO_CHECK: Duration = Duration::from_secs(3);

/// How much of an answer is read, in bytes.
const MOST_READ: usize = 64 * 1024;

/// How much of an answer is kept, in bytes.
pub const MOST_KEPT: usize = 4 * 1024;

/// The names of the internet, as this machine is told them.
pub struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is put in by whoever connects.
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Names that lead to public addresses only. It is asked with each connection, and what it answers is what is connected to: a name
/// that led elsewhere when it was looked at before does not get in.
struct Guarded {
    names: Arc<dyn Resolve>,
    /// Whether others are allowed too.
    private: bool,
}

/// A name has no address that a webhook may go to.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
struct NotPublic;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (asked, private) = (self.names.resolve(name), self.private);
        Box::pin(async move {
            let fit: Vec<SocketAddr> = asked.await?.filter(|found| private || is_public(found.ip())).collect();
            if fit.is_empty() { Err(NotPublic.into()) } else { Ok(Box::new(fit.into_iter()) as Addrs) }
        })
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// How its body begins.
    pub body: String,
    /// How long the receiver asks to be left alone.
    pub rest: Option<Duration>,
}

/// The line.
pub struct Line {
    names: Arc<dyn Resolve>,
    private: bool,
    /// By TLS; why not, where this machine knows no authorities.
    secure: Result<Client, String>,
    /// By plain http, where a certificate proves nothing.
    plain: Result<Client, String>,
}

impl Line {
    /// The line by names as this machine knows them, to others than public addresses too where `private` is allowed.
    pub fn new(private: bool) -> Self {
        Self::by(System, private)
    }

    /// The line by other names.
    pub fn by(names: impl Resolve + 'static, private: bool) -> Self {
        // Fails where it was done before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let names: Arc<dyn Resolve> = Arc::new(names);
        let guarded = Arc::new(Guarded { names: Arc::clone(&names), private });
        let client = |certificates: fn(ClientBuilder) -> ClientBuilder| {
            let client = Client::builder()
                .redirect(Policy::none())
                // A proxy would look names up by itself.
                .no_proxy()
                .dns_resolver(Arc::clone(&guarded))
                // Each try is a connection of its own, and so to an address that was looked at.
                .pool_max_idle_per_host(0)
                .connect_timeout(TO_CONNECT)
                .user_agent("Tintuc-Webhooks");
            certificates(client).build().map_err(|error| told(&error))
        };
        let (secure, plain) = (client(|client| client), client(|client| client.danger_accept_invalid_certs(true)));
        Self { names, private, secure, plain }
    }

    /// Whether others than public addresses are allowed.
    pub fn is_private(&self) -> bool {
        self.private
    }

    /// Whether the name in an address is known to lead to where nobody may send. One that leads nowhere yet may be set up.
    pub async fn leads_inside(&self, url: &Url) -> bool {
        let Some(Host::Domain(name)) = url.host() else { return false };
        let Ok(name) = name.parse::<Name>() else { return true };
        match timeout(TO_CHECK, self.names.resolve(name)).await {
            Ok(Ok(mut found)) => !self.private && found.any(|found| !is_public(found.ip())),
            _ => false,
        }
    }

    /// Sends, and waits for what comes back.
    ///
    /// # Errors
    /// Why nothing did, for whoever looks after the webhook.
    pub async fn send(&self, url: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Answered, String> {
        // Numbers are connected to without asking for a name.
        let url = target(url, self.private).map_err(|_| "the address is not public".to_owned())?;
        let client = if url.scheme() == "https" { &self.secure } else { &self.plain };
        let client = client.as_ref().map_err(Clone::clone)?;
        let asking = async {
            let mut response =
                client.post(url).headers(headers).body(body).send().await.map_err(|error| told(&error))?;
            let status = response.status().as_u16();
            let rest = response.headers().get(RETRY_AFTER).and_then(|value| rest(value.to_str().ok()?));
            let mut read = Vec::new();
            // What breaks off was answered all the same.
            while let Ok(Some(chunk)) = response.chunk().await {
                read.extend_from_slice(&chunk[..chunk.len().min(MOST_READ - read.len())]);
                if read.len() >= MOST_READ {
                    break;
                }
            }
            read.truncate(MOST_KEPT);
            let body = String::from_utf8_lossy(&read).replace('\0', "\u{fffd}");
            Ok(Answered { status, body, rest })
        };
        timeout(PATIENCE, asking).await.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
    }
}

/// What went wrong, down to its cause, without the address.
fn told(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string().chars().take(300).collect()
}

/// A number of seconds, or until a date (RFC 9110, section 10.2.3).
fn rest(retry_after: &str) -> Option<Duration> {
    if let Ok(seconds) = retry_after.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = chrono::DateTime::parse_from_rfc2822(retry_after).ok()?;
    Some((until.to_utc() - chrono::Utc::now()).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::net::TcpListener;

    use super::*;

    /// Names that lead to one address after the other.
    struct Changing {
        addresses: Vec<SocketAddr>,
        asked: Arc<AtomicUsize>,
    }

    impl Resolve for Changing {
        fn resolve(&self, _: Name) -> Resolving {
            let asked = self.asked.fetch_add(1, Ordering::SeqCst);
            let found = self.addresses[asked.min(self.addresses.len() - 1)];
            Box::pin(async move { Ok(Box::new(std::iter::once(found)) as Addrs) })
        }
    }

    #[actix_web::test]
    async fn a_name_that_leads_elsewhere_between_check_and_connection_leads_nowhere() {
        let inside = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let here = inside.local_addr().expect("an address");
        let asked = Arc::new(AtomicUsize::new(0));
        let public = "8.8.8.8:0".parse().expect("an address");
        let names = || Changing { addresses: vec![public, here], asked: Arc::clone(&asked) };
        let url: Url = format!("http://nhan.example:{}/", here.port()).parse().expect("a URL");

        let line = Line::by(names(), false);
        assert!(!line.leads_inside(&url).await, "it is public when it is looked at");
        let refused = line.send(url.as_str(), HeaderMap::new(), Vec::new()).await;

        assert_eq!(refused.map(|answered| answered.status), Err(NotPublic.to_string()));
        assert_eq!(asked.load(Ordering::SeqCst), 2, "it was asked anew");
        let nobody = timeout(Duration::from_millis(100), inside.accept()).await;
        assert!(nobody.is_err(), "nobody was connected to");
        assert!(line.leads_inside(&url).await);
        // The same where it is allowed gets there.
        let allowed = Line::by(names(), true);
        let (sent, met) = tokio::join!(
            timeout(Duration::from_millis(300), allowed.send(url.as_str(), HeaderMap::new(), Vec::new())),
            timeout(Duration::from_secs(5), inside.accept()),
        );
        assert!(sent.is_err() && met.expect("somebody comes").is_ok());
    }

    #[actix_web::test]
    async fn a_number_is_not_connected_to_without_being_looked_at() {
        let inside = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = inside.local_addr().expect("an address").port();
        let line = Line::new(false);
        for host in ["127.0.0.1", "0x7f.1", "[::ffff:127.0.0.1]", "localhost", "2130706433"] {
            let refused = line.send(&format!("http://{host}:{port}/"), HeaderMap::new(), Vec::new()).await;
            assert!(refused.is_err_and(|why| why.contains("public")), "{host}");
        }
        assert!(timeout(Duration::from_millis(100), inside.accept()).await.is_err());
    }

    #[test]
    fn receivers_ask_for_rest_in_seconds_or_until_a_date() {
        assert_eq!(rest("120"), Some(Duration::from_secs(120)));
        assert_eq!(rest("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
        let soon =
            (chrono::Utc::now() + chrono::TimeDelta::seconds(90)).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        assert!(rest(&soon).is_some_and(|rest| (80..=90).contains(&rest.as_secs())), "{soon}");
        assert_eq!([rest("soon"), rest("-1"), rest("")], [None; 3]);
    }
}
