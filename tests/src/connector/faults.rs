//! Faults between the SDK's client and the table.
//!
//! A [`Faults`] sits between client and table, injects the faults of its script, and counts every request.

use std::collections::BTreeMap;
use std::future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use serde_json::{Value, json};

use local::dynamo::code;
use local::in_process::{TARGET, error_body, http_client, operation, response};

use super::limits;
use super::weather::{self, Day, Fate, Weather};

/// The prefix of the table's operations.
const TABLE: &str = "DynamoDB_";
/// A request of so many bytes exceeds no limit: the shortest one is that of a sort key.
const SHORT: usize = limits::SORT_KEY;

/// A fault of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The partition's throughput is exceeded; nothing is written.
    ThroughputExceeded,
    /// The account's rate of requests is exceeded; nothing is written.
    Throttling,
    /// Another transaction holds one of the items; nothing is written. For `TransactWriteItems` and
    /// `TransactGetItems`; a single write answers `TransactionConflictException`.
    Conflict,
    /// 500; nothing is written.
    ServerError,
    /// No response, nothing is written.
    TimeoutBefore,
    /// The request is executed, but there is no response.
    TimeoutAfter,
    /// The connection breaks before the request is executed.
    CutBefore,
    /// The connection breaks after the request is executed.
    CutAfter,
    /// So many parts of a batch, the last ones, are left unread or unwritten. When that is all of them, the batch is
    /// refused as [`Fault::ThroughputExceeded`]. For batches.
    Left(usize),
}

impl Fault {
    /// The faults of any request.
    pub const ALL: [Self; 8] = [
        Self::ThroughputExceeded,
        Self::Throttling,
        Self::Conflict,
        Self::ServerError,
        Self::TimeoutBefore,
        Self::TimeoutAfter,
        Self::CutBefore,
        Self::CutAfter,
    ];

    /// Whether the request takes effect despite the fault.
    pub const fn commits(self) -> bool {
        matches!(self, Self::TimeoutAfter | Self::CutAfter)
    }
}

/// An entry of the script: of the coming requests for `operation`, `skip` pass and the next `times` fail.
#[derive(Debug)]
struct Planned {
    operation: String,
    skip: usize,
    times: usize,
    fault: Fault,
}

#[derive(Debug, Default)]
struct State {
    script: Vec<Planned>,
    counts: BTreeMap<String, usize>,
    day: Option<Day>,
    exceeded: Vec<String>,
}

/// A connector with a script of faults. It also keeps DynamoDB's limits, which the embedded engine keeps in part. Clones
/// share script and counts.
#[derive(Debug, Clone)]
pub struct Faults {
    inner: SharedHttpConnector,
    state: Arc<Mutex<State>>,
}

impl Faults {
    /// An empty script, around `inner`.
    pub fn around(inner: SharedHttpConnector) -> Self {
        Self { inner, state: Arc::default() }
    }

    /// The HTTP client for the SDK's configuration.
    pub fn http_client(&self) -> SharedHttpClient {
        http_client(SharedHttpConnector::new(self.clone()))
    }

    /// Makes the next `times` requests for `operation` (`"PutItem"`) fail.
    pub fn next(&self, operation: &str, fault: Fault, times: usize) {
        self.after(operation, 0, fault, times);
    }

    /// Lets `skip` requests for `operation` pass, then makes the next `times` fail.
    pub fn after(&self, operation: &str, skip: usize, fault: Fault, times: usize) {
        self.state().script.push(Planned { operation: operation.to_owned(), skip, times, fault });
    }

    /// Clears the script.
    pub fn clear(&self) {
        self.state().script.clear();
    }

    /// Makes every request to the table meet this.
    pub fn begin(&self, weather: Weather) {
        self.state().day = Some(Day::of(weather));
    }

    /// Ends it, and tells how often it struck, by operation.
    pub fn end(&self) -> BTreeMap<String, usize> {
        self.state().day.take().map(|day| day.struck).unwrap_or_default()
    }

    /// The requests that exceeded a limit of DynamoDB, and were refused.
    pub fn exceeded(&self) -> Vec<String> {
        self.state().exceeded.clone()
    }

