//! A customer's documents, sites and products: read operations of the corporate and the CRM document.

mod documents;
mod portfolio;
mod products;
mod wire;

use shared::auth::Scope::Read;
use shared::domain::identity::Identity;
use shared::error::Result;
use shared::files::Files;
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::table::Reader;

/// The customers function. It only reads.
pub struct Customers {
    base: Base<Reader>,
    files: Files,
}

impl Customers {
    /// The function over this store and these files.
    pub const fn new(base: Base<Reader>, files: Files) -> Self {
        Self { base, files }
    }
}

/// The readings of a path variable as a tax number.
fn readings(request: &Request, name: &'static str) -> Result<Vec<Identity>> {
    let kind = request.country.tax_document();
    Identity::readings(kind, request.path_text(name)?, request.country).map_err(|invalid| invalid.field(name))
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Get a link to a document.
    GetDocument,
    /// List sites and extensions.
    GetPortfolio,
    /// List the lines of all contracts.
    ListProducts,
}

impl Service for Customers {
    type Op = Op;

    type Access = Reader;

    const NAME: &'static str = "customers";

    const ROUTES: &'static [Route<Op>] = &[
        route(Method::GET, "/documents/{documentId}", Op::GetDocument, Read, Shape::Wrapped),
        route(Method::GET, "/customers/{nit}/portfolio", Op::GetPortfolio, Read, Shape::Wrapped),
        route(Method::GET, "/customers/{customerCode}/products", Op::ListProducts, Read, Shape::Wrapped),
    ];

    fn base(&self) -> &Base<Reader> {
        &self.base
    }

    async fn handle(&self, op: Op, request: &Request) -> Result<Reply> {
        match op {
            Op::GetDocument => documents::get(self, request).await,
            Op::GetPortfolio => portfolio::get(self, request).await,
            Op::ListProducts => products::list(self, request).await,
        }
    }
}
