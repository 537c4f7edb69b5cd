//! The page for people: what the server holds at a look, and the reference of the API.
//!
//! It is this program's own and never deployed. Browser code comes from `web/` as it stands there; what the operator's commands
//! compute comes as JSON from `/operator/`; lines and bills the page reads through the API, with a token, as an app does.
//!
//! It answers GET of this machine alone ([`crate::door`]), and its data no page but its own: a browser says where a request comes
//! from (`Sec-Fetch-Site`), nothing allows other origins to read an answer, and a page whose name was pointed here is told by its
//! `Host`. What it holds of secrets are those of the demo's clients.

pub mod documents;
mod operator;
pub mod postman;
mod viewer;

use std::net::IpAddr;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::country::Country;

use crate::door;
use crate::operate::{Credentials, Target};
use crate::queues::site::Site;

/// Files of the page: path, media type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("/", HTML, include_str!("web/index.html")),
    ("/reference", HTML, include_str!("web/reference.html")),
    ("/web/common.css", CSS, include_str!("web/common.css")),
    ("/web/page.css", CSS, include_str!("web/page.css")),
    ("/web/reference.css", CSS, include_str!("web/reference.css")),
    ("/web/icon.svg", "image/svg+xml", include_str!("web/icon.svg")),
    ("/web/api.js", SCRIPT, include_str!("web/api.js")),
    ("/web/bills.js", SCRIPT, include_str!("web/bills.js")),
    ("/web/dom.js", SCRIPT, include_str!("web/dom.js")),
    ("/web/format.js", SCRIPT, include_str!("web/format.js")),
    ("/web/line.js", SCRIPT, include_str!("web/line.js")),
    ("/web/operator.js", SCRIPT, include_str!("web/operator.js")),
    ("/web/page.js", SCRIPT, include_str!("web/page.js")),
    ("/web/reference.js", SCRIPT, include_str!("web/reference.js")),
];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json";

/// What everything below these paths is for.
const BELOW: [&str; 4] = ["/web/", "/reference/", "/openapi/", "/operator/"];

/// Nothing but the server's own files, and nobody may frame them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Swagger UI brings its icons along in its style sheet and its script, and sets styles.
const VIEWER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page shows.
pub struct Shown {
    /// The table.
    pub target: Target,
    /// The queues.
    pub site: Site,
    /// The server's time.
    pub clock: Clock,
    /// The country.
    pub country: &'static Country,
    /// The demo's clients whose secrets are known.
    pub clients: Vec<Credentials>,
}

/// The page.
pub struct Page(Shown);

/// An answer before it has its headers.
type Answer = Result<(&'static str, Vec<u8>), (StatusCode, String)>;

/// Whether a request is for the page rather than for the API. From elsewhere there is no page.
pub fn is_meant(peer: IpAddr, head: &Parts) -> bool {
    let path = head.uri.path();
    door::is_near(peer)
        && [Method::GET, Method::HEAD].contains(&head.method)
        && (FILES.iter().any(|(own, ..)| *own == path) || BELOW.iter().any(|below| path.starts_with(below)))
}

impl Page {
    /// Of a server.
    pub const fn new(shown: Shown) -> Self {
        Self(shown)
    }

    /// Answers a request.
    pub async fn answer(&self, head: &Parts) -> Response<Body> {
        let path = head.uri.path();
        let answer = if is_own(head) {
            self.content(path, head).await
        } else {
            Err((StatusCode::FORBIDDEN, "this answers its own page alone".to_owned()))
        };
        let (status, kind, body) = match answer {
            Ok((kind, body)) => (StatusCode::OK, kind, body),
            Err((status, message)) => (status, JSON, json!({ "message": message }).to_string().into_bytes()),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let policy = if path == "/reference" { VIEWER_POLICY } else { POLICY };
        let fixed = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ];
        response.headers_mut().extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
        response
    }

    async fn content(&self, path: &str, head: &Parts) -> Answer {
        if let Some((_, kind, text)) = FILES.iter().find(|(own, ..)| *own == path) {
            return Ok((kind, text.as_bytes().to_vec()));
        }
        let here = || format!("http://{}", text_of(head, header::HOST.as_str()));
        let (below, rest) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
        match below {
            "reference" => viewer::file(rest).ok_or_else(unknown),
            "openapi" if rest == postman::FILE => as_json(&postman::collection(&here(), self.0.clients.first())),
            "openapi" => as_json(&documents::served(rest.trim_end_matches(".json"), &here()).ok_or_else(unknown)?),
            "operator" => match operator::data(&self.0, rest).await {
                Ok(Some(data)) => as_json(&data),
                Ok(None) => Err(unknown()),
                Err(failure) => Err((StatusCode::SERVICE_UNAVAILABLE, failure.to_string())),
            },
            _ => Err(unknown()),
        }
    }
}

fn as_json(value: &Value) -> Answer {
    Ok((JSON, value.to_string().into_bytes()))
}

fn unknown() -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, "there is no such page".to_owned())
}

fn text_of<'a>(head: &'a Parts, name: &str) -> &'a str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether a request comes from this machine by its name, and from no page but the own one. A link from anywhere may lead to a page,
/// which nobody can frame or read; a browser that does not say where a request comes from is kept off by the `Host` alone.
fn is_own(head: &Parts) -> bool {
    let (site, mode) = (text_of(head, "sec-fetch-site"), text_of(head, "sec-fetch-mode"));
    let is_followed = mode == "navigate" && ["/", "/reference"].contains(&head.uri.path());
    let own = format!("http://{}", text_of(head, header::HOST.as_str()));
    let origin = head.headers.get(header::ORIGIN);
    door::is_here(&head.headers)
        && (["", "same-origin", "none"].contains(&site) || is_followed)
        && origin.is_none_or(|origin| *origin == *own)
}

#[cfg(test)]
mod tests;
