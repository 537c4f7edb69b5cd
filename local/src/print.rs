//! How commands print: tables for people, one JSON document for programs.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Writes a command's result to standard output.
///
/// # Errors
/// When nobody reads it any more.
pub fn say(text: &str) -> Result<(), Failure> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}

/// Text or JSON, as the caller wants it.
///
/// # Errors
/// As [`json`].
pub fn shown<T: Display + Serialize>(value: &T, as_json: bool) -> Result<String, Failure> {
    if as_json { json(value) } else { Ok(value.to_string()) }
}

/// One JSON document, readable for people too.
///
/// # Errors
/// A map whose keys are not text.
pub fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    // Through a value, so that its fields are in order.
    let value = serde_json::to_value(value).map_err(Failure::new)?;
    Ok(format!("{value:#}\n"))
}

/// A table of text: the first row is its head; columns that `right` names are aligned to the right.
pub fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<_> = (0..columns).map(|at| width(at).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            if right.contains(&at) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A table with this head. `none` is what is said when it has no rows.
pub fn list<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    right: &[usize],
    none: &str,
) -> String {
    let mut all = vec![row(head)];
    all.extend(rows.into_iter().map(Vec::from));
    if all.len() == 1 { format!("{none}\n") } else { table(&all, right) }
}

/// A row of a table.
pub fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(ToOwned::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_as_wide_as_its_widest_cells() {
        let rows = [row(["run", "pages"]), row(["2026-03-15", "7"])];
        assert_eq!(table(&rows, &[1]), "run         pages\n2026-03-15      7\n");
        assert_eq!(table(&[], &[]), "");
    }

    #[test]
    fn a_list_has_a_head_or_says_that_it_is_empty() {
        let rows = [["a", "1"].map(str::to_owned)];
        assert_eq!(list(["name", "count"], rows, &[1], "no things"), "name  count\na         1\n");
        assert_eq!(list(["name", "count"], [], &[1], "no things"), "no things\n");
    }
}
