//! The operator's and the tariff designer's look at bills.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use shared::domain::billing::case;

use crate::failure::Failure;

/// Compute bills
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
}

impl BillCommand {
    /// Prints what was computed.
    ///
    /// # Errors
    /// A file that cannot be read; a field that is wrong; why the contract would be parked.
    pub fn run(&self) -> Result<(), Failure> {
        let BillAction::Compute { file, json } = &self.action;
        let text = std::fs::read(file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
        let computed = case::compute(&text).map_err(Failure::new)?;
        let shown = if *json {
            serde_json::to_string_pretty(&computed).map_err(Failure::new)? + "\n"
        } else {
            computed.to_string()
        };
        Ok(io::stdout().write_all(shown.as_bytes())?)
    }
}
