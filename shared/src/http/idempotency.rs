//! `Idempotency-Key`: a write with a key takes effect once, and every repetition gets the first answer.

use aws_lc_rs::digest::{Context, SHA256};

use super::canonical::canonical;
use super::raw::RawRequest;
use super::route::SLASH;
use crate::auth::Principal;
use crate::error::{Error, Result};
use crate::table::IdempotencyKey;

const HEADER: &str = "Idempotency-Key";
const MAX_LENGTH: usize = 255;

/// The request's key, bound to the caller and the whole request.
pub(super) fn key(request: &RawRequest, principal: &Principal, op: &str) -> Result<Option<IdempotencyKey>> {
    let Some(key) = request.header_value(HEADER) else { return Ok(None) };
    // A header that is not text is refused like an empty key.
    let key = key.to_str().unwrap_or_default();
    if !(1..=MAX_LENGTH).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(HEADER, "must be 1 to 255 visible ASCII characters"));
    }
    let (client, key) = (principal.client().clone(), key.to_owned());
    let body = request.bytes()?;
    let digest = digest(request, op, &request.query_but(&[]), &canonical(&body));
    let of_bytes = self::digest(request, op, request.raw_query(), &body);
    Ok(Some(IdempotencyKey { client, key, digest, of_bytes }))
}

/// SHA-256 over operation, path variables, query and body, each with its length, so that no two requests collide. A
/// final slash makes no difference. The address says which request it is, to the letter: `code` and `CODE` in a path mean one
/// thing to the operation, but under one key they are two requests, as two spellings of a number are.
fn digest(request: &RawRequest, op: &str, query: &str, body: &[u8]) -> String {
    let mut variables: Vec<_> = request.variables.iter().filter(|(name, _)| *name != SLASH).collect();
    variables.sort();
    let mut context = Context::new(&SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    part(op.as_bytes());
    for (name, value) in variables {
        part(name.as_bytes());
        part(value.as_bytes());
    }
    part(query.as_bytes());
    part(body);
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::Event;

    fn digests(query: &str, body: &str) -> [String; 2] {
        let event: Event = serde_json::from_value(json!({
            "version": "2.0", "routeKey": "POST /a/{id}", "rawPath": "/a/7", "body": body, "rawQueryString": query,
            "headers": {}, "isBase64Encoded": false, "pathParameters": {"id": "7"},
            "requestContext": {"http": {"method": "POST", "path": "/", "protocol": "HTTP/1.1"}},
        }))
        .unwrap();
        let request = RawRequest::from(event);
        let one = digest(&request, "Buy", &request.query_but(&[]), &canonical(body.as_bytes()));
        [one, digest(&request, "Buy", request.raw_query(), body.as_bytes())]
    }

    #[test]
    fn a_request_is_what_it_says_and_once_was_its_bytes() {
        let [one, bytes] = digests("b=2&a=1", r#"{"x":1,"y":[2]}"#);
        assert_eq!(digests("a=%31&b=2&c=", "\n{ \"y\": [2], \"x\": 1 }")[0], one);
        assert_ne!(digests("a=1&b=3", r#"{"x":1,"y":[2]}"#)[0], one);
        // As releases have stored it that compared bytes.
        assert_eq!(bytes, "723b7649799aa6bc0300638e56bc56cb1d6a3cc897a2e1ac758a8cee6d10ee73");
    }
}
