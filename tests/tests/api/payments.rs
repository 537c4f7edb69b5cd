//! Payments: what the API shows of a bill once money has come in, or gone back.

use std::collections::BTreeMap;

use local::pay::Paying;
use serde_json::{Value, json};
use shared::domain::event::{PaymentReceived, Whom};
use shared::domain::money::{Currency, Money};
use shared::domain::payment::Payment;
use shared::events::message;
use tests::World;

const QUEUE: &str = "Payments";
const DEAD_LETTERS: &str = "PaymentDeadLetters";
/// A bill of the demo data that nobody has paid.
const IMPORTED: &str = "F500101-202601";

fn payment(id: &str, bill: &str, minor: i64) -> Payment {
    let amount = Money { minor, currency: Currency::COP };
    Payment { id: id.parse().unwrap(), bill: bill.parse().unwrap(), amount, day: "2026-03-09".parse().unwrap() }
}

async fn pay(world: &World, payment: Payment) {
    let body = message(&PaymentReceived(payment), "payment").unwrap();
    world.queues.send(QUEUE, body, BTreeMap::new(), world.clock.now());
    world.settle().await;
}

/// Status, paid and open of a bill, as the API has it.
async fn shown(world: &World, number: &str) -> (String, Value, Value) {
    let listed = world.portal().get("/customers/CODE/1001/bills?limit=100").await.expect(200);
    let bills = listed.at("/invoice");
    let bill = bills.as_array().unwrap().iter().find(|bill| bill["invoiceNumber"] == number).unwrap();
    (bill["invoiceStatus"].as_str().unwrap().to_owned(), bill["paymentAmount"].clone(), bill["invoiceBalace"].clone())
}

/// Why messages are dead, in the order in which they died.
fn reasons(world: &World) -> Vec<String> {
    let dead = world.queues.messages(DEAD_LETTERS);
    dead.iter().map(|message| message.attributes.get("reason").cloned().unwrap_or_default()).collect()
}

/// The customer's contract is billed, once for each of two periods: the number and amount of the first.
async fn billed(world: &World) -> (String, i64) {
    world.order_run("one", "2026-02-15", false, Whom::These(vec!["500101".parse().unwrap()])).await;
    let bills = world.bills("1001").await;
    let first = bills.iter().min_by_key(|bill| bill.number.clone()).unwrap();
    (first.number.to_string(), first.amount.minor)
}

async fn credit(world: &World) -> i64 {
    world.books("500101").await.owner.credit
}

#[tokio::test]
async fn a_bill_is_paid_in_parts_and_too_much_is_the_contracts_credit() {
    let world = World::demo().await;
    let (number, amount) = billed(&world).await;
    pay(&world, payment("a", &number, 100_000)).await;
    let (status, paid, left) = shown(&world, &number).await;
    assert_eq!((&*status, &paid, left), ("PENDIENTE", &json!(1000.0), json!((amount - 100_000) as f64 / 100.0)));
    pay(&world, payment("b", &number, amount)).await;
    let (status, paid, left) = shown(&world, &number).await;
    assert_eq!((&*status, paid, left), ("PAGADA", json!(amount as f64 / 100.0), json!(0.0)));
    assert_eq!(credit(&world).await, 100_000);
    let told: Vec<_> = world.items().into_iter().filter(|item| item.contains("\"BillPaid\"")).collect();
    assert_eq!(told.len(), 2, "{told:?}");

    // The next bill uses the credit first.
    world.clock.set("2026-03-15T15:00:00Z".parse().unwrap());
    world.forget_tokens().await;
    world.order_run("two", "2026-03-15", false, Whom::These(vec!["500101".parse().unwrap()])).await;
    let bills = world.bills("1001").await;
    let own = bills.iter().filter(|bill| bill.contract.as_str() == "500101");
    let next = own.max_by_key(|bill| bill.number.clone()).unwrap();
    assert_eq!((next.paid.minor, credit(&world).await), (100_000, 0));
    // So it is not there any more to be given back; what is paid of the bill is.
    pay(&world, payment("c", &number, -amount - 1)).await;
    assert_eq!(reasons(&world), ["more goes back than was paid and is left"]);
    pay(&world, payment("d", &number, -amount)).await;
    let (status, paid, left) = shown(&world, &number).await;
    assert_eq!((&*status, paid, left), ("PENDIENTE", json!(0.0), json!(amount as f64 / 100.0)));
}

