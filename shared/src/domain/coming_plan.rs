//! Upgrades that are still to be made visible and told.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{ContractId, CustomerCode, PlanId};
use crate::domain::msisdn::Msisdn;
use crate::domain::subscriber::{Subscriber, Upgrade};

/// An upgrade and its first day. Line, plan and revision identify it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComingPlan {
    /// Whose plan.
    pub msisdn: Msisdn,
    /// The line's customer at the time of the request.
    pub customer: CustomerCode,
    /// The line's contract then.
    pub contract: ContractId,
    /// The plan.
    pub plan: PlanId,
    /// When it was requested.
    pub requested_at: DateTime<Utc>,
    /// The line's revision that the request has made.
    pub revision: u64,
    /// The first day with it.
    pub day: NaiveDate,
}

impl Upgrade {
    /// Whether it is this one.
    pub fn is(&self, coming: &ComingPlan) -> bool {
        (self.revision, &self.plan) == (coming.revision, &coming.plan)
    }
}

impl Subscriber {
    /// The upgrade that the line waits for, or that nobody has written down yet.
    pub fn coming_plan(&self) -> Option<ComingPlan> {
        let upgrade = self.upgrade().filter(|upgrade| upgrade.open)?;
        Some(ComingPlan {
            msisdn: self.msisdn.clone(),
            customer: self.customer.clone(),
            contract: self.contract.clone(),
            plan: upgrade.plan.clone(),
            requested_at: upgrade.requested_at,
            revision: upgrade.revision,
            day: upgrade.first_day(&self.payment),
        })
    }
}
