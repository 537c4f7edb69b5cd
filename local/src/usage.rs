//! The operator's commands for usage files: send one, and see what became of those that arrived.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_smithy_types::body::SdkBody;
use axum::body::Bytes;
use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use http_body::{Body, Frame, SizeHint};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use shared::domain::ids::StreamId;
use shared::domain::usage_file::name::{INBOX, UsageFile};
use shared::domain::usage_file::progress::{Phase, Progress};
use shared::files::object::Digest;
use shared::files::{Files, ObjectKey};
use shared::table::{Fate, connect};

use crate::control::{SERVER, Server};
use crate::failure::Failure;
use crate::files::BUCKET;
use crate::options::Source;
use crate::place::{Place, Reached, failure, local};

/// How often a result is looked for.
const PACE: Duration = Duration::from_millis(500);
/// The most rejected lines that are shown.
const SHOWN: usize = 20;
/// Bytes read and sent at once.
const PIECE: usize = 64 * 1024;

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
        /// The stream of files it belongs to
        #[arg(long, default_value = "manual")]
        stream: StreamId,
        /// Wait until it has been taken in, and show its result
        #[arg(long)]
        wait: bool,
        /// A bucket on AWS, with ordinary AWS credentials
        #[arg(long, value_name = "NAME")]
        bucket: Option<String>,
        /// The address of a local server, without --bucket
        #[arg(long, value_name = "URL", default_value = SERVER)]
        server: String,
    },
    /// List the files that arrived on a day, and what became of each
    List {
        /// The last day; today when absent
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: Option<NaiveDate>,
        /// How many days
        #[arg(long, default_value_t = 7, value_name = "N")]
        days: u64,
        /// Print JSON instead of lines
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
            UsageAction::Send { file, stream, wait, bucket, server } => {
                let named = named(file, stream)?;
                let files = files(bucket.as_deref(), server).await?;
                send(&files, file, &named, *wait).await
            }
            UsageAction::List { day, days, json, place } => {
                let days = self.fates(*day, *days, place).await?;
                let text = if *json { as_json(&days)? } else { as_lines(&days) };
                Ok(io::stdout().write_all(text.as_bytes())?)
            }
        }
    }

    /// What became of the files of some days, the last of which is named or is today.
    async fn fates(
        &self,
        last: Option<NaiveDate>,
        days: u64,
        place: &Place,
    ) -> Result<Vec<(NaiveDate, Vec<Fate>)>, Failure> {
        let Reached { target, clock, country, .. } = place.table(&self.source).await?;
        let last = last.unwrap_or_else(|| clock.now().with_timezone(&country.zone()).date_naive());
        let mut all = Vec::new();
        for back in (0..days).rev() {
            let Some(day) = last.checked_sub_days(Days::new(back)) else { continue };
            all.push((day, target.writer.reader().usage_files(day).await.map_err(|error| failure(&error))?));
        }
        Ok(all)
    }
}

fn as_lines(days: &[(NaiveDate, Vec<Fate>)]) -> String {
    let line = |(day, fates): &(NaiveDate, Vec<Fate>)| {
        fates.iter().map(|fate| format!("{day}  {}\n", line(fate))).collect::<String>()
    };
    days.iter().map(line).collect()
}

fn as_json(days: &[(NaiveDate, Vec<Fate>)]) -> Result<String, Failure> {
    let all = days.iter().flat_map(|(day, fates)| fates.iter().map(move |fate| object(*day, fate)));
    let all: Vec<_> = all.collect();
    serde_json::to_string_pretty(&all).map(|text| text + "\n").map_err(Failure::new)
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

/// A file and what became of it.
fn line(fate: &Fate) -> String {
    let arrival = &fate.arrival;
    let became = match (&arrival.refused, &fate.ingested, &fate.newest) {
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
    };
    format!("{}/{}.{}  {became}", arrival.stream, arrival.name, arrival.sequence)
}

fn under_way(progress: &Progress) -> String {
    let done = progress.place.lines;
    match progress.phase {
        Phase::Clearing => format!("clears version {}, {done} lines of it done", progress.reading().sequence),
        Phase::Taking | Phase::Done => format!("under way, {done} lines done"),
    }
}

async fn files(bucket: Option<&str>, server: &str) -> Result<Files, Failure> {
    let connector = connect::connector(None).map_err(|error| failure(&error))?;
    let (settings, bucket) = match bucket {
        Some(bucket) => {
            let https = connect::https(None).map_err(|error| failure(&error))?;
            (aws_config::defaults(BehaviorVersion::latest()).http_client(https).load().await, bucket)
        }
        None => {
            Server::at(server, "--bucket NAME").await?;
            (local(server)?, BUCKET)
        }
    };
    Files::new(&settings, bucket, connector).map_err(|error| failure(&error))
}

/// The object's key, by the file's name.
fn named(path: &Path, stream: &StreamId) -> Result<(ObjectKey, UsageFile), Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut hash = Digest::default();
    hash.update(format!("{stream}/{name}").as_bytes());
    let hash = hash.finish();
    let key = format!("{INBOX}{}/{stream}/{name}", hash.get(..4).unwrap_or_default());
    ObjectKey::usage_file(&key).map_err(Failure::new)
}

