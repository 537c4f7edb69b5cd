//! In-process AWS services for the SDK's clients.
//!
//! The SDK's clients are the shipped ones: only the connector below them is replaced, so serialisation, signing,
//! retries and time-outs are those of production. Compiled Lambda binaries reach the same services over loopback.

use std::fmt;
use std::io;
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Response, header};
use shared::table::connect;

/// The header that names service and operation in an AWS JSON protocol.
pub const TARGET: &str = "x-amz-target";

/// Largest request, in bytes: DynamoDB's limit of a batch.
const LARGEST: usize = 16 * 1024 * 1024;

/// A service that speaks one of the AWS JSON protocols.
pub trait Service: fmt::Debug + Send + Sync + 'static {
    /// Prefixes of the service's targets, including the dot, one for each API.
    fn prefixes(&self) -> &'static [&'static str];

    /// The content type of its responses.
    fn content_type(&self) -> &'static str;

    /// Answers a request with status and body. Never fails: errors are responses too.
    fn answer(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>);
}

/// A connector that passes requests to `service` instead of the network.
pub fn connector(service: Arc<dyn Service>) -> SharedHttpConnector {
    SharedHttpConnector::new(InProcess { service })
}

/// An HTTP client for an SDK configuration that always uses `connector`.
pub fn http_client(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_settings, _components| connector.clone())
}

#[derive(Debug)]
struct InProcess {
    service: Arc<dyn Service>,
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = Arc::clone(&self.service);
        HttpConnectorFuture::new(async move {
            // The work is done on this thread: it takes well under a millisecond, less than moving it to a blocking
            // thread and back. Yielding before and after lets other requests run between those of one handler, as a
            // network would, even on a single-threaded runtime.
            tokio::task::yield_now().await;
            let answer = reply(&*service, &request)?;
            tokio::task::yield_now().await;
            Ok(answer)
        })
    }
}

fn reply(service: &dyn Service, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let target = request.headers().get(TARGET).unwrap_or_default();
    let body = request
        .body()
        .bytes()
        .ok_or_else(|| ConnectorError::user("a streamed request body cannot be served in process".into()))?;
    let (status, answer) = service.answer(target, body);
    response(status, service.content_type(), answer)
}

/// A response as the SDK's connector returns it.
///
/// # Errors
/// A status outside 100 to 999.
pub fn response(status: u16, content_type: &'static str, body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("content-type", content_type);
    Ok(response)
}

/// The operation of a request, without its service: `GetItem`. Of S3's requests, which have no target, the method.
pub fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get(TARGET).unwrap_or_else(|| request.method());
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

/// Serves `services` over HTTP on `listener` until the returned future is dropped. Signatures are not checked: the
/// listener must be bound to the loopback address.
///
/// # Errors
/// Only when the listener itself breaks.
pub async fn serve_http(listener: tokio::net::TcpListener, services: Vec<Arc<dyn Service>>) -> io::Result<()> {
    axum::serve(listener, router(services)).await
}

/// A router for the services.
pub fn router(services: Vec<Arc<dyn Service>>) -> Router {
    let services: Arc<[Arc<dyn Service>]> = services.into();
    Router::new().fallback(over_http).layer(DefaultBodyLimit::max(LARGEST)).with_state(services)
}

async fn over_http(
    State(services): State<Arc<[Arc<dyn Service>]>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<axum::body::Body> {
    respond(&services, &headers, &body)
}

/// Whether a service has an operation of this name.
pub fn is_for(service: &dyn Service, target: &str) -> bool {
    service.prefixes().iter().any(|prefix| target.starts_with(prefix))
}

/// The answer of the service that the request's target names.
pub fn respond(services: &[Arc<dyn Service>], headers: &HeaderMap, body: &[u8]) -> Response<axum::body::Body> {
    let target = headers.get(TARGET).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match services.iter().find(|service| is_for(&***service, target)) {
        Some(service) => {
            let (status, answer) = service.answer(target, body);
            http(status, service.content_type(), answer)
        }
        None => http(400, "application/json", error_body("UnknownOperationException", "no such service here")),
    }
}

/// A refusal.
pub fn refused(reason: &str) -> Response<axum::body::Body> {
    http(403, "application/json", error_body("AccessDeniedException", reason))
}

fn http(status: u16, content_type: &'static str, answer: Vec<u8>) -> Response<axum::body::Body> {
    let mut response = Response::new(answer.into());
    *response.status_mut() = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}

/// An error in the form of the AWS JSON protocols.
pub fn error_body(code: &str, message: &str) -> Vec<u8> {
    serde_json::json!({ "__type": code, "message": message }).to_string().into_bytes()
}

/// The access key that requests are signed with, and its secret. It protects nothing: the services are reachable from
/// this machine alone.
pub const KEY: &str = "local";

/// Settings like those a function boots with, except for the endpoints.
pub fn settings(client: SharedHttpClient) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(KEY, KEY, None, None, "local")))
        .http_client(client)
        .sleep_impl(connect::sleep())
        .time_source(connect::time_source())
        .build()
}
