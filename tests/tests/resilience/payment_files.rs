//! A payment file pays once and its counts are right, whatever is delivered twice, at once, or cut off anywhere.
//!
//! Guards: a payment remembers the row that told it; a row is left only where there is no payment of its id, and pays only where it
//! was not left; a file's place is moved at the revision it was loaded at.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use local::in_process::settings;
use local::sources::{CutOff, Random};
use payment_ingest::PaymentIngest;
use serde_json::{Value, json};
use shared::clock::Deadline;
use shared::domain::payment_file::name::FileId;
use shared::error::Error;
use shared::events::{Inbox as _, Object, Taken};
use shared::files::ObjectKey;
use shared::invocation::Base;
use shared::queue::Queue;
use shared::table::Found;
use tests::connector::faults::{Fault, Faults};
use tests::{FILES, World};

/// Bills of the contract 500101; the last one is loaded while files are taken in.
const BILLS: [&str; 3] = ["OLD-1", "OLD-2", "OLD-3"];
const AMOUNT: i64 = 1_000;
const HEADER: &str = "id,reference,amount,day\n";

/// A world, and the function with a few rows in a chunk and faults on all its ways.
struct Bank {
    world: World,
    function: PaymentIngest,
    bucket_faults: Faults,
    queue_faults: Faults,
}

fn bill(number: &str) -> Value {
    let money = |minor: i64| json!({ "minor": minor, "currency": "COP" });
    json!({
        "type": "bill", "number": number, "serial": "OLD", "customer": "1001", "contract": "500101",
        "subscriber": { "kind": "NIT", "number": "900123456" }, "date": "2025-12-05", "period_start": "2025-11-01",
        "period_end": "2025-11-30", "due": "2025-12-20", "amount": money(AMOUNT), "paid": money(0), "name": "A",
        "address": "B", "contact": "", "phone": "", "plan": "", "description": "", "services": 1,
    })
}

impl Bank {
    async fn new(rows: usize) -> Self {
        let world = World::demo().await;
        world.import(&[bill(BILLS[0]), bill(BILLS[1])]).await.unwrap();
        let bucket_faults = Faults::around(world.store.bucket.connector());
        let queue_faults = Faults::around(world.queues.connector());
        let files = world.store.bucket.files_through(FILES, SharedHttpConnector::new(bucket_faults.clone())).unwrap();
        let sqs = aws_sdk_sqs::Client::new(&settings(queue_faults.http_client()));
        let queue = |name: &str| Queue::new(sqs.clone(), name);
        let table = world.store.target_through(world.faults.http_client()).writer;
        let base = Base { table, country: world.country(), clock: world.clock.clone() };
        let function = PaymentIngest::new(base, files, queue("PaymentFiles"), queue("PaymentFileDeadLetters"));
        Self { function: function.with_chunks_of(rows), world, bucket_faults, queue_faults }
    }

    async fn put(&self, name: &str, content: &str) -> (Object, FileId) {
        let key = format!("payments/0/bank/{name}.csv");
        let file = self.world.put_payment_file(&key, content.as_bytes()).await;
        (Object { key, digest: None, tag: None }, file)
    }

    async fn take(&self, object: &Object, seconds: u64) -> Result<Taken, Error> {
        self.function.take(object, Deadline::within(Duration::from_secs(seconds))).await
    }

    /// What the result says: applied, duplicate, unknown, refused, the sum.
    async fn told(&self, file: &FileId) -> Option<[i64; 5]> {
        let told: Value = serde_json::from_str(&self.world.object(&ObjectKey::payment_result(file)).await?).unwrap();
        let [read, counts @ ..] =
            ["read", "applied", "duplicate", "unknown", "refused"].map(|name| told[name].as_i64().unwrap());
        assert_eq!(read, counts.iter().sum::<i64>(), "{told}");
        let [applied, duplicate, unknown, refused] = counts;
        Some([applied, duplicate, unknown, refused, told["sum"]["minor"].as_i64().unwrap()])
    }

    /// The lines that lie beside a file because they were not applied.
    async fn left(&self, file: &FileId) -> BTreeSet<u64> {
        let mut lines = BTreeSet::new();
        for chunk in 0..20 {
            let text = self.world.object(&ObjectKey::payment_rejects(file, chunk)).await.unwrap_or_default();
            lines.extend(text.lines().skip(1).map(|row| row.split(',').nth(4).unwrap().parse::<u64>().unwrap()));
        }
        lines
    }

