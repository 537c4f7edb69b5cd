//! `bill run` and `bill retry-parked`: a run is ordered, and watched until it is closed.

use std::io::{self, Write};

use chrono::NaiveDate;
use clap::Args;
use shared::domain::event::Whom;
use shared::domain::ids::ContractId;

use super::order::{BY_HAND, Order, RUNS};
use super::report::RunReport;
use super::watch::Watch;
use super::{At, prepare};
use crate::failure::Failure;
use crate::place::Reached;
use crate::print;

/// Bill the contracts whose cycle day a day is, or some; the same command given again goes on watching the same run
#[derive(Debug, Clone, Args)]
pub struct RunCommand {
    /// The day: periods that have ended before it are due
    #[arg(long, value_name = "YYYY-MM-DD", required_unless_present = "prepare")]
    date: Option<NaiveDate>,
    /// Only compute: no number is taken and no bill is written
    #[arg(long)]
    dry_run: bool,
    /// Bill this contract instead of those of the day; may be repeated
    #[arg(long, value_name = "CONTRACT")]
    contract: Vec<ContractId>,
    /// Make the table ready for a night of so many contracts; orders no run
    #[arg(long, value_name = "CONTRACTS", conflicts_with_all = ["date", "dry_run", "contract", "again", "no_wait", "stack"])]
    prepare: Option<u64>,
    /// Hours that such a night has
    #[arg(long, value_name = "N", default_value_t = 8, requires = "prepare", value_parser = clap::value_parser!(u64).range(1..=24))]
    hours: u64,
    #[command(flatten)]
    how: How,
}

/// Bill the contracts that are parked, once the causes are mended
#[derive(Debug, Clone, Args)]
pub struct RetryParked {
    /// The day: periods that have ended before it are due; today when absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<NaiveDate>,
    #[command(flatten)]
    how: How,
}

/// How a run is ordered.
#[derive(Debug, Clone, Args)]
struct How {
    /// Run it again although one that was ordered like this is closed; a dry run and a retry always do
    #[arg(long)]
    again: bool,
    /// Order it, and do not wait until it is closed
    #[arg(long)]
    no_wait: bool,
    /// The stack on AWS with the queues, beside --table
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    #[command(flatten)]
    at: At,
}

impl RunCommand {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        if let Some(contracts) = self.prepare {
            return prepare::prepare(&self.how.at, contracts, self.hours).await;
        }
        let reached = self.how.at.table().await?;
        let day = self.date.ok_or_else(|| Failure::new("--date: must be given"))?;
        let order = Order::new(day, self.dry_run, self.contract.clone());
        if let Whom::These(contracts) = &order.whom {
            let known = reached.target.writer.reader().contracts(contracts).await?;
            if let Some(unknown) = contracts.iter().find(|id| known.iter().all(|known| known.contract.id != **id)) {
                return Err(Failure::new(format!("--contract: must be a contract that there is; {unknown} is none")));
            }
        }
        self.how.carry_out(&reached, &order).await
    }
}

impl RetryParked {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        let reached = self.how.at.table().await?;
        let today = reached.clock.now().with_timezone(&reached.country.zone()).date_naive();
        let order = Order { day: self.date.unwrap_or(today), dry: false, whom: Whom::Parked };
        let reader = reached.target.writer.reader();
        if order.place(reader, true).await?.1.is_none() && reader.parked().await?.is_empty() {
            let said = serde_json::json!({ "run": null, "is_new": false });
            return if self.how.at.json { print::json(&said) } else { Ok("no contract is parked\n".to_owned()) };
        }
        self.how.carry_out(&reached, &order).await
    }
}

impl How {
    async fn carry_out(&self, reached: &Reached, order: &Order) -> Result<String, Failure> {
        let Reached { target, clock, country, .. } = reached;
        let today = clock.now().with_timezone(&country.zone()).date_naive();
        if order.day > today {
            return Err(Failure::new(format!(
                "--date: must not be after {today}, which it is there; {} has not begun",
                order.day
            )));
        }
        let site = self.at.queues(self.stack.as_deref()).await?;
        let reader = target.writer.reader();
        let again = self.again || order.dry || order.whom == Whom::Parked;
        let (id, found) = order.place(reader, again).await?;
        if let Some(closed) = found.as_ref().filter(|run| run.closed.is_some()) {
            self.say(&format!("the run {id} is there and closed; --again makes another one of the same"))?;
            return self.at.shown(&RunReport::read(reader, closed.clone(), country).await?);
        }
        match &found {
            None => site.send(RUNS, BY_HAND, &[order.message(&id)?]).await?,
            Some(_) => self.say(&format!("the run {id} is there and goes on"))?,
        }
        if self.no_wait {
            self.say(&format!("`bill status {id}` says how far it is"))?;
            let said = serde_json::json!({ "run": id, "is_new": found.is_none() });
            return if self.at.json { print::json(&said) } else { Ok(String::new()) };
        }
        let run = Watch::new(reader, &site, order, &id).until_closed().await?;
        self.at.shown(&RunReport::read(reader, run, country).await?)
    }
}

impl How {
    /// Tells a person something before the result is there; a program reads the result alone.
    fn say(&self, text: &str) -> Result<(), Failure> {
        if self.at.json { Ok(()) } else { Ok(writeln!(io::stdout(), "{text}")?) }
    }
}
