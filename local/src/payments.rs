//! The operator's commands for payment files: send one, and see what became of those that arrived.

use std::fmt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::domain::money::Currency;
use shared::domain::payment_file::name::{FileId, INBOX};
use shared::domain::payment_file::progress::{Progress, Reconciliation};
use shared::files::{Files, ObjectKey};

use crate::bill::At;
use crate::failure::Failure;
use crate::inbox::{self, Listed, Sending};
use crate::place::failure;
use crate::print;
use crate::words::count;

/// Rows of a chunk have one object; the most of these that are shown.
const SHOWN: u32 = 10;

/// Send files of payments, and list what became of them. docs/payments.md
#[derive(Debug, Clone, Args)]
pub struct PaymentsCommand {
    #[command(subcommand)]
    action: PaymentsAction,
}

#[derive(Debug, Clone, Subcommand)]
enum PaymentsAction {
    /// Put a file into the inbox; it is called NAME.csv, with .gz when compressed
    Send {
        /// The file
        file: PathBuf,
        /// Print JSON instead of text
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        sending: Sending,
    },
    /// List the files that arrived on a day, and what became of each
    List {
        #[command(flatten)]
        listed: Listed,
        #[command(flatten)]
        at: At,
    },
}

impl PaymentsCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// A file that is not called like a payment file, a bucket or a table that does not answer.
    pub async fn run(&self) -> Result<(), Failure> {
        let text = match &self.action {
            PaymentsAction::Send { file, json, sending } => {
                let sent = send(file, sending).await?;
                if *json { print::json(&sent.as_json())? } else { sent.to_string() }
            }
            PaymentsAction::List { listed, at } => at.shown(&list(listed, at).await?)?,
        };
        print::say(&text)
    }
}

/// What the result says became of a file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
enum Became {
    Ingested(Reconciliation),
    Refused { reason: String },
}

/// A file that was sent, and what became of it where that was waited for.
struct Sent {
    key: ObjectKey,
    /// When all of the same content was taken in, where that was before it was sent now.
    taken_before: Option<String>,
    result: Option<Became>,
    /// The rows that were not applied, as a file that may be mended and sent.
    rejects: String,
}

/// Sends a file. Sending it again changes nothing: it is known by stream, name and content.
async fn send(path: &Path, sending: &Sending) -> Result<Sent, Failure> {
    let (key, file) = ObjectKey::payment_file(&sending.key(INBOX, path)).map_err(Failure::new)?;
    let files = sending.files().await?;
    let file = FileId { stream: file.stream, name: file.name, digest: inbox::digest(path)? };
    let taken_before = taken_before(&files, &file).await?;
    let may_go = async |there: String| {
        let done =
            inbox::told(&files, &ObjectKey::payment_result(&FileId { digest: there.clone(), ..file.clone() }), &there)
                .await?;
        let stays = || {
            Failure::new(format!(
                "{key} has another content, which is not done: wait for it, or send this one under another name"
            ))
        };
        done.map(|_| ()).ok_or_else(stays)
    };
    inbox::send(&files, path, (&key, &file.digest), may_go).await?;
    if !sending.wait {
        return Ok(Sent { key, taken_before, result: None, rejects: String::new() });
    }
    let result = inbox::result(&files, &[ObjectKey::payment_result(&file)], &file.digest).await?;
    let rejects = rejects(&files, &file).await?;
    Ok(Sent { key, taken_before, result: Some(serde_json::from_str(&result).map_err(Failure::new)?), rejects })
}

/// When a file was taken in, if its result is there already.
async fn taken_before(files: &Files, file: &FileId) -> Result<Option<String>, Failure> {
    let told = inbox::told(files, &ObjectKey::payment_result(file), &file.digest).await?;
    Ok(told.and_then(|told| told["finished"].as_str().map(str::to_owned)))
}

/// The first rows that were not applied. A chunk without any has no object, so each is looked for.
async fn rejects(files: &Files, file: &FileId) -> Result<String, Failure> {
    let mut all = String::new();
    for chunk in 0..SHOWN {
        let text = inbox::text(files, &ObjectKey::payment_rejects(file, chunk)).await?;
        let rows =
            if all.is_empty() { &*text } else { text.split_once('\n').map(|(_, rows)| rows).unwrap_or_default() };
        all.push_str(rows);
    }
    Ok(all)
}

