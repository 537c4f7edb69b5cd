//! What is wrong with a field, in one form: `field: must …`.

/// A reason of the library that reads records, said in that form. `path` is where it stopped.
pub(super) fn said(path: &str, reason: &str) -> String {
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    if let Some(rest) = reason.strip_prefix("missing field ") {
        return format!("{}: must be given", joined(path, &quoted(rest)));
    }
    if let Some(rest) = reason.strip_prefix("unknown variant ") {
        let known: Vec<_> = rest.split('`').skip(3).step_by(2).collect();
        return format!("{}: must be one of {}", own(path), known.join(", "));
    }
    if let Some(rest) = reason.strip_prefix("unknown field ") {
        return format!("{}: must not be given, this record has no such field", joined(path, &quoted(rest)));
    }
    if let Some((_, expected)) = reason.split_once(", expected ").filter(|_| reason.starts_with("invalid ")) {
        return format!("{}: must be {}", own(path), kind(expected));
    }
    match reason.starts_with("must ") {
        true => format!("{}: {reason}", own(path)),
        false => format!("{}: must be valid: {reason}", own(path)),
    }
}

fn own(path: &str) -> &str {
    if is_whole(path) { "record" } else { path }
}

/// Whether a path is that of the record itself.
fn is_whole(path: &str) -> bool {
    path.is_empty() || path == "."
}

fn joined(path: &str, field: &str) -> String {
    if is_whole(path) { field.to_owned() } else { format!("{path}.{field}") }
}

/// What the library calls a type, as people call it.
fn kind(expected: &str) -> String {
    let number = |bits: &str, signed: bool| {
        let bits: u32 = bits.parse().unwrap_or(64);
        match signed {
            true => format!("a whole number of at most {} bits", bits - 1),
            false => format!("a whole number from 0 to {}", u64::MAX >> (64 - bits.min(64))),
        }
    };
    match expected {
        "a string" | "a borrowed string" | "string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        _ if expected.starts_with("struct ") || expected.starts_with("internally tagged") => "an object".to_owned(),
        _ => match (expected.strip_prefix('u'), expected.strip_prefix('i')) {
            (Some(bits), _) if bits.parse::<u32>().is_ok() => number(bits, false),
            (_, Some(bits)) if bits.parse::<u32>().is_ok() => number(bits, true),
            _ => expected.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_one_form() {
        for (path, reason, expected) in [
            (".", "missing field `id`", "id: must be given"),
            ("profile", "missing field `id`", "profile.id: must be given"),
            ("kind", "unknown variant `x`, expected one of `a`, `b`", "kind: must be one of a, b"),
            ("kind", "unknown variant `x`, expected `a` or `b`", "kind: must be one of a, b"),
            (
                "cycle",
                "invalid value: integer `-1`, expected u32",
                "cycle: must be a whole number from 0 to 4294967295",
            ),
            (
                "n",
                "invalid type: string \"x\", expected u64",
                "n: must be a whole number from 0 to 18446744073709551615",
            ),
            ("n", "invalid type: floating point `1.5`, expected i64", "n: must be a whole number of at most 63 bits"),
            ("a.b[3]", "invalid type: null, expected a string", "a.b[3]: must be a text"),
            ("a", "invalid type: string \"x\", expected struct Money", "a: must be an object"),
            ("a", "must be one of x", "a: must be one of x"),
            ("a", "an id has 64 letters", "a: must be valid: an id has 64 letters"),
        ] {
            assert_eq!(said(path, reason), expected);
        }
    }
}
