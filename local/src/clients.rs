//! The operator's commands for API clients.

use std::fmt;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use shared::auth::client::ClientState;
use shared::auth::{Client, Scopes, Visibility};
use shared::domain::ids::ClientId;
use shared::table::Put;

use crate::failure::Failure;
use crate::import::record::ClientRecord;
use crate::operate::{self, Change, Credentials, Rotation, Target};
use crate::options::Source;
use crate::place::{Place, Reached};
use crate::print;
use crate::words::count;

/// Customers that a list names one by one; a client with more is shown with their number.
const NAMED: usize = 4;

/// Register, list, show and change API clients
#[derive(Debug, Clone, Args)]
pub struct ClientCommand {
    #[command(subcommand)]
    action: ClientAction,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    json: bool,
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
    /// Show a client; its secret is not shown, since nobody knows it but its owner
    Show {
        /// Its client_id
        id: ClientId,
    },
    /// Change a client; what is not named stays. Tokens in use follow within a minute, but get no scope they were not issued with
    Change {
        /// Its client_id
        id: ClientId,
        #[command(flatten)]
        change: Change,
    },
    /// Enable a client that was disabled, with the secret it had
    Enable {
        /// Its client_id
        id: ClientId,
    },
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
    /// An unknown client, one that already exists, one that somebody else changes at the same time, an unavailable store.
    pub async fn run(&self) -> Result<(), Failure> {
        let needs_keys = matches!(self.action, ClientAction::Create { .. } | ClientAction::RotateSecret { .. });
        let Reached { target, clock, .. } = match needs_keys {
            true => self.place.reach(&self.source).await?,
            false => self.place.table(&self.source).await?,
        };
        let now = clock.now();
        let shown = |client: Client| print::shown(&Shown::of(&client, now), self.json);
        let text = match &self.action {
            ClientAction::Create { id, name, scope, sees } => {
                let name = name.clone().unwrap_or_else(|| id.to_string());
                let record = ClientRecord { id: id.clone(), name, scopes: *scope, sees: sees.clone() };
                print::shown(&create(&target, record, now).await?, self.json)?
            }
            ClientAction::List => print::shown(&Listed::of(&target.clients().await?, now), self.json)?,
            ClientAction::Show { id } => shown(target.client(id).await?)?,
            ClientAction::Change { id, change } => shown(target.change(id, change, now).await?)?,
            ClientAction::Enable { id } => shown(target.enable(id, now).await?)?,
            ClientAction::Disable { id } => shown(target.disable(id, now).await?)?,
            ClientAction::RotateSecret { id, force, lost } => {
                let rotation = match (force, lost) {
                    (true, _) => Rotation::EndingTheOlder,
                    (_, true) => Rotation::InPlaceOfTheCurrent,
                    _ => Rotation::Gentle,
                };
                print::shown(&target.rotate_secret(id, rotation, now).await?, self.json)?
            }
        };
        print::say(&text)
    }
}

async fn create(target: &Target, record: ClientRecord, now: DateTime<Utc>) -> Result<Credentials, Failure> {
    let (id, ring) = (record.id.clone(), target.ring().await?);
    match operate::create(&target.writer, &ring, record, now).await? {
        (credentials, Put::Created) => Ok(credentials),
        (_, Put::AlreadyThere) => Err(Failure::new(format!("the client {id} already exists"))),
    }
}

/// A client as it is shown: all of it but its secrets, of which the table has digests alone.
#[derive(Debug, Serialize)]
struct Shown {
    client_id: String,
    name: String,
    state: ClientState,
    scope: String,
    /// `*`, or comma-separated codes.
    customers: String,
    /// Until when the secret before the current one is good, if it still is.
    older_secret_until: Option<DateTime<Utc>>,
    /// The same as `customers`, short enough for a row.
    #[serde(skip)]
    customers_in_short: String,
}

impl Shown {
    fn of(client: &Client, now: DateTime<Utc>) -> Self {
        let customers_in_short = match &client.sees {
            Visibility::Customers(codes) if codes.is_empty() => "none".to_owned(),
            Visibility::Customers(codes) if codes.len() > NAMED => count(codes.len() as u64, "customer"),
            sees => sees.to_string(),
        };
        Self {
            client_id: client.id.to_string(),
            name: client.name.clone(),
            state: client.state,
            scope: client.scopes.to_string(),
            customers: client.sees.to_string(),
            older_secret_until: client.older_lasts(now),
            customers_in_short,
        }
    }
}

const fn word(state: ClientState) -> &'static str {
    match state {
        ClientState::Enabled => "enabled",
        ClientState::Disabled => "disabled",
    }
}

/// A line each.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client_id, name, state, scope, customers, older_secret_until, .. } = self;
        let state = word(*state);
        write!(f, "client_id {client_id}\nname {name}\nstate {state}\nscope {scope}\ncustomers {customers}\n")?;
        match older_secret_until {
            Some(until) => writeln!(f, "older_secret_until {}", until.format("%Y-%m-%dT%H:%M:%SZ")),
            None => Ok(()),
        }
    }
}

/// All clients.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Listed(Vec<Shown>);

impl Listed {
    fn of(clients: &[Client], now: DateTime<Utc>) -> Self {
        Self(clients.iter().map(|client| Shown::of(client, now)).collect())
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.0.iter().map(|client| {
            let Shown { client_id, name, state, scope, customers_in_short, .. } = client;
            [client_id.as_str(), word(*state), scope, customers_in_short, name].map(str::to_owned)
        });
        f.write_str(&print::list(["client", "state", "scope", "customers", "name"], rows, &[], "no clients"))
    }
}
