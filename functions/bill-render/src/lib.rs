//! Makes the documents of bills: PDF, and CSV with every charge (docs/bill-documents.md).
//!
//! [`document`] is the door: a sealed link, without a token, that leads to the file. [`keep`] makes a file once and keeps it; the
//! bus does the same for bills whose contract wants theirs at once. [`bill`] says what stands where, [`pdf`] sets it.

pub mod bill;
mod document;
mod keep;
pub mod pdf;

pub use keep::{Format, content};
use shared::auth::{PublicRing, RingCache};
use shared::domain::event::BillDocumentWanted;
use shared::error::{Error, Result};
use shared::events::{Consumer, Outcome, Record, Source, source};
use shared::files::Files;
use shared::http::{Method, OpenRoute, OpenService, RawRequest, Reply, Shape, fault, open_route};
use shared::invocation::{Base, LogLine};
use shared::queue::Queue;

/// The function: its store, the bucket, the keys of links, and where it leaves what it cannot make.
pub struct BillRender {
    base: Base,
    files: Files,
    rings: RingCache<PublicRing>,
    dead_letters: Queue,
}

impl BillRender {
    /// The function over this store.
    pub const fn new(base: Base, files: Files, rings: RingCache<PublicRing>, dead_letters: Queue) -> Self {
        Self { base, files, rings, dead_letters }
    }
}

/// What it does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Lead to a bill's document.
    BillDocument,
}

impl OpenService for BillRender {
    type Op = Op;

    const ROUTES: &'static [OpenRoute<Op>] = &[open_route(Method::GET, "/bill-documents/{link}", Op::BillDocument)];

    const NAME: &'static str = "bill-render";

    async fn handle(&self, op: Op, request: &RawRequest, _: &mut LogLine) -> Result<Reply> {
        match op {
            Op::BillDocument => document::get(self, request).await,
        }
    }

    fn unrouted(&self, _: &RawRequest) -> Result<Reply> {
        Err(Error::NotFound("the document"))
    }

    fn fault(&self, _: &RawRequest, error: &Error) -> Reply {
        fault::reply(error, Shape::Token)
    }
}

/// What it does when it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Make a bill's document ahead.
    BillDocumentWanted,
}

impl Consumer for BillRender {
    type Op = Told;

    const NAME: &'static str = "bill-render";

    const SOURCES: &'static [Source<Told>] = &[source::<BillDocumentWanted, _>(Told::BillDocumentWanted)];

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn handle(&self, op: Told, record: &Record) -> Result<Outcome> {
        match op {
            Told::BillDocumentWanted => document::ahead(self, record).await,
        }
    }
}
