//! A line's status: whether SIM card and handset are blocked.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::Invalid;

/// What a status applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Asset {
    /// The SIM card.
    Sim,
    /// The handset.
    Imei,
    /// Both.
    SimImei,
}

impl Asset {
    /// The document's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sim => "SIM",
            Self::Imei => "IMEI",
            Self::SimImei => "SIM_IMEI",
        }
    }
}

impl std::str::FromStr for Asset {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Sim, Self::Imei, Self::SimImei]
            .into_iter()
            .find(|asset| asset.as_str() == text)
            .ok_or_else(|| Invalid::new("must be one of SIM, IMEI, SIM_IMEI"))
    }
}

/// A requested state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusCode {
    /// Active.
    Active,
    /// Blocked.
    Blocked,
}

impl StatusCode {
    /// The document's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Blocked => "Blocked",
        }
    }
}

impl std::str::FromStr for StatusCode {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "Active" => Ok(Self::Active),
            "Blocked" => Ok(Self::Blocked),
            _ => Err(Invalid::new("must be one of Active, Blocked")),
        }
    }
}

/// The blocked parts of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Whether the SIM card is blocked.
    #[serde(default)]
    pub sim: bool,
    /// Whether the handset is blocked.
    #[serde(default)]
    pub imei: bool,
}

impl Blocked {
    /// Whether anything is blocked. Such a line buys nothing and changes no plan.
    pub const fn any(self) -> bool {
        self.sim || self.imei
    }

    /// The state in the document's words: what is blocked, or both as active.
    pub const fn status(self) -> (StatusCode, Asset) {
        match (self.sim, self.imei) {
            (false, false) => (StatusCode::Active, Asset::SimImei),
            (true, false) => (StatusCode::Blocked, Asset::Sim),
            (false, true) => (StatusCode::Blocked, Asset::Imei),
            (true, true) => (StatusCode::Blocked, Asset::SimImei),
        }
    }

    /// The state after `asset` has become `code`; the other part stays as it is.
    pub const fn after(self, code: StatusCode, asset: Asset) -> Self {
        let blocked = matches!(code, StatusCode::Blocked);
        match asset {
            Asset::Sim => Self { sim: blocked, imei: self.imei },
            Asset::Imei => Self { sim: self.sim, imei: blocked },
            Asset::SimImei => Self { sim: blocked, imei: blocked },
        }
    }
}

/// A status change, kept for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// The requested state.
    pub code: StatusCode,
    /// The asset it applies to.
    pub asset: Asset,
    /// The blocked parts afterwards.
    pub blocked: Blocked,
    /// The reason given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}
