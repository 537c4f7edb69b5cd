//! Payment files: what becomes of their rows, and what is said of it.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use shared::domain::event::PaymentReceived;
use shared::domain::money::Money;
use shared::domain::payment::Payment;
use shared::domain::payment_file::name::FileId;
use shared::domain::payment_file::progress::Progress;
use shared::events::message;
use shared::files::ObjectKey;
use tests::World;
use tests::limits::{DIVIDED, PAYMENT};

/// A bill of the demo data that nobody has paid, as another one of another country is called, too.
const BILL: &str = "F500101-202601";
const HEADER: &str = "id,reference,amount,day\n";

/// Puts a file into the inbox and lets it be taken.
async fn send(world: &World, name: &str, content: &[u8]) -> FileId {
    let file = world.put_payment_file(&format!("payments/7f3a/bank/{name}"), content).await;
    world.settle().await;
    file
}

async fn result(world: &World, file: &FileId) -> Value {
    serde_json::from_str(&world.object(&ObjectKey::payment_result(file)).await.unwrap()).unwrap()
}

/// What the result says: read, applied, duplicate, unknown, refused, and the sum.
async fn counts(world: &World, file: &FileId) -> ([u64; 5], i64) {
    let told = result(world, file).await;
    let counts = ["read", "applied", "duplicate", "unknown", "refused"].map(|name| told[name].as_u64().unwrap());
    assert_eq!(counts[0], counts[1..].iter().sum::<u64>(), "{told}");
    (counts, told["sum"]["minor"].as_i64().unwrap())
}

async fn rejects(world: &World, file: &FileId) -> String {
    world.object(&ObjectKey::payment_rejects(file, 0)).await.unwrap_or_default()
}

/// What is paid of the bill, in minor units.
async fn paid(world: &World) -> i64 {
    let bill = world.operator.writer.reader().bill_of(&BILL.parse().unwrap()).await.unwrap();
    let shared::table::Found::Imported(bill) = bill else { return 0 };
    bill.paid.minor
}

fn dead(world: &World) -> Vec<String> {
    let dead = world.queues.messages("PaymentFileDeadLetters");
    dead.iter().map(|message| message.attributes.get("reason").cloned().unwrap_or_default()).collect()
}

