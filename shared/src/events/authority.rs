//! The way of a bill to its tax office, or to the office's certifier. None is in the bundle: an operator brings one, in a
//! consumer of `BillGenerated` that calls [`declare`] (docs/fiscal.md).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bill::Bill;
use crate::domain::billing::issued::Issued;
use crate::domain::fiscal::authority::{Answer, FiscalState};
use crate::domain::ids::BillNumber;
use crate::error::{Cause, Error, Result};
use crate::table::{Changes, Found, Writer};

/// A tax office, or a certifier. Every call may fail, take too long, or be made again for a bill it has had before: it knows
/// bills by their codes.
pub trait FiscalAuthority: Sync {
    /// Makes the document that the office takes, signed. Nothing is sent.
    fn sign(&self, bill: &Bill, issued: &Issued) -> impl Future<Output = Result<Vec<u8>>> + Send;

    /// Sends it.
    fn send(&self, signed: &[u8]) -> impl Future<Output = Result<Answer>> + Send;

    /// Asks what became of a delivery, by the name that the office gave it.
    fn poll(&self, receipt: &str) -> impl Future<Output = Result<Answer>> + Send;
}

/// How long an office may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a call.
    pub call: Duration,
    /// For its answer, until a bill is handed out without.
    pub answer: TimeDelta,
}

/// A step of a bill's way: it is sent, or the office is asked for its answer. Returns how it stands then; none for a bill that
/// no office has to agree to. Done again until it [is settled](FiscalState::is_settled).
///
/// What the office says is written at the bill's revision. So a second delivery finds a settled bill and sends nothing; of two
/// at once the second is [`Stale`](Error::Stale); whoever comes after a crash or a lost answer sends or asks again, and the
/// office, which knows the code, says the same.
///
/// # Errors
/// 404 for an unknown bill; 503 while it is not visible yet, or the table does not answer.
pub async fn declare(
    table: &Writer,
    authority: &impl FiscalAuthority,
    number: &BillNumber,
    patience: Patience,
    now: DateTime<Utc>,
) -> Result<Option<FiscalState>> {
    let (bill, issued) = match table.reader().bill_of(number).await? {
        Found::Issued(bill, issued) => (bill, issued),
        Found::NotShown => return Err(Error::Unavailable(Cause::text("the bill is not shown yet"))),
        Found::Imported(_) | Found::Nothing => return Err(Error::NotFound("the bill")),
    };
    let Some(state) = bill.fiscal.clone().filter(|state| !state.is_settled()) else { return Ok(bill.fiscal.clone()) };
    let asked = tokio::time::timeout(patience.call, ask(authority, &bill, &issued, &state)).await;
    let next = match asked {
        Ok(Ok(answer)) => state.after(answer, now).without_answer(patience.answer, now),
        Ok(Err(_)) | Err(_) => state.without_answer(patience.answer, now),
    };
    if next != state {
        let mut changes = Changes::new();
        changes.update_bill(&bill, &Bill { fiscal: Some(next.clone()), ..bill.value.clone() })?;
        table.commit(changes, None, now).await?;
    }
    Ok(Some(next))
}

/// What the office says. Nothing of it asks the table, whose silence would be taken for the office's.
async fn ask(authority: &impl FiscalAuthority, bill: &Bill, issued: &Issued, state: &FiscalState) -> Result<Answer> {
    match &state.receipt {
        Some(receipt) => authority.poll(receipt).await,
        None => authority.send(&authority.sign(bill, issued).await?).await,
    }
}
