//! What a load of a line means for the ledgers of the contract it leaves and the one it is on: days and plans, as facts.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

use crate::domain::billing::ledger::{AdditionalSpan, LineSpan};
use crate::domain::billing::plan::PlanStart;
use crate::domain::ids::{ContractId, PlanId};
use crate::domain::period::midnight_of;
use crate::domain::subscriber::Subscriber;

/// A dated fact about a line, for one contract's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The contract has the line.
    Line(LineSpan),
    /// The line has a main plan.
    Plan(PlanStart),
    /// The line has an additional plan.
    Additional(AdditionalSpan),
}

impl Fact {
    /// Whether the ledger of a contract keeps the two, of one line, in one place.
    fn is_in_place_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Line(own), Self::Line(other)) => own.from == other.from,
            (Self::Additional(own), Self::Additional(other)) => (&own.plan, own.from) == (&other.plan, other.from),
            _ => false,
        }
    }
}

impl Subscriber {
    /// The facts that are new when this line, as [`loaded_over`](Self::loaded_over) has made it, is set over what was
    /// there, at this revision. None when nothing that is paid for has changed.
    pub fn facts_of_load(
        &self,
        before: Option<&Self>,
        revision: u64,
        now: DateTime<Utc>,
        zone: FixedOffset,
    ) -> Vec<(ContractId, Fact)> {
        let today = now.with_timezone(&zone).date_naive();
        let Some(since) = self.contract_since else { return Vec::new() };
        let mut facts = Vec::new();
        let old = before.and_then(|before| Some((before, before.contract_since?)));
        match old {
            Some((before, began)) if before.pays_as(self) && began == since => {
                let plan = |line: &Self| (line.next_plan_on(today).clone(), line.payment.kind());
                let at = self.not_before_contract(now, zone);
                // One whose day has come before it is told begins now: no past day gets another plan.
                let coming = self.upgrade().filter(|_| self.awaits_upgrade_on(today));
                let is_before_upgrade =
                    coming.is_none_or(|upgrade| at < midnight_of(upgrade.first_day(&self.payment), zone));
                if plan(before) != plan(self) && is_before_upgrade {
                    facts.push(Fact::Plan(self.plan_start(self.next_plan_on(today), at, revision)));
                }
                facts.extend(self.upgrade_fact(before, today, zone));
                let new = self.additional_since.iter().filter(|(plan, _)| !before.additional_since.contains_key(*plan));
                facts.extend(new.map(|(plan, from)| Fact::Additional(self.additional_span(*from, plan, None))));
            }
            _ => facts.extend(self.begins(since, revision, zone)),
        }
        let left = old.filter(|(before, _)| !before.pays_as(self));
        let last = since.pred_opt().unwrap_or(since);
        let left = left.into_iter().flat_map(|(before, began)| before.ends(began, last));
        // What was to begin on the same day on the same contract has not begun: what begins now takes its place.
        let is_replaced = |contract: &ContractId, fact: &Fact| {
            *contract == self.contract && facts.iter().any(|own| own.is_in_place_of(fact))
        };
        let mut all: Vec<_> = left.filter(|(contract, fact)| !is_replaced(contract, fact)).collect();
        all.extend(facts.into_iter().map(|fact| (self.contract.clone(), fact)));
        all
    }

    /// The facts that are new when the line is taken away: its contract is charged for it until a day.
    pub fn facts_of_removal(&self, last: NaiveDate) -> Vec<(ContractId, Fact)> {
        self.contract_since.map(|began| self.ends(began, last)).unwrap_or_default()
    }

    /// Whether it is on the same contract with the same profile, whose services it pays.
    pub(in crate::domain) fn pays_as(&self, other: &Self) -> bool {
        (&self.contract, &self.profile) == (&other.contract, &other.profile)
    }

    /// The line comes to its contract.
    fn begins(&self, since: NaiveDate, revision: u64, zone: FixedOffset) -> Vec<Fact> {
        let mut facts = vec![
            Fact::Line(self.line_span(since, None)),
            Fact::Plan(self.plan_start(self.next_plan_on(since), midnight_of(since, zone), revision)),
        ];
        facts.extend(self.coming_start(since, zone).map(Fact::Plan));
        let running = self.additional_since.iter();
        facts.extend(running.map(|(plan, from)| Fact::Additional(self.additional_span(*from, plan, None))));
        facts
    }

    /// A load that tells of another upgrade, or changes how one is paid: the same fact, whichever of the two it is paid as.
    fn upgrade_fact(&self, before: &Self, today: NaiveDate, zone: FixedOffset) -> Option<Fact> {
        let start = self.coming_start(today, zone);
        start.filter(|start| before.coming_start(today, zone).as_ref() != Some(start)).map(Fact::Plan)
    }

    /// The start of the plan that the line waits for on a day. The request's revision names it.
    fn coming_start(&self, day: NaiveDate, zone: FixedOffset) -> Option<PlanStart> {
        let upgrade = self.upgrade().filter(|_| self.awaits_upgrade_on(day))?;
        let first = midnight_of(upgrade.first_day(&self.payment), zone);
        Some(self.plan_start(&upgrade.plan, first, upgrade.revision))
    }

    /// The line leaves the contract that it has been on since `began`; `last` is its last day.
    fn ends(&self, began: NaiveDate, last: NaiveDate) -> Vec<(ContractId, Fact)> {
        let running = self.additional_since.iter();
        let ended = running.map(|(plan, from)| Fact::Additional(self.additional_span(*from, plan, Some(last))));
        let facts = std::iter::once(Fact::Line(self.line_span(began, Some(last)))).chain(ended);
        facts.map(|fact| (self.contract.clone(), fact)).collect()
    }

    fn line_span(&self, from: NaiveDate, to: Option<NaiveDate>) -> LineSpan {
        LineSpan { line: self.msisdn.clone(), profile: Some(self.profile.clone()), from, to }
    }

    /// The ledger's fact that an additional plan runs, from its first day on or from the line's first day on its contract.
    pub fn additional_span(&self, from: NaiveDate, plan: &PlanId, to: Option<NaiveDate>) -> AdditionalSpan {
        let from = self.contract_since.map_or(from, |since| from.max(since));
        AdditionalSpan { line: self.msisdn.clone(), plan: plan.clone(), from, to }
    }
}
