//! Calls that change one line at the same time.
//!
//! Guard of all tests here: the revision condition of [`Changes::update`] in `shared/src/table/write.rs`. History and plan
//! changes have a second one, `attribute_not_exists` of new items: their tests turn red when both are gone.
//!
//! [`Changes::update`]: shared::table::Changes

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use shared::domain::status::Blocked;
use shared::table::Changes;
use tests::World;
use tests::world::LINE;

use crate::scene::{count, insist, items, ledger, line_like, only, text, together};

fn favourites(number: &str) -> String {
    format!("/plans/subscribers/{number}/favorites/")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_numbers_get_no_more_than_the_five_slots() {
    let world = Arc::new(World::demo().await);
    let before = world.line(LINE).await;
    let replies = together(&world, 1_000, |world, at| async move {
        let body = json!({ "PhoneNumber": format!("310{at:07}") });
        insist(&world.portal(), &format!("add-{at}"), "POST", &favourites(LINE), &body).await
    })
    .await;
    let (line, added) = (world.line(LINE).await, count(&replies, 201));
    assert_eq!(line.favourites.len(), 5);
    assert_eq!((before.favourites.len() + added, count(&replies, 403)), (5, 997));
    assert_eq!(line.rev, before.rev + 3, "a revision for each number");
    let known: BTreeSet<_> = line.favourites.keys().collect();
    for (at, _) in replies.iter().enumerate().filter(|(_, reply)| reply.status() == 201) {
        assert!(known.contains(&world.msisdn(&format!("310{at:07}"))), "{at} was told 201 and is not there");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn blocks_and_unblocks_leave_a_history_that_tells_the_state() {
    let world = Arc::new(World::demo().await);
    let before = world.line(LINE).await;
    let replies = together(&world, 200, |world, at| async move {
        let body = json!({
            "code": if at % 2 == 0 { "Blocked" } else { "Active" },
            "assetType": (["SIM", "IMEI", "SIM_IMEI"][at / 2 % 3]),
        });
        world.portal().put(&format!("/billing/subscribers/{LINE}/status"), &body).await
    })
    .await;
    let again = only(&replies, &[200]);
    let after = ledger(&world, LINE, "204").await;
    let mut state = Blocked::default();
    for change in &after.history {
        let next = state.after(change.code, change.asset);
        assert_ne!(next, state, "a change that changed nothing");
        assert_eq!(next, change.blocked, "a change that was decided on another state");
        state = next;
    }
    assert_eq!(state, after.line.blocked);
    assert!((1..=200).contains(&after.history.len()) && again < 200, "{again} gave up");

    let kept = items(&world, LINE, "H#");
    let revisions: Vec<u64> = kept.iter().map(|item| text(&item["sk"])[2..].parse().unwrap()).collect();
    assert_eq!(revisions, (before.rev + 1..=after.line.rev).collect::<Vec<_>>(), "one change for each revision");
    for (item, change) in kept.iter().zip(&after.history) {
        let (code, asset) = change.blocked.status();
        let payload: serde_json::Value = serde_json::from_str(text(&item["payload"])).unwrap();
        assert_eq!(text(&item["event"]), "SubscriberStatusChanged");
        assert_eq!((&payload["code"], &payload["asset"]), (&json!(code.as_str()), &json!(asset.as_str())));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn favourites_and_status_changes_do_not_undo_each_other() {
    let world = Arc::new(World::demo().await);
    let before = world.line(LINE).await;
    let replies = together(&world, 60, |world, at| async move {
        let (method, path, body) = match at {
            0..3 => ("POST", favourites(LINE), json!({ "PhoneNumber": format!("310000000{at}") })),
            3 | 4 => ("DELETE", favourites(LINE), json!({ "PhoneNumber": (["3005550101", "3005550102"][at - 3]) })),
            _ => {
                let code = if at % 2 == 0 { "Blocked" } else { "Active" };
                let body = json!({ "code": code, "assetType": (["SIM", "IMEI"][at / 2 % 2]) });
                ("PUT", format!("/billing/subscribers/{LINE}/status"), body)
            }
        };
        insist(&world.portal(), &format!("call-{at}"), method, &path, &body).await
    })
    .await;
    assert_eq!((count(&replies, 201), count(&replies, 200)), (3, 57));
    let after = ledger(&world, LINE, "204").await;
    let numbers: Vec<_> = after.line.favourites.keys().cloned().collect();
    assert_eq!(numbers, ["3100000000", "3100000001", "3100000002"].map(|number| world.msisdn(number)));
    let last = after.history.last().map_or(Blocked::default(), |change| change.blocked);
    assert_eq!(after.line.blocked, last);
    let changes = u64::try_from(after.history.len()).unwrap() + 5;
    assert_eq!(after.line.rev, before.rev + changes, "every change took one revision");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn plan_changes_make_one_chain() {
    let world = Arc::new(World::demo().await);
    line_like(&world, LINE, "3150000001", |_| ()).await;
    let before = world.line("3150000001").await;
    let replies = together(&world, 100, |world, at| async move {
        let plan = ["100", "101", "102", "104", "105"][at % 5];
        let (path, body) = ("/plans/subscribers/3150000001/current", json!({ "planId": plan }));
        insist(&world.portal(), &format!("change-{at}"), "PUT", path, &body).await
    })
    .await;
    assert_eq!(count(&replies, 200) + count(&replies, 403), 100);
    let after = ledger(&world, "3150000001", "204").await;
    let steps: Vec<_> = after.plan_starts.iter().map(|(_, plan)| plan).collect();
    assert!(steps.windows(2).all(|two| two[0] != two[1]), "the chain is broken: {steps:?}");
    let today = world.clock.now().date_naive();
    assert_eq!(steps.last().copied(), Some(after.line.plan_on(today)));
    assert_eq!(steps.len(), count(&replies, 200));
    assert_eq!(after.line.rev, before.rev + u64::try_from(count(&replies, 200)).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_upgrade_requests_at_once_one_stands() {
    let world = Arc::new(World::demo().await);
    for line in 0..40 {
        line_like(&world, LINE, &format!("31500000{line:02}"), |_| ()).await;
    }
    let replies = together(&world, 80, |world, at| async move {
        let path = format!("/plans/subscribers/31500000{:02}/upgraderequest", at / 2);
        let body = json!({ "planId": (["102", "104"][at % 2]) });
        insist(&world.portal(), &format!("wish-{at}"), "POST", &path, &body).await
    })
    .await;
    for (line, pair) in replies.chunks(2).enumerate() {
        assert_eq!((count(pair, 200), count(pair, 403)), (1, 1), "line {line}");
        let refused = pair.iter().find(|reply| reply.status() == 403).unwrap();
        assert_eq!(refused.at("/code"), 702);
        let winner = pair.iter().position(|reply| reply.status() == 200).unwrap();
        let after = ledger(&world, &format!("31500000{line:02}"), "204").await;
        assert_eq!(after.requests.len(), 1);
        assert_eq!(after.requests[0].plan.as_str(), ["102", "104"][winner]);
        assert_eq!(after.line.upgrade().unwrap().plan, after.requests[0].plan);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_additional_plan_is_requested_once_however_many_ask() {
    let world = Arc::new(World::demo().await);
    let mut changes = Changes::new();
    let catalogue = world.operator.writer.reader().catalogue().await.unwrap();
    let model = catalogue.plan(&"150".parse().unwrap()).unwrap();
    for id in ["151", "152", "153"] {
        let mut plan = model.clone();
        plan.id = id.parse().unwrap();
        changes.put_plan(&plan).unwrap();
    }
    world.operator.writer.commit(changes, None, world.clock.now()).await.unwrap();
    let before = world.line(LINE).await;
    let replies = together(&world, 200, |world, at| async move {
        let wanted = |id: usize| json!({ "planId": format!("15{}", id % 4), "planName": "Extra" });
        let body = json!({
            "planId": "150", "planName": "Extra", "categoryName": "Adicionales", "name": "Ana Sample",
            "AdditionalSubscriptionsList": [wanted(at), wanted(at + 1)],
        });
        world.portal().post(&format!("/plans/subscribers/{LINE}/subscriptionrequests/"), &body).await
    })
    .await;
    let again = only(&replies, &[200]);
    assert!(again < 200);
    let after = ledger(&world, LINE, "204").await;
    let mut asked: Vec<_> = after.requests.iter().map(|request| request.plan.to_string()).collect();
    asked.sort();
    assert_eq!(asked, ["150", "151", "152", "153"], "{again} gave up");
    assert_eq!(after.line.additional.len(), 4);
    assert!((before.rev + 2..=before.rev + 4).contains(&after.line.rev), "{} to {}", before.rev, after.line.rev);
}
