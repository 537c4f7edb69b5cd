//! A run that an operator orders.
//!
//! A run goes by its name, and a name follows from what is ordered. So the same command given again finds the run and goes
//! on watching it, however it was cut off.

use chrono::NaiveDate;
use shared::domain::billing::run::{List, Listing, Run};
use shared::domain::event::{BillRunOrdered, Whom};
use shared::domain::ids::{ContractId, RunId};
use shared::error::Invalid;
use shared::events::message;
use shared::files::object::Digest;
use shared::table::Reader;

use crate::failure::Failure;

/// The queue that bill-run takes orders from.
pub const RUNS: &str = "BillRuns";
/// The group of messages of runs by hand.
pub const BY_HAND: &str = "by-hand";
/// Digits of the digest that names several contracts.
const DIGITS: usize = 12;
/// Runs of one kind and day.
const MOST: u32 = 1_000;

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The day.
    pub day: NaiveDate,
    /// Whether it only computes.
    pub dry: bool,
    /// Whom it bills.
    pub whom: Whom,
}

impl Order {
    /// A run of a day, or of these contracts, if any are named.
    pub fn new(day: NaiveDate, dry: bool, mut contracts: Vec<ContractId>) -> Self {
        contracts.sort_unstable();
        contracts.dedup();
        let whom = if contracts.is_empty() { Whom::All } else { Whom::These(contracts) };
        Self { day, dry, whom }
    }

    /// The message that orders it.
    ///
    /// # Errors
    /// None of its own.
    pub fn message(&self, id: &RunId) -> Result<String, Failure> {
        let Self { day, dry, whom } = self.clone();
        Ok(message(&BillRunOrdered { run: id.clone(), day, dry, whom }, &format!("{id}:ordered"))?)
    }

    /// Its name, and the run itself, if it is there: one that was ordered alike and is open, or is closed and wanted no
    /// second time. Where that name is another run's, the next: `-2` and so on.
    ///
    /// # Errors
    /// An unavailable store; a thousand such runs.
    pub async fn place(&self, reader: &Reader, again: bool) -> Result<(RunId, Option<Run>), Failure> {
        let base = self.base();
        for number in 1..=MOST {
            let name = if number == 1 { base.clone() } else { format!("{base}-{number}") };
            let id: RunId = name.parse().map_err(|invalid: Invalid| Failure::new(invalid.field("run")))?;
            match reader.run(&id).await? {
                None => return Ok((id, None)),
                Some(run) if self.made(&run) && !(again && run.closed.is_some()) => return Ok((id, Some(run.value))),
                Some(_) => {}
            }
        }
        Err(Failure::new(format!("there are {MOST} runs called {base}")))
    }

    /// The day's own name for a run of the whole day; for others what tells them apart.
    fn base(&self) -> String {
        let whom = match &self.whom {
            Whom::All => String::new(),
            Whom::Parked => ".parked".to_owned(),
            Whom::These(contracts) => match &contracts[..] {
                // With the day, `.dry` and a number it still has to be a name.
                [one] if one.as_str().len() <= 40 => format!(".{one}"),
                several => format!(".{}", digest(several)),
            },
        };
        let dry = if self.dry { ".dry" } else { "" };
        format!("{}{whom}{dry}", self.day)
    }

    /// Whether a run was ordered like this.
    fn made(&self, run: &Run) -> bool {
        let wanted = Run::ordered(run.id.clone(), self.day, self.dry, run.began, self.whom.clone());
        let lists = |run: &Run| -> Vec<List> { run.lists.iter().map(|Listing { list, .. }| list.clone()).collect() };
        (wanted.day, wanted.dry, lists(&wanted)) == (run.day, run.dry, lists(run))
    }
}

fn digest(contracts: &[ContractId]) -> String {
    let mut digest = Digest::default();
    for contract in contracts {
        digest.update(format!("{contract}\n").as_bytes());
    }
    let digest = digest.finish();
    digest.get(..DIGITS).unwrap_or(&digest).to_owned()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn order(dry: bool, contracts: &[&str]) -> Order {
        let contracts = contracts.iter().map(|id| id.parse().unwrap()).collect();
        Order::new("2026-03-15".parse().unwrap(), dry, contracts)
    }

    #[test]
    fn a_name_follows_from_what_is_ordered() {
        assert_eq!(order(false, &[]).base(), "2026-03-15");
        assert_eq!(order(true, &[]).base(), "2026-03-15.dry");
        assert_eq!(order(false, &["500101"]).base(), "2026-03-15.500101");
        assert_eq!(order(true, &["500101"]).base(), "2026-03-15.500101.dry");
        let several = order(false, &["500101", "500102"]).base();
        assert_eq!(several.len(), "2026-03-15.".len() + DIGITS);
        assert_eq!(order(false, &["500102", "500101", "500101"]).base(), several);
        assert_ne!(order(false, &["500101", "500103"]).base(), several);
        let longest = "C".repeat(64);
        assert!(order(true, &[&longest]).base().parse::<RunId>().is_ok());
        assert_eq!(Order { whom: Whom::Parked, ..order(false, &[]) }.base(), "2026-03-15.parked");
    }

    #[test]
    fn a_run_is_known_by_what_it_bills() {
        let began = DateTime::<Utc>::UNIX_EPOCH;
        let whole = order(false, &[]);
        let run = Run::of_day("2026-03-15".parse().unwrap(), whole.day, false, began);
        assert!(whole.made(&run));
        assert!(!order(true, &[]).made(&run) && !order(false, &["500101"]).made(&run));
        let other = Order { day: "2026-03-16".parse().unwrap(), ..whole };
        assert!(!other.made(&run));
    }
}
