//! The cost of one process of a function: from its start to its first poll, at its first event, and at later ones.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tests::runtime_api::{Outcome, Process};
use tokio::time::Instant;

/// A function and its event.
pub struct Subject {
    /// The function's name.
    pub name: &'static str,
    /// Its event.
    pub event: String,
    /// Whether it opens connections at its start.
    pub connects: bool,
}

/// A cold start and first request.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// From its start to its first poll.
    pub to_poll: Duration,
    /// From its first event to its answer.
    pub first: Duration,
    /// Its CPU time for that.
    pub first_cpu: Duration,
    /// Its resident memory afterwards, in bytes.
    pub resident: u64,
}

/// A warm request.
#[derive(Debug, Clone, Copy)]
pub struct Warm {
    /// From the event to its answer.
    pub wall: Duration,
    /// The process's CPU time for that.
    pub cpu: Duration,
}

/// Starts a process, sends one event, stops it.
pub async fn start(binary: &Path, subject: &Subject, variables: &BTreeMap<String, String>) -> io::Result<Start> {
    let (mut process, to_poll) = started(binary, subject, variables).await?;
    let Warm { wall: first, cpu: first_cpu } = call(&mut process, subject).await?;
    Ok(Start { to_poll, first, first_cpu, resident: memory(&process, "VmRSS")? })
}

/// Starts a process and stops it at its first poll; returns how long that took.
pub async fn poll(binary: &Path, subject: &Subject, variables: &BTreeMap<String, String>) -> io::Result<Duration> {
    started(binary, subject, variables).await.map(|(_, to_poll)| to_poll)
}

/// Sends this many events to one process, after a few that do not count.
pub async fn warm(
    binary: &Path,
    subject: &Subject,
    variables: &BTreeMap<String, String>,
    calls: usize,
    told: impl Fn(),
) -> io::Result<Vec<Warm>> {
    let mut process = running(binary, subject, variables).await?;
    let mut all = Vec::with_capacity(calls);
    for _ in 0..calls {
        all.push(call(&mut process, subject).await?);
        told();
    }
    Ok(all)
}

/// A process that has answered a few events.
pub async fn running(binary: &Path, subject: &Subject, variables: &BTreeMap<String, String>) -> io::Result<Process> {
    let (mut process, _) = started(binary, subject, variables).await?;
    for _ in 0..50 {
        call(&mut process, subject).await?;
    }
    Ok(process)
}

/// The answer of a function to an event.
pub async fn answer(binary: &Path, subject: &Subject, variables: &BTreeMap<String, String>) -> io::Result<Value> {
    let (mut process, _) = started(binary, subject, variables).await?;
    match process.invoke(subject.event.clone()).await? {
        Outcome::Answer(answer) => Ok(answer),
        Outcome::Failed(error) => Err(io::Error::other(error.to_string())),
    }
}

async fn started(
    binary: &Path,
    subject: &Subject,
    variables: &BTreeMap<String, String>,
) -> io::Result<(Process, Duration)> {
    let begun = Instant::now();
    let mut process = Process::start(binary, subject.name, variables).await?;
    let polled = process.polled().await?;
    Ok((process, polled - begun))
}

/// One request. It ends with the function's next poll.
pub async fn call(process: &mut Process, subject: &Subject) -> io::Result<Warm> {
    let before = processor_time(process)?;
    let begun = Instant::now();
    let outcome = process.api.invoke(subject.event.clone()).await?;
    let wall = begun.elapsed();
    process.api.polled().await?;
    if let Outcome::Failed(error) = outcome {
        return Err(io::Error::other(format!("{}: {error}", subject.name)));
    }
    // The poll is sent a moment before the process sleeps.
    tokio::time::sleep(Duration::from_micros(200)).await;
    Ok(Warm { wall, cpu: processor_time(process)? - before })
}

/// The CPU time of all threads of a process. `utime` and `stime` have hundredths of a second, the scheduler's account
/// nanoseconds.
pub fn processor_time(process: &Process) -> io::Result<Duration> {
    let mut total = 0;
    for thread in std::fs::read_dir(format!("/proc/{}/task", id(process)?))? {
        let account = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        total += account.split(' ').next().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    }
    Ok(Duration::from_nanos(total))
}

/// This thread's CPU time in nanoseconds: what else the machine does is none of it.
pub fn thread_time() -> io::Result<u128> {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    account.split(' ').next().unwrap_or_default().parse().map_err(io::Error::other)
}

/// A process's memory in bytes, as the kernel counts it: `VmRSS` is what is resident now, `VmHWM` the most that ever was.
pub fn memory(process: &Process, what: &str) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", id(process)?))?;
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_default();
    let kilobytes = line.trim_start_matches(':').trim().trim_end_matches(" kB");
    let kilobytes: u64 = kilobytes.parse().map_err(io::Error::other)?;
    Ok(kilobytes * 1024)
}

fn id(process: &Process) -> io::Result<u32> {
    process.child.id().ok_or_else(|| io::Error::other("the process has ended"))
}

/// The instructions of one more request: the difference of two runs under valgrind, divided by the difference in
/// requests.
pub async fn instructions(
    binary: &Path,
    subject: &Subject,
    variables: &BTreeMap<String, String>,
    directory: &Path,
) -> io::Result<u64> {
    const FEW: u64 = 20;
    const MANY: u64 = 120;
    let few = counted(binary, subject, variables, directory, FEW).await?;
    let many = counted(binary, subject, variables, directory, MANY).await?;
    Ok((many - few) / (MANY - FEW))
}

async fn counted(
    binary: &Path,
    subject: &Subject,
    variables: &BTreeMap<String, String>,
    directory: &Path,
    calls: u64,
) -> io::Result<u64> {
    let file = directory.join(format!("{}-{calls}.callgrind", subject.name));
    let out = format!("--callgrind-out-file={}", file.display());
    let arguments = ["--tool=callgrind", "--quiet", &out, &binary.to_string_lossy()].map(ToOwned::to_owned);
    let mut process = Process::start_with(Path::new("valgrind"), &arguments, subject.name, variables).await?;
    process.polled().await?;
    for _ in 0..calls {
        if let Outcome::Failed(error) = process.invoke(subject.event.clone()).await? {
            return Err(io::Error::other(error.to_string()));
        }
    }
    // Terminated, valgrind writes its report; killed, it does not.
    let id = id(&process)?.to_string();
    tokio::process::Command::new("kill").args(["-TERM", &id]).status().await?;
    process.child.wait().await?;
    let account = std::fs::read_to_string(&file)?;
    let totals = account.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    totals.unwrap_or_default().trim().parse().map_err(io::Error::other)
}
