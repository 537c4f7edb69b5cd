//! The operator's commands for erasures of recordings that were cut off: which there are, and to finish them.
//!
//! An erasure marks the recording, deletes its files, and marks it again (`functions/calls/src/erase.rs`). A crash, or a bucket that does
//! not answer, leaves it in the middle until somebody asks again; nobody can play it meanwhile.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Days, NaiveDate, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use shared::domain::country::Country;
use shared::domain::ids::CallId;
use shared::domain::recording::{Format, Recording, RecordingState};
use shared::error::Error;
use shared::files::{Files, ObjectKey};
use shared::table::{Changes, Erasure, Reader, Stored, Writer};

use crate::bill::At;
use crate::failure::Failure;
use crate::inbox;
use crate::place::{Kind, Reached};
use crate::print;
use crate::words::count;

/// So many days are looked at when none is said.
const USUAL: u64 = 31;

/// List erasures of recordings that are not done, and finish them
#[derive(Debug, Clone, Args)]
pub struct ErasuresCommand {
    #[command(subcommand)]
    action: ErasuresAction,
}

#[derive(Debug, Clone, Subcommand)]
enum ErasuresAction {
    /// List erasures that are not done: cut off, or with files that are there all the same
    List {
        /// List those that are done as well
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Finish those that are not done: delete the files, and mark the recordings as erased. Done twice it changes nothing more
    Finish {
        #[command(flatten)]
        which: Which,
    },
}

/// Erasures from a day on, and where their files are.
#[derive(Debug, Clone, Args)]
struct Which {
    /// The first day, in UTC, on which they began; by default a month ago
    #[arg(long, value_name = "YYYY-MM-DD")]
    since: Option<NaiveDate>,
    /// The bucket on AWS
    #[arg(long, value_name = "NAME", requires = "table")]
    bucket: Option<String>,
    #[command(flatten)]
    at: At,
}

impl ErasuresCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// A place without a bucket, a table or a bucket that does not answer.
    pub async fn run(&self) -> Result<(), Failure> {
        let text = match &self.action {
            ErasuresAction::List { all, which } => {
                let (_, _, found) = which.find().await?;
                which.at.shown(&Listed(found.into_iter().filter(|one| *all || !one.is_done()).collect()))?
            }
            ErasuresAction::Finish { which } => {
                let (reached, files, mut found) = which.find().await?;
                found.retain(|one| !one.is_done());
                finish(&reached.target.writer, &files, reached.clock.now(), &found).await?;
                which.at.shown(&Finished(found))?
            }
        };
        print::say(&text)
    }
}

impl Which {
    async fn find(&self) -> Result<(Reached, Files, Vec<Found>), Failure> {
        let files = self.files().await?;
        let reached = self.at.table().await?;
        let last = reached.clock.now().date_naive();
        let first = self.since.or_else(|| last.checked_sub_days(Days::new(USUAL))).unwrap_or(last);
        let days = first.iter_days().take_while(|day| *day <= last);
        let found = find(reached.target.writer.reader(), &files, reached.country, days).await?;
        Ok((reached, files, found))
    }

    /// Files lie under their country, which a table does not tell: a wrong one would find none, and call every erasure done.
    async fn files(&self) -> Result<Files, Failure> {
        match (self.at.place.kind(), &self.bucket, &self.at.source.country) {
            (Kind::Deployed(_), Some(bucket), Some(_)) => inbox::bucket(Some(bucket), "").await,
            (Kind::Deployed(_), ..) => Err(Failure::new("with --table, say --bucket NAME and --country CODE as well")),
            (Kind::Server(url), ..) => inbox::bucket(None, url).await,
            (Kind::File, ..) => Err(Failure::new(
                "--data: must be served for this, which goes by files: start `selfcare serve --data FILE`",
            )),
        }
    }
}

