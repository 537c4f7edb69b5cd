//! Clients' subscriptions to events, in the manner of TM Forum's event API (TMF630): `openapi/hub-v1.yaml`.

mod hooks;
mod wire;

use shared::auth::Scope::{Read, Write};
use shared::domain::hook::callback::Addresses;
use shared::error::Result;
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;

/// The function: its store, and where subscriptions may lead.
pub struct Hub {
    base: Base,
    addresses: Addresses,
}

impl Hub {
    /// The function over this store.
    pub const fn new(base: Base, addresses: Addresses) -> Self {
        Self { base, addresses }
    }
}

/// The operations. Each is about the caller's own subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// List the subscriptions.
    ListSubscriptions,
    /// Subscribe an address to events.
    Subscribe,
    /// Show a subscription.
    GetSubscription,
    /// Remove a subscription.
    Unsubscribe,
}

/// Paths as in the document.
const ROUTES: &[Route<Op>] = &[
    route(Method::GET, "/hub/v1/hub", Op::ListSubscriptions, Read, Shape::Plain),
    route(Method::POST, "/hub/v1/hub", Op::Subscribe, Write, Shape::Plain),
    route(Method::GET, "/hub/v1/hub/{id}", Op::GetSubscription, Read, Shape::Plain),
    route(Method::DELETE, "/hub/v1/hub/{id}", Op::Unsubscribe, Write, Shape::Plain),
];

impl Service for Hub {
    type Op = Op;

    type Access = shared::table::Writer;

    const NAME: &'static str = "hub";

    const ROUTES: &'static [Route<Op>] = ROUTES;

    fn base(&self) -> &Base {
        &self.base
    }

    async fn handle(&self, op: Op, request: &Request) -> Result<Reply> {
        match op {
            Op::ListSubscriptions => hooks::list(self, request).await,
            Op::Subscribe => hooks::subscribe(self, request).await,
            Op::GetSubscription => hooks::get(self, request).await,
            Op::Unsubscribe => hooks::unsubscribe(self, request).await,
        }
    }

    /// A new subscription's secret is in no stored answer, for it is kept nowhere.
    fn complete(&self, op: Op, request: &Request, reply: Reply) -> Result<Reply> {
        match op {
            Op::Subscribe => hooks::with_secret(request, &reply),
            Op::ListSubscriptions | Op::GetSubscription | Op::Unsubscribe => Ok(reply),
        }
    }
}
