//! A file is cut off after every step, spoilt by every fault, and taken by two at once.
//!
//! Guards: a source's words overwrite themselves; a chunk is counted by the write that moves the file's place, at the
//! revision that was read; a message leaves its queue only when the file is done or goes on.

use futures_util::future::join_all;
use local::sources::CutOff;
use shared::error::Error;
use shared::events::{Object, Taken};
use tests::connector::faults::Fault;

use crate::lab::Lab;
use crate::model::{Newest, Record, counted_twice, expected, found};
use crate::schedule::Version;

const CHUNK: u32 = 2;

fn version(sequence: u32, calls: bool, records: &[(u8, u16)]) -> Version {
    let record = |(id, amount): &(u8, u16)| Record { id: *id, line: 0, time: id % 3, amount: *amount };
    let kind = if calls { "calls" } else { "sessions" };
    let records = records.iter().map(record).collect();
    Version {
        key: format!("inbox/0/a/{kind}.{sequence}.{kind}.ndjson"),
        sequence,
        file: Newest { stream: "a".to_owned(), name: kind.to_owned(), calls, records },
    }
}

/// Two versions of a file.
fn versions(calls: bool) -> [Version; 2] {
    [
        version(1, calls, &[(1, 100), (2, 200), (3, 300), (4, 400), (4, 400)]),
        version(2, calls, &[(1, 100), (2, 2_000), (5, 500)]),
    ]
}

async fn lab(calls: bool) -> Lab {
    let lab = Lab::new(CHUNK).await;
    for version in versions(calls) {
        lab.put(&version.key, &version.content()).await;
    }
    lab
}

fn object(version: &Version) -> Object {
    Object { key: version.key.clone(), digest: None, tag: None }
}

/// Takes it until it is taken.
async fn finish(lab: &Lab, version: &Version) {
    for _ in 0..20 {
        match lab.take(&object(version), 300).await {
            Ok(Taken::Applied | Taken::Duplicate) => return,
            Err(Error::Unavailable(_) | Error::Stale) => {}
            other => assert_eq!(format!("{other:?}"), "taken"),
        }
    }
    assert_eq!(found(lab).await, expected(std::slice::from_ref(&version.file), CHUNK), "not taken in twenty attempts");
}

