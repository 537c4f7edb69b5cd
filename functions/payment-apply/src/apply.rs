//! One payment.

use shared::domain::billing::owner::ContractOwner;
use shared::domain::event::PaymentReceived;
use shared::error::{Cause, Error, Result};
use shared::events::{Outcome, Record};
use shared::table::{Changes, Found};

use crate::PaymentApply;

/// `PaymentReceived`: the bill is paid, and what is too much is the contract's credit.
///
/// Bill and contract at the revisions they were loaded at, and the payment under its id with its event, are one transaction.
/// So a second delivery finds the payment; of two at once, or of two payments of one bill, the second decides again on what
/// the first has left; a crash leaves all or nothing and brings the message again.
pub async fn apply(app: &PaymentApply, record: &Record) -> Result<Outcome> {
    let PaymentReceived(payment) = record.payload()?;
    let reader = app.base.reader();
    if let Some(applied) = reader.payment(&payment.id).await? {
        // Who tells it again a day later may name that day.
        let is_same = applied.payment.is_same(&payment);
        let other = || Outcome::Parked("another payment has this id".to_owned());
        return Ok(if is_same { Outcome::Duplicate } else { other() });
    }
    if payment.day > record.today() {
        return Ok(Outcome::Parked("the day of the payment lies in the future".to_owned()));
    }
    let (bill, was_issued) = match reader.bill_of(&payment.bill).await? {
        Found::Issued(bill) => (bill, true),
        Found::Imported(bill) => (bill, false),
        Found::NotShown => return Err(Error::Unavailable(Cause::text("the bill is not shown yet"))),
        Found::Nothing => return Ok(Outcome::Parked("there is no such bill".to_owned())),
    };
    let owner = reader.contract(&bill.contract).await?;
    let credit = owner.as_ref().and_then(|owner| owner.credit_of(&bill, was_issued));
    let effect = match payment.apply(&bill, credit) {
        Ok(effect) => effect,
        Err(refused) => return Ok(Outcome::Parked(refused.to_string())),
    };
    let mut changes = Changes::new();
    changes.add_payment(&payment, &effect.bill, effect.credited, record.now)?;
    changes.update_bill(&bill, &effect.bill)?;
    if let Some(owner) = owner.filter(|_| effect.credited != 0) {
        let after = ContractOwner { credit: owner.credit + effect.credited, ..owner.value.clone() };
        changes.update_contract(&owner, &after)?;
    }
    app.base.table.commit(changes, None, record.now).await?;
    Ok(Outcome::Applied)
}
