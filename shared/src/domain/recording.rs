//! Recordings of calls, and how they are erased.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::call::Direction;
use super::ids::{CallId, CustomerCode, Dialled, Extension};
use crate::domain::owned::Owned;

/// The format of a recording's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Uncompressed.
    Wav,
    /// Compressed.
    Mp3,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::Wav, Self::Mp3];

    /// The format with this number in the document.
    pub const fn by_number(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::Wav),
            2 => Some(Self::Mp3),
            _ => None,
        }
    }
}

/// The file's extension.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
        })
    }
}

/// The state of a recording.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingState {
    /// It can be played.
    #[default]
    Kept,
    /// It can no longer be played, but its files may still exist.
    Erasing,
    /// Its files are deleted.
    Erased,
}

/// The recording of a call on an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// Which call.
    pub id: CallId,
    /// Its customer. This does not change when the extension goes to another customer.
    pub customer: CustomerCode,
    /// The extension that was recorded.
    pub extension: Extension,
    /// When the call began.
    pub start: DateTime<Utc>,
    /// Duration, in seconds.
    pub seconds: u32,
    /// Direction, as seen from the extension.
    pub direction: Direction,
    /// The number that called.
    pub origin: Dialled,
    /// The number called, as dialled.
    pub destination: String,
    /// Its files, with their size in bytes.
    pub files: BTreeMap<Format, u64>,
    /// Its state.
    #[serde(default)]
    pub state: RecordingState,
}

impl Owned for Recording {
    fn customer(&self) -> &CustomerCode {
        &self.customer
    }
}

impl Recording {
    /// When the call ended.
    pub fn end(&self) -> DateTime<Utc> {
        self.start + Duration::seconds(i64::from(self.seconds))
    }

    /// Whether it can be played.
    pub fn is_kept(&self) -> bool {
        self.state == RecordingState::Kept
    }

    /// The same recording in another state.
    #[must_use]
    pub fn in_state(&self, state: RecordingState) -> Self {
        Self { state, ..self.clone() }
    }
}
