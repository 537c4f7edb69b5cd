//! Payments, and the bills that they find by their numbers.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::bill::Bill;
use crate::domain::billing::issued::Issued;
use crate::domain::event::BillPaid;
use crate::domain::ids::{BillNumber, CustomerCode, PaymentId};
use crate::domain::money::Money;
use crate::domain::payment::Payment;
use crate::domain::payment_file::name::RowId;
use crate::error::{Error, Result};
use crate::table::item::{self, Item, Stored, key_of, stored, value};
use crate::table::keys::{self, Key};
use crate::table::read::Freshness;
use crate::table::{Changes, Reader};

/// A payment that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The payment.
    #[serde(flatten)]
    pub payment: Payment,
    /// What of it became the contract's credit, or was taken from it, in minor units.
    pub credited: i64,
    /// What was still to be paid of the bill after it.
    pub balance: Money,
    /// When it was applied.
    pub at: DateTime<Utc>,
    /// The row of a file that told it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_by: Option<RowId>,
}

/// What there is under a bill's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A bill that was issued here: as its customer sees it, and in full.
    Issued(Box<Stored<Bill>>, Box<Issued>),
    /// One that an import has brought.
    Imported(Box<Stored<Bill>>),
    /// A bill that is issued, and a moment later is shown.
    NotShown,
    /// None.
    Nothing,
}

/// Where the customer's list has an imported bill.
#[derive(Serialize, Deserialize)]
pub(super) struct Place {
    customer: CustomerCode,
    date: NaiveDate,
    number: BillNumber,
}

impl Place {
    fn of(bill: &Bill) -> Self {
        Self { customer: bill.customer.clone(), date: bill.date, number: bill.number.clone() }
    }

    /// Whether an item with a number is one, and no bill in full.
    pub(super) fn is_in(item: &Item) -> bool {
        item.contains_key("customer")
    }

    fn key(&self) -> Key {
        keys::bill(&self.customer, self.date, &self.number)
    }
}

/// Who has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A bill that was issued here, in full.
    Issued(Box<Issued>),
    /// A bill that an import has brought.
    Imported,
}

/// What an import finds under a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Numbered {
    /// Nothing.
    Free,
    /// A bill that was issued here.
    Issued,
    /// A bill that an import has brought.
    Imported(Box<Stored<Bill>>),
}

impl Reader {
    /// A payment, if it was applied. One strong get.
    pub async fn payment(&self, id: &PaymentId) -> Result<Option<Applied>> {
        self.get(keys::payment(id), Freshness::Strong).await?.map(value).transpose()
    }

    /// The bill of a number. The bill in full as [`Reader::issued`] reads it, or where an imported one lies; then a strong get.
    pub async fn bill_of(&self, number: &BillNumber) -> Result<Found> {
        let Some(item) = self.get(keys::numbered(number), Freshness::Strong).await? else { return Ok(Found::Nothing) };
        let (place, issued) = if Place::is_in(&item) {
            (Some(value(item)?), None)
        } else {
            let issued = self.in_full(item).await?;
            let own = |issued: &Issued| issued.bills.iter().find(|bill| bill.number == *number).map(Place::of);
            (issued.as_ref().and_then(own), issued)
        };
        // Of another spelling it is no number that anybody was told.
        let Some(place) = place.filter(|place: &Place| place.number == *number) else { return Ok(Found::Nothing) };
        let item = self.get(place.key(), Freshness::Strong).await?;
        Ok(match (item, issued) {
            (Some(item), Some(issued)) => Found::Issued(Box::new(stored(item)?), Box::new(issued)),
            (Some(item), None) => Found::Imported(Box::new(stored(item)?)),
            (None, Some(_)) => Found::NotShown,
            (None, None) => Found::Nothing,
        })
    }
}

