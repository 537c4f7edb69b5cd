//! Pages of a list: by record index, or by a sealed cursor.
//!
//! `offset` is a record index: 0 and 1 both mean the first record. `limit` over the maximum is cut to it. A cursor is
//! bound to its caller, operation and path, ends after 15 minutes, and is given back in the header `X-Next-Cursor`.

use chrono::Duration;
use lambda_http::http::header::HeaderName;
use serde::Serialize;

use super::call::{Call, integer};
use super::reply::Reply;
use crate::auth::seal;
use crate::error::{Error, Invalid, Result};

/// The most records of one page.
pub const MAX_LIMIT: usize = 2_000;
/// How long a cursor may be used.
const CURSOR_LIFE: Duration = Duration::minutes(15);

/// Which part of a list the caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Records to leave out.
    pub skip: usize,
    /// Records to give.
    pub limit: usize,
}

impl Page {
    /// Reads `offset`, `limit` and `cursor`; `default_limit` where the caller names none.
    pub fn of(call: &Call, default_limit: usize) -> Result<Self> {
        let limit = match call.query("limit")? {
            Some(text) => limit(text).map_err(|invalid| invalid.field("limit"))?,
            None => default_limit,
        };
        let offset = call.query_integer("offset")?;
        let skip = match (call.query("cursor")?, offset) {
            (Some(_), Some(_)) => return Err(Error::invalid("cursor", "cannot be combined with offset")),
            (Some(cursor), None) => open(call, cursor)?,
            (None, offset) => usize::try_from(offset.unwrap_or(0).saturating_sub(1)).unwrap_or(usize::MAX),
        };
        Ok(Self { skip, limit })
    }

    /// Answers this page of a list that is in memory, with a cursor when there is more.
    pub fn answer<T: Serialize>(self, call: &Call, list: &[T]) -> Result<Reply> {
        let rest = list.get(self.skip..).unwrap_or_default();
        let rows = rest.get(..self.limit).unwrap_or(rest);
        let reply = Reply::ok(&rows)?;
        if rows.len() == rest.len() {
            return Ok(reply);
        }
        let next = self.skip + rows.len();
        Ok(reply.header(HeaderName::from_static("x-next-cursor"), close(call, next)?))
    }
}

fn limit(text: &str) -> Result<usize, Invalid> {
    match usize::try_from(integer(text)?) {
        Ok(0) => Err(Invalid::new("must be at least 1")),
        limit => Ok(limit.unwrap_or(MAX_LIMIT).min(MAX_LIMIT)),
    }
}

/// What a cursor is bound to besides its caller, whose own key seals it.
fn binding(call: &Call) -> String {
    format!("{} {}", call.op(), call.path)
}

fn close(call: &Call, next: usize) -> Result<String> {
    let payload = next.to_string();
    seal::seal(call.principal().seal_key(), &binding(call), payload.as_bytes(), call.now + CURSOR_LIFE)
}

fn open(call: &Call, cursor: &str) -> Result<usize> {
    let payload = seal::open(call.principal().seal_key(), &binding(call), cursor, call.now)
        .map_err(|invalid| invalid.field("cursor"))?;
    let text = std::str::from_utf8(&payload).ok();
    text.and_then(|text| text.parse().ok()).ok_or_else(|| Error::invalid("cursor", "is not a cursor of this list"))
}
