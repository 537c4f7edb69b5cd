//! Whether bytes are a JSON body: one object, no duplicate keys, bounded depth and lists.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::error::{Error, Result};

/// Deepest nesting of objects and lists.
const MAX_DEPTH: usize = 32;
/// Most entries of a list.
const MAX_LIST: usize = 1_000;

/// A text without the byte order mark that some programs begin it with (RFC 8259, section 8.1).
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Checks the whole body once, before any type sees it.
pub(super) fn check(bytes: &[u8]) -> Result<()> {
    let fault = RefCell::new(None);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let walked = Walk { depth: 0, field: "body", fault: &fault }.deserialize(&mut json).and_then(|()| json.end());
    match (walked, fault.into_inner()) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(error)) => Err(error),
        (Err(_), None) => Err(Error::invalid("body", "must be one JSON object in UTF-8")),
    }
}

/// Checks a value and everything in it. serde's errors cannot carry ours, so `fault` does.
struct Walk<'a> {
    depth: usize,
    field: &'a str,
    fault: &'a RefCell<Option<Error>>,
}

impl Walk<'_> {
    fn refuse<E: serde::de::Error>(&self, reason: &'static str) -> E {
        let field: String = self.field.chars().filter(|c| !c.is_control()).take(64).collect();
        self.fault.replace(Some(Error::invalid(field, reason)));
        E::custom(reason)
    }

    fn check_text<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        if text.contains('\0') { Err(self.refuse("must not contain NUL")) } else { Ok(()) }
    }

    fn deeper<E: serde::de::Error>(&self) -> Result<usize, E> {
        if self.depth == MAX_DEPTH { Err(self.refuse("must not be nested so deeply")) } else { Ok(self.depth + 1) }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // The outermost value must be an object.
        if self.depth == 0 { deserializer.deserialize_map(self) } else { deserializer.deserialize_any(self) }
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.check_text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        let mut entries = 0;
        while list.next_element_seed(Walk { depth, field: self.field, fault: self.fault })?.is_some() {
            entries += 1;
            if entries > MAX_LIST {
                return Err(self.refuse("must have at most 1000 entries"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        let mut seen = std::collections::BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let inner = Walk { depth, field: &name, fault: self.fault };
            inner.check_text(&name)?;
            if seen.contains(&name) {
                return Err(inner.refuse("must be given once"));
            }
            map.next_value_seed(inner)?;
            seen.insert(name);
        }
        Ok(())
    }
}
