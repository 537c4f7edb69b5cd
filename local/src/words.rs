//! Words of messages.

/// A number with its noun: `1 page`, `2 pages`.
pub fn count(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// How this program is started: through cargo in a checkout, by its name where it is installed.
#[expect(
    clippy::disallowed_methods,
    reason = "no setting of the program: cargo says nowhere else that it has started it"
)]
pub fn program() -> &'static str {
    // Cargo tells what it runs where its package lies.
    if std::env::var_os("CARGO_MANIFEST_DIR").is_some() { "cargo run --" } else { "selfcare" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_thing_is_singular() {
        assert_eq!([count(0, "page"), count(1, "page"), count(2, "page")], ["0 pages", "1 page", "2 pages"]);
    }
}
