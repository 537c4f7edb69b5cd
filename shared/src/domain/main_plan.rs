//! The main plan of a line: today's, and the one it asked for.
//!
//! An upgrade request is a change of plan on a coming day. It comes true by itself: whoever asks for the plan of that day
//! is told the new one, so nobody can carry it out twice or forget it.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

use crate::domain::billing::plan::PlanStart;
use crate::domain::catalogue::Plan;
use crate::domain::contract::Payment;
use crate::domain::ids::PlanId;
use crate::domain::period::{cycle_day_after, midnight_of};
use crate::domain::subscriber::{Subscriber, Upgrade};
use crate::error::Refusal;

/// The document's code of "a request is still open".
pub const REQUEST_OPEN: u32 = 702;
/// The code of an upgrade that has come true.
pub const REQUEST_DONE: u32 = 200;
/// The code of an upgrade that was closed before its day: what happened to the line forbids it.
pub const REQUEST_CLOSED: u32 = 403;

impl Upgrade {
    /// The first day with the requested plan.
    pub fn first_day(&self, payment: &Payment) -> NaiveDate {
        self.from.unwrap_or_else(|| first_day_after(self.requested_at.date_naive(), payment))
    }
}

fn first_day_after(today: NaiveDate, payment: &Payment) -> NaiveDate {
    match payment {
        Payment::Postpaid { cycle_day } => cycle_day_after(today, *cycle_day),
        Payment::Prepaid { .. } => today.succ_opt().unwrap_or(today),
    }
}

impl Subscriber {
    /// The main plan of today or a coming day, as far as it is known today. Past days are in the contract's ledger.
    pub fn plan_on(&self, day: NaiveDate) -> &PlanId {
        match &self.former {
            Some(former) if day <= former.last => &former.plan,
            _ => self.next_plan_on(day),
        }
    }

    /// All plans of a day: the main one, then the additional ones that run.
    pub fn plans_on(&self, day: NaiveDate) -> Vec<PlanId> {
        let running = self.additional_since.iter().filter(|(_, since)| **since <= day);
        std::iter::once(self.plan_on(day)).chain(running.map(|(plan, _)| plan)).cloned().collect()
    }

    /// The same without regard to a plan that only today still has.
    pub fn next_plan_on(&self, day: NaiveDate) -> &PlanId {
        match &self.upgrade {
            Some(upgrade) if upgrade.open && upgrade.first_day(&self.payment) <= day => &upgrade.plan,
            _ => &self.plan,
        }
    }

    /// The newest upgrade request.
    pub const fn upgrade(&self) -> Option<&Upgrade> {
        self.upgrade.as_ref()
    }

    /// Whether the newest upgrade request is still to come on a day.
    pub fn awaits_upgrade_on(&self, day: NaiveDate) -> bool {
        self.upgrade.as_ref().is_some_and(|upgrade| upgrade.open && day < upgrade.first_day(&self.payment))
    }

    /// All main plans that the line's own record names.
    pub fn main_plans(&self) -> impl Iterator<Item = &PlanId> {
        std::iter::once(&self.plan).chain(self.upgrade.iter().map(|upgrade| &upgrade.plan))
    }

    /// Writes down what has come true by a day.
    fn settle(&mut self, day: NaiveDate) {
        let awaits = self.awaits_upgrade_on(day);
        self.plan = self.next_plan_on(day).clone();
        if let Some(upgrade) = &mut self.upgrade {
            upgrade.open &= awaits;
        }
    }

    /// The same line, with what has come true by a day written down.
    pub fn settled(&self, day: NaiveDate) -> Self {
        let mut settled = self.clone();
        settled.settle(day);
        settled
    }

    /// Moves to another main plan at once. The line's `revision` that the change makes names it in the ledger.
    ///
    /// # Errors
    /// 403 for a blocked line, an open upgrade request, the same plan.
    pub fn change_plan(
        &mut self,
        plan: &Plan,
        revision: u64,
        now: DateTime<Utc>,
        zone: FixedOffset,
    ) -> Result<PlanStart, Refusal> {
        self.settle(now.with_timezone(&zone).date_naive());
        self.refuse_if_blocked()?;
        self.refuse_if_upgrade_open()?;
        if self.plan == plan.id {
            return Err(Refusal::new("the line has this plan already"));
        }
        self.plan = plan.id.clone();
        Ok(self.plan_start(&plan.id, self.not_before_contract(now, zone), revision))
    }

    /// Registers an upgrade request, one at a time. The change of plan that it means is a fact from now on.
    ///
    /// # Errors
    /// 403 for a blocked line and while another request is open.
    pub fn request_upgrade(
        &mut self,
        plan: &Plan,
        revision: u64,
        now: DateTime<Utc>,
        zone: FixedOffset,
    ) -> Result<PlanStart, Refusal> {
        let today = now.with_timezone(&zone).date_naive();
        self.settle(today);
        self.refuse_if_upgrade_open()?;
        self.refuse_if_blocked()?;
        let from = first_day_after(today, &self.payment);
        let plan_id = plan.id.clone();
        self.upgrade =
            Some(Upgrade { plan: plan_id, requested_at: now, revision, from: Some(from), open: true, closed: None });
        Ok(self.plan_start(&plan.id, midnight_of(from, zone), revision))
    }

    fn refuse_if_upgrade_open(&self) -> Result<(), Refusal> {
        if self.upgrade.as_ref().is_some_and(|upgrade| upgrade.open) {
            return Err(Refusal { code: Some(REQUEST_OPEN), message: "an upgrade request is still open".into() });
        }
        Ok(())
    }

    /// An instant, or the first one on the contract for a line that comes to it tomorrow: of the plan starts that lie
    /// there the newest revision holds.
    pub(in crate::domain) fn not_before_contract(&self, at: DateTime<Utc>, zone: FixedOffset) -> DateTime<Utc> {
        self.contract_since.map_or(at, |since| at.max(midnight_of(since, zone)))
    }

    /// The ledger's fact that the line has a plan from an instant on.
    pub(in crate::domain) fn plan_start(&self, plan: &PlanId, at: DateTime<Utc>, revision: u64) -> PlanStart {
        PlanStart {
            line: self.msisdn.clone(),
            at,
            id: format!("{revision:012}"),
            plan: plan.clone(),
            payment: self.payment.kind(),
        }
    }
}
