//! The embedded S3: one bucket in a directory, behind the functions' requests and links.
//!
//! Signatures are checked as S3 does, so a link that was altered or has expired does not work here either.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use axum::response::IntoResponse as _;
use s3s::auth::SimpleAuth;
use s3s::dto::{PutObjectInput, StreamingBlob};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request};
use s3s_fs::FileSystem;
use shared::auth::client::Secret;
use shared::files::{Files, ObjectKey};
use tempfile::TempDir;

use crate::in_process::{self, KEY, settings};
use crate::private;

/// The bucket's name.
pub const BUCKET: &str = "selfcare-files";
/// The access key that links are signed with. Its secret is made anew by every start, so that a link comes from a function and from
/// nobody else.
pub const LINKS: &str = "links";
/// Largest response in process, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;

/// The bucket could not be opened or an object not stored.
#[derive(Debug, thiserror::Error)]
#[error("the bucket: {0}")]
pub struct BucketError(String);

fn failed(error: impl fmt::Display) -> BucketError {
    BucketError(error.to_string())
}

/// An embedded S3 with one bucket. Clones share the same objects.
#[derive(Clone)]
pub struct Bucket {
    service: S3Service,
    root: Arc<Root>,
    /// The secret of [`LINKS`].
    links: Arc<str>,
    /// The objects that were put since somebody asked, the oldest first.
    created: Arc<Mutex<Vec<Created>>>,
}

/// An object that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its key.
    pub key: String,
    /// The tag of its content, without quotation marks.
    pub tag: Option<String>,
}

/// The bucket's directory.
enum Root {
    /// Removed with the last clone.
    Temporary(TempDir),
    Kept(PathBuf),
}

impl Root {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(directory) => directory.path(),
            Self::Kept(path) => path,
        }
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bucket")
    }
}

impl Bucket {
    /// A temporary bucket, removed with its last clone; or one kept beside the data file.
    ///
    /// # Errors
    /// When the directory cannot be created.
    pub fn open(data: Option<&Path>) -> Result<Self, BucketError> {
        let root = match data {
            None => Root::Temporary(TempDir::with_prefix("selfcare-").map_err(failed)?),
            Some(file) => Root::Kept(private::with_ending(file, private::FILES)),
        };
        std::fs::create_dir_all(root.path().join(BUCKET)).map_err(failed)?;
        let mut builder = S3ServiceBuilder::new(store(root.path())?);
        let links = Secret::generate().map_err(failed)?;
        let mut keys = SimpleAuth::from_single(KEY, KEY);
        keys.register(LINKS.to_owned(), links.expose().into());
        builder.set_auth(keys);
        Ok(Self {
            service: builder.build(),
            root: Arc::new(root),
            links: links.expose().into(),
            created: Arc::default(),
        })
    }

    /// Stores an object, unconditionally.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put(&self, key: &ObjectKey, content_type: &str, content: Vec<u8>) -> Result<(), BucketError> {
        let input = PutObjectInput::builder()
            .bucket(BUCKET.to_owned())
            .key(key.to_string())
            .content_type(Some(content_type.to_owned()))
            .content_length(i64::try_from(content.len()).ok())
            .body(Some(StreamingBlob::from(s3s::Body::from(content))))
            .build()
            .map_err(failed)?;
        let request = S3Request {
            input,
            method: Method::PUT,
            uri: Uri::default(),
            headers: axum::http::HeaderMap::new(),
            extensions: axum::http::Extensions::new(),
            credentials: None,
            region: None,
            service: None,
            trailing_headers: None,
        };
        store(self.root.path())?.put_object(request).await.map_err(failed).map(|_| ())
    }

    /// A function's view of the bucket; links lead to `url`, where the bucket is served.
    ///
    /// # Errors
    /// None of its own; the function's.
    pub fn files(&self, url: &str) -> shared::error::Result<Files> {
        self.files_through(url, self.connector())
    }

    /// The same, through another connector.
    ///
    /// # Errors
    /// As [`Bucket::files`].
    pub fn files_through(&self, url: &str, connector: SharedHttpConnector) -> shared::error::Result<Files> {
        let settings = settings(in_process::http_client(connector.clone()));
        let key = Credentials::new(LINKS, &*self.links, None, None, LINKS);
        let settings =
            settings.to_builder().endpoint_url(url).credentials_provider(SharedCredentialsProvider::new(key));
        Files::new(&settings.build(), BUCKET, connector)
    }

    /// A connector that passes requests to the bucket instead of the network.
    pub fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(InProcess { bucket: self.clone() })
    }

    /// The objects that were put since this was last asked, oldest first.
    pub fn take_created(&self) -> Vec<Created> {
        std::mem::take(&mut *self.created.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets the service answer, and takes note of a new object.
    async fn serve(&self, request: Request<s3s::Body>) -> Result<Response<s3s::Body>, s3s::HttpError> {
        let created = (request.method() == Method::PUT).then(|| key_of(request.uri())).flatten();
        let response = self.service.call(request).await?;
        if response.status().is_success() {
            let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
            let tag = tag.map(|tag| tag.trim_matches('"').to_owned());
            let created = created.map(|key| Created { key, tag });
            self.created.lock().unwrap_or_else(PoisonError::into_inner).extend(created);
        }
        Ok(response)
    }

    /// Answers a request from anywhere.
    pub async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (head, content) = request.into_parts();
        let request = Request::from_parts(head, s3s::Body::from(content));
        let Ok(response) = self.serve(request).await else { return refused() };
        let (head, body) = response.into_parts();
        match to_bytes(Body::new(body), LARGEST).await {
            Ok(content) => Response::from_parts(head, content),
            Err(_) => refused(),
        }
    }

    /// The routes of the bucket. The path is left as it is, because it is signed.
    pub fn router(&self) -> Router {
        let bucket = self.clone();
        let answer =
            async move |request: Request<Body>| match bucket.serve(request.map(s3s::Body::http_body_unsync)).await {
                Ok(response) => response.map(Body::new),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            };
        Router::new().route(&format!("/{BUCKET}/{{*key}}"), axum::routing::any(answer))
    }
}

/// The key that a request names behind the bucket.
fn key_of(uri: &Uri) -> Option<String> {
    let key = uri.path().strip_prefix('/')?.strip_prefix(BUCKET)?.strip_prefix('/')?;
    Some(percent_encoding::percent_decode_str(key).decode_utf8_lossy().into_owned())
}

fn store(root: &Path) -> Result<FileSystem, BucketError> {
    FileSystem::new(root).map_err(|error| BucketError(format!("{error:?}")))
}

fn refused() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

#[derive(Debug)]
struct InProcess {
    bucket: Bucket,
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let bucket = self.bucket.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (head, body) = request.into_parts();
            let content = ByteStream::new(body).collect().await.map_err(|error| ConnectorError::user(error.into()))?;
            let response = bucket.answer(received(Request::from_parts(head, content.into_bytes()))).await;
            let response = response.map(SdkBody::from);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The request as a server receives it: with a `Host`, and its path alone.
fn received(request: Request<Bytes>) -> Request<Bytes> {
    let (mut head, content) = request.into_parts();
    if let Some(host) = head.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        head.headers.insert(header::HOST, host);
    }
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse().unwrap_or_default();
    Request::from_parts(head, content)
}
