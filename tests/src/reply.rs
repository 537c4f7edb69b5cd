//! A response as a caller sees it.

use axum::body::Bytes;
use axum::http::Response;
use serde_json::Value;

/// Status, headers and body of an answer.
#[derive(Debug, Clone)]
pub struct Reply {
    response: Response<Bytes>,
}

impl Reply {
    pub(crate) const fn new(response: Response<Bytes>) -> Self {
        Self { response }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A header's text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.response.body()
    }

    /// The body's text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// The body as JSON; null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.bytes()).unwrap_or(Value::Null)
    }

    /// The value at a JSON pointer; null if there is none.
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    /// Asserts the status, and shows the body otherwise.
    ///
    /// # Panics
    /// When the status is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status(), status, "the answer was {}", self.text());
        self
    }
}
