//! What the README and the page for bad days say can be pasted: their shell blocks, in bash and in their order, against the program.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod server;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use server::Server;
use tempfile::TempDir;

const README: &str = include_str!("../../README.md");
const RECOVERY: &str = include_str!("../../docs/recovery.md");

/// Where the README's server listens.
const WRITTEN: &str = "http://127.0.0.1:3000";

/// What a block has that builds, starts the first server or deploys: that is done here otherwise, or not at all.
const NOT_HERE: [&str; 3] = ["cargo test", "cargo install", "sam build"];

/// What a block of the page for bad days has that only AWS can play: other services than those of this machine, or a restored table.
const NOT_LOCAL: [&str; 8] = [
    "aws lambda",
    "aws cloudformation",
    "aws dynamodb",
    "aws pipes",
    "aws s3",
    "aws scheduler",
    "restore-secret",
    "sam ",
];

/// Stands in for the installed program.
const SELFCARE: &str = r#"#!/usr/bin/env bash
exec "$PROGRAM" "$@" --server "$SERVER"
"#;

/// Stands in for AWS's own program, of which it knows what a block on this machine asks: to replace a secret.
const AWS: &str = r#"#!/usr/bin/env bash
[[ "$1 $2 $3 $5" == "secretsmanager put-secret-value --secret-id --secret-string" ]] || { echo "aws $*: not played" >&2; exit 97; }
text="${6//\"/\\\"}"
exec curl -sS "$SERVER" -H 'X-Amz-Target: secretsmanager.PutSecretValue' -H 'Authorization: AWS4-HMAC-SHA256 Credential=local/selfcare' \
  -d "{\"SecretId\":\"$4\",\"SecretString\":\"$text\",\"ClientRequestToken\":\"$RANDOM$RANDOM$RANDOM\"}"
"#;

/// Stands in for cargo, which would build what is built: runs the program, and nothing else.
const CARGO: &str = r#"#!/usr/bin/env bash
[[ "$1 $2" == "run --" ]] || { echo "cargo $*: not run here" >&2; exit 97; }
exec "$SELFCARE" "${@:3}" --server "$SERVER"
"#;

const PATIENCE: Duration = Duration::from_secs(180);

/// Blocks that go to one server, and when its clock starts if it does not show the time of day.
#[derive(Debug, Default)]
struct Part {
    clock: Option<String>,
    blocks: Vec<String>,
}

/// The blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let (mut all, mut open) = (Vec::new(), None::<String>);
    for line in text.lines() {
        match &mut open {
            Some(_) if line == "```" => all.extend(open.take()),
            Some(block) => block.push_str(&format!("{line}\n")),
            None => open = (line == format!("```{language}")).then(String::new),
        }
    }
    all
}

/// The parts of the README: a new one begins where it says with which clock a server starts.
fn parts() -> Vec<Part> {
    let mark = "`cargo run -- --clock ";
    let clocks =
        README.match_indices(mark).map(|(at, _)| README[at + mark.len()..].split('`').next().unwrap().to_owned());
    let clocks = [None].into_iter().chain(clocks.map(Some));
    let part = |(text, clock)| {
        let blocks = blocks(text, "sh").into_iter().filter(|block| !NOT_HERE.iter().any(|word| block.contains(word)));
        Part { clock, blocks: blocks.collect() }
    };
    README.split(mark).zip(clocks).map(part).collect()
}

/// A directory from which the README's commands find its files, curl that fails when it is refused, and the program as cargo's.
fn desk() -> TempDir {
    let desk = tempfile::tempdir().unwrap();
    symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs"), desk.path().join("docs")).unwrap();
    fs::write(desk.path().join(".curlrc"), "fail\nshow-error\n").unwrap();
    for (name, script) in [("cargo", CARGO), ("selfcare", SELFCARE), ("aws", AWS)] {
        fs::write(desk.path().join(name), script).unwrap();
        fs::set_permissions(desk.path().join(name), Permissions::from_mode(0o755)).unwrap();
    }
    desk
}

/// What the blocks print, each of which must succeed with every command.
fn paste(part: &Part, desk: &Path) -> String {
    let clock = part.clock.as_deref().map_or(vec![], |clock| vec!["--clock", clock]);
    let server = Server::with(&clock);
    let script = format!("PATH=\"$CURL_HOME:$PATH\"\n{}", part.blocks.concat().replace(WRITTEN, server.url()));
    let mut bash = Command::new("bash")
        .args(["-euxo", "pipefail", "-c", &script])
        .current_dir(desk)
        .env("CURL_HOME", desk)
        .envs(["SELFCARE", "PROGRAM"].map(|name| (name, env!("CARGO_BIN_EXE_selfcare"))))
        .env("SERVER", server.url())
        .stdin(Stdio::null())
        .stdout(File::create(desk.join("said")).unwrap())
        .stderr(File::create(desk.join("errors")).unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = bash.try_wait().unwrap() {
            break Some(status);
        }
        if start.elapsed() > PATIENCE {
            bash.kill().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let said = |name: &str| fs::read_to_string(desk.join(name)).unwrap();
    assert!(status.is_some_and(|status| status.success()), "{status:?}\n{}\n{}", said("said"), said("errors"));
    said("said")
}

#[test]
fn the_readme_can_be_pasted() {
    let [first, second] = parts().try_into().unwrap();
    assert_eq!(
        (first.blocks.len(), second.blocks.len(), &second.clock),
        (2, 2, &Some("2026-03-10T15:00:00Z".to_owned()))
    );
    let desk = desk();
    let said = paste(&first, desk.path());
    let [shown] = blocks(README, "json").try_into().unwrap();
    let shown = shown.split('…').next().unwrap().trim();
    assert!(shown.len() > 100 && said.starts_with(shown), "what the README shows: {shown}\n{said}");
    let said = paste(&second, desk.path());
    assert!(said.contains("It adds up.") && said.contains("0.00 COP to be paid of it"), "{said}");
    assert!(fs::read(desk.path().join("bill.pdf")).unwrap().starts_with(b"%PDF-"));
}

/// The rows that this machine can play, one after the other on one server; the others name what only AWS has.
#[test]
fn the_page_for_bad_days_can_be_pasted() {
    let blocks = blocks(RECOVERY, "sh");
    let (aws, here): (Vec<_>, Vec<_>) =
        blocks.into_iter().partition(|block| NOT_LOCAL.iter().any(|word| block.contains(word)));
    assert_eq!((aws.len(), here.len()), (10, 10), "a row is for AWS alone only if it names what AWS alone has");
    let part = Part { clock: Some("2026-03-10T15:00:00Z".to_owned()), blocks: here };
    let desk = desk();
    let said = paste(&part, desk.path());
    for (what, wanted) in [
        ("a leak", "signs; it is the first"),
        ("erasures", "every erasure is done"),
        ("erasures", "0 erasures finished"),
        ("a wrong bill", "Invoice FE-000005 of contract 500201"),
        ("a wrong bill", "same"),
        ("a wrong bill", "(corrects FE-000006)"),
        ("usage", "\"removed\": 6"),
        ("usage", "0 read, 0 accepted, 0 duplicate, 0 replaced, 0 rejected, 6 removed"),
        ("what waits", "OrderDeadLetters"),
    ] {
        assert!(said.contains(wanted), "{what}: {wanted}\n{said}");
    }
}
