//! A subscriber: one line with its plan, its state and what it asked for. Every rule that guards a change of a line
//! is a method here: it looks at the line as loaded and either changes it or refuses.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::catalogue::{AcquisitionMethod, Offer, Plan};
use crate::domain::contract::{BillingProfile, Payment, PaymentKind};
use crate::domain::country::Country;
use crate::domain::event::Requested;
use crate::domain::favourite::Favourite;
use crate::domain::guard::limits::Limits;
use crate::domain::guard::watch::Watch;
use crate::domain::identity::{Identity, trimmed};
use crate::domain::ids::{AccountId, ContractId, CustomerCode, OfferId, PlanId, ProfileId};
use crate::domain::lease::Lease;
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;
use crate::domain::overtaken::Overtaken;
use crate::domain::owned::Owned;
use crate::domain::status::{Asset, Blocked, StatusCode};
use crate::error::Refusal;

/// A request for a plan with a higher monthly price ([`main_plan`](super::main_plan)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgrade {
    /// The requested plan.
    pub plan: PlanId,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// The line's revision that the request has made, or the load that told it; with the plan it identifies the request.
    #[serde(default)]
    pub(in crate::domain) revision: u64,
    /// The first day with it: the next cycle day, or tomorrow for a prepaid line. Older requests do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::domain) from: Option<NaiveDate>,
    /// Whether [`Subscriber::plan`] is still the plan before it.
    pub(in crate::domain) open: bool,
    /// Why it was closed before that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Overtaken>,
}

/// The main plan of a day on which the line has come to another contract, or to another way of paying. Both act from midnight
/// on, so until then it is shown and charged as before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerPlan {
    /// The plan.
    pub(in crate::domain) plan: PlanId,
    /// How it is paid.
    pub(in crate::domain) payment: PaymentKind,
    /// Its last day.
    pub(in crate::domain) last: NaiveDate,
}

/// One line of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// The number.
    pub msisdn: Msisdn,
    /// Whose line it is.
    pub customer: CustomerCode,
    /// Since when; what was before is not for this customer ([`ownership`](super::ownership)). None for a line of which no
    /// earlier owner is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// The same as a revision of the line: what was made at this one or before is an earlier owner's, whatever the clocks
    /// say. None where the time alone is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_revision: Option<u64>,
    /// Whether the customer's record has taken the number from the customer's identities: the line stays, but its number names
    /// nobody any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub names_nobody: bool,
    /// The documents the customer is known by.
    #[serde(default)]
    pub identities: BTreeSet<Identity>,
    /// The account.
    pub account: AccountId,
    /// The profile.
    pub profile: ProfileId,
    /// The contract that pays.
    pub contract: ContractId,
    /// Its first day on that contract with that profile. None for a line that only earlier releases have loaded: no ledger knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_since: Option<NaiveDate>,
    /// How it pays.
    pub payment: Payment,
    /// The main plan; which one a day has, [`plan_on`](Self::plan_on) tells.
    pub(in crate::domain) plan: PlanId,
    /// The main plan of the day of a change that acts from midnight on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::domain) former: Option<FormerPlan>,
    /// Where its bills go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing: Option<BillingProfile>,
    /// What is blocked.
    #[serde(default)]
    pub blocked: Blocked,
    /// Favourite numbers by number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub favourites: BTreeMap<Msisdn, Favourite>,
    /// The leased handset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// Acquired offers that can be had once at a time, and when each ends.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holds: BTreeMap<OfferId, DateTime<Utc>>,
    /// The newest upgrade request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::domain) upgrade: Option<Upgrade>,
    /// Additional plans that were asked for, those that run included.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub additional: BTreeSet<PlanId>,
    /// Additional plans that run, and the first day of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_since: BTreeMap<PlanId, NaiveDate>,
    /// What its usage is guarded by, where that is not as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Limits>,
    /// What the last look at its usage has left. It is no part of the line's revision: only the guard changes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
}

/// Whether an additional plan begins to run or has run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activated {
    /// It begins to run.
    Now,
    /// It runs already.
    Before,
}

impl Subscriber {
    /// Blocks or unblocks; says whether that changed anything.
    pub fn set_status(&mut self, code: StatusCode, asset: Asset) -> bool {
        let after = self.blocked.after(code, asset);
        std::mem::replace(&mut self.blocked, after) != after
    }

    /// Whether a document is one of the customer's. The kind, where given, must fit too.
    pub fn is_identified_by(&self, kind: Option<&str>, number: &str, country: &Country) -> bool {
        let asked = self.identities.iter().filter(|own| kind.is_none_or(|kind| own.kind.eq_ignore_ascii_case(kind)));
        let means = |own: &Identity| {
            Identity::readings(&own.kind, number, country).is_ok_and(|readings| readings.contains(own))
        };
        asked.into_iter().any(means) || (kind.is_none() && self.customer.as_str() == trimmed(number))
    }

    /// Whether whoever names the customer, by kind and number of a document or by one of them, names the right one.
    pub fn is_named_by(&self, kind: Option<&str>, number: Option<&str>, country: &Country) -> bool {
        match (kind, number) {
            (kind, Some(number)) => self.is_identified_by(kind, number, country),
            (Some(kind), None) => self.has_document_kind(kind),
            (None, None) => true,
        }
    }

