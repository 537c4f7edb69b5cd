//! What an import is given: read once, so that what is loaded is what was checked, and a pipe is as good as a file.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::from_utf8;

use aws_lc_rs::digest::{Context, SHA256};

use super::ImportError;

/// A part of each file's digest. It changes with what a load writes, so that what an earlier release has begun is not gone on
/// with but begun again.
const EDITION: &[u8] = b"8\n";
/// The byte order mark of UTF-8, which some programs begin a file with.
const MARK: &[u8] = b"\xEF\xBB\xBF";
/// How a file in UTF-16 begins.
const WIDE: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// Where the lines come from.
#[derive(Debug, Clone)]
pub enum Lines {
    /// A file, or a pipe.
    File(PathBuf),
    /// Standard input.
    Input,
    /// A text made by the program.
    Text(String),
}

/// What was read.
pub(super) struct Given {
    bytes: Vec<u8>,
    /// What it is known by, as long as an import of it has not ended.
    pub digest: String,
    /// How many lines it has, blank ones included.
    pub lines: u64,
}

impl Lines {
    /// Reads all of it.
    pub(super) fn read(&self) -> Result<Given, ImportError> {
        let unreadable = |path: &Path, error: io::Error| ImportError::Unreadable(path.to_owned(), error);
        let bytes = match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Input => input().map_err(|error| unreadable(Path::new("standard input"), error))?,
            Self::File(path) => std::fs::read(path).map_err(|error| unreadable(path, error))?,
        };
        let mut digest = Context::new(&SHA256);
        digest.update(EDITION);
        digest.update(&bytes);
        let digest = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
        let lines = ends + usize::from(bytes.last().is_some_and(|byte| *byte != b'\n'));
        Ok(Given { bytes, digest, lines: lines as u64 })
    }
}

fn input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Given {
    /// The lines that are not blank, with their numbers; instead of one that is no text, why.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, Result<&str, String>)> {
        let is_wide = WIDE.iter().any(|mark| self.bytes.starts_with(mark));
        let wide = is_wide.then(|| (1, Err("must be UTF-8, and not UTF-16".to_owned())));
        let text = if is_wide { &[][..] } else { self.bytes.strip_prefix(MARK).unwrap_or(&self.bytes) };
        let lines = (1..).zip(text.split(|byte| *byte == b'\n')).filter_map(|(number, line)| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match from_utf8(line) {
                Ok(text) if text.trim().is_empty() => None,
                Ok(text) => Some((number, Ok(text))),
                Err(error) => {
                    let column = error.valid_up_to() + 1;
                    Some((number, Err(format!("must be UTF-8; the byte at column {column} is not"))))
                }
            }
        });
        wide.into_iter().chain(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, Result<String, String>)> {
        let given = Given { bytes: bytes.to_vec(), digest: String::new(), lines: 0 };
        given.lines().map(|(number, line)| (number, line.map(str::to_owned))).collect()
    }

    #[test]
    fn marks_line_ends_and_blank_lines_are_no_text() {
        let expected = vec![(1, Ok("{}".to_owned())), (4, Ok("[]".to_owned()))];
        for text in ["{}\n\n \t\n[]", "{}\r\n\r\n\r\n[]\r\n", "\u{feff}{}\n\n\n[]\n\n"] {
            assert_eq!(lines(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn what_is_no_utf_8_is_a_bad_line_among_others() {
        let read = lines(b"{\"a\":\"\xe9\"}\n{}\n");
        assert_eq!(read[0], (1, Err("must be UTF-8; the byte at column 7 is not".to_owned())));
        assert_eq!(read[1], (2, Ok("{}".to_owned())));
        assert_eq!(lines(b"\xff\xfe{\0}\0"), [(1, Err("must be UTF-8, and not UTF-16".to_owned()))]);
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        for (text, count) in [("", 0), ("a", 1), ("a\n", 1), ("a\n\n", 2), ("a\r\nb", 2)] {
            assert_eq!(Lines::Text(text.to_owned()).read().map(|given| given.lines).unwrap_or(99), count, "{text:?}");
        }
    }
}
