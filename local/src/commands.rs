//! The operator's commands: import, clients and signing keys, on this machine or on AWS.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use shared::auth::client::ClientState;
use shared::auth::keys::{Pace, Step};
use shared::auth::{Client, Scopes, Visibility};
use shared::domain::ids::ClientId;
use shared::table::Put;

use crate::failure::Failure;
use crate::import::record::ClientRecord;
use crate::import::{Import, Lines};
use crate::operate::{self, Credentials, Rotation};
use crate::options::Source;
use crate::place::{Place, Reached, failure};
use crate::words::count;

/// Import a file of records, one JSON object per line
#[derive(Debug, Clone, Args)]
pub struct ImportCommand {
    /// File of records
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    source: Source,
}

impl ImportCommand {
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
            let text: String = clients.iter().map(shown).collect();
            // If printing fails, `client rotate-secret` makes a new secret.
            let _ = bar.suspend(|| say(&text));
        };
        let report = import.run(&Lines::File(self.file.clone()), progress).await;
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
        say(&text)
    }
}

/// Register, list and change API clients
#[derive(Debug, Clone, Args)]
pub struct ClientCommand {
    #[command(subcommand)]
    action: ClientAction,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    source: Source,
}

#[derive(Debug, Clone, Subcommand)]
enum ClientAction {
    /// Register a client; its secret is shown once
    Create {
        /// Its client_id
        id: ClientId,
        /// Display name; defaults to the id
        #[arg(long)]
        name: Option<String>,
        /// Scopes its tokens may have: `read`, `write` or `read write`
        #[arg(long, default_value = "read")]
        scope: Scopes,
        /// Customers it may see: `*` for all, comma-separated codes, or empty for none
        #[arg(long, value_name = "CUSTOMERS")]
        sees: Visibility,
    },
    /// List all clients
    List,
    /// Disable a client
    Disable {
        /// Its client_id
        id: ClientId,
    },
    /// Give a client a new secret; the old one works for another 24 hours
    RotateSecret {
        /// Its client_id
        id: ClientId,
        /// Also while the secret before the current one is good: that one ends now
        #[arg(long)]
        force: bool,
        /// The current secret was never used, for its output was lost: it ends now, the one before keeps its time
        #[arg(long, conflicts_with = "force")]
        lost: bool,
    },
}

impl ClientCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// An unknown client, one that already exists, an unavailable store.
    pub async fn run(&self) -> Result<(), Failure> {
        let needs_keys = matches!(self.action, ClientAction::Create { .. } | ClientAction::RotateSecret { .. });
        let Reached { target, clock, .. } = match needs_keys {
            true => self.place.reach(&self.source).await?,
            false => self.place.table(&self.source).await?,
        };
        let text = match &self.action {
            ClientAction::Create { id, name, scope, sees } => {
                let name = name.clone().unwrap_or_else(|| id.to_string());
                let record = ClientRecord { id: id.clone(), name, scopes: *scope, sees: sees.clone() };
                let ring = target.ring().await.map_err(|error| failure(&error))?;
                let made = operate::create(&target.writer, &ring, record, clock.now()).await;
                match made.map_err(|error| failure(&error))? {
                    (credentials, Put::Created) => shown(&credentials),
                    (_, Put::AlreadyThere) => return Err(Failure::new(format!("the client {id} already exists"))),
                }
            }
            ClientAction::List => target.clients().await.map_err(|error| failure(&error))?.iter().map(listed).collect(),
            ClientAction::Disable { id } => {
                target.disable(id, clock.now()).await.map_err(|error| failure(&error))?;
                format!("{id} is disabled\n")
            }
            ClientAction::RotateSecret { id, force, lost } => {
                let rotation = match (force, lost) {
                    (true, _) => Rotation::EndingTheOlder,
                    (_, true) => Rotation::InPlaceOfTheCurrent,
                    _ => Rotation::Gentle,
                };
                shown(&target.rotate_secret(id, rotation, clock.now()).await.map_err(|error| failure(&error))?)
            }
        };
        say(&text)
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
                say(&format!("key {kid} is published; in ten minutes the same command lets it sign\n"))
            }
            Step::First(kid) => say(&format!("key {kid} signs; it is the first\n")),
            Step::Signing(kid) if *now => say(&format!(
                "key {kid} signs, all others are gone; within five minutes the tokens in use are refused\n"
            )),
            Step::Signing(kid) => {
                say(&format!("key {kid} signs; the one before verifies until its last token has ended\n"))
            }
            Step::TooEarly(from) => say(&format!("the published key may sign from {from} on; no key was changed\n")),
        }
    }
}

fn shown(credentials: &Credentials) -> String {
    let Credentials { client_id, client_secret, scope, customers } = credentials;
    format!("client_id {client_id}\nclient_secret {client_secret}\nscope {scope}\ncustomers {customers}\n")
}

fn listed(client: &Client) -> String {
    let (id, scopes, sees) = (client.id.to_string(), client.scopes.to_string(), client.sees.to_string());
    let state = match client.state {
        ClientState::Enabled => "enabled",
        ClientState::Disabled => "disabled",
    };
    format!("{:<24} {state:<9} {:<11} {:<20} {}\n", id, scopes, sees, client.name)
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} lines, {per_sec}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn say(text: &str) -> Result<(), Failure> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}
