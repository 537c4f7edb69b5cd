//! Call details of a line.

use chrono::{DateTime, Duration, Utc};
use shared::auth::Visible as _;
use shared::domain::call;
use shared::domain::msisdn::Msisdn;
use shared::domain::period::{Edge, Span, date, instant};
use shared::error::{Error, Invalid, Result};
use shared::http::paging::{CURSOR_LIFE, DEFAULT_LIMIT, MAX_LIMIT, with_next};
use shared::http::{Call, Integer, Page, Reply, Text};
use shared::table::Paged;

use crate::{Calls, wire};

/// The longest period of one call, in days.
const MAX_DAYS: u32 = 93;
/// The period when none is named, in days.
const USUAL_DAYS: i64 = 30;

/// `GET /customers/{MSISDN}/calls/details`
pub async fn list(app: &Calls, call: &Call) -> Result<Reply> {
    let msisdn = call.msisdn("MSISDN")?;
    let (first, last) = (day(call, "dateFrom", Edge::Start)?, day(call, "dateTill", Edge::End)?);
    let page = Page::of(call, MAX_LIMIT)?;
    let found = load(app, call, &msisdn, span(first, last, "dateFrom")?, &page).await?;
    let rows: Vec<_> = found.rows.iter().map(|row| wire::LineDetail::of(row, &msisdn, call.country)).collect();
    with_next(Reply::ok(&rows)?, call, found.next.as_deref())
}

/// `POST /customers/calls/details`
pub async fn search(app: &Calls, call: &Call) -> Result<Reply> {
    let wanted: wire::CallsList = call.json()?;
    let msisdn =
        Msisdn::parse(&wanted.msisdn.0.to_string(), call.country).map_err(|invalid| invalid.field("msisdn"))?;
    let last = time(call, "endDate", wanted.end_date.as_ref(), Edge::End)?.unwrap_or(call.now);
    let first = time(call, "startDate", wanted.start_date.as_ref(), Edge::Start)?;
    // Meanwhile the usual period moves on. A cursor is of a page of a moment ago, so its place may lie before today's.
    let moved = if call.query("cursor")?.is_some() { CURSOR_LIFE } else { Duration::zero() };
    let first = first.unwrap_or(last - Duration::days(USUAL_DAYS) - moved);
    let page = page(call, wanted.offset, wanted.limit)?;
    let found = load(app, call, &msisdn, span(first, last, "startDate")?, &page).await?;
    let rows: Vec<_> = found.rows.iter().map(|row| wire::Detail::of(row, call.country.zone())).collect();
    with_next(Reply::ok(&rows)?, call, found.next.as_deref())
}

/// A page of the caller's line. Owner and calls are asked for at the same time.
async fn load(app: &Calls, call: &Call, msisdn: &Msisdn, span: Span, page: &Page) -> Result<Paged<call::Call>> {
    let reader = app.writer.reader();
    let (line, calls) = tokio::join!(reader.subscriber(msisdn), reader.calls(msisdn, span, page.window()));
    line?.visible_to(call.principal(), "the subscriber")?;
    calls
}

fn span(first: DateTime<Utc>, last: DateTime<Utc>, field: &'static str) -> Result<Span> {
    Span::new(first, last).and_then(|span| span.at_most(MAX_DAYS)).map_err(|invalid| invalid.field(field))
}

/// A day of the country: dates and nothing else.
fn day(call: &Call, name: &'static str, edge: Edge) -> Result<DateTime<Utc>> {
    let text = call.query_required(name)?;
    date(text).and_then(|_| instant(text, call.country.zone(), edge)).map_err(|invalid| invalid.field(name))
}

fn time(call: &Call, name: &'static str, text: Option<&Text>, edge: Edge) -> Result<Option<DateTime<Utc>>> {
    let time = text.map(|text| instant(text.as_str(), call.country.zone(), edge)).transpose();
    time.map_err(|invalid: Invalid| invalid.field(name))
}

/// The page a body asks for. Whoever follows a cursor sends the same body again, so its offset does not count then.
fn page(call: &Call, offset: Option<Integer>, limit: Option<Integer>) -> Result<Page, Error> {
    let follows = call.query("cursor")?.is_some();
    let offset = offset.filter(|_| !follows).map(|offset| ("offset", offset.0));
    Page::with(call, offset, limit.map(|limit| ("limit", limit.0)), DEFAULT_LIMIT)
}
