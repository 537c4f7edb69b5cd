//! The three shapes of an error body.

use lambda_http::http::header::{ALLOW, HeaderName, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use super::reply::Reply;
use crate::error::{Error, Unauthorized};

/// The error body of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `{"error": {"statusCode", "code", "message", "developerMessage"}}`, all text: four of the documents, and paths
    /// outside all of them.
    Wrapped,
    /// `{"code", "message"}`, with a numeric code: mobile.
    Plain,
    /// `{"statusCode", "code", "message", "developerMessage"}`: the usage operations of mobile.
    Usage,
    /// `{"error", "error_description", "ErrorCode", "Error"}`: the token endpoint, see [`both_forms`].
    Token,
}

/// What the caller is told. The internal half of an error is out of reach here.
pub fn reply(error: &Error, shape: Shape) -> Reply {
    let mut reply = Reply::json(error.status(), &body(error, shape));
    for (name, value) in headers(error) {
        reply = reply.header(name, value);
    }
    reply
}

fn body(error: &Error, shape: Shape) -> Value {
    let status = error.status();
    let code = match error {
        Error::Refused(refusal) => refusal.code.unwrap_or(status.into()),
        _ => status.into(),
    };
    let message = error.to_string();
    match shape {
        Shape::Plain => json!({ "code": code, "message": message }),
        Shape::Usage => json!({
            "statusCode": status,
            "code": code.to_string(),
            "message": summary(status),
            "developerMessage": message,
        }),
        Shape::Wrapped => json!({ "error": {
            "statusCode": status.to_string(),
            "code": code.to_string(),
            "message": summary(status),
            "developerMessage": message,
        }}),
        Shape::Token => both_forms(oauth_code(status), &message),
    }
}

/// A token endpoint error in two forms: RFC 6749, section 5.2, and the one that older clients read.
pub fn both_forms(code: &str, description: &str) -> Value {
    json!({ "error": code, "error_description": description, "ErrorCode": code, "Error": description })
}

/// The RFC 6749 error code for a malformed request.
const fn oauth_code(status: u16) -> &'static str {
    match status {
        503 => "temporarily_unavailable",
        500 => "server_error",
        _ => "invalid_request",
    }
}

/// The short message that accompanies a longer one.
const fn summary(status: u16) -> &'static str {
    match status {
        308 => "Permanent redirect",
        400 => "Bad request",
        401 => "Not authorized",
        403 => "Forbidden",
        404 => "Not found",
        405 => "Method not allowed",
        409 => "Conflict",
        413 => "Payload too large",
        415 => "Unsupported media type",
        422 => "Unprocessable request",
        503 => "Service unavailable",
        _ => "Internal server error",
    }
}

fn headers(error: &Error) -> Vec<(HeaderName, String)> {
    match error {
        Error::Unauthorized(fault) => vec![(WWW_AUTHENTICATE, challenge(*fault).to_owned())],
        Error::Scope(scope) => vec![(
            WWW_AUTHENTICATE,
            format!("Bearer realm=\"selfcare\", error=\"insufficient_scope\", scope=\"{scope}\""),
        )],
        Error::Moved(location) => vec![(LOCATION, location.clone())],
        Error::MethodNotAllowed(allowed) => vec![(ALLOW, allowed.clone())],
        Error::Stale | Error::Unavailable(_) | Error::InProgress => vec![(RETRY_AFTER, "1".to_owned())],
        _ => Vec::new(),
    }
}

/// RFC 6750, section 3: a request without a token learns only the scheme.
const fn challenge(fault: Unauthorized) -> &'static str {
    match fault {
        Unauthorized::Missing => "Bearer realm=\"selfcare\"",
        Unauthorized::InvalidToken => {
            "Bearer realm=\"selfcare\", error=\"invalid_token\", error_description=\"the access token is invalid\""
        }
        Unauthorized::Expired => {
            "Bearer realm=\"selfcare\", error=\"invalid_token\", error_description=\"the access token has expired\""
        }
    }
}
