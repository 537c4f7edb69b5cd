//! From an API Gateway event to a response: routes as data, one dispatch, typed input, three error shapes.
//!
//! [`dispatch`](dispatch::dispatch) finds the route by its key, reads the principal from the gateway's context, checks
//! the scope, looks for a stored answer, runs the handler, and writes one log line.

pub mod amount;
pub mod body;
mod canonical;
pub mod dispatch;
pub mod fault;
pub mod idempotency;
mod json;
pub mod open;
pub mod paging;
pub mod raw;
pub mod reply;
pub mod request;
pub mod route;

pub use amount::Amount;
pub use body::{DecimalText, Integer, Text};
pub use dispatch::{Service, dispatch};
pub use fault::Shape;
pub use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest as Event, ApiGatewayV2httpResponse as Answer};
pub use lambda_http::http::{Method, StatusCode};
pub use open::{OpenService, dispatch_open};
pub use paging::Page;
pub use raw::RawRequest;
pub use reply::{LARGEST, Reply};
pub use request::Request;
pub use route::{OpenRoute, Route, open_route, route};
