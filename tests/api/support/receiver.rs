//! Somebody who is told by webhooks: a real server, which answers as a test has it.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    web::{self, Bytes, Data},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Something that has arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub at: Instant,
    pub path: String,
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub bytes: Vec<u8>,
    pub body: Value,
    /// What it was answered with.
    pub status: u16,
}

impl Received {
    /// The event.
    pub fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default()
    }

    /// The article.
    pub fn article(&self) -> &str {
        self.body["data"]["id"].as_str().unwrap_or_default()
    }

    /// Whether it was taken.
    pub fn is_taken(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// How many signatures are by this secret: worked out by another library than that of the service.
    pub fn signatures_by(&self, secret: &str) -> usize {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
        let signed = [self.id.as_bytes(), b".", self.timestamp.as_bytes(), b".", &self.bytes].concat();
        let by_it = |signature: &&str| {
            let tag = STANDARD.decode(signature.strip_prefix("v1,").expect("a version")).expect("base64");
            ring::hmac::verify(&key, &signed, &tag).is_ok()
        };
        self.signature.split(' ').filter(by_it).count()
    }
}

/// How it is answered.
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    after: Duration,
}

impl Reply {
    /// With this status.
    pub fn of(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), after: Duration::ZERO }
    }

    /// And this header.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// And this body.
    pub fn saying(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// But not at once.
    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

type Answer = dyn Fn(&Received, usize) -> Reply + Send + Sync;

struct Desk {
    received: Mutex<Vec<Received>>,
    answer: Box<Answer>,
}

/// A server that is told.
#[derive(Clone)]
pub struct Receiver {
    pub port: u16,
    desk: Arc<Desk>,
}

impl Receiver {
    /// One that takes everything.
    pub fn start() -> Self {
        Self::answering(|_, _| Reply::of(204))
    }

    /// One that answers like this: by what has arrived, and how often the same did before.
    pub fn answering(answer: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static) -> Self {
        let desk = Arc::new(Desk { received: Mutex::default(), answer: Box::new(answer) });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let data = Data::from(Arc::clone(&desk));
        let server = HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(take)));
        actix_web::rt::spawn(server.workers(1).listen(listener).expect("a server").run());
        Self { port, desk }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/nhan", self.port)
    }

    /// All that has arrived, in order.
    pub fn received(&self) -> Vec<Received> {
        self.desk.received.lock().unwrap().clone()
    }

    /// What was taken, as `event` or `event reason`.
    pub fn taken(&self) -> Vec<String> {
        self.received().iter().filter(|one| one.is_taken()).map(|one| one.kind().to_owned()).collect()
    }

    /// Waits until so much has arrived.
    pub async fn has(&self, many: usize) -> Vec<Received> {
        self.until(|received| received.len() >= many).await
    }

    /// Waits until so much was taken.
    pub async fn has_taken(&self, many: usize) -> Vec<Received> {
        self.until(|received| received.iter().filter(|one| one.is_taken()).count() >= many).await
    }

    /// Waits until this is so.
    pub async fn until(&self, is_so: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        for _ in 0..4_000 {
            let received = self.received();
            if is_so(&received) {
                return received;
            }
            actix_web::rt::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "it never came about: {:#?}",
            self.received().iter().map(|one| one.kind().to_owned()).collect::<Vec<_>>()
        );
    }
}

async fn take(request: HttpRequest, bytes: Bytes, desk: Data<Desk>) -> HttpResponse {
    let header =
        |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut one = Received {
        at: Instant::now(),
        path: request.path().to_owned(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
        bytes: bytes.to_vec(),
        status: 0,
    };
    let reply = {
        let mut received = desk.received.lock().unwrap();
        let before = received.iter().filter(|other| other.id == one.id).count();
        let reply = (desk.answer)(&one, before);
        one.status = reply.status;
        received.push(one);
        reply
    };
    actix_web::rt::time::sleep(reply.after).await;
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).expect("a status"));
    for header in reply.headers {
        response.insert_header(header);
    }
    response.body(reply.body)
}
