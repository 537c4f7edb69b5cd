//! Subscriber status and data usage: the `/billing/subscribers` operations of the mobile document.

mod status;
mod usage;
mod wire;

use shared::auth::Scope::{Read, Write};
use shared::error::Result;
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::table::Writer;

/// The subscribers function.
pub struct Subscribers {
    base: Base,
}

impl Subscribers {
    /// The function over this store.
    pub const fn new(base: Base) -> Self {
        Self { base }
    }
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Read the status.
    GetStatus,
    /// Block or unblock.
    PutStatus,
    /// Read data usage by hour and app.
    UsageByHour,
    /// Read each app's share of data usage.
    UsageShare,
}

impl Service for Subscribers {
    type Op = Op;

    type Access = Writer;

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

    fn base(&self) -> &Base {
        &self.base
    }

    async fn handle(&self, op: Op, request: &Request) -> Result<Reply> {
        match op {
            Op::GetStatus => status::get(self, request).await,
            Op::PutStatus => status::put(self, request).await,
            Op::UsageByHour => usage::by_hour(self, request).await,
            Op::UsageShare => usage::by_share(self, request).await,
        }
    }
}
