//! IAM, as far as the bundle needs it: a function's requests to AWS services are checked against its role in the
//! template, refused unless allowed, and recorded for the test of unused permissions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use futures_util::FutureExt as _;
use local::gateway::Function;
use local::in_process::{error_body, response};
use local::store::secret;
use serde_json::Value;

use crate::FILES;
use crate::role::{Asked, Roles};

tokio::task_local! {
    static FUNCTION: String;
}

/// Checks between functions and services. Clones share the record.
#[derive(Debug, Clone)]
pub struct Access {
    roles: Arc<Roles>,
    seen: Arc<Mutex<BTreeSet<Asked>>>,
}

impl Access {
    /// Checks against these roles.
    pub fn new(roles: Arc<Roles>) -> Self {
        Self { roles, seen: Arc::default() }
    }

    /// A connector that holds functions to their roles; others, such as an operator, pass.
    pub fn around(&self, inner: SharedHttpConnector) -> SharedHttpConnector {
        SharedHttpConnector::new(Guard { inner, access: self.clone() })
    }

    /// The requests recorded so far.
    pub fn seen(&self) -> BTreeSet<Asked> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Wraps the functions so that their requests are known as theirs. A link in an answer counts as a use of its
    /// permission.
    pub fn known(&self, functions: BTreeMap<String, Function>) -> BTreeMap<String, Function> {
        let known = |(name, function): (String, Function)| {
            let (access, own) = (self.clone(), name.clone());
            let known: Function = Arc::new(move |event, left| {
                let (access, name) = (access.clone(), own.clone());
                let answer = function(event, left);
                async move { Ok(access.linked(&name, FUNCTION.scope(name.clone(), answer).await?)) }.boxed()
            });
            (name, known)
        };
        functions.into_iter().map(known).collect()
    }

    /// Runs something as a function.
    pub async fn run_as<T>(&self, function: &str, run: impl Future<Output = T>) -> T {
        FUNCTION.scope(function.to_owned(), run).await
    }

    fn linked(&self, function: &str, answer: Value) -> Value {
        let told = ["/body", "/headers/location"]
            .map(|place| answer.pointer(place).and_then(Value::as_str).unwrap_or_default());
        for link in told.iter().flat_map(|told| told.split(FILES).skip(1)) {
            let key = link.split('?').next().unwrap_or_default().split('/').skip(2).collect::<Vec<_>>().join("/");
            self.ask(function, "s3:GetObject", &key);
        }
        answer
    }

    /// Whether the function may do this. A refusal is printed, because the function answers only 503.
    #[expect(clippy::print_stderr, reason = "a refused function answers 503 and says no more")]
    fn ask(&self, function: &str, action: &str, on: &str) -> bool {
        let asked = Asked { function: function.to_owned(), action: action.to_owned(), on: on.to_owned() };
        let allowed = self.roles.allow(&asked);
        if !allowed {
            eprintln!("the role of {function} does not allow {action} on {on}");
        }
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(asked);
        allowed
    }
}

#[derive(Debug)]
struct Guard {
    inner: SharedHttpConnector,
    access: Access,
}

impl HttpConnector for Guard {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let allowed = FUNCTION
            .try_with(|function| asked(&request).iter().all(|(action, on)| self.access.ask(function, action, on)))
            .unwrap_or(true);
        if allowed {
            return self.inner.call(request);
        }
        let refusal = error_body("AccessDeniedException", "the role does not allow it");
        HttpConnectorFuture::ready(response(400, "application/x-amz-json-1.0", refusal))
    }
}

/// The actions that a request needs, with their resources.
fn asked(request: &HttpRequest) -> Vec<(String, String)> {
    let Some((service, operation)) = request.headers().get("x-amz-target").and_then(|target| target.split_once('.'))
    else {
        let path = request.uri().split("://").last().unwrap_or_default().split('?').next().unwrap_or_default();
        let key = path.split('/').skip(2).collect::<Vec<_>>().join("/");
        let action = match request.method() {
            "DELETE" => "s3:DeleteObject",
            "PUT" => "s3:PutObject",
            _ => "s3:GetObject",
        };
        return vec![(action.to_owned(), key)];
    };
    let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    if service == "secretsmanager" {
        let is_it = |name: &&&str| secret(name).is_some_and(|own| body["SecretId"] == own);
        let name = ["KeyRing", "PublicKeys", "FiscalKeys"].iter().find(is_it).copied().unwrap_or_default();
        return vec![(format!("secretsmanager:{operation}"), name.to_owned())];
    }
    if service == "AmazonSQS" {
        return vec![(format!("sqs:{operation}"), format!("{}.Arn", text(&body["QueueUrl"])))];
    }
    table_actions(operation, &body).into_iter().map(|(action, on)| (format!("dynamodb:{action}"), on)).collect()
}

fn table_actions(operation: &str, body: &Value) -> Vec<(String, String)> {
    let key = |of: &Value| text(if of["Item"].is_null() { &of["Key"]["pk"]["S"] } else { &of["Item"]["pk"]["S"] });
    let of_all = |list: &Value| list.as_array().cloned().unwrap_or_default();
    match operation {
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            let keys = tables.flat_map(|(_, table)| of_all(&table["Keys"]));
            keys.map(|key| (operation.to_owned(), text(&key["pk"]["S"]))).collect()
        }
        "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            let writes = tables.flat_map(|(_, writes)| of_all(writes));
            let key = |write: &Value| match &write["PutRequest"]["Item"]["pk"]["S"] {
                Value::Null => text(&write["DeleteRequest"]["Key"]["pk"]["S"]),
                put => text(put),
            };
            writes.map(|write| (operation.to_owned(), key(&write))).collect()
        }
        "Query" => {
            let condition = text(&body["KeyConditionExpression"]);
            let value = condition.split_whitespace().nth(2).unwrap_or_default();
            vec![(operation.to_owned(), text(&body["ExpressionAttributeValues"][value]["S"]))]
        }
        // A transaction needs the permission of each part.
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = of_all(&body["TransactItems"]);
            let parts = parts.iter().flat_map(|part| part.as_object().cloned().unwrap_or_default());
            let action = |kind: &str| match kind {
                "ConditionCheck" => "ConditionCheckItem".to_owned(),
                kind => format!("{kind}Item"),
            };
            parts.map(|(kind, part)| (action(&kind), key(&part))).collect()
        }
        single => vec![(single.to_owned(), key(body))],
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
