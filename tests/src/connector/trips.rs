//! Counts round trips to the table: concurrent requests are one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// Counts requests that start while no other is in progress. Sequential requests of one task cannot overlap, so an
/// overlap proves that they were sent concurrently.
#[derive(Debug, Clone)]
pub struct Trips {
    inner: SharedHttpConnector,
    under_way: Arc<AtomicUsize>,
    count: Arc<AtomicUsize>,
}

impl Trips {
    /// Around a connector to the table.
    pub fn around(inner: SharedHttpConnector) -> Self {
        Self { inner, under_way: Arc::default(), count: Arc::default() }
    }

    /// Round trips since this was last read.
    pub fn take(&self) -> usize {
        self.count.swap(0, Ordering::SeqCst)
    }

    /// A counting connector.
    pub fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Trips {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { inner, under_way, count } = self.clone();
        HttpConnectorFuture::new(async move {
            if under_way.fetch_add(1, Ordering::SeqCst) == 0 {
                count.fetch_add(1, Ordering::SeqCst);
            }
            // Lets concurrent requests start: a network would take longer.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            let answer = inner.call(request).await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }
}
