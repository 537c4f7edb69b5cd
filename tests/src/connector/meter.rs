//! Counts what the table says it consumed, request by request, independently of the bundle's own account. A request that is
//! sent and not waited for counts, too.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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

/// A request, and the tenths of a unit that its answer told.
type Sent = (String, Arc<AtomicU64>);

/// Counts requests.
#[derive(Debug, Clone)]
pub struct Meter {
    inner: SharedHttpConnector,
    seen: Arc<Mutex<Vec<Sent>>>,
    is_slow: Arc<AtomicBool>,
}

impl Meter {
    /// Around a connector to the table.
    pub fn around(inner: SharedHttpConnector) -> Self {
        Self { inner, seen: Arc::default(), is_slow: Arc::default() }
    }

    /// The connector to use instead.
    pub fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    /// From now on a request takes long enough for others to be sent beside it, as on a network.
    pub fn slow_down(&self) {
        self.is_slow.store(true, Ordering::SeqCst);
    }

    /// The requests since this was last read.
    pub fn take(&self) -> Vec<Metered> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        let told = |(operation, tenths): Sent| Metered { operation, tenths: tenths.load(Ordering::SeqCst) };
        seen.into_iter().map(told).collect()
    }
}

impl HttpConnector for Meter {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let (inner, told) = (self.inner.call(request), Arc::new(AtomicU64::new(0)));
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push((operation, Arc::clone(&told)));
        let is_slow = self.is_slow.load(Ordering::SeqCst);
        HttpConnectorFuture::new(async move {
            for _ in 0..if is_slow { 50 } else { 0 } {
                tokio::task::yield_now().await;
            }
            let response = inner.await?;
            let body = response.body().bytes().unwrap_or_default();
            told.store(tenths(&serde_json::from_slice(body).unwrap_or_default()), Ordering::SeqCst);
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
