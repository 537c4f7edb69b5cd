//! A year's first quarter of a customer in each country, from outside: usage comes in, a run bills it, the bill has a document with
//! what the tax office wants, it is paid and more, and the next bill uses the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use flate2::read::ZlibDecoder;
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

/// The letters that a document shows, from the maps by which its fonts' glyphs are copied as text.
fn letters(pdf: &[u8]) -> BTreeSet<char> {
    let mut letters = BTreeSet::new();
    let starts = pdf.windows(7).enumerate().filter(|(_, word)| *word == b"stream\n").map(|(at, _)| at + 7);
    for start in starts {
        let mut text = Vec::new();
        let _ = ZlibDecoder::new(&pdf[start..]).read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        let maps = text.split("beginbfchar").skip(1).filter_map(|map| map.split("endbfchar").next());
        for line in maps.flat_map(str::lines) {
            let Some((_, hex)) = line.trim_end().trim_end_matches('>').rsplit_once('<') else { continue };
            let units = (0..hex.len() / 4).filter_map(|at| u16::from_str_radix(&hex[4 * at..4 * at + 4], 16).ok());
            letters.extend(char::decode_utf16(units).flatten());
        }
    }
    letters
}

/// What the demo data say of who issues the bills and of who gets them.
fn names(country: &Country) -> Vec<String> {
    let data = local::demo::data(country, "2026-03-10T15:00:00Z".parse().unwrap()).unwrap();
    let records = data.lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let wanted =
        |record: &Value| record["type"] == "issuer" || record["type"] == "customer" && record["code"] == "1001";
    let mut names = Vec::new();
    for record in records.filter(wanted) {
        for field in ["name", "address", "payment"] {
            match &record[field] {
                Value::String(text) => names.push(text.clone()),
                more => {
                    names.extend(more.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()));
                }
            }
        }
    }
    names
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
        let document_of =
            world.bills("1001").await.into_iter().find(|own| own.number.as_str() == number).unwrap().subscriber;
        let by_document = format!("/customers/{}/{}/bills", document_of.kind, document_of.number);
        assert_eq!(document_of.kind, country.tax_document(), "{code}");
        world.portal().get(&by_document).await.expect(200);

        // What the tax office wants.
        let has_code = matches!(code, "co" | "sv" | "bo" | "py");
        assert_eq!(bill["dei"].is_string(), has_code, "{code}: {bill}");
        assert_eq!(bill["cai"].is_string(), matches!(code, "co" | "hn" | "py"), "{code}: {bill}");
        assert_eq!(bill["invoiceStatus"], "PENDIENTE", "{code}");
        let pdf = document(&world, bill).await;
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.len() < 150_000, "{code}: {} bytes", pdf.len());
        let (shown, names) = (letters(&pdf), names(country).concat());
        let missing: BTreeSet<_> = names.chars().filter(|letter| *letter != ' ' && !shown.contains(letter)).collect();
        assert_eq!(missing, BTreeSet::new(), "{code}");
        assert!(names.chars().any(|letter| "áéíóúñÑ".contains(letter)), "{code}: {names}");

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
