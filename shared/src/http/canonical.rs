//! One form for all bodies that say the same.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::json::{check, without_mark};

/// A JSON object without blanks, its fields in the order of their names, without those that are null, which means absent, its
/// texts escaped in one way. Numbers stay as written, since no float may come between two amounts. What is no such object, which
/// no operation reads, stays as it is.
pub(super) fn canonical(body: &[u8]) -> Cow<'_, [u8]> {
    let json = without_mark(body);
    let text = std::str::from_utf8(json).ok().filter(|_| check(json).is_ok());
    let mut form = String::with_capacity(body.len());
    match text.and_then(|text| write(text.trim(), &mut form).ok()) {
        Some(()) => Cow::Owned(form.into_bytes()),
        None => Cow::Borrowed(body),
    }
}

/// Appends a value; its depth has been checked.
fn write(json: &str, form: &mut String) -> serde_json::Result<()> {
    match json.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
            form.push('{');
            for (name, value) in fields.into_iter().filter(|(_, value)| value.get() != "null") {
                form.push_str(&serde_json::to_string(&name)?);
                form.push(':');
                write(value.get(), form)?;
                form.push(',');
            }
            form.push('}');
        }
        Some(b'[') => {
            let list: Vec<&RawValue> = serde_json::from_str(json)?;
            form.push('[');
            for value in list {
                write(value.get(), form)?;
                form.push(',');
            }
            form.push(']');
        }
        Some(b'"') => form.push_str(&serde_json::to_string(&serde_json::from_str::<String>(json)?)?),
        _ => form.push_str(json),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn form(body: &str) -> String {
        String::from_utf8(canonical(body.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn what_says_the_same_has_one_form() {
        let one = form(r#"{"a":"é/","b":[1,{"d":null,"c":true}]}"#);
        for other in [
            "{ \"b\" :\t[1 ,{\"c\":true,\"d\":null} ],\r\n\"a\":\"\\u00e9\\/\" }\n",
            "\u{feff}{\"\\u0061\":\"é/\",\"b\":[1,{\"d\":null,\"c\":true}]}",
            r#"{"a":"é/","b":[1,{"c":true}]}"#,
            r#"{"0":null,"a":"é/","b":[1,{"c":true,"e": null}],"z":null}"#,
        ] {
            assert_eq!(form(other), one, "{other}");
        }
        assert_eq!(form(&one.replace(",}", "}").replace(",]", "]")), one);
    }

    #[test]
    fn what_says_something_else_has_another() {
        let others = [
            "{}",
            r#"{"a":1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":10e-1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":[1]}"#,
            r#"{"a":"null"}"#,
            r#"{"a":[null]}"#,
            r#"{"a":[]}"#,
            r#"{"a":{}}"#,
            r#"{"b":1}"#,
            r#"{"a":[1,2]}"#,
            r#"{"a":[2,1]}"#,
            r#"{"a":[[1],2]}"#,
            r#"{"a":12345678901234567890}"#,
            r#"{"a":12345678901234567891}"#,
            r#"{"a":"x,\"b\":1"}"#,
            r#"{"a":"x","b":1}"#,
            r#"{"a":{"b":1}}"#,
        ];
        let forms: std::collections::BTreeSet<_> = others.iter().map(|body| form(body)).collect();
        assert_eq!(forms.len(), others.len(), "{forms:?}");
    }

    #[test]
    fn what_is_no_object_stays() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
        for body in ["", " ", "[ 1 ]", "{", "{\"a\":1,\"a\":2}", "a=b&c", deep.as_str()] {
            assert_eq!(form(body), body);
        }
        assert_eq!(&*canonical(b"{\"a\":\"\xff\"}"), b"{\"a\":\"\xff\"}");
    }

    proptest! {
        #[test]
        fn blanks_and_order_make_no_difference(fields in proptest::collection::btree_map("[a-z\"\\\\é]{0,4}", -9..9_i32, 0..6)) {
            let of = |fields: Vec<(&String, &i32)>, blank: &str| {
                let fields = fields.into_iter().map(|(name, value)| format!("{}{blank}:{value}", json!(name)));
                format!("{blank}{{{}}}", fields.collect::<Vec<_>>().join(&format!("{blank},")))
            };
            let plain = of(fields.iter().collect(), "");
            prop_assert_eq!(form(&plain), form(&of(fields.iter().rev().collect(), "\n ")));
            prop_assert_eq!(serde_json::from_str::<Value>(&plain).unwrap().as_object().unwrap().len(), fields.len());
        }
    }
}
