//! Requests from pages of other origins, as an HTTP API with a `CorsConfiguration` answers them.
//!
//! A page's question whether it may ask (a preflight) goes the way of every request and finds the function behind `$default`,
//! which says 204; the headers of permission are put onto what a function says, and come from nowhere else.

use axum::body::Bytes;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN,
};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response};

use crate::template::Cors;

/// All origins.
const ALL: &str = "*";

/// The headers that the configuration alone decides on.
const OWN: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// What the response to a request permits its page.
#[derive(Debug)]
pub struct Permission<'a> {
    cors: &'a Cors,
    /// The allowed origin, or `*`; none when the request is of no page, or of one that is not allowed.
    origin: Option<HeaderValue>,
    is_preflight: bool,
}

impl<'a> Permission<'a> {
    /// What the configuration permits the sender of a request.
    pub fn of(cors: &'a Cors, request: &Request<Bytes>) -> Self {
        let headers = request.headers();
        let allows = |name: &str| cors.allow_origins.iter().any(|origin| origin == name);
        let origin = match headers.get(ORIGIN) {
            Some(_) if allows(ALL) => Some(HeaderValue::from_static(ALL)),
            Some(origin) => Some(origin.clone()).filter(|origin| origin.to_str().is_ok_and(allows)),
            None => None,
        };
        let is_preflight = request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Self { cors, origin, is_preflight }
    }

    /// Puts the headers onto a function's response, in place of its own.
    pub fn stamp(self, response: &mut Response<Bytes>) {
        let headers = response.headers_mut();
        for name in OWN {
            headers.remove(name);
        }
        let Some(origin) = self.origin else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let Cors { allow_methods, allow_headers, expose_headers, max_age, .. } = self.cors;
        let told = if self.is_preflight {
            vec![
                (ACCESS_CONTROL_ALLOW_METHODS, allow_methods.join(",")),
                (ACCESS_CONTROL_ALLOW_HEADERS, allow_headers.join(",")),
                (ACCESS_CONTROL_MAX_AGE, max_age.to_string()),
            ]
        } else {
            vec![(ACCESS_CONTROL_EXPOSE_HEADERS, expose_headers.join(","))]
        };
        for (name, value) in told {
            headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
        }
    }
}
