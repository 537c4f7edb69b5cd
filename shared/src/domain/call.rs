//! Calls as their records tell of them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{Dialled, RecordId};
use super::money::Money;
use crate::error::Invalid;

/// What kind of call a call is charged as. In the text the document uses, which is also how it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallType {
    /// To a line of the company.
    #[serde(rename = "ONNET")]
    OnNet,
    /// To another company's line.
    #[serde(rename = "OFFNET")]
    OffNet,
    /// Within a closed user group.
    #[serde(rename = "CUG")]
    ClosedGroup,
    /// To another country (larga distancia internacional).
    #[serde(rename = "LDI")]
    International,
    /// Made in another company's network.
    #[serde(rename = "Roaming")]
    Roaming,
    /// Not told.
    #[serde(rename = "n/a")]
    Unknown,
}

impl CallType {
    /// The document's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnNet => "ONNET",
            Self::OffNet => "OFFNET",
            Self::ClosedGroup => "CUG",
            Self::International => "LDI",
            Self::Roaming => "Roaming",
            Self::Unknown => "n/a",
        }
    }
}

/// By what means people were in touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ServiceType {
    /// They spoke.
    Voice,
    /// They wrote.
    Sms,
    /// They saw each other.
    Video,
}

impl ServiceType {
    /// The document's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "VOICE",
            Self::Sms => "SMS",
            Self::Video => "VIDEO",
        }
    }
}

/// Where a call goes, as seen from one of its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Direction {
    /// It came in.
    In,
    /// It went out.
    Out,
}

impl Direction {
    /// The document's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "IN",
            Self::Out => "OUT",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Direction {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "IN" => Ok(Self::In),
            "OUT" => Ok(Self::Out),
            _ => Err(Invalid::new("must be one of IN, OUT")),
        }
    }
}

/// One call of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The record's name, unique for the line. A second delivery of the record has the same.
    pub id: RecordId,
    /// When it began. Records tell whole seconds.
    pub start: DateTime<Utc>,
    /// How long it took, in seconds; 0 for a message.
    pub seconds: u32,
    /// The number that called.
    pub calling: Dialled,
    /// The number called.
    pub called: Dialled,
    /// The operator of the number called.
    pub company: String,
    /// Where the call was made.
    pub place: String,
    /// What it is charged as.
    pub kind: CallType,
    /// Whether it was made abroad.
    pub roaming: bool,
    /// By what means.
    pub service: ServiceType,
    /// Seconds of air time charged.
    pub air_seconds: u32,
    /// The charge for them.
    pub air_amount: Money,
    /// Seconds of interconnection charged.
    pub interconnection_seconds: u32,
    /// The charge for them.
    pub interconnection_amount: Money,
    /// The whole charge.
    pub amount: Money,
}

impl Call {
    /// When it ended.
    pub fn end(&self) -> DateTime<Utc> {
        self.start + Duration::seconds(i64::from(self.seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_stored_as_they_are_shown() {
        let kinds = [
            CallType::OnNet,
            CallType::OffNet,
            CallType::ClosedGroup,
            CallType::International,
            CallType::Roaming,
            CallType::Unknown,
        ];
        for kind in kinds {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for service in [ServiceType::Voice, ServiceType::Sms, ServiceType::Video] {
            assert_eq!(serde_json::to_value(service).unwrap(), service.as_str());
        }
        for direction in [Direction::In, Direction::Out] {
            assert_eq!(serde_json::to_value(direction).unwrap(), direction.to_string());
            assert_eq!(direction.as_str().parse(), Ok(direction));
        }
        for text in ["", "in", "IN ", "BOTH"] {
            assert!(text.parse::<Direction>().is_err(), "{text:?}");
        }
    }
}
