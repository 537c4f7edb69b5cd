//! The operator's commands for series of bill numbers: which there are, a new one, and what became of their numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use shared::clock::Clock;
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::series::{Given, Series, Warning};
use shared::domain::country::Country;
use shared::domain::ids::{RunId, SeriesId};
use shared::error::Error;
use shared::retry::pause;
use shared::table::{Changes, Reader, Writer};

use crate::bill::At;
use crate::failure::Failure;
use crate::import::series::add;
use crate::place::Reached;
use crate::print;
use crate::words::count;

/// How often a series is looked at again while pages take its numbers.
const ROUNDS: u32 = 20;
/// Longest wait before the second look.
const PAUSE: Duration = Duration::from_millis(50);

/// List the series of bill numbers, add one, skip numbers, and see what became of them
#[derive(Debug, Clone, Args)]
pub struct SeriesCommand {
    #[command(subcommand)]
    action: SeriesAction,
}

#[derive(Debug, Clone, Subcommand)]
enum SeriesAction {
    /// List all series: the next number, how many are left, and the last day
    List {
        #[command(flatten)]
        at: At,
    },
    /// Add a series, as the tax office has authorised it; one that is there stays as it is
    Add {
        #[command(flatten)]
        new: NewSeries,
        #[command(flatten)]
        at: At,
    },
    /// Give out no number below this one any more: those before it are on documents elsewhere, as after a restore. Never backwards
    Skip {
        /// The series
        id: SeriesId,
        /// The number that is given out next
        #[arg(long, value_name = "NUMBER")]
        to: u64,
        #[command(flatten)]
        at: At,
    },
    /// Show how many numbers were given out, and those that runs have declared unused
    Report {
        /// How many days of runs are read, up to today
        #[arg(long, value_name = "N", default_value_t = 366)]
        days: u64,
        #[command(flatten)]
        at: At,
    },
}

/// For which documents.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum For {
    /// Invoices
    Invoice,
    /// Credit notes
    CreditNote,
}

/// A new series.
#[derive(Debug, Clone, Args)]
pub struct NewSeries {
    /// Its name
    pub id: SeriesId,
    /// For which documents
    #[arg(long, value_enum, default_value = "invoice")]
    pub kind: For,
    /// What stands before the digits
    #[arg(long, default_value = "")]
    pub prefix: String,
    /// How many digits a number has at least; zeros fill it up
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub digits: u8,
    /// The first number
    #[arg(long, value_name = "NUMBER")]
    pub first: u64,
    /// The last number
    #[arg(long, value_name = "NUMBER")]
    pub last: u64,
    /// The tax office's authorisation
    #[arg(long, value_name = "TEXT")]
    pub authorization: Option<String>,
    /// The first day on which it may be used
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    /// The last day on which it may be used
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<NaiveDate>,
}

impl SeriesCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// A series that cannot be, or shares numbers with another; an unavailable store.
    pub async fn run(&self) -> Result<(), Failure> {
        let text = match &self.action {
            SeriesAction::List { at } => {
                let (reached, today) = reached(at).await?;
                at.shown(&Listed::read(reached.target.writer.reader(), today).await?)?
            }
            SeriesAction::Add { new, at } => {
                let Reached { target, clock, country, .. } = at.table().await?;
                at.shown(&new.carry_out(&target.writer, country, &clock).await?)?
            }
            SeriesAction::Skip { id, to, at } => {
                let Reached { target, clock, .. } = at.table().await?;
                at.shown(&skip(&target.writer, id, *to, clock.now()).await?)?
            }
            SeriesAction::Report { days, at } => {
                let (reached, today) = reached(at).await?;
                at.shown(&Used::read(reached.target.writer.reader(), today, *days).await?)?
            }
        };
        print::say(&text)
    }
}

/// Lets a series go on at a number at the earliest. Each look holds for as long as no page takes numbers meanwhile, so none is given out
/// twice; the same command again finds it done.
///
/// # Errors
/// An unknown series, a number that is not of it, one from which numbers are taken without a pause; an unavailable store.
pub async fn skip(writer: &Writer, id: &SeriesId, to: u64, now: DateTime<Utc>) -> Result<Skipped, Failure> {
    for round in 0..ROUNDS {
        let before = writer.reader().series(id).await?;
        let before = before.ok_or_else(|| Failure::new(format!("there is no series {id}")))?;
        let mut series = before.value.clone();
        if !series.skip(to).map_err(|invalid| Failure::new(format!("--to: {invalid}")))? {
            return Ok(Skipped { series, from: None });
        }
        let mut changes = Changes::new();
        changes.update_series(&before, &series)?;
        match writer.commit(changes, None, now).await {
            Err(Error::Stale) => pause(PAUSE, round).await,
            done => return Ok(done.map(|_| Skipped { series, from: Some(before.value.next) })?),
        }
    }
    Err(Failure::new(format!("numbers of {id} are taken all the time; try again when no run is open")))
}

/// A series that was let go on at a number.
#[derive(Debug, Serialize)]
pub struct Skipped {
    series: Series,
    /// The number it would have given out next, where that has changed.
    from: Option<u64>,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { series, from } = self;
        let number = |number| series.number(number).map_or_else(|_| format!("{number}"), |number| number.to_string());
        match from {
            Some(from) => writeln!(
                f,
                "{}: {} to {} are not given out here; next is {}",
                series.id,
                number(*from),
                number(series.next - 1),
                number(series.next)
            ),
            None => writeln!(f, "{} is as far already: next is {}", series.id, number(series.next)),
        }
    }
}

async fn reached(at: &At) -> Result<(Reached, NaiveDate), Failure> {
    let reached = at.table().await?;
    let today = reached.clock.now().with_timezone(&reached.country.zone()).date_naive();
    Ok((reached, today))
}

