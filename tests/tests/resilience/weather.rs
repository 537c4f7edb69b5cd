//! Every operation and every event function on AWS's bad days: batches that are half done, empty pages that go on, busy
//! partitions. Whoever asks is told the same as on a fair day, and the table holds the same.
//!
//! Time is virtual here: waits take none. Guards: keys that a batch leaves are asked for again, a page without a row is not the
//! last one, a cancelled transaction is sent again.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::domain::event::{PaymentReceived, Whom};
use shared::domain::money::Money;
use shared::domain::payment::Payment;
use shared::domain::usage_file::name::UsageFile;
use shared::events::message;
use shared::files::ObjectKey;
use tests::connector::faults::Fault;
use tests::connector::weather::Weather;
use tests::rows;
use tests::sample::Sample;
use tests::world::LINE;
use tests::{Reply, World};

const TOKEN: &str = "/oauth/client_credential/accesstoken";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const USAGE: &str = "inbox/0/msc/msc.1.calls.csv";

/// A reply without what is new in every one: signatures, sealed links and tokens.
fn told(reply: &Reply) -> String {
    let text = reply.text();
    let mut words = text.split('"').map(|word| match word {
        link if link.starts_with("https://") => {
            link.split('?').next().unwrap_or_default().split("/bill-documents/").next()
        }
        token if token.len() > 200 => Some("a token"),
        word => Some(word),
    });
    let words: Vec<_> = words.by_ref().flatten().collect();
    format!("{} {}", reply.status(), words.join("\""))
}

/// Every operation of the API with its sample request, the token endpoint with a right and a wrong secret.
async fn operations(weather: Option<Weather>) -> BTreeMap<String, String> {
    let mut replies = BTreeMap::new();
    let shared = World::demo().await;
    for row in rows::protected() {
        // What writes has a world of its own.
        let own = if row.writes() || row.before().is_some() { Some(World::demo().await) } else { None };
        let (world, sample) = (own.as_ref().unwrap_or(&shared), Sample::of(&row));
        sample.prepare(world).await;
        // Nothing is remembered of the catalogue, or of a token.
        world.clock.set(world.clock.now() + TimeDelta::seconds(61));
        world.token("demo-portal").await;
        crate::faults::refill(world).await;
        begin(world, weather);
        replies.insert(row.name(), told(&sample.by(&world.portal()).await));
        calm(world);
        exceeds_nothing(world);
    }
    let world = &shared;
    begin(world, weather);
    let right = world.basic("demo-acme");
    for (name, credentials) in [("right", right.as_str()), ("wrong", "Basic ZGVtby1wb3J0YWw6d3Jvbmc=")] {
        let address = format!("{TOKEN}?grant_type=client_credentials");
        let reply = world.bearing(credentials).send("POST", &address, &[], "").await;
        replies.insert(name.to_owned(), reply.status().to_string());
    }
    let token = world.token("demo-globex").await;
    let reply = world.bearing(&right).send("POST", "/oauth/revoke", &[FORM], &format!("token={token}")).await;
    replies.insert("revoke".to_owned(), told(&reply));
    calm(world);
    exceeds_nothing(world);
    replies
}

/// No request was larger than DynamoDB takes.
#[track_caller]
fn exceeds_nothing(world: &World) {
    assert_eq!(world.faults.exceeded(), Vec::<String>::new());
}

fn begin(world: &World, weather: Option<Weather>) {
    if let Some(weather) = weather {
        world.faults.begin(weather);
    }
}

fn calm(world: &World) {
    STRUCK.with_borrow_mut(|struck| {
        for (operation, times) in world.faults.end() {
            *struck.entry(operation).or_default() += times;
        }
    });
}

thread_local! {
    /// How often the weather of a test struck.
    static STRUCK: std::cell::RefCell<BTreeMap<String, usize>> = const { std::cell::RefCell::new(BTreeMap::new()) };
}

