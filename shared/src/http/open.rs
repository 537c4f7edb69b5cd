//! Functions that need no token: the token endpoint and the answer to unknown paths.

use std::fmt::Debug;
use std::future::Future;

use super::dispatch::{Line, guarded, log};
use super::reply::Reply;
use super::request::Request;
use super::route::OpenRoute;
use super::{Answer, Event};
use crate::clock::Deadline;
use crate::error::{Error, Result};

/// A function whose operations anybody may call.
pub trait OpenService: Send + Sync + 'static {
    /// Its operations.
    type Op: Copy + Debug + Send + Sync + 'static;

    /// Its routes.
    const ROUTES: &'static [OpenRoute<Self::Op>];

    /// Its name in the log.
    const NAME: &'static str;

    /// Runs an operation.
    fn handle(&self, op: Self::Op, request: &Request) -> impl Future<Output = Result<Reply>> + Send;

    /// What a request gets that no route of the table fits.
    fn unrouted(&self, request: &Request) -> Error;

    /// How an error looks.
    fn fault(&self, request: &Request, error: &Error) -> Reply;
}

/// Answers one event.
pub async fn dispatch_open<S: OpenService>(service: &S, event: Event, deadline: Deadline) -> Answer {
    let request = Request::from(event);
    let mut line = Line::default();
    let handled = async {
        let route = S::ROUTES.iter().find(|route| route.is(&request.route_key));
        let route = route.ok_or_else(|| service.unrouted(&request))?;
        line.op = format!("{:?}", route.op);
        service.handle(route.op, &request).await
    };
    let (result, spent, watch) = guarded(handled, deadline).await;
    log(S::NAME, &line, &request.id, &result, &spent, watch);
    result.unwrap_or_else(|error| service.fault(&request, &error)).into_answer(&request.id)
}
