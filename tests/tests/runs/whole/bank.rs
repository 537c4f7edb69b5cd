//! Files of a bank in a schedule, and what their results say.

use std::collections::{BTreeMap, BTreeSet};

use local::sources::Random;
use serde_json::Value;
use shared::domain::ids::PaymentId;
use shared::domain::payment::Payment;
use shared::domain::payment_file::name::FileId;

use shared::files::ObjectKey;
use shared::files::object::Digest;

use super::below;
use super::world::World;

/// Rows of a file that are taken in together: few, so that a file has several chunks.
pub const CHUNK: usize = 2;
const HEADER: &str = "id,reference,amount,day\n";
/// Why a file has no result, as its dead message says: the bank has put another content under its name.
const REPLACED: [&str; 2] =
    ["object: was overwritten before it was read", "object: was changed before all of it was taken in"];

/// The files that were sent so far, with the payment's id of each row.
#[derive(Debug, Default)]
pub struct Bank(BTreeMap<Told, (FileId, Vec<PaymentId>)>);

/// Name and digest: the same content under the same name is the same file, however often it is put.
type Told = (String, String);

impl Bank {
    /// A file with these payments comes, as a new one or with another content under a name that is used.
    pub async fn send(&mut self, world: &World, payments: Vec<Payment>, random: &mut Random) {
        let mut content = HEADER.to_owned();
        for Payment { id, bill, amount, day } in &payments {
            content.push_str(&format!("{id},{bill},{},{day}\n", amount.minor));
        }
        let key = format!("payments/0/bank/f{}.csv", below(random, 3));
        let (object, named) = ObjectKey::payment_file(&key).unwrap();
        let mut digest = Digest::default();
        digest.update(content.as_bytes());
        let file = FileId { stream: named.stream, name: named.name, digest: digest.finish() };
        world.files.put(&object, content.as_bytes()).await.unwrap();
        let ids = payments.into_iter().map(|payment| payment.id).collect();
        self.0.insert((file.name.to_string(), file.digest.clone()), (file, ids));
    }

    /// The result of each file that was read has each row once: as a payment of the table that this row has told, or among the
    /// counts of those that lie beside the file. The payments that lie there, or in a content
    /// that another has replaced.
    pub async fn add_up(&self, world: &World) -> BTreeSet<PaymentId> {
        let told = told_by_rows(world);
        let mut left = BTreeSet::new();
        for (file, ids) in self.0.values() {
            let Some(result) = object(world, &ObjectKey::payment_result(file)).await else {
                assert!(is_replaced(world, file), "{file:?} has no result");
                left.extend(ids.iter().cloned());
                continue;
            };
            let result: Value = serde_json::from_str(&result).unwrap();
            let count = |name: &str| result[name].as_u64().unwrap();
            let own: BTreeMap<u64, i64> = told
                .iter()
                .filter(|((digest, _), _)| digest == file.short())
                .map(|((_, line), sum)| (*line, *sum))
                .collect();
            assert_eq!(count("read"), ids.len() as u64, "{result}");
            assert_eq!(count("applied"), own.len() as u64, "{result} {own:?}");
            assert_eq!(result["sum"]["minor"].as_i64().unwrap(), own.values().sum::<i64>(), "{result} {own:?}");
            let mut beside = BTreeSet::new();
            for chunk in 0..u32::try_from(ids.len()).unwrap() {
                let rows = object(world, &ObjectKey::payment_rejects(file, chunk)).await.unwrap_or_default();
                beside.extend(rows.lines().skip(1).map(|row| row.split(',').nth(4).unwrap().parse::<u64>().unwrap()));
            }
            // The first line is the header.
            let other: BTreeSet<u64> = (2..2 + ids.len() as u64).filter(|line| !own.contains_key(line)).collect();
            assert_eq!(beside, other, "{result}");
            assert_eq!(
                ["duplicate", "unknown", "refused"].map(count).iter().sum::<u64>(),
                other.len() as u64,
                "{result}"
            );
            left.extend(other.iter().map(|line| ids[usize::try_from(line - 2).unwrap()].clone()));
        }
        left
    }
}

/// Whether a dead message says that another content came under a file's name.
fn is_replaced(world: &World, file: &FileId) -> bool {
    let dead = world.lab.queues.messages("PaymentFileDeadLetters");
    for message in &dead {
        assert!(message.attributes.get("reason").is_some_and(|reason| REPLACED.contains(&&**reason)), "{message:?}");
    }
    dead.iter().any(|message| message.body.contains(&format!("{}.csv", file.name)))
}

async fn object(world: &World, key: &ObjectKey) -> Option<String> {
    let part = world.files.part(key, 0, 1 << 20).await.unwrap()?;
    Some(String::from_utf8(part.bytes.to_vec()).unwrap())
}

/// The payments that rows have told: digest of the file and line, and the amount.
fn told_by_rows(world: &World) -> BTreeMap<(String, u64), i64> {
    let mut told = BTreeMap::new();
    for item in world.lab.items() {
        let row = &item["told_by"]["M"];
        let is_payment = item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("PAY#")) && item["sk"]["S"] == "P";
        let (Some(digest), true) = (row["digest"]["S"].as_str(), is_payment) else { continue };
        let line = row["line"]["N"].as_str().unwrap().parse().unwrap();
        let amount = item["amount"]["M"]["minor"]["N"].as_str().unwrap().parse().unwrap();
        assert_eq!(told.insert((digest.to_owned(), line), amount), None, "two payments of a row");
    }
    told
}
