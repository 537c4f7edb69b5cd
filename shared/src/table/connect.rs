//! Connections to AWS services.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};

use crate::error::{Cause, Error, Result};

/// The roots of AWS's endpoints: Amazon Root CA 1 to 4 and Starfield Services Root CA G2. Pinned roots must be renewed:
/// see `shared/roots/README.md`.
const AMAZON_ROOTS: &str = include_str!("../../roots/amazon.pem");

/// An HTTP client over TLS. It also trusts `extra_root` (PEM), for a private endpoint or a test front.
pub fn https(extra_root: Option<&str>) -> Result<SharedHttpClient> {
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls(extra_root)?)
        .build_https())
}

/// A single connector for use outside the SDK's clients: one request at a time, connected within a second.
pub fn connector(extra_root: Option<&str>) -> Result<SharedHttpConnector> {
    let limits = HttpConnectorSettings::builder().connect_timeout(Duration::from_secs(1)).build();
    let connector = aws_smithy_http_client::Connector::builder()
        .connector_settings(limits)
        .sleep_impl(sleep())
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls(extra_root)?)
        .build();
    Ok(SharedHttpConnector::new(connector))
}

fn tls(extra_root: Option<&str>) -> Result<TlsContext> {
    let mut trust = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    if let Some(pem) = extra_root {
        trust.add_pem_certificate(pem);
    }
    TlsContext::builder().with_trust_store(trust).build().map_err(|error| Error::Internal(Cause::new(&error)))
}

/// Connect 1 s, attempt 0.8 s, operation 2.5 s.
pub fn time_limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(800))
        .operation_timeout(Duration::from_millis(2_500))
        .build()
}

/// Three attempts with jitter, the first wait at most 50 ms, because a caller waits.
pub fn attempts() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_millis(400))
}

/// A table client: ordinary AWS settings with the bundle's limits.
pub fn client(settings: &aws_config::SdkConfig) -> Client {
    let config = aws_sdk_dynamodb::config::Builder::from(settings)
        .timeout_config(time_limits())
        .retry_config(attempts())
        .build();
    Client::from_conf(config)
}

/// A table client for an operator's command. Nobody waits for an answer of it, so it waits itself: ten seconds for an answer, and
/// ten attempts with pauses of up to five seconds while the table is throttled or away.
pub fn patient_client(settings: &aws_config::SdkConfig) -> Client {
    let limits = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(90))
        .build();
    let attempts = RetryConfig::standard()
        .with_max_attempts(10)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_secs(5));
    let config =
        aws_sdk_dynamodb::config::Builder::from(settings).timeout_config(limits).retry_config(attempts).build();
    Client::from_conf(config)
}

/// The SDK's sleep.
pub fn sleep() -> aws_smithy_async::rt::sleep::SharedAsyncSleep {
    aws_smithy_async::rt::sleep::SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new())
}

/// The SDK's clock, which dates signatures.
pub fn time_source() -> aws_smithy_async::time::SharedTimeSource {
    aws_smithy_async::time::SharedTimeSource::new(aws_smithy_async::time::SystemTimeSource::new())
}
