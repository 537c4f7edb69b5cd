//! Records as JSON objects, one a line.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::row::{Columns, Reject, Row};

/// Reads a line. Numbers and texts are the same; what is null is not there.
///
/// # Errors
/// No JSON object, an unknown field, one that is there twice, a list or an object inside.
pub fn row<'a>(line: &'a str, columns: &'static Columns) -> Result<Row<'a>, Reject> {
    let mut reader = serde_json::Deserializer::from_str(line);
    let row = Object(columns).deserialize(&mut reader).and_then(|row| reader.end().map(|()| row));
    row.map_err(|error| {
        let reason = if error.is_data() { error.to_string() } else { "is no JSON object".to_owned() };
        Reject { column: None, reason: reason.into() }
    })
}

struct Object(&'static Columns);

impl<'de> DeserializeSeed<'de> for Object {
    type Value = Row<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Row<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object {
    type Value = Row<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Row<'de>, M::Error> {
        let mut row = Row::default();
        while let Some(Text(name)) = map.next_key()? {
            let Some(column) = self.0.number(&name) else { return Err(de::Error::custom("has an unknown field")) };
            if let Some(Text(value)) = map.next_value()? {
                row.set(column, value).map_err(|reject| de::Error::custom(reject.reason))?;
            }
        }
        Ok(row)
    }
}

/// A text or a number, as text.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static COLUMNS: Columns = Columns { names: &["a", "b"], required: 1 };

    fn read(line: &str) -> Result<[Option<String>; 2], String> {
        let row = row(line, &COLUMNS).map_err(|reject| reject.to_string())?;
        Ok([0, 1].map(|column| row.read(&COLUMNS, column, |text| Ok(text.to_owned())).unwrap()))
    }

    #[test]
    fn numbers_and_texts_are_the_same() {
        let expected = [Some("12".to_owned()), Some("é".to_owned())];
        assert_eq!(read(r#"{"a":12,"b":"é"}"#).unwrap(), expected);
        assert_eq!(read(r#" { "b" : "\u00e9" , "a":"12"} "#).unwrap(), expected);
        assert_eq!(read(r#"{"a":-1,"b":null}"#).unwrap(), [Some("-1".to_owned()), None]);
        assert_eq!(read("{}").unwrap(), [None, None]);
    }

    #[test]
    fn anything_else_is_no_record() {
        for line in [
            "",
            "{",
            r#"{"a":"1"#,
            "[]",
            "1",
            r#"{"a":1} x"#,
            r#"{"a":1}{"a":1}"#,
            r#"{"c":1}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":[1]}"#,
            r#"{"a":{"b":1}}"#,
            r#"{"a":1.5}"#,
            r#"{"a":true}"#,
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
