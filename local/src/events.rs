//! `events replay`: what was told since some time is published again, from the items that tell it.
//!
//! The pipe's dead letters name a place in the table's stream, which keeps its records for a day; the items keep what they tell.
//! Ids stay the same, so a consumer finds what it has done. Nothing is kept of a replay: one that is cut off is begun again.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::primitives::DateTime as Instant;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use futures_util::future::try_join_all;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::json;
use shared::domain::event_catalogue::{Audience, events};
use shared::table::{Looked, Mark, Reader, ToldEvent};
use tokio::time::{Instant as Moment, sleep, sleep_until};

use crate::aws;
use crate::bill::At;
use crate::failure::Failure;
use crate::place::{Kind, Reached, failure, local};
use crate::print;
use crate::serve::time;
use crate::subscriptions::Subscriptions;
use crate::words::count;

/// In how many segments the table is read beside each other.
const SEGMENTS: u16 = 4;
/// Most events of one request to the bus, and most bytes of their payloads: the bus counts 256 KB with everything around them.
const BATCH: usize = 10;
const BATCH_BYTES: usize = 160 * 1024;
/// How often what the bus does not take is given to it again, and the first pause before.
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(200);

/// Publish events again, and list who is told of them; docs/events.md
#[derive(Debug, Clone, Args)]
pub struct EventsCommand {
    #[command(subcommand)]
    action: EventsAction,
}

#[derive(Debug, Clone, Subcommand)]
enum EventsAction {
    Replay(Replay),
    Subscriptions(Subscriptions),
}

/// Publish again what was told since some time, with the same ids; it walks through the whole table
#[derive(Debug, Clone, Args)]
struct Replay {
    /// Publish what was told at this time or later, for example 2026-03-10T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: DateTime<Utc>,
    /// Publish events of this name alone
    #[arg(long = "type", value_name = "NAME")]
    event: Option<String>,
    /// Count, and publish nothing
    #[arg(long)]
    dry_run: bool,
    /// Most events a second
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// The stack on AWS with the bus, beside --table
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    #[command(flatten)]
    at: At,
}

impl EventsCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// An event that no item tells, a place without a bus, an unavailable table or bus.
    pub async fn run(&self) -> Result<(), Failure> {
        let text = match &self.action {
            EventsAction::Replay(replay) => replay.text().await?,
            EventsAction::Subscriptions(list) => list.text().await?,
        };
        print::say(&text)
    }
}

impl Replay {
    async fn text(&self) -> Result<String, Failure> {
        if let Some(name) = &self.event {
            let known = events().any(|event| event.name == name && event.audience != Audience::Inside);
            known.then_some(()).ok_or_else(|| Failure::new(format!("--type: {name} is no event of docs/events.md")))?;
        }
        let Reached { target, .. } = self.at.table().await?;
        let bus = self.bus().await?;
        let reader = target.writer.reader();
        let (items, units) = reader.size().await.map_err(|error| failure(&error))?;
        if !self.at.json {
            print::say(&format!(
                "walks through {items} items, which takes {units} read units (some $0.125 a million), as counted within the last hours\n"
            ))?;
        }
        self.at.shown(&self.walk(reader, &bus, items).await?)
    }

    /// The bus beside the table.
    async fn bus(&self) -> Result<Bus, Failure> {
        match (self.at.place.kind(), &self.stack) {
            (Kind::Server(_), Some(_)) => Err(Failure::new("--stack names the bus beside --table")),
            (Kind::Server(url), None) => Ok(Bus { client: Client::new(&local(url)?), name: "local".to_owned() }),
            (Kind::Deployed(_), Some(stack)) => {
                Ok(Bus { client: Client::new(&aws::settings().await?), name: format!("{stack}-events") })
            }
            (Kind::Deployed(_), None) => {
                Err(Failure::new("with --table, say --stack NAME as well: its bus is published on"))
            }
            (Kind::File, _) => Err(Failure::new("a data file has no bus; start a server over it")),
        }
    }