    /// What is paid of all bills, and the contract's credit.
    async fn money(&self) -> i64 {
        let mut sum = self.world.books("500101").await.owner.credit;
        for number in BILLS {
            if let Found::Imported(bill) =
                self.world.operator.writer.reader().bill_of(&number.parse().unwrap()).await.unwrap()
            {
                sum += bill.paid.minor;
            }
        }
        sum
    }

    fn clear_faults(&self) {
        for faults in [&self.world.faults, &self.bucket_faults, &self.queue_faults] {
            faults.clear();
        }
    }
}

/// The payments of the table by what told them: stream, file's digest and line; and their amounts.
fn payments(world: &World) -> BTreeMap<(String, u64), i64> {
    let mut all = BTreeMap::new();
    for item in world.items().iter().map(|item| serde_json::from_str::<Value>(item).unwrap()) {
        if item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("PAY#")) && item["sk"]["S"] == "P" {
            let row = &item["told_by"]["M"];
            let number = |value: &Value| value["N"].as_str().unwrap().parse::<i64>().unwrap();
            let key = (row["digest"]["S"].as_str().unwrap().to_owned(), number(&row["line"]).unsigned_abs());
            let before = all.insert(key, number(&item["amount"]["M"]["minor"]));
            assert_eq!(before, None, "two payments of a row");
        }
    }
    all
}

/// The table says the same as the result: each payment that a row told is counted once, and all other rows lie beside the file.
async fn is_right(bank: &Bank, file: &FileId, rows: u64, seed: u64) {
    let told = bank.told(file).await.unwrap();
    let own: Vec<_> = payments(&bank.world).into_iter().filter(|((digest, _), _)| digest == file.short()).collect();
    let sum = own.iter().map(|(_, amount)| amount).sum::<i64>();
    assert_eq!((told[0], told[4]), (i64::try_from(own.len()).unwrap(), sum), "seed {seed}: {told:?}");
    let applied: BTreeSet<_> = own.iter().map(|((_, line), _)| *line).collect();
    let other: BTreeSet<_> = (2..rows + 2).filter(|line| !applied.contains(line)).collect();
    assert_eq!(bank.left(file).await, other, "seed {seed}: {told:?}");
    assert_eq!(told[..4].iter().sum::<i64>(), i64::try_from(rows).unwrap(), "seed {seed}");
    let is_event = |item: &str| item.contains("\"PaymentFileIngested\"") && item.contains(&file.digest);
    assert_eq!(bank.world.items().iter().filter(|item| is_event(item)).count(), 1, "seed {seed}: told once");
}

fn three_rows() -> String {
    format!(
        "{HEADER}a,OLD-1,4.00,2026-03-09\na,OLD-1,4.00,2026-03-09\nb,OLD-3,1.00,2026-03-09\nc,OLD-2,12.00,2026-03-09\n"
    )
}

#[tokio::test]
async fn a_crash_anywhere_changes_no_count() {
    let mut cut = 0;
    for polls in (0..120).step_by(2) {
        let bank = Bank::new(2).await;
        let (object, file) = bank.put("a", &three_rows()).await;
        cut += u32::from(CutOff::after(polls, bank.take(&object, 300)).await.is_none());
        // What was unknown may be known by now.
        bank.world.import(&[bill(BILLS[2])]).await.unwrap();
        let ended = bank.take(&object, 300).await.unwrap();
        assert!(matches!(ended, Taken::Applied | Taken::Duplicate), "{polls}: {ended:?}");
        is_right(&bank, &file, 4, polls).await;
        let told = bank.told(&file).await.unwrap();
        assert!(told == [2, 1, 1, 0, 1_600] || told == [3, 1, 0, 0, 1_700], "{polls}: {told:?}");
        assert_eq!(bank.money().await, told[4], "{polls}");
    }
    assert!((10..60).contains(&cut), "cut off before and after: {cut}");
}

/// Nothing was done, somebody else was there, and it was done without anybody knowing.
const FAULTS: [Fault; 4] = [Fault::ServerError, Fault::Conflict, Fault::TimeoutAfter, Fault::CutAfter];

