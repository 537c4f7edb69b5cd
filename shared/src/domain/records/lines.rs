//! From bytes, as they arrive, to lines.
//!
//! A record is a line, also in CSV: a line break inside a quoted field would let one lost quotation mark swallow what
//! follows it, and no field of our records has one.

use memchr::memchr;
use serde::{Deserialize, Serialize};

/// The longest line that is read. A longer one is no record.
pub const LONGEST: usize = 64 * 1024;
/// What is kept of a line that is too long.
const KEPT: usize = 1024;
/// The byte order mark of UTF-8, which a file may begin with.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A line that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1; empty lines are counted.
    pub number: u64,
    /// Its bytes without the line break; of one that is too long only the first.
    pub bytes: Vec<u8>,
    /// Whether it is longer than [`LONGEST`].
    pub too_long: bool,
}

/// A place between two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Bytes before it, after decompression.
    pub offset: u64,
    /// Lines before it.
    pub lines: u64,
}

/// Cuts a stream of bytes into lines, in bounded memory.
#[derive(Debug, Default)]
pub struct Lines {
    buffer: Vec<u8>,
    /// Where the buffer's unread part begins.
    from: usize,
    place: Place,
    /// The beginning of a line that is too long, and how many of its bytes are gone already.
    long: Option<(Vec<u8>, u64)>,
}

impl Lines {
    /// From a place on: the next byte that is pushed is the first one after it.
    pub fn at(place: Place) -> Self {
        Self { place, ..Self::default() }
    }

    /// Where the next line begins.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.from);
        self.from = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete line that is not empty.
    pub fn next_line(&mut self) -> Option<Line> {
        loop {
            let rest = self.buffer.get(self.from..).unwrap_or_default();
            let Some(end) = memchr(b'\n', rest) else {
                self.shorten();
                return None;
            };
            if let Some(line) = self.take(end, end + 1) {
                return Some(line);
            }
        }
    }

    /// The last line, which no line break ends; none when there is nothing.
    pub fn last_line(&mut self) -> Option<Line> {
        let left = self.buffer.len() - self.from;
        if left == 0 && self.long.is_none() {
            return None;
        }
        self.take(left, left)
    }

    /// Takes `length` bytes as a line and goes on behind `used`.
    fn take(&mut self, length: usize, used: usize) -> Option<Line> {
        let first = self.place.offset == 0;
        let bytes = self.buffer.get(self.from..self.from + length).unwrap_or_default();
        let (bytes, gone, too_long) = match self.long.take() {
            Some((kept, gone)) => (kept, gone, true),
            None if length > LONGEST => (bytes.get(..KEPT).unwrap_or_default().to_vec(), 0, true),
            None => (bytes.to_vec(), 0, false),
        };
        self.from += used;
        self.place.offset += gone + used as u64;
        self.place.lines += 1;
        Self::line(bytes, first, self.place.lines, too_long)
    }

    fn line(mut bytes: Vec<u8>, first: bool, number: u64, too_long: bool) -> Option<Line> {
        if first && bytes.starts_with(MARK) {
            bytes.drain(..MARK.len());
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let empty = bytes.iter().all(u8::is_ascii_whitespace);
        (!empty || too_long).then_some(Line { number, bytes, too_long })
    }

    /// Forgets the rest of a line that is too long.
    fn shorten(&mut self) {
        let left = self.buffer.len() - self.from;
        if left <= LONGEST && self.long.is_none() {
            return;
        }
        let rest = self.buffer.get(self.from..).unwrap_or_default();
        let (_, gone) = self.long.get_or_insert_with(|| (rest.iter().take(KEPT).copied().collect(), 0));
        *gone += left as u64;
        self.buffer.clear();
        self.from = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(pieces: &[&[u8]], place: Place) -> (Vec<Line>, Place) {
        let mut lines = Lines::at(place);
        let mut found = Vec::new();
        for piece in pieces {
            lines.push(piece);
            found.extend(std::iter::from_fn(|| lines.next_line()));
        }
        found.extend(lines.last_line());
        (found, lines.place())
    }

    fn texts(lines: &[Line]) -> Vec<(u64, String)> {
        lines.iter().map(|line| (line.number, String::from_utf8_lossy(&line.bytes).into_owned())).collect()
    }

    #[test]
    fn a_line_ends_with_a_break_or_with_the_file() {
        let (lines, place) = all(&[b"\xef\xbb\xbfa,b\r\n\r\n \nc\n", b"d"], Place::default());
        assert_eq!(texts(&lines), [(1, "a,b".into()), (4, "c".into()), (5, "d".into())]);
        assert_eq!(place, Place { offset: 15, lines: 5 });
    }

    #[test]
    fn a_line_that_is_too_long_is_one_line_and_takes_no_memory() {
        let mut lines = Lines::default();
        lines.push(b"a\n");
        for _ in 0..1_000 {
            lines.push(&[b'x'; 10_000]);
            let before = lines.next_line();
            assert!(before.is_none_or(|line| line.bytes == b"a"));
            assert!(lines.buffer.len() <= LONGEST + 10_000);
        }
        lines.push(b"x\nb\n");
        let long = lines.next_line().unwrap();
        assert_eq!((long.number, long.bytes.len(), long.too_long), (2, KEPT, true));
        assert_eq!(lines.next_line().unwrap(), Line { number: 3, bytes: b"b".to_vec(), too_long: false });
        assert_eq!(lines.place(), Place { offset: 2 + 10_000_002 + 2, lines: 3 });
    }

    proptest! {
        #[test]
        fn however_the_bytes_arrive_the_lines_are_the_same(
            bytes in "[ab,\n\r ]{0,60}", cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6),
        ) {
            let bytes = bytes.as_bytes();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let ends = cuts.iter().copied().chain([bytes.len()]);
            let pieces: Vec<_> = [0].into_iter().chain(cuts.iter().copied()).zip(ends).map(|(a, b)| &bytes[a..b]).collect();
            prop_assert_eq!(all(&pieces, Place::default()), all(&[bytes], Place::default()));
        }

        #[test]
        fn reading_goes_on_where_it_stopped(bytes in "[ab,\n\r ]{1,60}", lines in 0..8_usize) {
            let bytes = bytes.as_bytes();
            let mut first = Lines::default();
            first.push(bytes);
            let mut found: Vec<_> = std::iter::from_fn(|| first.next_line()).take(lines).collect();
            let place = first.place();
            found.extend(all(&[&bytes[usize::try_from(place.offset).unwrap()..]], place).0);
            prop_assert_eq!(found, all(&[bytes], Place::default()).0);
        }
    }
}
