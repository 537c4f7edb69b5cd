//! A local Lambda Runtime API for compiled functions.
//!
//! A function polls for an event, answers it, and polls again; there is no other way in or out of its process.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Response, StatusCode, Uri};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;

/// The path prefix of the API.
const VERSION: &str = "/2018-06-01/runtime";
/// Time-out of an invocation, unless a process is started with another.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The outcome of an invocation.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Its answer.
    Answer(Value),
    /// An error that the function reported: `errorType`, `errorMessage`.
    Failed(Value),
}

/// What a function does, as seen by its owner.
#[derive(Debug)]
enum Step {
    /// It polls for an event, since this instant.
    Polled(Instant),
    /// It has finished the invocation with this number.
    Done(String, Outcome),
    /// Its start failed.
    NoStart(Value),
}

struct Desk {
    time_limit: Duration,
    events: Mutex<mpsc::UnboundedReceiver<(u64, Bytes)>>,
    steps: mpsc::UnboundedSender<Step>,
}

/// The API of one process.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::UnboundedSender<(u64, Bytes)>,
    steps: mpsc::UnboundedReceiver<Step>,
    invocations: AtomicU64,
    server: tokio::task::JoinHandle<io::Result<()>>,
}

impl RuntimeApi {
    /// Opens the API on a free port of this machine; an invocation may take so long.
    ///
    /// # Errors
    /// When there is none.
    pub async fn open(time_limit: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, waiting) = mpsc::unbounded_channel();
        let (told, steps) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk { time_limit, events: Mutex::new(waiting), steps: told });
        let app = Router::new().fallback(serve).with_state(desk);
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, events, steps, invocations: AtomicU64::new(0), server })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until the function polls, and returns since when.
    ///
    /// # Errors
    /// When the function reports a failed start.
    pub async fn polled(&mut self) -> io::Result<Instant> {
        match self.steps.recv().await {
            Some(Step::Polled(since)) => Ok(since),
            Some(Step::NoStart(error)) => Err(io::Error::other(format!("the function could not start: {error}"))),
            other => Err(io::Error::other(format!("expected the function to ask for an event, it did {other:?}"))),
        }
    }

    /// Gives an event to a polling function and waits for the outcome.
    ///
    /// # Errors
    /// When the function does something else.
    pub async fn invoke(&mut self, event: impl Into<Bytes>) -> io::Result<Outcome> {
        let number = self.invocations.fetch_add(1, Ordering::Relaxed);
        self.events.send((number, event.into())).map_err(io::Error::other)?;
        match self.steps.recv().await {
            Some(Step::Done(id, outcome)) if id == request_id(number) => Ok(outcome),
            other => Err(io::Error::other(format!("expected an answer to {}, got {other:?}", request_id(number)))),
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn request_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

async fn serve(State(desk): State<Arc<Desk>>, method: Method, uri: Uri, body: Bytes) -> Response<Body> {
    let path = uri.path().strip_prefix(VERSION).unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let step = match (method, parts.as_slice()) {
        (Method::GET, ["invocation", "next"]) => return next(&desk).await,
        (Method::POST, ["invocation", id, "response"]) => Step::Done((*id).to_owned(), Outcome::Answer(json(&body))),
        (Method::POST, ["invocation", id, "error"]) => Step::Done((*id).to_owned(), Outcome::Failed(json(&body))),
        (Method::POST, ["init", "error"]) => Step::NoStart(json(&body)),
        _ => return status(StatusCode::NOT_FOUND),
    };
    // The owner may be gone; the process ends next.
    let _ = desk.steps.send(step);
    status(StatusCode::ACCEPTED)
}

async fn next(desk: &Desk) -> Response<Body> {
    let _ = desk.steps.send(Step::Polled(Instant::now()));
    let Some((number, event)) = desk.events.lock().await.recv().await else { return status(StatusCode::GONE) };
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", request_id(number))
        .header("lambda-runtime-deadline-ms", deadline(desk.time_limit).to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:sample")
        .header("lambda-runtime-trace-id", "Root=1-65a1b2c3-0123456789abcdef00000001;Sampled=0")
        .body(event.into());
    response.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
}

#[expect(clippy::disallowed_methods, reason = "the platform tells a function the time of day by which it must be done")]
fn deadline(time_limit: Duration) -> u128 {
    let end = SystemTime::now() + time_limit;
    end.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A body as JSON; text if it is not JSON.
fn json(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

/// The variables that the platform sets for every function, beside the template's.
pub fn platform(name: &str, api: &RuntimeApi) -> BTreeMap<String, String> {
    let variables = [
        ("AWS_LAMBDA_RUNTIME_API", api.address()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "sample".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "sample".to_owned()),
        ("AWS_SESSION_TOKEN", "sample".to_owned()),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A running compiled function, killed when dropped.
#[derive(Debug)]
pub struct Process {
    /// Its process.
    pub child: Child,
    /// What it talks to.
    pub api: RuntimeApi,
}

impl Process {
    /// Starts a binary with the platform's variables and these, and no others.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(binary: &Path, name: &str, variables: &BTreeMap<String, String>) -> io::Result<Self> {
        Self::start_with(binary, &[], name, variables).await
    }

    /// Starts a program that runs the binary named by its arguments.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start_with(
        program: &Path,
        arguments: &[String],
        name: &str,
        variables: &BTreeMap<String, String>,
    ) -> io::Result<Self> {
        let api = RuntimeApi::open(TIME_LIMIT).await?;
        Self::spawn(Command::new(program).args(arguments).stdout(Stdio::null()), api, name, variables)
    }

    /// Starts a binary whose invocations may take so long, and which writes its log lines to a file.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start_logged(
        binary: &Path,
        name: &str,
        variables: &BTreeMap<String, String>,
        time_limit: Duration,
        log: File,
    ) -> io::Result<Self> {
        let api = RuntimeApi::open(time_limit).await?;
        Self::spawn(Command::new(binary).stdout(log), api, name, variables)
    }

    fn spawn(
        command: &mut Command,
        api: RuntimeApi,
        name: &str,
        variables: &BTreeMap<String, String>,
    ) -> io::Result<Self> {
        let child = command
            .env_clear()
            .envs(platform(name, &api))
            .envs(variables)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child, api })
    }

    /// Waits until it polls, and returns since when.
    ///
    /// # Errors
    /// When it exits instead, with its output.
    pub async fn polled(&mut self) -> io::Result<Instant> {
        tokio::select! {
            polled = self.api.polled() => polled,
            ended = self.child.wait() => Err(self.last_words(ended?.to_string()).await),
        }
    }

    /// Gives it an event and waits for the outcome and the next poll.
    ///
    /// # Errors
    /// When it exits instead, with its output.
    pub async fn invoke(&mut self, event: impl Into<Bytes>) -> io::Result<Outcome> {
        let outcome = tokio::select! {
            outcome = self.api.invoke(event) => outcome?,
            ended = self.child.wait() => return Err(self.last_words(ended?.to_string()).await),
        };
        self.polled().await?;
        Ok(outcome)
    }

    async fn last_words(&mut self, status: String) -> io::Error {
        let mut text = String::new();
        if let Some(stderr) = self.child.stderr.as_mut() {
            let _ = stderr.read_to_string(&mut text).await;
        }
        io::Error::other(format!("the function ended: {status}: {text}"))
    }
}
