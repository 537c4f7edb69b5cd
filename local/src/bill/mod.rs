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
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use shared::domain::billing::issued::Issued;
use shared::domain::ids::BillNumber;
use shared::table::Reader;

use crate::failure::Failure;
use crate::options::Source;
use crate::place::{Kind, Place, Reached};
use crate::print;
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
        print::say(&text)
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
                "--data: must be served for this, which goes by queues: start `selfcare serve --data FILE`",
            )),
        }
    }

    /// Text or JSON, as the caller wants it.
    ///
    /// # Errors
    /// As [`print::json`].
    pub fn shown<T: Display + Serialize>(&self, value: &T) -> Result<String, Failure> {
        print::shown(value, self.json)
    }
}

/// What is kept of a bill that a run has issued.
async fn issued(reader: &Reader, number: &BillNumber) -> Result<Issued, Failure> {
    let issued = reader.issued(number).await?;
    issued.ok_or_else(|| Failure::new(format!("NUMBER: must be a bill that a run has issued, which {number} is not")))
}
