//! Documents of bills in a schedule.

use std::collections::{BTreeMap, BTreeSet};

use bill_render::{BillRender, Format, content};
use local::sources::Random;
use serde_json::{Value, json};
use shared::domain::billing::issued::Issued;
use shared::domain::event::BillDocumentWanted;
use shared::domain::ids::BillNumber;
use shared::events::{Consumer, message};
use shared::files::ObjectKey;
use shared::table::Found;

use super::world::{LIMIT, World};
use super::{below, money};
use crate::lab::country;

/// The bills whose documents somebody has asked for.
#[derive(Debug, Default)]
pub struct Documents(BTreeSet<BillNumber>);

impl Documents {
    /// Somebody wants the document of a bill, if there is one.
    pub async fn want(&mut self, world: &World, random: &mut Random) {
        let bills = money::listed(world).await;
        let Some(bill) = (!bills.is_empty()).then(|| &bills[below(random, bills.len())]) else { return };
        world.lab.queues.send("BillDocuments", wanted(&bill.number), BTreeMap::new(), world.lab.clock.now());
        self.0.insert(bill.number.clone());
    }

    /// Each document that somebody or the contract wanted is made and says what its bill says; and making one changes nothing
    /// of its bill, or of anything else.
    pub async fn are_made(&self, world: &World, issued: &BTreeMap<BillNumber, Issued>) {
        let at_once = issued.iter().filter(|(_, issued)| issued.document_at_once).map(|(number, _)| number);
        let wanted_ones: BTreeSet<&BillNumber> = self.0.iter().chain(at_once).collect();
        for number in &wanted_ones {
            assert!(is_made(world, number).await, "{number} has no document");
        }
        let Some(other) = issued.keys().find(|number| !wanted_ones.is_empty() && !wanted_ones.contains(number)) else {
            return;
        };
        let before = without_documents(world);
        let record = json!({ "Records": [{ "messageId": "1", "body": wanted(other) }] });
        let answer = world.lab.functions[<BillRender as Consumer>::NAME](record, LIMIT).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
        assert!(is_made(world, other).await, "{other} has no document");
        assert_eq!(without_documents(world), before, "making a document changes something else");
    }
}

fn wanted(number: &BillNumber) -> String {
    message(&BillDocumentWanted { number: number.clone() }, "wanted").unwrap()
}

/// Whether a bill's document is kept, with what follows from the bill as it is now.
async fn is_made(world: &World, number: &BillNumber) -> bool {
    let reader = world.lab.reader();
    let Some(rendering) = reader.rendering(number).await.unwrap().filter(|found| found.until.is_none()) else {
        return false;
    };
    let Found::Issued(bill, issued) = reader.bill_of(number).await.unwrap() else { return false };
    let key = ObjectKey::bill(country(), &bill, &rendering.document, "pdf").unwrap();
    let Some(kept) = world.files.part(&key, 0, 1 << 20).await.unwrap() else { return false };
    kept.bytes == content(reader, country(), (&bill, &issued), Format::Pdf).await.unwrap()
}

/// The table without what it says of documents.
fn without_documents(world: &World) -> Vec<Value> {
    let is_document =
        |item: &Value| item["sk"]["S"] == "R" && item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("BILL#"));
    world.lab.items().into_iter().filter(|item| !is_document(item)).collect()
}
