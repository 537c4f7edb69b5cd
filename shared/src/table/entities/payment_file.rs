//! Payment files: how far each is, which arrived when, and rows that were not applied.

use chrono::NaiveDate;

use super::payment::Applied;
use crate::domain::event::PaymentFileIngested;
use crate::domain::ids::PaymentId;
use crate::domain::money::Currency;
use crate::domain::payment_file::name::{FileId, RowId};
use crate::domain::payment_file::progress::{Left, Progress};
use crate::error::Result;
use crate::table::item::{self, stored, value, values};
use crate::table::keys;
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader, Stored};

/// What there is of a payment that a row of a file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The payment, if it was applied, whoever told it.
    pub applied: Option<Applied>,
    /// Why the row was left, if it was.
    pub left: Option<Left>,
}

impl Reader {
    /// What there is of a payment that a row tells. A strong get, and one more unless the payment is this row's own: however many
    /// rows of other files were left for want of the bill, none of them is read.
    ///
    /// A row is left only while there is no payment of its id, and the payment is read first; so whoever finds the payment
    /// finds the row that was left before it, too.
    pub async fn told_payment(&self, id: &PaymentId, row: &RowId) -> Result<Told> {
        let applied = self.get(keys::payment(id), Freshness::Strong).await?;
        let applied: Option<Applied> = applied.map(value).transpose()?;
        if applied.as_ref().is_some_and(|applied| applied.told_by.as_ref() == Some(row)) {
            return Ok(Told { applied, left: None });
        }
        let left = self.get(keys::left_row(id, row), Freshness::Strong).await?.map(value).transpose()?;
        Ok(Told { applied, left })
    }

    /// How far a payment file is. One get, strong.
    pub async fn payment_file(&self, file: &FileId) -> Result<Option<Stored<Progress>>> {
        self.get(keys::payment_file(file), Freshness::Strong).await?.map(stored).transpose()
    }

    /// The payment files that arrived on a day and how far each is. One query, and a batch for each hundred of them.
    pub async fn payment_files(&self, day: NaiveDate) -> Result<Vec<Progress>> {
        let arrivals = self.query(keys::payment_arrivals(day), Freshness::Eventual, Order::Ascending).await?;
        let arrivals: Vec<FileId> = values(arrivals)?;
        let mut files: Vec<Progress> = values(self.batch(arrivals.iter().map(keys::payment_file)).await?)?;
        files.sort_by(|one, other| (one.started, &one.file.digest).cmp(&(other.started, &other.file.digest)));
        Ok(files)
    }
}

impl Changes {
    /// Leaves a row, if it was neither left before nor is there a payment of its id. If there is, the whole commit is
    /// [`Error::Stale`]: of two who decide about a row at once, one does, and the other finds what was decided.
    ///
    /// # Errors
    /// None of its own.
    pub fn leave_row(&mut self, id: &PaymentId, row: &RowId, left: &Left) -> Result<()> {
        self.create(item::item(keys::left_row(id, row), left)?);
        self.absent(keys::payment(id));
        Ok(())
    }

    /// Enters a file, also among those that arrived on a day. If it is there, the whole commit is [`Error::Stale`].
    ///
    /// # Errors
    /// None of its own.
    pub fn create_payment_file(&mut self, day: NaiveDate, progress: &Progress) -> Result<()> {
        self.create(item::first(keys::payment_file(&progress.file), progress)?);
        self.put(item::item(keys::payment_arrival(day, &progress.file), &progress.file)?);
        Ok(())
    }

    /// Sets how far a file is, at the revision it was loaded at: of two who did the same chunk one counts it, and a crash
    /// before it means that the chunk is done again, which finds what was decided. With the last chunk it is told what became
    /// of the file, once.
    ///
    /// # Errors
    /// None of its own.
    pub fn update_payment_file(
        &mut self,
        before: &Stored<Progress>,
        after: &Progress,
        currency: Currency,
    ) -> Result<()> {
        self.update(keys::payment_file(&after.file), before, after)?;
        let Some(at) = after.finished else { return Ok(()) };
        let event = PaymentFileIngested { file: &after.file, rows: after.counts.reconciled(currency), at };
        let mut item = item::item(keys::payment_file_done(&after.file), &after.counts)?;
        item::tell(&mut item, &event, at)?;
        self.create(item);
        Ok(())
    }
}
