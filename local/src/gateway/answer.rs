//! What the caller receives: a function's response in payload format 2.0, or the gateway's own.

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Largest response of a function, in bytes (Lambda quota). It counts the whole response as JSON, in which the body is
/// text with its quotes escaped.
pub const MAX_ANSWER: usize = 6 * 1024 * 1024;

/// The response in a function's result; none if it is malformed.
pub fn response(result: Value) -> Option<Response<Bytes>> {
    if size(&result) > MAX_ANSWER {
        tracing::error!(bytes = size(&result), "the function's response is too large");
        return None;
    }
    let Some(status) = result.get("statusCode") else { return Some(inferred(result)) };
    let status = u16::try_from(status.as_u64()?).ok().filter(|status| (200..600).contains(status))?;
    let mut response = Response::new(body(&result)?);
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    let headers = response.headers_mut();
    for (name, value) in result.get("headers").and_then(Value::as_object).into_iter().flatten() {
        headers.insert(HeaderName::try_from(name.as_str()).ok()?, header_value(value)?);
    }
    for cookie in result.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        headers.append(header::SET_COOKIE, header_value(cookie)?);
    }
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    // The server sets it: a wrong length from a function must not break the connection.
    headers.remove(header::CONTENT_LENGTH);
    Some(response)
}

/// The gateway's own response in place of a function's.
pub fn refusal(status: StatusCode) -> Response<Bytes> {
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        other => other.canonical_reason().unwrap_or_default(),
    };
    let mut response = inferred(json!({ "message": message }));
    *response.status_mut() = status;
    response
}

/// Adds the request id to a response, as API Gateway does.
pub fn stamp(response: &mut Response<Bytes>, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert("apigw-requestid", id);
    }
}

/// The length of a response as Lambda sends it.
pub fn size(result: &Value) -> usize {
    let mut counted = Counted(0);
    // A value is always JSON, and counting does not fail.
    serde_json::to_writer(&mut counted, result).map_or(usize::MAX, |()| counted.0)
}

struct Counted(usize);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What HEAD gets: the headers alone, with the length of what GET would get.
pub fn without_body(response: &mut Response<Bytes>) {
    let length = response.body().len();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response.body_mut().clear();
}

/// A result without a status is the body of a 200.
fn inferred(result: Value) -> Response<Bytes> {
    let text = match result {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let mut response = Response::new(Bytes::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn body(result: &Value) -> Option<Bytes> {
    let text = match result.get("body") {
        None | Some(Value::Null) => "",
        Some(body) => body.as_str()?,
    };
    match result.get("isBase64Encoded") {
        Some(Value::Bool(true)) => STANDARD.decode(text).ok().map(Bytes::from),
        None | Some(Value::Null | Value::Bool(false)) => Some(Bytes::copy_from_slice(text.as_bytes())),
        Some(_) => None,
    }
}

/// Header values may be text, numbers or booleans.
fn header_value(value: &Value) -> Option<HeaderValue> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(result: Value) -> Option<(u16, String, String)> {
        response(result).map(|response| {
            let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
            (response.status().as_u16(), kind, String::from_utf8_lossy(response.body()).into_owned())
        })
    }

    #[test]
    fn a_full_answer_is_carried_over() {
        let answer = json!({
            "statusCode": 201,
            "headers": { "Content-Type": "application/json", "x-count": 2, "content-length": "99" },
            "cookies": ["a=1", "b=2"],
            "body": "eyJhIjoxfQ==",
            "isBase64Encoded": true,
        });
        let response = response(answer.clone()).unwrap();
        assert_eq!(shown(answer), Some((201, "application/json".into(), r#"{"a":1}"#.into())));
        assert_eq!(response.headers()["x-count"], "2");
        assert!(!response.headers().contains_key("content-length"));
        assert_eq!(response.headers().get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
    }

    #[test]
    fn an_answer_without_status_is_a_body() {
        assert_eq!(shown(json!({ "a": 1 })), Some((200, "application/json".into(), r#"{"a":1}"#.into())));
        assert_eq!(shown(json!("text")), Some((200, "application/json".into(), "text".into())));
        let bare = json!({ "statusCode": 204 });
        assert_eq!(shown(bare), Some((204, "text/plain;charset=UTF-8".into(), String::new())));
    }

    #[test]
    fn a_malformed_answer_is_none() {
        for malformed in [
            json!({ "statusCode": "created" }),
            json!({ "statusCode": 42 }),
            json!({ "statusCode": 200, "body": { "a": 1 } }),
            json!({ "statusCode": 200, "body": "%%%", "isBase64Encoded": true }),
            json!({ "statusCode": 200, "headers": { "x": ["a"] } }),
            json!({ "statusCode": 200, "headers": { "x": "a\nb" } }),
            json!({ "statusCode": 200, "body": "x".repeat(MAX_ANSWER) }),
            // Two bytes each.
            json!({ "statusCode": 200, "body": "\"".repeat(MAX_ANSWER / 2) }),
            json!({ "statusCode": 200, "headers": { "x": "x".repeat(MAX_ANSWER) }, "body": "" }),
        ] {
            assert_eq!(shown(malformed), None);
        }
        let largest = json!({ "statusCode": 200, "body": "\"".repeat(MAX_ANSWER / 2 - 50) });
        assert!(shown(largest).is_some());
    }
}
