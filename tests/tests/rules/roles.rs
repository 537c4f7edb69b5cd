//! A role allows what its function needs and nothing else. A missing permission fails every test of a [`World`] that
//! needs it; this one finds the unused ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use local::functions::{Consumed, consumed};
use local::template::Mapping;
use serde_json::json;
use shared::domain::catalogue::PlanStatus;
use shared::domain::event::{BillDocumentWanted, DayBegan, PaymentReceived};
use shared::domain::money::{Currency, Money};
use shared::domain::payment::Payment;
use shared::events::message;
use shared::table::Changes;
use tests::receiver::{Manner, Receiver};
use tests::role::{Asked, Roles, fits};
use tests::world::{LINE, NOBODY, OTHERS, PREPAID};
use tests::{Sample, World, rows};

/// The permissions used by every operation: with and without a key, repeated, for the caller's line, another customer's
/// and an unknown one, and by another customer.
async fn asked() -> BTreeSet<Asked> {
    let mut asked = BTreeSet::new();
    for row in rows::protected() {
        let sample = Sample::of(&row);
        for keyed in [false, true] {
            let world = World::demo().await;
            sample.prepare(&world).await;
            let key: &[_] = if keyed { &[("idempotency-key", "k"), JSON] } else { &[JSON] };
            for caller in [world.portal(), world.client("demo-globex"), world.portal()] {
                for line in [LINE, OTHERS, NOBODY] {
                    let sample = sample.on(line);
                    caller.send(&row.method, &sample.address(), key, &sample.body).await;
                }
            }
            asked.extend(world.access.seen());
        }
    }
    asked.extend(identities().await);
    asked.extend(tokens().await);
    asked.extend(starts().await);
    asked.extend(events().await);
    asked.extend(usage_files().await);
    asked.extend(guarded_usage().await);
    asked.extend(many_upgrades().await);
    asked.extend(overtaken_upgrades().await);
    asked.extend(rare_runs().await);
    asked.extend(payments().await);
    asked.extend(payment_files().await);
    asked.extend(documents().await);
    asked.extend(subscriptions().await);
    asked.extend(mapped());
    asked
}

/// More upgrades on a day than one message takes.
async fn many_upgrades() -> BTreeSet<Asked> {
    let world = World::demo().await;
    let mut changes = Changes::new();
    for at in 0..=100 {
        let coming = json!({
            "msisdn": format!("573105550{at:03}"), "customer": "1001", "contract": "500101", "plan": "104",
            "day": "2026-03-11", "requested_at": "2026-03-10T15:00:00Z", "revision": 1,
        });
        changes.put_coming_plan(&serde_json::from_value(coming).unwrap()).unwrap();
    }
    world.operator.writer.load(changes).await.unwrap();
    world.clock.set(world.clock.now() + TimeDelta::days(1));
    world.settle().await;
    world.access.seen()
}

/// Lines that wait for an upgrade: one is blocked, the plan of the other is not sold any more.
async fn overtaken_upgrades() -> BTreeSet<Asked> {
    let world = World::demo().await;
    for line in [LINE, PREPAID] {
        let upgrade = format!("/plans/subscribers/{line}/upgraderequest");
        let plan = if line == LINE { "104" } else { "110" };
        world.portal().post(&upgrade, &json!({ "planId": plan })).await.expect(200);
    }
    let catalogue = world.operator.writer.reader().catalogue_to_change().await.unwrap();
    let mut plan = catalogue.plan(&"110".parse().unwrap()).unwrap().clone();
    plan.status = PlanStatus::Retired;
    let mut changes = Changes::new();
    changes.put_plan(&plan).unwrap();
    world.operator.writer.load(changes).await.unwrap();
    let today = message(&DayBegan { at: world.clock.now() }, "1").unwrap();
    world.queues.send("Orders", today, Default::default(), world.clock.now()).unwrap();
    world.settle().await;
    let status = format!("/billing/subscribers/{LINE}/status");
    world.portal().put(&status, &json!({ "code": "Blocked", "assetType": "SIM" })).await.expect(200);
    world.access.seen()
}

/// Bill runs that are parked, cut off, corrected, and larger than an item.
async fn rare_runs() -> BTreeSet<Asked> {
    let world = World::demo().await;
    world.rare_runs().await;
    world.access.seen()
}

/// Payments of all kinds of bills: imported and issued ones, and those that are larger than an item; of more than they need.
async fn payments() -> BTreeSet<Asked> {
    let world = World::demo().await;
    world.rare_runs().await;
    for bill in world.bills("1001").await.iter().map(|bill| bill.number.as_str()).chain(["F500101-202601"]) {
        let amount = Money { minor: 900_000_000, currency: Currency::COP };
        let (id, bill) = (format!("of-{bill}").parse().unwrap(), bill.parse().unwrap());
        let payment = Payment { id, bill, amount, day: world.today() };
        let body = message(&PaymentReceived(payment), "payment").unwrap();
        world.queues.send("Payments", body, BTreeMap::new(), world.clock.now());
    }
    world.settle().await;
    world.access.seen()
}

