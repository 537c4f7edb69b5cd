//! What changes of a profile's services mean for the ledger of the contract that pays them: which service ran from which
//! day to which, at which price.
//!
//! A change is told once, in the transaction that makes it, as what ended and what began. The days follow from all changes
//! in the order of the revisions they made: see [`Spans`].

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::domain::billing::exact::Price;
use crate::domain::billing::ledger::ServiceSpan;
use crate::domain::ids::{Partnum, ProfileId};
use crate::domain::money::Money;
use crate::domain::profile::ProvisioningState;
use crate::domain::service::{Charged, Service, Services};
use crate::error::{Invalid, Result};

/// What one change of a profile's services ends and begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFacts {
    /// What ended. A service that one change ends and begins goes on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Ended>,
    /// What began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub began: Vec<Began>,
}

/// A service that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which service.
    pub service: Partnum,
    /// The last day that is charged.
    pub to: NaiveDate,
}

/// A service that began, or whose price did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// Which service.
    pub service: Partnum,
    /// Its agreed price.
    pub price: Money,
    /// The first day that is charged.
    pub from: NaiveDate,
}

impl ServiceFacts {
    /// Whether nothing ended or began.
    pub const fn is_empty(&self) -> bool {
        self.ended.is_empty() && self.began.is_empty()
    }

    /// How many services ended and began.
    pub const fn len(&self) -> usize {
        self.ended.len() + self.began.len()
    }

    fn end(&mut self, charged: Charged, to: NaiveDate) {
        self.ended.push(Ended { service: charged.service, to });
    }

    fn begin(&mut self, charged: &Charged, from: NaiveDate) {
        let Charged { service, price } = charged.clone();
        self.began.push(Began { service, price, from });
    }
}

/// What the completion of a purchase did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completed {
    /// Services activated.
    pub activated: usize,
    /// Services removed.
    pub removed: usize,
    /// What that means for the ledger.
    pub facts: ServiceFacts,
}

impl Service {
    /// What the ledger charges once it is active.
    fn charge(&self) -> Charged {
        Charged { service: self.partnum.clone(), price: self.price }
    }
}

impl Services {
    /// Carries out pending changes on a day: requested services become active, marked ones are removed.
    ///
    /// What is removed is charged for this day too; what is replaced, until the day before. An active service that the
    /// ledger does not have, for an earlier release kept none, is charged from this day on.
    pub fn complete(&mut self, today: NaiveDate) -> Completed {
        let mut done = Completed::default();
        let before = std::mem::take(&mut self.list);
        for mut service in before {
            if !service.stays() {
                done.removed += 1;
                service.charged.into_iter().for_each(|charged| done.facts.end(charged, today));
                continue;
            }
            if service.status == ProvisioningState::InProcess {
                service.status = ProvisioningState::Active;
                done.activated += 1;
            }
            let now = service.charge();
            if service.charged.as_ref() != Some(&now) {
                done.facts.begin(&now, today);
                let replaced = service.charged.replace(now).filter(|old| old.service != service.partnum);
                replaced.into_iter().for_each(|old| done.facts.end(old, day_before(today)));
            }
            self.list.push(service);
        }
        done
    }

    /// These services, as a load sets them over those of `before`, and what that means for the ledger of the contract that
    /// pays both. A service that the load does not have ends with today; one that it has anew begins with today. The day that
    /// its record tells counts in the first load that the ledger hears of.
    #[must_use]
    pub fn loaded_over(mut self, before: &Self, today: NaiveDate) -> (Self, ServiceFacts) {
        let is_first = before.last_id() == 0 || (!before.list().is_empty() && before.charged().next().is_none());
        let mut facts = ServiceFacts::default();
        let mut charged: BTreeMap<_, _> = before.charged().map(|own| (own.service.clone(), own.clone())).collect();
        for service in &mut self.list {
            let known = match before.pending(service) {
                Some(replaced) => charged.remove(&replaced.service),
                None => charged.remove(&service.partnum),
            };
            service.charged = match known {
                Some(known) if service.status == ProvisioningState::InProcess || known == service.charge() => {
                    Some(known)
                }
                None if service.status == ProvisioningState::InProcess => None,
                known => {
                    let now = service.charge();
                    let since = service.since.filter(|_| is_first && known.is_none());
                    facts.begin(&now, since.unwrap_or(today));
                    Some(now)
                }
            };
        }
        charged.into_values().for_each(|gone| facts.end(gone, today));
        (self.after(before), facts)
    }

