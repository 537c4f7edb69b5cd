//! The operator's commands for usage files: send one, and see what became of those that arrived.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_types::body::SdkBody;
use axum::body::Bytes;
use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use http_body::{Body, Frame, SizeHint};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::domain::ids::StreamId;
use shared::domain::usage_file::name::{INBOX, UsageFile};
use shared::domain::usage_file::progress::{Phase, Progress};
use shared::error::{Cause, Error};
use shared::files::object::Digest;
use shared::files::{Files, ObjectKey};
use shared::table::{Fate, connect};

use crate::commands::Place;
use crate::failure::Failure;
use crate::files::BUCKET;
use crate::in_process::settings;
use crate::options::Source;

/// How often a result is looked for.
const PACE: Duration = Duration::from_millis(500);
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
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
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
                let files = files(bucket.as_deref(), server).await.map_err(|error| told(&error))?;
                send(&files, file, stream, *wait).await
            }
            UsageAction::List { day, days, place } => self.list(*day, *days, place).await,
        }
    }

    async fn list(&self, day: Option<NaiveDate>, days: u64, place: &Place) -> Result<(), Failure> {
        let clock = Clock::system();
        let country = Country::by_code(&self.source.country).map_err(Failure::new)?;
        let target = place.target(&self.source, &clock).await?;
        let last = day.unwrap_or_else(|| clock.now().with_timezone(&country.zone()).date_naive());
        let mut text = String::new();
        for back in (0..days).rev() {
            let Some(day) = last.checked_sub_days(Days::new(back)) else { continue };
            let fates = target.writer.reader().usage_files(day).await.map_err(|error| told(&error))?;
            text.extend(fates.iter().map(|fate| format!("{day}  {}\n", line(fate))));
        }
        Ok(io::stdout().write_all(text.as_bytes())?)
    }
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

async fn files(bucket: Option<&str>, server: &str) -> Result<Files, Error> {
    let connector = connect::connector(None)?;
    let (settings, bucket): (SdkConfig, _) = match bucket {
        Some(bucket) => {
            let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(connect::https(None)?);
            (loader.load().await, bucket)
        }
        None => {
            let local = settings(connect::https(None)?);
            (local.to_builder().endpoint_url(server).build(), BUCKET)
        }
    };
    Files::new(&settings, bucket, connector)
}

/// Sends a file. Sending it again changes nothing: it is known by its name, its sequence and its content.
async fn send(files: &Files, path: &Path, stream: &StreamId, wait: bool) -> Result<(), Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut hash = Digest::default();
    hash.update(format!("{stream}/{name}").as_bytes());
    let hash = hash.finish();
    let key = format!("{INBOX}{}/{stream}/{name}", hash.get(..4).unwrap_or_default());
    let (key, file) = ObjectKey::usage_file(&key).map_err(Failure::new)?;
    let length = std::fs::metadata(path)?.len();
    let bar = bar(length);
    let digest = digest(path)?;
    let body = || {
        bar.set_position(0);
        Ok(SdkBody::from_body_1_x(FileBody { file: File::open(path)?, left: length, bar: bar.clone() }))
    };
    let sent = files.put_large(&key, length, body).await;
    bar.finish_and_clear();
    sent.map_err(|error| told(&error))?;
    let mut out = io::stdout();
    writeln!(out, "sent as {key}")?;
    if wait {
        let result = result(files, &file, &digest).await?;
        writeln!(out, "{result}")?;
    }
    Ok(())
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
            let found = files.part(key, 0, 1 << 20).await.map_err(|error| told(&error))?;
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

/// The public half, and for an operator the cause behind it.
fn told(error: &Error) -> Failure {
    match error.cause() {
        Some(cause) => Failure::new(format!("{error}: {}", Cause::for_log(cause))),
        None => Failure::new(error),
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
        let counts = Counts { accepted: 2, rejected: 1, ..Counts::default() };
        let ingested = Some(Ingested { digest: "d".to_owned(), counts, at: DateTime::UNIX_EPOCH });
        let done = line(&Fate { ingested, ..fate() });
        assert_eq!(done, "msc/monday.1  3 read, 2 accepted, 0 duplicate, 0 replaced, 1 rejected, 0 removed");
        let replaced = Fate { newest: Some(progress(2)), ..fate() };
        assert_eq!(line(&replaced), "msc/monday.1  replaced before it was done");
        let last = ChunkDone { counts, place: shared::domain::usage_file::lines::Place::default(), last: true };
        let clearing = progress(0).corrected(progress(1).version).after(&last, DateTime::UNIX_EPOCH);
        let clearing = Fate { newest: Some(clearing), ..fate() };
        assert_eq!(line(&clearing), "msc/monday.1  clears version 0, 0 lines of it done");
    }
}
