//! Who may import whom, and what only one place may name; kept by reading the sources
//! (`docs/decisions/0002-layers.md`).

mod circles;
mod source;

use source::{Named, Source, TEXT, below, files};

/// What each module of `shared` may import. `lambda` boots the others and may use all but `retry`.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("clock", &[]),
    ("retry", &[]),
    ("domain", &["error"]),
    ("config", &["domain", "error"]),
    ("table", &["clock", "domain", "error", "retry"]),
    ("invocation", &["clock", "domain", "error", "table"]),
    ("files", &["domain", "error", "table"]),
    ("auth", &["domain", "error"]),
    ("outside", &["domain", "error", "table"]),
    ("queue", &["error", "table"]),
    ("http", &["auth", "clock", "domain", "error", "invocation", "retry", "table"]),
    ("events", &["clock", "domain", "error", "invocation", "queue", "retry", "table"]),
    (
        "lambda",
        &["auth", "clock", "config", "domain", "error", "events", "files", "http", "invocation", "queue", "table"],
    ),
];

/// Prefixes of the SDK's crates. `aws_lambda_events`, the event types, is not one of them.
const SDK: &[&str] =
    &["aws_sdk_", "aws_config", "aws_smithy_", "aws_types", "aws_credential_types", "aws_sigv4", "serde_dynamo"];
/// Longest source file, in lines.
const LONGEST: usize = 400;
/// Longer files, with their limit. This list may only shrink: split the file by topic.
const TOO_LONG: &[(&str, usize)] = &[];

/// Fails with every breach of a rule.
#[track_caller]
fn none(breaches: &[String], rule: &str) {
    assert!(breaches.is_empty(), "{rule}:\n  {}", breaches.join("\n  "));
}

fn deployed() -> Vec<Source> {
    [below("shared/src"), functions()].into_iter().flatten().collect()
}

fn functions() -> Vec<Source> {
    below("functions")
}

/// A path from its package's root, with `crate`, `self` and `super` resolved; paths of other packages unchanged.
fn resolved(source: &Source, named: &Named) -> Vec<String> {
    let mut module = source.module();
    let mut rest = named.segments.as_slice();
    match rest.first().map(String::as_str) {
        Some("crate") => module.truncate(1),
        Some("self") => {}
        Some("super") => {
            while rest.get(1).is_some_and(|segment| segment == "super") {
                module.pop();
                rest = &rest[1..];
            }
            module.pop();
        }
        _ => return rest.to_vec(),
    }
    module.extend_from_slice(&rest[1..]);
    module
}

#[test]
fn each_layer_imports_only_what_lies_below_it() {
    let mut breaches = Vec::new();
    for source in below("shared/src") {
        let module = source.module();
        let Some(own) = module.get(1) else { continue };
        let layer = LAYERS.iter().find(|(layer, _)| layer == own);
        let Some((_, below)) = layer else {
            breaches.push(format!("{}: give the new module {own} its row in LAYERS", source.path));
            continue;
        };
        for named in source.paths() {
            let path = resolved(&source, &named);
            let [package, target, ..] = path.as_slice() else { continue };
            let known = LAYERS.iter().any(|(layer, _)| layer == target);
            if package == "shared" && known && target != own && !below.contains(&target.as_str()) {
                breaches.push(format!("{}:{}: {own} must not use {target}", source.path, named.line));
            }
        }
    }
    none(&breaches, "shared: error < domain < table < invocation < http, events < lambda; move what both need down");
}

#[test]
fn the_domain_is_pure() {
    let foreign = ["tokio", "futures_util", "lambda_http", "lambda_runtime", "tracing", "serde_dynamo"];
    let mut breaches = Vec::new();
    for source in below("shared/src/domain") {
        for token in &source.tokens {
            let word = token.text.as_str();
            let float = word.ends_with("f32") || word.ends_with("f64");
            let number = word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.');
            if ["async", "await"].contains(&word) || foreign.contains(&word) || float || number {
                breaches.push(format!("{}:{}: {word}", source.path, token.line));
            }
        }
        for path in [["std", "::", "fs"], ["std", "::", "net"], ["std", "::", "thread"], ["std", "::", "env"]] {
            breaches.extend(source.find(&path).iter().map(|at| format!("{}:{}: {}", source.path, at.line, path[2])));
        }
    }
    none(&breaches, "the domain computes: no async, no SDK, no input or output, no float");
}

