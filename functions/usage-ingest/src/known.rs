//! Which lines there are, asked for many at once and remembered while a file is worked on.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use shared::domain::contract::PaymentKind;
use shared::domain::guard::watch::{self, Watch};
use shared::domain::ids::{ContractId, PlanId};
use shared::domain::msisdn::Msisdn;
use shared::domain::subscriber::Subscriber;
use shared::error::Result;
use shared::invocation::Base;

/// Lines that are remembered; when there are more, all are asked for anew.
const MOST: usize = 100_000;

/// What is known of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The main plan.
    pub main: PlanId,
    /// Those on top of it.
    pub additional: Vec<PlanId>,
    guard: Option<Guard>,
}

/// What tells whether a line's usage has to be looked at. A prepaid line has none: nothing of it is on a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Guard {
    contract: ContractId,
    plans: Vec<PlanId>,
    watch: Option<Watch>,
}

impl Line {
    fn of(line: Subscriber, today: NaiveDate) -> Self {
        let guard = (line.payment.kind() == PaymentKind::Postpaid).then(|| Guard {
            contract: line.contract.clone(),
            plans: line.plans_on(today),
            watch: line.watch.clone(),
        });
        Self { main: line.plan_on(today).clone(), additional: line.additional_since.into_keys().collect(), guard }
    }

    /// The line as its guard sees it, if it has one.
    pub fn guarded(&self) -> Option<watch::Line<'_>> {
        let Guard { contract, plans, watch } = self.guard.as_ref()?;
        Some(watch::Line { watch: watch.as_ref(), contract, plans })
    }
}

/// Lines that were asked for; none for a number that is no line.
#[derive(Debug, Default)]
pub struct Known(HashMap<Msisdn, Option<Line>>);

impl Known {
    /// Asks for those lines that are not known yet. Half a unit each; a whole one more for a number that is no line, which
    /// is asked for again, strongly: it may be a line since a moment.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn learn<'m>(&mut self, base: &Base, lines: impl Iterator<Item = &'m Msisdn>) -> Result<()> {
        if self.0.len() > MOST {
            self.0.clear();
        }
        let new: BTreeSet<_> = lines.filter(|line| !self.0.contains_key(*line)).collect();
        for line in base.reader().lines(new.iter().copied()).await? {
            self.0.insert(line.msisdn.clone(), Some(Line::of(line, base.today())));
        }
        for line in new {
            self.0.entry(line.clone()).or_default();
        }
        Ok(())
    }

    /// A line; none for a number that is no line.
    pub fn line(&self, number: &Msisdn) -> Option<&Line> {
        self.0.get(number)?.as_ref()
    }
}
