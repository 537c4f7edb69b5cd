//! A line as a JSON object, in which no name comes twice: which of two values counts would be a guess.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

/// The object of a line.
///
/// # Errors
/// What it must be.
pub(super) fn object(line: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(line) {
        Ok(Once(Value::Object(fields))) => Ok(fields),
        Ok(_) => Err("must be a JSON object".to_owned()),
        Err(error) => {
            let text = error.to_string();
            let (reason, _) = text.split_once(" at line 1").unwrap_or((&text, ""));
            match error.classify() {
                Category::Data => Err(reason.to_owned()),
                _ => Err(format!("must be JSON: {reason} at column {}", error.column())),
            }
        }
    }
}

/// A value in which no name comes twice.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor).map(Self)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Once(value)) = list.next_element()? {
            all.push(value);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some((name, Once(value))) = map.next_entry::<String, Once>()? {
            if fields.contains_key(&name) {
                return Err(A::Error::custom(format_args!("{name}: must be given once")));
            }
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_twice_is_told_wherever_it_is() {
        for (line, reason) in [
            (r#"{"a":1,"a":2}"#, "a: must be given once"),
            (r#"{"x":[{"b":{"a":1,"a":1}}]}"#, "a: must be given once"),
            ("[1]", "must be a JSON object"),
            ("{\"a\":1", "must be JSON: EOF while parsing an object at column 6"),
            ("{}{}", "must be JSON: trailing characters at column 3"),
        ] {
            assert_eq!(object(line).unwrap_err(), reason, "{line}");
        }
        let same = r#"{"a":[null,true,-1,1.5,"x",{"b":18446744073709551615}]}"#;
        assert_eq!(Value::Object(object(same).unwrap()).to_string(), same);
    }
}
