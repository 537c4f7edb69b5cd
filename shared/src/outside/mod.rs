//! Requests to addresses that others have named: clients' subscriptions.
//!
//! Whoever names an address may mean to reach what only this machine reaches. So only the plain spelling of an https address
//! is taken ([`Callback`]), its name is resolved here and every address looked at, the connection is made to these addresses
//! and no others, no redirect is followed and no proxy of the environment used. Of the answer nothing is kept but its status
//! and what it says of when to come back.

mod address;
mod resolver;

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use chrono::{DateTime, TimeDelta, Utc};
use lambda_http::http::{Request, StatusCode};

use crate::domain::hook::callback::{Addresses, Callback};
use crate::error::{Cause, Error, Result};
use crate::table::connect;
pub use resolver::Lookup;
use resolver::{Checked, NotPublic, System};

/// Time limit of a request, its connection included.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time limit of a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// Most bytes of an answer that are read, so that its connection can serve the next request; of a longer one the connection is
/// given up.
const MOST_READ: usize = 4_096;

/// What a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It was taken: a status of 200 to 299.
    Taken,
    /// It was answered with this status; the answer may say how long to wait.
    Refused(u16, Option<TimeDelta>),
    /// There was no answer.
    Unanswered(Why),
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The name leads to an address that is not public. Nothing was connected.
    Address,
    /// The name has no address, nobody takes the connection, or TLS cannot be agreed upon.
    Connection,
    /// It took too long.
    Time,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "its address is not a public one",
            Self::Connection => "its address cannot be connected to",
            Self::Time => "its address did not answer in time",
        })
    }
}

/// The way out. Clones share connections.
#[derive(Clone)]
pub struct Outside {
    addresses: Addresses,
    names: Arc<dyn Lookup>,
    extra_root: Option<String>,
    patience: Duration,
    connector: Arc<OnceLock<SharedHttpConnector>>,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Outside {
    /// A way to such addresses; beside the certificates that the machine trusts, `extra_root` (PEM) is trusted too. Nothing is
    /// read or connected yet.
    pub fn new(addresses: Addresses, extra_root: Option<String>) -> Self {
        let (names, connector) = (Arc::new(System), Arc::default());
        Self { addresses, names, extra_root, patience: PATIENCE, connector }
    }

    /// The same with other name servers and another time limit, for tests.
    #[must_use]
    pub fn with(self, names: Arc<dyn Lookup>, patience: Duration) -> Self {
        Self { names, patience, connector: Arc::default(), ..self }
    }

    /// Which addresses it leads to.
    pub const fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Posts JSON to an address, with these headers.
    ///
    /// # Errors
    /// 500 when the request cannot be built. That it is not taken is no error.
    pub async fn post(
        &self,
        callback: &Callback,
        headers: &[(&'static str, String)],
        body: &str,
        now: DateTime<Utc>,
    ) -> Result<Told> {
        self.send(callback.as_str(), headers, body, now).await
    }

    async fn send(
        &self,
        address: &str,
        headers: &[(&'static str, String)],
        body: &str,
        now: DateTime<Utc>,
    ) -> Result<Told> {
        let mut request = Request::post(address).header("content-type", "application/json");
        request = request.header("user-agent", "selfcare-webhooks/1");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(SdkBody::from(body)).map_err(|error| Error::internal(error.to_string()))?;
        let request = HttpRequest::try_from(request).map_err(|error| Error::internal(error.to_string()))?;
        let connector = self.connector()?;
        let answered = tokio::time::timeout(self.patience, async {
            let response = connector.call(request).await?;
            let told = told(&response, now);
            drain(response).await;
            Ok(told)
        });
        Ok(match answered.await {
            Ok(Ok(told)) => told,
            Ok(Err(error)) => Told::Unanswered(why(&error)),
            Err(_elapsed) => Told::Unanswered(Why::Time),
        })
    }

    /// The connector, made when it is first needed: reading the machine's certificates takes some milliseconds.
    fn connector(&self) -> Result<SharedHttpConnector> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector.clone());
        }
        let mut trust = TrustStore::empty().with_native_roots(true);
        if let Some(pem) = &self.extra_root {
            trust.add_pem_certificate(pem.as_bytes());
        }
        let tls = TlsContext::builder().with_trust_store(trust).build();
        let limits = HttpConnectorSettings::builder().connect_timeout(CONNECT.min(self.patience)).build();
        let connector = aws_smithy_http_client::Connector::builder()
            .connector_settings(limits)
            .sleep_impl(connect::sleep())
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(tls.map_err(|error| Error::Internal(Cause::new(&error)))?)
            .build_with_resolver(Checked { names: Arc::clone(&self.names), addresses: self.addresses });
        Ok(self.connector.get_or_init(|| SharedHttpConnector::new(connector)).clone())
    }
}

/// What an answer says.
fn told(response: &HttpResponse, now: DateTime<Utc>) -> Told {
    let status = response.status().as_u16();
    if (200..300).contains(&status) {
        return Told::Taken;
    }
    let waits = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].iter().any(|wait| *wait == status);
    let asked = response.headers().get("retry-after").filter(|_| waits).and_then(|text| wait(text, now));
    Told::Refused(status, asked)
}

/// How long a `Retry-After` asks to wait: it has seconds, or a date (RFC 9110, section 10.2.3).
fn wait(text: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    match text.trim().parse::<u32>() {
        Ok(seconds) => Some(TimeDelta::seconds(seconds.into())),
        Err(_) => DateTime::parse_from_rfc2822(text.trim()).ok().map(|date| date.to_utc() - now),
    }
}

/// Reads a short answer to its end. What it says, and whether it ends well, is nothing to us.
async fn drain(response: HttpResponse) {
    let (mut body, mut read) = (ByteStream::new(response.into_body()), 0);
    while let Some(Ok(part)) = body.next().await {
        read += part.len();
        if read > MOST_READ {
            return;
        }
    }
}

/// Why a connector has no answer.
fn why(error: &aws_smithy_runtime_api::client::result::ConnectorError) -> Why {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(one) = next {
        if one.is::<NotPublic>() {
            return Why::Address;
        }
        next = one.source();
    }
    if error.is_timeout() { Why::Time } else { Why::Connection }
}

#[cfg(test)]
mod tests;