/// What the table holds when nothing goes wrong.
async fn undisturbed(calls: bool) -> Vec<String> {
    let lab = lab(calls).await;
    for version in versions(calls) {
        finish(&lab, &version).await;
        assert_eq!(found(&lab).await, expected(std::slice::from_ref(&version.file), CHUNK));
    }
    lab.items()
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_cut_off_anywhere_leaves_the_same_table() {
    for calls in [true, false] {
        let expected = undisturbed(calls).await;
        let mut cut = 0;
        for polls in 0..1_000 {
            let lab = lab(calls).await;
            let mut whole = true;
            for version in versions(calls) {
                let taken = CutOff::after(polls, lab.take(&object(&version), 300)).await;
                whole &= taken.is_some();
                finish(&lab, &version).await;
            }
            assert_eq!(lab.items(), expected, "cut off after {polls} polls");
            cut += 1;
            if whole {
                break;
            }
        }
        assert!((40..400).contains(&cut), "cut off before and after: {cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_leaves_the_same_table() {
    let operations = ["UpdateItem", "BatchWriteItem", "Query", "BatchGetItem", "TransactWriteItems", "GetItem"];
    for calls in [true, false] {
        let expected = undisturbed(calls).await;
        for operation in operations {
            for fault in Fault::ALL {
                if fault == Fault::Conflict && operation != "TransactWriteItems" {
                    continue; // Only transactions conflict.
                }
                for (skip, times) in [(0, 1), (1, 4), (2, 12)] {
                    let lab = lab(calls).await;
                    for version in versions(calls) {
                        lab.faults.after(operation, skip, fault, times);
                        finish(&lab, &version).await;
                        lab.faults.clear();
                    }
                    assert_eq!(lab.items(), expected, "{operation} {fault:?} {skip} {times}");
                }
            }
        }
    }
}

#[tokio::test]
async fn several_who_take_a_file_at_once_leave_the_same_table() {
    for calls in [true, false] {
        let expected = undisturbed(calls).await;
        for hands in 2..5 {
            let lab = lab(calls).await;
            for version in versions(calls) {
                let object = object(&version);
                for taken in join_all((0..hands).map(|_| lab.take(&object, 300))).await {
                    assert!(matches!(taken, Ok(Taken::Applied | Taken::Duplicate)), "{taken:?}");
                }
            }
            assert_eq!(lab.items(), expected, "{hands} at once");
        }
    }
}

#[tokio::test]
async fn a_late_writer_of_an_older_version_is_not_heard() {
    for calls in [true, false] {
        let [old, new] = versions(calls);
        for polls in (0..400).step_by(4) {
            let lab = lab(calls).await;
            let older = object(&old);
            // It stops somewhere, and goes on after the newer version was taken in.
            let mut late = Box::pin(lab.take(&older, 300));
            let mut done = false;
            for _ in 0..polls {
                done = futures_util::poll!(late.as_mut()).is_ready();
                if done {
                    break;
                }
                tokio::task::yield_now().await;
            }
            finish(&lab, &new).await;
            if !done {
                let _ = late.await;
            }
            assert_eq!(found(&lab).await, expected(std::slice::from_ref(&new.file), CHUNK), "{polls}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn at_no_moment_is_a_record_of_two_files_counted_twice() {
    for calls in [true, false] {
        let [one, corrected] = versions(calls);
        let mut other = one.clone();
        other.key = other.key.replace("/a/", "/b/");
        "b".clone_into(&mut other.file.stream);
        let all = [one.file.clone(), corrected.file.clone(), other.file.clone()];
        for polls in 0..150 {
            let lab = lab(calls).await;
            lab.put(&other.key, &other.content()).await;
            let _ = lab.take(&object(&one), 300).await;
            for next in [&other, &corrected] {
                let _ = CutOff::after(polls, lab.take(&object(next), 300)).await;
                assert_eq!(counted_twice(&lab, &all).await, None, "cut off after {polls} polls");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_correction_drops_is_not_counted_beside_who_tells_it_meanwhile() {
    for calls in [true, false] {
        // A day that the correction says nothing of.
        let [one, corrected] = [version(1, calls, &[(3, 300)]), version(2, calls, &[(5, 500)])];
        let mut other = one.clone();
        other.key = other.key.replace("/a/", "/b/");
        "b".clone_into(&mut other.file.stream);
        let all = [one.file.clone(), corrected.file.clone(), other.file.clone()];
        let mut whole = false;
        for polls in 0..1_000 {
            let lab = Lab::new(CHUNK).await;
            for version in [&one, &corrected, &other] {
                lab.put(&version.key, &version.content()).await;
            }
            let _ = lab.take(&object(&one), 300).await;
            whole = CutOff::after(polls, lab.take(&object(&corrected), 300)).await.is_some();
            finish(&lab, &other).await;
            assert_eq!(counted_twice(&lab, &all).await, None, "cut off after {polls} polls");
            if whole {
                break;
            }
        }
        assert!(whole, "cut off in every step");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_and_a_queue_that_fail_leave_the_same_table() {
    for calls in [true, false] {
        let expected = undisturbed(calls).await;
        for operation in ["GET", "PUT"] {
            for fault in
                [Fault::ServerError, Fault::TimeoutBefore, Fault::TimeoutAfter, Fault::CutBefore, Fault::CutAfter]
            {
                for times in [1, 2, 12] {
                    let lab = lab(calls).await;
                    for version in versions(calls) {
                        lab.bucket_faults.next(operation, fault, times);
                        finish(&lab, &version).await;
                        assert!(lab.bucket_faults.pending() < times, "{operation} {fault:?}: not met");
                        lab.bucket_faults.clear();
                    }
                    assert_eq!(lab.items(), expected, "{operation} {fault:?} {times}");
                }
            }
        }
        for fault in [Fault::ServerError, Fault::CutBefore, Fault::CutAfter] {
            let lab = lab(calls).await;
            for version in versions(calls) {
                lab.queue_faults.next("SendMessage", fault, 4);
                // Without time it has to say how to go on, which fails at first.
                assert!(lab.take(&object(&version), 1).await.is_err(), "{fault:?}");
                assert!(lab.queue_faults.pending() < 4, "{fault:?}: not met");
                lab.queue_faults.clear();
                assert_eq!(lab.take(&object(&version), 1).await.unwrap(), Taken::Continued);
                finish(&lab, &version).await;
            }
            assert_eq!(lab.items(), expected, "{fault:?}");
        }
    }
}
