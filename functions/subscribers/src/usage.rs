//! Data usage of a line.

use chrono::Duration;
use shared::auth::Visible as _;
use shared::domain::period::{Edge, Span, instant};
use shared::domain::usage::{Resolution, Traffic, by_hour as sum_by_hour, shares};
use shared::error::{Error, Result};
use shared::http::{Reply, Request};

use crate::{Subscribers, wire};

/// Longest period of one request, in days.
const MAX_DAYS: u32 = 31;

/// `GET /billing/subscribers/{msisdn}/usage/data/hourlybyapp`
pub async fn by_hour(app: &Subscribers, request: &Request) -> Result<Reply> {
    let traffic = load(app, request).await?;
    Reply::ok(&wire::UsagePerHour::of(&sum_by_hour(traffic), request.country.zone()))
}

/// `GET /billing/subscribers/{msisdn}/usage/data/percentagebyapp`
pub async fn by_share(app: &Subscribers, request: &Request) -> Result<Reply> {
    let resolution = resolution(request)?;
    let traffic = load(app, request).await?;
    let zone = request.country.zone();
    Reply::ok(&wire::UsagePercentage::of(&shares(traffic, resolution, zone), zone))
}

/// The line's traffic in the hours that begin within the period.
async fn load(app: &Subscribers, request: &Request) -> Result<Vec<Traffic>> {
    let msisdn = request.msisdn("msisdn")?;
    let (zone, principal) = (request.country.zone(), request.principal());
    let sees = |customer: &_| principal.sees_customer(customer);
    let traffic = app.base.reader().traffic(&msisdn, period(request)?, zone, sees).await?;
    traffic.visible_to(principal, "the subscriber")?.found()
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
