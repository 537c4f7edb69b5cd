//! `$default`: requests that match no route. A page's question whether it may ask is 204, and the gateway, which knows the allowed
//! origins, adds the answer. A known path with another method is 405 with `Allow`, one with an
//! undocumented final slash is 308 with the operation's address, a path that is no UTF-8 is 400, anything else is 404.

mod paths;

use std::convert::Infallible;

pub use paths::{KNOWN, Known};
use shared::error::{Error, Result};
use shared::http::{Method, OpenRoute, OpenService, RawRequest, Reply, Shape, fault};
use shared::invocation::LogLine;

/// The function. It has no state.
#[derive(Debug, Clone, Copy)]
pub struct NotFound;

impl OpenService for NotFound {
    /// It has no operations.
    type Op = Infallible;

    const NAME: &'static str = "not-found";

    const ROUTES: &'static [OpenRoute<Infallible>] = &[];

    async fn handle(&self, op: Infallible, _: &RawRequest, _: &mut LogLine) -> Result<Reply> {
        match op {}
    }

    fn unrouted(&self, request: &RawRequest) -> Result<Reply> {
        if is_preflight(request) {
            return Ok(Reply::text(204, String::new()));
        }
        // What does not decode arrives with a replacement character in its place.
        if request.path.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Error::invalid("path", "must be UTF-8"));
        }
        Err(match paths::find(&request.path) {
            Some(known) if !known.allows(request.method.as_str()) => Error::MethodNotAllowed(known.methods.to_owned()),
            Some(_) => {
                paths::bare(&request.path, request.raw_query()).map_or(Error::NotFound("the resource"), Error::Moved)
            }
            None => Error::NotFound("the resource"),
        })
    }

    fn fault(&self, request: &RawRequest, error: &Error) -> Reply {
        let shape = match error {
            Error::MethodNotAllowed(_) | Error::Moved(_) | Error::Invalid { .. } => {
                paths::find(&request.path).map_or(Shape::Wrapped, |known| known.shape)
            }
            _ => Shape::Wrapped,
        };
        fault::reply(error, shape)
    }
}

/// A browser's question, before a request of a page, whether its origin may send it (Fetch, section 3.2.2). The API gateway answers it
/// by itself, or leaves it to the default route; either way the page gets the same.
fn is_preflight(request: &RawRequest) -> bool {
    let has = |name| request.header(name).is_some();
    request.method == Method::OPTIONS && has("origin") && has("access-control-request-method")
}
