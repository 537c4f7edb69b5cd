//! Money: purchases that race, with and without a key.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use shared::domain::contract::Payment;
use tests::World;
use tests::world::{LINE, PREPAID};

use crate::scene::{balance, count, insist, ledger, line_like, only, together};

/// Can be had once at a time.
const ONCE: &str = "204";
/// Can be had again and again.
const REPEATABLE: &str = "205";

fn offer(number: &str, id: &str) -> String {
    format!("/plans/subscribers/{number}/acquiredoffers/{id}")
}

/// Guard: the second look at the stored answer before a refusal, without which some are told 403 for what they have
/// bought themselves. That nothing is doubled is guarded three times: by the condition on the stored answer, by the
/// revision condition, and by keys that a repeated step makes again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_purchases_with_one_key_are_one() {
    let world = Arc::new(World::demo().await);
    let before = world.line(LINE).await;
    let replies = together(&world, 1_000, |world, _| async move {
        world.portal().keyed("one-purchase", "POST", &offer(LINE, ONCE), &json!({})).await
    })
    .await;
    let again = only(&replies, &[201]);
    println!("{again} of 1,000 were told to try again");
    let bodies: BTreeSet<_> = replies.iter().filter(|reply| reply.status() == 201).map(|reply| reply.text()).collect();
    assert_eq!(bodies.len(), 1, "all are told the same; {again} gave up");
    let after = ledger(&world, LINE, ONCE).await;
    assert_eq!((after.bought.len(), after.charges.len()), (1, 1));
    assert_eq!(after.line.rev, before.rev + 1);
}

/// Guard: the condition on the stored answer, alone: a repeatable offer has no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_buys_a_repeatable_offer_once() {
    let world = Arc::new(World::demo().await);
    let replies = together(&world, 200, |world, _| async move {
        world.portal().keyed("once-of-many", "POST", &offer(LINE, REPEATABLE), &json!({})).await
    })
    .await;
    assert!(only(&replies, &[201]) < 200);
    let after = ledger(&world, LINE, REPEATABLE).await;
    assert_eq!((after.bought.len(), after.charges.len()), (1, 1));
}

/// Guards: the revision condition and `attribute_not_exists` of new items, either of which holds alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_purchases_without_a_key_leave_one_active() {
    let world = Arc::new(World::demo().await);
    let replies =
        together(&world, 1_000, |world, _| async move { world.portal().post(&offer(LINE, ONCE), &json!({})).await })
            .await;
    let again = only(&replies, &[201, 403]);
    println!("{again} of 1,000 were told to try again");
    // The winner may be among those who were told to try again.
    assert!(count(&replies, 201) == 1 || count(&replies, 201) == 0 && again > 0, "{again} gave up");
    let after = ledger(&world, LINE, ONCE).await;
    assert_eq!((after.bought.len(), after.charges.len(), after.line.holds.len()), (1, 1, 1));
}

/// Guards: the revision condition and `attribute_not_exists` of new items, either of which holds alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn purchases_at_once_never_overdraw_a_balance() {
    let world = Arc::new(World::demo().await);
    let catalogue = world.operator.writer.reader().catalogue().await.unwrap();
    let price = catalogue.offer(&REPEATABLE.parse().unwrap()).unwrap().price;
    line_like(&world, PREPAID, "3150000001", |line| {
        let mut balance = price;
        balance.minor = price.minor * 15 / 2;
        line.payment = Payment::Prepaid { balance };
    })
    .await;
    let replies = together(&world, 100, |world, at| async move {
        let path = offer("3150000001", REPEATABLE);
        insist(&world.portal(), &format!("purchase-{at}"), "POST", &path, &json!({})).await
    })
    .await;
    assert_eq!((count(&replies, 201), count(&replies, 403)), (7, 93));
    let after = ledger(&world, "3150000001", REPEATABLE).await;
    assert_eq!(balance(&after.line), price.minor / 2);
    assert_eq!((after.bought.len(), after.charges.len()), (7, 0), "paid from the balance, not on a bill");
}

