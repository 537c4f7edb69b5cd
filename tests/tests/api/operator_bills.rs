//! What an operator does with bill runs: order one and find it again, look at what it came to, care for what is parked, and
//! follow a bill down to its calls.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use chrono::{DateTime, Utc};
use local::bill::explain::{Kept, LineExplained};
use local::bill::order::Order;
use local::bill::parked::{Judged, Parked, Verdict, judge};
use local::bill::status::{Runs, one};
use local::bill::verify::Verified;
use local::bill::watch::Watch;
use local::failure::Failure;
use local::in_process::{http_client, settings};
use local::queues::site::Site;
use local::series::{For, Listed, NewSeries, Used};
use serde_json::{Value, json};
use shared::domain::billing::pinned::Catalogues;
use shared::domain::event::Whom;
use shared::domain::ids::{BillNumber, RunId};
use shared::table::Writer;
use tests::World;
use tests::world::LINE;

/// The demo's contract with the cycle day 15.
const CONTRACT: &str = "500101";
/// A day on which it was due.
const DAY: &str = "2026-02-15";

fn order(day: &str, dry: bool, contracts: &[&str]) -> Order {
    Order::new(day.parse().unwrap(), dry, contracts.iter().map(|id| id.parse().unwrap()).collect())
}

/// The name that an order goes by, and whether a run of it is there.
async fn place(world: &World, order: &Order, again: bool) -> (String, bool) {
    let (id, run) = order.place(world.operator.writer.reader(), again).await.unwrap();
    (id.to_string(), run.is_some())
}

fn site(world: &World) -> Site {
    let client = Client::new(&settings(http_client(world.queues.connector())));
    Site::over(client, world.queues.names())
}

async fn report(world: &World, run: &str) -> (String, Value) {
    let id: RunId = run.parse().unwrap();
    let report = one(world.operator.writer.reader(), &id, world.country()).await.unwrap();
    (report.to_string(), serde_json::to_value(&report).unwrap())
}

#[tokio::test]
async fn the_same_order_finds_its_run_and_another_one_gets_a_name_of_its_own() {
    let world = World::demo().await;
    let whole = order(DAY, false, &[]);
    assert_eq!(place(&world, &whole, false).await, (DAY.to_owned(), false));
    world.order_run(DAY, DAY, false, Whom::All).await;
    assert_eq!(place(&world, &whole, false).await, (DAY.to_owned(), true));
    assert_eq!(place(&world, &whole, true).await, (format!("{DAY}-2"), false));
    // A name that something else has is left to it.
    let contract = order(DAY, false, &[CONTRACT]);
    world.order_run(&format!("{DAY}.{CONTRACT}"), DAY, true, Whom::All).await;
    assert_eq!(place(&world, &contract, false).await, (format!("{DAY}.{CONTRACT}-2"), false));
    let unknown = one(world.operator.writer.reader(), &"nothing".parse().unwrap(), world.country()).await.unwrap_err();
    assert!(unknown.to_string().starts_with("RUN: must be a run that there is; nothing is none"), "{unknown}");
}

#[tokio::test]
async fn a_run_says_what_it_came_to_and_what_is_open() {
    let world = World::demo().await;
    let whole = order(DAY, false, &[]);
    let id: RunId = DAY.parse().unwrap();
    let batch = json!({ "Records": [{ "messageId": "1", "body": whole.message(&id).unwrap() }] });
    world.functions["bill-run"](batch, Duration::from_secs(30)).await.unwrap();
    let (text, open) = report(&world, DAY).await;
    let pages = open["pages"]["made"].as_u64().unwrap();
    assert!(pages > 0 && text.contains(&format!("It is open: {pages} page")), "{text}");
    assert_eq!((&open["pages"]["open"], &open["closed"]), (&json!(pages), &Value::Null));
    world.settle().await;
    let (text, closed) = report(&world, DAY).await;
    assert!(text.ends_with("It adds up.\n") && text.contains("billed + 0 skipped + 0 parked"), "{text}");
    assert_eq!((&closed["adds_up"], &closed["pages"]["open"]), (&json!(true), &json!(0)));
    assert!(closed["report"]["invoices"]["total"].as_i64().unwrap() > 0);
    let runs = Runs::until(world.operator.writer.reader(), world.today(), 31, world.country()).await.unwrap();
    assert!(runs.to_string().contains(&format!("{DAY}  closed")), "{runs}");
}

