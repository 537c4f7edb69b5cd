//! The only path from an event to a handler and back.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use super::fault::{self, Shape};
use super::raw::RawRequest;
use super::reply::Reply;
use super::request::{Request, again};
use super::route::Route;
use super::{Answer, Event};
use crate::auth::{Principal, Scope};
use crate::clock::Deadline;
use crate::domain::masked;
use crate::error::{Error, Result};
use crate::invocation::{self, Access, Base, Ended, LogLine, RESERVE};
use crate::retry::pause;

/// How often an operation is decided again after losing a race.
const ATTEMPTS: u32 = 12;
/// Longest wait before the second attempt.
const PAUSE: Duration = Duration::from_millis(1);

/// Most characters of a method in the log.
const LONGEST_METHOD: usize = 16;

/// A function whose operations need a token.
pub trait Service: Send + Sync + 'static {
    /// Its operations. `handle` matches on them, so a forgotten one does not compile.
    type Op: Copy + Debug + Send + Sync + 'static;

    /// Its access to the table: a writer if operations write, which also looks up stored answers.
    type Access: Access;

    /// Its routes.
    const ROUTES: &'static [Route<Self::Op>];

    /// Its name in the log.
    const NAME: &'static str;

    /// The state it starts from.
    fn base(&self) -> &Base<Self::Access>;

    /// Runs an operation. On [`Error::Stale`] it is run again from the start.
    fn handle(&self, op: Self::Op, request: &Request) -> impl Future<Output = Result<Reply>> + Send;

    /// Completes what `handle` has answered, and what it had answered to an equal request before: with what is not stored with
    /// an answer, such as headers and secrets.
    ///
    /// # Errors
    /// None by default.
    fn complete(&self, _op: Self::Op, _request: &Request, reply: Reply) -> Result<Reply> {
        Ok(reply)
    }
}

/// Answers one event. Whatever happens inside, even a panic, there is an answer.
pub async fn dispatch<S: Service>(service: &S, event: Event, deadline: Deadline) -> Answer {
    let raw = RawRequest::from(event);
    let route = S::ROUTES.iter().find(|route| route.is(&raw.route_key) && raw.ends_here());
    let shape = route.map_or(Shape::Wrapped, |route| route.shape);
    let id = raw.id.clone();
    let mut line = LogLine { function: S::NAME, ..LogLine::default() };
    let handled = async {
        let route = route.ok_or_else(|| {
            unknown(&raw, &mut line);
            Error::NotFound("the resource")
        })?;
        line.op = format!("{:?}", route.op);
        handle(service, route, raw, deadline, &mut line).await
    };
    let ended = invocation::run(deadline, handled).await;
    answer(ended, line, &id, |error| fault::reply(error, shape))
}

/// Notes what was asked for that is no operation.
pub(super) fn unknown(raw: &RawRequest, line: &mut LogLine) {
    line.method = Some(raw.method.as_str().chars().take(LONGEST_METHOD).collect());
    line.path = Some(masked::path(&raw.path));
}

/// Writes the log line, with what a refused caller is told, and returns the answer.
pub(super) fn answer(ended: Ended<Reply>, mut line: LogLine, id: &str, fault: impl Fn(&Error) -> Reply) -> Answer {
    line.status = Some(ended.result.as_ref().map_or_else(Error::status, |reply| reply.status));
    line.request_id = Some(id.to_owned());
    if let Some(error) = ended.result.as_ref().err().filter(|error| error.cause().is_none()) {
        line.reason = Some(masked::sentence(&error.to_string()));
    }
    ended.log(&line);
    ended.result.unwrap_or_else(|error| fault(&error)).into_answer(id)
}

async fn handle<S: Service>(
    service: &S,
    route: &Route<S::Op>,
    raw: RawRequest,
    deadline: Deadline,
    line: &mut LogLine,
) -> Result<Reply> {
    let Base { country, clock, .. } = service.base();
    let now = clock.now();
    let principal = Principal::from_context(&raw.context, now).map_err(Error::Unauthorized)?;
    line.client = Some(principal.client().to_string());
    principal.may(route.scope)?;
    let writes = route.scope == Scope::Write;
    let request = Request::new(raw, principal, now, country, line.op.clone(), writes)?;
    let reply = decide(service, route.op, &request, deadline).await?;
    service.complete(route.op, &request, reply)
}

/// The answer as it is stored: an earlier one, or the operation's.
async fn decide<S: Service>(service: &S, op: S::Op, request: &Request, deadline: Deadline) -> Result<Reply> {
    for attempt in 0..ATTEMPTS {
        if let Some(answer) = answered_before(service, request).await? {
            return Ok(answer);
        }
        match service.handle(op, request).await {
            Err(Error::Stale) if deadline.left() > RESERVE => pause(PAUSE, attempt).await,
            // An equal request may have committed since; its effect must not refuse this repetition.
            Err(no @ (Error::Refused(_) | Error::NotFound(_) | Error::Invalid { .. })) => {
                return answered_before(service, request).await?.ok_or(no);
            }
            result => return result,
        }
    }
    Err(if request.idempotency_key().is_some() { Error::InProgress } else { Error::Stale })
}

/// The stored answer of an equal request with the same key, if any.
async fn answered_before<S: Service>(service: &S, request: &Request) -> Result<Option<Reply>> {
    let (Some(key), Some(writer)) = (request.idempotency_key(), service.base().table.writer()) else { return Ok(None) };
    Ok(writer.answered_before(key, request.now).await?.map(again))
}