/// An erasure as it stands.
#[derive(Debug, Serialize)]
pub struct Found {
    #[serde(flatten)]
    erasure: Erasure,
    #[serde(flatten)]
    recording: About,
    /// The files that are still there.
    files: Vec<Format>,
    #[serde(skip)]
    stored: Stored<Recording>,
    #[serde(skip)]
    keys: Vec<ObjectKey>,
}

/// What is shown of its recording.
#[derive(Debug, Serialize)]
struct About {
    customer: String,
    state: RecordingState,
}

impl Found {
    /// Whether the recording and its files are gone.
    pub fn is_done(&self) -> bool {
        self.files.is_empty() && self.recording.state == RecordingState::Erased
    }

    async fn of(erasure: Erasure, stored: Stored<Recording>, files: &Files, country: &Country) -> Result<Self, Error> {
        let (mut left, mut keys) = (Vec::new(), Vec::new());
        // Whatever the record names: a file that it forgot must not outlive the erasure.
        for format in Format::ALL {
            let key = ObjectKey::recording(country, &stored, format)?;
            left.extend(files.part(&key, 0, 1).await?.map(|_| format));
            keys.push(key);
        }
        let recording = About { customer: stored.customer.to_string(), state: stored.state };
        Ok(Self { erasure, recording, files: left, stored, keys })
    }
}

/// The erasures that began on some days, done or not: for each day a query, for each hundred of them a batch, and for each two questions
/// to the bucket.
///
/// # Errors
/// A table or a bucket that does not answer.
pub async fn find(
    reader: &Reader,
    files: &Files,
    country: &Country,
    days: impl Iterator<Item = NaiveDate>,
) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    for day in days {
        let erasures = reader.erasures(day).await?;
        let recordings = reader.recordings_at(erasures.iter().map(|erasure| &erasure.call)).await?;
        let mut recordings: BTreeMap<CallId, _> = recordings.into_iter().map(|stored| (stored.id, stored)).collect();
        for erasure in erasures {
            let Some(stored) = recordings.remove(&erasure.call) else { continue };
            found.push(Found::of(erasure, stored, files, country).await?);
        }
    }
    Ok(found)
}

/// Deletes the files of these, then marks those as erased that are not. A crash between leaves files gone and a mark to be set, which the
/// next time does; deleting a missing file succeeds. A recording that somebody else has marked meanwhile is at another revision, and stays
/// as it is. The event was told when the erasure began, so nothing is told twice.
///
/// # Errors
/// A table or a bucket that does not answer; those before are finished.
pub async fn finish(writer: &Writer, files: &Files, now: DateTime<Utc>, found: &[Found]) -> Result<(), Error> {
    for Found { stored, keys, .. } in found {
        files.delete(keys).await?;
        if stored.state != RecordingState::Erasing {
            continue;
        }
        let mut changes = Changes::new();
        changes.end_erasing(stored)?;
        match writer.commit(changes, None, now).await {
            Ok(_) | Err(Error::Stale) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Erasures as a list.
#[derive(Serialize)]
#[serde(transparent)]
struct Listed(Vec<Found>);

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.0.iter().map(|Found { erasure, recording, files, .. }| {
            let state = match recording.state {
                RecordingState::Kept => "kept",
                RecordingState::Erasing => "cut off",
                RecordingState::Erased => "erased",
            };
            let left: Vec<_> = files.iter().map(Format::to_string).collect();
            let left = if left.is_empty() { "none".to_owned() } else { left.join(", ") };
            let Erasure { call, client, at } = erasure;
            let at = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            [call.to_string(), at, client.to_string(), recording.customer.clone(), state.to_owned(), left]
        });
        let head = ["recording", "began", "client", "customer", "state", "files left"];
        f.write_str(&print::list(head, rows, &[], "every erasure is done"))
    }
}

/// What was finished.
#[derive(Serialize)]
#[serde(transparent)]
struct Finished(Vec<Found>);

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} finished", count(self.0.len() as u64, "erasure"))
    }
}
