//! `import`: loads a file of typed records, one a line.
//!
//! First the whole file is read and checked; a file with a bad line is not loaded at all. Then it is loaded in steps,
//! and after each step the table remembers how far it has come, so that the same file goes on where it was cut off.
//! Records overwrite themselves, so a step that is done twice changes nothing; a client and a recording are only ever
//! created, so that no load brings back what was changed or erased.
//!
//! [`check`] reads the file against itself and the table, [`step`] collects records and sets them, [`moves`] takes along or
//! away what a record's old place has, [`upgrades`] closes what is overtaken.

mod check;
mod contracts;
mod lines;
mod moves;
mod profiles;
mod rates;
pub mod record;
pub mod series;
mod step;
mod upgrades;

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use chrono::NaiveDate;
use shared::auth::KeyRing;
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::error::{Cause, Error};
use shared::table::Writer;

use crate::operate::Credentials;
use check::Checked;
use record::Record;
use step::Step;

/// Lines of one step.
const STEP: u64 = 500;
/// Bad lines that are told one by one.
const TOLD: usize = 100;

/// Where the lines come from.
#[derive(Debug, Clone)]
pub enum Lines {
    /// A file.
    File(PathBuf),
    /// A text made by the program.
    Text(String),
}

/// What an import did.
#[derive(Debug, Default)]
pub struct Report {
    /// Lines of the file.
    pub lines: u64,
    /// Lines that an earlier import of the same file had done.
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
    /// Somebody else is loading another file.
    #[error(
        "another file is being loaded; try again when that has ended, at the latest two minutes after it was cut off"
    )]
    Busy,
    /// The store does not take it; the same command goes on where it stopped.
    #[error("stopped at line {line}: {cause}; the same command goes on from there")]
    Store {
        /// The last line that is done.
        line: u64,
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
    fn add(&mut self, line: u64, reason: String) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push((line, reason));
        }
    }
}

impl fmt::Display for BadLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, reason) in &self.told {
            writeln!(f, "line {line}: {reason}")?;
        }
        write!(f, "{} bad lines, nothing was loaded", self.count)
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
        let checked = self.check(lines).await?;
        let digest = checked.digest.clone();
        let report = self.load_all(lines, checked, &mut progress).await;
        // A file that stopped keeps its lease for a while: the same command goes on, on what it has seen.
        if report.is_ok() {
            self.writer.end_import(&digest).await.ok();
        }
        report
    }

    async fn load_all(
        &self,
        lines: &Lines,
        checked: Checked,
        progress: &mut impl FnMut(u64, u64, &[Credentials]),
    ) -> Result<Report, ImportError> {
        let Checked { digest, count, rates } = checked;
        let digest = &*digest;
        self.lease(digest, 0).await?;
        let before = self.writer.reader().import_progress(digest).await.map_err(store(0))?.lines.min(count);
        // Rates come before the first step. A file that has gone on from there says nothing of them again: what a later file
        // has said counts.
        let newest = match before {
            0 => self.set_rates(&rates).await.map_err(store(0))?,
            _ => self.writer.reader().tariff().await.map_err(store(0))?.unwrap_or_default(),
        };
        let mut report = Report { lines: count, done_before: before, clients: Vec::new() };
        let mut step = Step::default();
        let mut done = before;
        for line in read(lines)? {
            let (number, text) = line?;
            if number <= before {
                continue;
            }
            // The file was checked; a line that is bad now has changed since.
            let record = Record::parse(&text).map_err(|reason| bad(number, reason))?;
            step.add(record, &newest, self.clock.now()).map_err(store(done))?;
            if number % STEP == 0 || number == count {
                let finished = std::mem::take(&mut step);
                self.lease(digest, done).await?;
                let clients = self.load(finished, digest, number).await.map_err(store(done))?;
                done = number;
                progress(done, count, &clients);
                report.clients.extend(clients);
            }
        }
        Ok(report)
    }

    /// Today in the country.
    fn today(&self) -> NaiveDate {
        self.clock.now().with_timezone(&self.country.zone()).date_naive()
    }

    async fn lease(&self, digest: &str, done: u64) -> Result<(), ImportError> {
        let leased = self.writer.lease_for_import(digest, self.clock.now()).await.map_err(store(done))?;
        if leased { Ok(()) } else { Err(ImportError::Busy) }
    }
}

fn store(line: u64) -> impl Fn(Error) -> ImportError {
    move |error| ImportError::Store { line, cause: reason(&error) }
}

type Line = Result<(u64, String), ImportError>;

fn read(lines: &Lines) -> Result<Box<dyn Iterator<Item = Line> + Send + '_>, ImportError> {
    Ok(match lines {
        Lines::Text(text) => Box::new((1..).zip(text.lines().map(str::to_owned)).map(Ok)),
        Lines::File(path) => {
            let unreadable = |error| ImportError::Unreadable(path.clone(), error);
            let file = BufReader::new(File::open(path).map_err(unreadable)?);
            Box::new((1..).zip(file.lines()).map(move |(number, line)| Ok((number, line.map_err(unreadable)?))))
        }
    })
}

fn bad(line: u64, reason: String) -> ImportError {
    let mut bad = BadLines::default();
    bad.add(line, reason);
    ImportError::Bad(bad)
}

/// Something that is to be set keeps changing under it.
fn keeps_changing() -> Error {
    Error::Unavailable(Cause::text("what is to be loaded keeps changing"))
}

/// The operator may see both halves of an error.
fn reason(error: &Error) -> String {
    match error.cause() {
        Some(cause) => format!("{error} ({})", cause.for_log()),
        None => error.to_string(),
    }
}
