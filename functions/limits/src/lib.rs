//! Limits of a line's usage, and the customer's agreement to data roaming: `openapi/limits-v1.yaml`.

mod roaming;
mod standing;
mod wire;

use shared::auth::Scope::{Read, Write};
use shared::domain::subscriber::Subscriber;
use shared::error::Result;
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::table::{Stored, TariffCache, Writer};

/// The function: its store, and the rates by which usage is priced.
pub struct Limits {
    base: Base,
    tariffs: TariffCache,
}

impl Limits {
    /// The function over this store.
    pub fn new(base: Base) -> Self {
        Self { base, tariffs: TariffCache::default() }
    }

    /// The caller's line. Nothing else is read before it: a foreign line costs what an unknown one costs.
    async fn line(&self, request: &Request) -> Result<Stored<Subscriber>> {
        request.line(&self.base, &request.msisdn("msisdn")?, "the subscriber").await
    }
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Show what a line has used, and how far its limits are.
    GetLimits,
    /// Agree to further data roaming.
    AgreeToRoaming,
}

impl Service for Limits {
    type Op = Op;

    type Access = Writer;

    const NAME: &'static str = "limits";

    const ROUTES: &'static [Route<Op>] = &[
        route(Method::GET, "/limits/v1/subscribers/{msisdn}", Op::GetLimits, Read, Shape::Plain),
        route(Method::POST, "/limits/v1/subscribers/{msisdn}/roaming", Op::AgreeToRoaming, Write, Shape::Plain),
    ];

    fn base(&self) -> &Base {
        &self.base
    }

    async fn handle(&self, op: Op, request: &Request) -> Result<Reply> {
        match op {
            Op::GetLimits => standing::get(self, request).await,
            Op::AgreeToRoaming => roaming::agree(self, request).await,
        }
    }
}
