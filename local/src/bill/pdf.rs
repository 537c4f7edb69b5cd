//! `bill pdf`: the document of a bill, as its customer gets it.

use std::fmt;
use std::path::PathBuf;

use bill_render::{Format, content};
use clap::Args;
use serde::Serialize;
use shared::domain::ids::BillNumber;
use shared::table::Found;

use super::At;
use crate::failure::Failure;
use crate::place::Reached;

/// Write the document of a bill into a file: the PDF as its customer gets it, or every charge as CSV
#[derive(Debug, Clone, Args)]
pub struct Pdf {
    /// The bill
    number: BillNumber,
    /// The file that is written
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write every charge as CSV instead
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    at: At,
}

/// A file that was written.
#[derive(Debug, Serialize)]
struct Written {
    number: BillNumber,
    file: PathBuf,
    bytes: usize,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} bytes in {}", self.number, self.bytes, self.file.display())
    }
}

impl Pdf {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        let Reached { target, country, .. } = self.at.table().await?;
        let reader = target.writer.reader();
        let number = &self.number;
        let (bill, issued) = match reader.bill_of(number).await? {
            Found::Issued(bill, issued) => (bill.value, issued),
            Found::NotShown => return Err(Failure::new(format!("{number} is not shown yet; try again in a moment"))),
            Found::Imported(_) => {
                return Err(Failure::new(format!(
                    "{number} was imported; only bills that were issued here have documents"
                )));
            }
            Found::Nothing => return Err(Failure::new(format!("there is no bill {number}"))),
        };
        let format = if self.csv { Format::Csv } else { Format::Pdf };
        let bytes = content(reader, country, (&bill, &issued), format).await?;
        std::fs::write(&self.out, &bytes).map_err(|error| Failure::new(format!("{}: {error}", self.out.display())))?;
        self.at.shown(&Written { number: number.clone(), file: self.out.clone(), bytes: bytes.len() })
    }
}
