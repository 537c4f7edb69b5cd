//! Zones of numbers abroad and of networks visited: the longest prefix decides, as rate sheets have it.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::dated::{Dated, Timeline};
use crate::error::Invalid;

/// The most characters of a zone's name; a name of this size is copied, not allocated.
const LONGEST: usize = 15;
/// The most digits of a prefix (ITU-T E.164 numbers have 15).
const LONGEST_PREFIX: usize = 15;

/// A zone's name: 1 to 15 lower-case letters, digits and dashes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone([u8; LONGEST]);

impl Zone {
    /// The name, filled up with zeros.
    pub const fn bytes(self) -> [u8; LONGEST] {
        self.0
    }

    fn as_str(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(LONGEST);
        std::str::from_utf8(&self.0[..length]).unwrap_or_default()
    }
}

impl FromStr for Zone {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let plain = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !plain || text.is_empty() || text.len() > LONGEST {
            return Err(Invalid::new("must be a zone: 1 to 15 lower-case letters, digits or dashes"));
        }
        let mut name = [0; LONGEST];
        name[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self(name))
    }
}

impl TryFrom<String> for Zone {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.as_str().to_owned()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A line of a zone sheet: from a day on, the numbers that begin like this belong to a zone. Without a zone the prefix
/// says nothing any more, and a shorter one decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prefix {
    /// The first digits, calling code first; none for all numbers.
    pub prefix: String,
    /// The first day.
    pub from: NaiveDate,
    /// The zone.
    pub zone: Option<Zone>,
}

impl Dated for Prefix {
    fn begins(&self) -> NaiveDate {
        self.from
    }
}

/// A zone sheet. Looking a number up takes one step per digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Prefix>", into = "Vec<Prefix>")]
pub struct Zones {
    sheet: Vec<Prefix>,
    nodes: Vec<Node>,
}

/// A place in the tree of prefixes: where each next digit leads (0 for nowhere), and the zones that begin here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    next: [u32; 10],
    zones: Timeline<Prefix>,
}

impl Default for Zones {
    fn default() -> Self {
        Self { sheet: Vec::new(), nodes: vec![Node::default()] }
    }
}

impl Zones {
    /// The zone of a number on a day: of the prefixes that have one then, the longest decides.
    pub fn of(&self, number: u64, day: NaiveDate) -> Option<Zone> {
        let mut digits = [0_u8; 20];
        let mut first = digits.len();
        let mut rest = number;
        while rest > 0 && first > 0 {
            first -= 1;
            digits[first] = u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        let mut node = self.nodes.first()?;
        let mut zone = node.on(day);
        for digit in &digits[first..] {
            let next = usize::try_from(node.next[usize::from(*digit)]).unwrap_or_default();
            if next == 0 {
                break;
            }
            node = self.nodes.get(next)?;
            zone = node.on(day).or(zone);
        }
        zone
    }
}

impl Node {
    fn on(&self, day: NaiveDate) -> Option<Zone> {
        self.zones.on(day).and_then(|prefix| prefix.zone)
    }
}

impl TryFrom<Vec<Prefix>> for Zones {
    type Error = Invalid;

    fn try_from(sheet: Vec<Prefix>) -> Result<Self, Invalid> {
        let mut lines: Vec<Vec<Prefix>> = vec![Vec::new()];
        let mut nodes = vec![Node::default()];
        for line in &sheet {
            let mut at = 0;
            if line.prefix.len() > LONGEST_PREFIX || line.prefix.starts_with('0') {
                return Err(Invalid::new("must be a prefix of at most 15 digits that does not begin with 0"));
            }
            for byte in line.prefix.bytes() {
                if !byte.is_ascii_digit() {
                    return Err(Invalid::new("must be a prefix: digits only"));
                }
                let digit = usize::from(byte - b'0');
                if nodes[at].next[digit] == 0 {
                    nodes[at].next[digit] = u32::try_from(nodes.len()).unwrap_or_default();
                    nodes.push(Node::default());
                    lines.push(Vec::new());
                }
                at = usize::try_from(nodes[at].next[digit]).unwrap_or_default();
            }
            lines[at].push(line.clone());
        }
        for (node, lines) in nodes.iter_mut().zip(lines) {
            node.zones = lines.try_into()?;
        }
        Ok(Self { sheet, nodes })
    }
}

impl From<Zones> for Vec<Prefix> {
    fn from(zones: Zones) -> Self {
        zones.sheet
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn zones(lines: &[(&str, u32, &str)]) -> Result<Zones, Invalid> {
        let line = |(prefix, from, zone): &(&str, u32, &str)| Prefix {
            prefix: (*prefix).to_owned(),
            from: day(*from),
            zone: zone.parse().ok(),
        };
        lines.iter().map(line).collect::<Vec<_>>().try_into()
    }

    #[test]
    fn the_longest_prefix_of_the_day_decides() {
        let sheet = [("1", 1, "norte"), ("1809", 1, "caribe"), ("1809", 20, ""), ("34", 10, "europa")];
        let zones = zones(&sheet).unwrap();
        let of = |number, on| zones.of(number, day(on)).map(|zone| zone.to_string()).unwrap_or_default();
        assert_eq!(of(12_025_550_101, 1), "norte");
        assert_eq!(of(18_095_550_101, 19), "caribe");
        assert_eq!(of(18_095_550_101, 20), "norte", "the longer prefix says nothing any more");
        assert_eq!([of(34_915_550_101, 9), of(34_915_550_101, 10), of(44, 10), of(0, 10)], ["", "europa", "", ""]);
    }

    #[test]
    fn the_empty_prefix_has_every_number() {
        let zones = zones(&[("", 1, "mundo"), ("57", 1, "andina")]).unwrap();
        assert_eq!(zones.of(5, day(1)), "mundo".parse().ok());
        assert_eq!(zones.of(57, day(1)), "andina".parse().ok());
    }

    #[test]
    fn a_wrong_sheet_is_refused() {
        for prefix in ["x", "+1", "01", "1234567890123456", "١"] {
            assert!(zones(&[(prefix, 1, "a")]).is_err(), "{prefix}");
        }
        assert!(zones(&[("1", 1, "a"), ("1", 1, "b")]).is_err());
        for zone in ["", "Norte", "a.b", "zona/1", "abcdefghijklmnop"] {
            assert!(zone.parse::<Zone>().is_err(), "{zone}");
        }
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_the_sheet_says(
            prefixes in proptest::collection::btree_set("[1-3][1-3]{0,4}", 0..12),
            number in "[1-3]{1,8}",
        ) {
            let line = |prefix: &String| Prefix { prefix: prefix.clone(), from: day(1), zone: format!("z{prefix}").parse().ok() };
            let zones: Zones = prefixes.iter().map(line).collect::<Vec<_>>().try_into().unwrap();
            let longest = prefixes.iter().filter(|prefix| number.starts_with(*prefix)).max_by_key(|prefix| prefix.len());
            let found = zones.of(number.parse().unwrap(), day(1)).map(|zone| zone.to_string());
            prop_assert_eq!(found, longest.map(|prefix| format!("z{prefix}")));
        }
    }
}
