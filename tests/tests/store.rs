//! The SDK's clients against the embedded services, and injected faults.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use aws_sdk_dynamodb::{Client, Config};
use local::dynamo::Embedded;
use local::in_process::http_client;
use local::secrets::Secrets;
use serde_json::json;
use tests::connector::faults::{Fault, Faults};

const TABLE: &str = "things";

fn store() -> Embedded {
    let store = Embedded::in_memory().unwrap();
    let definition = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
        ],
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" }],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    });
    assert!(store.ensure_table(&definition, Some("ttl")).unwrap());
    assert!(!store.ensure_table(&definition, Some("ttl")).unwrap(), "the second time the table is there");
    store
}

fn client(http: aws_smithy_runtime_api::client::http::SharedHttpClient, attempts: u32) -> Client {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(200)).build();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .retry_config(
            RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(1)),
        )
        .timeout_config(timeouts)
        .http_client(http)
        .build();
    Client::from_conf(config)
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn put(pk: &str, sk: &str) -> Put {
    let put = Put::builder().table_name(TABLE).item("pk", text(pk)).item("sk", text(sk));
    put.condition_expression("attribute_not_exists(pk)").build().unwrap()
}

async fn count(client: &Client, pk: &str) -> i32 {
    let query = client.query().table_name(TABLE).key_condition_expression("pk = :pk");
    query.expression_attribute_values(":pk", text(pk)).consistent_read(true).send().await.unwrap().count()
}

#[tokio::test]
async fn what_is_put_is_found_by_a_query_in_order() {
    let client = client(http_client(store().connector()), 1);
    for sk in ["b", "a", "c"] {
        let put = client.put_item().table_name(TABLE).item("pk", text("p")).item("sk", text(sk));
        put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    }
    let query = client.query().table_name(TABLE).key_condition_expression("pk = :pk AND sk >= :from");
    let query = query.expression_attribute_values(":pk", text("p")).expression_attribute_values(":from", text("b"));
    let found = query.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    assert_eq!(found.items().iter().map(|item| item["sk"].clone()).collect::<Vec<_>>(), [text("b"), text("c")]);
    assert_eq!(found.consumed_capacity().unwrap().capacity_units(), Some(0.5));
}

