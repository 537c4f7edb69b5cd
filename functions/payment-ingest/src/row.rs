//! One row of a file.

use std::time::Duration;

use shared::domain::payment::Payment;
use shared::domain::payment_file::name::RowId;
use shared::domain::payment_file::progress::{Became, Left};
use shared::error::{Error, Result};
use shared::events::{Decision, decide};
use shared::retry::pause;
use shared::table::Changes;

use crate::PaymentIngest;

/// How often a row is decided again because somebody else changed what it had loaded.
const ATTEMPTS: u32 = 8;
/// The longest wait before the second attempt.
const PAUSE: Duration = Duration::from_millis(4);

/// Pays a bill with a row, or leaves the row, and says what became of it: the same however often it is asked.
///
/// What becomes of a row is decided by one transaction: either there is its payment, which remembers the row, or the row is
/// left, which only goes while there is no payment of its id. Each of the two fails once the other is there. So of two who
/// decide at once one does and the other finds it, a lost answer or a crash brings somebody who finds it, and a function that
/// was thought to be dead cannot pay with a row that was counted as left.
///
/// # Errors
/// When the table does not answer, or somebody else is always faster; the row is asked for again with its chunk.
pub async fn pay(app: &PaymentIngest, payment: &Payment, row: &RowId) -> Result<Became> {
    for attempt in 0..ATTEMPTS {
        match once(app, payment, row).await {
            Err(Error::Stale) => pause(PAUSE, attempt).await,
            done => return done,
        }
    }
    Err(Error::Stale)
}

async fn once(app: &PaymentIngest, payment: &Payment, row: &RowId) -> Result<Became> {
    let told = app.base.reader().told_payment(&payment.id, row).await?;
    if let Some(left) = told.left {
        return Ok(Became::Left(left));
    }
    if let Some(applied) = told.applied {
        let is_own = applied.told_by.as_ref() == Some(row);
        return Ok(match payment.told_again(&applied.payment) {
            Ok(()) if is_own => Became::Applied(payment.amount.minor),
            Ok(()) => Became::Duplicate,
            Err(other) => Became::refused(&other),
        });
    }
    let (mut changes, became) = match decide(&app.base, payment, Some(row)).await? {
        Decision::Pay(changes) => (changes, Became::Applied(payment.amount.minor)),
        Decision::Unknown => (Changes::new(), unknown("there is no such bill")),
        Decision::NotShown => (Changes::new(), unknown("the bill is not shown yet")),
        Decision::Refused(refused) => (Changes::new(), Became::refused(&refused)),
    };
    if let Became::Left(left) = &became {
        changes.leave_row(&payment.id, row, left)?;
    }
    app.base.table.commit(changes, None, app.base.clock.now()).await?;
    Ok(became)
}

fn unknown(reason: &str) -> Became {
    Became::Left(Left { unknown: true, reason: reason.to_owned() })
}
