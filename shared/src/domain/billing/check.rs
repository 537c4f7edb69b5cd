//! What makes a bill look wrong. Then the contract is parked, and a person looks at it; the run goes on.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::billing::billed::{Billed, BilledPeriod};
use crate::domain::billing::document::{Document, DocumentKind};
use crate::domain::billing::facts::Facts;
use crate::domain::billing::key::Kind;
use crate::domain::billing::parked::Parked;
use crate::domain::billing::terms::Terms;
use crate::domain::money::{Currency, Money};

/// With how many bills before it a bill is compared.
pub const BILLS_BEFORE: usize = 3;
/// How many times their average it may be.
const JUMP: i128 = 10;

/// Suspiciously many purchases of one kind on one day, some of which no bill has charged yet.
///
/// # Errors
/// The first such kind and day.
pub fn purchases(facts: &Facts, billed: Option<&BilledPeriod>, terms: &Terms) -> Result<(), Parked> {
    let charged = billed.iter().flat_map(|billed| billed.charged.keys());
    let charged: BTreeSet<&str> = charged.filter(|key| key.kind == Kind::OneOff).map(|key| key.item.as_str()).collect();
    let mut counts = BTreeMap::new();
    for one in &facts.charges {
        let (count, is_new) = counts.entry((&one.offer, one.day)).or_insert((0, false));
        *count += 1;
        *is_new |= !charged.contains(one.id.as_str());
    }
    let mut many = counts.into_iter().filter(|(_, (count, is_new))| *is_new && *count > terms.purchases_a_day);
    many.try_for_each(|((offer, day), (count, _))| {
        terms.refuse(Parked::TooManyPurchases { offer: offer.clone(), day, count })
    })
}

/// A credit note above the limit; an invoice far above the bills before it.
///
/// # Errors
/// The first of these.
pub fn documents(documents: &[Document], billed: &Billed, terms: &Terms, currency: Currency) -> Result<(), Parked> {
    for Document { kind, total, .. } in documents {
        match (kind, terms.credit_limit) {
            (DocumentKind::CreditNote, Some(limit)) if -total > limit => {
                let amount = Money { minor: -total, currency };
                terms.refuse(Parked::CreditNote { amount, limit: Money { minor: limit, currency } })?;
            }
            (DocumentKind::Invoice, _) => jump(*total, billed, terms, currency)?,
            (DocumentKind::CreditNote, _) => {}
        }
    }
    Ok(())
}

fn jump(total: i64, billed: &Billed, terms: &Terms, currency: Currency) -> Result<(), Parked> {
    let last = &billed.past[billed.past.len().saturating_sub(BILLS_BEFORE)..];
    let before: i128 = last.iter().map(|bill| i128::from(bill.total)).sum();
    let enough = last.len() >= BILLS_BEFORE;
    let count = i128::try_from(BILLS_BEFORE).unwrap_or(1);
    if enough && total > terms.jump_floor && i128::from(total) * count > JUMP * before {
        let average = Money { minor: i64::try_from(before / count).unwrap_or(i64::MAX), currency };
        terms.refuse(Parked::Jump { total: Money { minor: total, currency }, average })?;
    }
    Ok(())
}
