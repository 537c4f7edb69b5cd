//! What can go wrong, once for the whole bundle.
//!
//! An error has two halves. The public half is what the caller reads: status, message, the field at fault.
//! The internal half ([`Cause`]) is what the log reads. Nothing turns a cause into an answer: it has no
//! `Display`, and [`Error`] prints its public half only.

use std::borrow::Cow;
use std::fmt;

/// A shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a text is not a value of some type; says what would be right, never repeats the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub Cow<'static, str>);

impl Invalid {
    /// An explanation known at compile time.
    pub const fn new(reason: &'static str) -> Self {
        Self(Cow::Borrowed(reason))
    }

    /// Names the input field at fault, which makes it an answer for the caller.
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

/// A business rule said no. `code` replaces the status in the body where a document gives one (702: a request is open).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A code of the document's own, where it has one.
    pub code: Option<u32>,
    /// A sentence for the person at the other end.
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
    /// Forged, malformed, revoked, or of a client that is no more.
    InvalidToken,
    /// The token was good once.
    Expired,
}

/// The internal half of an error: for the log, never for the caller.
pub struct Cause(String);

impl Cause {
    /// Keeps the whole chain of an error's sources.
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

    /// A cause in words.
    pub fn text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text for the log. Only the request log and the command line call it.
    pub fn for_log(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything an operation can answer instead of its result. The text is the public half.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 308 with `Location`: the operation is there, its path has no final slash.
    #[error("this address has no final slash")]
    Moved(String),
    /// 400: one field of the input is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field's name as the document spells it.
        field: Cow<'static, str>,
        /// What would be right.
        reason: Cow<'static, str>,
    },
    /// 401 with `WWW-Authenticate`.
    #[error("{}", match .0 {
        Unauthorized::Missing => "Access token was not provided",
        Unauthorized::InvalidToken => "Access token is invalid",
        Unauthorized::Expired => "Access token has expired",
    })]
    Unauthorized(Unauthorized),
    /// 403: the token's scope does not reach this operation.
    #[error("the access token lacks the scope `{0}`")]
    Scope(&'static str),
    /// 403: a business rule refused.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// 404: unknown, or not the caller's. The text is the same for both.
    #[error("{0} was not found")]
    NotFound(&'static str),
    /// 405 with `Allow`.
    #[error("the method is not allowed here; allowed: {0}")]
    MethodNotAllowed(String),
    /// 409: another request with the same idempotency key is still running.
    #[error("a request with the same Idempotency-Key is in progress")]
    InProgress,
    /// 413.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// 415.
    #[error("the body must be JSON (Content-Type: application/json)")]
    NotJson,
    /// 422: the idempotency key was used with another request.
    #[error("the Idempotency-Key was used before with a different request")]
    KeyReused,
    /// Somebody else changed the same item between load and write. Dispatch runs the operation again; a caller sees
    /// it only as 503 when that keeps happening.
    #[error("too many changes at once, try again")]
    Stale,
    /// 503 with `Retry-After`: a part we depend on does not answer in time.
    #[error("temporarily unavailable, try again")]
    Unavailable(Cause),
    /// 500: says nothing of the inside.
    #[error("internal error")]
    Internal(Cause),
}

impl Error {
    /// A 400 that names the field.
    pub fn invalid(field: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// A 403 of a business rule.
    pub const fn refused(message: &'static str) -> Self {
        Self::Refused(Refusal::new(message))
    }

    /// A 500 whose cause only the log sees.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::Internal(Cause::text(text))
    }

    /// The HTTP status of the answer.
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