#[tokio::test]
async fn net_taxes_and_rounding_of_a_run_come_to_its_total() {
    // Totals are multiples of 50 there.
    let world = World::of("py").await;
    world.order_run("one", DAY, false, Whom::All).await;
    let (text, told) = report(&world, "one").await;
    let sum = |of: &str| -> i64 {
        ["invoices", "credit_notes"].iter().map(|kind| told["report"][kind][of].as_i64().unwrap()).sum()
    };
    let taxes = told["report"]["taxes"].as_array().unwrap().iter();
    let tax: i64 = taxes.map(|tax| tax["amount"].as_i64().unwrap()).sum();
    let rounding = told["rounding"].as_i64().unwrap();
    assert_eq!(sum("net") + tax + rounding, sum("total"));
    assert!(rounding != 0 && text.contains(&format!("\nRounding     {rounding} PYG\n")), "{text}");
}

#[tokio::test]
async fn a_run_whose_messages_are_lost_goes_on_when_it_is_watched() {
    let world = World::demo().await;
    let (whole, id, site) = (order(DAY, false, &[]), DAY.parse().unwrap(), site(&world));
    let lose = |queue: &str| {
        let lost = world.queues.messages(queue);
        world.queues.delete(queue, lost.iter().map(|message| message.id.as_str()));
    };
    let reader = world.operator.writer.reader();
    let watch = Watch::new(reader, &site, &whole, &id).every(Duration::from_millis(1), Duration::ZERO);
    // Nobody has taken the order; then the pages are made, and their messages are gone.
    let lab = async {
        loop {
            if !world.queues.messages("BillRuns").is_empty() {
                let body = world.queues.messages("BillRuns").swap_remove(0).body;
                let batch = json!({ "Records": [{ "messageId": "1", "body": body }] });
                world.functions["bill-run"](batch, Duration::from_secs(30)).await.unwrap();
                lose("BillRuns");
                lose("BillPages");
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        loop {
            world.settle().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let run = tokio::select! {
        run = watch.until_closed() => run.unwrap(),
        () = lab => unreachable!("it goes on for ever"),
    };
    let report = run.closed.unwrap().report;
    assert!(report.adds_up() && report.billed > 0, "{report:?}");
}

#[tokio::test]
async fn a_run_that_does_not_go_on_says_where_to_look() {
    let world = World::demo().await;
    let (whole, id, site) = (order(DAY, false, &[]), DAY.parse().unwrap(), site(&world));
    let reader = world.operator.writer.reader();
    let watch = Watch::new(reader, &site, &whole, &id).every(Duration::from_millis(1), Duration::ZERO);
    let lab = async {
        loop {
            let lost = world.queues.messages("BillRuns");
            world.queues.delete("BillRuns", lost.iter().map(|message| message.id.as_str()));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let stuck = tokio::select! {
        stuck = watch.until_closed() => stuck.unwrap_err().to_string(),
        () = lab => unreachable!("it goes on for ever"),
    };
    assert!(stuck.contains("`queue show BillRunDeadLetters` says why"), "{stuck}");
}

fn new_series(id: &str, first: u64, last: u64) -> NewSeries {
    NewSeries {
        id: id.parse().unwrap(),
        kind: For::Invoice,
        prefix: "FX-".to_owned(),
        digits: 4,
        first,
        last,
        authorization: Some("18760000002".to_owned()),
        from: "2020-01-01".parse().ok(),
        until: "2035-12-31".parse().ok(),
    }
}

#[tokio::test]
async fn what_has_no_number_is_parked_until_there_is_a_series() {
    let world = World::demo().await;
    let writer = &world.operator.writer;
    world.use_up("FE").await;
    let series = Listed::read(writer.reader(), world.today()).await.unwrap().to_string();
    assert!(
        series.contains("\nFE      invoices      -               0  999999  ")
            && series.contains("USED: contracts are parked"),
        "{series}"
    );
    world.order_run("one", DAY, false, Whom::These(vec![CONTRACT.parse().unwrap()])).await;
    let parked = Parked::read(writer.reader()).await.unwrap();
    let shown = serde_json::to_value(&parked).unwrap();
    assert_eq!((&shown[0]["contract"], &shown[0]["kind"]), (&json!(CONTRACT), &json!("no-number")), "{shown}");
    assert!(
        parked.to_string().contains("no series of invoices that is open on 2026-03-10 has a number left"),
        "{parked}"
    );
    let (text, _) = report(&world, "one").await;
    assert!(
        text.contains("parked     1 no-number") && text.ends_with("It adds up, but somebody has to look at it.\n"),
        "{text}"
    );

    let added = new_series("FX", 1, 500).carry_out(writer, world.country(), &world.clock).await.unwrap();
    assert_eq!(added.to_string(), "FX: 500 numbers\n");
    let again = new_series("FX", 1, 500).carry_out(writer, world.country(), &world.clock).await.unwrap();
    assert_eq!(again.to_string(), "FX already exists; it stays as it is\n");
    for (wrong, said) in [
        (new_series("FX", 1, 600), "id: must be new, the series FX says something else already"),
        (new_series("FY", 500, 600), "first: must be another, the series FX has numbers of this one"),
        (new_series("FY", 2, 1), "FY: the first number is above the last"),
    ] {
        assert_eq!(wrong.carry_out(writer, world.country(), &world.clock).await.unwrap_err().to_string(), said);
    }
    world.order_run("two", DAY, false, Whom::Parked).await;
    assert_eq!(Parked::read(writer.reader()).await.unwrap().to_string(), "no contract is parked\n");
    let used = Used::read(writer.reader(), world.today(), 31).await.unwrap().to_string();
    assert!(used.contains("FX  2 given out, 498 left; 0 declared unused"), "{used}");
}

async fn close(writer: &Writer, reason: &str, now: DateTime<Utc>) -> Result<Judged, Failure> {
    judge(writer, &CONTRACT.parse().unwrap(), Verdict::Closed, reason, now).await
}

#[tokio::test]
async fn a_case_is_closed_once_with_a_reason() {
    let world = World::demo().await;
    let writer = &world.operator.writer;
    let now = world.clock.now();
    world.use_up("FE").await;
    world.order_run("one", DAY, false, Whom::These(vec![CONTRACT.parse().unwrap()])).await;
    for (contract, reason, said) in [
        (CONTRACT, "  ", "--reason: must have 1 to 500 characters"),
        ("9", "x", "CONTRACT: must be a contract that there is; 9 is none"),
        ("500102", "x", "CONTRACT: must be parked, which 500102 is not"),
    ] {
        let refused = judge(writer, &contract.parse().unwrap(), Verdict::Closed, reason, now).await.unwrap_err();
        assert_eq!(refused.to_string(), said);
    }
    let (one, other) = tokio::join!(close(writer, "paid in cash", now), close(writer, "no", now));
    assert!(one.is_ok() != other.is_ok(), "of two at once one has closed it");
    assert_eq!(world.books(CONTRACT).await.owner.value.parked, None);
    assert_eq!(Parked::read(writer.reader()).await.unwrap().to_string(), "no contract is parked\n");
    let refused = close(writer, "again", now).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("CONTRACT: must be parked, which {CONTRACT} is not"));
    // Its periods are open: the next run finds them, and finds the same cause.
    world.order_run("two", DAY, false, Whom::These(vec![CONTRACT.parse().unwrap()])).await;
    assert!(Parked::read(writer.reader()).await.unwrap().to_string().contains("no-number"));
    let refused = judge(writer, &CONTRACT.parse().unwrap(), Verdict::Allowed, "bill it", now).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!("CONTRACT: must wait for what may be right; {CONTRACT} waits for no-number, which has to be mended")
    );
    close(writer, "and once more", now).await.unwrap();
}

/// A world in which a call abroad is on a bill.
async fn billed_call() -> World {
    let world = World::demo().await;
    let call = json!({
        "id": "r-1", "msisdn": LINE, "start": "2026-03-09T10:00:00-05:00", "called": "+12025550147", "kind": "LDI",
        "seconds": 95,
    });
    world.put_usage_file("inbox/0/msc/monday.1.calls.ndjson", format!("{call}\n").as_bytes()).await;
    let session = json!({
        "id": "s-1", "msisdn": LINE, "start": "2026-03-08T10:00:00-05:00", "app": "Video", "bytes": 99_001_000_000_u64,
    });
    world.put_usage_file("inbox/0/pgw/monday.1.sessions.ndjson", format!("{session}\n").as_bytes()).await;
    world.settle().await;
    world.clock.set("2026-03-15T15:00:00Z".parse().unwrap());
    world.settle().await;
    world
}

async fn lines(world: &World, number: &BillNumber) -> (Kept, Vec<LineExplained>) {
    let reader = world.operator.writer.reader();
    let bill = Kept::read(reader, number).await.unwrap();
    let count = serde_json::to_value(bill.explained()).unwrap()["lines"].as_array().unwrap().len();
    let mut lines = Vec::new();
    for line in 1..=count {
        lines.push(bill.line(reader, world.country(), line).await.unwrap());
    }
    (bill, lines)
}

#[tokio::test]
async fn a_line_of_a_bill_is_followed_down_to_its_calls() {
    let world = billed_call().await;
    let reader = world.operator.writer.reader();
    let mut found = BTreeMap::new();
    for bill in world.bills("1001").await {
        let (kept, lines) = lines(&world, &bill.number).await;
        let text = kept.explained().to_string();
        assert!(text.contains(&format!("of contract {}", bill.contract)), "{text}");
        for line in &lines {
            let shown = serde_json::to_value(line).unwrap();
            assert!(shown["computed"].is_string() && !shown["rules"].as_array().unwrap().is_empty(), "{shown}");
            let facts = &shown["facts"];
            let kinds = ["days", "additional", "services"];
            let has_facts = kinds.iter().any(|kind| !facts[kind].as_array().unwrap().is_empty());
            assert!(has_facts || !facts["purchase"].is_null(), "{shown}");
            if shown["line"]["section"] == "usage" {
                let class = shown["line"]["key"].as_str().unwrap().split([':', '/']).nth(4).unwrap().to_owned();
                found.insert(class, (shown, line.to_string()));
            }
        }
        let beyond = kept.line(reader, world.country(), lines.len() + 1).await.unwrap_err();
        assert!(
            beyond.to_string().starts_with(&format!(
                "LINE: must be a line from 1 to {} of {}",
                lines.len(),
                bill.number
            )),
            "{beyond}"
        );
        kept.line(reader, world.country(), 0).await.unwrap_err();
    }
    let (call, text) = &found["voice.intl.norte"];
    assert_eq!(call["facts"]["usage"], json!([{ "day": "2026-03-09", "units": 95 }]));
    assert_eq!(call["records"]["calls"][0]["id"], "r-1", "{call}");
    assert_eq!((&call["records"]["sum"], &call["records"]["units"]), (&json!(95), &json!(95)));
    for words in
        ["Rule 12", "95 paid, at 800 per 60 = 1266.67", "msc/monday.1", "95 by these calls, 95 on the bill's days"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let (data, text) = &found["data.home"];
    assert!(!data["facts"]["included"].as_array().unwrap().is_empty(), "{data}");
    assert!(text.contains("Traffic    2026-03-08 Video: 99001000000 bytes"), "{text}");
    let unknown = Kept::read(reader, &"FE-999999".parse().unwrap()).await.err().unwrap();
    assert_eq!(unknown.to_string(), "NUMBER: must be a bill that a run has issued, which FE-999999 is not");
}

#[tokio::test]
async fn a_bill_that_its_facts_do_not_say_differs_and_says_where() {
    let world = billed_call().await;
    let reader = world.operator.writer.reader();
    for bill in world.bills("1001").await {
        let verified = Verified::read(reader, world.country(), &bill.number).await.unwrap();
        assert!(verified.is_same() && verified.to_string().starts_with("same: "), "{verified}");
    }
    let number = &world.bills("1001").await[0].number;
    let mut issued = reader.issued(number).await.unwrap().unwrap();
    let looks = issued.settlement.looks.iter_mut();
    let facts = looks.filter_map(|look| look.facts.as_mut()).find(|facts| !facts.services.is_empty()).unwrap();
    facts.services.remove(0);
    let tariff = reader.tariff().await.unwrap().unwrap();
    let versions = [tariff.version].into();
    let forged = Verified::of(number, &issued, &Catalogues::new(world.country(), [tariff]), versions);
    assert!(!forged.is_same());
    let text = forged.to_string();
    assert!(text.starts_with("differs: ") && text.contains("is kept, and nothing is computed"), "{text}");
    assert!(text.contains("total "), "{text}");
}

#[tokio::test]
async fn a_bill_that_its_customer_sees_with_another_total_differs() {
    let world = billed_call().await;
    let reader = world.operator.writer.reader();
    let number = &world.bills("1001").await[0].number;
    let mut issued = reader.issued(number).await.unwrap().unwrap();
    issued.bills[0].amount.minor += 1;
    let tariff = reader.tariff().await.unwrap().unwrap();
    let versions = [tariff.version].into();
    let forged = Verified::of(number, &issued, &Catalogues::new(world.country(), [tariff]), versions);
    assert!(!forged.is_same());
    assert!(forged.to_string().contains("the customer's list shows other numbers or totals"), "{forged}");
}

/// Guard: each look at the series that there are holds until one is added, so of two operators at once the second looks again.
#[tokio::test]
async fn of_two_series_with_one_number_that_are_added_at_once_one_is_refused() {
    let world = World::demo().await;
    let (writer, country) = (&world.operator.writer, world.country());
    let add = async |id: &str, prefix: &str| {
        let series = NewSeries { prefix: prefix.to_owned(), ..new_series(id, 1, 500) };
        series.carry_out(writer, country, &world.clock).await.map(|added| added.to_string())
    };
    for at in 0..5 {
        let (one, other) = (format!("A{at}"), format!("B{at}"));
        let (dashed, plain) = (format!("X{}-", char::from(b'A' + at)), format!("x{}", char::from(b'a' + at)));
        let both = futures_util::join!(add(&one, &dashed), add(&other, &plain));
        assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    }
    let many = futures_util::join!(add("NA", "P-"), add("NB", "Q-"), add("ND", "R-"));
    assert!(many.0.is_ok() && many.1.is_ok() && many.2.is_ok(), "others are in nobody's way: {many:?}");
}
