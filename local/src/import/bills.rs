//! Bills, billing groups, documents and recordings: one of each name, wherever it was before.

use std::collections::BTreeSet;

use shared::domain::bill::Bill;
use shared::domain::customer::BillingGroup;
use shared::domain::document::Document;
use shared::domain::ids::BillNumber;
use shared::domain::recording::Recording;
use shared::error::Error;
use shared::table::{Changes, Numbered};

use super::Import;
use super::record::GroupRecord;
use super::thing::Told;
use super::units::{Decided, Failed, Unit, at, read};

/// Why a bill that was issued here is not loaded.
pub(super) fn issued_here(number: &BillNumber) -> String {
    format!("must be of a bill that was not issued here, as {number} was")
}

/// Why a bill is not loaded whose number is another one's.
pub(super) fn anothers(number: &BillNumber) -> String {
    format!("must be no other bill's; {number} is the same but for dashes and case")
}

/// Whether a bill is what a record says, the number of whom it names written alike; what of payments became credit no record
/// says.
fn is_as_told(there: &Bill, told: &Bill) -> bool {
    let alike = there.subscriber.written() == told.subscriber.written();
    alike && *there == Bill { credited: there.credited, ..told.clone() }
}

impl Import<'_> {
    /// A new bill and its number are one transaction, so no bill is there that its number does not find, and none has the number
    /// of another: a run that gives it out at the same time makes this one stale, or that one. One that is there changes, or leaves
    /// its old customer or day, in one transaction at its revision: beside a payment, one of the two is decided again.
    pub(super) async fn load_bills(&self, bills: Vec<Told<Bill>>) -> Result<(), Failed> {
        self.settle(bills, async |bills| {
            let reader = self.writer.reader();
            let now = self.clock.now();
            let numbers = bills.iter().map(|told| &told.value.number);
            let found = read(numbers, async |part: Vec<_>| reader.numbered(&part).await).await?;
            let mut decided = Decided::default();
            for (Told { line, value: bill }, before) in bills.iter().zip(found) {
                let at = at(*line);
                let mut changes = Changes::new();
                match before {
                    Numbered::Free => changes.add_imported_bill(bill, now).map_err(&at)?,
                    Numbered::Issued => return Err(at(Error::invalid("number", issued_here(&bill.number)))),
                    Numbered::Imported(before) if before.number != bill.number => {
                        return Err(at(Error::invalid("number", anothers(&before.number))));
                    }
                    Numbered::Imported(before) if is_as_told(&before, bill) => {}
                    Numbered::Imported(before) => changes.reload_bill(&before, bill, now).map_err(&at)?,
                }
                decided.change(*line, changes);
            }
            Ok(decided)
        })
        .await
    }

    /// A group keeps since when it is one; its address is changed at its revision.
    pub(super) async fn load_groups(&self, groups: Vec<Told<GroupRecord>>) -> Result<(), Failed> {
        self.settle(groups, async |groups| {
            let reader = self.writer.reader();
            let wanted: Vec<_> = groups.iter().map(|told| (&told.value.customer, &told.value.id)).collect();
            let found = read(wanted, async |part| reader.groups_at(&part).await).await?;
            let mut decided = Decided::default();
            for (Told { line, value: GroupRecord { customer, id, address } }, before) in groups.iter().zip(found) {
                let at = at(*line);
                let mut changes = Changes::new();
                match before {
                    None => {
                        let group = BillingGroup { id: id.clone(), address: address.clone(), since: None };
                        changes.put_group(customer, &group, self.clock.now()).map_err(&at)?;
                        decided.set(*line, changes);
                    }
                    Some(before) if before.address == *address => {}
                    Some(before) => {
                        let after = BillingGroup { address: address.clone(), ..before.value.clone() };
                        changes.update_group(customer, &before, &after).map_err(&at)?;
                        decided.change(*line, changes);
                    }
                }
            }
            Ok(decided)
        })
        .await
    }

    /// A document leaves the number, or the time, under which it was.
    pub(super) async fn load_documents(&self, documents: Vec<Told<Document>>) -> Result<(), Failed> {
        let reader = self.writer.reader();
        let wanted: Vec<_> = documents.iter().map(|told| (&told.value.customer, &told.value.name)).collect();
        let found = read(wanted, async |part| reader.documents_at(&part).await).await?;
        let mut units = Vec::new();
        for (Told { line, value: document }, before) in documents.iter().zip(found) {
            let mut changes = Changes::new();
            changes.put_document(before.as_ref(), document).map_err(at(*line))?;
            units.push(Unit { line: *line, changes });
        }
        self.set(units).await
    }

    /// Registers recordings that are not known, erased ones included: no load brings back what was erased.
    pub(super) async fn load_recordings(&self, recordings: Vec<Told<Recording>>) -> Result<(), Failed> {
        self.settle(recordings, async |recordings| {
            let reader = self.writer.reader();
            let wanted = recordings.iter().map(|told| told.value.id);
            let known = read(wanted, async |part: Vec<_>| reader.recordings_at(&part).await).await?;
            let known: BTreeSet<_> = known.iter().map(|recording| recording.id).collect();
            let mut decided = Decided::default();
            for Told { line, value } in recordings.iter().filter(|told| !known.contains(&told.value.id)) {
                let mut changes = Changes::new();
                changes.create_recording(value).map_err(at(*line))?;
                decided.change(*line, changes);
            }
            Ok(decided)
        })
        .await
    }
}