#[tokio::test]
async fn a_failed_condition_returns_the_item_that_is_there() {
    let client = client(http_client(store().connector()), 1);
    let item = |value: &str| {
        let put =
            client.put_item().table_name(TABLE).item("pk", text("p")).item("sk", text("s")).item("v", text(value));
        put.condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    };
    item("first").send().await.unwrap();
    let error = item("second").send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("another error: {error:?}")
    };
    assert_eq!(failed.item().unwrap()["v"], text("first"));
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing_and_runs_once_per_token() {
    let client = client(http_client(store().connector()), 1);
    let transact = |token: &str, keys: &[&str]| {
        let items = keys.iter().map(|sk| TransactWriteItem::builder().put(put("p", sk)).build()).collect();
        client.transact_write_items().set_transact_items(Some(items)).client_request_token(token).send()
    };
    transact("token-1", &["a", "b"]).await.unwrap();
    transact("token-1", &["a", "b"]).await.expect("the same token again is the same success");
    let error = transact("token-2", &["c", "a"]).await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("TransactionCanceledException"));
    let other = transact("token-1", &["d"]).await.unwrap_err().into_service_error();
    assert_eq!(other.code(), Some("IdempotentParameterMismatchException"));
    assert_eq!(count(&client, "p").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_creators_at_once_one_wins() {
    let client = client(http_client(store().connector()), 1);
    let tries = (0..200).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            let put = client.put_item().table_name(TABLE).item("pk", text("p")).item("sk", text("s"));
            put.condition_expression("attribute_not_exists(pk)").send().await.is_ok()
        })
    });
    let won = futures_util::future::join_all(tries).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_file_keeps_items_and_secrets() {
    let folder = std::env::temp_dir().join(format!("local-store-{}", std::process::id()));
    let path = folder.join("data.db");
    std::fs::create_dir_all(&folder).unwrap();
    for round in 0..2 {
        let store = Embedded::in_file(path.to_str().unwrap()).unwrap();
        let secrets = Secrets::within(&store).unwrap();
        assert_eq!(secrets.value("keys").unwrap().is_some(), round == 1);
        secrets.set("keys", "kept").unwrap();
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn every_fault_reaches_the_client_and_commits_only_where_it_says() {
    for fault in Fault::ALL {
        let faults = Faults::around(store().connector());
        let client = client(faults.http_client(), 1);
        faults.next("PutItem", fault, 1);
        let put = client.put_item().table_name(TABLE).item("pk", text("p")).item("sk", text("s"));
        put.send().await.expect_err(&format!("{fault:?} must be an error"));
        assert_eq!(count(&client, "p").await == 1, fault.commits(), "{fault:?}");
        assert_eq!(faults.pending(), 0);
    }
}

#[tokio::test]
async fn the_client_retries_past_a_passing_fault_and_every_attempt_is_counted() {
    for fault in Fault::ALL {
        if fault == Fault::Conflict {
            continue; // A conflict is the caller's to repeat; the SDK does not.
        }
        let faults = Faults::around(store().connector());
        let client = client(faults.http_client(), 3);
        faults.after("PutItem", 1, fault, 2);
        for sk in ["a", "b"] {
            let put = client.put_item().table_name(TABLE).item("pk", text("p")).item("sk", text(sk));
            put.send().await.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        }
        assert_eq!(count(&client, "p").await, 2);
        let counts = faults.take_counts();
        assert_eq!((counts["PutItem"], counts["Query"]), (4, 1), "{fault:?}");
        assert!(faults.take_counts().is_empty());
    }
}

#[tokio::test]
async fn a_lost_race_of_a_transaction_names_the_item() {
    let faults = Faults::around(store().connector());
    let client = client(faults.http_client(), 1);
    faults.next("TransactWriteItems", Fault::Conflict, 1);
    let items = ["a", "b"].map(|sk| TransactWriteItem::builder().put(put("p", sk)).build());
    let request = client.transact_write_items().set_transact_items(Some(items.to_vec()));
    let error = request.send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(lost) =
        error
    else {
        panic!("another error: {error:?}")
    };
    let codes: Vec<_> = lost.cancellation_reasons().iter().filter_map(|reason| reason.code()).collect();
    assert_eq!(codes, ["TransactionConflict", "None"]);
    assert_eq!(count(&client, "p").await, 0);
}

#[tokio::test]
async fn an_operation_we_do_not_play_is_refused_clearly() {
    let client = client(http_client(store().connector()), 1);
    let error = client.describe_limits().send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("UnknownOperationException"));
}

#[tokio::test]
async fn secrets_are_read_and_replaced_by_name_or_resource_name() {
    let secrets = Secrets::within(&store()).unwrap();
    secrets.set("keys", "first").unwrap();
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(aws_sdk_secretsmanager::config::BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .http_client(http_client(secrets.connector()))
        .build();
    let client = aws_sdk_secretsmanager::Client::from_conf(config);

    let first = client.get_secret_value().secret_id("keys").send().await.unwrap();
    assert_eq!(first.secret_string(), Some("first"));
    client.put_secret_value().secret_id(first.arn().unwrap()).secret_string("second").send().await.unwrap();
    let second = client.get_secret_value().secret_id("keys").send().await.unwrap();
    assert_eq!(second.secret_string(), Some("second"));
    assert_ne!(second.version_id(), first.version_id());

    let missing = client.get_secret_value().secret_id("other").send().await.unwrap_err().into_service_error();
    assert_eq!(missing.code(), Some("ResourceNotFoundException"));
    let absent = client.put_secret_value().secret_id("other").secret_string("x").send().await.unwrap_err();
    assert_eq!(absent.into_service_error().code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn the_same_services_answer_over_http() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let store = store();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let services =
        vec![std::sync::Arc::new(store.clone()) as _, std::sync::Arc::new(Secrets::within(&store).unwrap()) as _];
    let server = tokio::spawn(local::in_process::serve_http(listener, services));
    for (target, status, expected) in [
        ("DynamoDB_20120810.ListTables", "200", "local-secrets"),
        ("secretsmanager.GetSecretValue", "400", "InvalidRequestException"),
        ("AmazonSQS.SendMessage", "400", "UnknownOperationException"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: {address}\r\nx-amz-target: {target}\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(expected), "{target}: {answer}");
    }
    server.abort();
}
