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
                let same = (before.plan_on(today), before.payment.kind()) == (self.plan_on(today), self.payment.kind());
                if !same {
                    let at = self.not_before_contract(now, zone);
                    facts.push(Fact::Plan(self.plan_start(self.plan_on(today), at, revision)));
                }
                facts.extend(self.upgrade_facts(before, revision, today, zone));
                let new = self.additional_since.iter().filter(|(plan, _)| !before.additional_since.contains_key(*plan));
                facts.extend(new.map(|(plan, from)| Fact::Additional(self.additional_span(*from, plan, None))));
            }
            _ => facts.extend(self.begins(since, revision, zone)),
        }
        let left = old.filter(|(before, _)| !before.pays_as(self));
        let last = since.pred_opt().unwrap_or(since);
        let left = left.into_iter().flat_map(|(before, began)| before.ends(began, last, revision, zone));
        let own = facts.into_iter().map(|fact| (self.contract.clone(), fact));
        left.chain(own).collect()
    }

    /// Whether it is on the same contract with the same profile, whose services it pays.
    pub(in crate::domain) fn pays_as(&self, other: &Self) -> bool {
        (&self.contract, &self.profile) == (&other.contract, &other.profile)
    }

    /// The line comes to its contract.
    fn begins(&self, since: NaiveDate, revision: u64, zone: FixedOffset) -> Vec<Fact> {
        let mut facts = vec![
            Fact::Line(self.line_span(since, None)),
            Fact::Plan(self.plan_start(self.plan_on(since), midnight_of(since, zone), revision)),
        ];
        if let Some(upgrade) = self.upgrade().filter(|_| self.awaits_upgrade_on(since)) {
            let first = midnight_of(upgrade.first_day(&self.payment), zone);
            facts.push(Fact::Plan(self.plan_start(&upgrade.plan, first, revision)));
        }
        let running = self.additional_since.iter();
        facts.extend(running.map(|(plan, from)| Fact::Additional(self.additional_span(*from, plan, None))));
        facts
    }

    /// A load that tells of another upgrade, or of none: the old one's day begins nothing, the new one's day does.
    fn upgrade_facts(&self, before: &Self, revision: u64, today: NaiveDate, zone: FixedOffset) -> Vec<Fact> {
        let coming = |line: &Self| {
            let upgrade = line.upgrade().filter(|_| line.awaits_upgrade_on(today))?;
            Some((upgrade.first_day(&line.payment), upgrade.plan.clone()))
        };
        let (old, new) = (coming(before), coming(self));
        if old == new {
            return Vec::new();
        }
        let void = old.filter(|(day, _)| new.as_ref().is_none_or(|(other, _)| other != day));
        let void = void.map(|(day, _)| (day, self.plan_on(day).clone()));
        let starts = void.into_iter().chain(new);
        starts.map(|(day, plan)| Fact::Plan(self.plan_start(&plan, midnight_of(day, zone), revision))).collect()
    }

    /// The line leaves the contract that it has been on since `began`; `last` is its last day. An upgrade that is still to
    /// come begins nothing there, should the line come back.
    fn ends(&self, began: NaiveDate, last: NaiveDate, revision: u64, zone: FixedOffset) -> Vec<(ContractId, Fact)> {
        let running = self.additional_since.iter();
        let ended = running.map(|(plan, from)| Fact::Additional(self.additional_span(*from, plan, Some(last))));
        let coming = self.upgrade().filter(|_| self.awaits_upgrade_on(last));
        let void = coming.map(|upgrade| {
            let day = midnight_of(upgrade.first_day(&self.payment), zone);
            Fact::Plan(self.plan_start(self.plan_on(last), day, revision))
        });
        let facts = std::iter::once(Fact::Line(self.line_span(began, Some(last)))).chain(ended).chain(void);
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
