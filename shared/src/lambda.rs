//! The life of a function: boot once, then answer events.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::SdkConfig;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::region::ProvideRegion as _;
use aws_sdk_dynamodb::config::{BehaviorVersion, SharedCredentialsProvider};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::auth::cache::Fetch;
use crate::auth::{KeyRing, PublicRing, RingCache};
use crate::clock::{Clock, Deadline};
use crate::config::Config;
use crate::domain::fiscal::keys::FiscalKeys;
use crate::error::{Cause, Error, Result};
use crate::events::{Batch, BatchAnswer, Consumer, Inbox, Job, consume, receive, work};
use crate::files::Files;
use crate::http::{Answer, Event, OpenService, Service, dispatch, dispatch_open};
use crate::invocation::{Access, Base};
use crate::queue::Queue;
use crate::table::{Client, Reader, Writer, connect};

pub use aws_sdk_secretsmanager::Client as Secrets;

/// Time limit for opening connections before the first event.
const WARM_UP: Duration = Duration::from_millis(700);

/// What a function boots with.
pub struct Boot {
    /// Its settings.
    pub config: Config,
    settings: SdkConfig,
}

/// Reads the environment, starts the log, prepares connections.
///
/// # Errors
/// When the environment is invalid; the platform reports a failed start.
pub async fn boot() -> Result<Boot> {
    let config = Config::from_env()?;
    start_log(&config.log_level);
    // Lambda passes credentials and region in the environment; other sources would only delay every start.
    let settings = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(EnvironmentVariableRegionProvider::new().region().await)
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(connect::https(config.extra_root.as_deref())?)
        .sleep_impl(connect::sleep())
        .time_source(connect::time_source())
        .build();
    Ok(Boot { config, settings })
}

impl Boot {
    /// The state of a function that reads and writes, with its connection to the table open.
    pub async fn base(&self) -> Base {
        self.opened(Writer::new(self.table_client(), &self.config.table)).await
    }

    /// The state of a function that only reads, with its connection to the table open.
    pub async fn reading_base(&self) -> Base<Reader> {
        self.opened(Reader::new(self.table_client(), &self.config.table)).await
    }

    /// Best effort, bounded by [`WARM_UP`]; the result is ignored.
    pub async fn ahead(&self, read: impl Future<Output = ()>) {
        if !self.config.table.is_empty() {
            let _ = tokio::time::timeout(WARM_UP, read).await;
        }
    }

    /// The bucket. Nothing is connected: a link needs no request, and a deletion is rare.
    ///
    /// # Errors
    /// When the trusted roots cannot be read.
    pub fn files(&self) -> Result<Files> {
        let Config { bucket, files_endpoint, files_url, extra_root, .. } = &self.config;
        let settings = self.settings_at(files_endpoint.as_deref());
        let files = Files::new(&settings, bucket, connect::connector(extra_root.as_deref())?)?;
        Ok(match files_url {
            Some(url) => files.with_links_at(url, bucket),
            None => files,
        })
    }

    /// The queue where a consumer parks. Nothing is connected, because that is rare.
    pub fn dead_letters(&self) -> Queue {
        self.queue(&self.config.dead_letters)
    }

    /// The function's own queue, for messages that continue its work. Nothing is connected, because that is rare.
    pub fn own_queue(&self) -> Queue {
        self.queue(&self.config.own_queue)
    }

    /// The queue of the function that this one tells what to do.
    pub fn next_queue(&self) -> Queue {
        self.queue(&self.config.next_queue)
    }

    fn queue(&self, url: &str) -> Queue {
        let settings = self.settings_at(self.config.queues_endpoint.as_deref());
        let config = aws_sdk_sqs::config::Builder::from(&settings)
            .timeout_config(connect::time_limits())
            .retry_config(connect::attempts());
        Queue::new(aws_sdk_sqs::Client::from_conf(config.build()), url)
    }

    /// The Secrets Manager client.
    pub fn secrets(&self) -> Secrets {
        secrets(&self.settings_at(self.config.secrets_endpoint.as_deref()))
    }

    /// The key ring, read already unless Secrets Manager is slow.
    pub async fn key_rings(&self) -> RingCache<KeyRing> {
        self.read(key_rings(self.secrets(), &self.config.secret_id)).await
    }

    /// The public half of the key ring, likewise.
    pub async fn public_rings(&self) -> RingCache<PublicRing> {
        self.read(public_rings(self.secrets(), &self.config.secret_id)).await
    }

    /// The secrets that codes on bills are made with. Nothing is read: most countries need none.
    pub fn fiscal_keys(&self) -> RingCache<FiscalKeys> {
        fiscal_keys(self.secrets(), &self.config.secret_id)
    }

