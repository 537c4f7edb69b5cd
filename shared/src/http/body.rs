//! Strict reading of a JSON body into wire types, with errors that name the field.

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::json::{check, without_mark};
use super::raw::RawRequest;
use crate::domain::text::is_control;
use crate::error::{Error, Result};

/// Most characters of a text field without a limit of its own.
const MAX_TEXT: usize = 256;

/// Parses a request's body into a wire type.
pub(super) fn read<T: DeserializeOwned>(request: &RawRequest) -> Result<T> {
    let bytes = request.bytes()?;
    if request.header("content-type").is_some_and(|kind| !is_json(kind)) {
        return Err(Error::NotJson);
    }
    parse(&bytes)
}

/// Parses JSON bytes into a wire type.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let bytes = without_mark(bytes);
    check(bytes)?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        name_fault(&path, &error.into_inner().to_string())
    })
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Translates serde's message into the field and what is expected, without echoing the input.
fn name_fault(path: &str, message: &str) -> Error {
    let field = if path == "." { "body" } else { path };
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        let field = if path == "." { name.to_owned() } else { format!("{path}.{name}") };
        return Error::invalid(field, "must be given");
    }
    let message = message.split(" at line ").next().unwrap_or(message);
    let reason = match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("must be {expected}"),
        None => message.to_owned(),
    };
    Error::invalid(field.to_owned(), reason)
}

/// A text field: at most 256 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text of at most 256 characters without control characters")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
                if text.chars().count() > MAX_TEXT || text.chars().any(is_control) {
                    return Err(E::invalid_value(serde::de::Unexpected::Other("text"), &self));
                }
                Ok(Text(text.to_owned()))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// An integer of at most 18 digits, as a JSON number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integer(pub u64);

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntegerVisitor;
        impl Visitor<'_> for IntegerVisitor {
            type Value = Integer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number of at most 18 digits")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Integer, E> {
                let fits = number < 1_000_000_000_000_000_000;
                fits.then_some(Integer(number))
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Other("number"), &self))
            }
        }
        deserializer.deserialize_u64(IntegerVisitor)
    }
}

/// A JSON number as written, so that no amount passes through a float.
#[derive(Debug, Clone)]
pub struct DecimalText(String);

impl DecimalText {
    /// The number as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for DecimalText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(serde::de::Error::custom("must be a number"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Order {
        plan_id: Text,
        #[serde(default)]
        amount: Option<DecimalText>,
        #[serde(default)]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        name: Text,
    }

    fn fault(body: &str) -> String {
        parse::<Order>(body.as_bytes()).expect_err(body).to_string()
    }

    #[test]
    fn a_good_body_is_read_and_unknown_fields_are_ignored() {
        let order: Order =
            parse(br#"{"planId":"1","amount":65.230,"list":[{"name":"a"}],"other":[null,true,{"x":-1.5e3}]}"#).unwrap();
        assert_eq!(order.plan_id.as_str(), "1");
        assert_eq!(order.amount.unwrap().as_str(), "65.230");
        assert_eq!(order.list[0].name.as_str(), "a");
        let order: Order = parse(br#"{"planId":"1","amount":null}"#).unwrap();
        assert!(order.amount.is_none());
    }

    #[test]
    fn faults_name_their_field() {
        assert_eq!(fault("{}"), "planId: must be given");
        assert_eq!(
            fault(r#"{"planId":5}"#),
            "planId: must be a text of at most 256 characters without control characters"
        );
        assert_eq!(fault(r#"{"planId":"1","list":[{"name":"a"},{}]}"#), "list[1].name: must be given");
        assert_eq!(fault(r#"{"planId":"1","amount":"5"}"#), "amount: must be a number");
        assert_eq!(fault(r#"{"planId":"1","planId":"2"}"#), "planId: must be given once");
        assert_eq!(fault(r#"{"planId":"1","x":{"y":1,"y":2}}"#), "y: must be given once");
        assert_eq!(fault(r#"{"planId":"a\u0000b"}"#), "planId: must not contain NUL");
        assert!(fault(r#"{"planId":"a\nb"}"#).starts_with("planId: must be a text"));
        assert!(fault(r#"{"planId":"a\u202eb"}"#).starts_with("planId: must be a text"));
        assert!(fault(&format!(r#"{{"planId":"{}"}}"#, "x".repeat(257))).starts_with("planId: must be a text"));
    }

    #[test]
    fn an_integer_is_a_short_whole_number() {
        #[derive(Debug, Deserialize)]
        struct Count {
            n: Integer,
        }
        let read = |n: &str| parse::<Count>(format!("{{\"n\":{n}}}").as_bytes()).map(|count| count.n.0);
        assert_eq!(read("0").unwrap(), 0);
        assert_eq!(read("999999999999999999").unwrap(), 999_999_999_999_999_999);
        for wrong in ["-1", "1.0", "1e3", "\"7\"", "true", "[]", "1000000000000000000", "99999999999999999999999"] {
            let error = read(wrong).unwrap_err().to_string();
            assert_eq!(error, "n: must be a whole number of at most 18 digits", "{wrong}");
        }
    }

    #[test]
    fn only_one_object_is_a_body() {
        for body in ["", " ", "null", "[]", "5", "\"x\"", "{} {}", "{", r#"{"a":}"#, "{\"a\":\"\u{1}\"}"] {
            assert_eq!(fault(body), "body: must be one JSON object in UTF-8", "{body:?}");
        }
        let error = parse::<Order>(b"{\"planId\":\"\xff\"}").unwrap_err();
        assert_eq!(error.to_string(), "body: must be one JSON object in UTF-8");
    }

    #[test]
    fn depth_and_lists_are_bounded() {
        let nested = |depth: usize| format!(r#"{{"planId":"1","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(parse::<Order>(nested(31).as_bytes()).is_ok());
        assert_eq!(fault(&nested(32)), "x: must not be nested so deeply");
        let list = |entries: usize| format!(r#"{{"planId":"1","x":[{}1]}}"#, "1,".repeat(entries - 1));
        assert!(parse::<Order>(list(1_000).as_bytes()).is_ok());
        assert_eq!(fault(&list(1_001)), "x: must have at most 1000 entries");
    }
}
