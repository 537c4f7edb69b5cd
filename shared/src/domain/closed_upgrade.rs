//! Upgrades that are overtaken before their first day, and closed.
//!
//! An upgrade is closed only while its day has not come. From that day on it is in force, and whatever comes then is a change
//! of its own. So no day that has begun gets another plan, and a bill charges for a day the plan that was shown on it.

use std::cmp::Ordering;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::catalogue::{Catalogue, PlanStatus};
use crate::domain::coming_plan::ComingPlan;
use crate::domain::overtaken::Overtaken;
use crate::domain::subscriber::{Subscriber, Upgrade};

/// An upgrade that was closed before its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedUpgrade {
    /// The upgrade.
    #[serde(flatten)]
    pub upgrade: ComingPlan,
    /// Why.
    pub reason: Overtaken,
    /// When.
    pub at: DateTime<Utc>,
}

impl Upgrade {
    pub(in crate::domain) const fn close(&mut self, reason: Overtaken) {
        self.open = false;
        self.closed = Some(reason);
    }
}

impl Subscriber {
    /// Closes the upgrade that is still to come, if there is one.
    pub fn close_upgrade(&mut self, reason: Overtaken, now: DateTime<Utc>, zone: FixedOffset) -> Option<ClosedUpgrade> {
        let today = now.with_timezone(&zone).date_naive();
        let upgrade = self.coming_plan().filter(|_| self.awaits_upgrade_on(today))?;
        self.upgrade.as_mut()?.close(reason);
        Some(ClosedUpgrade { upgrade, reason, at: now })
    }

    /// Takes what a load tells of an upgrade over a line of the same customer. Of two requests the newer one counts, and of one
    /// request what became of it here: the record may be older. What a record tells of a former customer's request is nothing.
    ///
    /// A record that tells an open request names the plan before it. Where that has come true, the record's plan is the
    /// requested one.
    pub(in crate::domain) fn settle_over(&mut self, before: &Self, revision: u64, today: NaiveDate) {
        let since = self.since;
        let told = self.upgrade.take().filter(|told| since.is_none_or(|since| since < told.requested_at));
        let old = before.settled(today);
        if let (Some(told), Some(kept)) = (&told, &old.upgrade) {
            let has_come_true = match told.requested_at.cmp(&kept.requested_at) {
                Ordering::Less => told.first_day(&before.payment) <= today && told.plan == old.plan,
                Ordering::Equal => !kept.open && kept.closed.is_none(),
                Ordering::Greater => false,
            };
            if told.open && has_come_true {
                self.plan = told.plan.clone();
            }
        }
        self.upgrade = self.upgrade_over(told, before, &old, revision);
    }

    fn upgrade_over(&self, told: Option<Upgrade>, before: &Self, old: &Self, revision: u64) -> Option<Upgrade> {
        let mut kept = match (told, old.upgrade.clone()) {
            (told, None) => return told.map(|told| Upgrade { revision, ..told }),
            (Some(told), Some(kept)) if kept.requested_at < told.requested_at => {
                return Some(Upgrade { revision, ..told });
            }
            (_, Some(kept)) => kept,
        };
        if self.since > before.since && self.since > Some(kept.requested_at) {
            return None;
        }
        if kept.open {
            kept.from = Some(kept.first_day(&before.payment));
            if !before.pays_as(self) {
                kept.close(Overtaken::Moved);
            } else if self.blocked.any() && !before.blocked.any() {
                kept.close(Overtaken::Blocked);
            } else if self.plan != old.plan {
                kept.close(Overtaken::PlanChanged);
            }
        }
        Some(kept)
    }

    /// Closes a coming upgrade that a line which now pays in another way cannot have.
    pub fn close_unless_open_to(&mut self, catalogue: &Catalogue, before: &Self, today: NaiveDate) {
        if before.payment.kind() == self.payment.kind() || !self.awaits_upgrade_on(today) {
            return;
        }
        let wanted = self.upgrade.as_ref().and_then(|upgrade| catalogue.plan(&upgrade.plan));
        let reason = match wanted {
            Some(plan) if plan.is_open_to(self) => return,
            Some(plan) if plan.status == PlanStatus::Active => Overtaken::NotOpen,
            _ => Overtaken::Retired,
        };
        if let Some(upgrade) = &mut self.upgrade {
            upgrade.close(reason);
        }
    }

    /// Closes the coming upgrade that a load has told at this revision, if a request for it would be refused; `last` is the
    /// contract's last day.
    pub fn close_told(
        &mut self,
        revision: u64,
        last: Option<NaiveDate>,
        now: DateTime<Utc>,
        zone: FixedOffset,
    ) -> Option<ClosedUpgrade> {
        let told = self.told_upgrade(revision, now.with_timezone(&zone).date_naive())?;
        let reason = if self.blocked.any() {
            Overtaken::Blocked
        } else if last.is_some_and(|last| last < told.day) {
            Overtaken::ContractEnded
        } else {
            return None;
        };
        self.close_upgrade(reason, now, zone)
    }

    /// The upgrade that a load has told at this revision, and that is still to come.
    pub fn told_upgrade(&self, revision: u64, today: NaiveDate) -> Option<ComingPlan> {
        self.coming_plan().filter(|coming| coming.revision == revision && today < coming.day)
    }

    /// The upgrade that was to come when the line is taken away.
    pub fn closed_by_removal(&self, now: DateTime<Utc>, zone: FixedOffset) -> Option<ClosedUpgrade> {
        self.clone().close_upgrade(Overtaken::Moved, now, zone)
    }

    /// The upgrade of `before` that was to come and that a load has closed by making the line this one.
    pub fn closed_by_load(&self, before: &Self, now: DateTime<Utc>, today: NaiveDate) -> Option<ClosedUpgrade> {
        let upgrade = before.coming_plan().filter(|_| before.awaits_upgrade_on(today))?;
        let reason = match self.upgrade() {
            Some(same) if same.is(&upgrade) && self.customer == before.customer => same.closed?,
            Some(_) if self.customer == before.customer => Overtaken::Replaced,
            _ => Overtaken::Moved,
        };
        Some(ClosedUpgrade { upgrade, reason, at: now })
    }
}

#[cfg(test)]
mod tests;