/// Guards: the revision condition and `attribute_not_exists` of new items, either of which holds alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_prepaid_line_buys_a_single_offer_once() {
    let world = Arc::new(World::demo().await);
    let before = world.line(PREPAID).await;
    let replies = together(&world, 50, |world, at| async move {
        insist(&world.portal(), &format!("purchase-{at}"), "POST", &offer(PREPAID, "211"), &json!({})).await
    })
    .await;
    assert_eq!((count(&replies, 201), count(&replies, 403)), (1, 49));
    let after = ledger(&world, PREPAID, "211").await;
    assert_eq!(balance(&after.line) + after.bought[0].price.minor, balance(&before));
    assert_eq!(after.bought.len(), 1);
}

/// Guard: the revision condition.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn buying_and_dropping_at_once_leave_holds_purchases_and_charges_in_agreement() {
    let world = Arc::new(World::demo().await);
    for id in [ONCE, REPEATABLE] {
        let before = world.line(LINE).await;
        let replies = together(&world, 200, move |world, at| async move {
            let method = if at % 2 == 0 { "POST" } else { "DELETE" };
            insist(&world.portal(), &format!("{id}-{at}"), method, &offer(LINE, id), &json!({})).await
        })
        .await;
        assert_eq!(only(&replies, &[201, 403, 404]), 0);
        let of = |rest| replies.iter().skip(rest).step_by(2).filter(|reply| reply.status() == 201).count();
        let (bought, dropped) = (of(0), of(1));
        let after = ledger(&world, LINE, id).await;
        assert_eq!(after.bought.len() + dropped, bought, "{id}");
        let charges = after.charges.iter().filter(|charge| charge.offer.as_str() == id).count();
        assert_eq!(charges, after.bought.len(), "{id}");
        let held = after.line.holds.contains_key(&id.parse().unwrap());
        assert_eq!(held, id == ONCE && !after.bought.is_empty(), "{id}");
        assert_eq!(after.line.rev, before.rev + u64::try_from(bought + dropped).unwrap(), "{id}");
    }
}

/// Guards: the condition on the stored answer, and the second look at it before a refusal.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_different_requests_with_one_key_one_wins_and_the_others_are_told() {
    let world = Arc::new(World::demo().await);
    for line in 0..20 {
        line_like(&world, LINE, &format!("31500000{line:02}"), |_| ()).await;
    }
    let replies = together(&world, 100, |world, at| async move {
        let (line, rival) = (at / 5, at % 5);
        let number = format!("31500000{line:02}");
        let plan = |ids: [&str; 5]| json!({ "planId": ids[rival] });
        let (method, path, body): (_, _, Value) = match line % 4 {
            0 => ("POST", format!("/plans/subscribers/{number}/favorites/"), {
                json!({ "PhoneNumber": format!("310000000{rival}") })
            }),
            1 => ("PUT", format!("/plans/subscribers/{number}/current"), plan(["100", "102", "104", "105", "106"])),
            2 => {
                let body = json!({ "planId": (["102", "104"][rival % 2]), "name": format!("Ana {rival}") });
                ("POST", format!("/plans/subscribers/{number}/upgraderequest"), body)
            }
            _ => ("POST", offer(&number, ["203", "204", "205", "206", "207"][rival]), json!({})),
        };
        insist(&world.portal(), &format!("key-of-{line}"), method, &path, &body).await
    })
    .await;
    for (line, rivals) in replies.chunks(5).enumerate() {
        let won = rivals.iter().filter(|reply| reply.status() < 300).count();
        let told: Vec<_> = rivals.iter().map(|reply| reply.status()).collect();
        assert_eq!((won, count(rivals, 422)), (1, 4), "line {line}: {told:?}");
        let number = format!("31500000{line:02}");
        let after = world.line(&number).await;
        let noon = u64::try_from(world.clock.now().timestamp_millis()).unwrap();
        assert_eq!(after.rev, noon + 1, "line {line} was changed once");
    }
}

/// Guard: the caller's name in the key of the stored answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_belongs_to_its_client() {
    let world = Arc::new(World::demo().await);
    let replies = together(&world, 20, |world, at| async move {
        let client = ["demo-portal", "demo-acme"][at % 2];
        insist(&world.client(client), "shared-by-chance", "POST", &offer(LINE, REPEATABLE), &json!({})).await
    })
    .await;
    assert_eq!(count(&replies, 201), 20);
    assert_eq!(ledger(&world, LINE, REPEATABLE).await.bought.len(), 2);
}
