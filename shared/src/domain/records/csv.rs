//! Records as comma-separated values (RFC 4180), one a line.

use std::borrow::Cow;

use csv_core::{ReadRecordResult, Reader};

use super::row::{Columns, MOST, Reject, Row};
use crate::error::Invalid;

/// What the header says: for each field of a line, the number of its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header(Vec<usize>);

/// Takes lines apart. Its memory is used again for each line.
pub struct Cutter {
    reader: Reader,
    text: Vec<u8>,
    ends: [usize; MOST + 1],
}

impl Default for Cutter {
    fn default() -> Self {
        Self { reader: Reader::new(), text: Vec::new(), ends: [0; MOST + 1] }
    }
}

impl Cutter {
    /// The fields of a line: their text, and where each ends in it.
    fn cut(&mut self, line: &str) -> Result<(&str, &[usize]), Reject> {
        // A quotation mark is always one of two, also inside of quotes.
        if memchr::memchr_iter(b'"', line.as_bytes()).count() % 2 == 1 {
            return Err(Reject::line("a quotation mark is not closed"));
        }
        if self.text.len() <= line.len() {
            self.text.resize(line.len() + 1, 0);
        }
        self.reader.reset();
        let (result, _, length, count) = self.reader.read_record(line.as_bytes(), &mut self.text, &mut self.ends);
        if !matches!(result, ReadRecordResult::InputEmpty) {
            return Err(WRONG_COUNT);
        }
        // Only the end of the input ends the last field.
        let (text, ends) = (self.text.get_mut(length..), self.ends.get_mut(count..));
        let (.., more, last) = self.reader.read_record(&[], text.unwrap_or_default(), ends.unwrap_or_default());
        let text = self.text.get(..length + more).and_then(|text| std::str::from_utf8(text).ok());
        let ends = self.ends.get(..count + last).unwrap_or_default();
        text.map(|text| (text, ends)).ok_or(const { Reject::line("is not UTF-8") })
    }
}

const WRONG_COUNT: Reject = Reject::line("has another number of fields than the header");

impl Header {
    /// Reads the header of a file.
    ///
    /// # Errors
    /// A column that is unknown, there twice, or missing.
    pub fn read(line: &str, columns: &Columns) -> Result<Self, Invalid> {
        let mut cutter = Cutter::default();
        let (text, ends) = cutter.cut(line).map_err(|reject| Invalid(reject.to_string().into()))?;
        let mut numbers = Vec::new();
        for name in fields(text, ends) {
            let number = columns.number(name.trim());
            let number = number.ok_or(const { Invalid::new("the header has an unknown column") })?;
            if numbers.contains(&number) {
                return Err(const { Invalid::new("the header has a column twice") });
            }
            numbers.push(number);
        }
        let missing = columns.names.iter().take(columns.required).enumerate().find(|(at, _)| !numbers.contains(at));
        match missing {
            Some((_, name)) => Err(Invalid(format!("the header lacks the column {name}").into())),
            None => Ok(Self(numbers)),
        }
    }

    /// Reads a line.
    ///
    /// # Errors
    /// Another number of fields, a quotation mark that is not closed.
    pub fn row<'c>(&self, line: &str, cutter: &'c mut Cutter) -> Result<Row<'c>, Reject> {
        let (text, ends) = cutter.cut(line)?;
        if ends.len() != self.0.len() {
            return Err(WRONG_COUNT);
        }
        let mut row = Row::default();
        for (column, value) in self.0.iter().zip(fields(text, ends)) {
            row.set(*column, Cow::Borrowed(value))?;
        }
        Ok(row)
    }
}

fn fields<'t>(text: &'t str, ends: &'t [usize]) -> impl Iterator<Item = &'t str> {
    let starts = [0].into_iter().chain(ends.iter().copied());
    starts.zip(ends).map(|(start, end)| text.get(start..*end).unwrap_or_default())
}

/// A field as it is written (RFC 4180): quoted where it has to be.
pub fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { names: &["a", "b", "c"], required: 2 };

    fn row(header: &str, line: &str) -> Result<Vec<Option<String>>, String> {
        let header = Header::read(header, &COLUMNS).map_err(|invalid| invalid.to_string())?;
        let mut cutter = Cutter::default();
        let row = header.row(line, &mut cutter).map_err(|reject| reject.to_string())?;
        let text = |column| row.read(&COLUMNS, column, |text| Ok(text.to_owned())).unwrap();
        Ok((0..3).map(text).collect())
    }

    #[test]
    fn fields_are_found_by_the_header() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(row("b,a", "1,2").unwrap(), [some("2"), some("1"), None]);
        assert_eq!(row("a,b,c", "\"x,\"\"y\"\"\",é,").unwrap(), [some("x,\"y\""), some("é"), None]);
        assert_eq!(row("a,b", ",").unwrap(), [None, None, None]);
    }

    #[test]
    fn a_line_that_is_broken_is_no_record() {
        for (line, reason) in [
            ("1", "number of fields"),
            ("1,2,3", "number of fields"),
            ("1,\"2", "not closed"),
            ("", "number of fields"),
            (&",".repeat(50), "number of fields"),
        ] {
            assert!(row("a,b", line).unwrap_err().contains(reason), "{line}");
        }
    }

    #[test]
    fn a_header_names_known_columns_once_and_all_that_are_required() {
        for (header, reason) in [
            ("a", "lacks the column b"),
            ("a,b,x", "unknown"),
            ("a,b,a", "twice"),
            ("a,b,c,a,x", "twice"),
            ("a;b", "unknown"),
        ] {
            assert!(row(header, "1,2").unwrap_err().contains(reason), "{header}");
        }
    }
}
