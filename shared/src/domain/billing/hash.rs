//! Digests of facts, by which a changed fact is known without comparing.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::billing::class::Class;
use crate::domain::billing::cycle::Days;
use crate::error::Invalid;

/// A digest of facts: the first 128 bits of a SHA-256.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 16]);

/// Feeds a digest with fields that cannot run into each other: each has a length of its own or a fixed one.
#[derive(Default)]
pub struct Feed(Vec<u8>);

impl Feed {
    /// A mark before a record.
    pub fn tag(&mut self, tag: u8) -> &mut Self {
        self.0.push(tag);
        self
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// A text or none.
    pub fn maybe(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.tag(1).text(text),
            None => self.tag(0),
        }
    }

    /// A number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Minor units.
    pub fn money(&mut self, minor: i64) -> &mut Self {
        self.0.extend_from_slice(&minor.to_be_bytes());
        self
    }

    /// A day.
    pub fn day(&mut self, day: NaiveDate) -> &mut Self {
        self.0.extend_from_slice(&day.num_days_from_ce().to_be_bytes());
        self
    }

    /// Days in a row.
    pub fn days(&mut self, days: Days) -> &mut Self {
        self.day(days.from).day(days.to)
    }

    /// A usage class.
    pub fn class(&mut self, class: Class) -> &mut Self {
        self.0.extend_from_slice(&class.bytes());
        self
    }

    /// The digest of all that was fed.
    pub fn end(self) -> Hash {
        let mut hash = [0; 16];
        hash.copy_from_slice(&Sha256::digest(&self.0)[..16]);
        Hash(hash)
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl TryFrom<String> for Hash {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let wrong = Invalid::new("must be 32 hexadecimal digits");
        let mut hash = [0; 16];
        if text.len() != 2 * hash.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong);
        }
        for (at, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| wrong.clone())?;
        }
        Ok(Self(hash))
    }
}
