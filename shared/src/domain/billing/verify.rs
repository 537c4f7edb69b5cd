//! Bills computed again from the facts that they have kept.

use std::collections::BTreeSet;

use crate::domain::billing::bill::{Outcome, Settlement, difference};
use crate::domain::billing::billed::{BilledPeriod, Charged};
use crate::domain::billing::document::{Document, Line, issue};
use crate::domain::billing::issued::Issued;
use crate::domain::billing::look::{Change, Look, Why};
use crate::domain::billing::parked::Parked;
use crate::domain::billing::pinned::Catalogues;
use crate::domain::billing::price::{Source, price};
use crate::domain::billing::terms::Terms;

/// The first engine that keeps how several lines or pieces share the days of a charge.
const KEEPS_MANY: u32 = 2;

/// The documents of a settlement, computed again from its facts, with the versions of the catalogue that it names.
///
/// # Errors
/// A version that is missing; what cannot be priced any more.
pub fn documents(settlement: &Settlement, catalogues: &Catalogues, terms: &Terms) -> Result<Vec<Document>, Parked> {
    let mut lines = Vec::new();
    for look in &settlement.looks {
        let mut changes = changes(look, catalogues)?;
        if settlement.engine < KEEPS_MANY {
            changes.iter_mut().filter_map(|change| change.source.as_mut()).for_each(forget_many);
        }
        lines.extend(Line::of(&Look { changes, ..look.clone() }));
    }
    if lines.is_empty() { Ok(Vec::new()) } else { Ok(issue(lines, &terms.form())?) }
}

/// The versions of the catalogue that a settlement names.
pub fn versions(settlement: &Settlement) -> impl Iterator<Item = u32> {
    settlement.looks.iter().flat_map(|look| look.versions.iter().copied())
}

/// Whether a bill in full is what follows from its facts, and what the customer's list shows is the same.
///
/// # Errors
/// As [`documents`].
pub fn issued_holds(issued: &Issued, catalogues: &Catalogues, terms: &Terms) -> Result<bool, Parked> {
    Ok(is_shown(issued) && holds(&issued.settlement, catalogues, terms)?)
}

/// Whether the customer's list shows each document of a bill under its number, with its total.
pub fn is_shown(issued: &Issued) -> bool {
    let documents = issued.settlement.documents();
    let mut shown = issued.bills.iter().zip(&issued.numbers).zip(documents);
    documents.len() == issued.bills.len()
        && documents.len() == issued.numbers.len()
        && shown.all(|((bill, given), document)| {
            bill.number == given.number && given.kind == document.kind && bill.amount.minor == document.total
        })
}

/// Whether a settlement's documents follow from its facts.
///
/// # Errors
/// As [`documents`].
pub fn holds(settlement: &Settlement, catalogues: &Catalogues, terms: &Terms) -> Result<bool, Parked> {
    let kept = match &settlement.outcome {
        Outcome::Billed(documents) | Outcome::TooSmall(documents) => &documents[..],
        Outcome::Nothing => &[],
    };
    Ok(documents(settlement, catalogues, terms)? == kept)
}

/// What engine 1 has not kept.
fn forget_many(source: &mut Source) {
    if let Source::Monthly { many, .. } = source {
        *many = None;
    }
}

fn changes(look: &Look, catalogues: &Catalogues) -> Result<Vec<Change>, Parked> {
    // A look without facts found none that had changed, and no line may come of it.
    let Some(facts) = &look.facts else { return Ok(Vec::new()) };
    let catalogue = catalogues.pinned(&look.versions)?;
    let priced = price(facts, &catalogue, &look.period)?;
    let was = look.changes.iter().filter_map(|change| Some((change.key.clone(), charged(change)?)));
    let before = BilledPeriod { charged: was.collect(), ..BilledPeriod::new(look.period) };
    if look.why != Why::Advance {
        return Ok(difference(priced.charges, Some(&before)));
    }
    // What was charged in advance before is no change of this look.
    let known: BTreeSet<_> = look.changes.iter().map(|change| &change.key).collect();
    let mut changes = difference(priced.in_advance(), None);
    changes.retain(|change| known.contains(&change.key));
    Ok(changes)
}

fn charged(change: &Change) -> Option<Charged> {
    let (name, bill) = (change.name.clone(), change.corrects.clone());
    change.was.map(|amount| Charged { amount, name, bill })
}
