//! The operator's commands for bills: what they would be, runs, what waits for a person, and where a line comes from.

pub mod explain;
mod facts;
mod follow;
pub mod order;
pub mod parked;
mod pdf;
mod prepare;
mod preview;
pub mod report;
mod rules;
mod run;
pub mod status;
pub mod verify;
pub mod watch;

use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use shared::domain::billing::issued::Issued;
use shared::domain::ids::BillNumber;
use shared::table::Reader;

use crate::failure::Failure;
use crate::options::Source;
use crate::place::{Kind, Place, Reached};
use crate::queues::site::Site;
pub use preview::Cost;

/// Compute bills, run them, and see where they come from; docs/bill-runs.md
#[derive(Debug, Clone, Args)]
pub struct BillCommand {
    #[command(subcommand)]
    action: BillAction,
}

#[derive(Debug, Clone, Subcommand)]
enum BillAction {
    /// Compute what a contract, its usage and a catalogue cost; docs/bill-compute.md describes the file
    Compute {
        /// A JSON file
        file: PathBuf,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    Preview(preview::Preview),
    Run(run::RunCommand),
    Status(status::Status),
    Parked(parked::List),
    RetryParked(run::RetryParked),
    AllowParked(parked::Allow),
    CloseParked(parked::Close),
    Explain(explain::Explain),
    Verify(verify::Verify),
    Pdf(pdf::Pdf),
}

impl BillCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// A file or field that is wrong; what is not there; why a contract would be parked; a bill that does not verify.
    pub async fn run(&self) -> Result<(), Failure> {
        let text = match &self.action {
            BillAction::Compute { file, json } => preview::compute(file, *json)?,
            BillAction::Preview(command) => command.text().await?,
            BillAction::Run(command) => command.text().await?,
            BillAction::Status(command) => command.text().await?,
            BillAction::Parked(command) => command.text().await?,
            BillAction::RetryParked(command) => command.text().await?,
            BillAction::AllowParked(command) => command.text().await?,
            BillAction::CloseParked(command) => command.text().await?,
            BillAction::Explain(command) => command.text().await?,
            BillAction::Verify(command) => return command.run().await,
            BillAction::Pdf(command) => command.text().await?,
        };
        Ok(io::stdout().write_all(text.as_bytes())?)
    }
}

/// Where a command works, and how it prints.
#[derive(Debug, Clone, Args)]
pub struct At {
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
    /// The table.
    #[command(flatten)]
    pub place: Place,
    /// The country.
    #[command(flatten)]
    pub source: Source,
}

impl At {
    /// The table.
    ///
    /// # Errors
    /// As [`Place::table`].
    pub async fn table(&self) -> Result<Reached, Failure> {
        self.place.table(&self.source).await
    }

    /// The queues beside the table; on AWS those of a stack.
    ///
    /// # Errors
    /// A place that has none, or a stack that is not named; queues that do not answer.
    pub async fn queues(&self, stack: Option<&str>) -> Result<Site, Failure> {
        let names = self.source.read()?.sources.queues.into_keys().collect();
        match (self.place.kind(), stack) {
            (Kind::Deployed(_), Some(stack)) => Site::deployed(stack, names).await,
            (Kind::Deployed(_), None) => {
                Err(Failure::new("with --table, say --stack NAME as well: it goes by its queues"))
            }
            (_, Some(_)) => Err(Failure::new("--stack is for AWS; say --table NAME as well")),
            (Kind::Server(url), None) => Site::running(url, names).await,
            (Kind::File, None) => Err(Failure::new(
                "--data: a file has no queues, by which this goes; start a server on it, `selfcare serve --data FILE`",
            )),
        }
    }

    /// Text or JSON, as the caller wants it.
    ///
    /// # Errors
    /// None of its own.
    pub fn shown<T: Display + Serialize>(&self, value: &T) -> Result<String, Failure> {
        if self.json { pretty(value) } else { Ok(value.to_string()) }
    }
}

/// JSON for people.
fn pretty<T: Serialize>(value: &T) -> Result<String, Failure> {
    // Through a value, so that its fields are in order.
    let value = serde_json::to_value(value).map_err(Failure::new)?;
    Ok(format!("{value:#}\n"))
}

/// A table of text: the first row is its head; columns that `right` names are aligned to the right.
fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<_> = (0..columns).map(|at| width(at).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            if right.contains(&at) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A row of a table.
fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(ToOwned::to_owned).to_vec()
}

/// What is kept of a bill that a run has issued.
async fn issued(reader: &Reader, number: &BillNumber) -> Result<Issued, Failure> {
    let issued = reader.issued(number).await?;
    issued.ok_or_else(|| Failure::new(format!("NUMBER: no run has issued a bill {number}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_as_wide_as_its_widest_cells() {
        let rows = [row(["run", "pages"]), row(["2026-03-15", "7"])];
        assert_eq!(table(&rows, &[1]), "run         pages\n2026-03-15      7\n");
        assert_eq!(table(&[], &[]), "");
    }
}
