//! Documents of bills, from the link in the list to the file.

use bill_render::bill::Printed;
use bill_render::pdf::sheet::Sheet;
use chrono::{Datelike as _, TimeDelta};
use serde_json::json;
use shared::domain::bill::Bill;
use shared::domain::billing::bill::Outcome;
use shared::domain::billing::document::{DocumentKind, Section};
use shared::domain::billing::issued::Issued;
use shared::domain::billing::look::Why;
use shared::domain::billing::past::PastBill;
use shared::domain::event::Whom;
use shared::domain::fiscal::authority::{Answer, Authorisation};
use shared::domain::ids::BillNumber;
use shared::files::ObjectKey;
use shared::table::{Changes, Found};
use tests::{Reply, World};

const CONTRACT: &str = "500101";

/// A world in which the contract has two bills.
async fn billed() -> World {
    let world = World::demo().await;
    world.order_run("one", "2026-02-15", false, Whom::These(vec![CONTRACT.parse().unwrap()])).await;
    world
}

/// The links of the customer's bills, with their numbers.
async fn links(world: &World) -> Vec<(String, String)> {
    let listed = world.portal().get("/customers/CODE/1001/bills?limit=100").await.expect(200);
    let bills = listed.at("/invoice");
    let linked = bills.as_array().unwrap().iter().filter_map(|bill| Some((bill, bill["attachment"].as_str()?)));
    let of = |bill: &serde_json::Value| bill["invoiceNumber"].as_str().unwrap().to_owned();
    linked.map(|(bill, link)| (of(bill), link.to_owned())).collect()
}

/// What is answered at a link of this service, without a token.
async fn open(world: &World, link: &str) -> Reply {
    let path = link.split_once("://").unwrap().1.split_once('/').unwrap().1;
    world.anonymous().get(&format!("/{path}")).await
}

/// The file that a link leads to.
async fn file(world: &World, link: &str) -> Reply {
    let led = open(world, link).await.expect(302);
    world.follow(led.header("location")).await
}

/// The document of a bill.
async fn sheet(world: &World, issued: &Issued, number: &BillNumber) -> Sheet {
    let at = issued.numbers.iter().position(|given| given.number == *number).unwrap();
    let tariff = world.operator.writer.reader().tariff().await.unwrap().unwrap();
    let printed = Printed { country: world.country(), issued, at, fiscal: None, tariff: &tariff, series: None };
    printed.sheet().unwrap()
}

/// What it says of why the bill is other than the last one.
async fn why_other(world: &World, issued: &Issued, number: &BillNumber) -> String {
    sheet(world, issued, number).await.history.unwrap().change.unwrap()
}

/// How many objects were put.
fn puts(world: &World) -> usize {
    world.access.seen().iter().filter(|asked| asked.action == "s3:PutObject").count()
}

/// The requests since this was last asked that write to the table.
fn writes(world: &World) -> usize {
    let seen = world.meter.take();
    seen.iter().filter(|request| !["GetItem", "Query", "BatchGetItem"].contains(&request.operation.as_str())).count()
}

#[tokio::test]
async fn a_link_in_the_list_leads_to_the_document_without_a_token() {
    let world = billed().await;
    let links = links(&world).await;
    assert_eq!(links.len(), 2, "bills that were imported have none: {links:?}");
    let (number, link) = &links[0];
    let pdf = file(&world, link).await.expect(200);
    assert!(pdf.bytes().starts_with(b"%PDF-1.7"), "{number}");
    assert_eq!(pdf.header("content-type"), "application/pdf");
    writes(&world);
    let again = file(&world, link).await.expect(200);
    assert_eq!((pdf.bytes() == again.bytes(), puts(&world), writes(&world)), (true, 1, 0), "it is made once");
    let csv = file(&world, &format!("{link}?format=csv")).await.expect(200);
    let text = String::from_utf8(csv.bytes().to_vec()).unwrap();
    assert!(text.starts_with("\u{feff}sección;desde;hasta") && text.contains("Conectado 12GB"), "{text}");
    // What stands in the rows comes to the bill, as a spreadsheet of the country adds it up.
    let bill = world.bills("1001").await.into_iter().find(|bill| bill.number.as_str() == number).unwrap();
    let total = |row: &str| row.split(';').nth(9).unwrap().replace(',', "").parse::<i64>().unwrap();
    assert_eq!(text.lines().skip(1).map(total).sum::<i64>(), bill.amount.minor, "{text}");
}