    /// Whether any of the customer's documents is of this kind.
    pub fn has_document_kind(&self, kind: &str) -> bool {
        self.identities.iter().any(|identity| identity.kind.eq_ignore_ascii_case(kind))
    }

    /// The favourites of a day: those that have not expired.
    pub fn favourites_on(&self, today: NaiveDate) -> impl Iterator<Item = (&Msisdn, &Favourite)> {
        self.favourites.iter().filter(move |(_, favourite)| favourite.is_valid_on(today))
    }

    /// Adds a favourite or updates its label and date. Expired ones make room. Says whether anything changed.
    pub fn put_favourite(
        &mut self,
        number: Msisdn,
        favourite: Favourite,
        slots: u32,
        today: NaiveDate,
    ) -> Result<bool, Refusal> {
        if number == self.msisdn {
            return Err(Refusal::new("a line cannot be its own favourite number"));
        }
        let before = self.favourites.clone();
        self.favourites.retain(|_, favourite| favourite.is_valid_on(today));
        let is_new = !self.favourites.contains_key(&number);
        if is_new && self.favourites.len() >= usize::try_from(slots).unwrap_or(usize::MAX) {
            return Err(Refusal::new("all favourite number slots of the plan are in use"));
        }
        self.favourites.insert(number, favourite);
        Ok(self.favourites != before)
    }

    /// Removes a favourite; says whether it was there.
    pub fn remove_favourite(&mut self, number: &Msisdn, today: NaiveDate) -> bool {
        self.favourites.remove(number).is_some_and(|favourite| favourite.is_valid_on(today))
    }

    /// Buys an offer that is open to the line. A prepaid line pays from its balance here and now.
    pub fn acquire(&mut self, offer: &Offer, now: DateTime<Utc>, zone: FixedOffset) -> Result<Acquisition, Refusal> {
        self.refuse_if_blocked()?;
        self.holds.retain(|_, ends_at| now < *ends_at);
        if self.holds.contains_key(&offer.id) {
            return Err(Refusal::new("the offer is already active and cannot be acquired again"));
        }
        let ends_at = offer.ends_at(&self.payment, now, zone);
        if let Payment::Prepaid { balance } = &mut self.payment {
            *balance = balance
                .checked_sub(offer.price)
                .ok()
                .filter(|left| left.minor >= 0)
                .ok_or(Refusal::new("the prepaid balance is too low"))?;
        }
        if !offer.repeatable {
            self.holds.insert(offer.id.clone(), ends_at);
        }
        Ok(Acquisition {
            offer: offer.id.clone(),
            customer: Some(self.customer.clone()),
            contract: Some(self.contract.clone()),
            name: offer.name.clone(),
            at: now,
            ends_at,
            price: offer.price,
            method: AcquisitionMethod::of(self.payment.kind()),
        })
    }

    /// Gives up an acquired offer.
    pub fn drop_offer(&mut self, offer: &OfferId) {
        self.holds.remove(offer);
    }

    /// Registers additional plans; answers those that were not asked for before.
    pub fn request_additional(&mut self, plans: &[&Plan]) -> Result<Vec<PlanId>, Refusal> {
        self.refuse_if_blocked()?;
        Ok(plans.iter().map(|plan| &plan.id).filter(|id| self.additional.insert((*id).clone())).cloned().collect())
    }

    /// Lets an additional plan run from `today` on that was asked for. A line that is blocked since then goes on paying, so
    /// its plan runs, too.
    ///
    /// # Errors
    /// When the line is another customer's now, or does not ask for the plan any more.
    pub fn activate_additional(&mut self, request: &Requested, today: NaiveDate) -> Result<Activated, Refusal> {
        if !self.has_requested(request) {
            return Err(Refusal::new("the line is another customer's now"));
        }
        if !self.additional.contains(&request.plan) {
            return Err(Refusal::new("the line does not ask for this plan any more"));
        }
        match self.additional_since.entry(request.plan.clone()) {
            Entry::Occupied(_) => Ok(Activated::Before),
            Entry::Vacant(place) => {
                place.insert(today);
                Ok(Activated::Now)
            }
        }
    }

    pub(in crate::domain) fn refuse_if_blocked(&self) -> Result<(), Refusal> {
        if self.blocked.any() { Err(Refusal::new("the line is blocked")) } else { Ok(()) }
    }
}

impl Owned for Subscriber {
    fn customer(&self) -> &CustomerCode {
        &self.customer
    }
}

/// An offer that a line has bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acquisition {
    /// Which offer.
    pub offer: OfferId,
    /// Who bought it; not told by older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerCode>,
    /// The contract that was charged; not told by older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractId>,
    /// Its name when it was bought.
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// For how much, tax not included.
    pub price: Money,
    /// Paid how.
    pub method: AcquisitionMethod,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestKind {
    /// A main plan with a higher monthly price, from the next bill cycle.
    Upgrade,
    /// An additional plan.
    Subscription,
}

/// A request for a plan. It stays as it was made; what was carried out stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// What is asked for.
    pub kind: RequestKind,
    /// Whose request it is; not told by older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerCode>,
    /// The plan.
    pub plan: PlanId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who asked, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where to write to, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The application that asked, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// The day from which an additional plan that was asked for runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The plan.
    pub plan: PlanId,
    /// The contract that pays.
    pub contract: ContractId,
    /// The first day, in the country's zone.
    pub since: NaiveDate,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
}