/// Documents of all kinds of bills, made ahead and again once the tax office has answered.
async fn documents() -> BTreeSet<Asked> {
    let world = World::demo().await;
    world.rare_runs().await;
    for bill in world.bills("1001").await.into_iter().filter(|bill| bill.has_document) {
        let body = message(&BillDocumentWanted { number: bill.number }, "wanted").unwrap();
        world.queues.send("BillDocuments", body, BTreeMap::new(), world.clock.now());
    }
    world.settle().await;
    let listed = world.portal().get("/customers/CODE/1001/bills?limit=100").await.expect(200);
    let bills = listed.at("/invoice");
    let link = bills.as_array().unwrap().iter().find_map(|bill| bill["attachment"].as_str()).unwrap();
    let (_, path) = link.split_once("://api.example").unwrap();
    world.anonymous().get(path).await.expect(302);
    world.access.seen()
}

/// Subscriptions that fail for several events at once, recover, and are given up.
async fn subscriptions() -> BTreeSet<Asked> {
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(500)).await;
    for _ in 0..2 {
        world.portal().post("/hub/v1/hub", &json!({ "callback": receiver.url() })).await.expect(201);
    }
    let status = format!("/billing/subscribers/{LINE}/status");
    let happen = async |code| {
        world.forget_tokens().await;
        world.portal().put(&status, &json!({ "code": code, "assetType": "SIM" })).await.expect(200);
    };
    happen("Blocked").await;
    happen("Active").await;
    for (answer, minutes) in [(500, 0), (204, 20), (410, 0)] {
        receiver.become_one_that(Manner::status(answer));
        world.clock.set(world.clock.now() + TimeDelta::minutes(minutes));
        world.settle().await;
        happen(if answer == 500 { "Blocked" } else { "Active" }).await;
    }
    world.settle().await;
    world.access.seen()
}

/// The same as rows of files; a row of no bill; a file that takes more than an invocation.
async fn payment_files() -> BTreeSet<Asked> {
    let world = World::demo().await;
    world.rare_runs().await;
    let bills = world.bills("1001").await;
    let numbers = bills.iter().map(|bill| bill.number.as_str()).chain(["F500101-202601", "FE-999999"]);
    let rows: String = numbers.map(|bill| format!("of-{bill},{bill},9000000.00,2026-03-10\n")).collect();
    let content = format!("id,reference,amount,day\n{rows}");
    world.put_payment_file("payments/0/bank/a.csv", content.as_bytes()).await;
    world.queues.send("PaymentFiles", "text".to_owned(), BTreeMap::new(), world.clock.now());
    world.settle().await;
    world.put_payment_file("payments/0/bank/b.csv", content.as_bytes()).await;
    let body = json!({ "object": { "key": "payments/0/bank/b.csv" } }).to_string();
    let batch = json!({ "Records": [{ "messageId": "1", "body": body }] });
    world.functions["payment-ingest"](batch, Duration::from_secs(20)).await.unwrap();
    world.settle().await;
    world.access.seen()
}

/// For every source, an event that reaches its consumer, and a message that is parked.
async fn events() -> BTreeSet<Asked> {
    let mut asked = BTreeSet::new();
    let template = tests::template();
    for Consumed { function, event, .. } in consumed() {
        let world = World::demo().await;
        Sample::of(&rows::telling(event)).perform(&world).await;
        for mapping in template.sources.mappings.iter().filter(|mapping| mapping.function == function) {
            world.queues.send(&mapping.queue, "text".to_owned(), BTreeMap::new(), world.clock.now());
        }
        world.settle().await;
        // What waits for a day.
        world.clock.set(world.clock.now() + TimeDelta::days(6));
        world.settle().await;
        asked.extend(world.access.seen());
    }
    asked
}

/// Usage files of both kinds, with a bad line, corrected, told by two files, and one that takes more than an invocation.
async fn usage_files() -> BTreeSet<Asked> {
    let world = World::demo().await;
    let call = |id: &str, line: &str| {
        let record = json!({
            "id": id, "msisdn": line, "start": "2026-03-09T10:00:00-05:00", "called": "123", "kind": "ONNET", "seconds": 9,
        });
        format!("{record}\n")
    };
    let session = |id: &str| {
        let record = json!({
            "id": id, "msisdn": LINE, "start": "2026-03-09T10:00:00-05:00", "app": "A", "bytes": 5,
        });
        format!("{record}\n")
    };
    for (key, content) in [
        ("inbox/0/a/x.1.calls.ndjson", [call("1", LINE), call("2", LINE), call("1", NOBODY)].concat()),
        ("inbox/0/a/y.1.calls.ndjson", call("1", LINE)),
        ("inbox/0/a/x.2.calls.ndjson", call("1", LINE)),
        ("inbox/0/b/x.1.sessions.ndjson", [session("1"), session("2")].concat()),
        ("inbox/0/b/y.1.sessions.ndjson", session("1")),
        ("inbox/0/b/x.2.sessions.ndjson", session("1")),
        ("inbox/0/b/x.1.sessions.ndjson", session("1")),
    ] {
        world.put_usage_file(key, content.as_bytes()).await;
        world.settle().await;
    }
    world.queues.send("UsageFiles", "text".to_owned(), BTreeMap::new(), world.clock.now());
    world.settle().await;
    world.put_usage_file("inbox/0/c/z.1.calls.ndjson", call("1", LINE).as_bytes()).await;
    let body = json!({ "object": { "key": "inbox/0/c/z.1.calls.ndjson" } }).to_string();
    let batch = json!({ "Records": [{ "messageId": "1", "body": body }] });
    world.functions["usage-ingest"](batch, Duration::from_secs(20)).await.unwrap();
    world.settle().await;
    world.access.seen()
}

