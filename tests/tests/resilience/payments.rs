//! A payment has one effect, whatever happens between the bus and the bill.
//!
//! Guards: the payment is created where none is of its id; bill and contract are written at the revisions they were loaded at.

use std::time::Duration;

use chrono::TimeDelta;
use local::sources::CutOff;
use serde_json::{Value, json};
use shared::domain::event::{PaymentReceived, Whom};
use shared::domain::money::{Currency, Money};
use shared::domain::payment::Payment;
use shared::events::message;
use tests::World;
use tests::connector::faults::Fault;

/// What is paid, more than the bill needs.
const OVER: i64 = 5_000;
/// A little more than the time for which a received message is hidden.
const HIDDEN: TimeDelta = TimeDelta::seconds(181);

/// A world with a bill of the contract 500101, and a payment of more than it needs.
async fn scene() -> (World, Payment) {
    let world = World::demo().await;
    world.order_run("one", "2026-02-15", false, Whom::These(vec!["500101".parse().unwrap()])).await;
    let bill = world.bills("1001").await.remove(0);
    let amount = Money { minor: bill.amount.minor + OVER, currency: Currency::COP };
    (world, Payment { id: "p".parse().unwrap(), bill: bill.number, amount, day: "2026-03-09".parse().unwrap() })
}

fn body(payment: &Payment) -> String {
    message(&PaymentReceived(payment.clone()), "p").unwrap()
}

fn batch(payment: &Payment, id: &str) -> Value {
    json!({ "Records": [{ "messageId": id, "body": body(payment) }] })
}

/// Whether the bill is paid, the rest is credit, and the payment is there: all or nothing.
async fn effect(world: &World, payment: &Payment) -> (bool, bool, bool) {
    let bills = world.bills("1001").await;
    let bill = bills.iter().find(|bill| bill.number == payment.bill).unwrap();
    let applied = world.operator.writer.reader().payment(&payment.id).await.unwrap();
    let credit = world.books("500101").await.owner.credit;
    assert!(credit == 0 || credit == OVER, "{credit}");
    assert!(bill.paid.minor == 0 || bill.paid == bill.amount, "{bill:?}");
    (bill.paid.minor > 0, credit > 0, applied.is_some())
}

async fn until_quiet(world: &World) {
    for _ in 0..8 {
        world.settle().await;
        world.clock.set(world.clock.now() + HIDDEN);
    }
    assert_eq!(world.queues.messages("Payments").len() + world.queues.messages("PaymentDeadLetters").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_fault_on_the_way_ends_in_one_effect() {
    for operation in ["GetItem", "TransactWriteItems"] {
        for fault in Fault::ALL {
            if operation == "GetItem" && fault == Fault::Conflict {
                continue; // Only transactions conflict.
            }
            for times in [1, 12] {
                let (world, payment) = scene().await;
                world.queues.send("Payments", body(&payment), Default::default(), world.clock.now());
                world.faults.next(operation, fault, times);
                world.settle().await;
                assert!(world.faults.pending() < times, "{operation} {fault:?}: not met");
                world.faults.clear();
                until_quiet(&world).await;
                assert_eq!(effect(&world, &payment).await, (true, true, true), "{operation} {fault:?} {times}");
            }
        }
    }
}

#[tokio::test]
async fn a_crash_anywhere_leaves_all_or_nothing_and_the_next_delivery_ends_it() {
    let mut cut = 0;
    for polls in 0..40 {
        let (world, payment) = scene().await;
        let function = &world.functions["payment-apply"];
        let ended = CutOff::after(polls, function(batch(&payment, "1"), Duration::from_secs(30))).await;
        cut += u32::from(ended.is_none());
        let found = effect(&world, &payment).await;
        assert!(found == (false, false, false) || found == (true, true, true), "{polls}: {found:?}");
        let again = function(batch(&payment, "2"), Duration::from_secs(30)).await.unwrap();
        assert_eq!(again["batchItemFailures"], json!([]));
        assert_eq!(effect(&world, &payment).await, (true, true, true));
    }
    assert!((4..40).contains(&cut), "cut off before and after: {cut}");
}

#[tokio::test]
async fn payments_at_once_are_all_applied_once_each() {
    let (world, payment) = scene().await;
    let whole = payment.amount.minor;
    let parts = [1_000, 2_000, 3_000, whole - 6_000];
    let function = &world.functions["payment-apply"];
    let part = |at: usize| {
        let amount = Money { minor: parts[at], ..payment.amount };
        Payment { id: format!("p{at}").parse().unwrap(), amount, ..payment.clone() }
    };
    // Each twice, all at once; what loses too often comes again.
    for _ in 0..5 {
        let all = (0..8).map(|at| function(batch(&part(at / 2), &at.to_string()), Duration::from_secs(30)));
        let answers = futures_util::future::join_all(all).await;
        if answers.into_iter().all(|answer| answer.unwrap()["batchItemFailures"] == json!([])) {
            break;
        }
    }
    assert_eq!(world.books("500101").await.owner.credit, OVER);
    let bill = world.bills("1001").await.into_iter().find(|bill| bill.number == payment.bill).unwrap();
    assert_eq!((bill.paid, bill.credited), (bill.amount, OVER));
}
