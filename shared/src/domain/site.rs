//! Sites of companies with unified communications, and their extensions.

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::ids::{CustomerCode, Extension, SiteId};

/// An extension of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteExtension {
    /// Its number.
    pub number: Extension,
    /// The name of the person or desk that answers.
    pub name: String,
    /// Whether its calls are recorded.
    #[serde(default)]
    pub recorded: bool,
}

/// A site of a company, with its extensions.
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
