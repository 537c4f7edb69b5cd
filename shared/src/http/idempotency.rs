//! `Idempotency-Key`: a write with a key takes effect once, and every repetition gets the first answer.

use aws_lc_rs::digest::{Context, SHA256};

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
    let client = principal.client().clone();
    Ok(Some(IdempotencyKey { client, key: key.to_owned(), digest: digest(request, op)? }))
}

/// SHA-256 over operation, path variables, query and body, each with its length, so that no two requests collide. A
/// final slash makes no difference.
fn digest(request: &RawRequest, op: &str) -> Result<String> {
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
    part(request.raw_query().as_bytes());
    part(&request.bytes()?);
    Ok(context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
