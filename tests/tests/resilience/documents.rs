//! A document of a bill is made once, or by the next one who asks, whatever happens meanwhile.
//!
//! Guards: who makes it says so in the table at a revision, for a while; the object's name says what is in it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use local::sources::CutOff;
use serde_json::{Value, json};
use shared::domain::event::{BillDocumentWanted, Whom};
use shared::domain::ids::BillNumber;
use shared::events::message;
use tests::World;
use tests::connector::faults::Fault;

const LIMIT: Duration = Duration::from_secs(20);

async fn scene() -> (World, BillNumber) {
    let world = World::demo().await;
    world.order_run("one", "2026-02-15", false, Whom::These(vec!["500101".parse().unwrap()])).await;
    let number = world.bills("1001").await.remove(0).number;
    world.meter.take();
    (world, number)
}

fn batch(number: &BillNumber) -> Value {
    let body = message(&BillDocumentWanted { number: number.clone() }, "wanted").unwrap();
    json!({ "Records": [{ "messageId": "1", "body": body }] })
}

/// Whether it was made.
async fn make(world: &World, number: &BillNumber) -> bool {
    let answer = world.functions["bill-render"](batch(number), LIMIT).await.unwrap();
    answer == json!({ "batchItemFailures": [] })
}

/// Whether the table says that it is made, and the number of objects.
async fn made(world: &World, number: &BillNumber) -> (bool, usize) {
    let rendering = world.operator.writer.reader().rendering(number).await.unwrap();
    let puts = world.access.seen().iter().filter(|asked| asked.action == "s3:PutObject").count();
    (rendering.is_some_and(|rendering| rendering.until.is_none()), puts)
}

/// How often somebody has begun to make it.
fn begun(world: &World) -> usize {
    let seen = world.meter.take();
    seen.iter()
        .filter(|request| ["PutItem", "UpdateItem", "TransactWriteItems"].contains(&request.operation.as_str()))
        .count()
}

#[tokio::test(start_paused = true)]
async fn of_many_who_ask_at_once_one_makes_it() {
    let (world, number) = scene().await;
    let all = join_all((0..12).map(|_| make(&world, &number))).await;
    assert!(all.iter().all(|made| *made), "{all:?}");
    assert_eq!(made(&world, &number).await, (true, 1));
    // One begins and ends; others may have tried to begin at the same moment.
    let writes = begun(&world);
    assert!((2..=13).contains(&writes), "{writes}");
}

#[tokio::test(start_paused = true)]
async fn the_detail_at_the_same_time_leaves_no_document_unfinished() {
    for steps in (1..).step_by(7) {
        let (world, number) = scene().await;
        let listed = world.portal().get("/customers/CODE/1001/bills?limit=100").await.expect(200);
        let bills = listed.at("/invoice");
        let own = bills.as_array().unwrap().iter().find(|bill| bill["invoiceNumber"] == number.as_str()).unwrap();
        let (_, path) = own["attachment"].as_str().unwrap().split_once("://api.example").unwrap();
        // The document is made up to here, then somebody asks for the detail.
        let mut document = Box::pin(make(&world, &number));
        let mut is_made = false;
        for _ in 0..steps {
            is_made = poll_fn(|context| Poll::Ready(document.as_mut().poll(context).is_ready())).await;
            if is_made {
                break;
            }
            tokio::task::yield_now().await;
        }
        world.anonymous().get(&format!("{path}?format=csv")).await.expect(302);
        assert!(is_made || document.await, "after {steps} steps");
        assert_eq!(made(&world, &number).await, (true, 2), "after {steps} steps");
        if is_made {
            assert!(steps > 5, "{steps}");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_after_a_crash_makes_it() {
    for steps in 1.. {
        let (world, number) = scene().await;
        let cut = CutOff::after(steps, (world.functions["bill-render"])(batch(&number), LIMIT)).await;
        world.clock.set(world.clock.now() + TimeDelta::seconds(26));
        assert!(make(&world, &number).await, "after {steps} steps");
        assert_eq!(made(&world, &number).await, (true, 1), "after {steps} steps");
        if cut.is_some() {
            assert!(steps > 5);
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_on_the_way_ends_in_one_document() {
    for operation in ["GetItem", "PutItem", "UpdateItem"] {
        for fault in [Fault::ServerError, Fault::ThroughputExceeded, Fault::TimeoutAfter] {
            let (world, number) = scene().await;
            world.faults.after(operation, 1, fault, 2);
            for _ in 0..3 {
                make(&world, &number).await;
                world.clock.set(world.clock.now() + TimeDelta::seconds(26));
            }
            world.faults.clear();
            assert!(make(&world, &number).await, "{operation} {fault:?}");
            assert_eq!(made(&world, &number).await, (true, 1), "{operation} {fault:?}");
        }
    }
}