#[tokio::test]
async fn a_document_whose_file_is_gone_is_made_again() {
    let world = billed().await;
    let (number, link) = links(&world).await.remove(0);
    let before = file(&world, &link).await.expect(200);
    let detail = format!("{link}?format=csv");
    file(&world, &detail).await.expect(200);
    let number: BillNumber = number.parse().unwrap();
    let reader = world.operator.writer.reader();
    let Found::Issued(bill, _) = reader.bill_of(&number).await.unwrap() else { panic!() };
    let document = reader.rendering(&number).await.unwrap().unwrap().document.clone();
    let files = world.store.bucket.files(tests::FILES).unwrap();
    for format in ["pdf", "csv"] {
        files.delete(&[ObjectKey::bill(world.country(), &bill, &document, format).unwrap()]).await.unwrap();
    }
    assert_eq!(file(&world, &link).await.expect(200).bytes(), before.bytes());
    file(&world, &detail).await.expect(200);
}

#[tokio::test]
async fn the_reason_why_a_bill_is_other_is_true_the_month_after_a_credit() {
    let world = World::demo().await;
    let credit = local::credit::Add {
        contract: CONTRACT.parse().unwrap(),
        amount: "90000".to_owned(),
        reason: "Cortesía".to_owned(),
        day: "2026-02-20".parse().ok(),
        debit: false,
        tax: "standard".parse().unwrap(),
        corrects: None,
        id: None,
    };
    for (now, day) in [
        ("2026-02-15T15:00:00Z", "2026-02-15"),
        ("2026-03-15T15:00:00Z", "2026-03-15"),
        ("2026-04-15T15:00:00Z", "2026-04-15"),
    ] {
        world.clock.set(now.parse().unwrap());
        world.order_run(day, day, false, Whom::These(vec![CONTRACT.parse().unwrap()])).await;
        if day == "2026-02-15" {
            let today = "2026-02-20".parse().unwrap();
            credit.carry_out(&world.operator.writer, world.country(), &world.clock, today).await.unwrap();
        }
    }
    let mut said = Vec::new();
    for bill in world.bills("1001").await.into_iter().filter(|bill| bill.contract.as_str() == CONTRACT).take(2) {
        let issued = world.operator.writer.reader().issued(&bill.number).await.unwrap().unwrap();
        said.push(why_other(&world, &issued, &bill.number).await);
    }
    let credit = "un crédito a su favor de $\u{a0}107.100,00, con impuestos";
    assert!(said[1].contains(&format!("incluye {credit}")), "{said:?}");
    assert!(said[0].contains(&format!("la anterior incluía {credit}")), "{said:?}");
}

#[tokio::test]
async fn a_plan_is_the_reason_only_where_it_is_most_of_the_change() {
    let world = billed().await;
    let bills = world.bills("1001").await.into_iter().filter(|bill| bill.contract.as_str() == CONTRACT);
    let bill = bills.max_by_key(|bill| bill.number.clone()).unwrap();
    let mut issued = world.operator.writer.reader().issued(&bill.number).await.unwrap().unwrap();
    // The plan of a line has changed in the period, and the bill rose by 50,000.00.
    let closing = issued.settlement.looks.iter_mut().find(|look| look.why == Why::Closing).unwrap();
    let lines = &mut closing.facts.as_mut().unwrap().lines;
    lines.truncate(1);
    let days = &mut lines[0].days;
    let (mut before, mut after) = (days[0].clone(), days[0].clone());
    after.days.from = before.days.from + TimeDelta::days(5);
    before.days.to = before.days.from + TimeDelta::days(4);
    (before.plan, after.plan) = ("OLD".parse().ok(), "NEW".parse().ok());
    let day = after.days.from.day();
    *days = vec![before, after];
    let rise = 5_000_000;
    let mut past = PastBill::of(&issued.settlement.documents()[0], bill.period_end);
    past.total -= rise;
    past.sections.iter_mut().filter(|(section, _)| *section == Section::Recurring).for_each(|(_, sum)| *sum -= rise);
    let plans = past.plans.unwrap();
    // So much of the rise is the plans'; the rest, or more than it, is services.
    let mut said = Vec::new();
    for by_plans in [Some(rise), Some(rise / 2), Some(-1), None] {
        past.plans = by_plans.map(|part| plans - part);
        issued.past = vec![past.clone()];
        said.push(why_other(&world, &issued, &bill.number).await);
    }
    let sums = "los planes y servicios suman $\u{a0}50.000,00 más, con impuestos";
    assert!(said[0].contains(&format!("el plan cambió el {day} de ")), "{said:?}");
    assert!(said[1..].iter().all(|said| said.contains(sums)), "{said:?}");
}

