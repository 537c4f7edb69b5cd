//! From a payment to what it does, whoever tells it: an event or a row of a file.

use crate::domain::billing::owner::ContractOwner;
use crate::domain::payment::{Payment, Refused};
use crate::domain::payment_file::name::RowId;
use crate::error::Result;
use crate::invocation::Base;
use crate::table::{Changes, Found};

/// What is to be done about a payment.
#[derive(Debug)]
pub enum Decision {
    /// Its bill is paid so far, and the payment is kept: this is to be committed.
    Pay(Changes),
    /// There is no bill of its number.
    Unknown,
    /// Its bill is issued, and shown in a moment.
    NotShown,
    /// It cannot be applied.
    Refused(Refused),
}

/// Decides about a payment of whose id there is none yet; `told_by` is the row of a file that tells it, if one does.
///
/// Bill and contract at the revisions they were loaded at, and the payment under its id with its event, are one transaction.
/// So of two deliveries at once, or of two payments of one bill, the second is [`Stale`](crate::error::Error::Stale) and
/// decides again on what the first has left; a lost answer is asked for again under the transaction's own token; a crash
/// leaves all or nothing.
///
/// # Errors
/// When the table does not answer.
pub async fn decide(base: &Base, payment: &Payment, told_by: Option<&RowId>) -> Result<Decision> {
    let now = base.clock.now();
    if let Err(refused) = Payment::check_day(payment.day, now.with_timezone(&base.country.zone()).date_naive()) {
        return Ok(Decision::Refused(refused));
    }
    let reader = base.reader();
    let (bill, was_issued) = match reader.bill_of(&payment.bill).await? {
        Found::Issued(bill, _) => (bill, true),
        Found::Imported(bill) => (bill, false),
        Found::NotShown => return Ok(Decision::NotShown),
        Found::Nothing => return Ok(Decision::Unknown),
    };
    let owner = reader.contract(&bill.contract).await?;
    let credit = owner.as_ref().and_then(|owner| owner.credit_of(&bill, was_issued));
    let effect = match payment.apply(&bill, credit) {
        Ok(effect) => effect,
        Err(refused) => return Ok(Decision::Refused(refused)),
    };
    let mut changes = Changes::new();
    changes.add_payment((payment, told_by), &effect.bill, effect.credited, now)?;
    changes.update_bill(&bill, &effect.bill)?;
    if let Some(owner) = owner.filter(|_| effect.credited != 0) {
        let after = ContractOwner { credit: owner.credit + effect.credited, ..owner.value.clone() };
        changes.update_contract(&owner, &after)?;
    }
    Ok(Decision::Pay(changes))
}
