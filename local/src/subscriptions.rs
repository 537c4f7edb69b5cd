//! `events subscriptions`: which clients are told of what, where, and how that goes.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use shared::domain::hook::id::{Ended, HookId};
use shared::domain::hook::state::{Disabled, Failing, Hook};
use shared::domain::ids::ClientId;
use shared::table::Reader;

use crate::bill::At;
use crate::failure::Failure;
use crate::place::failure;
use crate::print;
use crate::words::count;

/// Clients that are asked about at once.
const AT_ONCE: usize = 8;

/// List the clients' subscriptions to events, where each is told, and whether that fails
#[derive(Debug, Clone, Args)]
pub struct Subscriptions {
    /// Those that fail or were given up, and no others
    #[arg(long)]
    failing: bool,
    #[command(flatten)]
    at: At,
}

impl Subscriptions {
    /// What the command prints.
    ///
    /// # Errors
    /// An unavailable table.
    pub async fn text(&self) -> Result<String, Failure> {
        let reached = self.at.table().await?;
        let hooks = all(reached.target.writer.reader()).await?;
        let wanted = |hook: &Hook| !self.failing || hook.failing.is_some() || hook.disabled.is_some();
        self.at.shown(&Rows(hooks.into_iter().filter(wanted).map(Row::from).collect()))
    }
}

/// All subscriptions, by client. One query of the clients, and one for each of them.
async fn all(reader: &Reader) -> Result<Vec<Hook>, Failure> {
    let clients = reader.hook_indexes().await.map_err(|error| failure(&error))?;
    let hooks = stream::iter(clients).map(async |(client, _)| reader.hooks(&client).await).buffered(AT_ONCE);
    let hooks: Vec<Vec<Hook>> = hooks.try_collect().await.map_err(|error| failure(&error))?;
    Ok(hooks.into_iter().flatten().collect())
}

#[derive(Serialize)]
#[serde(transparent)]
struct Rows(Vec<Row>);

/// A subscription. Of its address the host alone is shown: what follows may be a secret.
#[derive(Serialize)]
struct Row {
    client: ClientId,
    id: HookId,
    created: DateTime<Utc>,
    /// Where it is told.
    address: String,
    /// Of what, as it was asked for; empty for everything.
    query: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing: Option<Failing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<Disabled>,
}

impl From<Hook> for Row {
    fn from(hook: Hook) -> Self {
        let Hook { id, client, callback, wants, created, failing, disabled } = hook;
        let address = callback.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        let address = address.split('?').next().unwrap_or_default().to_owned();
        Self { client, id, created, address, query: wants.to_string(), failing, disabled }
    }
}

impl Row {
    /// How it goes.
    fn state(&self) -> String {
        match (&self.disabled, &self.failing) {
            (Some(disabled), _) => {
                let (at, since) = (text(disabled.at), text(disabled.failing_since));
                let why = match disabled.reason {
                    Ended::Failing => "it has failed for a day",
                    Ended::Gone => "its address has answered 410",
                };
                format!("given up {at}, {why}, failing since {since}")
            }
            (None, Some(failing)) => {
                let (since, next) = (text(failing.since), text(failing.not_before));
                format!("failing since {since}, {}, next {next}", count(u64::from(failing.failures), "attempt"))
            }
            (None, None) => "delivers".to_owned(),
        }
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.0.iter().map(|row| {
            let wants = row.query.strip_prefix("eventType=").unwrap_or("everything").to_owned();
            [row.client.to_string(), row.id.to_string(), row.address.clone(), wants, row.state()]
        });
        f.write_str(&print::list(["client", "id", "address", "events", "state"], rows, &[1], "no subscriptions"))
    }
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use shared::domain::hook::state::Failed;

    use super::*;

    #[test]
    fn a_row_says_how_a_subscription_goes_and_keeps_what_may_be_secret() {
        let now = DateTime::UNIX_EPOCH;
        let wants = "eventType=BillPaid".parse().unwrap();
        let hook =
            Hook::new(HookId::FIRST, "acme".parse().unwrap(), "https://a.example/key?key=k".to_owned(), wants, now);
        let failing = hook.failed(Failed::Later(None), now);
        let gone = hook.failed(Failed::Gone, now);
        let text = Rows([hook, failing, gone].map(Row::from).into()).to_string();
        assert!(!text.contains("key"), "{text}");
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].starts_with("acme     1  https://a.example  BillPaid  delivers"), "{text}");
        assert!(
            lines[2].ends_with("failing since 1970-01-01T00:00:00Z, 1 attempt, next 1970-01-01T00:00:05Z"),
            "{text}"
        );
        assert!(
            lines[3].ends_with(
                "given up 1970-01-01T00:00:00Z, its address has answered 410, failing since 1970-01-01T00:00:00Z"
            ),
            "{text}"
        );
    }
}