/// Sends a file. Sending it again changes nothing: it is known by its name, its sequence and its content.
async fn send(files: &Files, path: &Path, named: &(ObjectKey, UsageFile), wait: bool) -> Result<(), Failure> {
    let (key, file) = named;
    let length = std::fs::metadata(path)?.len();
    let bar = bar(length);
    let digest = digest(path)?;
    let body = || {
        bar.set_position(0);
        Ok(SdkBody::from_body_1_x(FileBody { file: File::open(path)?, left: length, bar: bar.clone() }))
    };
    let sent = files.put_large(key, length, body).await;
    bar.finish_and_clear();
    sent.map_err(|error| failure(&error))?;
    let mut out = io::stdout();
    writeln!(out, "sent as {key}")?;
    if wait {
        let result = result(files, file, &digest).await?;
        writeln!(out, "{result}")?;
        write!(out, "{}", rejects(files, file, &serde_json::from_str(&result).unwrap_or_default()).await?)?;
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
        let found = files.part(&ObjectKey::rejects(file, part), 0, 1 << 20).await?;
        let text = found.map(|part| String::from_utf8_lossy(&part.bytes).into_owned()).unwrap_or_default();
        lines.extend(text.lines().map(|line| format!("{line}\n")));
    }
    lines.truncate(wanted);
    Ok(lines.concat())
}

fn digest(path: &Path) -> io::Result<String> {
    let (mut file, mut digest) = (File::open(path)?, Digest::default());
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok(digest.finish());
        }
        digest.update(piece.get(..count).unwrap_or_default());
    }
}

/// Waits for what became of the content.
async fn result(files: &Files, file: &UsageFile, digest: &str) -> Result<String, Failure> {
    let keys = [ObjectKey::result(file, None), ObjectKey::result(file, Some(digest))];
    let spinner = ProgressBar::new_spinner().with_message("waiting for the result");
    spinner.enable_steady_tick(Duration::from_millis(100));
    loop {
        for key in &keys {
            let found = files.part(key, 0, 1 << 20).await.map_err(|error| failure(&error))?;
            let text = found.map(|part| String::from_utf8_lossy(&part.bytes).into_owned()).unwrap_or_default();
            let own = serde_json::from_str::<Value>(&text).is_ok_and(|result| result["sha256"] == digest);
            if own {
                spinner.finish_and_clear();
                return Ok(text);
            }
        }
        tokio::time::sleep(PACE).await;
    }
}

fn bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {binary_bytes}/{binary_total_bytes}, {eta} left");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A file as the body of a request; the bar shows how much of it is gone.
struct FileBody {
    file: File,
    left: u64,
    bar: ProgressBar,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let most = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        if most == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; most];
        Poll::Ready(Some(self.file.read_exact(&mut piece).map(|()| {
            self.left -= most as u64;
            self.bar.inc(most as u64);
            Frame::data(Bytes::from(piece))
        })))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
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
    fn a_line_says_what_became_of_a_file() {
        assert_eq!(line(&fate()), "msc/monday.1  under way, 0 lines done");
        let mut refused = fate();
        refused.arrival.refused = Some("why".to_owned());
        assert_eq!(line(&refused), "msc/monday.1  refused: why");
        let day = NaiveDate::from_ymd_opt(2026, 3, 10).unwrap();
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
        let done = line(&done);
        assert_eq!(done, "msc/monday.1  3 read, 2 accepted, 0 duplicate, 0 replaced, 1 rejected, 0 removed");
        let replaced = Fate { newest: Some(progress(2)), ..fate() };
        assert_eq!(line(&replaced), "msc/monday.1  replaced before it was done");
        let last = ChunkDone { counts, place: shared::domain::usage_file::lines::Place::default(), last: true };
        let clearing = progress(0).corrected(progress(1).version).after(&last, DateTime::UNIX_EPOCH);
        let clearing = Fate { newest: Some(clearing), ..fate() };
        assert_eq!(line(&clearing), "msc/monday.1  clears version 0, 0 lines of it done");
    }
}
