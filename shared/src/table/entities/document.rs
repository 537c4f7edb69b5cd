//! What is stored under a customer's document number: the customer, its sites, its documents.
//!
//! Two customers may have one number. So every site and document names its customer, which is what counts; the
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
    /// The customer with a document number. One get of `DOC#kind#number`, half a unit.
    pub async fn document_owner(&self, by: &Identity) -> Result<Option<DocumentOwner>> {
        self.get(keys::documented_customer(by), Freshness::Eventual).await?.map(value).transpose()
    }

    /// A page of the sites of a document whose customer passes the filter, by id. One query per megabyte, half a unit
    /// per 4 KB.
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

    /// The sites among these that exist, in no order. One batch of strong reads per hundred, one unit each.
    pub async fn sites_at(&self, places: impl IntoIterator<Item = &SitePlace>) -> Result<Vec<Site>> {
        let places = places.into_iter().map(|place| keys::site(&place.document, &place.id));
        self.batch(places).await?.into_iter().map(value).collect()
    }

    /// All documents under a document number, of any customer, oldest first. One query, half a unit per 4 KB (some
    /// twenty documents).
    pub async fn documents(&self, by: &Identity) -> Result<Vec<Document>> {
        let items = self.query(keys::documents(by), Freshness::Eventual, Order::Ascending).await?;
        values(items)
    }
}

impl SitePlace {
    /// The place of a site.
    pub fn of(site: &Site) -> Self {
        Self { document: site.document.clone(), id: site.id.clone() }
    }
}

impl Changes {
    /// Sets the customer of a document number, unconditionally.
    pub fn put_document_owner(&mut self, by: &Identity, customer: &CustomerCode) -> Result<()> {
        let owner = DocumentOwner { customer: customer.clone() };
        self.put(item::item(keys::documented_customer(by), &owner)?);
        Ok(())
    }

    /// Sets a site, its document's customer, and the customer of its extensions.
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

    /// Sets the site alone.
    pub fn put_site_alone(&mut self, site: &Site) -> Result<()> {
        self.put(item::item(keys::site(&site.document, &site.id), site)?);
        Ok(())
    }

    /// Sets a document and its document number's customer. The file is in the bucket.
    pub fn put_document(&mut self, document: &Document) -> Result<()> {
        self.put_document_owner(&document.document, &document.customer)?;
        self.put(item::item(keys::document(document), document)?);
        Ok(())
    }
}
