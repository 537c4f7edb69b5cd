//! Call details of a line.

use chrono::{DateTime, Duration, Utc};
use shared::auth::Visible as _;
use shared::domain::call;
use shared::domain::msisdn::Msisdn;
use shared::domain::period::{Edge, Span, date, instant};
use shared::error::{Error, Invalid, Result};
use shared::http::paging::{CURSOR_LIFE, DEFAULT_LIMIT, MAX_LIMIT, answer};
use shared::http::{Integer, Page, Reply, Request, Text};
use shared::table::Paged;

use crate::{Calls, wire};

/// Longest period of one request, in days.
const MAX_DAYS: u32 = 93;
/// Default period, in days.
const USUAL_DAYS: i64 = 30;

/// `GET /customers/{MSISDN}/calls/details`
pub async fn list(app: &Calls, request: &Request) -> Result<Reply> {
    let msisdn = request.msisdn("MSISDN")?;
    let (first, last) = (day(request, "dateFrom", Edge::Start)?, day(request, "dateTill", Edge::End)?);
    let page = Page::of(request, MAX_LIMIT)?;
    let found = load(app, request, &msisdn, span(first, last, "dateFrom")?, &page).await?;
    answer(request, &found, |rows| {
        let rows = rows.iter().map(|row| wire::LineDetail::of(row, &msisdn, request.country));
        Reply::ok(&rows.collect::<Vec<_>>())
    })
}

/// `POST /customers/calls/details`
pub async fn search(app: &Calls, request: &Request) -> Result<Reply> {
    let wanted: wire::CallsList = request.json()?;
    let msisdn =
        Msisdn::parse(&wanted.msisdn.0.to_string(), request.country).map_err(|invalid| invalid.field("msisdn"))?;
    let last = time(request, "endDate", wanted.end_date.as_ref(), Edge::End)?.unwrap_or(request.now);
    let first = time(request, "startDate", wanted.start_date.as_ref(), Edge::Start)?;
    // The default period moves on between pages, so a cursor of a moment ago may point before its start.
    let moved = if request.query("cursor")?.is_some() { CURSOR_LIFE } else { Duration::zero() };
    let first = first.unwrap_or(last - Duration::days(USUAL_DAYS) - moved);
    let page = page(request, wanted.offset, wanted.limit)?;
    let found = load(app, request, &msisdn, span(first, last, "startDate")?, &page).await?;
    answer(request, &found, |rows| {
        let rows = rows.iter().map(|row| wire::Detail::of(row, request.country.zone()));
        Reply::ok(&rows.collect::<Vec<_>>())
    })
}

/// A page of the calls of the caller's line.
async fn load(app: &Calls, request: &Request, msisdn: &Msisdn, span: Span, page: &Page) -> Result<Paged<call::Call>> {
    let zone = request.country.zone();
    let calls = app.base.reader().calls(msisdn, span, zone, page.window(), request.sight()).await?;
    calls.visible_to(request.principal(), "the subscriber")?.found()
}

fn span(first: DateTime<Utc>, last: DateTime<Utc>, field: &'static str) -> Result<Span> {
    Span::new(first, last).and_then(|span| span.at_most(MAX_DAYS)).map_err(|invalid| invalid.field(field))
}

/// A day of the country, as a date without time.
fn day(request: &Request, name: &'static str, edge: Edge) -> Result<DateTime<Utc>> {
    let text = request.query_required(name)?;
    date(text).and_then(|_| instant(text, request.country.zone(), edge)).map_err(|invalid| invalid.field(name))
}

fn time(request: &Request, name: &'static str, text: Option<&Text>, edge: Edge) -> Result<Option<DateTime<Utc>>> {
    let time = text.map(|text| instant(text.as_str(), request.country.zone(), edge)).transpose();
    time.map_err(|invalid: Invalid| invalid.field(name))
}

/// The page that a body asks for. A caller who follows a cursor sends the same body again, so its offset is ignored
/// then.
fn page(request: &Request, offset: Option<Integer>, limit: Option<Integer>) -> Result<Page, Error> {
    let follows = request.query("cursor")?.is_some();
    let offset = offset.filter(|_| !follows).map(|offset| ("offset", offset.0));
    Page::with(request, offset, limit.map(|limit| ("limit", limit.0)), DEFAULT_LIMIT)
}
