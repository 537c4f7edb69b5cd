//! `import`: loads a file of typed records, one a line.
//!
//! The file is read once. First all of it is checked: each record by itself, then what records say of each other and of what is in
//! the table. A file with a bad line is not loaded at all. What was checked is then loaded in steps, and after each step the table
//! remembers how far it has come, so that the same file goes on where it was cut off; a file that was loaded to its end is loaded
//! again when it is given again. A record says all of its thing: what the thing was before is read, and leaves every place that it
//! does not have any more. A client and a recording are only ever created, so that no load brings back what was changed or erased.
//!
//! [`text`] reads, [`record`] parses, [`fit`] and [`check`] check, [`step`] collects records and sets them through [`units`];
//! [`moves`], [`lines`], [`profiles`] and [`bills`] know what a record's old place is, [`gone`] takes away, [`upgrades`] closes what
//! is overtaken.

mod bills;
mod check;
mod contracts;
mod fit;
mod gone;
mod groups;
mod guard;
mod identities;
mod json;
mod letters;
mod lines;
mod moves;
mod profiles;
mod rates;
pub mod record;
pub mod series;
mod size;
mod step;
mod text;
pub mod thing;
mod units;
mod upgrades;
mod words;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use chrono::NaiveDate;
use shared::auth::{KeyRing, new_name};
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::error::Error;
use shared::table::{IMPORT_LEASE, Importing, Writer};

use crate::operate::Credentials;
use crate::words::count;
use check::Checked;
use record::Record;
use step::Step;
use text::Given;
pub use text::Lines;
use units::Failed;

/// Lines of one step: many enough that reading and writing many batches at once pays.
const STEP: u64 = 2_000;
/// Bad lines that are told one by one.
const TOLD: usize = 100;

/// What an import did.
#[derive(Debug, Default)]
pub struct Report {
    /// Lines of the file that have records.
    pub lines: u64,
    /// Those that an earlier import of the same file had done before it was cut off.
    pub done_before: u64,
    /// Clients that were created, with their secrets.
    pub clients: Vec<Credentials>,
}

/// Why an import did nothing, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{0}: {1}")]
    Unreadable(PathBuf, io::Error),
    /// Some lines are wrong; nothing was loaded.
    #[error("{0}")]
    Bad(BadLines),
    /// Somebody else is loading, this file or another one.
    #[error("a file is being loaded; try again when that has ended, at the latest two minutes after it was cut off")]
    Busy,
    /// The store does not take it; the same command goes on where it stopped.
    #[error("stopped at line {line}: {cause}; the same command goes on from there")]
    Store {
        /// The last line that is done.
        line: u64,
        /// Why.
        cause: String,
    },
    /// The table does not take a line, for a reason that no check has found.
    #[error("line {line}: {cause}; the lines up to {done} are loaded, others may be; load the mended file as a whole")]
    Refused {
        /// The line.
        line: u64,
        /// The last line that is done.
        done: u64,
        /// Why.
        cause: String,
    },
}

/// The lines that are wrong.
#[derive(Debug, Default)]
pub struct BadLines {
    /// Number and reason of the first hundred.
    pub told: Vec<(u64, String)>,
    /// How many in all.
    pub count: u64,
}

impl BadLines {
    /// Of all bad lines, in their order.
    fn of(mut all: Vec<(u64, String)>) -> Self {
        all.sort();
        let count = all.len() as u64;
        all.truncate(TOLD);
        Self { told: all, count }
    }
}

impl fmt::Display for BadLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, reason) in &self.told {
            writeln!(f, "line {line}: {reason}")?;
        }
        write!(f, "{}, nothing was loaded", count(self.count, "bad line"))
    }
}

/// Loads records into a table.
pub struct Import<'a> {
    /// The table.
    pub writer: &'a Writer,
    /// The keys that digest client secrets.
    pub ring: &'a KeyRing,
    /// The time.
    pub clock: &'a Clock,
    /// The deployment's country.
    pub country: &'static Country,
}

