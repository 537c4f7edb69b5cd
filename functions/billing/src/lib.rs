//! Bills, billing groups and the billing profile of a line: the billing document.

mod bills;
mod groups;
mod profile;
mod wire;

use shared::auth::Scope::{Read, Write};
use shared::auth::Visible as _;
use shared::domain::identity::Identity;
use shared::domain::ids::CustomerCode;
use shared::domain::msisdn::Msisdn;
use shared::error::{Error, Result};
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::table::{CustomerGroups, IdentityCache, Writer};

/// An unknown customer, or one the caller may not know of.
const NOT_FOUND: &str = "the customer";

/// The function: its store, its country, its clock, and the identities it remembers.
pub struct Billing {
    base: Base,
    identities: IdentityCache,
}

impl Billing {
    /// The function over this store.
    pub fn new(base: Base) -> Self {
        Self { base, identities: IdentityCache::default() }
    }

    /// The customer that the path names, by whatever identity.
    async fn code(&self, request: &Request) -> Result<CustomerCode> {
        let identity = identity(request)?;
        let code = self.identities.customer(self.base.reader(), &identity, request.now).await?;
        code.ok_or(Error::NotFound(NOT_FOUND))
    }

    /// A customer with its groups, for a caller who may know of it.
    async fn customer(&self, request: &Request, code: &CustomerCode) -> Result<CustomerGroups> {
        self.base.reader().customer_and_groups(code).await?.visible_to(request.principal(), NOT_FOUND)
    }
}

/// `{idType}` and `{id}` of the path. A line is the same line in every spelling.
fn identity(request: &Request) -> Result<Identity> {
    let (kind, number) = (request.path_text("idType")?, request.path_text("id")?);
    let is_name = |text: &str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b))
    };
    for (name, text) in [("idType", kind), ("id", number)] {
        if !is_name(text) {
            return Err(Error::invalid(name, "must be 1 to 64 letters, digits, `.`, `_`, `-`"));
        }
    }
    let number = if kind.eq_ignore_ascii_case("MSISDN") {
        Msisdn::parse(number, request.country).map_err(|invalid| invalid.field("id"))?.to_string()
    } else {
        number.to_owned()
    };
    Ok(Identity { kind: kind.to_owned(), number })
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The bills of a customer.
    ListBills,
    /// Those of one billing group.
    ListGroupBills,
    /// Where the bills of a line go.
    GetProfile,
    /// A new billing group.
    CreateGroup,
    /// Another address for a group.
    UpdateGroup,
    /// One group less.
    DeleteGroup,
}

const GROUPS: &str = "/customers/{idType}/{id}/bills/groups";

impl Service for Billing {
    type Op = Op;

    type Access = Writer;

    const NAME: &'static str = "billing";

    const ROUTES: &'static [Route<Op>] = &[
        route(Method::GET, "/customers/{idType}/{id}/bills", Op::ListBills, Read, Shape::Wrapped),
        route(Method::GET, "/customers/{idType}/{id}/bills/groups/{groupId}", Op::ListGroupBills, Read, Shape::Wrapped),
        route(Method::GET, "/customers/{msisdn}/profile", Op::GetProfile, Read, Shape::Wrapped),
        route(Method::POST, GROUPS, Op::CreateGroup, Write, Shape::Wrapped),
        route(Method::PUT, GROUPS, Op::UpdateGroup, Write, Shape::Wrapped),
        route(Method::DELETE, GROUPS, Op::DeleteGroup, Write, Shape::Wrapped),
    ];

    fn base(&self) -> &Base {
        &self.base
    }

    async fn handle(&self, op: Op, request: &Request) -> Result<Reply> {
        match op {
            Op::ListBills => bills::list(self, request).await,
            Op::ListGroupBills => bills::list_group(self, request).await,
            Op::GetProfile => profile::get(self, request).await,
            Op::CreateGroup => groups::create(self, request).await,
            Op::UpdateGroup => groups::update(self, request).await,
            Op::DeleteGroup => groups::delete(self, request).await,
        }
    }
}
