//! Pages of a list: by record index, or by a sealed cursor.
//!
//! `offset` is a record index: 0 and 1 both mean the first record. `limit` is capped. A cursor is bound to its caller,
//! operation and path, expires after 15 minutes, and is returned in the header `X-Next-Cursor`.

use chrono::Duration;
use lambda_http::http::header::HeaderName;
use serde::Serialize;

use super::reply::Reply;
use super::request::{Request, integer};
use crate::auth::seal;
use crate::error::{Error, Invalid, Result};
use crate::table::{From, Window};

/// Most records of a page.
pub const MAX_LIMIT: usize = 2_000;
/// Default records of a page.
pub const DEFAULT_LIMIT: usize = 50;
/// Lifetime of a cursor.
pub const CURSOR_LIFE: Duration = Duration::minutes(15);

/// The requested part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page(Window);

impl Page {
    /// Reads `offset`, `limit` and `cursor`, with a default for `limit`.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn of(request: &Request, default_limit: usize) -> Result<Self> {
        Self::with(request, number(request, "offset")?, number(request, "limit")?, default_limit)
    }

    /// The same, for a document with additional names of its own.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn named(request: &Request, offset: &'static str, limit: &'static str) -> Result<Self> {
        let offset = number(request, offset)?.or(number(request, "offset")?);
        let limit = number(request, limit)?.or(number(request, "limit")?);
        Self::with(request, offset, limit, DEFAULT_LIMIT)
    }

    /// The same, with numbers from the body and their fields' names.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn with(
        request: &Request,
        offset: Option<(&'static str, u64)>,
        limit: Option<(&'static str, u64)>,
        default_limit: usize,
    ) -> Result<Self> {
        let limit = match limit {
            None => default_limit,
            Some((name, 0)) => return Err(Error::invalid(name, "must be at least 1")),
            Some((_, limit)) => usize::try_from(limit).unwrap_or(MAX_LIMIT).min(MAX_LIMIT),
        };
        let from = match (request.query("cursor")?, offset) {
            (Some(_), Some((name, _))) => {
                return Err(Error::invalid("cursor", format!("cannot be combined with {name}")));
            }
            (Some(cursor), None) => From::After(open(request, cursor)?),
            (None, None) => From::Record(0),
            (None, Some((_, offset))) => From::Record(usize::try_from(offset.saturating_sub(1)).unwrap_or(usize::MAX)),
        };
        Ok(Self(Window { from, limit }))
    }

    /// The slice of a list in the table.
    pub const fn window(&self) -> &Window {
        &self.0
    }

    /// Answers this page of a list in memory, with a cursor if there is more.
    ///
    /// # Errors
    /// 400 for a cursor that points outside the list.
    pub fn answer<T: Serialize>(&self, request: &Request, list: &[T]) -> Result<Reply> {
        self.answer_with(request, list, |rows| rows)
    }

    /// The same, for a list inside an object: `body` builds it from the page's rows.
    ///
    /// # Errors
    /// 400 for a cursor that points outside the list.
    pub fn answer_with<'a, T, B: Serialize>(
        &self,
        request: &Request,
        list: &'a [T],
        body: impl FnOnce(&'a [T]) -> B,
    ) -> Result<Reply> {
        let skip = match &self.0.from {
            From::Record(skip) => *skip,
            From::After(payload) => payload.parse().map_err(|_| foreign().field("cursor"))?,
        };
        let rest = list.get(skip..).unwrap_or_default();
        let rows = rest.get(..self.0.limit).unwrap_or(rest);
        let more = (rows.len() < rest.len()).then(|| (skip + rows.len()).to_string());
        with_next(Reply::ok(&body(rows))?, request, more.as_deref())
    }
}

/// Adds the next page's cursor to a reply, if there is a next page.
///
/// # Errors
/// 500 when sealing fails.
pub fn with_next(reply: Reply, request: &Request, next: Option<&str>) -> Result<Reply> {
    let Some(payload) = next else { return Ok(reply) };
    let expires_at = request.now + CURSOR_LIFE;
    let cursor = seal::seal(request.principal().seal_key(), &binding(request), payload.as_bytes(), expires_at)?;
    Ok(reply.header(HeaderName::from_static("x-next-cursor"), cursor))
}

fn number(request: &Request, name: &'static str) -> Result<Option<(&'static str, u64)>> {
    let number = request.query(name)?.map(integer).transpose().map_err(|invalid| invalid.field(name))?;
    Ok(number.map(|number| (name, number)))
}

/// What a cursor is bound to, besides the caller, whose own key seals it: operation, path and filter.
fn binding(request: &Request) -> String {
    format!("{} {} {}", request.op(), request.path, request.filter())
}

fn open(request: &Request, cursor: &str) -> Result<String> {
    let payload = seal::open(request.principal().seal_key(), &binding(request), cursor, request.now)
        .map_err(|invalid| invalid.field("cursor"))?;
    String::from_utf8(payload).map_err(|_| foreign().field("cursor"))
}

const fn foreign() -> Invalid {
    Invalid::new("is not a cursor of this list")
}
