//! Plans, offers and services.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, Utc};

use crate::domain::catalogue::{Catalogue, Offer, Plan};
use crate::domain::ids::Partnum;
use crate::domain::period::midnight_of;
use crate::domain::service::CatalogueService;
use crate::error::Result;
use crate::table::entities::cached::Cached;
use crate::table::item::{self, text_of, value, values};
use crate::table::keys::{self, SK};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// The cached catalogue.
pub type CatalogueCache = Cached<Catalogue>;

impl CatalogueCache {
    /// The catalogue with the prices of today in a zone, at most 60 s old. One query when it has to be read.
    pub async fn get(&self, reader: &Reader, now: DateTime<Utc>, zone: FixedOffset) -> Result<Arc<Catalogue>> {
        let today = now.with_timezone(&zone).date_naive();
        let priced = async { Ok(reader.catalogue().await?.on(today)) };
        self.or(now, midnight_of(today, zone), priced).await
    }
}

/// The cached services of the catalogue, for who needs neither plans nor offers.
pub type ServiceCache = Cached<BTreeMap<Partnum, CatalogueService>>;

impl ServiceCache {
    /// The services, at most 60 s old. One query when they have to be read.
    pub async fn get(&self, reader: &Reader, now: DateTime<Utc>) -> Result<Arc<BTreeMap<Partnum, CatalogueService>>> {
        self.or(now, DateTime::<Utc>::MIN_UTC, reader.catalogue_services()).await
    }
}

impl Reader {
    /// The services of the catalogue. One query of a part of `CAT`, half a unit for each 4 KB.
    pub async fn catalogue_services(&self) -> Result<BTreeMap<Partnum, CatalogueService>> {
        let items = self.query(keys::catalogue_services(), Freshness::Eventual, Order::Ascending).await?;
        let services: Vec<CatalogueService> = values(items)?;
        Ok(services.into_iter().map(|service| (service.partnum.clone(), service)).collect())
    }

    /// All plans and offers, as they are stored. One query of a part of `CAT`, half a unit for each 4 KB.
    pub async fn catalogue(&self) -> Result<Catalogue> {
        self.catalogue_at(Freshness::Eventual).await
    }

    /// The same, with all that is written: for who changes it, or decides a change by it. Twice the price.
    pub async fn catalogue_to_change(&self) -> Result<Catalogue> {
        self.catalogue_at(Freshness::Strong).await
    }

    async fn catalogue_at(&self, freshness: Freshness) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        for item in self.query(keys::plans_and_offers(), freshness, Order::Ascending).await? {
            match text_of(&item, SK) {
                Some(sk) if sk.starts_with(keys::PLAN) => catalogue.plans.push(value(item)?),
                Some(sk) if sk.starts_with(keys::OFFER) => catalogue.offers.push(value(item)?),
                _ => {}
            }
        }
        Ok(catalogue)
    }
}

impl Changes {
    /// Sets a plan, unconditionally.
    pub fn put_plan(&mut self, plan: &Plan) -> Result<()> {
        self.put(item::item(keys::plan(&plan.id), plan)?);
        Ok(())
    }

    /// Sets an offer, unconditionally.
    pub fn put_offer(&mut self, offer: &Offer) -> Result<()> {
        self.put(item::item(keys::offer(&offer.id), offer)?);
        Ok(())
    }

    /// Sets a service of the catalogue, unconditionally.
    pub fn put_service(&mut self, service: &CatalogueService) -> Result<()> {
        self.put(item::item(keys::catalogue_service(&service.partnum), service)?);
        Ok(())
    }
}
