//! Events for functions and authorizer: payload format 2.0.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Bytes;
use axum::http::{HeaderMap, Request, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::route::Match;

/// The AWS account that owns the API.
const ACCOUNT: &str = "000000000000";

/// The API's id, which is random on AWS.
const API: &str = "local";

/// Headers that end at the gateway: they are per connection (RFC 9110, section 7.6.1), or arrive as `cookies`.
const DROPPED: [&str; 7] =
    ["connection", "cookie", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

/// A request, as events contain it.
#[derive(Debug)]
pub struct Incoming {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    cookies: Vec<String>,
    protocol: String,
    peer: IpAddr,
    id: String,
    time: DateTime<Utc>,
}

impl Incoming {
    /// Parses `request`. What of its path does not decode to UTF-8 is replaced.
    pub fn new(request: &Request<Bytes>, peer: IpAddr, time: DateTime<Utc>, id: &str) -> Self {
        Self {
            method: request.method().as_str().to_owned(),
            // HTTP APIs pass the decoded path, including the base path.
            path: percent_decode_str(request.uri().path()).decode_utf8_lossy().into_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: headers(request, peer, time, id),
            cookies: cookies(request.headers()),
            protocol: format!("{:?}", request.version()),
            peer,
            id: id.to_owned(),
            time,
        }
    }

    /// The values of the identity headers `names`; none if one is missing or empty.
    pub fn identity(&self, names: &[String]) -> Option<Vec<String>> {
        names.iter().map(|name| self.headers.get(name).filter(|value| !value.trim().is_empty()).cloned()).collect()
    }

    /// The event for a route's function, with the authorizer's `context` if there is one.
    pub fn event(&self, found: &Match<'_>, context: Option<Value>, body: &Bytes) -> Value {
        let mut event = self.common(found);
        if let Some(context) = context {
            event["requestContext"]["authorizer"] = json!({ "lambda": context });
        }
        let text = std::str::from_utf8(body).ok().filter(|_| is_text(self.headers.get("content-type")));
        if !body.is_empty() {
            event["body"] = text.map_or_else(|| STANDARD.encode(body), str::to_owned).into();
        }
        event["isBase64Encoded"] = (!body.is_empty() && text.is_none()).into();
        event
    }

    /// The event for the authorizer, which has no body.
    pub fn authorizer_event(&self, found: &Match<'_>, identity: &[String]) -> Value {
        let mut event = self.common(found);
        let arn = format!("arn:aws:execute-api:us-east-1:{ACCOUNT}:{API}/$default/{}{}", self.method, self.path);
        event["type"] = "REQUEST".into();
        event["routeArn"] = arn.into();
        event["identitySource"] = identity.into();
        event
    }

    fn common(&self, found: &Match<'_>) -> Value {
        let mut event = json!({
            "version": "2.0",
            "routeKey": found.key(),
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": self.headers,
            "requestContext": self.context(found),
        });
        if !self.cookies.is_empty() {
            event["cookies"] = self.cookies.clone().into();
        }
        let query = joined_query(&self.query);
        if !query.is_empty() {
            event["queryStringParameters"] = Value::Object(query);
        }
        if !found.variables.is_empty() {
            let variables = found.variables.iter().map(|(name, value)| (name.clone(), value.clone().into()));
            event["pathParameters"] = Value::Object(variables.collect());
        }
        event
    }

    fn context(&self, found: &Match<'_>) -> Value {
        let header = |name: &str| self.headers.get(name).cloned().unwrap_or_default();
        let domain = header("host");
        json!({
            "accountId": ACCOUNT,
            "apiId": API,
            "domainName": domain,
            "domainPrefix": domain.split(['.', ':']).next(),
            "http": {
                "method": self.method,
                "path": self.path,
                "protocol": self.protocol,
                "sourceIp": self.peer.to_string(),
                "userAgent": header("user-agent"),
            },
            "requestId": self.id,
            "routeKey": found.key(),
            "stage": "$default",
            "time": self.time.format("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": self.time.timestamp_millis(),
        })
    }
}

/// The headers in lower case, repeated ones joined by commas, with those that the gateway adds.
fn headers(request: &Request<Bytes>, peer: IpAddr, time: DateTime<Utc>, id: &str) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in request.headers() {
        if !DROPPED.contains(&name.as_str()) {
            add(&mut headers, name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        }
    }
    // In HTTP/2 the authority replaces the header.
    if let Some(authority) = request.uri().authority() {
        headers.entry("host".to_owned()).or_insert_with(|| authority.to_string());
    }
    let port = headers.get("host").and_then(|host| host.rsplit_once(':')).map_or("80", |(_, port)| port).to_owned();
    add(&mut headers, "x-forwarded-for", &peer.to_string());
    headers.insert("x-forwarded-port".to_owned(), port);
    headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    let trace = format!("Root=1-{:08x}-{:0>24}", time.timestamp(), &id[id.len().saturating_sub(24)..]);
    headers.entry("x-amzn-trace-id".to_owned()).or_insert(trace);
    headers
}

fn add(headers: &mut BTreeMap<String, String>, name: &str, value: &str) {
    let joined = headers.entry(name.to_owned()).or_default();
    if !joined.is_empty() {
        joined.push(',');
    }
    joined.push_str(value);
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(';'))
        .map(|pair| pair.trim().to_owned())
        .filter(|pair| !pair.is_empty())
        .collect()
}

/// The query as a map, with repeated values joined by commas. So a comma may be part of a value or a separator; only
/// the raw query tells.
fn joined_query(query: &str) -> Map<String, Value> {
    let mut joined = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        joined.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    joined.into_iter().map(|(name, values)| (name, values.join(",").into())).collect()
}

/// Whether a body of this type is passed as text. Everything else is base64, forms included.
fn is_text(content_type: Option<&String>) -> bool {
    let Some(content_type) = content_type else { return true };
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&media.as_str())
        || media.ends_with("+json")
        || media.ends_with("+xml")
}
