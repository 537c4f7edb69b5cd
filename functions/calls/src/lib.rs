//! Call details and recordings of calls: operations of the corporate documents.

mod details;
mod erase;
mod recordings;
mod search;
mod wire;

use shared::auth::Scope::{Read, Write};
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::error::Result;
use shared::files::Files;
use shared::http::{Call, Method, Reply, Route, Service, Shape, route};
use shared::table::Writer;

/// The function: its store, its files, its country, its clock.
pub struct Calls {
    writer: Writer,
    files: Files,
    country: &'static Country,
    clock: Clock,
}

impl Calls {
    /// The function over this store and these files.
    pub const fn new(writer: Writer, files: Files, country: &'static Country, clock: Clock) -> Self {
        Self { writer, files, country, clock }
    }
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The calls of a line, by days.
    ListCalls,
    /// The calls of a line, asked for with a body.
    SearchCalls,
    /// The recordings of extensions.
    SearchRecordings,
    /// A link to a recording.
    GetRecording,
    /// Erase a recording, asked for with GET.
    EraseRecording,
    /// Erase a recording.
    DeleteRecording,
}

impl Service for Calls {
    type Op = Op;

    const NAME: &'static str = "calls";

    const ROUTES: &'static [Route<Op>] = &[
        route(Method::GET, "/customers/{MSISDN}/calls/details", Op::ListCalls, Read, Shape::Wrapped),
        // Two reads whose question is a body.
        route(Method::POST, "/customers/calls/details", Op::SearchCalls, Read, Shape::Wrapped),
        route(Method::POST, "/lines/recordings", Op::SearchRecordings, Read, Shape::Wrapped),
        route(Method::GET, "/calls/{idFormat}/{idCall}/recordings", Op::GetRecording, Read, Shape::Wrapped),
        // A write, although GET.
        route(Method::GET, "/calls/{idCall}/recordings", Op::EraseRecording, Write, Shape::Wrapped),
        route(Method::DELETE, "/calls/{idCall}/recordings", Op::DeleteRecording, Write, Shape::Wrapped),
    ];

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn country(&self) -> &'static Country {
        self.country
    }

    fn writer(&self) -> Option<&Writer> {
        Some(&self.writer)
    }

    async fn handle(&self, op: Op, call: &Call) -> Result<Reply> {
        match op {
            Op::ListCalls => details::list(self, call).await,
            Op::SearchCalls => details::search(self, call).await,
            Op::SearchRecordings => search::search(self, call).await,
            Op::GetRecording => recordings::get(self, call).await,
            Op::EraseRecording => erase::asked_with_get(self, call).await,
            Op::DeleteRecording => erase::erase(self, call).await,
        }
    }
}
