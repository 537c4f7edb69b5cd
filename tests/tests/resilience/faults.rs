//! Every write over a table that throttles, fails, hangs or cuts the connection.
//!
//! Time is virtual here: the SDK's waits take none. Guards: one token for all attempts at a transaction, the condition on
//! the stored answer, the revision condition.

use std::fmt::Debug;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tests::connector::faults::Fault;
use tests::world::LINE;
use tests::{Reply, World};
use tokio::time::Instant;

use crate::action::{Action, MODEL};
use crate::corporate::Corporate;
use crate::scene::ledger;
use crate::writes::Write;

/// More often than anybody tries.
pub const ALWAYS: usize = 100;

/// One fault in one place.
#[derive(Debug, Clone, Copy)]
struct Case<D> {
    action: D,
    keyed: bool,
    place: (&'static str, usize),
    fault: Fault,
    times: usize,
}

impl<D: Action> Case<D> {
    fn of(action: D) -> Vec<Self> {
        let mut cases = Vec::new();
        for keyed in [false, true] {
            for place in action.places(keyed) {
                let writes = place.0 == "TransactWriteItems";
                // Reads outside transactions do not meet other transactions.
                for fault in Fault::ALL.into_iter().filter(|fault| writes || *fault != Fault::Conflict) {
                    for times in [1, 2, ALWAYS].into_iter().filter(|times| writes || *times != 2) {
                        cases.push(Self { action, keyed, place, fault, times });
                    }
                }
            }
        }
        cases
    }
}

/// What there is before and after the write when nothing fails, and what the caller is told.
struct Model<S> {
    untouched: S,
    done: S,
    told: String,
}

impl<S: PartialEq + Debug> Model<S> {
    async fn of(world: &World, action: impl Action<Seen = S>, at: usize) -> Self {
        action.prepare(world, at).await;
        let untouched = action.look(world, at).await;
        let told = action.send(&world.portal(), at, None).await.expect(action.done()).text();
        let done = action.look(world, at).await;
        assert_ne!(done, untouched, "the write does something");
        Self { untouched, done, told }
    }
}

/// Gives back what the SDK's allowance for retries has lost; all clients of a process share one.
pub async fn refill(world: &World) {
    for _ in 0..10 {
        world.line(LINE).await;
    }
}

/// An answer that says no more than that it may be tried again.
#[track_caller]
pub fn says_later(reply: &Reply) {
    assert_eq!(reply.header("retry-after"), "1");
    let known = [
        r#"{"code":503,"message":"temporarily unavailable, try again"}"#,
        r#"{"error":{"code":"503","developerMessage":"temporarily unavailable, try again","message":"Service unavailable","statusCode":"503"}}"#,
    ];
    assert!(known.contains(&reply.text().as_str()), "{}", reply.text());
}

async fn survives_every_fault(action: impl Action) {
    let world = World::demo().await;
    let mut model = Model::of(&world, action, MODEL).await;
    for (at, case) in Case::of(action).into_iter().enumerate() {
        run(&world, case, at, &mut model).await;
    }
}

async fn run<D: Action>(world: &World, case: Case<D>, at: usize, model: &mut Model<D::Seen>) {
    let Case { action, keyed, place: (operation, skip), fault, times } = case;
    if operation == "Query" {
        // A minute later nothing is remembered of the catalogue.
        world.clock.set(world.clock.now() + TimeDelta::seconds(61));
    }
    action.prepare(world, at).await;
    let (portal, key) = (world.portal(), format!("key-of-{at}"));
    let key = keyed.then_some(key.as_str());

    world.faults.after(operation, skip, fault, times);
    let start = Instant::now();
    let reply = action.send(&portal, at, key).await;
    let waited = start.elapsed();
    assert!(world.faults.pending() < times, "{case:?}: the fault was not met");
    world.faults.clear();
    refill(world).await;
    if operation == "Query" {
        *model = Model::of(world, action, MODEL + at).await;
    }

    assert!(waited <= Duration::from_secs(5), "{case:?}: {waited:?}");
    let after = action.look(world, at).await;
    if times == ALWAYS {
        says_later(&reply.expect(503));
        let committed = operation == "TransactWriteItems" && fault.commits();
        let partly = action.has_steps() && after != model.done;
        assert!(partly || after == *if committed { &model.done } else { &model.untouched }, "{case:?}: {after:?}");
    } else {
        assert_eq!((reply.status(), &reply.text()), (action.done(), &model.told), "{case:?}");
        assert_eq!(after, model.done, "{case:?}");
    }

    let again = action.send(&portal, at, key).await;
    let expected = if after == model.done && !keyed { action.repeated() } else { action.done() };
    assert_eq!(again.status(), expected, "{case:?}, sent again: {}", again.text());
    assert_eq!(action.look(world, at).await, model.done, "{case:?}, sent again");
}

#[tokio::test(start_paused = true)]
async fn a_block_is_neither_doubled_nor_lost() {
    survives_every_fault(Write::Block).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_favourite_is_neither_doubled_nor_lost() {
    survives_every_fault(Write::AddFavourite).await;
}

#[tokio::test(start_paused = true)]
async fn a_favourite_is_removed_once() {
    survives_every_fault(Write::RemoveFavourite).await;
}

#[tokio::test(start_paused = true)]
async fn a_purchase_is_neither_doubled_nor_lost() {
    survives_every_fault(Write::Buy).await;
}

#[tokio::test(start_paused = true)]
async fn a_purchase_is_dropped_once() {
    survives_every_fault(Write::Drop).await;
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_changed_once() {
    survives_every_fault(Write::ChangePlan).await;
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_is_requested_once() {
    survives_every_fault(Write::RequestUpgrade).await;
}

#[tokio::test(start_paused = true)]
async fn additional_plans_are_requested_once() {
    survives_every_fault(Write::RequestPlans).await;
}

#[tokio::test(start_paused = true)]
async fn services_are_added_once() {
    survives_every_fault(Corporate::AddServices).await;
}

#[tokio::test(start_paused = true)]
async fn services_are_marked_once() {
    survives_every_fault(Corporate::RemoveServices).await;
}

#[tokio::test(start_paused = true)]
async fn services_are_replaced_once() {
    survives_every_fault(Corporate::ReplaceServices).await;
}

#[tokio::test(start_paused = true)]
async fn a_purchase_of_services_is_completed_once() {
    survives_every_fault(Corporate::Purchase).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_is_created_once() {
    survives_every_fault(Corporate::CreateGroup).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_is_changed_once() {
    survives_every_fault(Corporate::UpdateGroup).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_is_removed_once() {
    survives_every_fault(Corporate::DeleteGroup).await;
}

#[tokio::test(start_paused = true)]
async fn a_recording_is_erased_once() {
    survives_every_fault(Corporate::Erase).await;
}

/// Guard: the same transaction is sent again after a conflict. Deciding again would charge a second time, for the first
/// attempt went through and nobody heard of it.
#[tokio::test(start_paused = true)]
async fn a_conflict_after_a_lost_answer_is_no_reason_to_buy_again() {
    let world = World::demo().await;
    for lost in [Fault::CutAfter, Fault::TimeoutAfter] {
        let before = ledger(&world, LINE, "205").await;
        world.faults.next("TransactWriteItems", lost, 1);
        world.faults.next("TransactWriteItems", Fault::Conflict, 2);
        let path = format!("/plans/subscribers/{LINE}/acquiredoffers/205");
        world.portal().post(&path, &json!({})).await.expect(201);
        let after = ledger(&world, LINE, "205").await;
        assert_eq!(after.bought.len(), before.bought.len() + 1, "{lost:?}");
        assert_eq!(after.charges.len(), before.charges.len() + 1, "{lost:?}");
        assert_eq!(world.faults.pending(), 0);
    }
}

/// Guard: `attribute_exists` of the purchase that is removed. The table itself forgets old purchases, without a new
/// revision of the line.
#[tokio::test(start_paused = true)]
async fn a_purchase_that_is_gone_meanwhile_is_not_dropped() {
    let world = World::demo().await;
    Write::Drop.prepare(&world, 0).await;
    let item = crate::scene::items(&world, &Write::number(0), "O#").remove(0);
    let gone = json!({ "TableName": world.store.table(), "Key": { "pk": item["pk"], "sk": item["sk"] } });
    let sweep = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        world.store.embedded.call("DeleteItem", &gone).unwrap();
    };
    world.faults.next("TransactWriteItems", Fault::TimeoutBefore, 1);
    let portal = world.portal();
    let (reply, ()) = tokio::join!(Write::Drop.send(&portal, 0, None), sweep);
    reply.expect(404);
}

#[tokio::test(start_paused = true)]
async fn faults_are_logged_without_anything_of_the_caller() {
    let world = World::demo().await;
    let token = world.token("demo-portal").await;
    let log = crate::log::of(async {
        for write in Write::ALL {
            let at = write as usize;
            write.prepare(&world, at).await;
            for operation in ["TransactWriteItems", "GetItem"] {
                world.faults.next(operation, Fault::ServerError, ALWAYS);
                write.send(&world.portal(), at, Some("key-of-the-caller")).await.expect(503);
                world.faults.clear();
                refill(&world).await;
            }
        }
    })
    .await;
    assert!(log.contains("\"status\":503") && log.contains("scripted"), "the log knows the cause: {log}");
    for private in ["316000000", token.as_str(), "key-of-the-caller", "Abuela", "Ana Sample"] {
        assert!(!log.contains(private), "{private} is in the log");
    }
}
