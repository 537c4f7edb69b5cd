//! Generated files and parts of files in the repository.

use tests::root;

/// Compares a generated text with its file; with `REWRITE=1`, writes the file instead.
#[track_caller]
pub fn compare(path: &str, generated: &str, walk: &str) {
    if rewrite() {
        return std::fs::write(root().join(path), generated).unwrap();
    }
    let kept = std::fs::read_to_string(root().join(path)).unwrap_or_default();
    let kept: Vec<_> = kept.lines().collect();
    let generated: Vec<_> = generated.lines().collect();
    let gone = kept.iter().filter(|line| !generated.contains(line)).map(|line| format!("- {line}"));
    let new = generated.iter().filter(|line| !kept.contains(line)).map(|line| format!("+ {line}"));
    let difference: Vec<_> = gone.chain(new).collect();
    assert!(
        kept == generated,
        "{path} is not what the code says:\n{}\nIf the change is meant, run `{}` and commit the file.",
        difference.join("\n"),
        command(walk)
    );
}

/// Replaces the text between two lines, the first that contain `begin` and `end`.
#[track_caller]
#[expect(clippy::panic, reason = "a test without the place to write to cannot go on")]
pub fn filled(text: &str, begin: &str, end: &str, lines: &str) -> String {
    let (before, rest) = text.split_once(begin).unwrap_or_else(|| panic!("there is no line with {begin:?}"));
    let (rest_of_line, rest) = rest.split_once('\n').unwrap();
    let at = rest.find(end).unwrap_or_else(|| panic!("no line with {end:?} follows {begin:?}"));
    let at = rest[..at].rfind('\n').map_or(0, |at| at + 1);
    format!("{before}{begin}{rest_of_line}\n{lines}{}", &rest[at..])
}

/// Whether to write the files.
#[expect(clippy::disallowed_methods, reason = "how a person tells this test to write")]
pub fn rewrite() -> bool {
    std::env::var_os("REWRITE").is_some()
}

/// The command that writes a file.
pub fn command(walk: &str) -> String {
    format!("REWRITE=1 cargo test -p tests --test rules {walk}")
}
