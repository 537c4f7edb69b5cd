//! Data usage of a line.

use chrono::Duration;
use shared::auth::Visible as _;
use shared::domain::period::{Edge, Span, instant};
use shared::domain::usage::{Resolution, TOO_MUCH, Traffic, by_hour as sum_by_hour, shares};
use shared::error::{Error, Result};
use shared::http::{Reply, Request};

use crate::{Subscribers, wire};

/// Longest period of one request, in days.
const MAX_DAYS: u32 = 31;

/// Why a report by hour is refused.
const TOO_MUCH_BY_HOUR: &str =
    "the period has more usage than fits into one answer, ask for a shorter one or for the resolution DAY";

/// `GET /billing/subscribers/{msisdn}/usage/data/hourlybyapp`
pub async fn by_hour(app: &Subscribers, request: &Request) -> Result<Reply> {
    let traffic = load(app, request).await?;
    let reply = Reply::ok(&wire::UsagePerHour::of(&sum_by_hour(traffic), request.country.zone()))?;
    Some(reply).filter(Reply::fits).ok_or_else(|| Error::invalid("startDate", TOO_MUCH))
}

/// `GET /billing/subscribers/{msisdn}/usage/data/percentagebyapp`
pub async fn by_share(app: &Subscribers, request: &Request) -> Result<Reply> {
    let resolution = resolution(request)?;
    let traffic = load(app, request).await?;
    let zone = request.country.zone();
    let reply = Reply::ok(&wire::UsagePercentage::of(&shares(traffic, resolution, zone), zone))?;
    Some(reply).filter(Reply::fits).ok_or_else(|| match resolution {
        Resolution::Hour => Error::invalid("resolution", TOO_MUCH_BY_HOUR),
        Resolution::Day => Error::invalid("startDate", TOO_MUCH),
    })
}

/// The line's traffic in the hours that begin within the period.
async fn load(app: &Subscribers, request: &Request) -> Result<Vec<Traffic>> {
    let msisdn = request.msisdn("msisdn")?;
    let zone = request.country.zone();
    let traffic = app.base.reader().traffic(&msisdn, period(request)?, zone, request.sight()).await?;
    traffic.visible_to(request.principal(), "the subscriber")?.found()
}

/// The requested period; the last 24 hours by default.
fn period(request: &Request) -> Result<Span> {
    let zone = request.country.zone();
    let read = |name, edge| {
        let text = request.query(name)?;
        text.map(|text| instant(text, zone, edge)).transpose().map_err(|invalid| invalid.field(name))
    };
    let end = read("endDate", Edge::End)?.unwrap_or(request.now);
    let start = read("startDate", Edge::Start)?.unwrap_or(end - Duration::hours(24));
    let span = Span::new(start, end).and_then(|span| span.at_most(MAX_DAYS));
    span.map_err(|invalid| invalid.field("startDate"))
}

fn resolution(request: &Request) -> Result<Resolution> {
    match request.query("resolution")? {
        None | Some("HOUR") => Ok(Resolution::Hour),
        Some("DAY") => Ok(Resolution::Day),
        Some(_) => Err(Error::invalid("resolution", "must be one of DAY, HOUR")),
    }
}
