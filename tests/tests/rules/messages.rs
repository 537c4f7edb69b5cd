//! What is wrong with a field is said in one form, `field: must …`, so that a person reads what to send instead.

use std::path::{Path, PathBuf};

/// What makes a reason that stands behind a field's name; the reason is the text that follows.
const MAKERS: [&str; 5] = ["Error::invalid(", "Invalid::new(", "Invalid(format!(", "Reject::column(", ".refuse("];

/// Places whose reasons stand behind no field of a request or a file: facts that a bill is computed from, keys and secrets,
/// objects and messages that come from AWS.
const OTHERS: [&str; 12] = [
    "shared/src/domain/billing/",
    "shared/src/domain/fiscal/",
    "shared/src/domain/money/",
    "shared/src/domain/records/csv.rs",
    "shared/src/domain/usage_file/name.rs",
    "shared/src/domain/usage_file/reader.rs",
    "shared/src/domain/payment_file/name.rs",
    "shared/src/auth/",
    "shared/src/events/",
    "shared/src/files/",
    "shared/src/table/entities/",
    "functions/payment-ingest/src/file.rs",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// The reasons in a source, each the first text of the call that makes it, behind the field's name where that is one.
fn reasons(source: &str) -> Vec<String> {
    let own = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    for maker in MAKERS {
        for (at, _) in own.match_indices(maker) {
            // On one line, or broken after its opening bracket.
            let call = own[at + maker.len()..].trim_start().lines().next().unwrap_or_default();
            let texts: Vec<_> = call.split('"').skip(1).step_by(2).collect();
            let is_second = maker == "Error::invalid(" || maker == "Reject::column(";
            let of_field = is_second && call.starts_with('"');
            found.extend(texts.get(usize::from(of_field)).map(|text| (*text).to_owned()));
        }
    }
    found
}

#[test]
fn every_reason_says_what_a_field_must_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in ["functions", "shared/src"] {
        sources(&root.join(folder), &mut files);
    }
    let mut seen = 0;
    for file in files {
        let name = file.strip_prefix(root).unwrap().to_str().unwrap();
        if OTHERS.iter().any(|other| name.starts_with(other)) {
            continue;
        }
        for reason in reasons(&std::fs::read_to_string(&file).unwrap()) {
            assert!(reason.starts_with("must "), "{name}: \"{reason}\": say what the field must be");
            seen += 1;
        }
    }
    assert!(seen > 60, "only {seen} reasons were found");
}
