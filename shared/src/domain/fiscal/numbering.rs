//! What tax offices want of a series of numbers before a number of it stands on a document.

use crate::domain::country::Country;
use crate::error::Invalid;

/// When the numbers of an office that knows documents by their digits begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Each calendar year.
    Yearly,
    /// Never.
    Never,
}

/// Of an office that knows the documents of a kind by the digits of their numbers alone, when those begin anew: two series of a
/// kind with other prefixes would be the same numbers there. None where the prefix is part of the number.
pub fn by_digits(country: &Country) -> Option<Restart> {
    match country.code {
        "sv" => Some(Restart::Yearly),
        "bo" => Some(Restart::Never),
        _ => None,
    }
}

/// Whether a series with an authorisation has the days that its documents must show: whether it has a first and a last day.
///
/// # Errors
/// The field that is missing.
pub fn has_its_days(country: &Country, from: bool, until: bool) -> Result<(), Invalid> {
    let (needs_from, needs_until) = match country.code {
        "co" => (true, true),
        "hn" => (false, true),
        "py" => (true, false),
        _ => (false, false),
    };
    if needs_from && !from {
        return Err(Invalid::new("from: a bill must show the first day of its authorisation"));
    }
    if needs_until && !until {
        return Err(Invalid::new("until: a bill must show the last day of its authorisation"));
    }
    Ok(())
}
