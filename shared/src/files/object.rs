//! Files of the inboxes and what is said of them: objects that are read in parts and written whole.
//!
//! An object of any size is read part by part, each with a request of its own. So memory is bounded, nothing is held open
//! while a part is worked on, and what fails is asked for again.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use aws_sigv4::http_request::{PayloadChecksumKind, SignableBody};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use lambda_http::http::{Method, Request as HttpOne, StatusCode};

use super::{Ask, Files, ObjectKey, settings};
use crate::domain::payment_file::name::{FileId, PaymentFile};
use crate::domain::usage_file::name::UsageFile;
use crate::error::{Cause, Error, Invalid, Result};

/// How long one try of a part or of a whole object may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The same for a document: somebody waits for it.
const DOCUMENT_LIMIT: Duration = Duration::from_secs(5);

impl ObjectKey {
    /// A usage file, by its key in the bucket.
    ///
    /// # Errors
    /// When it is no usage file's.
    pub fn usage_file(key: &str) -> Result<(Self, UsageFile), Invalid> {
        UsageFile::of_key(key).map(|file| (Self(key.to_owned()), file))
    }

    /// What became of a version of a usage file. A refused one is told under the digest of its content, so that it does not
    /// hide what became of another one.
    pub fn result(file: &UsageFile, refused: Option<&str>) -> Self {
        let UsageFile { stream, name, sequence, .. } = file;
        let content = refused.and_then(|digest| digest.get(..8)).map(|digest| format!(".{digest}")).unwrap_or_default();
        Self(format!("results/{stream}/{name}.{sequence}{content}.json"))
    }

    /// The rejected lines of a chunk of a usage file.
    pub fn rejects(file: &UsageFile, chunk: u32) -> Self {
        let UsageFile { stream, name, sequence, .. } = file;
        Self(format!("rejects/{stream}/{name}.{sequence}/{chunk:06}.ndjson"))
    }
}

impl ObjectKey {
    /// A payment file, by its key in the bucket.
    ///
    /// # Errors
    /// When it is no payment file's.
    pub fn payment_file(key: &str) -> Result<(Self, PaymentFile), Invalid> {
        PaymentFile::of_key(key).map(|file| (Self(key.to_owned()), file))
    }

    /// What became of a payment file.
    pub fn payment_result(file: &FileId) -> Self {
        Self(format!("payment-results/{}/{}.{}.json", file.stream, file.name, file.short()))
    }

    /// The rows of a chunk of a payment file that were not applied.
    pub fn payment_rejects(file: &FileId, chunk: u32) -> Self {
        Self(format!("payment-rejects/{}/{}.{}/{chunk:06}.csv", file.stream, file.name, file.short()))
    }
}

/// How the bucket says that an object may not be read.
const DENIED: &str = "<Code>AccessDenied</Code>";

/// A part of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The object's tag, which changes with its content; none of an empty object.
    pub tag: Option<String>,
    /// How large the whole object is.
    pub size: u64,
}

/// What an object is known by while it is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its tag, which changes with its content; none of an empty object.
    pub tag: Option<String>,
    /// Its bytes; none where nothing is known.
    pub size: Option<u64>,
}

/// The tag of an object without content, which the bucket does not name when it is asked for a part.
const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";

impl Known {
    /// Its tag as conditions of requests have it.
    fn entity_tag(&self) -> String {
        format!("\"{}\"", self.tag.as_deref().unwrap_or(EMPTY).trim_matches('"'))
    }

    /// Whether this is its tag. The bucket's messages have tags without the quotation marks of its answers.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tag.as_deref().map_or(EMPTY, |own| own.trim_matches('"')) == tag.trim_matches('"')
    }
}

