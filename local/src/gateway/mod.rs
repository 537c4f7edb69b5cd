//! The HTTP API in front of the functions, as API Gateway provides it.
//!
//! [`Gateway::handle`] turns a request into a response; the server uses it, and so do tests, in process. It covers
//! routes, base paths, payload format 2.0 in both directions, the authorizer with its cache, CORS, and limits of size and
//! time, but not the stage's throttling.

mod answer;
mod authorize;
mod cors;
mod event;
mod route;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::template::Template;
use authorize::{Cache, Decision};
use cors::Permission;
use event::Incoming;
use route::{Match, Router};

/// A function as the gateway invokes it: takes the event and the time left, returns the answer or a function error's
/// text.
pub type Function = Arc<dyn Fn(Value, Duration) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// The current time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Largest request body, in bytes (HTTP API quota).
pub const MAX_BODY: usize = 10 * 1024 * 1024;

/// Largest request line and headers together, in bytes (HTTP API quota).
const MAX_HEADERS: usize = 10_240;

/// The gateway with its functions.
pub struct Gateway {
    template: Template,
    router: Router,
    functions: BTreeMap<String, Function>,
    cache: Cache,
    clock: Clock,
    calls: AtomicU64,
}

/// The template names a function that was not passed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template names the function {0}, which this program does not have")]
pub struct MissingFunction(String);

impl Gateway {
    /// The template's gateway, in front of `functions` by name.
    ///
    /// # Errors
    /// A route's or the authorizer's function is missing in `functions`.
    pub fn new(
        template: Template,
        functions: BTreeMap<String, Function>,
        clock: Clock,
    ) -> Result<Self, MissingFunction> {
        let routed = template.routes.iter().map(|route| &route.function);
        for name in routed.chain([&template.default_function, &template.authorizer.function]) {
            if !functions.contains_key(name) {
                return Err(MissingFunction(name.clone()));
            }
        }
        let router = Router::new(&template.routes, &template.base_paths);
        Ok(Self { template, router, functions, cache: Cache::default(), clock, calls: AtomicU64::new(0) })
    }

    /// Answers one request of the caller at `peer`.
    pub async fn handle(&self, request: Request<Bytes>, peer: IpAddr) -> Response<Bytes> {
        let head_only = request.method() == Method::HEAD;
        let now = (self.clock)();
        let id = self.next_id(now);
        let permission = self.template.cors.as_ref().map(|cors| Permission::of(cors, &request));
        let result = self.answer(request, peer, now, &id).await.map(|mut response| {
            permission.into_iter().for_each(|permission| permission.stamp(&mut response));
            response
        });
        let mut response = result.unwrap_or_else(answer::refusal);
        answer::stamp(&mut response, &id);
        if head_only {
            answer::without_body(&mut response);
        }
        response
    }

    /// The response to a body above the limit.
    pub fn too_large(&self) -> Response<Bytes> {
        let mut response = answer::refusal(StatusCode::PAYLOAD_TOO_LARGE);
        answer::stamp(&mut response, &self.next_id((self.clock)()));
        response
    }

    /// An id unique in this process.
    fn next_id(&self, now: DateTime<Utc>) -> String {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        format!("{:011x}{number:08x}", now.timestamp_millis())
    }

    async fn answer(
        &self,
        request: Request<Bytes>,
        peer: IpAddr,
        now: DateTime<Utc>,
        id: &str,
    ) -> Result<Response<Bytes>, StatusCode> {
        if header_size(request.uri(), request.headers()) > MAX_HEADERS {
            return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        if request.body().len() > MAX_BODY {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let incoming = Incoming::new(&request, peer, now, id);
        let found = self.router.find(request.method().as_str(), request.uri().path());
        let context = self.authorize(&incoming, &found, now).await?;
        let event = incoming.event(&found, context, request.body());
        let function = found.route.map_or(&self.template.default_function, |route| &route.function);
        let result = self.invoke(function, event).await.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        answer::response(result).ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The authorizer's context for this request; none for an open route.
    async fn authorize(
        &self,
        incoming: &Incoming,
        found: &Match<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<Value>, StatusCode> {
        if !found.route.is_some_and(|route| route.authorized) {
            return Ok(None);
        }
        let authorizer = &self.template.authorizer;
        // The one deliberate difference from AWS: without the identity header API Gateway answers its own 401 and
        // invokes nothing. Here the function is invoked without context and answers the documented 401, so that its
        // body and headers can be seen and tested.
        let Some(identity) = incoming.identity(&authorizer.identity_headers) else { return Ok(None) };
        let decision = match self.cache.get(&identity, now) {
            Some(decision) => decision,
            None => {
                let event = incoming.authorizer_event(found, &identity);
                let answer = self.invoke(&authorizer.function, event).await;
                let decision = answer.as_ref().and_then(Decision::read).ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
                self.cache.put(identity, decision.clone(), now, authorizer.ttl);
                decision
            }
        };
        match decision {
            Decision::Allowed(context) => Ok(Some(context)),
            Decision::Denied => Err(StatusCode::FORBIDDEN),
        }
    }

    /// Runs a function within its time-out. None if it fails, panics or times out; the log says which.
    async fn invoke(&self, name: &str, event: Value) -> Option<Value> {
        let function = self.functions.get(name)?;
        let settings = self.template.functions.get(name)?;
        let time = settings.timeout;
        let run = AssertUnwindSafe(async { function(event, time).await }).catch_unwind();
        match tokio::time::timeout(time, run).await {
            Ok(Ok(Ok(answer))) => Some(answer),
            Ok(Ok(Err(error))) => {
                tracing::error!(function = name, error, "function error");
                None
            }
            Ok(Err(_panic)) => {
                tracing::error!(function = name, "the function panicked");
                None
            }
            Err(_elapsed) => {
                tracing::error!(function = name, seconds = time.as_secs(), "the function took too long");
                None
            }
        }
    }
}

fn header_size(uri: &Uri, headers: &HeaderMap) -> usize {
    let line = uri.path_and_query().map_or(0, |path| path.as_str().len());
    headers.iter().fold(line, |size, (name, value)| size + name.as_str().len() + value.len())
}
