//! Favourites, offers, phone lease, plans, upgrade and subscription requests: the `/plans/subscribers` operations of
//! the mobile document.

mod favourites;
mod lease;
mod offers;
mod plan;
mod requests;
mod wire;

use std::sync::Arc;

use shared::auth::Scope::{Read, Write};
use shared::domain::catalogue::Catalogue;
use shared::domain::subscriber::Subscriber;
use shared::error::Result;
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::table::{CatalogueCache, Stored, Writer};

/// The plans function, with a cached catalogue.
pub struct Plans {
    base: Base,
    catalogue: CatalogueCache,
}

impl Plans {
    /// A function over this store, with an empty catalogue cache.
    pub fn new(base: Base) -> Self {
        Self { base, catalogue: CatalogueCache::default() }
    }

    /// Loads the catalogue at start. Otherwise the first request would load it beside its line, over a second
    /// connection.
    pub async fn read_ahead(&self) {
        let _ = self.catalogue.get(self.base.reader(), self.base.clock.now(), self.base.country.zone()).await;
    }

    /// The caller's line.
    async fn line(&self, request: &Request) -> Result<Stored<Subscriber>> {
        request.line(&self.base, &request.msisdn("MSISDN")?, "the subscriber").await
    }

    /// The caller's line and the catalogue, read concurrently.
    async fn line_and_catalogue(&self, request: &Request) -> Result<(Stored<Subscriber>, Arc<Catalogue>)> {
        let catalogue = self.catalogue.get(self.base.reader(), request.now, request.country.zone());
        let (line, catalogue) = tokio::join!(self.line(request), catalogue);
        Ok((line?, catalogue?))
    }
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// List the favourite numbers.
    ListFavourites,
    /// Add a favourite number.
    AddFavourite,
    /// Remove a favourite number.
    RemoveFavourite,
    /// List the offers open to the line.
    ListOffers,
    /// Buy an offer.
    AcquireOffer,
    /// Give up an acquired offer.
    DropOffer,
    /// Read the phone lease.
    GetLease,
    /// Read the current plan.
    GetPlan,
    /// Change the plan at once.
    ChangePlan,
    /// List the plans open to the line.
    ListPlans,
    /// List plans with a higher monthly price.
    ListUpgrades,
    /// Read the state of the last upgrade request.
    GetUpgradeRequest,
    /// Request a plan with a higher monthly price, from the next bill cycle.
    RequestUpgrade,
    /// Request additional plans.
    RequestSubscriptions,
}

/// Paths as in the document.
const ROUTES: &[Route<Op>] = &[
    plain(Method::GET, "/plans/subscribers/{MSISDN}/favorites/", Op::ListFavourites),
    plain(Method::POST, "/plans/subscribers/{MSISDN}/favorites/", Op::AddFavourite),
    plain(Method::DELETE, "/plans/subscribers/{MSISDN}/favorites/", Op::RemoveFavourite),
    plain(Method::GET, "/plans/subscribers/{MSISDN}/availableoffers/", Op::ListOffers),
    plain(Method::POST, "/plans/subscribers/{MSISDN}/acquiredoffers/{offerId}", Op::AcquireOffer),
    plain(Method::DELETE, "/plans/subscribers/{MSISDN}/acquiredoffers/{offerId}", Op::DropOffer),
    plain(Method::GET, "/plans/subscribers/{MSISDN}/phonelease/", Op::GetLease),
    plain(Method::GET, "/plans/subscribers/{MSISDN}/current", Op::GetPlan),
    plain(Method::PUT, "/plans/subscribers/{MSISDN}/current", Op::ChangePlan),
    plain(Method::GET, "/plans/subscribers/{MSISDN}/availableplans/", Op::ListPlans),
    plain(Method::GET, "/plans/subscribers/{MSISDN}/upgrades/", Op::ListUpgrades),
    plain(Method::GET, "/plans/subscribers/{MSISDN}/upgraderequest", Op::GetUpgradeRequest),
    plain(Method::POST, "/plans/subscribers/{MSISDN}/upgraderequest", Op::RequestUpgrade),
    plain(Method::POST, "/plans/subscribers/{MSISDN}/subscriptionrequests/", Op::RequestSubscriptions),
];

/// Here only GET reads, and all errors have the plain shape.
const fn plain(method: Method, path: &'static str, op: Op) -> Route<Op> {
    let scope = match op {
        Op::ListFavourites
        | Op::ListOffers
        | Op::GetLease
        | Op::GetPlan
        | Op::ListPlans
        | Op::ListUpgrades
        | Op::GetUpgradeRequest => Read,
        Op::AddFavourite
        | Op::RemoveFavourite
        | Op::AcquireOffer
        | Op::DropOffer
        | Op::ChangePlan
        | Op::RequestUpgrade
        | Op::RequestSubscriptions => Write,
    };
    route(method, path, op, scope, Shape::Plain)
}

impl Service for Plans {
    type Op = Op;

    type Access = Writer;

    const NAME: &'static str = "plans";

    const ROUTES: &'static [Route<Op>] = ROUTES;

    fn base(&self) -> &Base {
        &self.base
    }

    async fn handle(&self, op: Op, request: &Request) -> Result<Reply> {
        match op {
            Op::ListFavourites => favourites::list(self, request).await,
            Op::AddFavourite => favourites::add(self, request).await,
            Op::RemoveFavourite => favourites::remove(self, request).await,
            Op::ListOffers => offers::list(self, request).await,
            Op::AcquireOffer => offers::acquire(self, request).await,
            Op::DropOffer => offers::drop(self, request).await,
            Op::GetLease => lease::get(self, request).await,
            Op::GetPlan => plan::get(self, request).await,
            Op::ChangePlan => plan::change(self, request).await,
            Op::ListPlans => plan::list(self, request).await,
            Op::ListUpgrades => plan::upgrades(self, request).await,
            Op::GetUpgradeRequest => requests::get_upgrade(self, request).await,
            Op::RequestUpgrade => requests::upgrade(self, request).await,
            Op::RequestSubscriptions => requests::subscriptions(self, request).await,
        }
    }
}