impl Reader {
    /// What there is under these numbers, in their order; imported bills where they are now. Several may be one but for dashes and
    /// case: a batch with a key twice is refused, so each is asked for once. Batches of strong reads, a unit for each number and each 4 KB
    /// of what it has, and one for each imported bill, as long as it is under 4 KB.
    pub async fn numbered(&self, numbers: &[&BillNumber]) -> Result<Vec<Numbered>> {
        let keys: HashSet<Key> = numbers.iter().map(|number| keys::numbered(number)).collect();
        let items = by_key(self.batch(keys).await?);
        let place = |item: &Item| value::<Place>(item.clone()).map(|place| place.key());
        let places: HashSet<Key> =
            items.values().filter(|item| Place::is_in(item)).map(place).collect::<Result<_>>()?;
        let bills = by_key(self.batch(places).await?);
        let under = |number: &&BillNumber| match items.get(&keys::numbered(number)) {
            None => Ok(Numbered::Free),
            Some(item) if !Place::is_in(item) => Ok(Numbered::Issued),
            Some(item) => match bills.get(&place(item)?) {
                None => Ok(Numbered::Free),
                Some(bill) => Ok(Numbered::Imported(Box::new(stored(bill.clone())?))),
            },
        };
        numbers.iter().map(under).collect()
    }

    /// Who has a number. A strong get for an imported bill, otherwise as [`Reader::issued`] reads it.
    pub async fn holder(&self, number: &BillNumber) -> Result<Option<Holder>> {
        match self.get(keys::numbered(number), Freshness::Strong).await? {
            None => Ok(None),
            Some(item) if Place::is_in(&item) => Ok(Some(Holder::Imported)),
            Some(item) => Ok(self.in_full(item).await?.map(|issued| Holder::Issued(Box::new(issued)))),
        }
    }
}

fn by_key(items: Vec<Item>) -> HashMap<Key, Item> {
    items.into_iter().map(|item| (key_of(&item), item)).collect()
}

impl Changes {
    /// Adds an imported bill under a number that none has.
    pub fn add_imported_bill(&mut self, bill: &Bill, now: DateTime<Utc>) -> Result<()> {
        let place = Place::of(bill);
        self.put(item::imported(place.key(), bill, now)?);
        self.create(item::item(keys::numbered(&bill.number), &place)?);
        Ok(())
    }

    /// Sets a bill that was loaded before as it is told now, with the place where payments find it, if nobody has changed it
    /// since it was read. One that has another customer or day leaves its old place.
    ///
    /// The revision goes on wherever it lies, so a payment that was decided on the old bill fails. What payments of it have become
    /// of the contract's credit stays known.
    pub fn reload_bill(&mut self, before: &Stored<Bill>, after: &Bill, now: DateTime<Utc>) -> Result<()> {
        let after = &Bill { credited: before.credited, ..after.clone() };
        let (from, to) = (Place::of(before).key(), Place::of(after).key());
        if from == to {
            return self.update_bill(before, after);
        }
        self.delete_at(from, before.rev);
        self.put(item::imported_after(before.next_rev(), to, after, now)?);
        self.put(item::item(keys::numbered(&after.number), &Place::of(after))?);
        Ok(())
    }

    /// Removes an imported bill, if nobody has changed it since it was read.
    pub fn remove_bill(&mut self, before: &Stored<Bill>) {
        self.delete_at(keys::bill(&before.customer, before.date, &before.number), before.rev);
        self.delete(keys::numbered(&before.number), false);
    }

    /// The bill is paid so far, if nobody has changed it since it was loaded.
    pub fn update_bill(&mut self, before: &Stored<Bill>, after: &Bill) -> Result<()> {
        self.update(keys::bill(&before.customer, before.date, &before.number), before, after)
    }

    /// Adds a payment that was applied, and tells of it, if there is none of this id; of a row of a file, if the row was not left.
    pub fn add_payment(
        &mut self,
        (payment, told_by): (&Payment, Option<&RowId>),
        bill: &Bill,
        credited: i64,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let balance = bill.balance().map_err(|invalid| Error::internal(invalid.to_string()))?;
        let applied = Applied { payment: payment.clone(), credited, balance, at, told_by: told_by.cloned() };
        let mut item = item::item(keys::payment(&payment.id), &applied)?;
        let event = BillPaid {
            payment: &payment.id,
            number: &bill.number,
            customer: &bill.customer,
            contract: &bill.contract,
            amount: payment.amount,
            credited,
            balance,
            day: payment.day,
        };
        item::tell(&mut item, &event, at)?;
        self.create(item);
        if let Some(row) = told_by {
            self.absent(keys::left_row(&payment.id, row));
        }
        Ok(())
    }
}