    async fn walk(&self, reader: &Reader, bus: &Bus, items: u64) -> Result<Replayed, Failure> {
        let bar = bar(items);
        let start = Moment::now();
        let mut done = Replayed { since: self.since, is_dry: self.dry_run, read: 0, events: BTreeMap::new() };
        // Each segment with the place where it goes on.
        let mut open: Vec<(u16, Option<Mark>)> = (0..SEGMENTS).map(|segment| (segment, None)).collect();
        while !open.is_empty() {
            let ahead = open.drain(..).map(|(segment, from)| async move {
                let looked = Looked { since: self.since, event: self.event.as_deref(), segment: (segment, SEGMENTS) };
                reader.told_since(looked, from).await.map(|stretch| (segment, stretch))
            });
            let stretches = try_join_all(ahead).await.map_err(|error| done.cut_off(&failure(&error)))?;
            for (segment, stretch) in stretches {
                for events in batches(&stretch.events) {
                    if !self.dry_run {
                        bus.put(events).await.map_err(|error| done.cut_off(&error))?;
                    }
                    done.add(events);
                    if !self.dry_run {
                        sleep_until(start + Duration::from_secs(done.count()) / self.rate).await;
                    }
                }
                done.read += stretch.read;
                bar.set_position(done.read);
                open.extend(stretch.next.map(|next| (segment, Some(next))));
            }
        }
        bar.finish_and_clear();
        Ok(done)
    }
}

/// Events by requests. One that is larger than a request should be is one by itself.
fn batches(events: &[ToldEvent]) -> Vec<&[ToldEvent]> {
    let (mut batches, mut rest) = (Vec::new(), events);
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |event: &&ToldEvent| {
            bytes += event.payload.len();
            bytes <= BATCH_BYTES
        };
        let (batch, left) = rest.split_at(rest.iter().take(BATCH).take_while(fits).count().max(1));
        batches.push(batch);
        rest = left;
    }
    batches
}

/// A bus by its name.
struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// Publishes events as the pipe does, dated as they were told. What the bus does not take is given to it again.
    async fn put(&self, events: &[ToldEvent]) -> Result<(), Failure> {
        let mut left: Vec<_> = events.iter().map(|event| self.entry(event)).collect();
        for attempt in 0..ATTEMPTS {
            let request = self.client.put_events().set_entries(Some(left.clone()));
            let answer = request.send().await.map_err(|error| Failure::new(DisplayErrorContext(&error)))?;
            let failed = answer.entries().iter().map(|entry| entry.error_code().is_some());
            left = left.into_iter().zip(failed).filter(|(_, failed)| *failed).map(|(entry, _)| entry).collect();
            if left.is_empty() {
                return Ok(());
            }
            sleep(PAUSE * 2_u32.pow(attempt)).await;
        }
        Err(Failure::new(format!("the bus does not take {}", count(left.len() as u64, "event"))))
    }

    /// The version is text, as a stream tells numbers.
    fn entry(&self, event: &ToldEvent) -> PutEventsRequestEntry {
        let ToldEvent { name, id, version, payload, at } = event;
        let detail = json!({ "id": id, "type": name, "version": version.to_string(), "payload": payload });
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source("selfcare")
            .detail_type(name)
            .detail(detail.to_string())
            .time(Instant::from_secs(at.timestamp()))
            .build()
    }
}

/// What a replay came to.
#[derive(Debug, Serialize)]
struct Replayed {
    since: DateTime<Utc>,
    #[serde(rename = "dry_run")]
    is_dry: bool,
    /// Items of the table.
    read: u64,
    /// Events by name.
    events: BTreeMap<String, u64>,
}

impl Replayed {
    fn add(&mut self, events: &[ToldEvent]) {
        for event in events {
            *self.events.entry(event.name.clone()).or_default() += 1;
        }
    }

    fn count(&self) -> u64 {
        self.events.values().sum()
    }

    /// Why a replay ended early, and what that means.
    fn cut_off(&self, error: &Failure) -> Failure {
        let published = count(self.count(), "event");
        Failure::new(format!("{error}; {published} published until then. The same command again does no harm"))
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, times) in &self.events {
            writeln!(f, "{times:>8}  {name}")?;
        }
        let done = if self.is_dry { "would be published" } else { "published" };
        writeln!(f, "{} {done}, of {} read", count(self.count(), "event"), count(self.read, "item"))
    }
}

fn bar(items: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} items, {per_sec}, {eta} left");
    ProgressBar::new(items).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_ten_events_and_no_more_bytes_than_the_bus_takes() {
        let event = |bytes: usize| ToldEvent {
            name: "BillPaid".to_owned(),
            id: "1".to_owned(),
            version: 1,
            payload: "x".repeat(bytes),
            at: DateTime::UNIX_EPOCH,
        };
        let sizes = |bytes: &[usize]| {
            let events: Vec<_> = bytes.iter().map(|bytes| event(*bytes)).collect();
            batches(&events).iter().map(|batch| batch.len()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[1; 23]), [10, 10, 3]);
        assert_eq!(sizes(&[BATCH_BYTES / 3; 7]), [3, 3, 1]);
        assert_eq!(sizes(&[1, BATCH_BYTES * 2, 1, BATCH_BYTES, 1]), [1, 1, 1, 1, 1]);
    }
}
