//! Corporate accounts, their profiles with lines and services, the service catalogue, service changes and purchases:
//! operations of the corporate document.

mod accounts;
mod catalogue;
mod changes;
mod line;
mod processes;
mod profiles;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::auth::Scope::{Read, Write};
use shared::auth::Visible as _;
use shared::domain::ids::{AccountId, Partnum, ProfileId};
use shared::domain::owned::Sight as _;
use shared::domain::profile::Profile;
use shared::domain::service::{CatalogueService, Services};
use shared::error::Result;
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::table::{ServiceCache, Stored, Writer};

/// What a 404 for a profile names.
const ACCOUNT: &str = "the account";
/// What a 404 for an account names.
const PROFILE: &str = "the profile";

/// The accounts function, with the cached services of the catalogue.
pub struct Accounts {
    base: Base,
    catalogue: ServiceCache,
}

impl Accounts {
    /// A function over this store, with an empty cache.
    pub fn new(base: Base) -> Self {
        Self { base, catalogue: ServiceCache::default() }
    }

    /// Loads the catalogue at start. Otherwise the first request would load it beside its profile, over a second
    /// connection.
    pub async fn read_ahead(&self) {
        let _ = self.catalogue.get(self.base.reader(), self.base.clock.now()).await;
    }

    async fn catalogue(&self, request: &Request) -> Result<Arc<BTreeMap<Partnum, CatalogueService>>> {
        self.catalogue.get(self.base.reader(), request.now).await
    }

    /// The caller's profile with its services.
    async fn services(&self, request: &Request) -> Result<(Profile, Stored<Services>)> {
        let id = self.own_profile(request).await?;
        let (profile, services) = self.base.reader().profile_and_services(&id).await?;
        Ok((profile.visible_to(request.principal(), PROFILE)?, services))
    }

    /// The path's profile. A caller who may be refused is, before anything large is read: the profile alone is asked first.
    async fn own_profile(&self, request: &Request) -> Result<ProfileId> {
        let id = profile_id(request)?;
        if !request.sight().sees_all() {
            self.base.reader().profile(&id).await?.visible_to(request.principal(), PROFILE)?;
        }
        Ok(id)
    }
}

/// The path's account id.
fn account_id(request: &Request) -> Result<AccountId> {
    request.path_digits("accountId")
}

/// The path's profile id.
fn profile_id(request: &Request) -> Result<ProfileId> {
    request.path_digits("profileId")
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// List the accounts of a document.
    FindAccounts,
    /// Read an account with its contracts.
    GetAccount,
    /// List the profiles of an account.
    ListProfiles,
    /// Read a profile with lines, services and totals.
    GetProfile,
    /// List the lines of a profile.
    ListLines,
    /// List the services of a profile.
    ListServices,
    /// Find the account and profile of a line.
    FindLineProfile,
    /// Read a service of the catalogue.
    GetService,
    /// Request services to be added.
    AddServices,
    /// Mark services for removal.
    RemoveServices,
    /// Request services to be replaced.
    ReplaceServices,
    /// Complete the purchase: carry out the pending changes.
    CompletePurchase,
}

/// Paths as in the document.
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

    type Access = Writer;

    const NAME: &'static str = "accounts";

    const ROUTES: &'static [Route<Op>] = ROUTES;

    fn base(&self) -> &Base {
        &self.base
    }

    async fn handle(&self, op: Op, request: &Request) -> Result<Reply> {
        match op {
            Op::FindAccounts => accounts::find(self, request).await,
            Op::GetAccount => accounts::get(self, request).await,
            Op::ListProfiles => profiles::list(self, request).await,
            Op::GetProfile => profiles::get(self, request).await,
            Op::ListLines => profiles::lines(self, request).await,
            Op::ListServices => profiles::services(self, request).await,
            Op::FindLineProfile => line::find(self, request).await,
            Op::GetService => catalogue::get(self, request).await,
            Op::AddServices => changes::add(self, request).await,
            Op::RemoveServices => changes::remove(self, request).await,
            Op::ReplaceServices => changes::replace(self, request).await,
            Op::CompletePurchase => processes::complete(self, request).await,
        }
    }
}