#[tokio::test]
async fn a_credit_note_has_no_legend_of_an_invoice() {
    let world = World::of("bo").await;
    world.order_run("one", "2026-02-15", false, Whom::These(vec![CONTRACT.parse().unwrap()])).await;
    let bill = world.bills("1001").await.remove(0);
    let mut issued = world.operator.writer.reader().issued(&bill.number).await.unwrap().unwrap();
    for (kind, speaks_of_it) in [(DocumentKind::Invoice, true), (DocumentKind::CreditNote, false)] {
        let Outcome::Billed(documents) = &mut issued.settlement.outcome else { panic!() };
        documents.iter_mut().for_each(|document| document.kind = kind);
        let legends = sheet(&world, &issued, &bill.number).await.fiscal.unwrap().legends;
        assert_eq!(legends.iter().any(|text| text.starts_with("Esta factura")), speaks_of_it, "{legends:?}");
    }
}

#[tokio::test]
async fn a_link_is_of_one_bill_and_lasts_fifteen_minutes() {
    let world = billed().await;
    let link = links(&world).await.remove(0).1;
    let refused = open(&world, &format!("{link}x")).await.expect(404);
    world.clock.set(world.clock.now() + TimeDelta::minutes(16));
    let expired = open(&world, &link).await.expect(404);
    assert_eq!(expired.bytes(), refused.bytes());
    let nobody = open(&world, "https://x/bill-documents/demo-portal.AAAA").await.expect(404);
    assert_eq!(nobody.bytes(), refused.bytes());
    open(&world, &format!("{link}?format=doc")).await.expect(400);
}

#[tokio::test]
async fn a_contract_that_wants_its_documents_at_once_has_them_before_anybody_asks() {
    let world = World::demo().await;
    let first = world.ledger(CONTRACT).await.contract.first;
    let record = json!({
        "type": "contract", "id": CONTRACT, "customer": "1001", "first": first, "cycle_day": 15, "document_at_once": true,
    });
    world.import(&[record]).await.unwrap();
    world.order_run("one", "2026-02-15", false, Whom::These(vec![CONTRACT.parse().unwrap()])).await;
    assert_eq!(puts(&world), 2);
    let link = links(&world).await.remove(0).1;
    writes(&world);
    file(&world, &link).await.expect(200);
    assert_eq!(writes(&world), 0, "it is there already");
}

#[tokio::test]
async fn what_the_office_says_makes_another_document() {
    let world = billed().await;
    let (number, link) = links(&world).await.remove(0);
    let before = file(&world, &link).await.expect(200);
    let writer = &world.operator.writer;
    let Found::Issued(bill, _) = writer.reader().bill_of(&number.parse().unwrap()).await.unwrap() else { panic!() };
    let seal = Authorisation { seal: "S-1".to_owned(), ..Authorisation::default() };
    let state = bill.fiscal.clone().unwrap().after(Answer::Authorised(seal), world.clock.now());
    let mut changes = Changes::new();
    changes.update_bill(&bill, &Bill { fiscal: Some(state), ..bill.value.clone() }).unwrap();
    writer.commit(changes, None, world.clock.now()).await.unwrap();
    let after = file(&world, &link).await.expect(200);
    assert!(before.bytes() != after.bytes());
    assert_eq!(puts(&world), 2);
}
