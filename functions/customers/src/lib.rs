//! A customer's documents, sites and products: operations of the corporate document and of the CRM document. The function
//! reads and changes nothing.

mod documents;
mod portfolio;
mod products;
mod wire;

use shared::auth::Scope::Read;
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::domain::nit;
use shared::domain::subscriber::Identity;
use shared::error::Result;
use shared::files::Files;
use shared::http::{Call, Method, Reply, Route, Service, Shape, route};
use shared::table::{Reader, Writer};

/// The function: its store, its files, its country, its clock.
pub struct Customers {
    reader: Reader,
    files: Files,
    country: &'static Country,
    clock: Clock,
}

impl Customers {
    /// The function over this store and these files.
    pub const fn new(reader: Reader, files: Files, country: &'static Country, clock: Clock) -> Self {
        Self { reader, files, country, clock }
    }

    /// What a path variable may mean as a NIT: the number as written, and without its check digit.
    fn readings(&self, call: &Call, name: &'static str) -> Result<Vec<Identity>> {
        // As text, for leading zeros are part of a document number.
        call.path_integer(name)?;
        let readings = nit::readings(call.path_text(name)?, self.country).into_iter();
        Ok(readings.map(|number| Identity { kind: "NIT".to_owned(), number: number.to_owned() }).collect())
    }
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

    const NAME: &'static str = "customers";

    const ROUTES: &'static [Route<Op>] = &[
        route(Method::GET, "/documents/{documentId}", Op::GetDocument, Read, Shape::Wrapped),
        route(Method::GET, "/customers/{nit}/portfolio", Op::GetPortfolio, Read, Shape::Wrapped),
        route(Method::GET, "/customers/{customerCode}/products", Op::ListProducts, Read, Shape::Wrapped),
    ];

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn country(&self) -> &'static Country {
        self.country
    }

    fn writer(&self) -> Option<&Writer> {
        None
    }

    async fn handle(&self, op: Op, call: &Call) -> Result<Reply> {
        match op {
            Op::GetDocument => documents::get(self, call).await,
            Op::GetPortfolio => portfolio::get(self, call).await,
            Op::ListProducts => products::list(self, call).await,
        }
    }
}
