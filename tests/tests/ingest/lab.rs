//! A small world for usage files: a table with a few lines and rates, a bucket, queues, and the function alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::FutureExt as _;
use local::gateway::Function;
use local::in_process::settings;
use local::sources::{self, FaultPlan, Queues, Sources};
use local::store::Store;
use serde_json::{Value, json};
use shared::clock::{Clock, Deadline};
use shared::domain::call::Call;
use shared::domain::country::Country;
use shared::domain::msisdn::Msisdn;
use shared::domain::owned::Everybody;
use shared::domain::period::Span;
use shared::domain::usage::Traffic;
use shared::domain::usage_file::day::Usage;
use shared::error::Result;
use shared::events::{Inbox as _, Object, Taken};
use shared::files::{Files, ObjectKey};
use shared::invocation::Base;
use shared::lambda::invoke_inbox;
use shared::queue::Queue;
use shared::table::{Changes, From, Reader, Window, Writer};
use tests::FILES;
use tests::connector::faults::Faults;
use usage_ingest::UsageIngest;

/// The lines of the lab.
pub const LINES: [&str; 3] = ["3001111111", "3002222222", "3003333333"];

/// As many others, which a made-up history does not name.
pub const MIRRORS: [&str; 3] = ["3004444444", "3005555555", "3006666666"];

/// Everything one schedule works on.
pub struct Lab {
    pub store: Store,
    pub clock: Clock,
    /// On the way to the table.
    pub faults: Faults,
    /// On the function's way to the bucket.
    pub bucket_faults: Faults,
    /// On the function's way to the queues.
    pub queue_faults: Faults,
    pub queues: Queues,
    pub function: Arc<UsageIngest>,
    /// Without faults.
    pub files: Files,
    reader: Reader,
}

pub fn country() -> &'static Country {
    Country::by_code("co").unwrap()
}

pub fn line(at: usize) -> Msisdn {
    Msisdn::parse(LINES[at], country()).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-03-10T15:00:00Z".parse().unwrap()
}

impl Lab {
    /// A lab whose function cuts files into chunks of so many records.
    pub async fn new(chunk_records: u32) -> Self {
        Self::with_faults(chunk_records, FaultPlan::default()).await
    }

    /// The same, with faults of the queues.
    pub async fn with_faults(chunk_records: u32, plan: FaultPlan) -> Self {
        let store = Store::with_ring(tests::template(), None, || Ok(tests::world::ring().to_owned())).unwrap();
        let clock = Clock::standing_at(now());
        let time = clock.clone();
        let queues = sources::queues(tests::template(), Arc::new(move || time.now())).with_faults(plan);
        let faults = Faults::around(store.embedded.connector());
        let bucket_faults = Faults::around(store.bucket.connector());
        let queue_faults = Faults::around(queues.connector());
        let files = store.bucket.files(FILES).unwrap();
        let disturbed = store.bucket.files_through(FILES, SharedHttpConnector::new(bucket_faults.clone())).unwrap();
        let sqs = aws_sdk_sqs::Client::new(&settings(queue_faults.http_client()));
        let queue = |name: &str| Queue::new(sqs.clone(), name);
        let table = store.target_through(faults.http_client()).writer;
        let base = Base { table, country: country(), clock: clock.clone() };
        let function =
            UsageIngest::new(base, disturbed, queue("UsageFiles"), queue("UsageLooks"), queue("UsageDeadLetters"));
        let function = Arc::new(function.with_chunks_of(chunk_records));
        let reader = store.target().writer.reader().clone();
        let lab = Self { store, clock, faults, bucket_faults, queue_faults, queues, function, files, reader };
        lab.fill(&lab.store.target().writer).await;
        lab
    }

