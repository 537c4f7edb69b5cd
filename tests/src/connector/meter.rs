//! Counts what the table says it consumed, request by request, independently of the bundle's own account.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// One request to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metered {
    /// `GetItem`, `TransactWriteItems` …
    pub operation: String,
    /// Units, in tenths.
    pub tenths: u64,
}

/// Counts requests.
#[derive(Debug, Clone)]
pub struct Meter {
    inner: SharedHttpConnector,
    seen: Arc<Mutex<Vec<Metered>>>,
}

impl Meter {
    /// Around a connector to the table.
    pub fn around(inner: SharedHttpConnector) -> Self {
        Self { inner, seen: Arc::default() }
    }

    /// The connector to use instead.
    pub fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    /// The requests since this was last read.
    pub fn take(&self) -> Vec<Metered> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpConnector for Meter {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let (inner, seen) = (self.inner.call(request), Arc::clone(&self.seen));
        HttpConnectorFuture::new(async move {
            let response = inner.await?;
            let body = response.body().bytes().unwrap_or_default();
            let tenths = tenths(&serde_json::from_slice(body).unwrap_or_default());
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(Metered { operation, tenths });
            Ok(response)
        })
    }
}

/// The units in a response: of one table, or of a list of them.
fn tenths(answer: &Value) -> u64 {
    let consumed = &answer["ConsumedCapacity"];
    // Units are multiples of a half, so their text with one decimal is exact.
    let one = |capacity: &Value| {
        let units = capacity["CapacityUnits"].as_f64().map(|units| format!("{units:.1}").replace('.', ""));
        units.and_then(|tenths| tenths.parse().ok()).unwrap_or(0)
    };
    consumed.as_array().map_or_else(|| one(consumed), |list| list.iter().map(one).sum())
}
