//! Objects of the inboxes that are gone before they are read. A role that may not list the bucket is told 403 of them, not 404.
//!
//! Guard: such a message is parked with its reason; it does not come back until it has failed five times.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use local::in_process::response;
use payment_ingest::PaymentIngest;
use shared::clock::Deadline;
use shared::events::{Inbox, Object};
use shared::files::Files;
use shared::invocation::Base;
use shared::queue::Queue;
use tests::{FILES, World};
use usage_ingest::UsageIngest;

/// A bucket that refuses everything with this code.
#[derive(Debug)]
struct Refusing(&'static str);

impl HttpConnector for Refusing {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let body = format!("<?xml version=\"1.0\"?><Error><Code>{}</Code></Error>", self.0);
        HttpConnectorFuture::ready(response(403, "application/xml", body.into_bytes()))
    }
}

fn parts(world: &World, code: &'static str) -> (Base, Files, Queue, Queue) {
    let files = world.store.bucket.files_through(FILES, SharedHttpConnector::new(Refusing(code))).unwrap();
    let sqs = aws_sdk_sqs::Client::new(&local::in_process::settings(local::in_process::http_client(
        world.queues.connector(),
    )));
    let queue = |name: &str| Queue::new(sqs.clone(), name);
    let table = world.store.target_through(world.faults.http_client()).writer;
    let base = Base { table, country: world.country(), clock: world.clock.clone() };
    (base, files, queue("Own"), queue("Dead"))
}

/// What taking an object ends with, and whether the message comes back.
async fn ends(inbox: &impl Inbox, key: &str) -> (String, bool) {
    let object = Object { key: key.to_owned(), digest: None, tag: None };
    let error = inbox.take(&object, Deadline::within(Duration::from_secs(300))).await.unwrap_err();
    (error.to_string(), error.may_pass())
}

#[tokio::test]
async fn an_object_that_is_gone_is_parked_and_a_wrong_signature_is_not_taken_for_one() {
    let world = World::demo().await;
    for (code, may_pass) in [("AccessDenied", false), ("SignatureDoesNotMatch", true)] {
        let (base, files, own, dead) = parts(&world, code);
        let payments = PaymentIngest::new(base, files, own, dead);
        let (base, files, own, dead) = parts(&world, code);
        let usage = UsageIngest::new(base, files, own.clone(), own, dead);
        for (told, again) in
            [ends(&payments, "payments/0/bank/a.csv").await, ends(&usage, "inbox/0/demo/msc.1.calls.csv").await]
        {
            assert_eq!(again, may_pass, "{told}");
            assert_eq!(told == "object: is not there any more, or may not be read", !may_pass, "{told}");
        }
    }
}
