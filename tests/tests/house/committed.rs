//! Files that the tests write and the repository keeps.

use tests::root;

/// Compares a generated text with its file. `REWRITE=1` writes the file instead.
#[track_caller]
pub fn compare(path: &str, generated: &str, walk: &str) {
    #[expect(clippy::disallowed_methods, reason = "how a person tells this test to write")]
    let rewrite = std::env::var_os("REWRITE").is_some();
    if rewrite {
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

/// How a file is written anew.
pub fn command(walk: &str) -> String {
    format!("REWRITE=1 cargo test -p tests --test house {walk}")
}
