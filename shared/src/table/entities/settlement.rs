//! What a run does for a contract: bills, or none and why, or a place in the list of those that wait for a person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::bill::Bill;
use crate::domain::billing::billed::Billed;
use crate::domain::billing::issued::Issued;
use crate::domain::billing::owner::ContractOwner;
use crate::domain::event::{BillDocumentWanted, BillGenerated};
use crate::domain::ids::{BillNumber, RunId};
use crate::error::{Error, Result};
use crate::table::entities::contract::Books;
use crate::table::entities::payment::Holder;
use crate::table::entities::run::ParkedContract;
use crate::table::item::{self, Item, Stored, text, text_of};
use crate::table::keys;
use crate::table::packed::{Packed, parts_of, replaced};
use crate::table::read::Freshness;
use crate::table::{Changes, Reader, Writer};

/// In which item a bill lies that was issued together with another.
const WITH: &str = "with";

/// A step of a contract: the period it closes, with its documents.
#[derive(Debug)]
pub struct Settling<'a> {
    /// The contract after it.
    pub after: ContractOwner,
    /// What bills have charged after it.
    pub billed: Billed,
    /// Its bills; none when there is nothing to bill.
    pub issued: Option<&'a Issued>,
}

/// What a person has said of a parked contract: its case is closed, or it is right as it is ([`ParkedContract::allowed`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// What was found.
    pub parked: ParkedContract,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Writer {
    /// Commits a step of a contract, and brings its books up to date: the contract with what bills have charged so far, its
    /// place in the lists, and the bills in full. One transaction, at the revision the contract was read at; what is too
    /// large for an item is written before it, and what the customer's list shows follows from it ([`Writer::show`]).
    ///
    /// Of two who bill a contract at once the second is [`Stale`](crate::error::Error::Stale), reads again, and finds what
    /// the first has done; so does whoever comes after a crash. The bills' items are created, so no number can be on two; one
    /// that an imported bill has is [`Stale`](crate::error::Error::Stale) however often it is tried ([`Reader::holder`]).
    pub async fn settle(&self, books: &mut Books, settling: Settling<'_>, now: DateTime<Utc>) -> Result<()> {
        let Settling { after, billed, issued } = settling;
        let Books { owner, parts, .. } = &*books;
        let contract = &owner.contract.id;
        let key = keys::contract(contract);
        let mut changes = Changes::new();
        let charged = Packed::new(&billed)?;
        self.put_parts(&key, &charged).await?;
        let also = charged.attributes();
        let gone = replaced(&also);
        let new_parts = parts_of(&also);
        if let Some((digest, count)) = parts.as_ref().filter(|parts| new_parts.as_ref() != Some(parts)) {
            (0..*count).for_each(|part| changes.delete(keys::part(&key, digest, part), false));
        }
        changes.update_with(key, owner, &after, (also, gone))?;
        changes.list_contract(owner.listed, &after)?;
        if owner.parked.is_some() && after.parked.is_none() {
            changes.unpark(contract);
        }
        if let Some(issued) = issued {
            let full = Packed::new(&issued.to_keep())?;
            if let Some(first) = issued.numbers.first() {
                self.put_parts(&keys::numbered(&first.number), &full).await?;
            }
            changes.add_issued(issued, full);
        }
        self.commit(changes, None, now).await?;
        if let Some(issued) = issued {
            self.show(issued, now).await?;
        }
        (books.owner, books.billed, books.parts) = (Stored { rev: owner.next_rev(), value: after }, billed, new_parts);
        Ok(())
    }
}

impl Writer {
    /// Adds bills to their customer's list, with their events, unless they are there. A request and a unit each; one more where
    /// the document is wanted at once.
    ///
    /// They follow from the bill in full, which is committed, and whoever takes over after a crash adds those that are
    /// missing; a payment that has changed one since is never overwritten.
    pub async fn show(&self, issued: &Issued, now: DateTime<Utc>) -> Result<()> {
        for bill in &issued.bills {
            self.create(bill_item(bill, &issued.run, now)?).await?;
            if issued.document_at_once {
                let mut wanted = item::bare(keys::wanted(&bill.number));
                item::tell(&mut wanted, &BillDocumentWanted { number: bill.number.clone() }, now)?;
                self.create(wanted).await?;
            }
        }
        Ok(())
    }
}

/// A bill of a run in its customer's list, with its event.
fn bill_item(bill: &Bill, run: &RunId, now: DateTime<Utc>) -> Result<Item> {
    let mut item = item::item(keys::bill(&bill.customer, bill.date, &bill.number), bill)?;
    let Bill { number, customer, contract, date, due, .. } = bill;
    let (date, due) = (*date, *due);
    let event = BillGenerated { number, customer, contract, run, total: bill.amount, date, due };
    item::tell(&mut item, &event, now)?;
    Ok(item)
}

impl Reader {
    /// A bill in full, with those that were issued together with it. A strong get, or two; a query more when it is larger
    /// than an item.
    pub async fn issued(&self, number: &BillNumber) -> Result<Option<Issued>> {
        Ok(match self.holder(number).await? {
            Some(Holder::Issued(issued)) => Some(*issued),
            _ => None,
        })
    }

    /// The bill in full of an item with a number.
    pub(super) async fn in_full(&self, mut item: Item) -> Result<Option<Issued>> {
        if let Some(first) = text_of(&item, WITH).and_then(|first| first.parse().ok()) {
            match self.get(keys::numbered(&first), Freshness::Strong).await? {
                Some(with) => item = with,
                None => return Ok(None),
            }
        }
        let kept: Option<Issued> = self.unpacked(&item).await?;
        let whole = kept.map(Issued::whole).transpose();
        whole.map_err(|invalid| Error::internal(invalid.to_string()))
    }
}

impl Changes {
    fn add_issued(&mut self, issued: &Issued, full: Packed) {
        let Some((first, rest)) = issued.numbers.split_first() else { return };
        let mut item = item::bare(keys::numbered(&first.number));
        item.extend(full.attributes());
        self.create(item);
        for other in rest {
            let mut item = item::bare(keys::numbered(&other.number));
            item.insert(WITH.to_owned(), text(first.number.as_str()));
            self.create(item);
        }
    }

    /// The contract waits for a person, if nobody has changed it since it was loaded.
    pub fn park_contract(
        &mut self,
        before: &Stored<ContractOwner>,
        after: &ContractOwner,
        parked: &ParkedContract,
    ) -> Result<()> {
        self.update(keys::contract(&before.contract.id), before, after)?;
        self.park(parked, before.parked.is_none().then(|| before.next_rev()))
    }

    /// A person has closed the case of a parked contract, if nobody has changed the contract since it was loaded.
    pub fn close_case(&mut self, before: &Stored<ContractOwner>, after: &ContractOwner, case: &Case) -> Result<()> {
        self.unpark(&before.contract.id);
        self.add_case(before, after, case)
    }

    /// A person has said that what looks wrong of a parked contract is right, if nobody has changed the contract since it was
    /// loaded.
    pub fn allow_case(&mut self, before: &Stored<ContractOwner>, after: &ContractOwner, case: &Case) -> Result<()> {
        self.park(&case.parked, None)?;
        self.add_case(before, after, case)
    }

    fn add_case(&mut self, before: &Stored<ContractOwner>, after: &ContractOwner, case: &Case) -> Result<()> {
        let contract = &before.contract.id;
        self.update(keys::contract(contract), before, after)?;
        self.create(item::item(keys::case(contract, &case.parked.run, before.next_rev()), case)?);
        Ok(())
    }
}
