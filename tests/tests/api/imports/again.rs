//! The same file again, an earlier one again, and clocks that go back.

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::table::Numbered;
use tests::World;

use super::{bill, group, import, item, text};

const GROUPS: &str = "/customers/CODE/1001/bills/groups";

async fn address(world: &World, id: &str) -> String {
    let key = &id.parse().unwrap();
    let customer = world.operator.writer.reader().customer_and_groups(&"1001".parse().unwrap()).await.unwrap().unwrap();
    customer.group(key).unwrap().address.clone()
}

/// Guard: what is remembered of a file ends with its import.
#[tokio::test]
async fn an_earlier_file_is_loaded_again_whatever_came_in_between() {
    let world = World::demo().await;
    let (first, second) = (text(&[group("G-1", "first")]), text(&[group("G-1", "second")]));
    for (file, expected) in [(&first, "first"), (&second, "second"), (&first, "first"), (&second, "second")] {
        let report = import(&world, file).await.unwrap();
        assert_eq!((report.lines, report.done_before), (1, 0));
        assert_eq!(address(&world, "G-1").await, expected);
    }
    // What the API has changed is as the file says, too.
    world.portal().put(GROUPS, &json!({"groupId": "G-1", "address": "by hand"})).await.expect(200);
    import(&world, &second).await.unwrap();
    assert_eq!(address(&world, "G-1").await, "second");
    // And a copy with other line ends is a file like any other.
    import(&world, &first.replace('\n', "\r\n")).await.unwrap();
    assert_eq!(address(&world, "G-1").await, "first");
}

/// Guard: a group that is there is changed at its revision, and keeps since when it is one: its older bills are another's.
#[tokio::test]
async fn a_group_keeps_since_when_it_is_one_and_its_revisions_go_on() {
    let world = World::demo().await;
    world.portal().post(GROUPS, &json!({"groupId": "G-7", "address": "new"})).await.expect(200);
    let before = item(&world, "CUST#1001", "G#G-7");
    import(&world, &text(&[group("G-7", "new")])).await.unwrap();
    assert_eq!(item(&world, "CUST#1001", "G#G-7"), before, "nothing has changed");
    import(&world, &text(&[group("G-7", "other")])).await.unwrap();
    let after = item(&world, "CUST#1001", "G#G-7");
    assert_eq!((&after["since"], &after["address"]), (&before["since"], &json!({"S": "other"})));
    assert!(rev(&after) > rev(&before), "{after}");
}

fn rev(item: &Value) -> u64 {
    item["rev"]["N"].as_str().unwrap().parse().unwrap()
}

/// Guard: the time is a first revision only; what is there goes on from its own.
#[tokio::test]
async fn no_revision_goes_back_when_a_clock_does() {
    let world = World::demo().await;
    let account = |name: &str| {
        json!({
            "type": "account", "id": "300", "customer": "1001", "document": {"kind": "NIT", "number": "900123456"},
            "name": name, "billing_account": "X", "consultant": "X", "contact": "X", "phone": "X", "email": "X",
        })
    };
    let mut moved = bill("OLD-1", "1002", "2025-12-06");
    moved["name"] = json!("C");
    import(&world, &text(&[group("G-1", "a"), account("a"), bill("OLD-1", "1001", "2025-12-05")])).await.unwrap();
    let day = |date: &str| {
        let date: chrono::NaiveDate = date.parse().unwrap();
        format!("B#{:09}#OLD-1", chrono::NaiveDate::MAX.signed_duration_since(date).num_days())
    };
    let places = [
        (("CUST#1001", "G#G-1".to_owned()), ("CUST#1001", "G#G-1".to_owned())),
        (("ACCT#300", "A".to_owned()), ("ACCT#300", "A".to_owned())),
        (("CUST#1001", day("2025-12-05")), ("CUST#1002", day("2025-12-06"))),
    ];
    let before: Vec<_> = places.iter().map(|((pk, sk), _)| rev(&item(&world, pk, sk))).collect();
    world.clock.set(world.clock.now() - TimeDelta::days(1));
    import(&world, &text(&[group("G-1", "b"), account("b"), moved])).await.unwrap();
    for ((_, (pk, sk)), before) in places.iter().zip(before) {
        let after = rev(&item(&world, pk, sk));
        assert!(after > before, "{pk} {sk}: {after} after {before}");
    }
}

/// Guard: a payment that was decided on a bill before it was loaded again fails, and is decided again.
#[tokio::test]
async fn a_bill_that_is_loaded_again_is_as_its_record_says() {
    let world = World::demo().await;
    let record = bill("OLD-1", "1001", "2025-12-05");
    import(&world, &text(std::slice::from_ref(&record))).await.unwrap();
    let reader = world.operator.writer.reader();
    let stored = async || match reader.numbered(&[&"OLD-1".parse().unwrap()]).await.unwrap().pop() {
        Some(Numbered::Imported(bill)) => bill,
        other => unreachable!("{other:?}"),
    };
    let paid = stored().await;
    let mut after = paid.value.clone();
    after.paid.minor = 500;
    let mut changes = shared::table::Changes::new();
    changes.update_bill(&paid, &after).unwrap();
    world.operator.writer.commit(changes, None, world.clock.now()).await.unwrap();
    import(&world, &text(&[record])).await.unwrap();
    let again = stored().await;
    assert_eq!((again.value, again.rev > paid.rev + 1), (paid.value, true));
}

/// Guard: an erased recording is told to be known, and is in no list.
#[tokio::test]
async fn an_erased_recording_is_no_row_of_a_list() {
    let world = World::demo().await;
    let recording = |id: u64, state: &str| {
        json!({
            "type": "recording", "id": id, "customer": "1001", "extension": 6_015_550_101_u64, "start": "2026-03-09T12:00:00Z",
            "seconds": 8, "direction": "IN", "origin": 3_005_550_111_u64, "destination": "6015550101",
            "files": {"mp3": 1}, "state": state,
        })
    };
    import(&world, &text(&[recording(9001, "erased"), recording(9002, "erasing"), recording(9003, "kept")]))
        .await
        .unwrap();
    let body = json!({"extensions": [6_015_550_101_u64], "start": "2026-03-01", "end": "2026-03-10"});
    let found = world.portal().post("/lines/recordings", &body).await.expect(200).text();
    assert_eq!(["9001", "9002", "9003"].map(|id| found.contains(id)), [false, false, true], "{found}");
    for id in [9001, 9002] {
        world.portal().get(&format!("/calls/2/{id}/recordings")).await.expect(404);
    }
}

/// Guard: erasing takes away every format, for a record may have forgotten one.
#[tokio::test]
async fn erasing_deletes_files_that_the_record_does_not_name() {
    let world = World::demo().await;
    let link = world.portal().get("/calls/1/7001/recordings").await.expect(200).at("/route");
    // The record that is there names one of the two files alone.
    let reader = world.operator.writer.reader();
    let kept = reader.recording(7001.try_into().unwrap()).await.unwrap().unwrap();
    import(&world, "{\"type\":\"remove\",\"of\":\"recording\",\"id\":7001}\n").await.unwrap();
    let mut record = json!(kept.value);
    record["type"] = json!("recording");
    record["files"].as_object_mut().unwrap().remove("wav").unwrap();
    import(&world, &text(&[record])).await.unwrap();
    world.follow(link.as_str().unwrap()).await.expect(200);
    world.portal().delete("/calls/7001/recordings", &json!({})).await.expect(200);
    world.follow(link.as_str().unwrap()).await.expect(404);
}
