//! Payments of a schedule, and where their money is in the end.

use std::collections::{BTreeMap, BTreeSet};

use local::sources::Random;
use shared::domain::bill::Bill;
use shared::domain::event::PaymentReceived;
use shared::domain::ids::{BillNumber, PaymentId};
use shared::domain::money::Money;
use shared::domain::payment::Payment;
use shared::events::message;
use shared::table::{Applied, From, Window};

use super::below;
use super::world::World;
use crate::audit;
use crate::lab::{country, name};

const TAKEN: &str = "another payment has this id";
/// Why a payment of a schedule may be refused.
const REASONS: [&str; 6] = [
    TAKEN,
    "there is no such bill",
    "a payment of nothing",
    "more goes back than was paid and is left",
    "more of the credit note is paid out than is left of it",
    "a credit note is not paid",
];

/// The payments that were told so far.
#[derive(Debug, Default)]
pub struct Payments(BTreeSet<PaymentId>);

/// The customer's bills as the API lists them.
async fn listed(world: &World) -> Vec<Bill> {
    let window = Window { from: From::Record(0), limit: 10_000 };
    let all = None::<fn(&Bill) -> bool>;
    world.lab.reader().bills(&"1".parse().unwrap(), (None, None), &window, all).await.unwrap().rows
}

impl Payments {
    /// Somebody pays some of a bill, all, too much, or takes something back; maybe under an id that is used.
    pub async fn tell(&mut self, world: &World, random: &mut Random) {
        let bills = listed(world).await;
        let Some(bill) = (!bills.is_empty()).then(|| &bills[below(random, bills.len())]) else { return };
        let of = [bill.amount.minor, bill.amount.minor / 3, bill.amount.minor + 7_000, -bill.paid.minor, -5_000];
        let amount = Money { minor: of[below(random, of.len())], ..bill.amount };
        let number = if random.often(1) { "FE-999999".parse().unwrap() } else { bill.number.clone() };
        let id: PaymentId = format!("p{}", random.below(6)).parse().unwrap();
        self.0.insert(id.clone());
        let payment = Payment { id: id.clone(), bill: number, amount, day: world.today() };
        let body = message(&PaymentReceived(payment), id.as_str()).unwrap();
        world.lab.queues.send("Payments", body, BTreeMap::new(), world.lab.clock.now());
    }

    /// Each payment is applied once, or dead with a reason; bills and credit have what was applied, to the unit.
    pub async fn add_up(&self, world: &World, contracts: usize) {
        let reader = world.lab.reader();
        let mut applied: Vec<Applied> = Vec::new();
        for id in &self.0 {
            applied.extend(reader.payment(id).await.unwrap());
        }
        let dead = world.lab.queues.messages("PaymentDeadLetters");
        for message in &dead {
            let reason = message.attributes.get("reason").map(String::as_str);
            let is_unknown = message.body.contains("FE-999999");
            assert!(reason.is_some_and(|reason| REASONS.contains(&reason)), "{message:?}");
            assert_eq!(reason == Some("there is no such bill"), is_unknown && reason != Some(TAKEN), "{message:?}");
        }
        for id in &self.0 {
            let is_dead = dead.iter().any(|message| message.body.contains(&format!("\"id\":\"{id}\"")));
            let is_applied = applied.iter().any(|applied| applied.payment.id == *id);
            assert!(is_applied || is_dead, "{id} is neither applied nor dead");
        }
        let issued = audit::all_issued(&world.lab).await;
        let first: BTreeMap<&BillNumber, &Bill> =
            issued.values().flat_map(|issued| &issued.bills).map(|bill| (&bill.number, bill)).collect();
        let mut credit: BTreeMap<_, i64> = BTreeMap::new();
        for bill in listed(world).await {
            let own = applied.iter().filter(|applied| applied.payment.bill == bill.number);
            let (mut paid, mut credited) = (0, 0);
            for one in own {
                (paid, credited) = (paid + one.payment.amount.minor - one.credited, credited + one.credited);
            }
            let was = first[&bill.number];
            // What is paid out of a credit note is both: money, and no credit any more.
            let paid = if bill.amount.minor < 0 { paid + credited } else { paid };
            assert_eq!(bill.paid.minor - was.paid.minor, paid, "{bill:?} {applied:?}");
            assert_eq!(bill.credited, if bill.amount.minor < 0 { 0 } else { credited }, "{bill:?}");
            *credit.entry(bill.contract.clone()).or_default() += credited - was.paid.minor - bill.amount.minor.min(0);
        }
        for at in 0..contracts {
            let books = reader.books(&name(at), country().zone()).await.unwrap().unwrap();
            assert_eq!(books.owner.credit, credit.get(&name(at)).copied().unwrap_or_default(), "{}", name(at));
            assert!(books.owner.credit >= 0);
        }
    }
}