/// Usage that reaches limits of a line and of its contract, at once and by the lists of the hours.
async fn guarded_usage() -> BTreeSet<Asked> {
    let world = World::demo().await;
    for kilobytes in [9 * 1_024, 20 * 1_024] {
        world.use_data(LINE, kilobytes, Some("34")).await;
        world.settle().await;
        world.pass_to_next_look(LINE).await;
    }
    world.access.seen()
}

/// What Lambda needs to poll a queue, with the role of the function.
fn mapped() -> BTreeSet<Asked> {
    let template = tests::template();
    let actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
    let asked = |mapping: &Mapping, action: &str| Asked {
        function: mapping.function.clone(),
        action: action.to_owned(),
        on: format!("{}.Arn", mapping.queue),
    };
    template.sources.mappings.iter().flat_map(|mapping| actions.map(|action| asked(mapping, action))).collect()
}

const JSON: (&str, &str) = ("content-type", "application/json");

/// A number that identifies two customers.
async fn identities() -> BTreeSet<Asked> {
    let world = World::demo().await;
    let second = json!({
        "type": "customer", "code": "1003", "name": "Second", "address": "X",
        "identities": [{ "kind": "NIT", "number": "900123456" }],
    });
    world.import(&[second]).await.unwrap();
    world.portal().get("/customers/NIT/900123456/bills").await.expect(400);
    world.access.seen()
}

/// The token function's operations, with right and wrong secrets.
async fn tokens() -> BTreeSet<Asked> {
    let world = World::demo().await;
    let token = world.token("demo-portal").await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for credentials in [world.basic("demo-portal"), "Basic ZGVtby1wb3J0YWw6d3Jvbmc=".to_owned()] {
        world.bearing(&credentials).send("POST", "/oauth/revoke", &form, &format!("token={token}")).await;
    }
    world.access.seen()
}

/// What every function with a table reads at its start.
async fn starts() -> BTreeSet<Asked> {
    let world = World::demo().await;
    let connector = local::in_process::http_client(world.access.around(world.meter.connector()));
    let template = tests::template();
    for function in template.functions.keys().filter(|function| *function != "not-found") {
        let target = world.store.target_through(connector.clone());
        world.access.run_as(function, target.writer.reader().warm_up(Duration::from_secs(1))).await;
    }
    world.access.seen()
}

#[tokio::test]
async fn a_role_allows_nothing_that_its_function_does_not_ask_for() {
    let asked = asked().await;
    let roles = Roles::of(&tests::file("template.yaml"), "co");
    let refused: Vec<_> =
        asked.iter().filter(|asked| !roles.allow(asked)).map(|asked| format!("\n  {asked:?}")).collect();
    assert!(refused.is_empty(), "the roles of template.yaml lack:{}", refused.concat());
    let mut idle = String::new();
    for (function, statement) in roles.statements() {
        for action in &statement.actions {
            for on in &statement.on {
                let of = |asked: &&Asked| asked.function == function && asked.action == *action && fits(on, &asked.on);
                if !asked.iter().any(|asked| of(&asked)) {
                    idle += &format!("\n  {}: {action} on {on}", statement.place);
                }
            }
        }
    }
    assert!(idle.is_empty(), "the roles of template.yaml allow what nothing asks for; take it out:{idle}");
}

#[tokio::test]
async fn what_a_role_does_not_allow_is_refused() {
    let world = World::demo().await;
    let target =
        || world.store.target_through(local::in_process::http_client(world.access.around(world.meter.connector())));
    let line = world.msisdn(LINE);
    let allowed = world.access.run_as("plans", async { target().writer.reader().subscriber(&line).await }).await;
    assert!(allowed.unwrap().is_some());
    let refused = world.access.run_as("token", async { target().writer.reader().subscriber(&line).await }).await;
    assert_eq!(refused.unwrap_err().status(), 500);
    assert_eq!(world.meter.take().len(), 1, "the table has not seen it");
    let keys = world.store.secrets.connector();
    let secrets = local::in_process::http_client(world.access.around(keys));
    let target = world.store.target_with(local::in_process::http_client(world.meter.connector()), secrets);
    let read = async |function| world.access.run_as(function, target.ring()).await.is_ok();
    assert!(read("token").await);
    assert!(!read("authorizer").await, "the authorizer reads no signing key");
}
