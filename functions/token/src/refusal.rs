//! Errors in two forms at once: RFC 6749, section 5.2, and the one that older clients read.

use lambda_http::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use shared::error::Error;
use shared::http::Reply;
use shared::http::fault::both_forms;

/// A client error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A parameter is missing, repeated or contradictory.
    InvalidRequest(&'static str),
    /// A grant other than client credentials.
    UnsupportedGrantType,
    /// A scope that is unknown, or not the client's.
    InvalidScope,
    /// Unknown, disabled, or wrong secret; the caller is not told which.
    InvalidClient,
    /// The client is authenticated, but the token is another client's.
    UnauthorizedClient,
    /// Too many wrong secrets; retry after this many seconds.
    TooMany(i64),
}

/// Why the request failed.
#[derive(Debug)]
pub enum Stop {
    /// A client error.
    Refused(Refusal),
    /// Our error.
    Failed(Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Refusal {
    /// What the caller is told.
    pub const fn description(self) -> &'static str {
        match self {
            Self::InvalidRequest(description) => description,
            Self::UnsupportedGrantType => "the grant type must be client_credentials",
            Self::InvalidScope => "the scope is unknown or not the client's",
            Self::InvalidClient => "the client is unknown or its secret is wrong",
            Self::UnauthorizedClient => "the token is not the client's",
            Self::TooMany(_) => "too many wrong secrets, try again later",
        }
    }

    /// The error response.
    pub fn reply(self) -> Reply {
        let (status, code) = match self {
            Self::InvalidRequest(_) => (400, "invalid_request"),
            Self::UnsupportedGrantType => (400, "unsupported_grant_type"),
            Self::InvalidScope => (400, "invalid_scope"),
            Self::InvalidClient => (401, "invalid_client"),
            Self::UnauthorizedClient => (400, "unauthorized_client"),
            Self::TooMany(_) => (429, "temporarily_unavailable"),
        };
        let reply = Reply::json(status, &both_forms(code, self.description()));
        match self {
            Self::InvalidClient => reply.header(WWW_AUTHENTICATE, "Basic realm=\"selfcare\", charset=\"UTF-8\""),
            Self::TooMany(seconds) => reply.header(RETRY_AFTER, seconds.to_string()),
            _ => reply,
        }
    }
}
