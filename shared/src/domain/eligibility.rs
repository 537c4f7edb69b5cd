//! Eligibility: which plans and offers a subscriber may have.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::catalogue::{AcquisitionMethod, Catalogue, Channel, Offer, Plan, PlanKind, PlanStatus, PlanType};
use crate::domain::ids::PlanId;
use crate::domain::subscriber::Subscriber;

impl Plan {
    /// On sale and open to this kind of line.
    pub fn is_open_to(&self, subscriber: &Subscriber) -> bool {
        self.status == PlanStatus::Active && self.open_to.contains(&subscriber.payment.kind())
    }
}

impl Offer {
    /// Whether the line could have it now: on sale, payable by this kind of line, open to its plan.
    pub fn is_open_to(&self, subscriber: &Subscriber, now: DateTime<Utc>, today: NaiveDate) -> bool {
        self.on_sale_from <= now
            && self.on_sale_until.is_none_or(|until| now < until)
            && self.methods.contains(&AcquisitionMethod::of(subscriber.payment.kind()))
            && self.plans.as_ref().is_none_or(|plans| plans.contains(subscriber.plan_on(today)))
    }
}

impl Catalogue {
    /// The offers of a channel that a subscriber can buy now, by rank. None while the line is blocked.
    pub fn available_offers(
        &self,
        subscriber: &Subscriber,
        channel: Channel,
        now: DateTime<Utc>,
        today: NaiveDate,
    ) -> Vec<&Offer> {
        let mut offers: Vec<_> = self
            .offers
            .iter()
            .filter(|_| !subscriber.blocked.any())
            .filter(|offer| offer.channels.contains(&channel) && offer.is_open_to(subscriber, now, today))
            .collect();
        offers.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.id.cmp(&b.id)));
        offers
    }

    /// The plans open to a subscriber, by rank; all of them, or those of one type.
    pub fn available_plans(&self, subscriber: &Subscriber, wanted: Option<PlanType>, today: NaiveDate) -> Vec<&Plan> {
        let current = self.plan(subscriber.plan_on(today));
        let mut plans: Vec<_> = self
            .plans
            .iter()
            .filter(|plan| plan.is_open_to(subscriber))
            .filter(|plan| wanted.is_none_or(|wanted| is_of_type(plan, wanted, current)))
            .collect();
        plans.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.id.cmp(&b.id)));
        plans
    }

    /// A main plan the subscriber may change to.
    pub fn main_plan_for(&self, subscriber: &Subscriber, id: &PlanId) -> Option<&Plan> {
        self.plan(id).filter(|plan| plan.is_main() && plan.is_open_to(subscriber))
    }

    /// An additional plan the subscriber may subscribe to.
    pub fn additional_plan_for(&self, subscriber: &Subscriber, id: &PlanId) -> Option<&Plan> {
        self.plan(id).filter(|plan| !plan.is_main() && plan.is_open_to(subscriber))
    }

    /// One of the subscriber's upgrades.
    pub fn upgrade_for(&self, subscriber: &Subscriber, id: &PlanId, today: NaiveDate) -> Option<&Plan> {
        let current = self.plan(subscriber.plan_on(today));
        self.main_plan_for(subscriber, id).filter(|plan| is_of_type(plan, PlanType::Upgrades, current))
    }
}

/// Upgrades and downgrades are compared by monthly amount, among main plans open to any eligible line.
fn is_of_type(plan: &Plan, wanted: PlanType, current: Option<&Plan>) -> bool {
    let movable = matches!(plan.kind, PlanKind::Standard | PlanKind::New);
    let current_amount = current.map(|current| current.monthly.minor);
    match wanted {
        PlanType::Upgrades => movable && current_amount.is_some_and(|amount| plan.monthly.minor > amount),
        PlanType::Downgrades => movable && current_amount.is_some_and(|amount| plan.monthly.minor < amount),
        PlanType::Retention => plan.kind == PlanKind::Retention,
        PlanType::Additional => plan.kind == PlanKind::Additional,
        PlanType::New => plan.kind == PlanKind::New,
    }
}