impl Import<'_> {
    /// Checks and loads. After each step `progress` is told lines done, lines in all, and the clients of the step: their
    /// secrets are told this once, so whoever stops in the middle has heard those that are there.
    pub async fn run(
        &self,
        lines: &Lines,
        mut progress: impl FnMut(u64, u64, &[Credentials]),
    ) -> Result<Report, ImportError> {
        let given = lines.read()?;
        let checked = self.check(&given).await?;
        let lease = Importing { digest: &given.digest, owner: process().map_err(store(0))? };
        let before = self.writer.begin_import(lease, self.clock.now()).await.map_err(store(0))?;
        let before = before.ok_or(ImportError::Busy)?.min(given.lines);
        let report = self.load_all(&given, lease, before, &checked, &mut progress).await;
        // A file that stopped keeps others out for a while: the same command goes on, on what it has seen. One that is to be mended
        // becomes another file.
        match &report {
            Ok(_) | Err(ImportError::Refused { .. }) => self.writer.end_import(lease).await.ok(),
            Err(_) => self.writer.leave_import(lease).await.ok(),
        };
        report
    }

    async fn load_all(
        &self,
        given: &Given,
        lease: Importing<'_>,
        before: u64,
        checked: &Checked,
        progress: &mut impl FnMut(u64, u64, &[Credentials]),
    ) -> Result<Report, ImportError> {
        // Taking the lease has forgotten how far the file was.
        if before > 0 {
            self.keep(lease, before).await?;
        }
        // Rates come before the first step. A file that has gone on from there says nothing of them again: what a later file
        // has said counts.
        let newest = match before {
            0 => self.set_rates(&checked.rates).await.map_err(store(0))?,
            _ => self.writer.reader().tariff().await.map_err(store(0))?.unwrap_or_default(),
        };
        // All of them were read before, as they are now.
        let read = |(number, line): (u64, Result<&str, String>)| {
            let record = line.and_then(|line| Record::parse(line)?.canonical(self.country));
            Some((number, record.ok()?))
        };
        let mut records = given.lines().filter_map(read).peekable();
        let mut report = Report::default();
        let mut done = before;
        while records.next_if(|(number, _)| *number <= before).is_some() {
            report.done_before += 1;
        }
        report.lines = report.done_before;
        while done < given.lines {
            let last = (done / STEP + 1) * STEP;
            let mut step = Step::default();
            while let Some((number, record)) = records.next_if(|(number, _)| *number <= last) {
                step.add(number, record);
                report.lines += 1;
            }
            let last = last.min(given.lines);
            let clients = self.while_leased(lease, done, self.load(step, &newest, &checked.contracts)).await?;
            done = last;
            self.keep(lease, done).await?;
            progress(done, given.lines, &clients);
            report.clients.extend(clients);
        }
        Ok(report)
    }

    /// Does a step. One that takes longer than a lease keeps it.
    async fn while_leased<T>(
        &self,
        lease: Importing<'_>,
        done: u64,
        step: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, ImportError> {
        let keep = async {
            loop {
                tokio::time::sleep(IMPORT_LEASE / 4).await;
                if let Err(ImportError::Busy) = self.keep(lease, done).await {
                    return ImportError::Busy;
                }
            }
        };
        tokio::select! {
            loaded = step => loaded.map_err(|failed| stopped(done, failed)),
            lost = keep => Err(lost),
        }
    }

    /// Today in the country.
    fn today(&self) -> NaiveDate {
        self.clock.now().with_timezone(&self.country.zone()).date_naive()
    }

    /// Keeps the lease, and remembers what is done.
    async fn keep(&self, lease: Importing<'_>, done: u64) -> Result<(), ImportError> {
        let kept = self.writer.keep_import(lease, done, self.clock.now()).await.map_err(store(done))?;
        if kept { Ok(()) } else { Err(ImportError::Busy) }
    }
}

/// The random name of this process.
fn process() -> Result<&'static str, Error> {
    static NAME: OnceLock<String> = OnceLock::new();
    if let Some(name) = NAME.get() {
        return Ok(name);
    }
    let name = new_name()?;
    Ok(NAME.get_or_init(|| name))
}

fn store(line: u64) -> impl Fn(Error) -> ImportError {
    move |error| ImportError::Store { line, cause: reason(&error) }
}

fn stopped(done: u64, Failed { line, cause }: Failed) -> ImportError {
    match line {
        Some(line) => ImportError::Refused { line, done, cause: reason(&cause) },
        None => store(done)(cause),
    }
}

/// The operator may see both halves of an error.
fn reason(error: &Error) -> String {
    match error.cause() {
        Some(cause) => format!("{error} ({})", cause.for_log()),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_line_is_singular() {
        assert_eq!(
            BadLines::of(vec![(7, "id: must be given".to_owned())]).to_string(),
            "line 7: id: must be given\n1 bad line, nothing was loaded"
        );
    }
}
