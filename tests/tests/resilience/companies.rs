//! Corporate calls that change one profile, one customer's groups or one recording at the same time.
//!
//! Guards: the revision condition of services, accounts and groups; `attribute_not_exists` of a new group;
//! `attribute_exists` of a removed one. Services and purchases turn red without the first, groups without the others.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tests::{Reply, World};

use crate::scene::{count, insist, only, partition, text, together};

const ADDED: [&str; 6] = ["PN-DATOS-01", "PN-DATOS-03", "PN-VAS-01", "PN-VAS-02", "PN-SMS-02", "PN-CUG-01"];
const REMOVED: [&str; 2] = ["PN-VOZ-01", "PN-SMS-01"];
const GROUPS: &str = "/customers/code/1001/bills/groups";

async fn field(world: &World, name: &str) -> Value {
    world.portal().get("/accounts/profiles/10010101").await.expect(200).at(&format!("/{name}"))
}

/// What is added up over all answers of 200.
fn services(replies: &[&Reply]) -> usize {
    let done = replies.iter().filter(|reply| reply.status() == 200);
    done.map(|reply| reply.at("/payload").as_str().unwrap().parse::<usize>().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn service_changes_and_purchases_at_once_lose_nothing_and_double_nothing() {
    let world = Arc::new(World::demo().await);
    world.portal().post("/accounts/100101/processes", &json!({})).await.expect(200);
    let charged = async |world: &World| -> BTreeSet<String> {
        let open = world.ledger("500101").await.services.into_iter().filter(|span| span.to.is_none());
        open.map(|span| span.service.to_string()).collect()
    };
    let before = charged(&world).await;
    let replies = together(&world, 120, |world, at| async move {
        let (method, path, partnum) = match at % 20 {
            0..6 => ("POST", "/profiles/10010101/services", ADDED[at % 20]),
            6..8 => ("DELETE", "/profiles/10010101", REMOVED[at % 20 - 6]),
            _ => ("POST", "/accounts/100101/processes", ""),
        };
        let body = match partnum {
            "" => json!({}),
            partnum => json!({ "serviceCollection": [{ "partnum": partnum }] }),
        };
        // Each change once: its later calls carry the key of the first.
        let key = if partnum.is_empty() { format!("purchase-{at}") } else { format!("change-{}", at % 20) };
        insist(&world.portal(), &key, method, path, &body).await
    })
    .await;
    assert_eq!(count(&replies, 200), 120);
    let last = world.portal().post("/accounts/100101/processes", &json!({})).await.expect(200);
    let purchases = replies.iter().enumerate().filter(|(at, _)| at % 20 >= 8).map(|(_, reply)| reply);
    let processed = services(&purchases.chain([&last]).collect::<Vec<_>>());
    assert_eq!(processed, ADDED.len() + REMOVED.len(), "each change is carried out by one purchase");

    let mut expected = before;
    expected.extend(ADDED.map(str::to_owned));
    expected.retain(|partnum| !REMOVED.contains(&partnum.as_str()));
    assert_eq!(charged(&world).await, expected, "the contract pays for what there is");
    assert_eq!(field(&world, "servicesAmount").await, expected.len().to_string());
    let rows = world.portal().get("/accounts/profiles/10010101/services").await.expect(200).at("/serviceCollection");
    let rows = rows.as_array().unwrap();
    let ids: BTreeSet<_> = rows.iter().map(|row| row["id"].to_string()).collect();
    assert_eq!((rows.len(), ids.len()), (expected.len(), expected.len()), "no service twice, no number twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_groups_of_one_name_one_is_made_and_one_removed() {
    let world = Arc::new(World::demo().await);
    let body = json!({ "groupId": "G-7", "address": "Calle 7 # 7-7" });
    let made = together(&world, 200, {
        let body = body.clone();
        move |world, _| {
            let body = body.clone();
            async move { world.portal().post(GROUPS, &body).await }
        }
    })
    .await;
    only(&made, &[200, 400]);
    assert_eq!(count(&made, 200), 1);
    let removed = together(&world, 200, move |world, _| {
        let body = body.clone();
        async move { world.portal().delete(GROUPS, &body).await }
    })
    .await;
    only(&removed, &[200, 404]);
    assert_eq!(count(&removed, 200), 1);
}

/// Guard: the second look at the stored answer before a refusal.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_makes_one_group_and_all_are_told_so() {
    let world = Arc::new(World::demo().await);
    for round in 0..20 {
        let replies = together(&world, 12, move |world, _| async move {
            let body = json!({ "groupId": format!("G-{round}"), "address": "Calle 7 # 7-7" });
            world.portal().keyed(&format!("group-{round}"), "POST", GROUPS, &body).await
        })
        .await;
        assert!(only(&replies, &[200]) < 12);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_groups_address_is_the_one_of_the_last_revision() {
    let world = Arc::new(World::demo().await);
    let revision = |world: &World| {
        let items = partition(world, "CUST#1001");
        let group = items.iter().find(|item| text(&item["sk"]) == "G#G-1001").unwrap().clone();
        (group["rev"]["N"].as_str().unwrap().parse::<u64>().unwrap(), group)
    };
    let (before, _) = revision(&world);
    let replies = together(&world, 100, |world, at| async move {
        let body = json!({ "groupId": "G-1001", "address": format!("Calle {at}") });
        insist(&world.portal(), &format!("move-{at}"), "PUT", GROUPS, &body).await
    })
    .await;
    assert_eq!(count(&replies, 200), 100);
    let (after, group) = revision(&world);
    assert!(text(&group["address"]).starts_with("Calle "), "{group}");
    assert_eq!(after, before + 100, "every change took one revision");
}
