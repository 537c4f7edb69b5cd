//! Payments, and the bills that they find by their numbers.

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
use crate::table::item::{self, Stored, stored, value};
use crate::table::keys;
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
    /// The key of an imported bill that lies elsewhere than a load is about to put it. Two strong gets.
    ///
    /// # Errors
    /// 400 for a number of a bill that was issued here.
    pub async fn displaced(&self, bill: &Bill) -> Result<Option<Displaced>> {
        if self.get(keys::issued(&bill.number), Freshness::Strong).await?.is_some() {
            return Err(Error::invalid("number", format!("{} is a bill that was issued here", bill.number)));
        }
        let place = self.get(keys::bill_place(&bill.number), Freshness::Strong).await?;
        let Some(Place { customer, date }) = place.map(value).transpose()? else { return Ok(None) };
        let stays = (&customer, date) == (&bill.customer, bill.date);
        Ok((!stays).then_some(Displaced { customer, date, number: bill.number.clone() }))
    }
}

/// An imported bill at its old place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Displaced {
    customer: CustomerCode,
    date: NaiveDate,
    number: BillNumber,
}

impl Changes {
    /// Removes an imported bill from its old place.
    pub fn remove_displaced(&mut self, bill: &Displaced) {
        self.delete(keys::bill(&bill.customer, bill.date, &bill.number), false);
    }

    /// Keeps where an imported bill lies.
    pub(super) fn put_place(&mut self, bill: &Bill) -> Result<()> {
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
