//! Functions that need no token: the token endpoint and the answer to unknown paths.

use std::fmt::Debug;
use std::future::Future;

use super::dispatch::{answer, unknown};
use super::raw::RawRequest;
use super::reply::Reply;
use super::route::OpenRoute;
use super::{Answer, Event};
use crate::clock::Deadline;
use crate::error::{Error, Result};
use crate::invocation::{self, LogLine};

/// A function whose operations need no token.
pub trait OpenService: Send + Sync + 'static {
    /// Its operations.
    type Op: Copy + Debug + Send + Sync + 'static;

    /// Its routes.
    const ROUTES: &'static [OpenRoute<Self::Op>];

    /// Its name in the log.
    const NAME: &'static str;

    /// Runs an operation. To the log line it adds who called, and why a refusal that it answers itself was one.
    fn handle(
        &self,
        op: Self::Op,
        request: &RawRequest,
        line: &mut LogLine,
    ) -> impl Future<Output = Result<Reply>> + Send;

    /// The response to a request that matches no route.
    ///
    /// # Errors
    /// What is wrong with it, mostly that there is no such address.
    fn unrouted(&self, request: &RawRequest) -> Result<Reply>;

    /// The shape of its errors.
    fn fault(&self, request: &RawRequest, error: &Error) -> Reply;
}

/// Answers one event.
pub async fn dispatch_open<S: OpenService>(service: &S, event: Event, deadline: Deadline) -> Answer {
    let request = RawRequest::from(event);
    let mut line = LogLine { function: S::NAME, ..LogLine::default() };
    let handled = async {
        let route = S::ROUTES.iter().find(|route| route.is(&request.route_key) && request.ends_here());
        let Some(route) = route else {
            unknown(&request, &mut line);
            return service.unrouted(&request);
        };
        line.op = format!("{:?}", route.op);
        service.handle(route.op, &request, &mut line).await
    };
    let ended = invocation::run(deadline, handled).await;
    answer(ended, line, &request.id, |error| service.fault(&request, error))
}