#[test]
fn functions_depend_on_shared_and_never_on_each_other() {
    let mut own: Vec<_> = std::fs::read_dir(tests::root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    own.extend(["local".to_owned(), "tests".to_owned()]);
    let mut breaches = Vec::new();
    for package in own.iter().filter(|name| !["local", "tests"].contains(&name.as_str())) {
        let path = format!("functions/{package}/Cargo.toml");
        for dependency in dependencies(&tests::file(&path)) {
            let aws = dependency.starts_with("aws-");
            if own.contains(&dependency) || aws {
                breaches.push(format!("{path}: {dependency}"));
            }
        }
    }
    let shared = dependencies(&tests::file("shared/Cargo.toml"));
    breaches.extend(shared.iter().filter(|name| own.contains(name)).map(|name| format!("shared/Cargo.toml: {name}")));
    none(&breaches, "a function depends on shared and public crates; what two functions need belongs into shared");
}

/// The names of all dependencies of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if inside && line.contains('=') {
            names.push(line.split(['=', '.']).next().unwrap().trim().to_owned());
        }
    }
    assert!(names.contains(&"serde".to_owned()) || names.contains(&"shared".to_owned()), "{manifest}");
    names
}

#[test]
fn only_the_table_the_files_and_the_boot_name_the_sdk() {
    let mut breaches = Vec::new();
    for source in deployed() {
        let sdk = source.path.starts_with("shared/src/table/")
            || source.path.starts_with("shared/src/files/")
            || source.path.starts_with("shared/src/outside/")
            || ["shared/src/lambda.rs", "shared/src/files.rs", "shared/src/queue.rs"].contains(&source.path.as_str());
        let cryptography = source.path.starts_with("shared/src/auth/")
            || ["files/object.rs", "http/idempotency.rs", "retry.rs", "table/item.rs", "table/write.rs"]
                .iter()
                .any(|file| source.path == format!("shared/src/{file}"));
        for token in &source.tokens {
            let allowed = match token.text.as_str() {
                "aws_lc_rs" => cryptography,
                word => sdk || !SDK.iter().any(|prefix| word.starts_with(prefix)),
            };
            if !allowed {
                breaches.push(format!("{}:{}: {}", source.path, token.line, token.text));
            }
        }
    }
    none(
        &breaches,
        "the SDK stays in shared/src/table, outside, files.rs, queue.rs and lambda.rs; give the table a method that does what is needed",
    );
}

#[test]
fn nothing_scans_the_table() {
    let mut breaches = Vec::new();
    for source in [deployed(), below("local/src")].into_iter().flatten() {
        // The engine answers what it is asked; the walk is the operator's, and no function may call it.
        let allowed: &[&str] = match source.path.as_str() {
            "local/src/dynamo.rs" => &["scan", "Scan", "\"Scan\""],
            "shared/src/table/walk.rs" => &["scan", "told_since"],
            "local/src/events.rs" => &["told_since"],
            _ => &[],
        };
        let walks = ["scan", "Scan", "\"Scan\"", "told_since"];
        let scans =
            source.tokens.iter().filter(|token| walks.contains(&&*token.text) && !allowed.contains(&&*token.text));
        breaches.extend(scans.map(|token| format!("{}:{}", source.path, token.line)));
    }
    if tests::file("template.yaml").contains("dynamodb:Scan") {
        breaches.push("template.yaml".to_owned());
    }
    none(&breaches, "every access pattern has a key; add one to keys.rs instead of a scan");
}

#[test]
fn keys_are_written_in_the_key_file_alone() {
    // Capitals before a `#`, as in "SUB#…" and "…#H#": parts of keys, and nothing that prose has.
    let key = |text: &str| {
        let mut pieces: Vec<_> = text.trim_matches('"').split('#').collect();
        pieces.pop();
        pieces.iter().any(|piece| {
            let word = piece.rsplit('}').next().unwrap_or_default();
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase())
        })
    };
    let mut breaches = Vec::new();
    for source in [deployed(), below("local/src")].into_iter().flatten() {
        if source.path.starts_with("shared/src/table/keys/") {
            continue;
        }
        if source.path == "shared/src/table/keys.rs" {
            assert!(source.tokens.iter().any(|token| token.text == "\"CLIENT#{id}\"" && key(&token.text)));
            continue;
        }
        for token in source.tokens.iter().filter(|token| token.text.starts_with('"')) {
            let whole = ["\"CLIENTS\"", "\"HUBS\"", "\"CAT\"", "\"IMPORTING\"", "\"NOWHERE\""].contains(&&*token.text);
            if whole || key(&token.text) {
                breaches.push(format!("{}:{}: {}", source.path, token.line, token.text));
            }
        }
    }
    none(&breaches, "a key is made by a function of shared/src/table/keys.rs, for writing and for reading");
}

