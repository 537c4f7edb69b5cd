//! A line between two customers and two loads: clocks that disagree, loads over what runs, loads at once.

use chrono::TimeDelta;
use local::import::ImportError;
use serde_json::json;
use shared::table::Importing;
use tests::World;
use tests::connector::faults::Fault;
use tests::world::{LINE, NOBODY};

use crate::scene::{moved, partition, text};

/// An additional plan, as the catalogue's demo data has it.
const PLAN: &str = "150";

async fn ask_for_plan(world: &World, client: &str) {
    let body = json!({ "planId": PLAN, "planName": "x", "categoryName": "x", "name": "Ana Sample" });
    let path = format!("/plans/subscribers/{LINE}/subscriptionrequests/");
    world.client(client).post(&path, &body).await.expect(200);
}

fn acquired() -> String {
    format!("/plans/subscribers/{LINE}/acquiredoffers/205")
}

/// Guard: what a customer did is told from what was before by the line's revision.
#[tokio::test]
async fn a_loaders_clock_that_is_ahead_takes_nothing_from_the_new_customer() {
    let world = World::demo().await;
    let now = world.clock.now();
    world.clock.set(now + TimeDelta::minutes(10));
    world.import(&[moved(&world).await]).await.unwrap();
    world.clock.set(now + TimeDelta::minutes(1));
    world.forget_tokens().await;
    let globex = world.client("demo-globex");
    globex.send("POST", &acquired(), &[], "").await.expect(201);
    globex.send("DELETE", &acquired(), &[], "").await.expect(201);
    ask_for_plan(&world, "demo-globex").await;
    world.settle().await;
    assert!(world.line(LINE).await.additional_since.contains_key(&PLAN.parse().unwrap()));
    assert_eq!(world.queues.depths().values().sum::<usize>(), 0, "nothing is parked");
}

#[tokio::test]
async fn a_loaders_clock_that_is_behind_gives_nothing_of_the_old_customers() {
    let world = World::demo().await;
    let now = world.clock.now();
    // It comes back to the customer who bought.
    world.client("demo-acme").send("POST", &acquired(), &[], "").await.expect(201);
    let old = world.line_record(LINE).await;
    world.import(&[moved(&world).await]).await.unwrap();
    world.clock.set(now - TimeDelta::minutes(10));
    world.import(&[old]).await.unwrap();
    world.clock.set(now + TimeDelta::minutes(1));
    world.client("demo-acme").send("DELETE", &acquired(), &[], "").await.expect(404);
}

#[tokio::test]
async fn a_load_for_the_same_customer_keeps_the_additional_plans() {
    let world = World::demo().await;
    let older = world.line_record(LINE).await;
    ask_for_plan(&world, "demo-acme").await;
    let requested = world.line_record(LINE).await;
    world.settle().await;
    let running = world.line(LINE).await.additional_since.clone();
    assert_eq!(running.len(), 1);
    for record in [older, requested] {
        world.import(&[record]).await.unwrap();
        let line = world.line(LINE).await;
        assert_eq!(line.additional_since, running);
        assert!(line.additional.contains(&PLAN.parse().unwrap()));
    }
    world.import(&[moved(&world).await]).await.unwrap();
    let line = world.line(LINE).await;
    assert!(line.additional.is_empty() && line.additional_since.is_empty(), "they are not the next customer's");
}

#[tokio::test]
async fn a_plan_that_runs_is_one_that_was_asked_for() {
    let world = World::demo().await;
    let mut line = world.line_record(LINE).await;
    line["additional_since"] = json!({ PLAN: "2026-03-01" });
    let Err(ImportError::Bad(bad)) = world.import(&[line.clone()]).await else { panic!("loaded") };
    assert_eq!(bad.told, [(1, format!("additional_since: must name additional plans alone; {PLAN} is none"))]);
    line["additional"] = json!([PLAN]);
    line["since_revision"] = json!(5);
    let Err(ImportError::Bad(bad)) = world.import(&[line.clone()]).await else { panic!("loaded") };
    assert_eq!(bad.told, [(1, "since_revision: must not be given, a load sets it".to_owned())]);
    line.as_object_mut().unwrap().remove("since_revision");
    world.import(&[line]).await.unwrap();
}

/// Guard: the activation is looked for under the request's key, before the line is asked.
#[tokio::test]
async fn a_request_that_comes_again_after_a_move_and_back_is_a_duplicate() {
    let world = World::demo().await;
    let back = world.line_record(LINE).await;
    ask_for_plan(&world, "demo-acme").await;
    let line = world.line(LINE).await;
    let payload = json!({
        "msisdn": line.msisdn, "customer": line.customer, "plan": PLAN, "revision": line.rev, "at": world.clock.now(),
    });
    let detail = json!({ "id": "1", "type": "SubscriptionRequested", "version": "1", "payload": payload.to_string() });
    world.settle().await;
    world.import(&[moved(&world).await]).await.unwrap();
    world.import(&[back]).await.unwrap();
    let before = world.items();
    let event = json!({ "detail-type": "SubscriptionRequested", "source": "selfcare", "detail": detail });
    world.queues.send("Orders", event.to_string(), Default::default(), world.clock.now()).unwrap();
    world.settle().await;
    assert_eq!(world.items(), before);
    assert_eq!(world.queues.depths().values().sum::<usize>(), 0);
}