    /// These services, as a load brings them from where they were `before` to another contract, which pays them from its
    /// `first` day on.
    #[must_use]
    pub fn brought(mut self, before: &Self, first: NaiveDate) -> (Self, ServiceFacts) {
        let mut facts = ServiceFacts::default();
        for service in &mut self.list {
            service.charged = match service.status {
                ProvisioningState::InProcess => before.pending(service).cloned(),
                _ => Some(service.charge()),
            };
            if let Some(now) = &service.charged {
                facts.begin(now, service.since.map_or(first, |since| since.max(first)));
            }
        }
        (self.after(before), facts)
    }

    /// What is charged in the place of a service while that is requested, here and in `service` alike.
    fn pending(&self, service: &Service) -> Option<&Charged> {
        let same = |own: &&Service| {
            let place = |of: &Service| (of.id, of.partnum.clone(), of.status);
            own.status == ProvisioningState::InProcess && place(own) == place(service)
        };
        self.list().iter().find(same)?.charged.as_ref()
    }

    /// The contract that has paid them does so until a day.
    pub fn ended(&self, to: NaiveDate) -> ServiceFacts {
        let mut facts = ServiceFacts::default();
        self.charged().for_each(|charged| facts.end(charged.clone(), to));
        facts
    }

    fn charged(&self) -> impl Iterator<Item = &Charged> {
        self.list().iter().filter_map(|service| service.charged.as_ref())
    }
}

fn day_before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(1)).unwrap_or(day)
}

/// The days of services, from the changes of their profiles in the order of their revisions.
///
/// No two spans of a service overlap: one that begins again while it is charged goes on at its price, or ends the day
/// before the new price begins. A span without a day is none.
#[derive(Debug, Default)]
pub struct Spans(BTreeMap<(ProfileId, Partnum), Vec<Span>>);

#[derive(Debug)]
struct Span {
    price: Money,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

impl Spans {
    /// Takes the next change of a profile.
    pub fn add(&mut self, profile: &ProfileId, facts: ServiceFacts) {
        for Ended { service, to } in facts.ended {
            let spans = self.of(profile, service);
            if let Some(last) = spans.last_mut().filter(|last| last.to.is_none()) {
                last.to = Some(to);
                spans.retain(Span::has_days);
            }
        }
        for Began { service, price, from } in facts.began {
            let spans = self.of(profile, service);
            match spans.last_mut() {
                Some(last) if last.to.is_none_or(|to| to >= from) && last.price == price => last.to = None,
                Some(last) => {
                    let from = from.max(last.from);
                    let end = day_before(from);
                    last.to = Some(last.to.map_or(end, |to| to.min(end)));
                    spans.retain(Span::has_days);
                    spans.push(Span { price, from, to: None });
                }
                None => spans.push(Span { price, from, to: None }),
            }
        }
    }

    fn of(&mut self, profile: &ProfileId, service: Partnum) -> &mut Vec<Span> {
        self.0.entry((profile.clone(), service)).or_default()
    }

    /// The spans, by profile, service and day.
    ///
    /// # Errors
    /// A price below zero.
    pub fn into_ledger(self) -> Result<Vec<ServiceSpan>, Invalid> {
        let all = self.0.into_iter().flat_map(|(of, spans)| spans.into_iter().map(move |span| (of.clone(), span)));
        let read = |((profile, service), Span { price, from, to })| {
            let price = Some(Price::of(price)?);
            Ok(ServiceSpan { service, profile: Some(profile), price, fixed: None, from, to })
        };
        all.map(read).collect()
    }
}

impl Span {
    fn has_days(&self) -> bool {
        self.to.is_none_or(|to| to >= self.from)
    }
}

#[cfg(test)]
mod tests;