    async fn read<T>(&self, rings: RingCache<T>) -> RingCache<T> {
        if !self.config.secret_id.is_empty() {
            let _ = tokio::time::timeout(WARM_UP, rings.ring(Clock::system().now())).await;
        }
        rings
    }

    /// Opens the connection, unless there is no table.
    async fn opened<A: Access>(&self, table: A) -> Base<A> {
        if !self.config.table.is_empty() {
            table.reader().warm_up(WARM_UP).await;
        }
        Base { table, country: self.config.country, clock: Clock::system() }
    }

    fn table_client(&self) -> Client {
        connect::client(&self.settings_at(self.config.table_endpoint.as_deref()))
    }

    /// The settings for a service at another endpoint, if any. They are built by hand, so the SDK does not read
    /// `AWS_ENDPOINT_URL_*` itself.
    fn settings_at(&self, endpoint: Option<&str>) -> SdkConfig {
        let mut settings = self.settings.to_builder();
        settings.set_endpoint_url(endpoint.map(ToOwned::to_owned));
        settings.build()
    }
}

/// A Secrets Manager client: ordinary AWS settings with the bundle's limits.
pub fn secrets(settings: &SdkConfig) -> Secrets {
    let config = aws_sdk_secretsmanager::config::Builder::from(settings)
        .timeout_config(connect::time_limits())
        .retry_config(connect::attempts());
    Secrets::from_conf(config.build())
}

/// The text of a secret.
///
/// # Errors
/// 503 when Secrets Manager does not answer, or the secret has no text.
pub async fn secret_text(secrets: &Secrets, id: &str) -> Result<String> {
    let output = secrets.get_secret_value().secret_id(id).send().await;
    let output = output.map_err(|error| Error::Unavailable(Cause::new(&error)))?;
    output.secret_string.ok_or_else(|| Error::Unavailable(Cause::text("the secret holds no text")))
}

/// The key ring in a secret, read on demand.
pub fn key_rings(secrets: Secrets, id: &str) -> RingCache<KeyRing> {
    RingCache::new(fetch(secrets, id), KeyRing::parse)
}

/// The public half of a key ring in a secret, read on demand.
pub fn public_rings(secrets: Secrets, id: &str) -> RingCache<PublicRing> {
    RingCache::new(fetch(secrets, id), PublicRing::parse)
}

/// The secrets that codes on bills are made with, read on demand.
pub fn fiscal_keys(secrets: Secrets, id: &str) -> RingCache<FiscalKeys> {
    RingCache::new(fetch(secrets, id), FiscalKeys::parse)
}

fn fetch(secrets: Secrets, id: &str) -> Fetch {
    let id = id.to_owned();
    Box::new(move || {
        let (secrets, id) = (secrets.clone(), id.clone());
        Box::pin(async move { secret_text(&secrets, &id).await })
    })
}

/// Runs a function whose operations need a token.
///
/// # Errors
/// When the runtime fails.
pub async fn run<S: Service>(service: S) -> Result<(), lambda_http::Error> {
    let service = Arc::new(service);
    serve(move |event: Event, deadline| {
        let service = Arc::clone(&service);
        async move { Ok(dispatch(&*service, event, deadline).await) }
    })
    .await
}

/// Runs a function whose operations need no token.
///
/// # Errors
/// When the runtime fails.
pub async fn run_open<S: OpenService>(service: S) -> Result<(), lambda_http::Error> {
    let service = Arc::new(service);
    serve(move |event: Event, deadline| {
        let service = Arc::clone(&service);
        async move { Ok(dispatch_open(&*service, event, deadline).await) }
    })
    .await
}

/// Runs a consumer.
///
/// # Errors
/// When the runtime fails.
pub async fn run_consumer<C: Consumer>(consumer: C) -> Result<(), lambda_http::Error> {
    let consumer = Arc::new(consumer);
    serve(move |batch: Batch, deadline| {
        let consumer = Arc::clone(&consumer);
        async move { Ok(consume(&*consumer, batch, deadline).await) }
    })
    .await
}

/// Runs a function that answers requests without a token and takes events from a queue.
///
/// # Errors
/// When the runtime fails.
pub async fn run_open_consumer<S: OpenService + Consumer>(service: S) -> Result<(), lambda_http::Error> {
    let service = Arc::new(service);
    serve(move |event: serde_json::Value, deadline| {
        let service = Arc::clone(&service);
        async move { either(&*service, event, deadline).await.map_err(Error::internal) }
    })
    .await
}

