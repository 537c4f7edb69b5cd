//! A usage file of any size, from the bucket to the table: how fast, and in how much memory.
//!
//! The function's release binary runs under a Runtime API, over the embedded table, bucket and queues. As on AWS it stops
//! before its time ends and goes on with the message that it has sent itself, until the file's result is there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use flate2::Compression;
use flate2::write::GzEncoder;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::domain::msisdn::Msisdn;
use shared::domain::usage_file::name::UsageFile;
use shared::files::ObjectKey;
use shared::table::Reader;
use shared::table::keys::{self, Key};
use tests::emulated::Emulated;
use tests::runtime_api::{Outcome, Process};

use crate::{Directory, compile, measure};

const FUNCTION: &str = "usage-ingest";
/// The function's queue, by its name in the template.
const QUEUE: &str = "UsageFiles";
const KEY: &str = "inbox/0/bench/large.1.sessions.csv.gz";
/// Lines that the file tells of, one after the other.
const LINES: u64 = 10_000;
/// The line of the demo data that they are like.
const MODEL: &str = "3001234567";
/// Days before today, over which a line's sessions are spread.
const DAYS: u64 = 1;
const APPS: [&str; 3] = ["Video", "Mapas", "Redes Sociales"];
/// The most memory that the function may take, for a file of any size.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// Takes a file of so many sessions.
pub async fn run(records: u64, program: Option<PathBuf>) -> io::Result<()> {
    let binary = program.map_or_else(|| compile::function(FUNCTION), Ok)?;
    let directory = Directory::new()?;
    let deployment = Emulated::demo().await;
    let (key, file) = ObjectKey::usage_file(KEY).map_err(io::Error::other)?;
    lines(&deployment)?;
    let content = content(records, first_day())?;
    let size = content.len();
    deployment.store.bucket.put(&key, "application/gzip", content).await.map_err(io::Error::other)?;

    let log = directory.0.join("log");
    let variables = deployment.environment(FUNCTION, &deployment.endpoint());
    let limit = deployment.time_limit(FUNCTION);
    let mut process = Process::start_logged(&binary, FUNCTION, &variables, limit, File::create(&log)?).await?;
    process.polled().await?;
    let taken = take(&mut process, &deployment, &file, records).await;
    if taken.is_err() {
        io::stderr().write_all(&std::fs::read(&log)?)?;
    }
    let taken = taken?;

    let result = result(&deployment, &file).await?;
    let counts =
        ["accepted", "duplicate", "replaced", "rejected"].map(|name| result[name].as_u64().unwrap_or_default());
    let (reads, writes) = units(&std::fs::read_to_string(&log)?);
    let peak = measure::memory(&process, "VmHWM")?;
    let processor = measure::processor_time(&process)?;
    let mut out = io::stdout().lock();
    writeln!(out, "| what | measured |\n|---|---|")?;
    writeln!(out, "| records, compressed to | {records}, {} MB |", megabytes(size as u64))?;
    writeln!(out, "| records/s | {} |", per_second(records, taken.time))?;
    writeln!(out, "| records/s of the function's processor time | {} |", per_second(records, processor))?;
    writeln!(out, "| invocations of {} s | {} |", limit.as_secs(), taken.invocations)?;
    writeln!(out, "| most resident memory, MB | {} |", megabytes(peak))?;
    writeln!(out, "| read and write units of a record | {}, {} |", each(reads, records), each(writes, records))?;
    writeln!(out, "| accepted, duplicate, replaced, rejected | {counts:?} |")?;
    if result["read"] != records || counts.iter().sum::<u64>() != records {
        return Err(io::Error::other(format!("not every record has become something: {result}")));
    }
    if peak > MOST_MEMORY {
        return Err(io::Error::other(format!("more than {} MB", megabytes(MOST_MEMORY))));
    }
    Ok(())
}

/// Enters the lines: each is one of the demo data under a number of its own.
fn lines(deployment: &Emulated) -> io::Result<()> {
    let country = Country::by_code("co").map_err(io::Error::other)?;
    let msisdn = |number: &str| Msisdn::parse(number, country).map_err(io::Error::other);
    let Emulated { store, .. } = deployment;
    let Key { pk, sk } = keys::subscriber(&msisdn(MODEL)?);
    let mut items = store.embedded.items(store.table()).map_err(io::Error::other)?.into_iter();
    let model = items.find(|item| item["pk"]["S"] == pk && item["sk"]["S"] == sk);
    let model = model.ok_or_else(|| io::Error::other("the demo data has no such line"))?;
    let like_it = |line| {
        let (mut item, msisdn) = (model.clone(), msisdn(&number(line))?);
        item["pk"]["S"] = json!(keys::subscriber(&msisdn).pk);
        item["msisdn"]["S"] = json!(msisdn);
        Ok(item)
    };
    let items = (0..LINES).map(like_it).collect::<io::Result<_>>()?;
    store.embedded.fill(store.table(), items).map_err(io::Error::other)
}

