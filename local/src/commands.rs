//! The operator's commands import and keys, on this machine or on AWS.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use shared::auth::keys::{Pace, Step};

use crate::failure::Failure;
use crate::import::{Import, Lines};
use crate::operate::Credentials;
use crate::options::Source;
use crate::place::{Place, Reached, failure};
use crate::print;
use crate::words::count;

/// The name under which a command reads standard input instead of a file.
const INPUT: &str = "-";

/// Import a file of records, one JSON object per line
#[derive(Debug, Clone, Args)]
pub struct ImportCommand {
    /// File of records; `-` reads standard input
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    source: Source,
}

impl ImportCommand {
    fn lines(&self) -> Lines {
        if self.file.as_os_str() == INPUT { Lines::Input } else { Lines::File(self.file.clone()) }
    }

    /// Imports the file and prints the result.
    ///
    /// # Errors
    /// Bad lines, with number and reason; an unavailable store.
    pub async fn run(&self) -> Result<(), Failure> {
        let Reached { target, clock, country, .. } = self.place.reach(&self.source).await?;
        let ring = target.ring().await.map_err(|error| failure(&error))?;
        let import = Import { writer: &target.writer, ring: &ring, clock: &clock, country };
        let bar = bar();
        let start = Instant::now();
        let progress = |done, count, clients: &[Credentials]| {
            bar.set_length(count);
            bar.set_position(done);
            let text: String = clients.iter().map(ToString::to_string).collect();
            // If printing fails, `client rotate-secret` makes a new secret.
            let _ = bar.suspend(|| print::say(&text));
        };
        let report = import.run(&self.lines(), progress).await;
        bar.finish_and_clear();
        let report = report.map_err(Failure::new)?;
        let loaded = report.lines - report.done_before;
        let mut text = format!("{} loaded", count(loaded, "line"));
        if report.done_before > 0 {
            text.push_str(&format!(", {} before", report.done_before));
        }
        let millis = start.elapsed().as_millis().max(1);
        let rate = u128::from(loaded) * 1_000 / millis;
        text.push_str(&format!(", in {}.{} s, {rate} a second\n", millis / 1_000, millis % 1_000 / 100));
        print::say(&text)
    }
}

/// Rotate the token signing keys
#[derive(Debug, Clone, Args)]
pub struct KeysCommand {
    #[command(subcommand)]
    action: KeysAction,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    source: Source,
}

#[derive(Debug, Clone, Subcommand)]
enum KeysAction {
    /// Take the next step: publish a new key, or start signing with the published one
    Rotate {
        /// Emergency: sign with a new key at once and drop all others, which ends every token in use
        #[arg(long)]
        now: bool,
        /// Secret with the public half of the keys; required on AWS
        #[arg(long, value_name = "NAME")]
        public_secret: Option<String>,
    },
}

impl KeysCommand {
    /// Takes the step and prints which one it was.
    ///
    /// # Errors
    /// A secret that cannot be read or written.
    pub async fn run(&self) -> Result<(), Failure> {
        let KeysAction::Rotate { now, public_secret } = &self.action;
        let Reached { target, public_secret: known, clock, .. } = self.place.reach(&self.source).await?;
        let public = match (known, public_secret) {
            (None, Some(name)) => name.clone(),
            (Some(known), None) => known,
            (None, None) => return Err(Failure::new("on AWS, say --public-secret NAME as well")),
            (Some(_), Some(_)) => return Err(Failure::new("--public-secret is for AWS; here its name is known")),
        };
        let pace = if *now { Pace::AtOnce } else { Pace::Staged };
        match target.keys(&public).rotate(pace, clock.now()).await.map_err(|error| failure(&error))? {
            Step::Published(kid) => {
                print::say(&format!("key {kid} is published; in ten minutes the same command lets it sign\n"))
            }
            Step::First(kid) => print::say(&format!("key {kid} signs; it is the first\n")),
            Step::Signing(kid) if *now => print::say(&format!(
                "key {kid} signs, all others are gone; within five minutes the tokens in use are refused\n"
            )),
            Step::Signing(kid) => {
                print::say(&format!("key {kid} signs; the one before verifies until its last token has ended\n"))
            }
            Step::TooEarly(from) => {
                print::say(&format!("the published key may sign from {from} on; no key was changed\n"))
            }
        }
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} lines, {per_sec}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