    /// Faults of the script that have not happened yet.
    pub fn pending(&self) -> usize {
        self.state().script.iter().map(|planned| planned.times).sum()
    }

    /// The requests since this was last read, by operation, including retries and failed ones.
    pub fn take_counts(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.state().counts)
    }

    /// Counts the request and returns its fault, if the script has one.
    fn meet(&self, operation: &str) -> Option<Fault> {
        let mut state = self.state();
        *state.counts.entry(operation.to_owned()).or_default() += 1;
        // The first entry that is not used up decides, so entries for one operation apply in order.
        let planned = state.script.iter_mut().find(|planned| planned.operation == operation && planned.times > 0)?;
        if planned.skip > 0 {
            planned.skip -= 1;
            return None;
        }
        planned.times -= 1;
        Some(planned.fault)
    }

    /// Refuses what exceeds a limit; a short request exceeds none.
    fn over_a_limit(&self, operation: &str, body: &[u8]) -> bool {
        let read = |body| serde_json::from_slice(body).unwrap_or_default();
        let reason = (body.len() > SHORT).then(|| limits::exceeded(operation, &read(body))).flatten();
        let is_over = reason.is_some();
        self.state().exceeded.extend(reason);
        is_over
    }

    /// What the weather makes of a request.
    fn fate(&self, operation: &str, body: &[u8]) -> Option<Fate> {
        let mut state = self.state();
        state.day.as_mut()?.meet(operation, serde_json::from_slice(body).unwrap_or_default())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done under the lock, so a poisoned lock is fine.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpConnector for Faults {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request);
        let body = request.body().bytes().unwrap_or_default();
        if request.headers().get(TARGET).is_some_and(|target| target.starts_with(TABLE)) {
            if self.over_a_limit(&operation, body) {
                return HttpConnectorFuture::ready(refused("ValidationException"));
            }
            if let Some(fate) = self.fate(&operation, body) {
                return self.suffer(fate, request);
            }
        }
        let Some(fault) = self.meet(&operation) else { return self.inner.call(request) };
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            match fault {
                Fault::ThroughputExceeded => refused("ProvisionedThroughputExceededException"),
                Fault::Throttling => refused("ThrottlingException"),
                Fault::Conflict => conflict(&request),
                Fault::ServerError => failed(500, error_body(&code("InternalServerError"), "scripted")),
                Fault::TimeoutBefore => future::pending().await,
                Fault::TimeoutAfter => {
                    inner.call(request).await?;
                    future::pending().await
                }
                Fault::Left(count) => {
                    let body: Value =
                        serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
                    let all = limits::parts(&operation, &body).len();
                    if count >= all {
                        return refused("ProvisionedThroughputExceededException");
                    }
                    let Fate::Changed(body, left) = weather::split(&operation, body, |at, _| at >= all - count) else {
                        return Err(cut());
                    };
                    weather::send(&inner, request, &body, left).await
                }
                Fault::CutBefore => Err(cut()),
                Fault::CutAfter => {
                    inner.call(request).await?;
                    Err(cut())
                }
            }
        })
    }
}

impl Faults {
    fn suffer(&self, fate: Fate, request: HttpRequest) -> HttpConnectorFuture {
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            match fate {
                Fate::Refused(answer) => answer,
                Fate::Changed(body, added) => weather::send(&inner, request, &body, added).await,
            }
        })
    }
}

fn refused(name: &str) -> Result<HttpResponse, ConnectorError> {
    failed(400, error_body(&code(name), "scripted"))
}

/// A conflict with another transaction; the response has one reason per item.
fn conflict(request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let Some(items) = body.get("TransactItems").and_then(Value::as_array) else {
        return refused("TransactionConflictException");
    };
    let mut reasons = vec![json!({ "Code": "None" }); items.len()];
    if let Some(first) = reasons.first_mut() {
        *first = json!({ "Code": "TransactionConflict", "Message": "scripted" });
    }
    let body = json!({ "__type": code("TransactionCanceledException"), "Message": "scripted", "CancellationReasons": reasons });
    failed(400, body.to_string().into_bytes())
}

fn failed(status: u16, body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
    response(status, "application/x-amz-json-1.0", body)
}

fn cut() -> ConnectorError {
    ConnectorError::io("the connection was cut".into())
}