    async fn fill(&self, writer: &Writer) {
        let mut changes = Changes::new();
        for number in LINES.iter().chain(&MIRRORS) {
            let msisdn = Msisdn::parse(number, country()).unwrap();
            changes.put_subscriber(None, &subscriber(&msisdn), now()).unwrap();
        }
        let from = "2020-01-01";
        let increments = json!([{ "classes": "voice", "steps": [{ "from": from, "minimum": 60, "step": 1 }] }]);
        let zones = json!([{ "prefix": "1", "from": from, "zone": "norte" }]);
        let rating = json!({ "international": zones, "increments": increments });
        changes.add_tariff(&serde_json::from_value(json!({ "version": 1, "rating": rating })).unwrap()).unwrap();
        writer.commit(changes, None, now()).await.unwrap();
    }

    /// Puts a file into the inbox; nobody is told.
    pub async fn put(&self, key: &str, content: &str) {
        self.files.put(&ObjectKey::usage_file(key).unwrap().0, content.as_bytes()).await.unwrap();
    }

    /// One invocation of the function for an object.
    pub async fn take(&self, object: &Object, seconds: u64) -> Result<Taken> {
        self.function.take(object, Deadline::within(Duration::from_secs(seconds))).await
    }

    /// What AWS puts around the function: the bucket tells the queue, the queue invokes it.
    pub fn sources(&self) -> Sources {
        let inbox = Arc::clone(&self.function);
        let function: Function = Arc::new(move |event, left| {
            let inbox = Arc::clone(&inbox);
            let answer = async move { invoke_inbox(&*inbox, event, left).await };
            answer.map(|answer| answer.map(|answer| serde_json::to_value(answer).unwrap())).boxed()
        });
        let functions = BTreeMap::from([(UsageIngest::NAME.to_owned(), function)]);
        let mut template = tests::template().clone();
        template.sources.notifications.retain(|told| told.queue == "UsageFiles");
        let sources = Sources::new(&template, &self.store.embedded, self.queues.clone(), functions);
        sources.with_bucket(&self.store.bucket, self.clock.now())
    }

    /// Ends the faults on all ways.
    pub fn clear_faults(&self) {
        for faults in [&self.faults, &self.bucket_faults, &self.queue_faults] {
            faults.clear();
        }
    }

    /// What a caller of the API sees of a line's calls.
    pub async fn calls(&self, at: usize) -> Vec<Call> {
        let window = Window { from: From::Record(0), limit: 1_000 };
        let calls = self.reader.calls(&line(at), span(), country().zone(), &window, &Everybody).await.unwrap();
        calls.unwrap().found().unwrap().rows
    }

    /// What a caller of the API sees of a line's traffic.
    pub async fn traffic(&self, at: usize) -> Vec<Traffic> {
        let traffic = self.reader.traffic(&line(at), span(), country().zone(), &Everybody).await.unwrap();
        traffic.unwrap().found().unwrap()
    }

    /// What a bill sees of a line's usage.
    pub async fn usage(&self, at: usize) -> BTreeMap<NaiveDate, Usage> {
        self.usage_of(LINES[at]).await
    }

    /// The same of any number.
    pub async fn usage_of(&self, number: &str) -> BTreeMap<NaiveDate, Usage> {
        let day = |text: &str| text.parse().unwrap();
        let msisdn = Msisdn::parse(number, country()).unwrap();
        self.reader.usage_by_day(&msisdn, day("2026-03-01"), day("2026-03-31")).await.unwrap()
    }

    /// Every item of the table.
    pub fn items(&self) -> Vec<String> {
        let mut items: Vec<_> =
            self.store.embedded.items(self.store.table()).unwrap().iter().map(Value::to_string).collect();
        items.sort();
        items
    }
}

fn span() -> Span {
    Span::new("2026-03-01T05:00:00Z".parse().unwrap(), "2026-04-01T04:59:59Z".parse().unwrap()).unwrap()
}

fn subscriber(msisdn: &Msisdn) -> shared::domain::subscriber::Subscriber {
    serde_json::from_value(json!({
        "msisdn": msisdn, "customer": "1001", "account": "1", "profile": "1", "contract": "1", "plan": "101",
        "payment": { "kind": "postpaid", "cycle_day": 15 },
    }))
    .unwrap()
}
