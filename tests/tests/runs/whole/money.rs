//! Payments of a schedule, and where their money is in the end.

use std::collections::{BTreeMap, BTreeSet};

use local::sources::Random;
use shared::domain::bill::Bill;
use shared::domain::billing::issued::Issued;
use shared::domain::event::PaymentReceived;
use shared::domain::ids::{BillNumber, PaymentId};
use shared::domain::money::Money;
use shared::domain::payment::Payment;
use shared::events::message;
use shared::table::{Applied, From, Window};

use super::bank::Bank;
use super::below;
use super::world::World;
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
pub struct Payments {
    told: BTreeSet<PaymentId>,
    bank: Bank,
}

/// The customer's bills as the API lists them.
pub async fn listed(world: &World) -> Vec<Bill> {
    let window = Window { from: From::Record(0), limit: 10_000 };
    let all = None::<fn(&Bill) -> bool>;
    world.lab.reader().bills(&"1".parse().unwrap(), (None, None), &window, all).await.unwrap().rows
}

impl Payments {
    /// Somebody pays, if there is a bill: now, or with others in a file of the bank.
    pub async fn tell(&mut self, world: &World, random: &mut Random) {
        let bills = listed(world).await;
        if bills.is_empty() {
            return;
        }
        if random.often(4) {
            let rows = (0..1 + below(random, 4)).map(|_| self.payment(world, &bills, random)).collect();
            self.bank.send(world, rows, random).await;
            return;
        }
        let payment = self.payment(world, &bills, random);
        let id = payment.id.clone();
        let body = message(&PaymentReceived(payment), id.as_str()).unwrap();
        world.lab.queues.send("Payments", body, BTreeMap::new(), world.lab.clock.now());
    }

    /// Some of a bill, all, too much, or something taken back; maybe under an id that is used.
    fn payment(&mut self, world: &World, bills: &[Bill], random: &mut Random) -> Payment {
        let bill = &bills[below(random, bills.len())];
        let of = [bill.amount.minor, bill.amount.minor / 3, bill.amount.minor + 7_000, -bill.paid.minor, -5_000];
        let amount = Money { minor: of[below(random, of.len())], ..bill.amount };
        let number = if random.often(1) { "FE-999999".parse().unwrap() } else { bill.number.clone() };
        let id: PaymentId = format!("p{}", random.below(6)).parse().unwrap();
        self.told.insert(id.clone());
        Payment { id, bill: number, amount, day: world.today() }
    }

    /// Each payment is applied once, dead with a reason, or left beside its file; bills and credit have what was applied, to the unit.
    pub async fn add_up(&self, world: &World, contracts: usize, issued: &BTreeMap<BillNumber, Issued>) {
        let reader = world.lab.reader();
        let mut applied: Vec<Applied> = Vec::new();
        for id in &self.told {
            applied.extend(reader.payment(id).await.unwrap());
        }
        let dead = world.lab.queues.messages("PaymentDeadLetters");
        for message in &dead {
            let reason = message.attributes.get("reason").map(String::as_str);
            let is_unknown = message.body.contains("FE-999999");
            assert!(reason.is_some_and(|reason| REASONS.contains(&reason)), "{message:?}");
            assert_eq!(reason == Some("there is no such bill"), is_unknown && reason != Some(TAKEN), "{message:?}");
        }
        let left = self.bank.add_up(world).await;
        for id in &self.told {
            let is_dead = dead.iter().any(|message| message.body.contains(&format!("\"id\":\"{id}\"")));
            let is_applied = applied.iter().any(|applied| applied.payment.id == *id);
            assert!(
                is_applied || is_dead || left.contains(id),
                "{id} is neither applied nor dead, and no file has left it"
            );
        }
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
