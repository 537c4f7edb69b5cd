//! Subscriber status and data usage: the `/billing/subscribers` operations of the mobile document.

mod status;
mod usage;
mod wire;

use shared::auth::Scope::{Read, Write};
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::error::Result;
use shared::http::{Call, Method, Reply, Route, Service, Shape, route};
use shared::table::Writer;

/// The function: its store, its country, its clock.
pub struct Subscribers {
    writer: Writer,
    country: &'static Country,
    clock: Clock,
}

impl Subscribers {
    /// The function over this store.
    pub const fn new(writer: Writer, country: &'static Country, clock: Clock) -> Self {
        Self { writer, country, clock }
    }
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// What is blocked.
    GetStatus,
    /// Block or unblock.
    PutStatus,
    /// Data usage by hour and app.
    UsageByHour,
    /// Data usage by share.
    UsageShare,
}

impl Service for Subscribers {
    type Op = Op;

    const NAME: &'static str = "subscribers";

    const ROUTES: &'static [Route<Op>] = &[
        route(Method::GET, "/billing/subscribers/{MSISDN}/status", Op::GetStatus, Read, Shape::Plain),
        route(Method::PUT, "/billing/subscribers/{MSISDN}/status", Op::PutStatus, Write, Shape::Plain),
        route(Method::GET, "/billing/subscribers/{msisdn}/usage/data/hourlybyapp", Op::UsageByHour, Read, Shape::Usage),
        route(
            Method::GET,
            "/billing/subscribers/{msisdn}/usage/data/percentagebyapp",
            Op::UsageShare,
            Read,
            Shape::Usage,
        ),
    ];

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn country(&self) -> &'static Country {
        self.country
    }

    fn writer(&self) -> Option<&Writer> {
        Some(&self.writer)
    }

    async fn handle(&self, op: Op, call: &Call) -> Result<Reply> {
        match op {
            Op::GetStatus => status::get(self, call).await,
            Op::PutStatus => status::put(self, call).await,
            Op::UsageByHour => usage::by_hour(self, call).await,
            Op::UsageShare => usage::by_share(self, call).await,
        }
    }
}
