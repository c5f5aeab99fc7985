//! An answer, held against the OpenAPI document as it arrives.

use reqwest::{RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::Value;

use super::contract;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub body: Value,
}

impl Answer {
    /// Sends the request; the answer must be one that the OpenAPI document describes.
    pub async fn to(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = client.execute(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body").to_vec();
        // Compressed bodies are for the tests that ask for them; a HEAD has none.
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let answer = Self { status, headers, bytes, body };
        contract::check(&method, &path, &answer);
        answer
    }

    /// Of this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self
    }

    /// A problem document of this status and code.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) -> &Self {
        self.is(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["code"], code, "{:#}", self.body);
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["request_id"], self.header("x-request-id"));
        self
    }

    /// The errors of a problem document, as `pointer code`.
    pub fn errors(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        let mut errors: Vec<String> = errors
            .iter()
            .map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        errors.sort();
        errors
    }

    /// What is in the envelope.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(!self.body["data"].is_null(), "no data in {:#}", self.body);
        &self.body["data"]
    }

    /// The rows of a list.
    pub fn rows(&self) -> &Vec<Value> {
        self.body["data"].as_array().expect("a list")
    }

    /// The titles of a list's rows.
    pub fn titles(&self) -> Vec<String> {
        self.rows().iter().map(|row| row["title"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// A header, empty if it is not there.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    }

    /// The next page's path and query, if there is one.
    pub fn next(&self) -> Option<&str> {
        self.body["links"]["next"].as_str()
    }
}
