//! What is stored under a customer's document number: the customer, its sites, its documents.
//!
//! Two customers may have one number. So every account, site and document names its customer, which is what counts. One
//! item tells the customer that was told last, and so a number without sites from an unknown one; beside it there is one
//! for each customer that ever had something here, so that nothing is read for others.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::document::{Document, Segment};
use crate::domain::identity::Identity;
use crate::domain::ids::{CustomerCode, DocumentName};
use crate::domain::owned::Sight;
use crate::domain::site::Site;
use crate::error::Result;
use crate::table::entities::recording::{ExtensionOwner, SitePlace};
use crate::table::item::{self, Item, key_of, text_of, value};
use crate::table::keys::{self, Key, SK};
use crate::table::page::{From, Paged, Sieve, Way, Window};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// Documents that are read at a time.
const DOCUMENTS: usize = 50;

/// A customer that something under a document number belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct DocumentOwner {
    customer: CustomerCode,
}

/// The customers of a document number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentOwners {
    /// The one that was told last.
    last: Option<CustomerCode>,
    /// All that ever had something under the number.
    all: BTreeSet<CustomerCode>,
}

impl DocumentOwners {
    /// Whether something under the number may be a customer's that the caller sees.
    pub fn may_be_seen(&self, sight: &impl Sight) -> bool {
        self.all.iter().any(|customer| sight.sees(customer))
    }

    /// Whether something under the number may be this customer's.
    pub fn include(&self, customer: &CustomerCode) -> bool {
        self.all.contains(customer)
    }

    /// Whether the number is the document of a customer that the caller sees.
    pub fn are_seen(&self, sight: &impl Sight) -> bool {
        self.last.as_ref().is_some_and(|customer| sight.sees(customer))
    }
}

impl Reader {
    /// The customers of a document number. One eventual query of `DOC#kind#number`, half a unit.
    pub async fn document_owners(&self, by: &Identity) -> Result<DocumentOwners> {
        let mut owners = DocumentOwners::default();
        for item in self.query(keys::documented_customers(by), Freshness::Eventual, Order::Ascending).await? {
            let is_last = text_of(&item, SK) == Some(keys::DOCUMENTED_CUSTOMER);
            let DocumentOwner { customer } = value(item)?;
            owners.last = if is_last { Some(customer.clone()) } else { owners.last };
            owners.all.insert(customer);
        }
        Ok(owners)
    }

    /// A page of the sites of a document whose customer the caller sees, by id. One query per megabyte, half a unit per
    /// 4 KB.
    pub async fn sites(&self, by: &Identity, window: &Window, sight: &impl Sight) -> Result<Paged<Site>> {
        let read = |item| value(item).map(|site: Site| Some(site).filter(|site| sight.sees(&site.customer)));
        // A document seldom belongs to two customers.
        self.page(keys::sites(by), Freshness::Eventual, window, Sieve::All, read).await
    }

    /// The sites among these that exist, in no order. One batch of strong reads per hundred, one unit each.
    pub async fn sites_at(&self, places: impl IntoIterator<Item = &SitePlace>) -> Result<Vec<Site>> {
        let places = places.into_iter().map(|place| keys::site(&place.document, &place.id));
        self.batch(places).await?.into_iter().map(value).collect()
    }

    /// A page of the documents under a document number, of any customer, newest first; it begins after a position. One
    /// query, half a unit per 4 KB (some twenty documents).
    pub async fn documents(&self, by: &Identity, after: Option<String>) -> Result<Paged<Document>> {
        let window = Window { from: after.map_or(From::Record(0), From::After), limit: DOCUMENTS };
        let read = |item| value(item).map(Some);
        self.page_of(keys::documents(by), Freshness::Eventual, &window, (Sieve::All, Way::Back), read).await
    }
}

/// Under which number and time a customer's document lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    document: Identity,
    created: DateTime<Utc>,
}

impl Reader {
    /// The documents of these customers and names, where they lie now, in their order; none where there is none. Two batches of
    /// strong reads per hundred, two units each. What earlier releases have loaded is not found by its name.
    pub async fn documents_at(&self, names: &[(&CustomerCode, &DocumentName)]) -> Result<Vec<Option<Document>>> {
        let by_key =
            |items: Vec<Item>| -> HashMap<Key, Item> { items.into_iter().map(|item| (key_of(&item), item)).collect() };
        let keys: Vec<_> = names.iter().map(|(customer, name)| keys::document_place(customer, name)).collect();
        let mut found = by_key(self.batch(keys.iter().cloned()).await?);
        let mut places = Vec::with_capacity(names.len());
        for (key, (customer, name)) in keys.iter().zip(names) {
            let place: Option<Place> = found.remove(key).map(value).transpose()?;
            let lies = |Place { document, created }| Document {
                name: (*name).clone(),
                customer: (*customer).clone(),
                document,
                segment: Segment::default(),
                created,
            };
            places.push(place.map(|place| keys::document(&lies(place))));
        }
        let found = by_key(self.batch(places.iter().flatten().cloned().collect::<BTreeSet<_>>()).await?);
        let read = |(key, (customer, _)): (Option<Key>, &(&CustomerCode, &DocumentName))| {
            let found: Option<Document> = key.and_then(|key| found.get(&key)).cloned().map(value).transpose()?;
            // Another customer's may have taken its place.
            Ok(found.filter(|found| found.customer == **customer))
        };
        places.into_iter().zip(names).map(read).collect()
    }
}

impl SitePlace {
    /// The place of a site.
    pub fn of(site: &Site) -> Self {
        Self { document: site.document.clone(), id: site.id.clone() }
    }
}

impl Changes {
    /// Sets the customer of a document number, unconditionally, and lists it among those of the number.
    pub fn put_document_owner(&mut self, by: &Identity, customer: &CustomerCode) -> Result<()> {
        let owner = DocumentOwner { customer: customer.clone() };
        self.put(item::item(keys::documented_customer(by), &owner)?);
        self.put(item::item(keys::one_documented_customer(by, customer), &owner)?);
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

    /// Sets a document and its document number's customer; it leaves where it was before. The file is in the bucket.
    pub fn put_document(&mut self, before: Option<&Document>, document: &Document) -> Result<()> {
        self.put_document_owner(&document.document, &document.customer)?;
        let place = Place { document: document.document.clone(), created: document.created };
        self.put(item::item(keys::document_place(&document.customer, &document.name), &place)?);
        self.put(item::item(keys::document(document), document)?);
        if let Some(before) = before.filter(|before| keys::document(before) != keys::document(document)) {
            self.delete(keys::document(before), false);
        }
        Ok(())
    }

    /// Removes a document. Its file is in the bucket still.
    pub fn remove_document(&mut self, before: &Document) {
        self.delete(keys::document(before), false);
        self.delete(keys::document_place(&before.customer, &before.name), false);
    }
}
