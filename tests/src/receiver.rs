//! What clients subscribe with: an address of this machine that answers as it is told to, and keeps what it was told.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;
use shared::outside::Lookup;
use tokio::net::TcpListener;

/// How long a test's functions wait for an answer from outside.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// Names of hosts, each with what it resolves to; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Names(Arc<Mutex<BTreeMap<String, Vec<IpAddr>>>>);

impl Names {
    /// Sets what a name resolves to.
    pub fn set(&self, name: &str, addresses: &[IpAddr]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), addresses.to_vec());
    }
}

impl Lookup for Names {
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        async move { found.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound)) }.boxed()
    }
}

/// How an address answers.
#[derive(Debug, Clone)]
pub enum Manner {
    /// With a status, headers, and a body.
    Says(u16, Vec<(&'static str, String)>, String),
    /// Never.
    IsSilent,
}

impl Manner {
    /// A status alone.
    pub fn status(status: u16) -> Self {
        Self::Says(status, Vec::new(), String::new())
    }
}

/// A request as it was received.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Delivery {
    /// A header's text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

#[derive(Debug)]
struct Shared {
    manner: Mutex<Manner>,
    seen: Mutex<Vec<Delivery>>,
}

/// An address that is told of events. It ends with its test.
#[derive(Debug)]
pub struct Receiver {
    shared: Arc<Shared>,
    port: u16,
    server: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// Begins to answer in this manner.
    ///
    /// # Panics
    /// When there is no free port.
    #[expect(clippy::expect_used, reason = "a test without its receiver cannot go on")]
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared { manner: Mutex::new(manner), seen: Mutex::default() });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // It serves until its test is over.
            let _ = axum::serve(listener, app).await;
        });
        Self { shared, port, server }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/in", self.port)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Answers otherwise from now on.
    pub fn become_one_that(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// What it was told since it was last asked.
    pub fn take(&self) -> Vec<Delivery> {
        std::mem::take(&mut *self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let body = String::from_utf8_lossy(&body).into_owned();
    shared.seen.lock().unwrap_or_else(PoisonError::into_inner).push(Delivery { headers, body });
    let manner = shared.manner.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match manner {
        Manner::Says(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap_or_default()
        }
        Manner::IsSilent => std::future::pending().await,
    }
}
