//! Usage of a world's lines, and what the bill shock guard has told of it.

use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};
use shared::domain::event::UsageLookWanted;
use shared::domain::guard::threshold::{Passed, Subject};
use shared::domain::guard::watch::Watch;
use shared::events::message;
use shared::table::Changes;

use crate::World;

/// The queue of usage-guard.
pub const LOOKS: &str = "UsageLooks";

impl World {
    /// A data session of a line, which begins now, in a usage file of its own; `visited` is the network abroad, if it is there.
    pub async fn use_data(&self, line: &str, kilobytes: u64, visited: Option<&str>) {
        self.use_all(line, &[(kilobytes, visited)]).await;
    }

    /// Several of them in one file.
    pub async fn use_all(&self, line: &str, sessions: &[(u64, Option<&str>)]) {
        let now = self.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let sum: u64 = sessions.iter().map(|(kilobytes, _)| *kilobytes).sum();
        let name = format!("{}-{line}-{sum}", now.replace([':', 'T', 'Z'], ""));
        let mut content = String::new();
        for (at, (kilobytes, visited)) in sessions.iter().enumerate() {
            let mut record = json!({
                "id": format!("{name}-{at}"), "msisdn": line, "start": now, "app": "Video", "bytes": kilobytes * 1_024,
            });
            if let Some(network) = visited {
                record["visited"] = json!(network);
            }
            content += &format!("{record}\n");
        }
        self.put_usage_file(&format!("inbox/0/gw/{name}.1.sessions.ndjson"), content.as_bytes()).await;
    }

    /// Takes the only file of the inbox in, and leaves the looks that it wants in their queue.
    ///
    /// # Panics
    /// When nothing is left there.
    #[expect(clippy::panic, reason = "a test without its looks cannot go on")]
    pub async fn take_in_alone(&self) {
        for _ in 0..5 {
            self.step().await;
            if self.queues.depths()[LOOKS] > 0 {
                return;
            }
        }
        panic!("nobody is to be looked at");
    }

    /// What the last look has left on a line.
    pub async fn watch(&self, line: &str) -> Option<Watch> {
        self.line(line).await.value.watch
    }

    /// Has data roaming of a line held, as a look does that finds its cap reached.
    ///
    /// # Panics
    /// When the line has no period that runs, or is held already.
    #[expect(clippy::expect_used, reason = "a test without its line cannot go on")]
    pub async fn hold_roaming(&self, line: &str) {
        let (line, writer, now) = (self.line(line).await, &self.operator.writer, self.clock.now());
        let subject = Subject::Line(line.msisdn.clone());
        let zone = self.country().zone();
        let running = writer.reader().running(&line.contract, &subject, self.today(), zone).await.expect("a table");
        let running = running.expect("a period that runs");
        let passed: Passed = serde_json::from_value(json!({
            "subject": subject, "period": running.period.days(), "threshold": { "roaming-cap": 4_000_000 },
            "used": 4_500_000, "of": 4_000_000, "at": now,
            "estimate": { "minor": 8_700_000, "currency": running.books.owner.contract.currency.code },
        }))
        .expect("a limit");
        let mut changes = Changes::new();
        changes.add_passed(&line.customer, &line.contract, &passed).expect("an item");
        writer.commit(changes, None, now).await.expect("a limit that was not told");
    }

    /// Lets the time of a line's next look come, with its list.
    ///
    /// # Panics
    /// When it has none.
    #[expect(clippy::expect_used, reason = "a test without a next look cannot go on")]
    pub async fn pass_to_next_look(&self, line: &str) {
        let next = self.watch(line).await.and_then(|watch| watch.next).expect("a next look");
        self.clock.set(next + TimeDelta::minutes(6));
        self.settle().await;
    }

    /// A message that wants lines to be looked at, as usage-ingest sends it.
    ///
    /// # Panics
    /// When it is no message.
    #[expect(clippy::expect_used, reason = "a test's own message is right")]
    pub fn want_look(&self, lines: &[&str]) -> String {
        let lines = lines.iter().map(|line| self.msisdn(line)).collect();
        let wanted = UsageLookWanted { at: self.clock.now(), listed: false, lines, contracts: Vec::new() };
        message(&wanted, "wanted").expect("a message")
    }

    /// The events that the guard has told, with their payloads, by contract, period, subject and limit.
    ///
    /// # Panics
    /// When the table cannot be read.
    #[expect(clippy::expect_used, reason = "a test without its table cannot go on")]
    pub fn guard_events(&self) -> Vec<(String, Value)> {
        let items = self.store.embedded.items(self.store.table()).expect("a scan");
        let mut told: Vec<_> = items
            .iter()
            .filter(|item| item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("GUARD#")))
            .filter_map(|item| {
                let place = format!("{} {}", item["pk"]["S"].as_str()?, item["sk"]["S"].as_str()?);
                let payload = serde_json::from_str(item["payload"]["S"].as_str()?).ok()?;
                Some((place, item["event"]["S"].as_str()?.to_owned(), payload))
            })
            .collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told.into_iter().map(|(_, event, payload)| (event, payload)).collect()
    }

    /// The limits that were told: whose, what, how much.
    ///
    /// # Panics
    /// When an event is not as the catalogue says.
    #[expect(clippy::expect_used, reason = "the catalogue says that it is there")]
    pub fn limits_told(&self) -> Vec<String> {
        let text = |(event, told): (String, Value)| {
            let of = told["msisdn"].as_str().map_or("all", |line| &line[line.len() - 4..]).to_owned();
            let limit = match told["measure"].as_str() {
                Some("allowance") => format!("{} {}", told["allowance"].as_str().expect("one"), told["percent"]),
                Some(measure) => format!("{measure} {}", told["of"]),
                None => event,
            };
            format!("{} {of} {limit}", told["contract"].as_str().expect("one"))
        };
        self.guard_events().into_iter().map(text).collect()
    }
}
