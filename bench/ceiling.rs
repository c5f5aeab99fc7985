//! The ceiling that the benchmarks hold the service against: actix-web answering the very same bytes from memory.
//!
//! It knows one path and one answer, a raw HTTP response as the service once gave it. A POST is parsed as the service
//! would, and then answered with that constant. It logs nothing, looks nothing up and has no layers, so that what the
//! service does beyond moving these bytes shows in the ratio.

use std::{fs, hint::black_box, net::SocketAddr, path::PathBuf};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    web::{self, Bytes, Data, Json},
};
use clap::{Parser, ValueEnum};
use serde::Deserialize;

type Failure = Box<dyn std::error::Error>;

/// Answers one path with one response from memory.
#[derive(Parser)]
struct Options {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// How many workers; as many as the service takes
    #[arg(long)]
    workers: usize,
    /// The method that is answered
    #[arg(long, default_value = "get")]
    method: Method,
    /// The path that is answered, as actix-web writes patterns
    #[arg(long)]
    path: String,
    /// A file with the response, head and body as they came over the connection
    answer: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Method {
    Get,
    Post,
}

/// The response, ready to be sent again and again.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// What the server itself writes into each response.
const WRITTEN_BY_ACTIX: [&str; 4] = ["content-length", "date", "connection", "transfer-encoding"];

impl Answer {
    fn parse(raw: &[u8]) -> Result<Self, Failure> {
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n").ok_or("the response has no end of its head")?;
        let (head, body) = (std::str::from_utf8(&raw[..end])?, &raw[end + 4..]);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("the response has no status")?;
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(':').ok_or("a header has no colon")?;
            if !WRITTEN_BY_ACTIX.contains(&name.to_ascii_lowercase().as_str()) {
                headers.push((name.parse()?, value.trim().parse()?));
            }
        }
        Ok(Self { status: status.parse()?, headers, body: Bytes::copy_from_slice(body) })
    }

    fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.insert_header((name, value));
        }
        if self.body.is_empty() { response.finish() } else { response.body(self.body.clone()) }
    }
}

/// The body of a view, as the service reads it.
#[derive(Deserialize)]
struct Visit {
    visitor: Option<String>,
}

async fn get(answer: Data<Answer>) -> HttpResponse {
    answer.response()
}

async fn post(answer: Data<Answer>, visit: Json<Visit>) -> HttpResponse {
    black_box(visit.visitor.as_deref());
    answer.response()
}

#[actix_web::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    let answer = Data::new(Answer::parse(&fs::read(&options.answer)?)?);
    let (path, method) = (options.path, options.method);
    let server = HttpServer::new(move || {
        let route = match method {
            Method::Get => web::get().to(get),
            Method::Post => web::post().to(post),
        };
        App::new().app_data(answer.clone()).route(&path, route)
    })
    .workers(options.workers)
    .bind(options.listen)?;
    for address in server.addrs() {
        println!("The ceiling answers on http://{address}");
    }
    Ok(server.run().await?)
}
