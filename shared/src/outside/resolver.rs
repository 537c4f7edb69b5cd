//! From a name to the addresses that a connection may be made to.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::address::is_public;
use crate::domain::hook::callback::Addresses;

/// Looks names up.
pub trait Lookup: Send + Sync {
    /// The addresses of a name.
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The name servers of the machine.
pub(super) struct System;

impl Lookup for System {
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        async move { Ok(tokio::net::lookup_host((name, 443)).await?.map(|address| address.ip()).collect()) }.boxed()
    }
}

/// What the connector resolves names with: the addresses that it is given are the ones it connects to, so between the look at
/// them and the connection nobody can change them.
#[derive(Clone)]
pub(super) struct Checked {
    pub(super) names: Arc<dyn Lookup>,
    pub(super) addresses: Addresses,
}

/// A name that leads to the inside.
#[derive(Debug, thiserror::Error)]
#[error("the name has an address that is not public")]
pub(super) struct NotPublic;

impl Checked {
    /// One address that is not public condemns the name: no good one has such a neighbour.
    async fn resolved(&self, name: &str) -> Result<Vec<IpAddr>, ResolveDnsError> {
        let found = self.names.lookup(name.to_owned()).await.map_err(ResolveDnsError::new)?;
        if self.addresses == Addresses::Public && !found.iter().all(|address| is_public(*address)) {
            return Err(ResolveDnsError::new(NotPublic));
        }
        Ok(found)
    }
}

impl ResolveDns for Checked {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(self.resolved(name))
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}
