//! What the operator's commands ask a running local server about itself: what it is, and to move its clock.
//!
//! Spoken like the other services, in the AWS JSON protocol with an `x-amz-target`, so that the same guard stands before
//! it (`services.rs`).

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use axum::body::{Body, to_bytes};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::table::connect;

use crate::failure::Failure;
use crate::in_process::{KEY, Service, error_body};
use crate::store::{PUBLIC, Store};
use crate::words::program;

/// Where a server listens that was started without options.
pub const SERVER: &str = "http://127.0.0.1:3000";

const DESCRIBE: &str = "Selfcare.Describe";
const ADVANCE: &str = "Selfcare.Advance";
/// The longest way at once: ten years.
const FARTHEST: Duration = Duration::from_secs(3_653 * 86_400);
/// Largest answer, in bytes.
const LARGEST: usize = 64 * 1024;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The country it serves.
    pub country: String,
    /// Its time.
    pub now: DateTime<Utc>,
    /// The table.
    pub table: String,
    /// The secret with the key ring.
    pub secret: String,
    /// The secret with its public half.
    pub public_secret: String,
}

/// The server's end.
#[derive(Clone)]
pub struct Control {
    about: About,
    clock: Clock,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Control")
    }
}

impl Control {
    /// Of a server with this store and clock.
    pub fn new(country: &Country, store: &Store, clock: Clock) -> Self {
        let about = About {
            country: country.code.to_owned(),
            now: clock.now(),
            table: store.table().to_owned(),
            secret: store.target().secret_id,
            public_secret: PUBLIC.to_owned(),
        };
        Self { about, clock }
    }

    fn described(&self) -> Vec<u8> {
        let about = About { now: self.clock.now(), ..self.about.clone() };
        // Serialising texts cannot fail.
        serde_json::to_vec(&about).unwrap_or_default()
    }
}

impl Service for Control {
    fn prefixes(&self) -> &'static [&'static str] {
        &["Selfcare."]
    }

    fn content_type(&self) -> &'static str {
        "application/x-amz-json-1.0"
    }

    fn answer(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        match (target, request["Seconds"].as_u64()) {
            (DESCRIBE, _) => (200, self.described()),
            (ADVANCE, Some(seconds)) if seconds > FARTHEST.as_secs() => {
                (400, error_body("InvalidRequestException", "a clock moves at most ten years at once"))
            }
            (ADVANCE, Some(seconds)) if self.clock.advance(Duration::from_secs(seconds)) => (200, self.described()),
            (ADVANCE, Some(_)) => {
                let reason = "this server keeps real time, because --stores serves containers, which do";
                (400, error_body("InvalidRequestException", reason))
            }
            _ => (400, error_body("UnknownOperationException", target)),
        }
    }
}

/// The operator's end: a server that has answered.
pub struct Server {
    /// Its address.
    pub url: String,
    /// What it said of itself.
    pub about: About,
    connector: SharedHttpConnector,
}

impl Server {
    /// Asks the server at `url` what it is. `instead` tells the operator what else could be meant.
    ///
    /// # Errors
    /// When no server answers there, or something else does.
    pub async fn at(url: &str, instead: &str) -> Result<Self, Failure> {
        let connector = connect::connector(None).map_err(Failure::new)?;
        let none = format!("no local server at {url}; start one with `{} serve`, or say {instead}", program());
        let answer = ask(&connector, url, DESCRIBE, &json!({})).await.map_err(|_| Failure::new(&none))?;
        let about = answer.and_then(|answer| serde_json::from_value(answer).map_err(Failure::new));
        let about = about.map_err(|_| Failure::new(format!("what answers at {url} is no server of this program")))?;
        Ok(Self { url: url.to_owned(), about, connector })
    }

    /// Moves its clock forward and says its new time.
    ///
    /// # Errors
    /// When it keeps real time.
    pub async fn advance(&self, by: Duration) -> Result<DateTime<Utc>, Failure> {
        let answer = ask(&self.connector, &self.url, ADVANCE, &json!({ "Seconds": by.as_secs() })).await??;
        let about: About = serde_json::from_value(answer).map_err(Failure::new)?;
        Ok(about.now)
    }
}

/// The answer to a request, or its refusal; an error when there is no answer.
async fn ask(
    connector: &SharedHttpConnector,
    url: &str,
    target: &'static str,
    body: &Value,
) -> Result<Result<Value, Failure>, Failure> {
    let mut request = HttpRequest::new(SdkBody::from(body.to_string()));
    request.set_uri(url).map_err(|error| Failure::new(format!("{url}: {error}")))?;
    request.set_method("POST").map_err(Failure::new)?;
    let authorization = format!("AWS4-HMAC-SHA256 Credential={KEY}/selfcare");
    let headers = [("x-amz-target", target.to_owned()), ("authorization", authorization)];
    for (name, value) in headers {
        request.headers_mut().insert(name, value);
    }
    let response = connector.call(request).await.map_err(Failure::new)?;
    let status = response.status();
    let body = to_bytes(Body::new(response.into_body()), LARGEST).await.map_err(Failure::new)?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    Ok(match status.as_u16() {
        200 => Ok(answer),
        _ => Err(Failure::new(answer["message"].as_str().unwrap_or("it was refused"))),
    })
}
