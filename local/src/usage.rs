//! The operator's commands for usage files: send one, and see what became of those that arrived.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shared::domain::usage_file::name::{INBOX, UsageFile};
use shared::domain::usage_file::progress::{Phase, Progress};
use shared::files::{Files, ObjectKey};
use shared::table::{Fate, Reader};

use crate::failure::Failure;
use crate::inbox::{self, Listed, Sending};
use crate::options::Source;
use crate::place::{Place, failure};
use crate::print;
use crate::words::count;

/// The most rejected lines that are shown.
const SHOWN: usize = 20;

/// Send usage files, and list what became of them
#[derive(Debug, Clone, Args)]
pub struct UsageCommand {
    #[command(subcommand)]
    action: UsageAction,
    #[command(flatten)]
    source: Source,
}

#[derive(Debug, Clone, Subcommand)]
enum UsageAction {
    /// Put a file into the inbox; it is called NAME.SEQUENCE.calls|sessions.csv|ndjson, with .gz when compressed
    Send {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        sending: Sending,
    },
    /// List the files that arrived on a day, and what became of each
    List {
        #[command(flatten)]
        listed: Listed,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
}

impl UsageCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// A file that is not called like a usage file, a bucket or a table that does not answer.
    pub async fn run(&self) -> Result<(), Failure> {
        match &self.action {
            UsageAction::Send { file, sending } => send(file, sending).await,
            UsageAction::List { listed, json, place } => {
                let reached = place.table(&self.source).await?;
                let days = fates(reached.target.writer.reader(), &listed.days(&reached)).await?;
                let text = if *json { print::json(&as_json(&days))? } else { as_table(&days) };
                print::say(&text)
            }
        }
    }
}

/// What became of the files of some days.
///
/// # Errors
/// An unavailable store.
pub async fn fates(reader: &Reader, days: &[NaiveDate]) -> Result<Vec<(NaiveDate, Vec<Fate>)>, Failure> {
    let mut all = Vec::new();
    for day in days {
        all.push((*day, reader.usage_files(*day).await.map_err(|error| failure(&error))?));
    }
    Ok(all)
}

fn as_table(days: &[(NaiveDate, Vec<Fate>)]) -> String {
    let rows =
        days.iter().flat_map(|(day, fates)| fates.iter().map(|fate| [day.to_string(), name(fate), became(fate)]));
    print::list(["day", "file", "became"], rows, &[], "no files arrived")
}

/// The files, an object each.
pub fn as_json(days: &[(NaiveDate, Vec<Fate>)]) -> Value {
    days.iter().flat_map(|(day, fates)| fates.iter().map(move |fate| object(*day, fate))).collect()
}

fn object(day: NaiveDate, fate: &Fate) -> Value {
    let arrival = &fate.arrival;
    let (became, counts) = match (&arrival.refused, &fate.ingested, &fate.newest) {
        (Some(_), ..) => ("refused", None),
        (None, Some(ingested), _) => ("ingested", Some(ingested.counts)),
        (None, None, Some(newest)) if newest.version.sequence == arrival.sequence => ("under way", None),
        (None, None, _) => ("replaced", None),
    };
    let counts = counts.map(|counts| {
        json!({
            "read": counts.read(), "accepted": counts.accepted, "duplicate": counts.duplicate,
            "replaced": counts.replaced, "rejected": counts.rejected, "removed": counts.removed,
        })
    });
    json!({
        "day": day, "stream": arrival.stream, "name": arrival.name, "sequence": arrival.sequence,
        "sha256": arrival.digest, "at": arrival.at, "became": became, "reason": arrival.refused, "counts": counts,
    })
}

fn name(fate: &Fate) -> String {
    let arrival = &fate.arrival;
    format!("{}/{}.{}", arrival.stream, arrival.name, arrival.sequence)
}

/// What became of a file.
fn became(fate: &Fate) -> String {
    let arrival = &fate.arrival;
    match (&arrival.refused, &fate.ingested, &fate.newest) {
        (Some(reason), ..) => format!("refused: {reason}"),
        (None, Some(ingested), _) => {
            let counts = ingested.counts;
            format!(
                "{} read, {} accepted, {} duplicate, {} replaced, {} rejected, {} removed",
                counts.read(),
                counts.accepted,
                counts.duplicate,
                counts.replaced,
                counts.rejected,
                counts.removed
            )
        }
        (None, None, Some(newest)) if newest.version.sequence == arrival.sequence => under_way(newest),
        (None, None, _) => "replaced before it was done".to_owned(),
    }
}

