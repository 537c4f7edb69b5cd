//! Responses.

use lambda_http::aws_lambda_events::encodings::Body;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use lambda_http::http::{HeaderMap, HeaderValue};
use serde::Serialize;

use super::Answer;
use crate::error::{Error, Result};

/// Largest answer of a function, in bytes as [`Reply::size`] counts them. Lambda takes 6 MB (6,291,556 bytes); the rest is
/// for what the runtime adds.
pub const LARGEST: usize = 6_200_000;
/// More than the members of an answer take besides its headers and its body.
const FRAME: usize = 1_000;

/// Status, headers and body of an answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    headers: Vec<(HeaderName, String)>,
    /// JSON, or nothing.
    pub body: String,
}

impl Reply {
    /// 200 with this body.
    pub fn ok(body: &impl Serialize) -> Result<Self> {
        Self::with(200, body)
    }

    /// 201 with this body.
    pub fn created(body: &impl Serialize) -> Result<Self> {
        Self::with(201, body)
    }

    /// This status with this body.
    pub fn with(status: u16, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_string(body).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self::text(status, body))
    }

    /// This status with a JSON value as its body.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::text(status, body.to_string())
    }

    /// This status with JSON text as its body.
    pub fn text(status: u16, body: String) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Its size as Lambda counts it: the answer is JSON, and in it the body is text, whose quotes are escaped.
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 8).sum();
        let escaped = self.body.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        FRAME + headers + self.body.len() + escaped
    }

    /// Whether it can be sent.
    pub fn fits(&self) -> bool {
        self.size() <= LARGEST
    }

    /// The response in the gateway's format. Every response carries the request id and forbids caching unless it says
    /// otherwise.
    pub fn into_answer(self, request_id: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if !self.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Ok(value) = HeaderValue::from_str(request_id) {
            headers.insert(HeaderName::from_static("x-request-id"), value);
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        let mut answer = Answer::default();
        answer.status_code = i64::from(self.status);
        answer.headers = headers;
        answer.body = Some(Body::Text(self.body));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_answer_as_json() {
        for text in ["", "plain", "\"quoted\" \\ \u{8} ñ 😀", &"[{\"a\":\"\"}]".repeat(500)] {
            let reply = Reply::ok(&text).unwrap().header(HeaderName::from_static("x-next-cursor"), "c".repeat(900));
            let size = reply.size();
            let sent = serde_json::to_string(&reply.into_answer("some-request-id")).unwrap().len();
            assert!((sent..sent + FRAME).contains(&size), "{text:.20}: {size} for {sent}");
        }
    }
}
