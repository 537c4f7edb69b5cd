//! Sites of a company that has unified communications, and their extensions.

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::ids::{CustomerCode, Extension, SiteId};

/// An extension of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteExtension {
    /// Its number.
    pub number: Extension,
    /// Who or what answers it.
    pub name: String,
    /// Whether its calls are recorded.
    #[serde(default)]
    pub recorded: bool,
}

/// A place of a company with its extensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Which.
    pub id: SiteId,
    /// Whose it is.
    pub customer: CustomerCode,
    /// The document the customer is known by.
    pub document: Identity,
    /// Its name.
    pub name: String,
    /// Its extensions.
    #[serde(default)]
    pub extensions: Vec<SiteExtension>,
}
