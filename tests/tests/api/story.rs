//! A year's first quarter of a customer in each country, from outside: usage comes in, a run bills it, the bill has a document with
//! what the tax office wants, it is paid and more, and the next bill uses the rest.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::domain::country::Country;
use shared::domain::event::{PaymentReceived, Whom};
use shared::domain::money::Money;
use shared::domain::payment::Payment;
use shared::events::message;
use tests::World;

const CONTRACT: &str = "500101";

/// The customer's bills of the contract that were issued here, the oldest first, as the API shows them.
async fn issued(world: &World) -> Vec<Value> {
    let listed = world.portal().get("/customers/CODE/1001/bills?limit=200").await.expect(200);
    let bills = listed.at("/invoice");
    let own =
        bills.as_array().unwrap().iter().filter(|bill| bill["attachment"].is_string() && bill["contract"] == CONTRACT);
    let mut own: Vec<Value> = own.cloned().collect();
    own.sort_by_key(|bill| bill["invoiceNumber"].as_str().unwrap().to_owned());
    own
}

/// The bytes of a bill's document.
async fn document(world: &World, bill: &Value) -> Vec<u8> {
    let link = bill["attachment"].as_str().unwrap();
    let path = link.split_once("://").unwrap().1.split_once('/').unwrap().1;
    let led = world.anonymous().get(&format!("/{path}")).await.expect(302);
    world.follow(led.header("location")).await.expect(200).bytes().to_vec()
}

async fn run(world: &World, name: &str, day: &str) {
    world.order_run(name, day, false, Whom::These(vec![CONTRACT.parse().unwrap()])).await;
    let run = world.bill_run(name).await.unwrap();
    assert!(run.closed.is_some_and(|closed| closed.report.parked.is_empty()), "{name}: it is parked");
}

fn usage_file(country: &Country) -> String {
    let line = local::demo::local(country, "3001234567");
    let session = |id: u32, app: &str, bytes: u64| {
        let record = json!({
            "id": format!("s{id}"), "msisdn": format!("{}{line}", country.calling_code),
            "start": "2026-02-20T15:00:00Z", "app": app, "bytes": bytes,
        });
        format!("{record}\n")
    };
    [session(1, "Video", 9_000_000_000), session(2, "Mapas", 700_000_000), session(3, "Chat", 9_000_000_000)].concat()
}

#[tokio::test]
async fn a_bill_is_issued_read_paid_and_its_rest_used_in_six_countries() {
    for country in Country::ALL {
        let code = country.code;
        let world = World::of(code).await;
        world.put_usage_file("inbox/0/demo/story.1.sessions.ndjson", usage_file(country).as_bytes()).await;
        world.settle().await;
        run(&world, "first", "2026-02-15").await;
        let bills = issued(&world).await;
        let bill = bills.last().unwrap();
        let number = bill["invoiceNumber"].as_str().unwrap();

        // What the tax office wants.
        let has_code = matches!(code, "co" | "sv" | "bo" | "py");
        assert_eq!(bill["dei"].is_string(), has_code, "{code}: {bill}");
        assert_eq!(bill["cai"].is_string(), matches!(code, "co" | "hn" | "py"), "{code}: {bill}");
        assert_eq!(bill["invoiceStatus"], "PENDIENTE", "{code}");
        let pdf = document(&world, bill).await;
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.len() < 150_000, "{code}: {} bytes", pdf.len());

        // It is paid, and more.
        let stored = world.bills("1001").await.into_iter().find(|bill| bill.number.as_str() == number).unwrap();
        let more = 10_i64.pow(country.currency.digits) * 50;
        let amount = Money { minor: stored.amount.minor - stored.paid.minor + more, ..stored.amount };
        let payment =
            Payment { id: "till-1".parse().unwrap(), bill: stored.number.clone(), amount, day: world.today() };
        for _ in 0..2 {
            let body = message(&PaymentReceived(payment.clone()), "payment").unwrap();
            world.queues.send("Payments", body, BTreeMap::new(), world.clock.now());
            world.settle().await;
        }
        let paid = issued(&world).await.into_iter().find(|bill| bill["invoiceNumber"] == number).unwrap();
        assert_eq!((&paid["invoiceStatus"], paid["invoiceBalace"].as_f64()), (&json!("PAGADA"), Some(0.0)), "{code}");
        assert!(document(&world, &paid).await == pdf, "{code}: a payment changes no document");

        // The next one uses the rest, and knows the apps of the period.
        world.clock.set("2026-03-15T15:00:00Z".parse().unwrap());
        world.forget_tokens().await;
        run(&world, "second", "2026-03-15").await;
        let next = issued(&world).await.pop().unwrap();
        let next_number = next["invoiceNumber"].as_str().unwrap();
        assert_ne!(next_number, number, "{code}");
        let stored = world.bills("1001").await.into_iter().find(|bill| bill.number.as_str() == next_number).unwrap();
        assert_eq!(stored.paid.minor, more.min(stored.amount.minor), "{code}");
        let full = world.operator.writer.reader().issued(&stored.number).await.unwrap().unwrap();
        let apps: Vec<_> = full.apps.iter().map(|(app, _)| app.to_string()).collect();
        assert_eq!(apps, ["Chat", "Video", "Mapas"], "{code}");
        assert!(!document(&world, &next).await.is_empty(), "{code}");
    }
}
