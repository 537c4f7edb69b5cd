//! One payment.

use shared::domain::event::PaymentReceived;
use shared::error::{Cause, Error, Result};
use shared::events::{Decision, Outcome, Record, decide};

use crate::PaymentApply;

/// `PaymentReceived`: the bill is paid, and what is too much is the contract's credit.
///
/// The payment is found under its id, or created there in the transaction that pays the bill ([`decide`]). So a second
/// delivery finds it; of two at once the second decides again and finds it, too; a crash leaves all or nothing and brings the
/// message again.
pub async fn apply(app: &PaymentApply, record: &Record) -> Result<Outcome> {
    let PaymentReceived(payment) = record.payload()?;
    if let Some(applied) = app.base.reader().payment(&payment.id).await? {
        return Ok(match payment.told_again(&applied.payment) {
            Ok(()) => Outcome::Duplicate,
            Err(other) => Outcome::Parked(other.to_string()),
        });
    }
    match decide(&app.base, &payment, None).await? {
        Decision::Pay(changes) => {
            app.base.table.commit(changes, None, record.now).await?;
            Ok(Outcome::Applied)
        }
        Decision::NotShown => Err(Error::Unavailable(Cause::text("the bill is not shown yet"))),
        Decision::Unknown => Ok(Outcome::Parked("there is no such bill".to_owned())),
        Decision::Refused(refused) => Ok(Outcome::Parked(refused.to_string())),
    }
}
