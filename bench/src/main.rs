//! `cargo run --release -p bench`: cost of a start and a request of each function, beside a hello-world function.
//!
//! Every process runs under a local Lambda Runtime API; the table is the embedded one behind TLS. Compare ratios rather
//! than absolute times. `docs/performance.md` has figures and budgets.

mod bills;
mod compile;
mod documents;
mod file;
mod front;
mod large;
mod measure;
mod records;
mod report;
mod run;
mod warm;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tests::emulated::Emulated;

use crate::front::Front;
use crate::measure::Subject;
use crate::report::{HEAD, Row};

/// Measures starts and requests of the functions; takes about a minute once they are built
#[derive(Parser)]
struct Arguments {
    /// Starts of each program
    #[arg(long, default_value_t = 20)]
    starts: usize,
    /// Requests of each program
    #[arg(long, default_value_t = 1_000)]
    requests: usize,
    /// Also count instructions per request; needs valgrind
    #[arg(long)]
    instructions: bool,
    /// Measure warm reads beside a function with the SDK's defaults instead
    #[arg(long)]
    warm: bool,
    /// Measure pages of long lists instead
    #[arg(long)]
    large: bool,
    /// Measures reading and rating of usage records instead.
    #[arg(long)]
    records: bool,
    /// Measure the computation of bills instead
    #[arg(long)]
    bills: bool,
    /// Measure the setting of bills' documents instead
    #[arg(long)]
    documents: bool,
    /// Take a usage file of so many records from the bucket to the table instead
    #[arg(long, value_name = "RECORDS")]
    file: Option<u64>,
    /// Bill so many contracts with a bill run instead
    #[arg(long, value_name = "CONTRACTS")]
    run: Option<u64>,
    /// The release binary of usage-ingest, for --file, or of subscribers, for --warm, where it is built already
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    if arguments.warm {
        return warm::run(arguments.requests, arguments.program).await;
    }
    if arguments.large {
        return large::run().await;
    }
    if arguments.records {
        return records::run();
    }
    if arguments.bills {
        return bills::run();
    }
    if arguments.documents {
        return documents::run();
    }
    if let Some(contracts) = arguments.run {
        return run::run(contracts).await;
    }
    if let Some(records) = arguments.file {
        return file::run(records, arguments.program).await;
    }
    let binaries = compile::binaries()?;
    let directory = Directory::new()?;
    let deployment = Emulated::demo().await;
    let front = Front::open(deployment.address, &directory.0).await?;
    let subjects = subjects(&binaries, &deployment, &front).await?;

    let steps = subjects.len() * (arguments.starts + arguments.requests);
    let bar = ProgressBar::new(steps as u64).with_style(style());
    let mut rows: Vec<Row> = Vec::new();
    for subject in &subjects {
        let size = std::fs::metadata(&binaries[subject.name])?.len();
        let (alone, usual, warm) = (Vec::new(), Vec::new(), Vec::new());
        rows.push(Row { name: subject.name, alone, usual, warm, size, instructions: None });
    }
    // Alternating, so that a busy moment affects all of them.
    bar.set_message("starts");
    for _ in 0..arguments.starts {
        for (subject, row) in subjects.iter().zip(&mut rows) {
            let binary = &binaries[subject.name];
            row.usual.push(measure::start(binary, subject, &connected(subject, &deployment, &front)).await?);
            if subject.connects {
                row.alone.push(measure::poll(binary, subject, &unconnected(subject, &deployment, &front)).await?);
            }
            bar.inc(1);
        }
    }
    for (subject, row) in subjects.iter().zip(&mut rows) {
        let (binary, variables) = (&binaries[subject.name], connected(subject, &deployment, &front));
        bar.set_message(format!("requests of {}", subject.name));
        row.warm = measure::warm(binary, subject, &variables, arguments.requests, || bar.inc(1)).await?;
        if arguments.instructions {
            bar.set_message(format!("instructions of {}", subject.name));
            row.instructions = Some(measure::instructions(binary, subject, &variables, &directory.0).await?);
        }
    }
    bar.finish_and_clear();

    let mut out = io::stdout().lock();
    writeln!(out, "{HEAD}")?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", row.line(&rows[0])))
}

/// The measured programs, hello-world first. Each function answers one read, the token function issues a token.
async fn subjects(
    binaries: &BTreeMap<&'static str, PathBuf>,
    deployment: &Emulated,
    front: &Front,
) -> io::Result<Vec<Subject>> {
    let mut issue = event("token", "issue-token")?;
    issue["headers"]["authorization"] = deployment.basic("demo-portal").into();
    let token = Subject { name: "token", event: issue.to_string(), connects: true };
    let issued = measure::answer(&binaries["token"], &token, &connected(&token, deployment, front)).await?;
    let body: Value = serde_json::from_str(issued["body"].as_str().unwrap_or_default()).unwrap_or_default();
    let bearer = body["access_token"].as_str().ok_or_else(|| io::Error::other(format!("no token: {issued}")))?;
    let mut question = event("authorizer", "authorize")?;
    question["identitySource"] = json!([format!("Bearer {bearer}")]);
    let read = |name, file| Ok::<_, io::Error>(Subject { name, event: event(name, file)?.to_string(), connects: true });
    Ok(vec![
        Subject { name: "hello", event: "{}".to_owned(), connects: false },
        Subject { connects: false, ..read("not-found", "not-found")? },
        token,
        Subject { name: "authorizer", event: question.to_string(), connects: true },
        read("subscribers", "get-status")?,
        read("plans", "get-plan")?,
        read("billing", "get-profile")?,
        read("accounts", "get-profile")?,
        read("calls", "list-calls")?,
        read("customers", "get-portfolio")?,
    ])
}

fn event(function: &str, name: &str) -> io::Result<Value> {
    serde_json::from_str(&tests::file(&format!("events/{function}/{name}.json"))).map_err(io::Error::other)
}

/// The environment with table and secrets behind TLS.
fn connected(subject: &Subject, deployment: &Emulated, front: &Front) -> BTreeMap<String, String> {
    if subject.name == "hello" {
        return BTreeMap::new();
    }
    let mut variables = deployment.environment(subject.name, &front.endpoint());
    variables.insert("EXTRA_ROOT_PEM".to_owned(), front.root.to_string_lossy().into_owned());
    variables
}

/// The same without table and secret, so that the function opens no connection.
fn unconnected(subject: &Subject, deployment: &Emulated, front: &Front) -> BTreeMap<String, String> {
    let mut variables = connected(subject, deployment, front);
    variables.retain(|name, _| name != "TABLE_NAME" && name != "SECRET_ID");
    variables
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{msg:24} [{bar:40}] {percent}%");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A directory removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("selfcare-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left stays among the temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