#[tokio::test]
async fn each_row_is_applied_or_said_why_not_and_the_counts_add_up() {
    let world = World::demo().await;
    let amount = Money { minor: 500, currency: world.country().currency };
    let by_event = Payment { id: "e".parse().unwrap(), bill: BILL.parse().unwrap(), amount, day: world.today() };
    let body = message(&PaymentReceived(by_event), "e").unwrap();
    world.queues.send("Payments", body, Default::default(), world.clock.now());
    world.settle().await;
    let rows = [
        format!("a, {BILL} ,47.22,2026-03-09"),
        format!("b,{BILL},-10.00,2026-03-10"),
        format!("e,{BILL},5.00,2026-03-10"),
        format!("e,{BILL},6.00,2026-03-10"),
        format!("a,{BILL},47.22,2026-03-09"),
        "c,FE-999999,1.00,2026-03-10".to_owned(),
        format!("d,{},1.00,2026-03-10", BILL.to_lowercase()),
        format!("f,{BILL},1.005,2026-03-10"),
        format!("g,{BILL},1.00,2026-03-11"),
        format!("h,{BILL},1.00"),
        format!("i,{BILL},0,2026-03-10"),
        format!("j,{BILL},-99999.00,2026-03-10"),
        format!("k l,{BILL},1.00,2026-03-10"),
    ];
    let content = format!("\u{feff}{HEADER}{}\r\n\r\n", rows.join("\r\n"));
    let file = send(&world, "monday.csv", content.as_bytes()).await;
    assert_eq!(counts(&world, &file).await, ([13, 2, 2, 2, 7], 3_722));
    assert_eq!(paid(&world).await, 500 + 3_722);
    let told = result(&world, &file).await;
    assert_eq!(
        (&told["outcome"], &told["sha256"], &told["name"]),
        (&json!("ingested"), &json!(file.digest), &json!("monday"))
    );
    let rejects = rejects(&world, &file).await;
    let lines: Vec<_> = rejects.lines().collect();
    let expected = [
        "id,reference,amount,day,line,reason,text".to_owned(),
        format!("e,{BILL},5.00,2026-03-10,4,the payment was applied before,"),
        format!("e,{BILL},6.00,2026-03-10,5,another payment has this id,"),
        format!("a,{BILL},47.22,2026-03-09,6,the payment was applied before,"),
        "c,FE-999999,1.00,2026-03-10,7,there is no such bill,".to_owned(),
        format!("d,{},1.00,2026-03-10,8,there is no such bill,", BILL.to_lowercase()),
    ];
    assert_eq!(lines[..6], expected);
    for (line, reason) in lines[6..].iter().zip([
        ",9,amount: ",
        ",10,the day of the payment lies in the future,",
        ",,,,11,has another number of fields than the header,\"h,",
        ",12,a payment of nothing,",
        ",13,more goes back than was paid and is left,",
        ",14,\"id: ",
    ]) {
        assert!(line.contains(reason), "{line}: {reason}");
    }
    assert_eq!(lines.len(), 12);

    // What was mended is sent again, under the same ids: as the file of rejects that it is, and by the same name.
    let mended = rejects.replace("FE-999999", BILL).replace("1.005", "1.01").replace("k l", "kl");
    let again = send(&world, "monday.csv", mended.as_bytes()).await;
    assert_eq!(counts(&world, &again).await, ([11, 3, 2, 1, 5], 301));
    assert_eq!(paid(&world).await, 500 + 3_722 + 301);
    assert_eq!(counts(&world, &file).await.0[0], 13, "what was told of the first content stays");
    assert!(dead(&world).is_empty());
}

#[tokio::test]
async fn a_file_that_is_sent_again_changes_nothing_and_is_told_once() {
    let world = World::demo().await;
    let content = format!("{HEADER}a,{BILL},1.00,2026-03-10\nb,FE-999999,1.00,2026-03-10\n");
    let file = send(&world, "a.csv", content.as_bytes()).await;
    world.clock.set(world.clock.now() + chrono::TimeDelta::days(1));
    world.settle().await;
    let (items, told, left) = (world.items(), result(&world, &file).await, rejects(&world, &file).await);
    send(&world, "a.csv", content.as_bytes()).await;
    world.put_payment_file("payments/other/bank/a.csv", content.as_bytes()).await;
    world.settle().await;
    assert_eq!((world.items(), result(&world, &file).await, rejects(&world, &file).await), (items, told, left));
    let told: Vec<_> = world.items().into_iter().filter(|item| item.contains("\"PaymentFileIngested\"")).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("\\\"read\\\":2,\\\"applied\\\":1"), "{told:?}");
    // Under another name it is another file: of payments that were made.
    let other = send(&world, "b.csv", content.as_bytes()).await;
    assert_eq!(counts(&world, &other).await, ([2, 0, 1, 1, 0], 0));
}