fn under_way(progress: &Progress) -> String {
    let done = count(progress.place.lines, "line");
    match progress.phase {
        Phase::Clearing => format!("clears version {}, {done} of it done", progress.reading().sequence),
        Phase::Taking | Phase::Done => format!("under way, {done} done"),
    }
}

/// Sends a file. Sending it again changes nothing: it is known by its name, its sequence and its content.
async fn send(path: &Path, sending: &Sending) -> Result<(), Failure> {
    let (key, file) = ObjectKey::usage_file(&sending.key(INBOX, path)).map_err(Failure::new)?;
    let files = sending.files().await?;
    let digest = inbox::digest(path)?;
    // What was refused may be mended under its name.
    let may_go = async |there: String| {
        let refused = inbox::told(&files, &ObjectKey::result(&file, Some(&there)), &there).await?;
        let stays =
            || Failure::new(format!("{key} has another content: send this one with the next sequence in its name"));
        refused.map(|_| ()).ok_or_else(stays)
    };
    inbox::send(&files, path, (&key, &digest), may_go).await?;
    let mut out = io::stdout();
    writeln!(out, "sent as {key}")?;
    if sending.wait {
        let keys = [ObjectKey::result(&file, None), ObjectKey::result(&file, Some(&digest))];
        let result = inbox::result(&files, &keys, &digest).await?;
        writeln!(out, "{result}")?;
        write!(out, "{}", rejects(&files, &file, &serde_json::from_str(&result).unwrap_or_default()).await?)?;
    }
    Ok(())
}

/// The first rejected lines, each with its number and the reason, as they lie in the bucket.
async fn rejects(files: &Files, file: &UsageFile, result: &Value) -> Result<String, Failure> {
    let count = |name: &str| result[name].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
    let wanted = count("rejected").min(SHOWN);
    let mut lines: Vec<String> = Vec::new();
    // No part of a file is empty, so there are at most as many as records.
    for part in (0..).take(count("read")) {
        if lines.len() >= wanted {
            break;
        }
        let text = inbox::text(files, &ObjectKey::rejects(file, part)).await?;
        lines.extend(text.lines().map(|line| format!("{line}\n")));
    }
    lines.truncate(wanted);
    Ok(lines.concat())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use shared::domain::usage_file::progress::{ChunkDone, Counts, Version};
    use shared::table::{Arrival, Ingested};

    use super::*;

    fn progress(sequence: u32) -> Progress {
        Progress::first(Version {
            sequence,
            key: "k".to_owned(),
            digest: "d".to_owned(),
            tag: None,
            size: None,
            header: None,
            chunk_records: 1,
            started: DateTime::UNIX_EPOCH,
        })
    }

    fn fate() -> Fate {
        let arrival = Arrival {
            stream: "msc".parse().unwrap(),
            name: "monday".parse().unwrap(),
            sequence: 1,
            digest: "d".to_owned(),
            at: DateTime::UNIX_EPOCH,
            refused: None,
        };
        Fate { arrival, ingested: None, newest: Some(progress(1)) }
    }

    #[test]
    fn a_list_says_what_became_of_a_file() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 10).unwrap();
        let list = as_table(&[(day, vec![fate()])]);
        assert_eq!(list, "day         file          became\n2026-03-10  msc/monday.1  under way, 0 lines done\n");
        let mut refused = fate();
        refused.arrival.refused = Some("why".to_owned());
        assert_eq!(became(&refused), "refused: why");
        let shown = object(day, &refused);
        assert_eq!(
            (&shown["became"], &shown["reason"], &shown["counts"]),
            (&"refused".into(), &"why".into(), &Value::Null)
        );
        let counts = Counts { accepted: 2, rejected: 1, ..Counts::default() };
        let ingested = Some(Ingested { digest: "d".to_owned(), counts, at: DateTime::UNIX_EPOCH });
        let done = Fate { ingested, ..fate() };
        let shown = object(day, &done);
        assert_eq!(
            (&shown["day"], &shown["became"], &shown["counts"]["read"]),
            (&json!("2026-03-10"), &json!("ingested"), &json!(3))
        );
        assert_eq!(became(&done), "3 read, 2 accepted, 0 duplicate, 0 replaced, 1 rejected, 0 removed");
        let replaced = Fate { newest: Some(progress(2)), ..fate() };
        assert_eq!(became(&replaced), "replaced before it was done");
        let last = ChunkDone { counts, place: shared::domain::records::lines::Place::default(), last: true };
        let clearing = progress(0).corrected(progress(1).version).after(&last, DateTime::UNIX_EPOCH);
        let clearing = Fate { newest: Some(clearing), ..fate() };
        assert_eq!(became(&clearing), "clears version 0, 0 lines of it done");
    }
}
