//! A load, or a read, with somebody else's request in the middle of it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use local::in_process::{http_client, operation};
use serde_json::Value;
use tests::World;

type Request = dyn Fn(Arc<World>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Lets somebody else's request through right before one request of an operation.
struct Beside {
    inner: SharedHttpConnector,
    world: Arc<World>,
    request: Arc<Request>,
    operation: &'static str,
    /// How many requests of the operation come before.
    after: usize,
    seen: AtomicUsize,
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Beside")
    }
}

impl HttpConnector for Beside {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_one = operation(&request) == self.operation;
        let meets = is_one && self.seen.fetch_add(1, Ordering::SeqCst) == self.after;
        let (inner, world, own) = (self.inner.clone(), Arc::clone(&self.world), Arc::clone(&self.request));
        HttpConnectorFuture::new(async move {
            if meets {
                own(world).await;
            }
            inner.call(request).await
        })
    }
}

/// A way to the table on which somebody else's request is answered right before a request of an operation, which so many
/// others come before.
pub fn beside<F>(
    world: &Arc<World>,
    operation: &'static str,
    after: usize,
    request: impl Fn(Arc<World>) -> F + Send + Sync + 'static,
) -> SharedHttpClient
where
    F: Future<Output = ()> + Send + 'static,
{
    let inner = world.store.embedded.connector();
    let request: Arc<Request> = Arc::new(move |world| Box::pin(request(world)));
    let seen = AtomicUsize::new(0);
    http_client(SharedHttpConnector::new(Beside { inner, world: Arc::clone(world), request, operation, after, seen }))
}

/// Imports records; between what the import has read and its first transaction somebody else's request is answered.
pub async fn import_beside<F>(
    world: &Arc<World>,
    records: &[Value],
    request: impl Fn(Arc<World>) -> F + Send + Sync + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let way = beside(world, "TransactWriteItems", 0, request);
    world.import_through(&world.store.target_through(way).writer, records).await.unwrap();
}