/// An event of a queue has records; a request has none.
async fn either<S: OpenService + Consumer>(
    service: &S,
    event: serde_json::Value,
    deadline: Deadline,
) -> Result<serde_json::Value, String> {
    let malformed = |error: serde_json::Error| error.to_string();
    if event.get("Records").is_some() {
        let batch: Batch = serde_json::from_value(event).map_err(malformed)?;
        serde_json::to_value(consume(service, batch, deadline).await).map_err(malformed)
    } else {
        let request: Event = serde_json::from_value(event).map_err(malformed)?;
        serde_json::to_value(dispatch_open(service, request, deadline).await).map_err(malformed)
    }
}

/// Handles notifications of new objects.
///
/// # Errors
/// When the runtime fails.
pub async fn run_inbox<I: Inbox>(inbox: I) -> Result<(), lambda_http::Error> {
    let inbox = Arc::new(inbox);
    serve(move |batch: Batch, deadline| {
        let inbox = Arc::clone(&inbox);
        async move { Ok(receive(&*inbox, batch, deadline).await) }
    })
    .await
}

/// Runs a job, within the time of each invocation.
///
/// # Errors
/// When the runtime fails.
pub async fn run_job<J: Job>(job: J) -> Result<(), lambda_http::Error> {
    let job = Arc::new(job);
    serve(move |trigger: J::Trigger, deadline| {
        let job = Arc::clone(&job);
        async move { work(&*job, &trigger, deadline).await }
    })
    .await
}

/// Runs a handler of events of any type, with the deadline of each invocation.
///
/// # Errors
/// When the runtime fails.
pub async fn serve<E, A, F, Fut>(handle: F) -> Result<(), lambda_http::Error>
where
    E: DeserializeOwned + Send,
    A: Serialize,
    F: Fn(E, Deadline) -> Fut + Send + Sync,
    Fut: Future<Output = Result<A>> + Send,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<E>| async move {
        let deadline = Deadline::within(left(&event.context));
        handle(event.payload, deadline).await.map_err(|error| {
            let cause = error.cause().map(Cause::for_log).unwrap_or_default();
            tracing::error!(cause, "the event failed");
            lambda_http::Error::from(error.to_string())
        })
    }))
    .await
}

/// The platform gives the deadline as a time of day.
#[expect(clippy::disallowed_methods, reason = "a deadline is measured, it is no part of any answer")]
fn left(context: &Context) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(context.deadline).saturating_sub(now)
}

/// Logs one JSON object per line.
pub fn start_log(level: &str) {
    let level = level.parse().unwrap_or(tracing::Level::INFO);
    // If a log is installed already, it stays.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .without_time()
        .try_init();
}

/// Answers one event, JSON in and JSON out, as the local stack invokes functions.
///
/// # Errors
/// When the event is malformed, as text.
pub async fn invoke<S: Service>(service: &S, event: serde_json::Value, left: Duration) -> Result<Answer, String> {
    let event: Event = serde_json::from_value(event).map_err(|error| error.to_string())?;
    Ok(dispatch(service, event, Deadline::within(left)).await)
}

/// The same for a consumer.
///
/// # Errors
/// When the batch is malformed, as text.
pub async fn invoke_consumer<C: Consumer>(
    consumer: &C,
    event: serde_json::Value,
    left: Duration,
) -> Result<BatchAnswer, String> {
    let batch: Batch = serde_json::from_value(event).map_err(|error| error.to_string())?;
    Ok(consume(consumer, batch, Deadline::within(left)).await)
}

/// The same for a function that answers requests without a token and takes events from a queue.
///
/// # Errors
/// When the event is malformed, as text.
pub async fn invoke_open_consumer<S: OpenService + Consumer>(
    service: &S,
    event: serde_json::Value,
    left: Duration,
) -> Result<serde_json::Value, String> {
    either(service, event, Deadline::within(left)).await
}

/// The same for a function that takes objects of the bucket.
///
/// # Errors
/// When the batch is malformed, as text.
pub async fn invoke_inbox<I: Inbox>(
    inbox: &I,
    event: serde_json::Value,
    left: Duration,
) -> Result<BatchAnswer, String> {
    let batch: Batch = serde_json::from_value(event).map_err(|error| error.to_string())?;
    Ok(receive(inbox, batch, Deadline::within(left)).await)
}

/// The same for a function whose operations need no token.
///
/// # Errors
/// When the event is malformed, as text.
pub async fn invoke_open<S: OpenService>(
    service: &S,
    event: serde_json::Value,
    left: Duration,
) -> Result<Answer, String> {
    let event: Event = serde_json::from_value(event).map_err(|error| error.to_string())?;
    Ok(dispatch_open(service, event, Deadline::within(left)).await)
}
