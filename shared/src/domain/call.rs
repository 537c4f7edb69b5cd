//! Calls, as in their CDRs.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{Dialled, RecordId};
use super::money::Money;
use crate::error::Invalid;

/// How a call is rated. Stored as the document's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallType {
    /// To a line of the company (on-net).
    #[serde(rename = "ONNET")]
    OnNet,
    /// To another operator's line (off-net).
    #[serde(rename = "OFFNET")]
    OffNet,
    /// Within a closed user group.
    #[serde(rename = "CUG")]
    ClosedGroup,
    /// International long distance (larga distancia internacional).
    #[serde(rename = "LDI")]
    International,
    /// Made on another operator's network (roaming).
    #[serde(rename = "Roaming")]
    Roaming,
    /// Unknown.
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

/// The kind of communication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ServiceType {
    /// Voice.
    Voice,
    /// Text message.
    Sms,
    /// Video.
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

/// Direction, as seen from one end of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Direction {
    /// Incoming.
    In,
    /// Outgoing.
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
    /// The CDR's id, unique for the line; the same in a second delivery.
    pub id: RecordId,
    /// Start, to the second.
    pub start: DateTime<Utc>,
    /// Duration in seconds; 0 for a message.
    pub seconds: u32,
    /// The number that called.
    pub calling: Dialled,
    /// The number called.
    pub called: Dialled,
    /// The operator of the number called.
    pub company: String,
    /// Where the call was made.
    pub place: String,
    /// How it is rated.
    pub kind: CallType,
    /// Whether it was made abroad (roaming).
    pub roaming: bool,
    /// The kind of communication.
    pub service: ServiceType,
    /// Air time charged, in seconds.
    pub air_seconds: u32,
    /// Air time charge.
    pub air_amount: Money,
    /// Interconnection charged, in seconds.
    pub interconnection_seconds: u32,
    /// Interconnection charge.
    pub interconnection_amount: Money,
    /// Total charge.
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
