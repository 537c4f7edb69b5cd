//! A load with somebody else's request in the middle of it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use local::in_process::{http_client, operation};
use serde_json::Value;
use tests::World;

type Request = dyn Fn(Arc<World>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Lets a request through between what an import has read and its first transaction.
struct Beside {
    inner: SharedHttpConnector,
    world: Arc<World>,
    request: Arc<Request>,
    met: AtomicBool,
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Beside")
    }
}

impl HttpConnector for Beside {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let meets = operation(&request) == "TransactWriteItems" && !self.met.swap(true, Ordering::SeqCst);
        let (inner, world, own) = (self.inner.clone(), Arc::clone(&self.world), Arc::clone(&self.request));
        HttpConnectorFuture::new(async move {
            if meets {
                own(world).await;
            }
            inner.call(request).await
        })
    }
}

/// Imports records; right before the first transaction somebody else's request is answered.
pub async fn import_beside<F>(
    world: &Arc<World>,
    records: &[Value],
    request: impl Fn(Arc<World>) -> F + Send + Sync + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let inner = world.store.embedded.connector();
    let request: Arc<Request> = Arc::new(move |world| Box::pin(request(world)));
    let way = Beside { inner, world: Arc::clone(world), request, met: AtomicBool::new(false) };
    let writer = world.store.target_through(http_client(SharedHttpConnector::new(way))).writer;
    world.import_through(&writer, records).await.unwrap();
}
