//! What AWS does to any request on a bad day and the embedded engine never does: batches are left half done, pages are
//! empty and go on, partitions are busy.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use local::dynamo::code;
use local::in_process::{error_body, response};
use serde_json::{Value, json};

use super::limits::{key_of, parts};

/// A kind of bad day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// A batch does half of what it was asked for.
    HalfBatches,
    /// The first page of each query is empty.
    EmptyPages,
    /// The first request for each item is throttled: a transaction is cancelled for it, a batch leaves its key out.
    BusyKeys,
}

impl Weather {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::HalfBatches, Self::EmptyPages, Self::BusyKeys];
}

/// How often a busy key is throttled. A retry that succeeds at once gives the SDK's allowance for retries back what it took.
const BUSY: u32 = 1;

/// A bad day, and what it has done.
#[derive(Debug)]
pub struct Day {
    kind: Weather,
    busy: BTreeMap<(String, String), u32>,
    /// The ends of empty pages behind which nobody has asked yet.
    ended: Vec<Value>,
    /// How often it struck, by operation.
    pub struck: BTreeMap<String, usize>,
}

/// What a request becomes.
pub enum Fate {
    /// Refused.
    Refused(Result<HttpResponse, ConnectorError>),
    /// Sent with another body; afterwards something is added to the answer.
    Changed(Value, Option<(&'static str, Value)>),
}

impl Day {
    /// A day of this kind.
    pub fn of(kind: Weather) -> Self {
        Self { kind, busy: BTreeMap::new(), ended: Vec::new(), struck: BTreeMap::new() }
    }

    /// What becomes of a request, unless it passes as it is.
    pub fn meet(&mut self, operation: &str, body: Value) -> Option<Fate> {
        let fate = match (self.kind, operation) {
            (Weather::HalfBatches, "BatchGetItem" | "BatchWriteItem") => {
                let count = parts(operation, &body).len();
                (count > 1).then(|| split(operation, body, |at, _| at >= count.div_ceil(2)))
            }
            (Weather::EmptyPages, "Query") => return self.page(body),
            (Weather::BusyKeys, "BatchGetItem" | "BatchWriteItem") => self.busy_batch(operation, body),
            (Weather::BusyKeys, "TransactWriteItems" | "TransactGetItems") => self.busy_transaction(operation, &body),
            (Weather::BusyKeys, _) => self.throttles(key_of(&body)).then(throttled),
            _ => None,
        };
        if fate.is_some() {
            self.strike(operation);
        }
        fate
    }

    fn strike(&mut self, operation: &str) {
        *self.struck.entry(operation.to_owned()).or_default() += 1;
    }

    /// The first page is empty and ends where the range begins. The page behind it is the one that was asked for.
    fn page(&mut self, mut body: Value) -> Option<Fate> {
        let (pk, _) = key_of(&body);
        let place = json!({ "pk": { "S": pk }, "sk": body["ExpressionAttributeValues"][":from"] });
        let start = body["ExclusiveStartKey"].clone();
        if start.is_object() {
            let ended = self.ended.iter().position(|ended| *ended == start)?;
            self.ended.swap_remove(ended);
            body.as_object_mut()?.remove("ExclusiveStartKey");
            return Some(Fate::Changed(body, None));
        }
        self.strike("Query");
        let answer = json!({ "Items": [], "Count": 0, "ScannedCount": 0, "LastEvaluatedKey": place });
        self.ended.push(place);
        Some(Fate::Refused(answered(200, answer.to_string().into_bytes())))
    }

    fn throttles(&mut self, key: (String, String)) -> bool {
        let met = self.busy.entry(key).or_default();
        *met += 1;
        *met <= BUSY
    }

    /// The busy keys are left; when all are, the batch is refused.
    fn busy_batch(&mut self, operation: &str, body: Value) -> Option<Fate> {
        let keys: Vec<_> = parts(operation, &body).into_iter().map(key_of).collect();
        let busy: Vec<_> = keys.into_iter().map(|key| self.throttles(key)).collect();
        match busy.iter().filter(|busy| **busy).count() {
            0 => None,
            all if all == busy.len() => Some(throttled()),
            _ => Some(split(operation, body, |at, _| busy[at])),
        }
    }

    fn busy_transaction(&mut self, operation: &str, body: &Value) -> Option<Fate> {
        let keys: Vec<_> = parts(operation, body).into_iter().map(key_of).collect();
        let busy: Vec<_> = keys.into_iter().map(|key| self.throttles(key)).collect();
        let code_of =
            |busy: &bool| if *busy { json!({ "Code": "ThrottlingError" }) } else { json!({ "Code": "None" }) };
        let reasons: Vec<_> = busy.iter().map(code_of).collect();
        let body = json!({ "__type": code("TransactionCanceledException"), "Message": "busy", "CancellationReasons": reasons });
        busy.contains(&true).then(|| Fate::Refused(answered(400, body.to_string().into_bytes())))
    }
}

fn throttled() -> Fate {
    Fate::Refused(answered(400, error_body(&code("ProvisionedThroughputExceededException"), "busy")))
}

fn answered(status: u16, body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
    response(status, "application/x-amz-json-1.0", body)
}

/// A batch without those of its parts that are left, which the answer names.
pub fn split(operation: &str, mut body: Value, is_left: impl Fn(usize, &Value) -> bool) -> Fate {
    let (field, pointer) =
        if operation == "BatchGetItem" { ("UnprocessedKeys", "/Keys") } else { ("UnprocessedItems", "") };
    let mut left = body["RequestItems"].clone();
    let mut at = 0;
    let tables =
        body["RequestItems"].as_object_mut().into_iter().flatten().zip(left.as_object_mut().into_iter().flatten());
    for ((_, done), (_, left)) in tables {
        let (Some(Value::Array(done)), Some(Value::Array(left))) =
            (done.pointer_mut(pointer), left.pointer_mut(pointer))
        else {
            continue;
        };
        let stays: Vec<bool> = done.iter().enumerate().map(|(nth, part)| is_left(at + nth, part)).collect();
        at += stays.len();
        let keep = |list: &mut Vec<Value>, wanted: bool| {
            let mut flags = stays.iter();
            list.retain(|_| flags.next() == Some(&wanted));
        };
        keep(done, false);
        keep(left, true);
    }
    Fate::Changed(body, Some((field, left)))
}

/// Sends a request with another body, and adds to its answer.
pub async fn send(
    inner: &SharedHttpConnector,
    mut request: HttpRequest,
    body: &Value,
    added: Option<(&'static str, Value)>,
) -> Result<HttpResponse, ConnectorError> {
    let text = body.to_string();
    request.headers_mut().insert("content-length", text.len().to_string());
    *request.body_mut() = SdkBody::from(text);
    let answer = inner.call(request).await?;
    let Some((field, value)) = added.filter(|_| answer.status().is_success()) else { return Ok(answer) };
    let mut told: Value = serde_json::from_slice(answer.body().bytes().unwrap_or_default()).unwrap_or_default();
    told[field] = value;
    answered(200, told.to_string().into_bytes())
}
