//! What an operator does and sees of a contract's charges: credits, and what a period has cost so far.

use chrono::NaiveDate;
use local::bill::Cost;
use local::credit::Add;
use serde_json::{Value, json};
use tests::World;
use tests::world::LINE;

const CONTRACT: &str = "500101";

fn credit(amount: &str) -> Add {
    Add {
        contract: CONTRACT.parse().unwrap(),
        amount: amount.to_owned(),
        reason: "Cortesía".to_owned(),
        day: None,
        debit: false,
        tax: "standard".parse().unwrap(),
        corrects: None,
        id: None,
    }
}

async fn give(world: &World, credit: &Add) -> Result<String, String> {
    let done = credit.carry_out(&world.operator.writer, world.country(), &world.clock, world.today()).await;
    done.map_err(|failure| failure.to_string())
}

#[tokio::test]
async fn the_same_credit_counts_once_and_another_one_twice() {
    let world = World::demo().await;
    let said = give(&world, &credit("5000")).await.unwrap();
    assert!(said.contains("2026-03-10  -5000.00 COP  Cortesía"), "{said}");
    assert!(give(&world, &credit("5000.00")).await.unwrap().contains("already exists"));
    give(&world, &Add { id: Some("second".parse().unwrap()), ..credit("5000") }).await.unwrap();
    give(&world, &Add { debit: true, ..credit("5000") }).await.unwrap();
    let other = give(&world, &Add { id: Some("second".parse().unwrap()), ..credit("7000") }).await.unwrap_err();
    assert_eq!(other, "--id: must be a new one; second is another credit of this contract");
    let mut amounts: Vec<_> = world.ledger(CONTRACT).await.adjustments.iter().map(|one| one.amount.minor).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [-500_000, -500_000, 500_000]);
}

#[tokio::test]
async fn a_credit_that_cannot_be_is_refused_and_writes_nothing() {
    let world = World::demo().await;
    let before = world.items();
    let on = |day: &str| Some(day.parse::<NaiveDate>().unwrap());
    for (wrong, said) in [
        (Add { contract: "9".parse().unwrap(), ..credit("1") }, "there is no contract 9"),
        (
            Add { corrects: "FE-999999".parse().ok(), ..credit("1") },
            "--corrects: must be a bill of the contract 500101, which FE-999999 is not",
        ),
        (
            Add { corrects: "F500102-202601".parse().ok(), ..credit("1") },
            "--corrects: must be a bill of the contract 500101, which F500102-202601 is not",
        ),
        (credit("0"), "AMOUNT: must be above zero"),
        (credit("-5"), "AMOUNT: must be above zero"),
        (credit("10000000000000.01"), "AMOUNT: must be at most 1000000000000000 minor units"),
        (credit("0.001"), "AMOUNT: "),
        (credit("much"), "AMOUNT: "),
        (
            Add { day: on("2025-12-29"), ..credit("1") },
            "--day: must be a day on which the contract 500101 is charged, which 2025-12-29 is not",
        ),
        (Add { tax: "standrd".parse().unwrap(), ..credit("1") }, "--tax: tax class standrd has no price"),
    ] {
        let refused = give(&world, &wrong).await.unwrap_err();
        assert!(refused.contains(said), "{refused}");
    }
    assert_eq!(world.items(), before);
}

async fn so_far(world: &World) -> Cost {
    let contract = CONTRACT.parse().unwrap();
    Cost::so_far(world.operator.writer.reader(), world.country(), &contract, world.today()).await.unwrap()
}

/// Charges by kind and item, with their amounts.
fn lines(cost: &Value) -> Vec<String> {
    let lines = cost["price"]["bills"][0]["lines"].as_array().unwrap();
    let shown = |line: &Value| {
        let part = |at: usize| line["key"].as_str().unwrap().split('/').nth(at).unwrap().to_owned();
        format!("{} {} {}", part(1), part(2), line["amount"].as_str().unwrap())
    };
    lines.iter().map(shown).collect()
}

#[tokio::test]
async fn a_preview_shows_what_looks_wrong_to_whoever_has_to_decide_on_it() {
    let world = World::demo().await;
    for _ in 0..16 {
        world.portal().post(&format!("/plans/subscribers/{LINE}/acquiredoffers/205"), &json!({})).await.expect(201);
    }
    let cost = serde_json::to_value(so_far(&world).await).unwrap();
    assert_eq!(cost["suspicions"], json!(["16 of 205 were bought on 2026-03-10"]));
    assert_eq!(lines(&cost).iter().filter(|line| line.starts_with("one-off")).count(), 16);
    let text = so_far(&world).await.to_string();
    assert!(text.contains("`bill allow-parked` lets it pass: 16 of 205 were bought on 2026-03-10"), "{text}");
}

#[tokio::test]
async fn a_preview_says_what_the_period_has_cost_so_far() {
    let world = World::demo().await;
    // The period is 15 February to 14 March: 24 of 28 days are over.
    let cost = serde_json::to_value(so_far(&world).await).unwrap();
    assert_eq!(cost["period"], json!({"from": "2026-02-15", "to": "2026-03-14"}));
    let found = lines(&cost);
    assert!(found.contains(&format!("plan 57{LINE} 36000.00")), "{found:?}");
    // 20000 for two lines: the third one is prepaid.
    assert!(found.contains(&"service PN-VOZ-01:10010101 34285.71".to_owned()), "{found:?}");
    assert_eq!(cost["usage"], json!([]));
    let call = json!({
        "id": "r-1", "msisdn": LINE, "start": "2026-03-09T10:00:00-05:00", "called": "+12025550147", "kind": "LDI",
        "seconds": 95,
    });
    world.put_usage_file("inbox/0/msc/monday.1.calls.ndjson", format!("{call}\n").as_bytes()).await;
    world.settle().await;
    give(&world, &credit("2500")).await.unwrap();
    let cost = serde_json::to_value(so_far(&world).await).unwrap();
    assert_eq!(cost["usage"][0]["units"], json!({"voice.intl.norte": 95}));
    let found = lines(&cost);
    assert!(found.iter().any(|line| line.starts_with(&format!("usage 57{LINE} 1266.67"))), "95 s at 800: {found:?}");
    assert!(found.iter().any(|line| line.ends_with("-2500.00")), "{found:?}");
    let text = so_far(&world).await.to_string();
    assert!(text.contains(&format!("57{LINE}  2026-03-09        1  95 voice.intl.norte")), "{text}");
}
