//! The lab with everything in it: the bucket, all functions that events invoke, and the plans as the API changes them.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use bill_render::BillRender;
use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta};
use local::functions::{consume, serve, take};
use local::gateway::Function;
use local::in_process::settings;
use local::sources::{CutOff, FaultPlan, Sources};
use local::store::PUBLIC;
use order_fulfilment::OrderFulfilment;
use payment_apply::PaymentApply;
use payment_ingest::PaymentIngest;
use plans::Plans;
use serde_json::{Value, json};
use shared::domain::hook::callback::Addresses;
use shared::events::{Consumer, Inbox as _};
use shared::files::{Files, ObjectKey};
use shared::invocation::Base;
use shared::lambda::public_rings;
use shared::outside::Outside;
use shared::queue::Queue;
use shared::table::Changes;
use subscribers::Subscribers;
use tests::FILES;
use tests::connector::faults::Faults;
use usage_guard::UsageGuard;
use usage_ingest::UsageIngest;
use webhook_deliver::WebhookDeliver;

use super::{bank, calls};
use crate::lab::{Lab, country, line, name};

/// Time that a request has.
pub const LIMIT: Duration = Duration::from_secs(10);

pub struct World {
    pub lab: Lab,
    /// On the functions' way to the bucket.
    pub bucket_faults: Faults,
    plans: Function,
    subscribers: Function,
    /// The bucket, without faults.
    pub files: Files,
}

impl World {
    /// A world whose runs are taken for large from their first page on, or are not.
    pub async fn new(cycle_days: &[u32], plan: FaultPlan, large: bool) -> Self {
        let mut lab =
            if large { Lab::with_large_runs(cycle_days, plan).await } else { Lab::new(cycle_days, plan).await };
        let bucket_faults = Faults::around(lab.store.bucket.connector());
        let through = SharedHttpConnector::new(bucket_faults.clone());
        let disturbed = || lab.store.bucket.files_through(FILES, through.clone()).unwrap();
        let files = lab.store.bucket.files(FILES).unwrap();
        let sqs = aws_sdk_sqs::Client::new(&settings(lab.queue_faults.http_client()));
        let queue = |name: &str| Queue::new(sqs.clone(), name);
        let base = || {
            let table = lab.store.target_through(lab.faults.http_client()).writer;
            Base { table, country: country(), clock: lab.clock.clone() }
        };
        let [own, looks, dead] = ["UsageFiles", "UsageLooks", "UsageDeadLetters"].map(queue);
        let ingest = UsageIngest::new(base(), disturbed(), own, looks, dead);
        let guard = UsageGuard::new(base(), queue("UsageLooks"), queue("UsageLookDeadLetters"));
        let orders = OrderFulfilment::new(base(), queue("Orders"), queue("OrderDeadLetters"));
        let payments = PaymentApply::new(base(), queue("PaymentDeadLetters"));
        let bank = PaymentIngest::new(base(), disturbed(), queue("PaymentFiles"), queue("PaymentFileDeadLetters"));
        let rings = public_rings(lab.store.target().secrets, PUBLIC);
        let documents = BillRender::new(base(), disturbed(), rings, queue("BillDocumentDeadLetters"));
        // Nobody subscribes, so nothing goes out.
        let rings = public_rings(lab.store.target().secrets, PUBLIC);
        let outside = Outside::new(Addresses::Public, None);
        let hooks = WebhookDeliver::new(base(), rings, outside, (queue("Webhooks"), queue("WebhookDeadLetters")));
        let plans = serve(Plans::new(base()));
        let subscribers = serve(Subscribers::new(base()));
        lab.functions.insert(UsageIngest::NAME.to_owned(), take(ingest.with_chunks_of(calls::CHUNK)));
        lab.functions.insert(PaymentIngest::NAME.to_owned(), take(bank.with_chunks_of(bank::CHUNK)));
        lab.functions.insert(<BillRender as Consumer>::NAME.to_owned(), consume(documents));
        lab.functions.insert(PaymentApply::NAME.to_owned(), consume(payments));
        lab.functions.insert(WebhookDeliver::NAME.to_owned(), consume(hooks));
        lab.functions.insert(OrderFulfilment::NAME.to_owned(), consume(orders));
        lab.functions.insert(UsageGuard::NAME.to_owned(), consume(guard));
        let world = Self { lab, bucket_faults, plans, subscribers, files };
        world.fill(cycle_days).await;
        world
    }

