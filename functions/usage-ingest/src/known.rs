//! Which lines there are, asked for many at once and remembered while a file is worked on.

use std::collections::{BTreeSet, HashMap};

use shared::domain::ids::PlanId;
use shared::domain::msisdn::Msisdn;
use shared::error::Result;
use shared::invocation::Base;

/// Lines that are remembered; when there are more, all are asked for anew.
const MOST: usize = 100_000;

/// The plans of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plans {
    /// The main plan.
    pub main: PlanId,
    /// Those on top of it.
    pub additional: Vec<PlanId>,
}

/// Lines that were asked for: their plans, none for a number that is no line.
#[derive(Debug, Default)]
pub struct Known(HashMap<Msisdn, Option<Plans>>);

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
            let main = line.plan_on(base.today()).clone();
            let plans = Plans { main, additional: line.additional_since.into_keys().collect() };
            self.0.insert(line.msisdn, Some(plans));
        }
        for line in new {
            self.0.entry(line.clone()).or_default();
        }
        Ok(())
    }

    /// The plans of a line; none for a number that is no line.
    pub fn plans(&self, line: &Msisdn) -> Option<&Plans> {
        self.0.get(line)?.as_ref()
    }
}
