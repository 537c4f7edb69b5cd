//! Bills, billing groups and the billing profile of a line: the billing document.

mod bills;
mod groups;
mod profile;
mod wire;

use shared::auth::Scope::{Read, Write};
use shared::auth::Visible as _;
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::domain::ids::CustomerCode;
use shared::domain::msisdn::Msisdn;
use shared::domain::subscriber::Identity;
use shared::error::{Error, Result};
use shared::http::{Call, Method, Reply, Route, Service, Shape, route};
use shared::table::{CustomerGroups, IdentityCache, Writer};

/// An unknown customer, or one the caller may not know of.
const NOT_FOUND: &str = "the customer";

/// The function: its store, its country, its clock, and the identities it remembers.
pub struct Billing {
    writer: Writer,
    country: &'static Country,
    clock: Clock,
    identities: IdentityCache,
}

impl Billing {
    /// The function over this store.
    pub fn new(writer: Writer, country: &'static Country, clock: Clock) -> Self {
        Self { writer, country, clock, identities: IdentityCache::default() }
    }

    /// The customer that the path names, by whatever identity.
    async fn code(&self, call: &Call) -> Result<CustomerCode> {
        let identity = identity(call)?;
        let code = self.identities.customer(self.writer.reader(), &identity, call.now).await?;
        code.ok_or(Error::NotFound(NOT_FOUND))
    }

    /// A customer with its groups, for a caller who may know of it.
    async fn customer(&self, call: &Call, code: &CustomerCode) -> Result<CustomerGroups> {
        self.writer.reader().customer_and_groups(code).await?.visible_to(call.principal(), NOT_FOUND)
    }
}

/// `{idType}` and `{id}` of the path. A line is the same line in every spelling.
fn identity(call: &Call) -> Result<Identity> {
    let (kind, number) = (call.path_text("idType")?, call.path_text("id")?);
    let is_name = |text: &str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b))
    };
    for (name, text) in [("idType", kind), ("id", number)] {
        if !is_name(text) {
            return Err(Error::invalid(name, "must be 1 to 64 letters, digits, `.`, `_`, `-`"));
        }
    }
    let number = if kind.eq_ignore_ascii_case("MSISDN") {
        Msisdn::parse(number, call.country).map_err(|invalid| invalid.field("id"))?.to_string()
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

    const NAME: &'static str = "billing";

    const ROUTES: &'static [Route<Op>] = &[
        route(Method::GET, "/customers/{idType}/{id}/bills", Op::ListBills, Read, Shape::Wrapped),
        route(Method::GET, "/customers/{idType}/{id}/bills/groups/{groupId}", Op::ListGroupBills, Read, Shape::Wrapped),
        route(Method::GET, "/customers/{msisdn}/profile", Op::GetProfile, Read, Shape::Wrapped),
        route(Method::POST, GROUPS, Op::CreateGroup, Write, Shape::Wrapped),
        route(Method::PUT, GROUPS, Op::UpdateGroup, Write, Shape::Wrapped),
        route(Method::DELETE, GROUPS, Op::DeleteGroup, Write, Shape::Wrapped),
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
            Op::ListBills => bills::list(self, call).await,
            Op::ListGroupBills => bills::list_group(self, call).await,
            Op::GetProfile => profile::get(self, call).await,
            Op::CreateGroup => groups::create(self, call).await,
            Op::UpdateGroup => groups::update(self, call).await,
            Op::DeleteGroup => groups::delete(self, call).await,
        }
    }
}