/// Guard: an import holds a lease while it loads.
#[tokio::test]
async fn two_files_are_not_loaded_at_once() {
    let world = World::demo().await;
    let group = |id: &str| json!({"type": "group", "customer": "1002", "id": id, "address": "X"});
    let writer = &world.operator.writer;
    let now = world.clock.now();
    let another = Importing { digest: "another", owner: "somebody" };
    assert_eq!(writer.begin_import(another, now).await.unwrap(), Some(0));
    assert!(matches!(world.import(&[group("G-8")]).await, Err(ImportError::Busy)));
    assert!(writer.keep_import(another, 7, now).await.unwrap(), "it goes on");
    world.clock.set(now + TimeDelta::seconds(119));
    assert!(matches!(world.import(&[group("G-8")]).await, Err(ImportError::Busy)));
    world.clock.set(now + TimeDelta::seconds(120));
    world.import(&[group("G-8")]).await.unwrap();
    assert!(!writer.keep_import(another, 8, world.clock.now()).await.unwrap(), "another file was loaded since");
    world.import(&[group("G-9")]).await.unwrap();
    assert!(partition(&world, "IMPORTING").is_empty(), "given back at the end");
    writer.end_import(another).await.unwrap();
}

/// Guard: a file is no owner of its lease: two operators may have the same one.
#[tokio::test]
async fn one_file_is_not_loaded_twice_at_once() {
    let world = World::demo().await;
    let writer = &world.operator.writer;
    let now = world.clock.now();
    let [one, other] = ["one", "other"].map(|owner| Importing { digest: "file", owner });
    assert_eq!(writer.begin_import(one, now).await.unwrap(), Some(0));
    assert!(writer.keep_import(one, 2_000, now).await.unwrap());
    for later in [0, 119] {
        let now = now + TimeDelta::seconds(later);
        assert_eq!(writer.begin_import(other, now).await.unwrap(), None);
        assert!(!writer.keep_import(other, 1, now).await.unwrap());
    }
    // Nobody ends, or leaves, what is another's.
    writer.end_import(other).await.unwrap();
    writer.leave_import(other).await.unwrap();
    assert_eq!(writer.begin_import(other, now).await.unwrap(), None);
    // It goes on where it was, at once if it was left, and when the lease has ended if it was cut off.
    writer.leave_import(one).await.unwrap();
    assert!(!writer.keep_import(one, 9, now).await.unwrap());
    let third = Importing { digest: "another", owner: "third" };
    assert_eq!(writer.begin_import(third, now).await.unwrap(), None, "others wait");
    assert_eq!(writer.begin_import(other, now).await.unwrap(), Some(2_000));
    assert!(writer.keep_import(other, 4_000, now).await.unwrap());
    let ended = now + TimeDelta::seconds(120);
    assert_eq!(writer.begin_import(one, ended).await.unwrap(), Some(4_000));
    assert!(!writer.keep_import(other, 6_000, ended).await.unwrap());
    // Of two at once one gets it.
    writer.leave_import(one).await.unwrap();
    let (first, second) = tokio::join!(writer.begin_import(other, ended), writer.begin_import(third, ended));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first, second), (Some(0), None), "the own file goes on; what was not told to be done is done again");
}

/// Guard: who goes on with a file is who began it.
#[tokio::test(start_paused = true)]
async fn a_file_that_somebody_else_loads_is_not_gone_on_with_before_the_lease_has_ended() {
    let world = World::demo().await;
    let writer = world.store.target_through(world.faults.http_client()).writer;
    let records = [json!({"type": "group", "customer": "1002", "id": "G-8", "address": "X"})];
    world.faults.next("BatchWriteItem", Fault::CutBefore, 1_000);
    assert!(matches!(world.import_through(&writer, &records).await, Err(ImportError::Store { .. })));
    world.faults.clear();
    let begun = json!({
        "TableName": world.store.table(), "Key": {"pk": {"S": "IMPORTING"}, "sk": {"S": "I"}},
        "UpdateExpression": "SET #o = :o", "ExpressionAttributeNames": {"#o": "owner"},
        "ExpressionAttributeValues": {":o": {"S": "somebody"}},
    });
    world.store.embedded.call("UpdateItem", &begun).unwrap();
    assert!(matches!(world.import(&records).await, Err(ImportError::Busy)));
    world.clock.set(world.clock.now() + TimeDelta::seconds(120));
    world.import(&records).await.unwrap();
    assert!(partition(&world, "IMPORTING").is_empty());
}

#[tokio::test]
async fn a_line_that_moves_to_a_customer_who_is_loaded_later_keeps_its_product() {
    let world = World::demo().await;
    let mut line = moved(&world).await;
    (line["customer"], line["contract"]) = (json!("1009"), json!("500901"));
    world.import(&[line]).await.unwrap();
    let products = partition(&world, "CUST#1009");
    assert_eq!(products.iter().filter(|item| text(&item["sk"]).starts_with("P#")).count(), 1);
    let customer = json!({"type": "customer", "code": "1009", "name": "Nueve", "address": "X", "identities": []});
    world.import(&[customer]).await.unwrap();
    let listed = world.portal().get("/customers/1009/products").await.expect(200);
    assert!(listed.text().contains(LINE) && !listed.text().contains("Acme"), "{}", listed.text());
}

/// Guard: a refusal does not read what it refuses.
#[tokio::test]
async fn a_foreign_line_that_has_moved_costs_what_an_unknown_one_does() {
    let world = World::demo().await;
    world.import(&[moved(&world).await]).await.unwrap();
    let acme = world.client("demo-acme");
    acme.get("/customers/1001/products").await.expect(200);
    for path in [
        "/customers/{}/calls/details?dateFrom=2026-02-01&dateTill=2026-03-20",
        "/billing/subscribers/{}/usage/data/hourlybyapp",
    ] {
        let mut requests = Vec::new();
        for line in [LINE, NOBODY] {
            world.faults.take_counts();
            acme.get(&path.replace("{}", line)).await.expect(404);
            requests.push(world.faults.take_counts());
        }
        assert_eq!(requests[0], requests[1], "{path}");
    }
}
