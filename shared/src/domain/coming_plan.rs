//! Upgrades that are still to be made visible and told.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{CustomerCode, PlanId};
use crate::domain::msisdn::Msisdn;
use crate::domain::subscriber::Subscriber;

/// An upgrade and its first day. Line and time of the request identify it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComingPlan {
    /// Whose plan.
    pub msisdn: Msisdn,
    /// The line's customer at the time of the request.
    pub customer: CustomerCode,
    /// The plan.
    pub plan: PlanId,
    /// When it was requested.
    pub requested_at: DateTime<Utc>,
    /// The first day with it.
    pub day: NaiveDate,
}

impl Subscriber {
    /// The upgrade that the line waits for, or that nobody has written down yet.
    pub fn coming_plan(&self) -> Option<ComingPlan> {
        let upgrade = self.upgrade().filter(|upgrade| upgrade.open)?;
        Some(ComingPlan {
            msisdn: self.msisdn.clone(),
            customer: self.customer.clone(),
            plan: upgrade.plan.clone(),
            requested_at: upgrade.requested_at,
            day: upgrade.first_day(&self.payment),
        })
    }

    /// The line with an upgrade that has come true by `today` written down. None if that is not its upgrade, or not any more:
    /// it was taken back, or the line is another customer's.
    pub fn upgraded(&self, coming: &ComingPlan, today: NaiveDate) -> Option<Self> {
        let newest = self.upgrade()?;
        let is_newest = (newest.requested_at, &newest.plan) == (coming.requested_at, &coming.plan);
        // A newer request has written it down.
        let was_before = newest.requested_at > coming.requested_at;
        let own = self.customer == coming.customer && (is_newest || was_before) && coming.day <= today;
        let settled = self.settled(today);
        (own && *settled.plan_on(today) == coming.plan).then_some(settled)
    }
}
