//! What a customer's document number leads to: the customer, its sites, its documents.
//!
//! Two customers may have one number. So every site and document says whose it is, and that is what is looked at; the
//! customer's item only tells a number without sites from an unknown one.

use serde::{Deserialize, Serialize};

use crate::domain::document::Document;
use crate::domain::identity::Identity;
use crate::domain::ids::CustomerCode;
use crate::domain::owned::Owned;
use crate::domain::site::Site;
use crate::error::Result;
use crate::table::entities::recording::{ExtensionOwner, SitePlace};
use crate::table::item::{self, value, values};
use crate::table::keys;
use crate::table::read::{Freshness, Order, Sieve};
use crate::table::{Changes, Paged, Reader, Window};

/// The customer a document number belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentOwner {
    /// Which customer.
    pub customer: CustomerCode,
}

impl Owned for DocumentOwner {
    fn customer(&self) -> &CustomerCode {
        &self.customer
    }
}

impl Reader {
    /// The customer that is known by a document. One get of `DOC#kind#number`, half a unit.
    pub async fn document_owner(&self, by: &Identity) -> Result<Option<DocumentOwner>> {
        self.get(keys::documented_customer(by), Freshness::Eventual).await?.map(value).transpose()
    }

    /// A window of the sites of a document whose customer passes, by their ids. One query for each megabyte, half a unit
    /// for each 4 KB.
    pub async fn sites(
        &self,
        by: &Identity,
        window: &Window,
        passes: impl Fn(&CustomerCode) -> bool,
    ) -> Result<Paged<Site>> {
        let read = |item| value(item).map(|site: Site| Some(site).filter(|site| passes(&site.customer)));
        // A document seldom belongs to two customers.
        self.page(keys::sites(by), Freshness::Eventual, window, Sieve::All, read).await
    }

    /// Those of many sites that are there, in no order. One batch of strong reads for each hundred, one unit each.
    pub async fn sites_at(&self, places: impl IntoIterator<Item = &SitePlace>) -> Result<Vec<Site>> {
        let places = places.into_iter().map(|place| keys::site(&place.document, &place.id));
        self.batch(places).await?.into_iter().map(value).collect()
    }

    /// All documents kept under a document number, of whatever customer, oldest first. One query, half a unit for each
    /// 4 KB (some twenty documents).
    pub async fn documents(&self, by: &Identity) -> Result<Vec<Document>> {
        let items = self.query(keys::documents(by), Freshness::Eventual, Order::Ascending).await?;
        values(items)
    }
}

impl SitePlace {
    /// Where a site is.
    pub fn of(site: &Site) -> Self {
        Self { document: site.document.clone(), id: site.id.clone() }
    }
}

impl Changes {
    /// Sets which customer a document number belongs to.
    pub fn put_document_owner(&mut self, by: &Identity, customer: &CustomerCode) -> Result<()> {
        let owner = DocumentOwner { customer: customer.clone() };
        self.put(item::item(keys::documented_customer(by), &owner)?);
        Ok(())
    }

    /// Sets a site, the customer it leads to, and whose its extensions are.
    pub fn put_site(&mut self, site: &Site) -> Result<()> {
        self.put_document_owner(&site.document, &site.customer)?;
        self.put(item::item(keys::site(&site.document, &site.id), site)?);
        for extension in &site.extensions {
            let place = Some(SitePlace::of(site));
            self.put_extension(&ExtensionOwner {
                number: extension.number,
                customer: site.customer.clone(),
                site: place,
            })?;
        }
        Ok(())
    }

    /// Sets what is told of a site and nothing else.
    pub fn put_site_alone(&mut self, site: &Site) -> Result<()> {
        self.put(item::item(keys::site(&site.document, &site.id), site)?);
        Ok(())
    }

    /// Sets a document and the customer it leads to. The file itself is in the bucket.
    pub fn put_document(&mut self, document: &Document) -> Result<()> {
        self.put_document_owner(&document.document, &document.customer)?;
        self.put(item::item(keys::document(document), document)?);
        Ok(())
    }
}
