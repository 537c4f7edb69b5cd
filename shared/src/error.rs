//! The bundle's errors.
//!
//! An error has two halves. The public half is for the caller: status, message, field. The internal half ([`Cause`]) is
//! for the log. Nothing turns a cause into an answer: it has no `Display`, and [`Error`] displays only its public half.

use std::borrow::Cow;
use std::fmt;

/// A result with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a text is not a valid value: says what is expected, never repeats the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub Cow<'static, str>);

impl Invalid {
    /// An explanation known at compile time.
    pub const fn new(reason: &'static str) -> Self {
        Self(Cow::Borrowed(reason))
    }

    /// Names the input field, which makes it an answer to the caller.
    pub fn field(self, field: impl Into<Cow<'static, str>>) -> Error {
        Error::Invalid { field: field.into(), reason: self.0 }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

/// A refusal by a business rule. `code` replaces the status in the body where the document has one (702: a request is
/// open).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The document's own code, if any.
    pub code: Option<u32>,
    /// A sentence for the user.
    pub message: Cow<'static, str>,
}

impl Refusal {
    /// A refusal without a code of its own.
    pub const fn new(message: &'static str) -> Self {
        Self { code: None, message: Cow::Borrowed(message) }
    }
}

/// What is wrong with the caller's token (RFC 6750, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthorized {
    /// No token was sent.
    Missing,
    /// Forged, malformed, revoked, or of a client that no longer exists.
    InvalidToken,
    /// Expired.
    Expired,
}

/// The internal half of an error: for the log, never for the caller.
pub struct Cause(String);

impl Cause {
    /// The error with its chain of sources.
    pub fn new(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            text.push_str(": ");
            text.push_str(&source.to_string());
            next = source.source();
        }
        Self(text)
    }

    /// A cause as text.
    pub fn text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the log and for operators only.
    pub fn for_log(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Errors of an operation. `Display` is the public half.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 308 with `Location`: the operation exists, without the final slash.
    #[error("this address has no final slash")]
    Moved(String),
    /// 400: a field of the input is invalid.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field's name, as in the document.
        field: Cow<'static, str>,
        /// What is expected.
        reason: Cow<'static, str>,
    },
    /// 401 with `WWW-Authenticate`.
    #[error("{}", match .0 {
        Unauthorized::Missing => "Access token was not provided",
        Unauthorized::InvalidToken => "Access token is invalid",
        Unauthorized::Expired => "Access token has expired",
    })]
    Unauthorized(Unauthorized),
    /// 403: the token lacks the scope.
    #[error("the access token lacks the scope `{0}`")]
    Scope(&'static str),
    /// 403: a business rule refused.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// 404: unknown or another customer's, with the same text.
    #[error("{0} was not found")]
    NotFound(&'static str),
    /// 405 with `Allow`.
    #[error("the method is not allowed here; allowed: {0}")]
    MethodNotAllowed(String),
    /// 409: another request with the same idempotency key is in progress.
    #[error("a request with the same Idempotency-Key is in progress")]
    InProgress,
    /// 413.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// 415.
    #[error("the body must be JSON (Content-Type: application/json)")]
    NotJson,
    /// 422: the idempotency key was used for another request.
    #[error("the Idempotency-Key was used before with a different request")]
    KeyReused,
    /// The item changed between load and write. Dispatch runs the operation again; a caller gets a 503 only when that
    /// keeps happening.
    #[error("too many changes at once, try again")]
    Stale,
    /// 503 with `Retry-After`: a dependency does not answer in time.
    #[error("temporarily unavailable, try again")]
    Unavailable(Cause),
    /// 500, without internals.
    #[error("internal error")]
    Internal(Cause),
}

impl Error {
    /// Whether the same thing may succeed when it is tried again: what passes, and what is a fault of the program, which
    /// is mended.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Internal(_) | Self::Stale)
    }

    /// A 400 naming the field.
    pub fn invalid(field: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// A 403 by a business rule.
    pub const fn refused(message: &'static str) -> Self {
        Self::Refused(Refusal::new(message))
    }

    /// A 500 whose cause is only logged.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::Internal(Cause::text(text))
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Moved(_) => 308,
            Self::Invalid { .. } => 400,
            Self::Unauthorized(_) => 401,
            Self::Scope(_) | Self::Refused(_) => 403,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::InProgress => 409,
            Self::TooLarge(_) => 413,
            Self::NotJson => 415,
            Self::KeyReused => 422,
            Self::Internal(_) => 500,
            Self::Stale | Self::Unavailable(_) => 503,
        }
    }

    /// The internal half, for the log.
    pub const fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Unavailable(cause) | Self::Internal(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
