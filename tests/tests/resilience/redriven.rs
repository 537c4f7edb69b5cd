//! Dead letters of payments and of documents of bills, sent on once the table answers again. Those of orders, files and bill runs are in
//! `fulfilment.rs`, `ingest/schedule.rs`, `api/payment_files.rs` and `runs/simulation.rs`.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use shared::domain::event::{BillDocumentWanted, PaymentReceived, Whom};
use shared::domain::ids::BillNumber;
use shared::domain::money::{Currency, Money};
use shared::domain::payment::Payment;
use shared::events::message;
use tests::World;
use tests::connector::faults::Fault;

/// Longer than a message of these queues is hidden.
const HIDDEN: TimeDelta = TimeDelta::minutes(4);

async fn scene() -> (World, BillNumber) {
    let world = World::demo().await;
    world.order_run("one", "2026-02-15", false, Whom::These(vec!["500101".parse().unwrap()])).await;
    let number = world.bills("1001").await.remove(0).number;
    (world, number)
}

/// A message that no receive can do anything with, because the table does not answer, until it is dead; then the table answers, and the
/// dead letter is sent on, twice.
async fn dies_and_is_redriven(world: &World, queue: &str, dead_letters: &str, body: &str) {
    for copy in 0..2 {
        world.faults.next("GetItem", Fault::ServerError, 10_000);
        world.queues.send(queue, body.to_owned(), BTreeMap::new(), world.clock.now());
        for _ in 0..8 {
            world.settle().await;
            world.clock.set(world.clock.now() + HIDDEN);
        }
        assert_eq!(
            (world.queues.messages(queue).len(), world.queues.messages(dead_letters).len()),
            (0, 1),
            "copy {copy}"
        );
        world.faults.clear();
        assert_eq!(world.queues.redrive(dead_letters, Some(queue), world.clock.now()), 1);
        world.settle().await;
        assert_eq!(
            (world.queues.messages(queue).len(), world.queues.messages(dead_letters).len()),
            (0, 0),
            "copy {copy}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_payment_is_applied_once_when_it_is_sent_on() {
    let (world, number) = scene().await;
    let amount = Money { minor: 100, currency: Currency::COP };
    let payment = Payment { id: "till-1".parse().unwrap(), bill: number.clone(), amount, day: world.today() };
    let body = message(&PaymentReceived(payment), "payment").unwrap();
    dies_and_is_redriven(&world, "Payments", "PaymentDeadLetters", &body).await;
    let bill = world.bills("1001").await.into_iter().find(|bill| bill.number == number).unwrap();
    assert_eq!(bill.paid.minor, 100);
}

#[tokio::test(start_paused = true)]
async fn a_dead_wish_for_a_document_is_fulfilled_once_when_it_is_sent_on() {
    let (world, number) = scene().await;
    let body = message(&BillDocumentWanted { number: number.clone() }, "wanted").unwrap();
    dies_and_is_redriven(&world, "BillDocuments", "BillDocumentDeadLetters", &body).await;
    let rendering = world.operator.writer.reader().rendering(&number).await.unwrap();
    assert!(rendering.is_some_and(|rendering| rendering.until.is_none()), "it is made");
}
