//! What a load means for the bill shock guard: limits that change, and lines that leave their contract.

use std::collections::BTreeSet;

use shared::domain::ids::ContractId;
use shared::domain::subscriber::Subscriber;
use shared::error::Error;
use shared::table::Changes;

use super::Import;
use super::units::{Failed, each};

impl Import<'_> {
    /// Lets the limits of a contract count from its lines' next usage on: what the last looks have left was left under others.
    ///
    /// It comes after the contract was set, and each time that a record tells limits: done again, after a crash or without need,
    /// it costs a look at each line.
    pub(super) async fn forget_watches(&self, contract: &ContractId) -> Result<(), Failed> {
        let books = self.writer.reader().books(contract, self.country.zone()).await?;
        let lines: BTreeSet<_> = books.into_iter().flat_map(|books| books.ledger.lines).map(|span| span.line).collect();
        each(lines, async |line| Ok(self.writer.forget_watch(&line).await?)).await?;
        let mut changes = Changes::new();
        changes.forget_contract_watch(contract);
        Ok(self.writer.load(changes).await?)
    }

    /// Tells that data roaming of a line which leaves its contract is not held any more, so that nobody holds its next customer.
    ///
    /// In the transaction by which it leaves: one comes with the other, once.
    pub(super) async fn release_roaming(&self, line: &Subscriber, changes: &mut Changes) -> Result<(), Error> {
        if line.watch.as_ref().is_none_or(|watch| watch.contract != line.contract) {
            return Ok(());
        }
        let reader = self.writer.reader();
        let about = reader.agreeable(&line.contract, &line.msisdn, self.today(), self.country.zone()).await?;
        let Some(about) = about else { return Ok(()) };
        match about.told.leave(&line.msisdn, about.period, self.clock.now()) {
            Some(released) => changes.add_agreement(&about.customer, &line.contract, &released),
            None => Ok(()),
        }
    }
}
