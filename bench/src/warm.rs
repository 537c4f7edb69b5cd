//! A warm read beside a function as the libraries' examples have it: the SDK's defaults behind axum's router, one small item, no
//! authentication, no log. Requests alternate, so that a busy moment affects both.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use indicatif::ProgressBar;
use tests::emulated::Emulated;

use crate::front::Front;
use crate::measure::{self, Subject, Warm};
use crate::report::{at, millis};
use crate::{Directory, compile, event, style};

/// Measures `requests` reads of both, behind TLS and without.
pub async fn run(requests: usize, built: Option<PathBuf>) -> io::Result<()> {
    let ours = match built {
        Some(program) => program,
        None => compile::function("subscribers")?,
    };
    let peer = peer()?;
    let directory = Directory::new()?;
    let deployment = Emulated::demo().await;
    let front = Front::open(deployment.address, &directory.0).await?;
    let subject = |name| {
        Ok::<_, io::Error>(Subject { name, event: event("subscribers", "get-status")?.to_string(), connects: true })
    };
    let (ours, peer) = ((ours, subject("subscribers")?), (peer, subject("peer")?));
    let plain = format!("http://{}", deployment.address);
    let mut out = io::stdout().lock();
    writeln!(out, "| read | ours p50, ms | peer p50, ms | ratio | ours CPU p50, ms | peer CPU p50, ms | ratio |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for (name, endpoint) in [("over TLS", front.endpoint()), ("plain", plain)] {
        let mut variables = deployment.environment("subscribers", &endpoint);
        let root = front.root.to_string_lossy().into_owned();
        variables.insert("EXTRA_ROOT_PEM".to_owned(), root.clone());
        variables.insert("SSL_CERT_FILE".to_owned(), root);
        let [ours, peer] = alternating([(&ours.0, &ours.1), (&peer.0, &peer.1)], &variables, requests).await?;
        let cells = [middle(&ours, &peer, |call| call.wall), middle(&ours, &peer, |call| call.cpu)];
        writeln!(out, "| {name} | {} | {} |", cells[0], cells[1])?;
    }
    Ok(())
}

async fn alternating(
    programs: [(&PathBuf, &Subject); 2],
    variables: &BTreeMap<String, String>,
    requests: usize,
) -> io::Result<[Vec<Warm>; 2]> {
    let mut processes = Vec::new();
    for (binary, subject) in programs {
        processes.push(measure::running(binary, subject, variables).await?);
    }
    let bar = ProgressBar::new(requests as u64).with_style(style());
    let mut all = [Vec::with_capacity(requests), Vec::with_capacity(requests)];
    for _ in 0..requests {
        for ((process, calls), (_, subject)) in processes.iter_mut().zip(&mut all).zip(programs) {
            calls.push(measure::call(process, subject).await?);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all)
}

/// Medians of both, and how many times the peer's ours is.
fn middle(ours: &[Warm], peer: &[Warm], of: impl Fn(&Warm) -> Duration) -> String {
    let middle = |calls: &[Warm]| at(calls.iter().map(&of).collect::<Vec<_>>(), 50);
    let (ours, peer) = (middle(ours), middle(peer));
    let hundredths = ours.zip(peer).map_or(0, |(ours, peer)| (ours.as_nanos() * 100) / peer.as_nanos().max(1));
    format!("{} | {} | {}.{:02}", millis(ours), millis(peer), hundredths / 100, hundredths % 100)
}

/// Builds the peer, with its own profile and features.
fn peer() -> io::Result<PathBuf> {
    let here = tests::root().join("bench/peer");
    let target = compile::target()?.join("peer");
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(&here).args(["build", "--release", "--locked", "--target-dir"]).arg(&target);
    if !build.status()?.success() {
        return Err(io::Error::other("the peer could not be built"));
    }
    Ok(Path::new(&target).join("release/peer"))
}
