//! Payments, and the bills that they find by their numbers.

use std::collections::HashMap;

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
struct Place {
    customer: CustomerCode,
    date: NaiveDate,
}

impl Reader {
    /// A payment, if it was applied. One strong get.
    pub async fn payment(&self, id: &PaymentId) -> Result<Option<Applied>> {
        self.get(keys::payment(id), Freshness::Strong).await?.map(value).transpose()
    }

    /// The bill of a number. The bill in full as [`Reader::issued`] reads it, or for an imported bill a strong get more; then
    /// a strong get.
    pub async fn bill_of(&self, number: &BillNumber) -> Result<Found> {
        let issued = self.issued(number).await?;
        let place = match &issued {
            Some(issued) => {
                let bill = issued.bills.iter().find(|bill| bill.number == *number);
                bill.map(|Bill { customer, date, .. }| Place { customer: customer.clone(), date: *date })
            }
            None => self.get(keys::bill_place(number), Freshness::Strong).await?.map(value).transpose()?,
        };
        let Some(Place { customer, date }) = place else { return Ok(Found::Nothing) };
        let item = self.get(keys::bill(&customer, date, number), Freshness::Strong).await?;
        Ok(match (item, issued) {
            (Some(item), Some(issued)) => Found::Issued(Box::new(stored(item)?), Box::new(issued)),
            (Some(item), None) => Found::Imported(Box::new(stored(item)?)),
            (None, Some(_)) => Found::NotShown,
            (None, None) => Found::Nothing,
        })
    }
}

impl Reader {
    /// The imported bills of these numbers, where they are now, in their order; none where payments find none. Batches of strong
    /// reads, a unit for each number, and one for each bill that is there, as long as it is under 4 KB.
    pub async fn imported_bills(&self, numbers: &[&BillNumber]) -> Result<Vec<Option<Stored<Bill>>>> {
        let mut found = by_key(self.batch(numbers.iter().map(|number| keys::bill_place(number))).await?);
        let mut places = Vec::with_capacity(numbers.len());
        for number in numbers {
            let place: Option<Place> = found.remove(&keys::bill_place(number)).map(value).transpose()?;
            places.push(place.map(|Place { customer, date }| keys::bill(&customer, date, number)));
        }
        let mut found = by_key(self.batch(places.iter().flatten().cloned().collect::<Vec<_>>()).await?);
        places.iter().map(|key| key.as_ref().and_then(|key| found.remove(key)).map(stored).transpose()).collect()
    }

    /// Those of these numbers whose bills were issued here. One batch of strong reads per hundred, a unit for each 4 KB.
    pub async fn issued_among(&self, numbers: &[&BillNumber]) -> Result<Vec<BillNumber>> {
        let found = by_key(self.batch(numbers.iter().map(|number| keys::issued(number))).await?);
        Ok(numbers.iter().filter(|number| found.contains_key(&keys::issued(number))).copied().cloned().collect())
    }
}

fn by_key(items: Vec<Item>) -> HashMap<Key, Item> {
    items.into_iter().map(|item| (key_of(&item), item)).collect()
}

impl Changes {
    /// Sets a bill that was loaded before as it is told now, with the place where payments find it, if nobody has changed it
    /// since it was read. One that has another customer or day leaves its old place.
    ///
    /// The revision goes on wherever it lies, so a payment that was decided on the old bill fails.
    pub fn reload_bill(&mut self, before: &Stored<Bill>, after: &Bill, now: DateTime<Utc>) -> Result<()> {
        let key = |bill: &Bill| keys::bill(&bill.customer, bill.date, &bill.number);
        if key(before) == key(after) {
            self.update_bill(before, after)?;
        } else {
            self.delete_at(key(before), before.rev);
            self.put(item::imported_after(before.next_rev(), key(after), after, now)?);
        }
        self.put_place(after)
    }

    /// Removes an imported bill, if nobody has changed it since it was read.
    pub fn remove_bill(&mut self, before: &Stored<Bill>) {
        self.delete_at(keys::bill(&before.customer, before.date, &before.number), before.rev);
        self.delete(keys::bill_place(&before.number), false);
    }

    /// Keeps where an imported bill lies.
    pub fn put_place(&mut self, bill: &Bill) -> Result<()> {
        let place = Place { customer: bill.customer.clone(), date: bill.date };
        self.put(item::item(keys::bill_place(&bill.number), &place)?);
        Ok(())
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
        item::tell(&mut item, &event)?;
        self.create(item);
        if let Some(row) = told_by {
            self.absent(keys::left_row(&payment.id, row));
        }
        Ok(())
    }
}
