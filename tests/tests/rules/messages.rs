//! What is wrong with a field is said in one form, `field: must …`, so that a person reads what to send instead.

use std::path::{Path, PathBuf};

/// What makes a reason that stands behind a field's name; the reason is the text that follows.
const MAKERS: [&str; 5] = ["Error::invalid(", "Invalid::new(", "Invalid(format!(", "Reject::column(", ".refuse("];

/// Places whose reasons stand behind no field of a request or a file: facts that a bill is computed from, keys and secrets,
/// objects and messages that come from AWS.
const OTHERS: [&str; 13] = [
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
    "functions/usage-ingest/src/file.rs",
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

/// What a message of a command is about, and what it says of that: `--day: must …`, `AMOUNT: must …`.
fn about(message: &str) -> Option<(&str, &str)> {
    let (name, says) = message.split_once(": ")?;
    let is_option =
        name.strip_prefix("--").is_some_and(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
    let is_argument = name.len() > 1 && name != "SQS" && name.bytes().all(|b| b.is_ascii_uppercase());
    (is_option || is_argument).then_some((name, says))
}

#[test]
fn a_command_says_what_its_options_and_arguments_must_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    sources(&root.join("local/src"), &mut files);
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let own = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (at, maker) in own.match_indices("Failure::new(") {
            let call = own[at + maker.len()..].trim_start().trim_start_matches("format!(").trim_start();
            let message = call.strip_prefix('"').and_then(|text| text.split('"').next()).unwrap_or_default();
            // One that another place has made follows behind the name.
            if let Some((name, says)) = about(message).filter(|(_, says)| !says.starts_with('{')) {
                assert!(says.starts_with("must "), "{}: \"{name}: {says}\"", file.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "only {seen} messages were found");
}