/// A usage file, requests of plans, a bill run with its documents, payments one by one and by file; and what came of them.
async fn events(weather: Option<Weather>) -> BTreeMap<String, String> {
    let world = World::demo().await;
    begin(&world, weather);
    let mut seen = BTreeMap::new();
    let file = tests::file("docs/usage-files/msc.1.calls.csv");
    world.put_usage_file(USAGE, file.as_bytes()).await;
    quiet(&world).await;
    let told = world.object(&ObjectKey::result(&UsageFile::of_key(USAGE).unwrap(), None)).await;
    seen.insert("usage".to_owned(), told.unwrap_or_default());
    let body = json!({ "planId": "150", "planName": "x", "categoryName": "x", "name": "Ana Sample" });
    world.portal().post(&format!("/plans/subscribers/{LINE}/subscriptionrequests/"), &body).await.expect(200);
    let upgrade = json!({ "planId": "104" });
    world.portal().post(&format!("/plans/subscribers/{LINE}/upgraderequest"), &upgrade).await.expect(200);
    quiet(&world).await;
    seen.insert("additional".to_owned(), format!("{:?}", world.line(LINE).await.additional_since));
    world.order_run("foul", "2026-02-15", false, Whom::All).await;
    quiet(&world).await;
    let run = world.bill_run("foul").await.unwrap();
    let report = run.closed.map(|closed| closed.report).unwrap();
    assert!(report.adds_up());
    seen.insert("run".to_owned(), format!("{} of {}", report.billed, report.contracts));
    seen.insert("became".to_owned(), without_numbers(&format!("{:?}", world.became("foul").await)));
    // The same bill on every day.
    let bill =
        world.bills("1001").await.into_iter().filter(|bill| bill.has_document).min_by_key(|bill| bill.amount.minor);
    let bill = bill.unwrap();
    for id in ["one", "two"] {
        let amount = Money { minor: 1_000, ..bill.amount };
        let payment = Payment { id: id.parse().unwrap(), bill: bill.number.clone(), amount, day: world.today() };
        let body = message(&PaymentReceived(payment), id).unwrap();
        world.queues.send("Payments", body, BTreeMap::new(), world.clock.now());
    }
    quiet(&world).await;
    let rows =
        format!("id,reference,amount,day\nrow-1,{},1500.00,2026-03-09\nrow-2,NONE,1.00,2026-03-09\n", bill.number);
    let file = world.put_payment_file("payments/0/bank/foul.csv", rows.as_bytes()).await;
    quiet(&world).await;
    let told = world.object(&ObjectKey::payment_result(&file)).await.unwrap_or_default();
    let told: Value = serde_json::from_str(&told).unwrap();
    let counts = ["read", "applied", "duplicate", "unknown", "refused", "sum"].map(|name| told[name].to_string());
    seen.insert("payments".to_owned(), counts.join(" "));
    let mut paid: Vec<_> = world.bills("1001").await.iter().map(|bill| (bill.amount.minor, bill.paid.minor)).collect();
    paid.sort_unstable();
    seen.insert("paid".to_owned(), format!("{paid:?}"));
    // The day on which the upgrade begins.
    world.clock.set(world.clock.now() + TimeDelta::days(40));
    quiet(&world).await;
    seen.insert("plan".to_owned(), serde_json::to_value(&world.line(LINE).await.value).unwrap()["plan"].to_string());
    calm(&world);
    let dead = world.queues.depths().into_iter().filter(|(queue, depth)| queue.ends_with("DeadLetters") && *depth > 0);
    assert_eq!(dead.collect::<Vec<_>>(), []);
    exceeds_nothing(&world);
    seen
}

/// Which contract has which number is a matter of who comes first.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split("FE-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| whole + "FE-" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Lets messages that went back to their queue come again.
async fn quiet(world: &World) {
    for _ in 0..4 {
        world.settle().await;
        world.clock.set(world.clock.now() + TimeDelta::seconds(1_801));
    }
}

