//! A look at a period: what was read, and what is other than charged before.

use serde::{Deserialize, Serialize};

use crate::domain::billing::allowance::Served;
use crate::domain::billing::cycle::Period;
use crate::domain::billing::facts::Facts;
use crate::domain::billing::hash::Hash;
use crate::domain::billing::key::Key;
use crate::domain::billing::price::Source;
use crate::domain::ids::BillNumber;

/// A look at a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// At which.
    pub period: Period,
    /// Why.
    pub why: Why,
    /// The versions of the catalogue it was priced with. A closed period is pinned to them.
    pub versions: Vec<u32>,
    /// The digest of what was read; none for charges in advance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
    /// What was read, where the period was priced: with it and the catalogue the bill can be computed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
    /// What became of included units, where the period was priced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub served: Vec<Served>,
    /// What is priced or was charged before. What has not changed is no line.
    pub changes: Vec<Change>,
}

/// Why a period is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It has ended.
    Closing,
    /// Something of it may have become known late.
    Again,
    /// It begins.
    Advance,
    /// Somebody asks for a bill today.
    OnDemand,
}

/// A charge now and before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Under which key.
    pub key: Key,
    /// What bills have charged, in minor units; none if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<i64>,
    /// What it costs; none if it is not priced any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<i64>,
    /// As a bill names it.
    pub name: String,
    /// Where it comes from, while it is priced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The bill that charged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<BillNumber>,
}

impl Change {
    /// What is to be billed.
    pub fn difference(&self) -> i64 {
        self.is.unwrap_or_default().saturating_sub(self.was.unwrap_or_default())
    }
}