    async fn fill(&self, cycle_days: &[u32]) {
        let mut changes = Changes::new();
        for (id, kind, minor) in [
            ("A", "standard", 30_000),
            ("B", "standard", 50_000),
            ("C", "standard", 10_000),
            ("D", "additional", 5_000),
        ] {
            changes.put_plan(&serde_json::from_value(plan(id, kind, minor)).unwrap()).unwrap();
        }
        let offer = json!({
            "id": "O", "name": "Offer", "description": "Offer", "validity": 1, "validity_unit": "Day", "category": "Offers",
            "sub_category": "Data", "rank": 1, "price": { "minor": 2_000, "currency": "COP" }, "methods": ["NEXT_INVOICE"],
            "channels": [1, 2, 3, 4, 5], "on_sale_from": "2020-01-01T00:00:00Z", "repeatable": true,
        });
        changes.put_offer(&serde_json::from_value(offer).unwrap()).unwrap();
        for (at, day) in cycle_days.iter().enumerate() {
            let subscriber = json!({
                "msisdn": line(at), "customer": "1", "account": "1", "profile": "1", "contract": name(at),
                "contract_since": "2025-12-20", "plan": "A", "payment": { "kind": "postpaid", "cycle_day": day },
            });
            let subscriber = serde_json::from_value(subscriber).unwrap();
            changes.put_subscriber(None, &subscriber, self.lab.clock.now()).unwrap();
        }
        self.lab.commit(changes).await;
    }

    /// What AWS puts around the functions; with the nights of the template, or without.
    pub fn sources(&self, nights: bool) -> Sources {
        let mut template = tests::template().clone();
        if !nights {
            template.sources.schedules.clear();
        }
        let Lab { store, queues, functions, clock, .. } = &self.lab;
        let sources = Sources::new(&template, &store.embedded, queues.clone(), functions.clone());
        sources.with_bucket(&store.bucket, clock.now())
    }

    pub fn pass_minutes(&self, minutes: usize) {
        self.lab.clock.set(self.lab.clock.now() + TimeDelta::minutes(i64::try_from(minutes).unwrap()));
    }

    /// The time in the country.
    pub fn local_time(&self) -> DateTime<FixedOffset> {
        self.lab.clock.now().with_timezone(&country().zone())
    }

    pub fn today(&self) -> NaiveDate {
        self.local_time().date_naive()
    }

    pub fn clear_faults(&self) {
        for faults in [&self.lab.faults, &self.lab.queue_faults, &self.bucket_faults] {
            faults.clear();
        }
    }

    /// Puts a usage file into the inbox.
    pub async fn put(&self, key: &str, content: &str) {
        self.files.put(&ObjectKey::usage_file(key).unwrap().0, content.as_bytes()).await.unwrap();
    }

    /// A write of the API about a contract's line; the status, unless the function died after so many steps.
    pub async fn ask(&self, request: Ask, at: usize, key: &str, steps: u64) -> Option<u64> {
        let number = line(at).local(country()).to_owned();
        let (method, route, body) = request.parts();
        let path = route.replace("{MSISDN}", &number).replace("{offerId}", "O");
        let event = json!({
            "version": "2.0", "routeKey": format!("{method} {route}"), "rawPath": path, "rawQueryString": "",
            "headers": { "content-type": "application/json", "idempotency-key": key },
            "pathParameters": { "MSISDN": number, "offerId": "O" },
            "requestContext": {
                "authorizer": { "lambda": {
                    "verdict": "valid", "client": "simulation", "scope": "read write", "customers": "*", "exp": "4102444800",
                    "jti": "simulation", "seal": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                } },
                "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "" },
                "requestId": "1", "routeKey": format!("{method} {route}"), "stage": "$default",
                "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 0,
            },
            "body": body.to_string(), "isBase64Encoded": false,
        });
        let function = if matches!(request, Ask::Status(_)) { &self.subscribers } else { &self.plans };
        let answer = CutOff::after(steps, function(event, LIMIT)).await?.unwrap();
        answer["statusCode"].as_u64()
    }
}

/// A plan of the catalogue.
pub fn plan(id: &str, kind: &str, minor: i64) -> Value {
    json!({
        "id": id, "name": id, "category": "Plans", "kind": kind, "status": "ACTIVE", "open_to": ["postpaid"],
        "monthly": { "minor": minor, "currency": "COP" }, "data_mb": 0, "rank": 1,
    })
}

/// What a customer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Plan(&'static str),
    Upgrade,
    Status(&'static str),
    Additional,
    Buy,
    Drop,
}

impl Ask {
    fn parts(self) -> (&'static str, &'static str, Value) {
        match self {
            Self::Plan(plan) => ("PUT", "/plans/subscribers/{MSISDN}/current", json!({ "planId": plan })),
            Self::Upgrade => ("POST", "/plans/subscribers/{MSISDN}/upgraderequest", json!({ "planId": "B" })),
            Self::Status(code) => (
                "PUT",
                "/billing/subscribers/{MSISDN}/status",
                json!({ "code": code, "assetType": "SIM_IMEI", "customerId": "1" }),
            ),
            Self::Additional => (
                "POST",
                "/plans/subscribers/{MSISDN}/subscriptionrequests/",
                json!({ "planId": "D", "planName": "D", "categoryName": "Plans", "name": "Somebody" }),
            ),
            Self::Buy => ("POST", "/plans/subscribers/{MSISDN}/acquiredoffers/{offerId}", Value::Null),
            Self::Drop => ("DELETE", "/plans/subscribers/{MSISDN}/acquiredoffers/{offerId}", Value::Null),
        }
    }
}