#[tokio::test]
async fn a_payment_counts_once_and_another_one_of_its_id_is_parked() {
    let world = World::demo().await;
    pay(&world, payment("a", IMPORTED, 100_000)).await;
    let before = world.items();
    pay(&world, payment("a", IMPORTED, 100_000)).await;
    assert_eq!(world.items(), before);
    assert!(reasons(&world).is_empty());
    pay(&world, payment("a", IMPORTED, 100_001)).await;
    pay(&world, payment("b", "FE-999999", 1)).await;
    let other = Payment { amount: Money { minor: 1, currency: Currency::USD }, ..payment("c", IMPORTED, 1) };
    pay(&world, other).await;
    pay(&world, payment("d", IMPORTED, 0)).await;
    assert_eq!(world.items(), before);
    let expected = [
        "another payment has this id",
        "there is no such bill",
        "a payment in USD of a bill in COP",
        "a payment of nothing",
    ];
    assert_eq!(reasons(&world), expected);
}

#[tokio::test]
async fn a_credit_note_is_paid_out_of_the_credit_that_it_is() {
    let world = World::demo().await;
    let (_, amount) = billed(&world).await;
    let debit = json!({
        "id": "refund", "day": "2026-02-20", "amount": { "minor": -10 * amount, "currency": "COP" }, "reason": "Refund",
        "tax": "standard",
    });
    let mut changes = shared::table::Changes::new();
    changes.add_adjustment(&"500101".parse().unwrap(), &serde_json::from_value(debit).unwrap()).unwrap();
    world.operator.writer.commit(changes, None, world.clock.now()).await.unwrap();
    world.clock.set("2026-03-15T15:00:00Z".parse().unwrap());
    world.order_run("two", "2026-03-15", false, Whom::These(vec!["500101".parse().unwrap()])).await;
    let bills = world.bills("1001").await;
    let note = bills.iter().find(|bill| bill.amount.minor < 0).unwrap();
    let before = credit(&world).await;
    assert_eq!(before, -note.amount.minor);
    pay(&world, payment("out", note.number.as_str(), -500)).await;
    assert_eq!(credit(&world).await, before - 500);
    pay(&world, payment("in", note.number.as_str(), 1_000)).await;
    pay(&world, payment("more", note.number.as_str(), note.amount.minor)).await;
    let expected = ["a credit note is not paid", "more of the credit note is paid out than is left of it"];
    assert_eq!((reasons(&world), credit(&world).await), (expected.map(str::to_owned).to_vec(), before - 500));
}

#[tokio::test]
async fn the_command_says_what_it_refuses_and_pays_once() {
    let world = World::demo().await;
    let reader = world.operator.writer.reader();
    let read = async |number: &str, amount: &str, id: &str| {
        let (number, id) = (number.parse().unwrap(), id.parse().unwrap());
        let paying = Paying { number: &number, amount, id: &id, day: world.today() };
        paying.read(reader).await
    };
    for (number, amount, said) in [
        ("FE-999999", "5", "NUMBER: must be a bill that there is; FE-999999 is none"),
        (IMPORTED, "five", "AMOUNT: must be a decimal number such as 5.46"),
        (IMPORTED, "0", "AMOUNT: a payment of nothing"),
        (IMPORTED, "-5", "AMOUNT: more goes back than was paid and is left"),
    ] {
        assert_eq!(read(number, amount, "a").await.unwrap_err().to_string(), said);
    }
    let told = read(IMPORTED, "1000", "a").await.unwrap().unwrap_err();
    assert_eq!(told.amount.minor, 100_000);
    pay(&world, told).await;
    let paid = read(IMPORTED, "1000", "a").await.unwrap().unwrap().to_string();
    let before = format!("a: 1000.00 COP of the bill {IMPORTED} was applied before, with the day {}; ", world.today());
    assert!(paid.starts_with(&before), "{paid}");
    let other = read(IMPORTED, "1001", "a").await.unwrap_err().to_string();
    assert_eq!(other, format!("--id: a is another payment, 1000.00 COP of the bill {IMPORTED}"));
}

#[tokio::test]
async fn the_command_tells_of_a_bill_as_it_is_now_when_the_payment_was_applied_before() {
    let world = World::demo().await;
    let bill = imported("OLD-1", "500101", "2025-12-05", 100_000);
    world.import(std::slice::from_ref(&bill)).await.unwrap();
    pay(&world, payment("a", "OLD-1", 100_000)).await;
    let (number, id) = ("OLD-1".parse().unwrap(), "a".parse().unwrap());
    let paying = Paying { number: &number, amount: "1000", id: &id, day: world.today() };
    let told = async || paying.read(world.operator.writer.reader()).await.unwrap().unwrap();
    let applied = "a: 1000.00 COP of the bill OLD-1 was applied before, with the day 2026-03-09;";
    assert_eq!(told().await.to_string(), format!("{applied} 0.00 COP to be paid of it now\n"));
    // The file knows of no payment, so the bill is open again.
    world.import(&[bill]).await.unwrap();
    let paid = told().await;
    assert_eq!(paid.to_string(), format!("{applied} 1000.00 COP to be paid of it now\n"));
    let json = serde_json::to_value(&paid).unwrap();
    assert_eq!((&json["balance"]["minor"], &json["balance_now"]["minor"]), (&json!(0), &json!(100_000)));
}

