//! Corporate accounts, their profiles with lines and services, the service catalogue, service changes and purchases:
//! operations of the corporate document.

mod accounts;
mod catalogue;
mod changes;
mod line;
mod processes;
mod profiles;
mod wire;

use std::sync::Arc;

use shared::auth::Scope::{Read, Write};
use shared::auth::Visible as _;
use shared::clock::Clock;
use shared::domain::catalogue::Catalogue;
use shared::domain::country::Country;
use shared::domain::ids::{AccountId, ProfileId};
use shared::domain::profile::Profile;
use shared::domain::service::Services;
use shared::error::Result;
use shared::http::{Call, Method, Reply, Route, Service, Shape, route};
use shared::table::{CatalogueCache, Reader, Stored, Writer};

/// What a caller is told is missing.
const ACCOUNT: &str = "the account";
/// What a caller is told is missing.
const PROFILE: &str = "the profile";

/// The function: its store, its country, its clock, and the catalogue it remembers.
pub struct Accounts {
    writer: Writer,
    country: &'static Country,
    clock: Clock,
    catalogue: CatalogueCache,
}

impl Accounts {
    /// The function over this store.
    pub fn new(writer: Writer, country: &'static Country, clock: Clock) -> Self {
        Self { writer, country, clock, catalogue: CatalogueCache::default() }
    }

    /// Reads the catalogue before the first call asks for it beside its profile, which would take a second connection.
    pub async fn read_ahead(&self) {
        let _ = self.catalogue.get(self.reader(), self.clock.now()).await;
    }

    fn reader(&self) -> &Reader {
        self.writer.reader()
    }

    async fn catalogue(&self, call: &Call) -> Result<Arc<Catalogue>> {
        self.catalogue.get(self.reader(), call.now).await
    }

    /// The caller's profile with its services.
    async fn services(&self, call: &Call) -> Result<(Profile, Stored<Services>)> {
        let (profile, services) = self.reader().profile_and_services(&profile_id(call)?).await?;
        Ok((profile.visible_to(call.principal(), PROFILE)?, services))
    }
}

/// The account in the path.
fn account_id(call: &Call) -> Result<AccountId> {
    call.path_digits("accountId")
}

/// The profile in the path.
fn profile_id(call: &Call) -> Result<ProfileId> {
    call.path_digits("profileId")
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The accounts of a document.
    FindAccounts,
    /// An account with its contracts.
    GetAccount,
    /// The profiles of an account.
    ListProfiles,
    /// A profile with lines, services and totals.
    GetProfile,
    /// The lines of a profile.
    ListLines,
    /// The services of a profile.
    ListServices,
    /// Where a line belongs.
    FindLineProfile,
    /// A service of the catalogue.
    GetService,
    /// Ask for services.
    AddServices,
    /// Mark services for removal.
    RemoveServices,
    /// Other services in the place of some.
    ReplaceServices,
    /// Carry out what was asked for.
    CompletePurchase,
}

/// The routes, their paths as in the document.
const ROUTES: &[Route<Op>] = &[
    read("/accounts", Op::FindAccounts),
    read("/accounts/{accountId}", Op::GetAccount),
    read("/accounts/{accountId}/profiles", Op::ListProfiles),
    read("/accounts/profiles", Op::FindLineProfile),
    read("/accounts/profiles/{profileId}", Op::GetProfile),
    read("/accounts/profiles/{profileId}/lines", Op::ListLines),
    read("/accounts/profiles/{profileId}/services", Op::ListServices),
    read("/services/{partnum}", Op::GetService),
    write(Method::POST, "/profiles/{profileId}/services", Op::AddServices),
    write(Method::DELETE, "/profiles/{profileId}", Op::RemoveServices),
    write(Method::PUT, "/profile/{profileId}", Op::ReplaceServices),
    write(Method::POST, "/accounts/{accountId}/processes", Op::CompletePurchase),
];

const fn read(path: &'static str, op: Op) -> Route<Op> {
    route(Method::GET, path, op, Read, Shape::Wrapped)
}

const fn write(method: Method, path: &'static str, op: Op) -> Route<Op> {
    route(method, path, op, Write, Shape::Wrapped)
}

impl Service for Accounts {
    type Op = Op;

    const NAME: &'static str = "accounts";

    const ROUTES: &'static [Route<Op>] = ROUTES;

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
            Op::FindAccounts => accounts::find(self, call).await,
            Op::GetAccount => accounts::get(self, call).await,
            Op::ListProfiles => profiles::list(self, call).await,
            Op::GetProfile => profiles::get(self, call).await,
            Op::ListLines => profiles::lines(self, call).await,
            Op::ListServices => profiles::services(self, call).await,
            Op::FindLineProfile => line::find(self, call).await,
            Op::GetService => catalogue::get(self, call).await,
            Op::AddServices => changes::add(self, call).await,
            Op::RemoveServices => changes::remove(self, call).await,
            Op::ReplaceServices => changes::replace(self, call).await,
            Op::CompletePurchase => processes::complete(self, call).await,
        }
    }
}