#[tokio::test(start_paused = true)]
async fn every_fault_of_every_request_changes_no_count() {
    let ways = [("GetItem", 10), ("Query", 2), ("TransactWriteItems", 6), ("GET", 2), ("PUT", 3)];
    for (operation, requests) in ways {
        for (at, fault) in (0..requests).flat_map(|at| FAULTS.map(|fault| (at, fault))) {
            if fault == Fault::Conflict && operation != "TransactWriteItems" {
                continue; // Only transactions conflict.
            }
            let bank = Bank::new(2).await;
            let (object, file) = bank.put("a", &three_rows()).await;
            let faults = if operation.len() == 3 { &bank.bucket_faults } else { &bank.world.faults };
            faults.after(operation, at, fault, 1 + at % 2 * 11);
            let mut ended = bank.take(&object, 300).await;
            while let Err(again) = ended {
                assert!(again.may_pass(), "{operation} {at} {fault:?}: {again}");
                bank.clear_faults();
                ended = bank.take(&object, 300).await;
            }
            is_right(&bank, &file, 4, at as u64).await;
            assert_eq!(bank.told(&file).await.unwrap(), [2, 1, 1, 0, 1_600], "{operation} {at} {fault:?}");
        }
    }
}

/// Guard: a row that was left does not pay any more. A function that was thought to be dead goes on after another one has
/// counted the row as unknown, and the bill is there by now.
#[tokio::test]
async fn a_row_that_was_left_pays_no_more_even_by_a_function_that_is_late() {
    let mut paid = BTreeSet::new();
    for (polls, is_late) in (0..50).flat_map(|polls| [(polls, false), (polls, true)]) {
        let bank = Bank::new(10).await;
        let (object, file) = bank.put("a", &format!("{HEADER}b,OLD-3,1.00,2026-03-09\n")).await;
        let mut late = Box::pin(CutOff::after(u64::MAX, bank.take(&object, 300)));
        let first = CutOff::after(polls, &mut late).await;
        if !is_late {
            bank.world.import(&[bill(BILLS[2])]).await.unwrap();
        }
        let other = bank.take(&object, 300).await.unwrap();
        assert!(matches!(other, Taken::Applied | Taken::Duplicate));
        if is_late {
            bank.world.import(&[bill(BILLS[2])]).await.unwrap();
        }
        if first.is_none() {
            assert!(late.await.unwrap().is_ok());
        }
        is_right(&bank, &file, 1, polls).await;
        paid.insert(bank.money().await);
    }
    assert_eq!(paid, BTreeSet::from([0, 100]), "it was left, or it was paid");
}

/// Work that waits now and then until others have taken their steps.
struct Halting<F> {
    work: Pin<Box<F>>,
    random: Random,
}

impl<F: Future> Future for Halting<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.random.often(4) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.work.as_mut().poll(context)
    }
}

/// Rows of a made-up file; ids and bills meet those of other files and of other rows.
fn rows(random: &mut Random) -> Vec<String> {
    let row = |random: &mut Random| {
        let (id, bill) = (random.below(9), BILLS[random.below(3) as usize]);
        match random.below(12) {
            0 => format!("p{id},{bill},1.005,2026-03-09"),
            1 => format!("p{id};{bill}"),
            2 => format!("p{id},{bill},-{}.00,2026-03-09", 1 + id),
            3 => format!("p{id},NONE-1,1.00,2026-03-09"),
            // Mostly one payment of an id, sometimes another one.
            _ => format!("p{id},{},{}.00,2026-03-09", BILLS[id as usize % 3], 1 + id + random.below(8) / 7),
        }
    };
    (0..1 + random.below(9)).map(|_| row(random)).collect()
}