#[tokio::test]
async fn a_payment_that_is_told_again_a_day_later_is_the_same_and_none_comes_from_the_future() {
    let world = World::demo().await;
    pay(&world, payment("a", IMPORTED, 100_000)).await;
    let before = world.items();
    pay(&world, Payment { day: world.today(), ..payment("a", IMPORTED, 100_000) }).await;
    assert!(reasons(&world).is_empty() && world.items() == before);
    pay(&world, Payment { day: "2026-03-11".parse().unwrap(), ..payment("b", IMPORTED, 1) }).await;
    assert_eq!(
        (reasons(&world), world.items()),
        (vec!["the day of the payment lies in the future".to_owned()], before)
    );
}

/// Guard: a mistyped payment is parked, and changes nothing.
#[tokio::test]
async fn a_payment_of_another_century_or_of_more_than_anybody_pays_is_parked() {
    let world = World::demo().await;
    let before = world.items();
    pay(&world, Payment { day: "1850-01-01".parse().unwrap(), ..payment("a", IMPORTED, 1) }).await;
    pay(&world, payment("b", IMPORTED, 1_000_000_000_000_001)).await;
    let too_large = "the amounts are too large, a payment is of at most 1000000000000000 minor units";
    assert_eq!(reasons(&world), ["the day of the payment lies before the year 2000", too_large]);
    assert_eq!(world.items(), before);
    let (number, id) = (IMPORTED.parse().unwrap(), "b".parse().unwrap());
    let paying = Paying { number: &number, amount: "10000000000000.01", id: &id, day: world.today() };
    let said = paying.read(world.operator.writer.reader()).await.unwrap_err().to_string();
    assert_eq!(said, format!("AMOUNT: {too_large}"));
}

fn imported(number: &str, contract: &str, day: &str, amount: i64) -> Value {
    let money = |minor: i64| json!({ "minor": minor, "currency": "COP" });
    json!({
        "type": "bill", "number": number, "serial": "OLD", "customer": "1001", "contract": contract,
        "subscriber": { "kind": "NIT", "number": "900123456" }, "date": day, "period_start": "2025-11-01",
        "period_end": "2025-11-30", "due": "2025-12-20", "amount": money(amount), "paid": money(0), "name": "A", "address": "B",
        "contact": "", "phone": "", "plan": "", "description": "", "services": 1,
    })
}

#[tokio::test]
async fn what_an_import_says_of_bills_moves_no_credit_that_is_not_theirs() {
    let world = World::demo().await;
    // The contract is another customer's; and a credit note that never was credit here.
    world
        .import(&[imported("OLD-1", "500201", "2025-12-05", 1_000), imported("OLD-2", "500101", "2025-12-05", -1_000)])
        .await
        .unwrap();
    pay(&world, payment("a", "OLD-1", 1_500)).await;
    pay(&world, payment("b", "OLD-2", -1_000)).await;
    assert_eq!(reasons(&world), Vec::<String>::new());
    assert_eq!((world.books("500201").await.owner.credit, credit(&world).await), (0, 0));
    assert_eq!(shown(&world, "OLD-1").await.2, json!(-5.0));
    assert_eq!(shown(&world, "OLD-2").await.2, json!(0.0));

    // Loaded with another day it is found there, and is one bill.
    world.import(&[imported("OLD-3", "500101", "2025-12-05", 1_000)]).await.unwrap();
    world.import(&[imported("OLD-3", "500101", "2025-12-06", 1_000)]).await.unwrap();
    pay(&world, payment("c", "OLD-3", 1_000)).await;
    let listed = world.portal().get("/customers/CODE/1001/bills?limit=100").await.expect(200);
    let all = listed.at("/invoice").as_array().unwrap().clone();
    let own: Vec<_> = all.iter().filter(|bill| bill["invoiceNumber"] == "OLD-3").collect();
    assert_eq!((own.len(), &own[0]["invoiceStatus"]), (1, &json!("PAGADA")), "{own:?}");

    let (number, _) = billed(&world).await;
    assert!(world.import(&[imported(&number, "500101", "2025-12-05", 1_000)]).await.is_err(), "it was issued here");
    let mut dollars = imported("OLD-4", "500101", "2025-12-05", 1_000);
    dollars["amount"]["currency"] = json!("USD");
    assert!(world.import(&[dollars]).await.is_err());
}