#[tokio::test(start_paused = true)]
async fn every_operation_answers_as_on_a_fair_day() {
    let fair = operations(None).await;
    for weather in Weather::ALL {
        STRUCK.take();
        for (name, told) in operations(Some(weather)).await {
            assert_eq!(told, fair[&name], "{weather:?}: {name}");
        }
        struck(weather);
    }
}

#[tokio::test(start_paused = true)]
async fn every_event_has_its_effect_as_on_a_fair_day() {
    let fair = events(None).await;
    for weather in Weather::ALL {
        STRUCK.take();
        assert_eq!(events(Some(weather)).await, fair, "{weather:?}");
        struck(weather);
    }
}

/// The weather has struck wherever it can.
#[track_caller]
fn struck(weather: Weather) {
    let struck = STRUCK.take();
    let where_it_can: &[&str] = match weather {
        Weather::HalfBatches => &["BatchGetItem"],
        Weather::EmptyPages => &["Query"],
        Weather::BusyKeys => &["BatchGetItem", "GetItem", "Query", "TransactWriteItems"],
    };
    for operation in where_it_can {
        assert!(struck.contains_key(*operation), "{weather:?}: {operation} in {struck:?}");
    }
}

/// Guard: the loop of `Reader::hundred`. A batch of two is what the authorizer and the token endpoint ask for.
#[tokio::test(start_paused = true)]
async fn a_key_that_is_left_once_or_often_is_asked_for_again() {
    let world = World::demo().await;
    // The second and the third time it is all that was asked for.
    for times in [1, 2, 3] {
        world.faults.next("BatchGetItem", Fault::Left(1), times);
        world.token("demo-portal").await;
        assert_eq!(world.faults.pending(), 0);
        world.faults.next("BatchGetItem", Fault::Left(1), times);
        world.portal().get(&format!("/plans/subscribers/{LINE}/current")).await.expect(200);
        assert_eq!(world.faults.pending(), 0, "the authorizer has asked again");
        world.forget_tokens().await;
    }
}

/// Guard: the waits end with the time of the invocation.
#[tokio::test(start_paused = true)]
async fn a_key_that_is_always_left_is_a_503_in_time() {
    let world = World::demo().await;
    world.portal().get("/accounts/100101").await.expect(200);
    world.faults.next("BatchGetItem", Fault::Left(1), crate::faults::ALWAYS);
    let start = tokio::time::Instant::now();
    let reply = world.bearing(&world.basic("demo-portal"));
    let reply = reply.send("POST", &format!("{TOKEN}?grant_type=client_credentials"), &[], "").await.expect(503);
    assert_eq!(reply.at("/error"), json!("temporarily_unavailable"));
    assert!(start.elapsed() <= std::time::Duration::from_secs(5), "{:?}", start.elapsed());
}

/// What an import writes in batches is written, however much of a batch is left.
#[tokio::test(start_paused = true)]
async fn an_import_writes_what_a_batch_has_left() {
    let world = World::demo().await;
    let writer = world.store.target_through(world.faults.http_client()).writer;
    for (batch, weather) in [Weather::HalfBatches, Weather::BusyKeys].into_iter().enumerate() {
        let code = |at: u32| format!("7{batch}{at:05}");
        let customer = |at: u32| {
            json!({
                "type": "customer", "code": code(at), "name": format!("Customer {at}"), "address": "Calle 1",
                "identities": [{ "kind": "CC", "number": format!("5{batch}{at:07}") }],
            })
        };
        let customers: Vec<Value> = (0..60).map(customer).collect();
        STRUCK.take();
        world.faults.begin(weather);
        world.import_through(&writer, &customers).await.unwrap();
        calm(&world);
        assert!(STRUCK.with_borrow(|struck| struck.contains_key("BatchWriteItem")), "{weather:?}");
        for at in 0..60 {
            world.portal().get(&format!("/customers/{}/products", code(at))).await.expect(200);
        }
    }
}
