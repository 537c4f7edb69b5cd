//! The one way from an event to a handler and back.

use std::any::Any;
use std::fmt::Debug;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::call::{Call, again};
use super::fault::{self, Shape};
use super::reply::Reply;
use super::request::Request;
use super::route::Route;
use super::{Answer, Event};
use crate::auth::{Principal, Scope};
use crate::clock::{Clock, Deadline, Stopwatch};
use crate::domain::country::Country;
use crate::error::{Error, Result};
use crate::table::Writer;
use crate::table::spent::{self, RESERVE, Spent};

/// How often an operation is decided again because somebody else changed what it had loaded.
const ATTEMPTS: u32 = 12;

/// A function whose operations need a token.
pub trait Service: Send + Sync + 'static {
    /// Its operations. `handle` matches on them, so a forgotten one does not compile.
    type Op: Copy + Debug + Send + Sync + 'static;

    /// Its routes.
    const ROUTES: &'static [Route<Self::Op>];

    /// Its name in the log.
    const NAME: &'static str;

    /// Where it gets the time from.
    fn clock(&self) -> &Clock;

    /// The country it serves.
    fn country(&self) -> &'static Country;

    /// Its write access, if it has any: stored answers are looked up through it.
    fn writer(&self) -> Option<&Writer>;

    /// Runs an operation. It is run again from the start when it answers [`Error::Stale`].
    fn handle(&self, op: Self::Op, call: &Call) -> impl Future<Output = Result<Reply>> + Send;
}

/// What the log says of a call.
#[derive(Default)]
pub(super) struct Line {
    pub(super) op: String,
    pub(super) client: String,
}

/// Answers one event. Nothing that happens inside, not even a panic, keeps it from answering.
pub async fn dispatch<S: Service>(service: &S, event: Event, deadline: Deadline) -> Answer {
    let request = Request::from(event);
    let route = S::ROUTES.iter().find(|route| route.is(&request.route_key) && request.ends_here());
    let shape = route.map_or(Shape::Wrapped, |route| route.shape);
    let id = request.id.clone();
    let mut line = Line::default();
    let handled = async {
        let route = route.ok_or(Error::NotFound("the resource"))?;
        line.op = format!("{:?}", route.op);
        run(service, route, request, deadline, &mut line).await
    };
    let (result, spent, watch) = guarded(handled, deadline).await;
    log(S::NAME, &line, &id, &result, &spent, watch);
    result.unwrap_or_else(|error| fault::reply(&error, shape)).into_answer(&id)
}

async fn run<S: Service>(
    service: &S,
    route: &Route<S::Op>,
    request: Request,
    deadline: Deadline,
    line: &mut Line,
) -> Result<Reply> {
    let now = service.clock().now();
    let principal = Principal::from_context(&request.context, now).map_err(Error::Unauthorized)?;
    line.client = principal.client().to_string();
    principal.may(route.scope)?;
    let writes = route.scope == Scope::Write;
    let call = Call::new(request, principal, now, service.country(), line.op.clone(), writes)?;
    for attempt in 0..ATTEMPTS {
        if let Some(answer) = answered_before(service, &call).await? {
            return Ok(answer);
        }
        match service.handle(route.op, &call).await {
            Err(Error::Stale) if deadline.left() > RESERVE => tokio::time::sleep(pause(attempt)).await,
            // An equal request may have gone through since; what it did is no reason to refuse its repetition.
            Err(no @ (Error::Refused(_) | Error::NotFound(_) | Error::Invalid { .. })) => {
                return answered_before(service, &call).await?.ok_or(no);
            }
            result => return result,
        }
    }
    Err(if call.idempotency_key().is_some() { Error::InProgress } else { Error::Stale })
}

/// What an equal request with the same key was answered, if there was one.
async fn answered_before<S: Service>(service: &S, call: &Call) -> Result<Option<Reply>> {
    let (Some(key), Some(writer)) = (call.idempotency_key(), service.writer()) else { return Ok(None) };
    Ok(writer.answered_before(key, call.now).await?.map(again))
}

/// A random wait that grows to 64 ms, so that those who collided do not collide again.
fn pause(attempt: u32) -> Duration {
    let mut byte = [0];
    // Without random bytes the waits are equal, which is only slower.
    let _ = aws_lc_rs::rand::fill(&mut byte);
    let most: u32 = 1_000 << attempt.min(6);
    Duration::from_micros(u64::from(most) * (u64::from(byte[0]) + 1) / 256)
}

/// Runs a call with its account of store requests, and turns a panic into an error.
pub(super) async fn guarded<F>(handled: F, deadline: Deadline) -> (Result<Reply>, Spent, Stopwatch)
where
    F: Future<Output = Result<Reply>>,
{
    let watch = Stopwatch::start();
    let (result, spent) = spent::count(deadline, AssertUnwindSafe(handled).catch_unwind()).await;
    (result.unwrap_or_else(|panic| Err(panicked(panic.as_ref()))), spent, watch)
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::internal(format!("panic: {}", text.unwrap_or("of unknown kind")))
}

/// One line for each call; never a token, a number, a body.
pub(super) fn log(
    function: &str,
    line: &Line,
    request_id: &str,
    result: &Result<Reply>,
    spent: &Spent,
    watch: Stopwatch,
) {
    let status = result.as_ref().map_or_else(Error::status, |reply| reply.status);
    let cause = result.as_ref().err().and_then(Error::cause).map(crate::error::Cause::for_log);
    let Line { op, client } = line;
    let Spent { requests, read_tenths, write_tenths } = spent;
    let ms = watch.millis();
    if let Some(cause) = cause {
        tracing::error!(
            function,
            op,
            status,
            ms,
            request_id,
            client,
            requests,
            read_tenths,
            write_tenths,
            cause,
            "call"
        );
    } else {
        tracing::info!(function, op, status, ms, request_id, client, requests, read_tenths, write_tenths, "call");
    }
}
