//! Counts round trips to the table: requests that are under way together are one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// Counts how often a request starts while no other is under way. Requests of one task that follow each other cannot
/// overlap, so an overlap proves that they were sent at the same time.
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

    /// Trips since the last time this was asked.
    pub fn take(&self) -> usize {
        self.count.swap(0, Ordering::SeqCst)
    }

    /// A connector that counts.
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
            // Time for the others to set out: a network would take longer.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            let answer = inner.call(request).await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }
}