#[tokio::test]
async fn a_compressed_file_is_read_as_far_as_it_goes() {
    let world = World::demo().await;
    let rows: String = (0..200).map(|at| format!("z{at},{BILL},0.{:02},2026-03-10\n", at % 90 + 1)).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(format!("{HEADER}{rows}").as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    let cut = send(&world, "cut.csv.gz", &whole[..whole.len() / 2]).await;
    let ([read, applied, .., refused], _) = counts(&world, &cut).await;
    assert!(read == applied + 1 && refused == 1 && applied > 20, "{read} {applied}");
    assert!(rejects(&world, &cut).await.contains("the compressed content is damaged or cut off here"));
    let file = send(&world, "whole.csv.gz", &whole).await;
    let ([read, ours, duplicate, ..], _) = counts(&world, &file).await;
    assert_eq!((read, ours + applied, duplicate), (200, 200, applied));
}

#[tokio::test]
async fn a_file_that_is_something_else_is_refused_whole() {
    let world = World::demo().await;
    for (at, (content, reason)) in [
        ("", "the file is empty"),
        ("id;reference;amount;day\n", "the header has an unknown column"),
        ("id,reference,amount\n", "the header lacks the column day"),
        ("%PDF-1.7\nid,reference,amount,day\n", "the header has an unknown column"),
    ]
    .into_iter()
    .enumerate()
    {
        for _ in 0..2 {
            let file = send(&world, &format!("{at}.csv"), content.as_bytes()).await;
            let told = result(&world, &file).await;
            assert_eq!(told["outcome"], "refused");
            assert!(told["reason"].as_str().unwrap().contains(reason), "{told}");
        }
    }
    let file = send(&world, "binary.csv", b"\xff\xfe\x00i").await;
    assert_eq!(result(&world, &file).await["reason"], "the header is not UTF-8");
    let file = send(&world, "plain.csv.gz", HEADER.as_bytes()).await;
    assert_eq!(result(&world, &file).await["outcome"], "refused");
    assert!(dead(&world).is_empty());
    let right = send(&world, "0.csv", format!("{HEADER}a,{BILL},1.00,2026-03-10\n").as_bytes()).await;
    assert_eq!(counts(&world, &right).await, ([1, 1, 0, 0, 0], 100), "the right one may still come");
}

/// Guard: what a cut leaves of an amount is an amount, too.
#[tokio::test]
async fn a_row_in_which_the_file_ends_does_not_pay() {
    let world = World::demo().await;
    let content = format!("id,reference,day,amount\na,{BILL},2026-03-10,1.00\nb,{BILL},2026-03-10,1500.00");
    let file = send(&world, "cut.csv", &content.as_bytes()[..content.len() - 5]).await;
    assert_eq!((counts(&world, &file).await, paid(&world).await), (([2, 1, 0, 0, 1], 100), 100));
    assert!(rejects(&world, &file).await.contains(",15,2026-03-10,3,the file ends here without a line break"));
    let whole = send(&world, "cut.csv", format!("{content}\n").as_bytes()).await;
    assert_eq!(counts(&world, &whole).await, ([2, 1, 1, 0, 0], 150_000));
    let file = send(&world, "header.csv", HEADER.trim_end().as_bytes()).await;
    assert_eq!(result(&world, &file).await["reason"], "the file ends in its header, without a line break");
}

/// Guard: a header alone that a break of the compressed content ends is no file without rows.
#[tokio::test]
async fn a_compressed_file_that_is_cut_anywhere_says_so() {
    let world = World::demo().await;
    for (name, content) in [("open", HEADER.trim_end()), ("header", HEADER)] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content.as_bytes()).unwrap();
        let whole = encoder.finish().unwrap();
        for length in 0..whole.len() {
            let file = send(&world, &format!("{name}-{length}.csv.gz"), &whole[..length]).await;
            let told = result(&world, &file).await;
            assert!(told["outcome"] == "refused" || told["refused"] == 1, "{name} {length}: {told}");
        }
    }
}