#[test]
fn the_environment_and_the_time_are_read_in_one_place_each() {
    let mut breaches = Vec::new();
    for source in deployed() {
        let path = source.path.as_str();
        for name in ["var", "vars", "var_os", "vars_os", "set_var"] {
            let found = source.find(&["env", "::", name]);
            breaches.extend(
                found.iter().filter(|_| path != "shared/src/config.rs").map(|at| format!("{path}:{}", at.line)),
            );
        }
        for source_of_time in ["Utc", "Local", "SystemTime", "Instant"] {
            let found = source.find(&[source_of_time, "::", "now"]);
            // The platform gives an invocation's deadline as a time of day, which is compared once.
            let allowed = match path {
                "shared/src/clock.rs" => usize::MAX,
                "shared/src/lambda.rs" if source_of_time == "SystemTime" => 1,
                _ => 0,
            };
            breaches.extend(found.iter().skip(allowed).map(|at| format!("{path}:{}: {source_of_time}::now", at.line)));
        }
    }
    none(&breaches, "config.rs reads the environment and clock.rs the time; everything else is told");
}

#[test]
fn nothing_stops_the_process_but_with_a_reason() {
    let mut breaches = Vec::new();
    for source in [deployed(), below("local/src"), below("tests/src")].into_iter().flatten() {
        let stops = [
            (vec![".", "unwrap", "("], "clippy::unwrap_used"),
            // With a text: the `expect` of a test's reply, with a status, is a method of its own.
            (vec![".", "expect", "(", TEXT], "clippy::expect_used"),
            (vec!["panic", "!"], "clippy::panic"),
            (vec!["todo", "!"], "never"),
            (vec!["unimplemented", "!"], "never"),
            (vec!["unreachable", "!"], "never"),
            (vec!["dbg", "!"], "never"),
        ];
        for (words, lint) in stops {
            for token in source.find(&words).iter().filter(|token| !token.excused.contains(lint)) {
                breaches.push(format!("{}:{}: {}", source.path, token.line, words.concat()));
            }
        }
        for token in &source.tokens {
            let silenced = token.text.starts_with("#[allow(");
            let unexplained = token.text.starts_with("#[expect(") && !token.text.contains("reason");
            if silenced || unexplained || token.text == "unsafe" {
                breaches.push(format!("{}:{}: {}", source.path, token.line, token.text));
            }
        }
    }
    none(&breaches, "answer with an error; where that cannot be, #[expect(clippy::…, reason = \"…\")] says why");
}

#[test]
fn a_main_only_wires() {
    let long = files("functions").into_iter().filter(|path| path.ends_with("/main.rs"));
    let long = long.map(|path| (tests::file(&path).lines().count(), path)).filter(|(lines, _)| *lines > 20);
    let long: Vec<_> = long.map(|(lines, path)| format!("{path}: {lines} lines")).collect();
    none(&long, "main.rs boots, makes the function and runs it, in at most 20 lines; the rest belongs into lib.rs");
}

#[test]
fn no_file_is_longer_than_a_reader_likes() {
    let mut breaches = Vec::new();
    let mut exceptions = TOO_LONG.to_vec();
    for path in ["shared", "functions", "local", "tests"].into_iter().flat_map(files) {
        let lines = tests::file(&path).lines().count();
        let exception = exceptions.iter().position(|(name, _)| *name == path).map(|at| exceptions.swap_remove(at));
        match exception {
            None if lines > LONGEST => breaches.push(format!("{path}: {lines} lines; split it by topic")),
            Some((_, most)) if lines > most => breaches.push(format!("{path}: {lines} lines, at most {most} once")),
            Some(_) if lines <= LONGEST => breaches.push(format!("{path}: short again; take it out of TOO_LONG")),
            _ => {}
        }
    }
    breaches.extend(exceptions.iter().map(|(path, _)| format!("{path}: gone; take it out of TOO_LONG")));
    none(&breaches, "a file has at most 400 lines");
}
