//! What a load asks the table for, and what it says when the table refuses.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use local::import::ImportError;
use local::in_process::{error_body, http_client, operation, response, settings};
use serde_json::{Value, json};
use shared::table::{Writer, connect};
use tests::World;
use tests::connector::faults::Fault;

use super::{bill, group, groups, import, text};

fn many(count: usize) -> Vec<Value> {
    (0..count).map(|at| bill(&format!("OLD-{at}"), if at % 2 == 0 { "1001" } else { "1002" }, "2025-12-05")).collect()
}

/// A way to the table that counts requests under way, and refuses those with a word in them.
struct Watched {
    inner: SharedHttpConnector,
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    refused: &'static str,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

impl HttpConnector for Watched {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let writes = operation(&request).contains("Write");
        let body = request.body().bytes().map(|body| String::from_utf8_lossy(body).into_owned()).unwrap_or_default();
        if writes && !self.refused.is_empty() && body.contains(self.refused) {
            let refusal = error_body("com.amazonaws.dynamodb.v20120810#ValidationException", "no");
            return HttpConnectorFuture::ready(response(400, "application/x-amz-json-1.0", refusal));
        }
        let (inner, under_way, most) = (self.inner.clone(), Arc::clone(&self.under_way), Arc::clone(&self.most));
        HttpConnectorFuture::new(async move {
            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            let answer = inner.call(request).await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }
}

/// Guard: what is read is read in batches, and many batches are under way at once.
#[tokio::test]
async fn a_thousand_bills_take_a_hundred_and_thirty_requests_many_at_once() {
    let world = World::demo().await;
    let most = Arc::new(AtomicUsize::new(0));
    let way = |refused| Watched {
        inner: SharedHttpConnector::new(world.faults.clone()),
        under_way: Arc::default(),
        most: Arc::clone(&most),
        refused,
    };
    let writer = world.store.target_through(http_client(SharedHttpConnector::new(way("")))).writer;
    world.faults.take_counts();
    world.import_through(&writer, &many(1_000)).await.unwrap();
    let counts = world.faults.take_counts();
    assert!(counts.values().sum::<usize>() <= 140, "{counts:?}");
    assert!(most.load(Ordering::SeqCst) >= 8, "{most:?}");

    // Loaded again nothing is written; with a change a transaction takes dozens of them.
    world.import_through(&writer, &many(1_000)).await.unwrap();
    let counts = world.faults.take_counts();
    assert!(!counts.contains_key("BatchWriteItem") && !counts.contains_key("TransactWriteItems"), "{counts:?}");
    let mut changed = many(1_000);
    changed.iter_mut().for_each(|bill| bill["name"] = "other".into());
    world.import_through(&writer, &changed).await.unwrap();
    assert!(world.faults.take_counts()["TransactWriteItems"] <= 30);
}

/// Guard: a batch that is refused is written part by part, and so is a transaction.
#[tokio::test]
async fn what_the_table_does_not_take_is_told_with_its_line() {
    let world = World::demo().await;
    let way = |refused| Watched {
        inner: world.store.embedded.connector(),
        under_way: Arc::default(),
        most: Arc::default(),
        refused,
    };
    let writer = world.store.target_through(http_client(SharedHttpConnector::new(way("unwanted")))).writer;
    let mut records = many(60);
    records[41]["name"] = "unwanted".into();
    for _ in 0..2 {
        let error = world.import_through(&writer, &records).await.unwrap_err();
        let ImportError::Refused { line, done, .. } = &error else { panic!("{error}") };
        assert_eq!((*line, *done), (42, 0), "{error}");
        assert!(error.to_string().starts_with("line 42: "), "{error}");
        // Those of the mended file, which are known by then, are changed in transactions.
        let mut good = many(60);
        good.iter_mut().for_each(|bill| bill["plan"] = "first".into());
        import(&world, &text(&good)).await.unwrap();
    }
}

/// Guard: a function's time limits are for a caller who waits.
#[tokio::test(start_paused = true)]
async fn an_operator_waits_for_a_table_that_is_slow_or_throttled() {
    let world = World::demo().await;
    let settings = settings(world.faults.http_client());
    let writer = Writer::new(connect::patient_client(&settings), world.store.table());
    world.faults.next("BatchWriteItem", Fault::TimeoutBefore, 2);
    world.faults.next("BatchWriteItem", Fault::ThroughputExceeded, 5);
    world.import_through(&writer, &[group("G-1", "x")]).await.unwrap();
    assert_eq!(world.faults.pending(), 0);
}

/// Guard: what is cut off goes on where it was, until another file is loaded.
#[tokio::test(start_paused = true)]
async fn a_file_goes_on_where_it_was_cut_off_unless_another_came_in_between() {
    let world = World::demo().await;
    let writer = world.store.target_through(world.faults.http_client()).writer;
    let records = groups(2_100);
    let cut_off = async || {
        world.faults.after("BatchWriteItem", 80, Fault::CutBefore, 1_000);
        let error = world.import_through(&writer, &records).await.unwrap_err();
        assert!(matches!(error, ImportError::Store { line: 2_000, .. }), "{error}");
        world.faults.clear();
    };
    cut_off().await;
    let report = world.import_through(&writer, &records).await.unwrap();
    assert_eq!((report.lines, report.done_before), (2_100, 2_000));
    let gone =
        |group: &Value| json!({"type": "remove", "of": "group", "customer": group["customer"], "id": group["id"]});
    import(&world, &text(&records.iter().map(gone).collect::<Vec<_>>())).await.unwrap();
    cut_off().await;
    world.clock.set(world.clock.now() + chrono::TimeDelta::minutes(2));
    import(&world, &text(&[group("G-0", "y")])).await.unwrap();
    let report = world.import_through(&writer, &records).await.unwrap();
    assert_eq!((report.lines, report.done_before), (2_100, 0), "the other file may have changed what was done");
}
