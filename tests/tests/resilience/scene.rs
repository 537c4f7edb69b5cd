//! A line in a world, seen from inside: what is in the table for it.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::domain::billing::plan::PlanStart;
use shared::domain::contract::Payment;
use shared::domain::ids::PlanId;
use shared::domain::msisdn::Msisdn;
use shared::domain::status::StatusChange;
use shared::domain::subscriber::{Acquisition, PlanRequest, Subscriber};
use shared::table::{Changes, Charge, Stored};
use tests::world::LINE;
use tests::{Caller, Reply, World};
use tokio::sync::{Barrier, Semaphore};

/// Everything the table holds for one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    pub line: Stored<Subscriber>,
    pub history: Vec<StatusChange>,
    pub requests: Vec<PlanRequest>,
    pub bought: Vec<Acquisition>,
    pub charges: Vec<Charge>,
    pub plan_starts: Vec<(DateTime<Utc>, PlanId)>,
}

/// Reads it; `offer` is the one whose purchases are wanted.
pub async fn ledger(world: &World, number: &str, offer: &str) -> Ledger {
    let line = world.line(number).await;
    let reader = world.operator.writer.reader();
    Ledger {
        history: reader.status_changes(&line.msisdn).await.unwrap(),
        requests: reader.requests(&line.msisdn).await.unwrap(),
        bought: reader.acquisitions(&line.msisdn, &offer.parse().unwrap()).await.unwrap(),
        charges: reader
            .charges(&line.contract)
            .await
            .unwrap()
            .into_iter()
            .filter(|c| c.msisdn == line.msisdn)
            .collect(),
        plan_starts: own_starts(reader.plan_starts(&line.contract).await.unwrap(), &line.msisdn),
        line,
    }
}

/// Those of one line, in order.
fn own_starts(starts: Vec<PlanStart>, line: &Msisdn) -> Vec<(DateTime<Utc>, PlanId)> {
    starts.into_iter().filter(|start| start.line == *line).map(|start| (start.at, start.plan)).collect()
}

/// The record that gives the line to customer 1002, without what the customer before had on it.
pub async fn moved(world: &World) -> Value {
    let mut line = world.line_record(LINE).await;
    for (field, value) in [("customer", "1002"), ("account", "100201"), ("profile", "10020101"), ("contract", "500201")]
    {
        line[field] = json!(value);
    }
    for told in ["favourites", "lease", "additional", "additional_since"] {
        line.as_object_mut().unwrap().remove(told);
    }
    line
}

/// One more line: like `model`, with a number and a contract of its own, changed as wished.
pub async fn line_like(world: &World, model: &str, number: &str, change: impl FnOnce(&mut Subscriber)) {
    let mut line = world.line(model).await.value;
    line.msisdn = world.msisdn(number);
    line.contract = format!("9{number}").parse().unwrap();
    change(&mut line);
    let mut changes = Changes::new();
    changes.put_subscriber(None, &line, world.clock.now()).unwrap();
    world.operator.writer.commit(changes, None, world.clock.now()).await.unwrap();
}

/// What a prepaid line has left, in minor units.
pub fn balance(line: &Subscriber) -> i64 {
    let Payment::Prepaid { balance } = &line.payment else { return 0 };
    balance.minor
}

/// The items of a line's partition whose sort key starts with `prefix`, in order of their keys.
pub fn items(world: &World, number: &str, prefix: &str) -> Vec<Value> {
    let mut items = partition(world, &format!("SUB#{}", world.msisdn(number)));
    items.retain(|item| text(&item["sk"]).starts_with(prefix));
    items
}

/// The items of a partition, in order of their keys, past all faults and without a trace in what is counted.
pub fn partition(world: &World, pk: &str) -> Vec<Value> {
    let query = json!({
        "TableName": world.store.table(), "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": { ":pk": { "S": pk } },
    });
    let page = world.store.embedded.call("Query", &query).unwrap();
    assert_eq!(page.get("LastEvaluatedKey"), None, "{pk} is more than one page");
    page["Items"].as_array().unwrap().clone()
}

/// The text of an attribute.
pub fn text(attribute: &Value) -> &str {
    attribute["S"].as_str().unwrap_or_default()
}

/// So many calls are under way at a time: more would wait for the processor for longer than the SDK waits for the table.
const UNDER_WAY: usize = 64;

/// Starts `count` calls at the same moment, each on a task of its own, and collects their answers in order.
pub async fn together<F, C>(world: &Arc<World>, count: usize, call: F) -> Vec<Reply>
where
    F: Fn(Arc<World>, usize) -> C + Send + Sync + 'static,
    C: Future<Output = Reply> + Send + 'static,
{
    // With token and catalogue at hand nobody waits for them: the calls meet where they write.
    for client in ["demo-portal", "demo-acme"] {
        world.client(client).get("/plans/subscribers/3001234567/current").await.expect(200);
        world.client(client).get("/billing/subscribers/3001234567/status").await.expect(200);
    }
    let (call, start) = (Arc::new(call), Arc::new(Barrier::new(count)));
    let under_way = Arc::new(Semaphore::new(UNDER_WAY));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (call, start, world) = (Arc::clone(&call), Arc::clone(&start), Arc::clone(world));
            let under_way = Arc::clone(&under_way);
            tokio::spawn(async move {
                start.wait().await;
                let _permit = under_way.acquire().await;
                call(world, number).await
            })
        })
        .collect();
    let mut replies = Vec::new();
    for task in tasks {
        replies.push(task.await.unwrap());
    }
    replies
}

/// Sends a write with a key, and again while it is told to try again. A 503 alone leaves open whether the write took
/// effect; with a key the last answer tells.
pub async fn insist(caller: &Caller<'_>, key: &str, method: &str, path: &str, body: &Value) -> Reply {
    let mut reply = caller.keyed(key, method, path, body).await;
    for _ in 0..50 {
        if !matches!(reply.status(), 409 | 503) {
            break;
        }
        reply = caller.keyed(key, method, path, body).await;
    }
    reply
}

/// How many answers have this status.
pub fn count(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status() == status).count()
}

/// Insists that every answer has one of these statuses. 503 and 409 are always allowed: somebody who lost too often
/// is told to try again. Answers how many were told so.
#[track_caller]
pub fn only(replies: &[Reply], allowed: &[u16]) -> usize {
    for reply in replies {
        let again = matches!(reply.status(), 409 | 503);
        assert!(again || allowed.contains(&reply.status()), "{} {}", reply.status(), reply.text());
        assert!(!again || reply.header("retry-after") == "1", "told to try again, but not when");
    }
    count(replies, 409) + count(replies, 503)
}
