//! Pages of a list: by record index, or by a sealed cursor.
//!
//! `offset` is a record index: 0 and 1 both mean the first record. `limit` is capped. A cursor is bound to its caller,
//! operation and path, expires after 15 minutes, and is returned in the header `X-Next-Cursor`. A page that would be
//! larger than an answer may be ends earlier.

use chrono::Duration;
use lambda_http::http::header::HeaderName;
use serde::Serialize;

use super::reply::{LARGEST, Reply};
use super::request::{Request, integer};
use crate::auth::seal;
use crate::error::{Error, Invalid, Result};
use crate::table::{From, Paged, Window};

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
                return Err(Error::invalid("cursor", format!("must not be combined with {name}")));
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
        body: impl Fn(&'a [T]) -> B,
    ) -> Result<Reply> {
        let skip = match &self.0.from {
            From::Record(skip) => *skip,
            From::After(payload) => payload.parse().map_err(|_| foreign().field("cursor"))?,
        };
        let rest = list.get(skip..).unwrap_or_default();
        let rows = rest.get(..self.0.limit).unwrap_or(rest);
        let (reply, count) = largest(rows.len(), |count| Reply::ok(&body(&rows[..count])))?;
        let more = (count < rest.len()).then(|| (skip + count).to_string());
        with_next(reply, request, more.as_deref())
    }
}

/// Answers a page of a list in the table: as many of its rows as fit into an answer, with a cursor if there is more. `body`
/// makes the answer of some rows.
///
/// # Errors
/// Those of `body`, and 500 when sealing the cursor fails.
pub fn answer<T>(request: &Request, page: &Paged<T>, body: impl Fn(&[T]) -> Result<Reply>) -> Result<Reply> {
    let (reply, count) = largest(page.rows.len(), |count| body(&page.rows[..count]))?;
    with_next(reply, request, page.next_after(count).as_deref())
}

/// The answer of up to this many rows that can be sent, and how many rows it has: one at least, so that a list goes on.
fn largest(mut count: usize, answer: impl Fn(usize) -> Result<Reply>) -> Result<(Reply, usize)> {
    loop {
        let reply = answer(count)?;
        let size = reply.size() + CURSOR;
        if size <= LARGEST || count <= 1 {
            return Ok((reply, count));
        }
        count = (count * LARGEST / size).clamp(1, count - 1);
    }
}

/// More bytes than a cursor has.
const CURSOR: usize = 4_000;

/// Adds the next page's cursor to a reply, if there is a next page.
///
/// # Errors
/// 500 when sealing fails.
fn with_next(reply: Reply, request: &Request, next: Option<&str>) -> Result<Reply> {
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
    Invalid::new("must be a cursor of this list")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_as_many_rows_as_can_be_sent_and_one_at_least() {
        let rows = |size: usize| move |count: usize| Ok(Reply::text(200, "\"".repeat(count * size)));
        let count = |most, size| {
            let (reply, count) = largest(most, rows(size)).unwrap();
            assert!(count == 1 || reply.fits());
            count
        };
        assert_eq!((count(0, 1), count(5, 10), count(2_000, 1_000)), (0, 5, 2_000));
        // Two bytes for each quote.
        let most = count(2_000, 2_000);
        assert!((1_500..=1_550).contains(&most), "{most} rows of 4,000 bytes");
        assert_eq!(count(3, 4_000_000), 1);
    }
}
