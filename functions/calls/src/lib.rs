//! Call details and recordings: operations of the corporate documents.

mod details;
mod erase;
mod merge;
mod recordings;
mod search;
mod wire;

use shared::auth::Scope::{Read, Write};
use shared::error::Result;
use shared::files::Files;
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::table::Writer;

/// The calls function.
pub struct Calls {
    base: Base,
    files: Files,
}

impl Calls {
    /// The function over this store and these files.
    pub const fn new(base: Base, files: Files) -> Self {
        Self { base, files }
    }
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// List the calls of a line by days.
    ListCalls,
    /// List the calls of a line, with a request body.
    SearchCalls,
    /// Search the recordings of extensions.
    SearchRecordings,
    /// Get a link to a recording.
    GetRecording,
    /// Erase a recording, with GET.
    EraseRecording,
    /// Erase a recording, with DELETE.
    DeleteRecording,
}

impl Service for Calls {
    type Op = Op;

    type Access = Writer;

    const NAME: &'static str = "calls";

    const ROUTES: &'static [Route<Op>] = &[
        route(Method::GET, "/customers/{MSISDN}/calls/details", Op::ListCalls, Read, Shape::Wrapped),
        // POST, but a read: the question is in the body.
        route(Method::POST, "/customers/calls/details", Op::SearchCalls, Read, Shape::Wrapped),
        route(Method::POST, "/lines/recordings", Op::SearchRecordings, Read, Shape::Wrapped),
        route(Method::GET, "/calls/{idFormat}/{idCall}/recordings", Op::GetRecording, Read, Shape::Wrapped),
        // GET, but a write.
        route(Method::GET, "/calls/{idCall}/recordings", Op::EraseRecording, Write, Shape::Wrapped),
        route(Method::DELETE, "/calls/{idCall}/recordings", Op::DeleteRecording, Write, Shape::Wrapped),
    ];

    fn base(&self) -> &Base {
        &self.base
    }

    async fn handle(&self, op: Op, request: &Request) -> Result<Reply> {
        match op {
            Op::ListCalls => details::list(self, request).await,
            Op::SearchCalls => details::search(self, request).await,
            Op::SearchRecordings => search::search(self, request).await,
            Op::GetRecording => recordings::get(self, request).await,
            Op::EraseRecording => erase::asked_with_get(self, request).await,
            Op::DeleteRecording => erase::erase(self, request).await,
        }
    }
}