fn number(line: u64) -> String {
    (3_100_000_000 + line).to_string()
}

fn first_day() -> NaiveDate {
    Clock::system().now().date_naive() - Days::new(DAYS)
}

/// The file, compressed while it is made: the sessions of a line, in order, and then those of the next.
fn content(records: u64, first: NaiveDate) -> io::Result<Vec<u8>> {
    let of_line = records.div_ceil(LINES).max(1);
    let mut out = BufWriter::new(GzEncoder::new(Vec::new(), Compression::fast()));
    writeln!(out, "id,msisdn,start,app,bytes")?;
    for record in 0..records {
        let (line, at) = (record / of_line, record % of_line);
        let second = at * DAYS * 24 * 60 * 60 / of_line;
        let (day, second) = (first + Days::new(second / 86_400), second % 86_400);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let app = APPS[at as usize % APPS.len()];
        let bytes = 1_000 + record % 1_000_000;
        writeln!(out, "s{record},{},{day}T{hour:02}:{minute:02}:{second:02}-05:00,{app},{bytes}", number(line))?;
    }
    out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
}

/// What it took until the queue was empty.
struct Taking {
    time: Duration,
    invocations: u64,
}

/// Gives the function the bucket's message, and then its own, until it sends none.
async fn take(process: &mut Process, deployment: &Emulated, file: &UsageFile, records: u64) -> io::Result<Taking> {
    let (queues, reader) = (&deployment.queues, deployment.store.target().writer.reader().clone());
    let bar = ProgressBar::new(records).with_style(style());
    bar.enable_steady_tick(Duration::from_secs(1));
    queues.send(QUEUE, local::sources::created(KEY, None, queues.now()), BTreeMap::new(), queues.now());
    let (start, mut invocations) = (Instant::now(), 0);
    while let Some(message) = queues.receive(QUEUE, 1, queues.now()).pop() {
        invocations += 1;
        let event = json!({ "Records": [message.record(QUEUE)] });
        let invocation = process.invoke(event.to_string());
        tokio::pin!(invocation);
        let outcome = loop {
            tokio::select! {
                outcome = &mut invocation => break outcome?,
                () = tokio::time::sleep(Duration::from_secs(1)) => bar.set_position(done(&reader, file).await),
            }
        };
        match outcome {
            Outcome::Answer(answer) if answer["batchItemFailures"] == json!([]) => {}
            other => return Err(io::Error::other(format!("the function answered {other:?}"))),
        }
        queues.delete(QUEUE, [message.id.as_str()].into_iter());
    }
    bar.finish_and_clear();
    Ok(Taking { time: start.elapsed(), invocations })
}

/// How many records are done with.
async fn done(reader: &Reader, file: &UsageFile) -> u64 {
    let progress = reader.usage_file(&file.stream, &file.name).await;
    progress.ok().flatten().map_or(0, |progress| progress.counts.read())
}

/// What the function has told of the file.
async fn result(deployment: &Emulated, file: &UsageFile) -> io::Result<Value> {
    let files = deployment.store.bucket.files(&deployment.endpoint()).map_err(io::Error::other)?;
    let part = files.part(&ObjectKey::result(file, None), 0, 64 * 1024).await.map_err(io::Error::other)?;
    let part = part.ok_or_else(|| io::Error::other("the file has no result"))?;
    serde_json::from_slice(&part.bytes).map_err(io::Error::other)
}

/// Read and write units, in tenths, from the function's log lines, which tell whole units and one decimal.
fn units(log: &str) -> (u64, u64) {
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let tenths = |units: f64| format!("{units:.1}").replace('.', "").parse::<u64>().ok();
    let sum = |name: &str| lines.iter().filter_map(|line| line[name].as_f64().and_then(tenths)).sum();
    (sum("read_units"), sum("write_units"))
}

/// Tenths of units by record, with three decimals.
fn each(tenths: u64, records: u64) -> String {
    let thousandths = tenths * 100 / records.max(1);
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

fn per_second(records: u64, time: Duration) -> u128 {
    u128::from(records) * 1_000 / time.as_millis().max(1)
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1024 * 1024)
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("[{bar:40}] {human_pos} of {human_len}, {eta} left");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
