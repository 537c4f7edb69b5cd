//! The functions behind queues.

use chrono::{Datelike as _, Months};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::domain::payment_file::name::FileId;
use shared::files::ObjectKey;
use shared::files::object::Digest;
use tests::emulated::Emulated;
use tests::receiver::{Manner, Receiver};
use tests::runtime_api::Process;

use crate::{ask, binary, event, start};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_divided_and_delivered_to_who_has_subscribed() {
    let deployment = Emulated::demo().await;
    let mut processes = Vec::new();
    for function in ["hub", "webhook-deliver"] {
        let mut environment = deployment.environment(function, &deployment.endpoint());
        environment.insert("WEBHOOK_ADDRESSES".to_owned(), "any".to_owned());
        let mut process = Process::start(binary(function), function, &environment).await.unwrap();
        process.polled().await.unwrap();
        processes.push(process);
    }
    let [mut hub, mut deliver] = <[Process; 2]>::try_from(processes).ok().unwrap();
    let receiver = Receiver::start(Manner::status(204)).await;
    let mut request = event("hub", "subscribe");
    request["body"] = json!(json!({ "callback": receiver.url() }).to_string());
    let answer = ask(&mut hub, &request).await;
    assert_eq!((&answer["statusCode"], &answer["headers"]["location"]), (&json!(201), &json!("/hub/v1/hub/1")));
    let all_taken = json!({ "batchItemFailures": [] });
    assert_eq!(ask(&mut deliver, &event("webhook-deliver", "fan-out")).await, all_taken);
    let [due] = deployment.queues.messages("Webhooks").try_into().unwrap();
    let batch = json!({ "Records": [{ "messageId": due.id, "body": due.body }, { "messageId": "x", "body": "text" }] });
    assert_eq!(ask(&mut deliver, &batch).await, all_taken);
    let [delivery] = receiver.take().try_into().unwrap();
    assert_eq!(delivery.header("webhook-id"), "00112233445566778899aabbccddeeff");
    assert!(delivery.header("webhook-signature").starts_with("v1,"));
    let parked = deployment.queues.messages("WebhookDeadLetters");
    assert_eq!(parked.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["text"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consumer_answers_for_each_message_of_its_batch() {
    let deployment = Emulated::demo().await;
    let mut plans = start("plans", &deployment).await;
    let asked = ask(&mut plans, &event("plans", "request-subscriptions")).await;
    assert_eq!(asked["statusCode"], 200, "{asked}");
    let mut fulfilment = start("order-fulfilment", &deployment).await;
    let mut batch = event("order-fulfilment", "activate-subscription");
    let unreadable = json!({ "messageId": "unreadable", "body": "text" });
    batch["Records"].as_array_mut().unwrap().push(unreadable);
    assert_eq!(ask(&mut fulfilment, &batch).await, json!({ "batchItemFailures": [] }));
    let parked = deployment.queues.messages("OrderDeadLetters");
    let bodies: Vec<_> = parked.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["text"], "parked through the SDK's client, over HTTP");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_applied_and_one_of_no_bill_is_parked() {
    let deployment = Emulated::demo().await;
    // The bill.
    for (function, name) in [("bill-run", "begin-ordered"), ("bill-generate", "bill-page")] {
        ask(&mut start(function, &deployment).await, &event(function, name)).await;
    }
    let mut payments = start("payment-apply", &deployment).await;
    let mut batch = event("payment-apply", "apply-payment");
    // A bill of the demo data that nobody has paid: last month's.
    let zone = Country::by_code("co").unwrap().zone();
    let month = Clock::system().now().with_timezone(&zone).date_naive().with_day(1).unwrap() - Months::new(1);
    let number = format!("F500101-{}", month.format("%Y%m"));
    let body = batch["Records"][0]["body"].as_str().unwrap().replace("FE-000001", &number);
    let unknown = body.replace(&number, "FE-999999").replace("demo-1", "demo-2");
    batch["Records"][0]["body"] = json!(body);
    let unknown = json!({ "messageId": "unknown", "body": unknown });
    batch["Records"].as_array_mut().unwrap().push(unknown);
    assert_eq!(ask(&mut payments, &batch).await, json!({ "batchItemFailures": [] }));
    let reader = deployment.store.target().writer.reader().clone();
    let applied = reader.payment(&"demo-1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((applied.payment.amount.minor, applied.credited), (1_000_000, 0));
    let parked = deployment.queues.messages("PaymentDeadLetters");
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].attributes["reason"], "there is no such bill");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_run_is_begun_billed_and_closed() {
    let deployment = Emulated::demo().await;
    let mut run = start("bill-run", &deployment).await;
    let mut generate = start("bill-generate", &deployment).await;
    let all_taken = json!({ "batchItemFailures": [] });
    assert_eq!(ask(&mut run, &event("bill-run", "begin-ordered")).await, all_taken);
    assert_eq!(ask(&mut generate, &event("bill-generate", "bill-page")).await, all_taken);
    let told = |queue: &str| -> Vec<String> {
        let messages = deployment.queues.messages(queue).into_iter();
        messages
            .map(|message| serde_json::from_str::<Value>(&message.body).unwrap()["detail-type"].to_string())
            .collect()
    };
    assert_eq!(
        (told("BillPages"), told("BillRuns")),
        (vec!["\"BillPageListed\"".to_owned()], vec!["\"BillPagesDone\"".to_owned()])
    );
    assert_eq!(ask(&mut run, &event("bill-run", "close")).await, all_taken);
    let reader = deployment.store.target().writer.reader().clone();
    let closed = reader.run(&"2026-03-15.by-hand".parse().unwrap()).await.unwrap().unwrap().value.closed.unwrap();
    assert!(closed.report.adds_up() && closed.report.contracts == 1, "{closed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_looked_at_and_the_lists_of_looks_are_walked() {
    let deployment = Emulated::demo().await;
    let mut guard = start("usage-guard", &deployment).await;
    let all_taken = json!({ "batchItemFailures": [] });
    assert_eq!(ask(&mut guard, &event("usage-guard", "look")).await, all_taken);
    assert_eq!(ask(&mut guard, &event("usage-guard", "walk-lists")).await, all_taken);
    let reader = deployment.store.target().writer.reader().clone();
    let line = reader.subscriber(&"573001234567".to_owned().try_into().unwrap()).await.unwrap().unwrap();
    assert!(line.watch.as_ref().is_some_and(|watch| watch.listed), "{line:?}");
    assert!(reader.looks_walked().await.unwrap().is_some());
    assert!(deployment.queues.messages("UsageLookDeadLetters").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_usage_file_is_taken_from_the_bucket_and_its_result_put_there() {
    let deployment = Emulated::demo().await;
    let (key, file) = ObjectKey::usage_file("inbox/7f3a/demo/msc.1.calls.csv").unwrap();
    let bucket = deployment.store.bucket.files(tests::FILES).unwrap();
    bucket.put(&key, tests::file("docs/usage-files/msc.1.calls.csv").as_bytes()).await.unwrap();
    let mut ingest = start("usage-ingest", &deployment).await;
    assert_eq!(ask(&mut ingest, &event("usage-ingest", "take")).await, json!({ "batchItemFailures": [] }));
    // What the time of one invocation did not suffice for goes on with the message in the queue.
    for message in deployment.queues.messages("UsageFiles") {
        let batch = json!({ "Records": [{ "messageId": message.id, "body": message.body }] });
        assert_eq!(ask(&mut ingest, &batch).await, json!({ "batchItemFailures": [] }));
    }
    let result = bucket.part(&ObjectKey::result(&file, None), 0, 1 << 16).await.unwrap().unwrap();
    let result: Value = serde_json::from_slice(&result.bytes).unwrap();
    assert_eq!((&result["read"], &result["accepted"]), (&json!(6), &json!(6)), "{result}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_file_is_taken_from_the_bucket_and_its_result_put_there() {
    let deployment = Emulated::demo().await;
    let (key, file) = ObjectKey::payment_file("payments/3c9d/demo/bank.csv").unwrap();
    let bucket = deployment.store.bucket.files(tests::FILES).unwrap();
    let content = tests::file("docs/payments/bank.csv");
    bucket.put(&key, content.as_bytes()).await.unwrap();
    let mut ingest = start("payment-ingest", &deployment).await;
    assert_eq!(ask(&mut ingest, &event("payment-ingest", "take")).await, json!({ "batchItemFailures": [] }));
    // What the time of one invocation did not suffice for goes on with the message in the queue.
    for message in deployment.queues.messages("PaymentFiles") {
        let batch = json!({ "Records": [{ "messageId": message.id, "body": message.body }] });
        assert_eq!(ask(&mut ingest, &batch).await, json!({ "batchItemFailures": [] }));
    }
    let mut digest = Digest::default();
    digest.update(content.as_bytes());
    let file = FileId { stream: file.stream, name: file.name, digest: digest.finish() };
    let result = bucket.part(&ObjectKey::payment_result(&file), 0, 1 << 16).await.unwrap().unwrap();
    let result: Value = serde_json::from_slice(&result.bytes).unwrap();
    assert_eq!((&result["outcome"], &result["read"]), (&json!("ingested"), &json!(4)), "{result}");
}