/// A made-up history: files, deliveries of them twice and at once, faults on all ways, functions that are cut off, and a bill that
/// comes late. In the end the counts are right and no money is lost or made.
async fn schedule(seed: u64) {
    let mut random = Random::of(seed);
    let bank = Bank::new(1 + random.below(4) as usize).await;
    let (mut files, mut waiting) = (Vec::new(), Vec::new());
    for name in ["x", "y", "z"] {
        let rows = rows(&mut random);
        let (object, file) = bank.put(name, &format!("{HEADER}{}\n", rows.join("\n"))).await;
        waiting.extend(std::iter::repeat_n(object, 1 + random.below(2) as usize));
        files.push((file, rows.len() as u64));
    }
    let late = random.below(8);
    for round in 0.. {
        assert!(round < 200, "seed {seed}: no end");
        if round == late {
            bank.world.import(&[bill(BILLS[2])]).await.unwrap();
        }
        if waiting.is_empty() && round > late {
            break;
        }
        let calm = round > 30;
        if calm {
            bank.clear_faults();
        } else if random.often(5) {
            let fault =
                [Fault::ServerError, Fault::CutBefore, Fault::CutAfter, Fault::Throttling][random.below(4) as usize];
            let (skip, times) = (random.below(5) as usize, 1 + random.below(12) as usize);
            match random.below(6) {
                0 => bank.bucket_faults.after("PUT", skip, fault, times),
                1 => bank.queue_faults.after("SendMessage", 0, fault, times),
                at => bank.world.faults.after(["GetItem", "Query"][at as usize % 2], skip, fault, times),
            }
            bank.world.faults.after("TransactWriteItems", skip, fault, times);
        }
        let mut together = Vec::new();
        for _ in 0..(1 + random.below(3)).min(waiting.len() as u64) {
            let at = random.below(waiting.len() as u64) as usize;
            // A message may be delivered again while it is worked on.
            together.push(if random.often(3) { waiting[at].clone() } else { waiting.swap_remove(at) });
            if waiting.is_empty() {
                break;
            }
        }
        let work = together.iter().map(|object| {
            let seconds = if random.often(3) { 20 + random.below(2) } else { 300 };
            let polls = if !calm && random.often(4) { random.below(300) } else { u64::MAX };
            let work = Box::pin(bank.take(object, seconds));
            CutOff::after(polls, Halting { work, random: Random::of(random.below(u64::MAX)) })
        });
        let ended = futures_util::future::join_all(work.collect::<Vec<_>>()).await;
        for (ended, object) in ended.into_iter().zip(&together) {
            match ended {
                Some(Ok(_)) => {}
                Some(Err(error)) if !error.may_pass() => assert_eq!(error.to_string(), "", "seed {seed}"),
                // Cut off, or back to the queue.
                None | Some(Err(_)) => waiting.push(object.clone()),
            }
        }
        for message in bank.world.queues.messages("PaymentFiles") {
            bank.world.queues.delete("PaymentFiles", [message.id.as_str()].into_iter());
            let body: Value = serde_json::from_str(&message.body).unwrap();
            waiting.extend(serde_json::from_value::<Object>(body["object"].clone()).ok());
        }
    }
    for (file, rows) in &files {
        is_right(&bank, file, *rows, seed).await;
    }
    assert_eq!(
        payments(&bank.world).values().sum::<i64>(),
        bank.money().await,
        "seed {seed}: no money is lost or made"
    );
    // Everything once more, in peace: nothing changes.
    bank.clear_faults();
    let items = bank.world.items();
    for name in ["x", "y", "z"] {
        let object = Object { key: format!("payments/0/bank/{name}.csv"), digest: None, tag: None };
        assert_eq!(bank.take(&object, 300).await.unwrap(), Taken::Duplicate, "seed {seed}");
    }
    assert_eq!(bank.world.items(), items, "seed {seed}");
}

/// `SEED=7 SCHEDULES=1 cargo test --workspace --test resilience payment_files` replays one.
#[tokio::test(start_paused = true)]
async fn whatever_happens_each_row_pays_once_and_is_counted_as_what_it_became() {
    let first = tests::variable("SEED").unwrap_or(1);
    for seed in first..first + tests::variable("SCHEDULES").unwrap_or(20) {
        schedule(seed).await;
    }
}

/// Guard: a chunk that both do is counted once.
#[tokio::test]
async fn two_deliveries_at_once_are_one_file() {
    for seed in 0..20 {
        let bank = Arc::new(Bank::new(1 + seed as usize % 4).await);
        let (object, file) = bank.put("a", &three_rows()).await;
        let one = |of: u64| Halting { work: Box::pin(bank.take(&object, 300)), random: Random::of(seed * 2 + of) };
        let (first, second) = futures_util::future::join(one(0), one(1)).await;
        assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
        is_right(&bank, &file, 4, seed).await;
        assert_eq!(bank.told(&file).await.unwrap(), [2, 1, 1, 0, 1_600], "{seed}");
    }
}
