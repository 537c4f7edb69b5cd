//! Bills, billing groups and the billing profile of a line: the billing document.

mod bills;
mod groups;
mod named;
mod profile;
mod wire;

use shared::auth::Scope::{Read, Write};
use shared::error::Result;
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::table::{IdentityCache, Writer};

/// What a 404 for a customer names.
const NOT_FOUND: &str = "the customer";

/// The billing function, with cached identities.
pub struct Billing {
    base: Base,
    identities: IdentityCache,
}

impl Billing {
    /// A function over this store, with an empty identity cache.
    pub fn new(base: Base) -> Self {
        Self { base, identities: IdentityCache::default() }
    }
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// List the bills of a customer.
    ListBills,
    /// List the bills of a billing group.
    ListGroupBills,
    /// Read the billing profile of a line.
    GetProfile,
    /// Create a billing group.
    CreateGroup,
    /// Change the address of a billing group.
    UpdateGroup,
    /// Remove a billing group.
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
