//! A request as the gateway delivers it, unauthenticated.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use super::Event;
use super::canonical::canonical;
use super::route::SLASH;
use crate::error::{Error, Result};

/// Largest body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// What stands for bytes of a query that are no UTF-8. It means nothing in any parameter.
const REPLACED: char = char::REPLACEMENT_CHARACTER;

/// A request as the gateway saw it.
#[derive(Debug)]
pub struct RawRequest {
    /// The route the gateway chose, as `METHOD /path/{variable}`, or `$default`.
    pub route_key: String,
    /// The method.
    pub method: Method,
    /// The gateway's id of the request.
    pub id: String,
    /// The address of the caller.
    pub source_ip: String,
    /// The host the caller used.
    pub domain: String,
    /// The path the caller used.
    pub path: String,
    pub(super) variables: HashMap<String, String>,
    query: Vec<(String, String)>,
    raw_query: String,
    headers: HeaderMap,
    body: Option<String>,
    base64: bool,
    pub(super) context: HashMap<String, Value>,
}

impl From<Event> for RawRequest {
    fn from(event: Event) -> Self {
        let context = event.request_context;
        let raw_query = event.raw_query_string.unwrap_or_default();
        Self {
            route_key: event.route_key.or(context.route_key).unwrap_or_default(),
            method: context.http.method,
            id: context.request_id.unwrap_or_default(),
            source_ip: context.http.source_ip.unwrap_or_default(),
            domain: context.domain_name.unwrap_or_default(),
            path: event.raw_path.unwrap_or_default(),
            variables: event.path_parameters,
            query: form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
            raw_query,
            headers: event.headers,
            body: event.body,
            base64: event.is_base64_encoded,
            context: context.authorizer.map(|authorizer| authorizer.fields).unwrap_or_default(),
        }
    }
}

impl RawRequest {
    /// Whether the variable that stands for a final slash is empty.
    pub(super) fn ends_here(&self) -> bool {
        self.variables.get(SLASH).is_none_or(String::is_empty)
    }

    /// A variable of the path.
    ///
    /// # Errors
    /// 500 when the route has none of this name.
    pub fn variable(&self, name: &str) -> Result<&str> {
        let value = self.variables.get(name).map(String::as_str);
        value.ok_or_else(|| Error::internal(format!("the route has no variable {name}")))
    }

    /// The address under which the caller reached this service, without a final slash.
    pub fn own_address(&self) -> String {
        let scheme = self.header("x-forwarded-proto").filter(|scheme| *scheme == "http").unwrap_or("https");
        format!("{scheme}://{}", self.domain)
    }

    /// A query parameter, if it has a value: clients send empty ones for what they leave out. Taken from the raw query,
    /// because the gateway's map joins repeated parameters with commas.
    ///
    /// # Errors
    /// 400 when it is repeated, or is no UTF-8.
    pub fn query(&self, name: &'static str) -> Result<Option<&str>> {
        let mut values = self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (Some(value), None) if value.contains(REPLACED) => Err(Error::invalid(name, "must be UTF-8")),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
            _ => Err(Error::invalid(name, "must be given once")),
        }
    }

    /// What filters a list: the query without paging parameters, and the body, in one form each.
    pub(super) fn filter(&self) -> String {
        const PAGE: &[&str] = &["cursor", "limit", "offset", "quantity", "pageInit"];
        let body = self.bytes().unwrap_or_default();
        format!("{}\n{}", self.query_but(PAGE), String::from_utf8_lossy(&canonical(&body)))
    }

    /// The query in one form: sorted, without empty values and the parameters left out.
    pub(super) fn query_but(&self, left_out: &[&str]) -> String {
        let counts = |(name, value): &&(String, String)| !value.is_empty() && !left_out.contains(&name.as_str());
        let mut pairs: Vec<_> = self.query.iter().filter(counts).collect();
        pairs.sort();
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    /// The raw query.
    pub fn raw_query(&self) -> &str {
        &self.raw_query
    }

    /// A header, if present and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_value(name)?.to_str().ok()
    }

    /// A header's raw value, if present.
    pub(super) fn header_value(&self, name: &str) -> Option<&HeaderValue> {
        self.headers.get(name)
    }

    /// The body's bytes.
    ///
    /// # Errors
    /// 413 above [`MAX_BODY`].
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let body = self.body.as_deref().unwrap_or_default();
        let bytes = if self.base64 {
            if body.len() > MAX_BODY * 4 / 3 + 4 {
                return Err(Error::TooLarge(MAX_BODY));
            }
            STANDARD.decode(body).map_err(|_| Error::invalid("body", "must be readable"))?
        } else {
            body.as_bytes().to_vec()
        };
        if bytes.len() > MAX_BODY { Err(Error::TooLarge(MAX_BODY)) } else { Ok(bytes) }
    }
}