/// Guard: what was refused because of its ending is taken under the right one, and stays taken.
#[tokio::test]
async fn a_content_under_the_wrong_ending_is_taken_under_the_right_one() {
    let world = World::demo().await;
    let plain = format!("{HEADER}a,{BILL},1.00,2026-03-10\n").into_bytes();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(format!("{HEADER}b,{BILL},2.00,2026-03-10\n").as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    for (wrong, right, content) in [("a.csv.gz", "a.csv", plain), ("b.csv", "b.csv.gz", packed)] {
        for _ in 0..2 {
            let file = send(&world, wrong, &content).await;
            assert_eq!(result(&world, &file).await["outcome"], "refused");
        }
        for name in [right, wrong, right] {
            let file = send(&world, name, &content).await;
            assert_eq!(counts(&world, &file).await.0, [1, 1, 0, 0, 0], "{name}");
        }
    }
    assert_eq!((paid(&world).await, dead(&world)), (300, vec![]));
}

#[tokio::test]
async fn what_is_no_payment_file_is_a_dead_letter_with_the_reason() {
    let world = World::demo().await;
    let body = local::sources::created("payments/a b+c.txt", None, world.clock.now());
    world.queues.send("PaymentFiles", body, Default::default(), world.clock.now());
    world.settle().await;
    assert!(dead(&world)[0].starts_with("key: a payment file is called"), "{:?}", dead(&world));
}

#[tokio::test]
async fn amounts_have_the_decimals_of_the_countrys_currency() {
    let world = World::of("py").await;
    let amounts = ["1500", "1500.5", "1500.00", "1.500"];
    let rows: String = (0..).zip(amounts).map(|(at, amount)| format!("p{at},{BILL},{amount},2026-03-10\n")).collect();
    let file = send(&world, "a.csv", format!("{HEADER}{rows}").as_bytes()).await;
    assert_eq!(counts(&world, &file).await, ([4, 1, 0, 0, 3], 1_500));
    assert!(rejects(&world, &file).await.contains(",5,amount: must be an amount in PYG written without a point,"));
    assert_eq!(result(&world, &file).await["sum"]["currency"], "PYG");
}

/// Guard: a message is about what was put, not about what is there.
#[tokio::test]
async fn an_object_that_is_overwritten_before_it_is_read_is_not_lost_without_a_trace() {
    let world = World::demo().await;
    let key = "payments/7f3a/bank/a.csv";
    let first = format!("{HEADER}a,{BILL},1.00,2026-03-10\n");
    for other in [format!("{HEADER}b,{BILL},2.00,2026-03-10\n"), String::new()] {
        let lost = world.put_payment_file(key, first.as_bytes()).await;
        let file = world.put_payment_file(key, other.as_bytes()).await;
        world.settle().await;
        assert!(world.object(&ObjectKey::payment_result(&file)).await.is_some());
        assert!(world.object(&ObjectKey::payment_result(&lost)).await.is_none());
        assert_eq!(
            (dead(&world), paid(&world).await),
            (vec!["object: was overwritten before it was read".to_owned()], 200)
        );
        world.queues.redrive("PaymentFileDeadLetters", Some("PaymentFiles"), world.clock.now());
        world.settle().await;
        assert_eq!(dead(&world).len(), 1, "still something else");
        let dead = world.queues.messages("PaymentFileDeadLetters");
        world.queues.delete("PaymentFileDeadLetters", dead.iter().map(|message| message.id.as_str()));
    }
    let file = send(&world, "a.csv", first.as_bytes()).await;
    assert_eq!((counts(&world, &file).await.1, paid(&world).await), (100, 300));
    // Put twice, it is the same, whichever of the two messages is about it.
    world.put_payment_file(key, first.as_bytes()).await;
    send(&world, "a.csv", first.as_bytes()).await;
    assert!(dead(&world).is_empty());
}

/// One invocation of the function for a file, with so much time.
async fn invoke(world: &World, object: Value, seconds: u64) -> Value {
    let batch = json!({ "Records": [{ "messageId": "1", "body": json!({ "object": object }).to_string() }] });
    world.functions["payment-ingest"](batch, Duration::from_secs(seconds)).await.unwrap()
}

#[tokio::test]
async fn a_file_goes_on_where_the_time_ended_and_only_if_it_is_still_the_same() {
    let world = World::demo().await;
    let key = "payments/7f3a/bank/a.csv";
    let first = format!("{HEADER}a,{BILL},1.00,2026-03-10\n");
    let file = world.put_payment_file(key, first.as_bytes()).await;
    world.store.bucket.take_created();
    assert_eq!(invoke(&world, json!({ "key": key }), 15).await, json!({ "batchItemFailures": [] }));
    let waiting = world.queues.messages("PaymentFiles");
    assert!(waiting.iter().any(|message| message.body.contains(&file.digest)), "{waiting:?}");
    assert_eq!(paid(&world).await, 0);
    // Meanwhile somebody puts another content there.
    let second = format!("{HEADER}b,{BILL},2.00,2026-03-10\n");
    let other = send(&world, "a.csv", second.as_bytes()).await;
    assert_eq!((counts(&world, &other).await.1, paid(&world).await), (200, 200));
    assert_eq!(dead(&world), ["object: was changed before all of it was taken in"]);
    // It is put back, and the dead letter is sent on its way again.
    world.put_payment_file(key, first.as_bytes()).await;
    world.queues.redrive("PaymentFileDeadLetters", Some("PaymentFiles"), world.clock.now());
    world.settle().await;
    assert_eq!((counts(&world, &file).await.1, paid(&world).await), (100, 300));
    assert!(dead(&world).is_empty());
}

#[tokio::test]
async fn the_list_of_a_day_says_what_became_of_each_file() {
    let world = World::demo().await;
    send(&world, "done.csv", format!("{HEADER}a,{BILL},1.00,2026-03-10\n").as_bytes()).await;
    send(&world, "other.csv", b"what").await;
    let key = "payments/7f3a/bank/under.csv";
    world.put_payment_file(key, format!("{HEADER}b,{BILL},1.00,2026-03-10\n").as_bytes()).await;
    invoke(&world, json!({ "key": key }), 15).await;
    let files = world.operator.writer.reader().payment_files(world.today()).await.unwrap();
    let short =
        |one: &Progress| (one.file.name.to_string(), one.refused.is_some(), one.finished.is_some(), one.counts.applied);
    let mut found: Vec<_> = files.iter().map(short).collect();
    found.sort();
    let expected = [("done", false, true, 1), ("other", true, false, 0), ("under", false, false, 0)];
    assert_eq!(found, expected.map(|(name, refused, done, applied)| (name.to_owned(), refused, done, applied)));
}

/// What a row costs of the table, in tenths of units, read and written: the difference of two files.
#[tokio::test]
async fn a_row_has_its_budget() {
    let file = |rows: &[String]| format!("{HEADER}{}\n", rows.join("\n"));
    let applied = |id: &str| format!("{id},{BILL},1.00,2026-03-10");
    let unknown = |id: &str| format!("{id},FE-999999,1.00,2026-03-10");
    let malformed = |id: &str| format!("{id},{BILL},1.005,2026-03-10");
    let cost = async |rows: &[String]| {
        let world = World::demo().await;
        send(&world, "before.csv", file(&[applied("before")]).as_bytes()).await;
        world.meter.take();
        send(&world, "a.csv", file(rows).as_bytes()).await;
        let (writes, reads): (Vec<_>, Vec<_>) =
            world.meter.take().into_iter().partition(|one| one.operation == "TransactWriteItems");
        [reads, writes].map(|all| all.iter().map(|one| one.tenths).sum::<u64>())
    };
    let nothing = cost(&[malformed("x")]).await;
    let more = async |row: String| {
        let [read, written] = cost(&[malformed("x"), row]).await;
        [read - nothing[0], written - nothing[1]]
    };
    assert_eq!(more(malformed("y")).await, [0, 0], "a row that tells no payment");
    assert_eq!(more(applied("before")).await, [20, 0], "a duplicate");
    // The event that tells of it is divided among subscriptions.
    let pays = [PAYMENT.read + DIVIDED.read, PAYMENT.written];
    assert_eq!(more(applied("y")).await.map(|tenths| tenths * 10), pays, "a row that pays");
    assert_eq!(more(unknown("y")).await, [30, 40], "a row of no bill");
    assert_eq!(nothing, [20, 80], "a file");
    let world = World::demo().await;
    for at in 0..30 {
        send(&world, &format!("{at}.csv"), file(&[unknown("x")]).as_bytes()).await;
    }
    world.meter.take();
    send(&world, "last.csv", file(&[unknown("x")]).as_bytes()).await;
    let read: u64 =
        world.meter.take().iter().filter(|one| one.operation != "TransactWriteItems").map(|one| one.tenths).sum();
    assert_eq!(read, nothing[0] + 30, "a row whose id was left by many files");
}
