//! `bill status`: the runs of the last month, or one of them.

use std::fmt;

use chrono::{Days, NaiveDate};
use clap::Args;
use serde::Serialize;
use shared::domain::billing::run::Run;
use shared::domain::country::Country;
use shared::domain::ids::RunId;
use shared::domain::money::{Currency, Money};
use shared::table::Reader;

use super::report::RunReport;
use super::{At, watch};
use crate::failure::Failure;
use crate::place::Reached;
use crate::print::{row, table};

/// List the runs, or show what one came to
#[derive(Debug, Clone, Args)]
pub struct Status {
    /// The run
    run: Option<RunId>,
    /// How many days of runs are listed, up to today
    #[arg(long, value_name = "N", default_value_t = 31, conflicts_with = "run")]
    days: u64,
    /// Wait until the run is there and closed, ten minutes at most
    #[arg(long, requires = "run")]
    wait: bool,
    #[command(flatten)]
    at: At,
}

impl Status {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        let Reached { target, clock, country, .. } = self.at.table().await?;
        let reader = target.writer.reader();
        match &self.run {
            Some(id) if self.wait => {
                let run = watch::closed(reader, id).await?;
                self.at.shown(&RunReport::read(reader, run, country).await?)
            }
            Some(id) => self.at.shown(&one(reader, id, country).await?),
            None => {
                let today = clock.now().with_timezone(&country.zone()).date_naive();
                self.at.shown(&Runs::until(reader, today, self.days, country).await?)
            }
        }
    }
}

/// A run with its report.
///
/// # Errors
/// An unknown run; an unavailable store.
pub async fn one(reader: &Reader, id: &RunId, country: &Country) -> Result<RunReport, Failure> {
    let run = reader.run(id).await?;
    let run = run.ok_or_else(|| {
        Failure::new(format!(
            "RUN: must be a run that there is; {id} is none. `bill status` lists those of the last month"
        ))
    })?;
    RunReport::read(reader, run.value, country).await
}

/// The runs of some days.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Runs {
    runs: Vec<Run>,
    #[serde(skip)]
    currency: Currency,
}

impl Runs {
    /// Those of the days up to one.
    ///
    /// # Errors
    /// An unavailable store.
    pub async fn until(reader: &Reader, last: NaiveDate, days: u64, country: &Country) -> Result<Self, Failure> {
        let first = last.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(last);
        let runs = reader.runs(first, last).await?.into_iter().map(|run| run.value).collect();
        Ok(Self { runs, currency: country.currency })
    }
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.runs.is_empty() {
            return writeln!(f, "no runs");
        }
        let head = row(["run", "state", "pages", "contracts", "billed", "skipped", "parked", "total", "adds up"]);
        let rows = self.runs.iter().map(|run| {
            let state = if run.closed.is_some() { "closed" } else { "open" };
            let state = if run.dry { format!("{state}, dry") } else { state.to_owned() };
            let mut row = vec![run.id.to_string(), state, run.pages().to_string()];
            if let Some(closed) = &run.closed {
                let report = &closed.report;
                let counts = [report.contracts, report.billed, report.skipped(), report.parked()];
                row.extend(counts.map(|count| count.to_string()));
                let minor = report.invoices.total.saturating_add(report.credit_notes.total);
                row.push(format!("{} {}", Money { minor, currency: self.currency }, self.currency.code));
                row.push(if report.adds_up() { "yes" } else { "NO" }.to_owned());
            }
            row
        });
        let rows: Vec<_> = [head].into_iter().chain(rows).collect();
        f.write_str(&table(&rows, &[2, 3, 4, 5, 6, 7]))
    }
}
