//! A customer's documents, sites and products: operations of the corporate document and of the CRM document. The function
//! reads and changes nothing.

mod documents;
mod portfolio;
mod products;
mod wire;

use shared::auth::Scope::Read;
use shared::domain::identity::Identity;
use shared::domain::nit;
use shared::error::Result;
use shared::files::Files;
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::table::Reader;

/// The function: its store, its files, its country, its clock.
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

/// What a path variable may mean as a NIT: the number as written, and without its check digit.
fn readings(request: &Request, name: &'static str) -> Result<Vec<Identity>> {
    // As text, for leading zeros are part of a document number.
    request.path_integer(name)?;
    let readings = nit::readings(request.path_text(name)?, request.country).into_iter();
    Ok(readings.map(|number| Identity { kind: "NIT".to_owned(), number: number.to_owned() }).collect())
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// A link to a document.
    GetDocument,
    /// Sites and extensions.
    GetPortfolio,
    /// The lines of all contracts.
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
