//! Whether items fit into the table, before anything of them is written.
//!
//! Sizes are those of the store's manual: names and texts in UTF-8, numbers by their digits, three bytes for a list or a map and one
//! for each of its elements.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Changes;
use super::item::{Item, text_of};
use super::keys::{PK, SK};
use super::write::Change;
use crate::error::Invalid;

/// The most bytes of an item, less than the store's 400 KB: a revision, an event or what the API adds comes on top.
const LARGEST: usize = 390_000;
/// The most bytes of a partition key.
const LONGEST_PK: usize = 2_048;
/// The most bytes of a sort key.
const LONGEST_SK: usize = 1_024;

impl Changes {
    /// Whether the store would take every item that is set whole.
    ///
    /// # Errors
    /// What is too large, or has too long a key.
    pub fn fit(&self) -> Result<(), Invalid> {
        self.items().iter().try_for_each(|change| match change {
            Change::Create(item) | Change::Put(item) => fits(item),
            _ => Ok(()),
        })
    }
}

fn fits(item: &Item) -> Result<(), Invalid> {
    let length = |name| text_of(item, name).map_or(0, str::len);
    if length(PK) > LONGEST_PK || length(SK) > LONGEST_SK {
        return Err(Invalid::new("must be known by a shorter name: a key of the table has at most 1,024 bytes"));
    }
    let size: usize = item.iter().map(|(name, value)| name.len() + size_of(value)).sum();
    if size > LARGEST {
        return Err(Invalid(format!("must take at most {LARGEST} bytes of the table, not {size}").into()));
    }
    Ok(())
}

fn size_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size_of(value)).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.iter().map(|(name, value)| 1 + name.len() + size_of(value)).sum::<usize>(),
        AttributeValue::Ss(set) | AttributeValue::Ns(set) => set.iter().map(String::len).sum(),
        AttributeValue::Bs(set) => set.iter().map(|bytes| bytes.as_ref().len()).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::item::bare;
    use super::super::keys::Key;
    use super::*;

    fn changes(sk: &str, text: usize) -> Changes {
        let mut item = bare(Key { pk: "P".to_owned(), sk: sk.to_owned() });
        item.insert("t".to_owned(), AttributeValue::M([("é".to_owned(), AttributeValue::S("é".repeat(text)))].into()));
        let mut changes = Changes::new();
        changes.put(item);
        changes
    }

    #[test]
    fn bytes_count_and_not_characters() {
        // Keys 2+1 and 2+1, the name of the map 1, the map 3+1+2.
        let rest = 13;
        assert!(changes("S", (LARGEST - rest) / 2).fit().is_ok());
        assert!(changes("S", (LARGEST - rest) / 2 + 1).fit().is_err());
        assert!(changes(&"é".repeat(512), 1).fit().is_ok());
        assert!(changes(&"é".repeat(513), 1).fit().is_err());
    }
}