impl Files {
    /// At most so many bytes of an object from a place on; none when it is not there, or may not be read: who may not list
    /// the bucket is told the same of both. The part of an empty object is empty, and so is one behind an object's end.
    ///
    /// # Errors
    /// 503 when the bucket does not answer.
    pub async fn part(&self, key: &ObjectKey, from: u64, length: u64) -> Result<Option<Part>> {
        let range = Some((from, from + length.max(1) - 1));
        let ask = Ask { method: Method::GET, key, range, content: &[], kind: None, limit: LIMIT };
        let known = [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN, StatusCode::RANGE_NOT_SATISFIABLE];
        let answer = self.ask(&ask, &known).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::FORBIDDEN if String::from_utf8_lossy(&answer.body).contains(DENIED) => Ok(None),
            // A wrong signature, or a clock that is: nothing is known of the object.
            StatusCode::FORBIDDEN => Err(Error::internal(format!("the bucket refused GET with {}", answer.status))),
            StatusCode::RANGE_NOT_SATISFIABLE => Ok(Some(Part { bytes: Vec::new(), tag: None, size: from })),
            _ => {
                let whole = answer.range.as_deref().and_then(|range| range.rsplit('/').next()?.parse().ok());
                let size = whole.ok_or_else(|| Error::Unavailable(Cause::text("a part without its range")))?;
                Ok(Some(Part { bytes: answer.body, tag: answer.tag, size }))
            }
        }
    }

    /// Puts an object, whatever was there. Doing it again writes the same.
    ///
    /// # Errors
    /// 503 when the bucket does not answer.
    pub async fn put(&self, key: &ObjectKey, content: &[u8]) -> Result<()> {
        let ask = Ask { method: Method::PUT, key, range: None, content, kind: None, limit: LIMIT };
        self.ask(&ask, &[]).await.map(|_| ())
    }

    /// The same for an object that people open, with its media type.
    ///
    /// # Errors
    /// As [`Files::put`].
    pub async fn put_document(&self, key: &ObjectKey, kind: &str, content: &[u8]) -> Result<()> {
        let ask = Ask { method: Method::PUT, key, range: None, content, kind: Some(kind), limit: DOCUMENT_LIMIT };
        self.ask(&ask, &[]).await.map(|_| ())
    }
}

/// How often a large object is sent.
const SENDINGS: u32 = 3;

/// What an object is put over; where there is something else, the key stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// Nothing.
    Nothing,
    /// What was found there.
    This(Known),
}

impl Over {
    /// Whether the bucket says that there is something else. 409: somebody else puts it at the same time. 404 is a bucket that is not
    /// there, unless something was found in it before.
    fn is_changed(&self, status: StatusCode) -> bool {
        let is_gone = status == StatusCode::NOT_FOUND && *self != Self::Nothing;
        is_gone || [StatusCode::PRECONDITION_FAILED, StatusCode::CONFLICT].contains(&status)
    }
}

impl Files {
    /// Puts an object of any size that one request may have (5 GB), if there is what it is put over; whether it did. `body` gives
    /// its bytes, anew for each attempt. Doing it again finds something else there: its own first attempt, where that one's answer
    /// was lost.
    ///
    /// # Errors
    /// 503 when the bucket does not take it; 500 when the bytes cannot be read.
    pub async fn put_large(
        &self,
        key: &ObjectKey,
        over: &Over,
        length: u64,
        body: impl Fn() -> std::io::Result<SdkBody>,
    ) -> Result<bool> {
        let mut cause = Cause::text("the bucket was not asked");
        for _ in 0..SENDINGS {
            let body = body().map_err(|error| Error::Internal(Cause::new(&error)))?;
            let request = HttpOne::builder().method(Method::PUT).uri(format!("{}/{key}", self.base));
            let request = match over {
                Over::Nothing => request.header("if-none-match", "*"),
                Over::This(known) => request.header("if-match", known.entity_tag()),
            };
            let request = request.header("content-length", length).body(body);
            let mut request = request.map_err(|error| Error::internal(error.to_string()))?;
            let mut settings = settings();
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            self.sign(&mut request, settings, SignableBody::UnsignedPayload).await?;
            let request = HttpRequest::try_from(request).map_err(|error| Error::internal(error.to_string()))?;
            match self.answer(request).await {
                Ok(answer) if answer.status.is_success() => return Ok(true),
                Ok(answer) if over.is_changed(answer.status) => return Ok(false),
                Ok(answer) if answer.status.is_client_error() => {
                    return Err(Error::internal(format!("the bucket refused PUT with {}", answer.status)));
                }
                Ok(answer) => cause = Cause::text(format!("the bucket answered PUT with {}", answer.status)),
                Err(error) => cause = error,
            }
        }
        Err(Error::Unavailable(cause))
    }
}

/// SHA-256 of an object, part by part.
pub struct Digest(Context);

impl Default for Digest {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

impl Digest {
    /// Takes the next part.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest, in hexadecimal.
    pub fn finish(self) -> String {
        self.0.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
