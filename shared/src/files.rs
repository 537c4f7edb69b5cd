//! Files in the bucket: signed links and deletion.
//!
//! A link is signed without a request; a deletion is one signed request. The S3 SDK, a third of a function's size, is
//! not needed for that (docs/decisions/0009-files-without-sdk.md).
//!
//! Keys begin with country and customer, so that a customer's files can be found, granted or removed as a whole. They
//! are made only here, from the table's items. Usage files and payment files, their
//! rejects and results have folders of their own.

pub mod content;
pub mod object;

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use lambda_http::http::{Method, Request as HttpOne, StatusCode};

use crate::domain::bill::Bill;
use crate::domain::country::Country;
use crate::domain::document::Document;
use crate::domain::ids::CustomerCode;
use crate::domain::recording::{Format, Recording};
use crate::error::{Cause, Error, Result};
use crate::table::spent;

/// Lifetime of a link.
pub const LINK_LIFE: Duration = Duration::from_secs(15 * 60);
/// Attempts at a request.
const ATTEMPTS: u32 = 3;
/// Time limit of an attempt.
const ATTEMPT_LIMIT: Duration = Duration::from_millis(800);
/// Wait before the second attempt; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The key of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The file of a recording.
    ///
    /// # Errors
    /// 500 for a customer whose code cannot be part of a key.
    pub fn recording(country: &Country, recording: &Recording, format: Format) -> Result<Self> {
        Self::within(country, &recording.customer, &format!("recordings/{}.{format}", recording.id))
    }

    /// The file of a document.
    ///
    /// # Errors
    /// As for recordings.
    pub fn document(country: &Country, document: &Document) -> Result<Self> {
        Self::within(country, &document.customer, &format!("documents/{}.pdf", document.name))
    }

    /// A document of a bill: `document` names it with how the bill stands, `format` is `pdf` or `csv`.
    ///
    /// # Errors
    /// As for recordings.
    pub fn bill(country: &Country, bill: &Bill, document: &str, format: &str) -> Result<Self> {
        Self::within(country, &bill.customer, &format!("bills/{}-{document}.{format}", bill.number))
    }

    /// All parts are ids: letters, digits, dots, dashes and underscores, which need no escaping. A part of dots alone
    /// would be resolved as a directory by some clients.
    fn within(country: &Country, customer: &CustomerCode, name: &str) -> Result<Self> {
        if customer.as_str().bytes().all(|byte| byte == b'.') {
            return Err(Error::internal("a customer code of dots alone cannot have files"));
        }
        Ok(Self(format!("{}/{customer}/{name}", country.code)))
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The bucket, with this function's credentials.
#[derive(Clone)]
pub struct Files {
    /// The bucket's address, without a final slash.
    base: String,
    /// The address of the bucket in links.
    links: String,
    region: String,
    credentials: SharedCredentialsProvider,
    time: SharedTimeSource,
    connector: SharedHttpConnector,
}

impl Files {
    /// A bucket in the region of `settings`, or at their endpoint, where the bucket is the first part of the path.
    /// Requests use `connector`.
    ///
    /// # Errors
    /// 500 when the settings lack region, credentials or time source.
    pub fn new(settings: &SdkConfig, bucket: &str, connector: SharedHttpConnector) -> Result<Self> {
        let missing = |what: &str| Error::internal(format!("the settings name no {what}"));
        let region = settings.region().ok_or_else(|| missing("region"))?.to_string();
        let base = match settings.endpoint_url() {
            Some(endpoint) => at(endpoint, bucket),
            None => format!("https://{bucket}.s3.{region}.amazonaws.com"),
        };
        Ok(Self {
            links: base.clone(),
            base,
            region,
            credentials: settings.credentials_provider().ok_or_else(|| missing("credentials"))?,
            time: settings.time_source().ok_or_else(|| missing("time source"))?,
            connector,
        })
    }

    /// The same bucket, with links to `url`, where the bucket is the first part of the path. The host is signed, so it
    /// cannot be changed afterwards.
    #[must_use]
    pub fn with_links_at(mut self, url: &str, bucket: &str) -> Self {
        self.links = at(url, bucket);
        self
    }

    /// A link to the object, valid for `life` and for anybody. It contains the function's temporary access key id, no
    /// secret, and grants this object alone. Whether the object exists is not checked.
    ///
    /// # Errors
    /// 503 without credentials.
    pub async fn link(&self, key: &ObjectKey, life: Duration) -> Result<String> {
        let mut settings = settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(life);
        let request = HttpOne::builder().method(Method::GET).uri(format!("{}/{key}", self.links)).body(());
        let mut request = request.map_err(|error| Error::internal(error.to_string()))?;
        self.sign(&mut request, settings, SignableBody::UnsignedPayload).await?;
        Ok(request.uri().to_string())
    }

    /// Deletes objects concurrently. Deleting a missing object succeeds, so it can be repeated after an unknown
    /// outcome.
    ///
    /// # Errors
    /// 503 when an object may still exist.
    pub async fn delete(&self, keys: &[ObjectKey]) -> Result<()> {
        futures_util::future::try_join_all(keys.iter().map(|key| self.delete_one(key))).await.map(|_| ())
    }

    async fn delete_one(&self, key: &ObjectKey) -> Result<()> {
        let ask = Ask { method: Method::DELETE, key, range: None, content: &[], kind: None, limit: ATTEMPT_LIMIT };
        self.ask(&ask, &[StatusCode::NOT_FOUND]).await.map(|_| ())
    }

    /// Asks the bucket, and again while it fails or does not answer in time. The answer is a success or one of the
    /// statuses in `known`, with its whole body.
    async fn ask(&self, ask: &Ask<'_>, known: &[StatusCode]) -> Result<Answer> {
        let method = &ask.method;
        let mut pause = FIRST_PAUSE;
        let mut cause = Cause::text("the bucket was not asked");
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            let request = self.request(ask).await?;
            let answer = tokio::time::timeout(ask.limit, self.answer(request));
            cause = match spent::request(answer).await? {
                Ok(Ok(answer)) if answer.status.is_success() || known.contains(&answer.status) => return Ok(answer),
                Ok(Ok(answer)) if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    Cause::text(format!("the bucket answered {method} with {}", answer.status))
                }
                Ok(Ok(answer)) => {
                    return Err(Error::internal(format!("the bucket refused {method} with {}", answer.status)));
                }
                Ok(Err(cause)) => cause,
                Err(_) => Cause::text(format!("the bucket did not answer {method} in time")),
            };
        }
        Err(Error::Unavailable(cause))
    }

    async fn answer(&self, request: HttpRequest) -> Result<Answer, Cause> {
        let response = self.connector.call(request).await.map_err(|error| Cause::new(&error))?;
        let status = StatusCode::from_u16(response.status().as_u16()).map_err(|error| Cause::new(&error))?;
        let header = |name| response.headers().get(name).map(str::to_owned);
        let (tag, range) = (header("etag"), header("content-range"));
        let body = ByteStream::new(response.into_body()).collect().await.map_err(|error| Cause::new(&error))?;
        Ok(Answer { status, tag, range, body: body.to_vec() })
    }

    /// A signed request. Each attempt is signed anew, or the signature of a slow one would expire.
    async fn request(&self, ask: &Ask<'_>) -> Result<HttpRequest> {
        let mut request = HttpOne::builder().method(&ask.method).uri(format!("{}/{}", self.base, ask.key));
        if let Some((first, last)) = ask.range {
            request = request.header("range", format!("bytes={first}-{last}"));
        }
        if let Some(kind) = ask.kind {
            request = request.header("content-type", kind);
        }
        let body = if ask.content.is_empty() { SdkBody::empty() } else { SdkBody::from(ask.content) };
        let mut request = request.body(body).map_err(|error| Error::internal(error.to_string()))?;
        let mut settings = settings();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        self.sign(&mut request, settings, SignableBody::Bytes(ask.content)).await?;
        HttpRequest::try_from(request).map_err(|error| Error::internal(error.to_string()))
    }

    async fn sign<B>(&self, request: &mut HttpOne<B>, settings: SigningSettings, body: SignableBody<'_>) -> Result<()> {
        let credentials = self.credentials.provide_credentials().await;
        let identity = credentials.map_err(|error| Error::Unavailable(Cause::new(&error)))?.into();
        let wrong = |error: &dyn fmt::Display| Error::internal(format!("signing: {error}"));
        let now: SystemTime = self.time.now();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(now)
            .settings(settings)
            .build()
            .map_err(|error| wrong(&error))?
            .into();
        let (method, address) = (request.method().to_string(), request.uri().to_string());
        let signable = SignableRequest::new(&method, address, std::iter::empty(), body);
        let signed = sign(signable.map_err(|error| wrong(&error))?, &params).map_err(|error| wrong(&error))?;
        signed.into_parts().0.apply_to_request_http1x(request);
        Ok(())
    }
}

/// What the bucket is asked.
struct Ask<'a> {
    method: Method,
    key: &'a ObjectKey,
    /// The first and the last byte that is wanted.
    range: Option<(u64, u64)>,
    content: &'a [u8],
    /// The media type of the content, where it matters.
    kind: Option<&'a str>,
    /// How long one try may take.
    limit: Duration,
}

/// What it answers.
struct Answer {
    status: StatusCode,
    /// The object's tag, which changes with its content.
    tag: Option<String>,
    /// Which bytes of how many.
    range: Option<String>,
    body: Vec<u8>,
}

/// A bucket as the first part of the path.
fn at(endpoint: &str, bucket: &str) -> String {
    format!("{}/{bucket}", endpoint.trim_end_matches('/'))
}

/// A path as S3 signs it: encoded once.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}