impl NewSeries {
    fn series(&self) -> Series {
        let Self { id, prefix, digits, first, last, authorization, from, until, .. } = self.clone();
        let kind = match self.kind {
            For::Invoice => DocumentKind::Invoice,
            For::CreditNote => DocumentKind::CreditNote,
        };
        Series { id, kind, prefix, digits, first, last, next: first, authorization, from, until }
    }

    /// Adds it, unless it is there.
    ///
    /// # Errors
    /// Limits that contradict each other; numbers of another series; an unavailable store.
    pub async fn carry_out(&self, writer: &Writer, country: &Country, clock: &Clock) -> Result<Added, Failure> {
        let series = self.series();
        series.check().map_err(|invalid| Failure::new(format!("{}: {invalid}", series.id)))?;
        let is_new = add(writer, &series, country, clock).await?;
        let own = writer.reader().series(&series.id).await?.map(|own| own.value);
        Ok(Added { series: own.unwrap_or(series), is_new })
    }
}

/// A series that is there now.
#[derive(Debug, Serialize)]
pub struct Added {
    series: Series,
    is_new: bool,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Series { id, .. } = &self.series;
        if self.is_new {
            writeln!(f, "{id}: {}", count(self.series.left(), "number"))
        } else {
            writeln!(f, "{id} already exists; it stays as it is")
        }
    }
}

/// The series as they stand.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Listed(Vec<Row>);

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    series: Series,
    left: u64,
    /// Days until the last one, that one included.
    days_left: Option<i64>,
    warning: Option<Warning>,
}

impl Listed {
    /// All, by name.
    ///
    /// # Errors
    /// An unavailable store.
    pub async fn read(reader: &Reader, today: NaiveDate) -> Result<Self, Failure> {
        let row = |series: Series| Row {
            left: series.left(),
            days_left: series.until.map(|until| (until.signed_duration_since(today).num_days() + 1).max(0)),
            warning: series.warning(today),
            series,
        };
        Ok(Self(reader.all_series().await?.into_iter().map(|series| row(series.value)).collect()))
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.0.iter().map(|Row { series, left, days_left, warning }| {
            let next =
                series.number(series.next).ok().filter(|_| *left > 0).map_or("-".to_owned(), |next| next.to_string());
            let all = (series.last - series.first + 1).to_string();
            let until = match (series.until, days_left) {
                (Some(until), Some(days)) => format!("{until}, {}", count(days.unsigned_abs(), "day")),
                _ => "no last day".to_owned(),
            };
            let warning = warning.map(said).unwrap_or_default().to_owned();
            [series.id.to_string(), kind(series.kind).to_owned(), next, left.to_string(), all, until, warning]
        });
        let none = "no series: no bill can get a number; `series add` adds one";
        let head = ["series", "documents", "next", "left", "of", "until", "warning"];
        f.write_str(&print::list(head, rows, &[3, 4], none))
    }
}

const fn said(warning: Warning) -> &'static str {
    match warning {
        Warning::NearlyUsed => "NEARLY USED: ask the tax office for another one",
        Warning::Used => "USED: contracts are parked until there is another one",
        Warning::EndsSoon => "ENDS SOON: ask the tax office for another one",
        Warning::Ended => "ENDED: contracts are parked until there is another one",
    }
}

const fn kind(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice => "invoices",
        DocumentKind::CreditNote => "credit notes",
    }
}

/// What became of the numbers.
#[derive(Debug, Serialize)]
pub struct Used {
    since: NaiveDate,
    series: Vec<UsedOf>,
    /// Runs that are open: what of their numbers stays unused is not known yet.
    open: Vec<RunId>,
}

#[derive(Debug, Serialize)]
struct UsedOf {
    series: SeriesId,
    given: u64,
    left: u64,
    /// Numbers that no document has and no later run uses, with the run that had them.
    unused: Vec<Unused>,
}

#[derive(Debug, Serialize)]
struct Unused {
    number: String,
    run: RunId,
}

impl Used {
    /// By all series, and by the runs of some days.
    ///
    /// # Errors
    /// An unavailable store.
    pub async fn read(reader: &Reader, today: NaiveDate, days: u64) -> Result<Self, Failure> {
        let since = today.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(today);
        let mut unused: BTreeMap<SeriesId, Vec<Unused>> = BTreeMap::new();
        let mut open = Vec::new();
        for run in reader.runs(since, today).await? {
            let Some(closed) = &run.closed else {
                open.extend((!run.dry).then(|| run.id.clone()));
                continue;
            };
            for Given { number, series, .. } in &closed.report.unused {
                let one = Unused { number: number.to_string(), run: run.id.clone() };
                unused.entry(series.clone()).or_default().push(one);
            }
        }
        let of = |series: Series| UsedOf {
            given: series.next - series.first,
            left: series.left(),
            unused: unused.remove(&series.id).unwrap_or_default(),
            series: series.id,
        };
        let series = reader.all_series().await?.into_iter().map(|series| series.value).map(of).collect();
        Ok(Self { since, series, open })
    }
}

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for UsedOf { series, given, left, unused } in &self.series {
            let since = self.since;
            writeln!(
                f,
                "{series}  {given} given out, {left} left; {} declared unused by runs since {since}",
                unused.len()
            )?;
            for Unused { number, run } in unused {
                writeln!(f, "  {number}  run {run}")?;
            }
        }
        if !self.open.is_empty() {
            let open: Vec<_> = self.open.iter().map(RunId::as_str).collect();
            writeln!(f, "Not closed yet, so more may follow: {}", open.join(", "))?;
        }
        Ok(())
    }
}