impl Sent {
    fn as_json(&self) -> Value {
        json!({ "key": self.key.to_string(), "taken_before": self.taken_before, "result": self.result, "rejects": self.rejects })
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "sent as {}", self.key)?;
        if let Some(at) = &self.taken_before {
            writeln!(f, "taken before, at {at}: nothing is paid again")?;
        }
        match &self.result {
            None => Ok(()),
            Some(Became::Ingested(rows)) => write!(f, "{rows}\n{}", self.rejects),
            Some(Became::Refused { reason }) => writeln!(f, "refused: {reason}"),
        }
    }
}

/// What became of the files of some days.
async fn list(listed: &Listed, at: &At) -> Result<Rows, Failure> {
    let reached = at.table().await?;
    let reader = reached.target.writer.reader();
    let mut all = Vec::new();
    for day in listed.days(&reached) {
        let files = reader.payment_files(day).await.map_err(|error| failure(&error))?;
        all.extend(files.into_iter().map(|file| Row::of(day, file, reached.country.currency)));
    }
    Ok(Rows(all))
}

/// The files of some days.
#[derive(Serialize)]
#[serde(transparent)]
struct Rows(Vec<Row>);

/// A file that arrived.
#[derive(Serialize)]
struct Row {
    day: NaiveDate,
    #[serde(flatten)]
    file: FileId,
    started: DateTime<Utc>,
    finished: Option<DateTime<Utc>>,
    became: &'static str,
    reason: Option<String>,
    /// Lines done.
    lines: u64,
    #[serde(flatten)]
    rows: Reconciliation,
}

impl Row {
    fn of(day: NaiveDate, file: Progress, currency: Currency) -> Self {
        let became = match (&file.refused, file.finished) {
            (Some(_), _) => "refused",
            (None, Some(_)) => "ingested",
            (None, None) => "under way",
        };
        let rows = file.counts.reconciled(currency);
        let Progress { file, started, refused: reason, finished, place, .. } = file;
        Self { day, file, started, finished, became, reason, lines: place.lines, rows }
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.0.iter().map(|row| {
            let Row { day, file, finished, reason, lines, rows, .. } = row;
            let became = match (reason, finished) {
                (Some(reason), _) => format!("refused: {reason}"),
                (None, Some(_)) => rows.to_string(),
                (None, None) => format!("under way, {} done: {rows}", count(*lines, "line")),
            };
            [day.to_string(), format!("{}/{}.{}", file.stream, file.name, file.short()), became]
        });
        f.write_str(&print::list(["day", "file", "became"], rows, &[], "no files arrived"))
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::payment_file::progress::Counts;
    use shared::domain::records::lines::Place;

    use super::*;

    #[test]
    fn a_list_says_what_became_of_a_file() {
        let file = FileId { stream: "bank".parse().unwrap(), name: "monday".parse().unwrap(), digest: "ab".repeat(32) };
        let now = DateTime::UNIX_EPOCH;
        let day = now.date_naive();
        let arrived = Progress::first(file.clone(), None, now);
        let counts = Counts { applied: 2, duplicate: 1, unknown: 1, refused: 0, sum: 5_722 };
        let half = arrived.after(counts, Place { offset: 90, lines: 5 }, false, now);
        let done = arrived.after(counts, Place { offset: 90, lines: 5 }, true, now);
        let refused = Progress::first(file, Some("why".to_owned()), now);
        let rows = [half, done, refused].map(|one| Row::of(day, one, Currency::COP));
        let text = Rows(rows.into()).to_string();
        let counted = "4 read, 2 applied (57.22 COP), 1 duplicate, 1 unknown, 0 refused";
        let expected = [format!("under way, 5 lines done: {counted}"), counted.to_owned(), "refused: why".to_owned()];
        let lines = expected.map(|what| format!("1970-01-01  bank/monday.abababababababab  {what}\n")).concat();
        assert_eq!(text, format!("{:<10}  {:<28}  became\n{lines}", "day", "file"));
    }
}
