//! A record before anybody has looked at what its fields say.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, Utc};

use crate::domain::period::{Edge, instant};
use crate::error::Invalid;

/// The most columns that a kind of record has.
pub const MOST: usize = 20;

/// The fields of one record, by the number of their column. A field that is empty is not there.
#[derive(Debug, Default)]
pub struct Row<'a> {
    values: [Option<Cow<'a, str>>; MOST],
}

/// Why a line is no record: the column at fault, where there is one, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The column.
    pub column: Option<&'static str>,
    /// What would be right.
    pub reason: Cow<'static, str>,
}

impl Reject {
    /// A reason that concerns the whole line.
    pub const fn line(reason: &'static str) -> Self {
        Self { column: None, reason: Cow::Borrowed(reason) }
    }

    /// A reason that concerns one column.
    pub const fn column(column: &'static str, reason: &'static str) -> Self {
        Self { column: Some(column), reason: Cow::Borrowed(reason) }
    }
}

impl std::fmt::Display for Reject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.column {
            Some(column) => write!(f, "{column}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// A kind of record: what its columns are called, and which of them every file has.
#[derive(Debug)]
pub struct Columns {
    /// The names, in the order of their numbers.
    pub names: &'static [&'static str],
    /// How many of them, from the first on, no record goes without.
    pub required: usize,
}

impl Columns {
    /// The number of a column.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }
}

impl<'a> Row<'a> {
    /// Fills a column.
    ///
    /// # Errors
    /// When it is filled already.
    pub fn set(&mut self, column: usize, value: Cow<'a, str>) -> Result<(), Reject> {
        if value.is_empty() {
            return Ok(());
        }
        match self.values.get_mut(column) {
            Some(slot @ None) => {
                *slot = Some(value);
                Ok(())
            }
            _ => Err(const { Reject::line("a field is there twice") }),
        }
    }

    fn text(&self, column: usize) -> Option<&str> {
        self.values.get(column)?.as_deref()
    }

    /// What a column says, read as its type reads text.
    ///
    /// # Errors
    /// When it is no such value.
    pub fn get<T>(&self, columns: &Columns, column: usize) -> Result<Option<T>, Reject>
    where
        T: FromStr<Err = Invalid>,
    {
        self.read(columns, column, str::parse)
    }

    /// What a column says, read by `read`.
    ///
    /// # Errors
    /// When it is no such value.
    pub fn read<T>(
        &self,
        columns: &Columns,
        column: usize,
        read: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Result<Option<T>, Reject> {
        let value = self.text(column).map(read).transpose();
        value.map_err(|invalid| Reject { column: columns.names.get(column).copied(), reason: invalid.0 })
    }

    /// A whole number.
    ///
    /// # Errors
    /// Anything but digits, one below zero included; one that is larger than `most`.
    pub fn number(&self, columns: &Columns, column: usize, most: u64) -> Result<Option<u64>, Reject> {
        self.read(columns, column, |text| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits.then(|| text.parse().ok()).flatten();
            let number = number.ok_or(const { Invalid::new("must be a whole number, not below zero") })?;
            if number > most {
                return Err(Invalid(format!("must be at most {most}").into()));
            }
            Ok(number)
        })
    }

    /// A time, in the zone unless it says another offset. Records tell whole seconds; a fraction is cut off.
    ///
    /// # Errors
    /// Anything else, a date without a time included.
    pub fn time(&self, columns: &Columns, column: usize, zone: FixedOffset) -> Result<Option<DateTime<Utc>>, Reject> {
        const FORM: Invalid = Invalid::new("must be ISO 8601, such as 2026-11-20T13:00:00-05:00");
        self.read(columns, column, |text| {
            if text.len() <= 10 {
                return Err(FORM);
            }
            let at = instant(text, zone, Edge::Start)?;
            DateTime::from_timestamp(at.timestamp(), 0).ok_or(FORM)
        })
    }
}

/// What no record goes without.
///
/// # Errors
/// When it is not there.
pub fn required<T>(value: Option<T>, column: &'static str) -> Result<T, Reject> {
    value.ok_or(const { Cow::Borrowed("must be given") }).map_err(|reason| Reject { column: Some(column), reason })
}
