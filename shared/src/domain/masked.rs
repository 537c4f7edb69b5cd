//! What a caller sent, in the form that the log may have it: bounded, on one line, and nothing in it that names a person or
//! opens a door.

/// Most characters of a sentence.
const SENTENCE: usize = 200;
/// Most characters of a word of a sentence: a secret or a token is longer.
const WORD: usize = 40;
/// A word with so many digits may be a phone number or the number of a document.
const DIGITS: usize = 6;
/// Most segments of a path.
const SEGMENTS: usize = 10;
/// Most characters of a segment.
const SEGMENT: usize = 24;
/// Most characters of an id that nobody has.
const ID: usize = 24;
/// So many letters and digits on end are a secret rather than a name.
const RUN: usize = 16;
/// Stands for what is left out.
const HIDDEN: &str = "…";

/// A sentence for the caller, which may repeat a name that the caller chose. Words that may be private are left out.
pub fn sentence(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let shown = words.map(|word| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let is_private = digits >= DIGITS || word.contains('@') || word.chars().count() > WORD;
        if is_private { HIDDEN } else { word }
    });
    let mut sentence: String = shown.collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = sentence.char_indices().nth(SENTENCE) {
        sentence.truncate(at);
        sentence.push_str(HIDDEN);
    }
    sentence
}

/// A path that no operation has: its plain words, and `*` for everything else, since numbers, names of documents and tokens
/// stand in paths.
pub fn path(path: &str) -> String {
    let is_plain = |segment: &str| {
        let letters = segment.bytes().all(|byte| byte.is_ascii_alphabetic() || b"-_.".contains(&byte));
        letters && segment.len() <= SEGMENT || matches!(segment.as_bytes(), [b'v', digit] if digit.is_ascii_digit())
    };
    let mut segments = path.split('/');
    let shown = segments.by_ref().take(SEGMENTS + 1).map(|segment| if is_plain(segment) { segment } else { "*" });
    let mut shown = shown.collect::<Vec<_>>().join("/");
    if segments.next().is_some() {
        shown.push('/');
        shown.push_str(HIDDEN);
    }
    shown
}

/// A client id that was presented and that no client has. A name is shown; what may be a secret in the wrong field is
/// counted.
pub fn unknown_id(id: &str) -> String {
    let longest = id.split(|c: char| !c.is_ascii_alphanumeric()).map(str::len).max().unwrap_or_default();
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if plain && id.len() <= ID && longest < RUN {
        return id.to_owned();
    }
    format!("{HIDDEN} ({} characters)", id.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_keeps_its_words_and_loses_what_is_private() {
        for (text, shown) in [
            ("limit: must be a number of at most 18 digits", "limit: must be a number of at most 18 digits"),
            ("the body is larger than 65536 bytes", "the body is larger than 65536 bytes"),
            ("3001234567: must be given once", "… must be given once"),
            ("900.123.456-8: must be given once", "… must be given once"),
            ("ana@example.com: must be given once", "… must be given once"),
            ("a\n{\"status\":200}\r\u{7}b", "a {\"status\":200} b"),
            ("", ""),
        ] {
            assert_eq!(sentence(text), shown);
        }
        let secret = "kX9".repeat(15);
        assert_eq!(sentence(&format!("{secret}: must be given once")), "… must be given once");
        let long = sentence(&"ñandú ".repeat(100));
        assert_eq!((long.chars().count(), long.ends_with('…')), (SENTENCE + 1, true));
    }

    #[test]
    fn a_path_keeps_plain_words_alone() {
        for (given, shown) in [
            ("/customers/3001234567/billz", "/customers/*/billz"),
            ("/v1/wp-login.php", "/v1/wp-login.php"),
            ("/documents/AB123456", "/documents/*"),
            ("/accounts/ana@example.com", "/accounts/*"),
            ("/a/%0Ab/ñ", "/a/*/*"),
            ("/", "/"),
            ("", ""),
        ] {
            assert_eq!(path(given), shown);
        }
        assert_eq!(path(&format!("/oauth/{}", "a".repeat(25))), "/oauth/*");
        assert_eq!(path(&"/a".repeat(11)), format!("{}/…", "/a".repeat(10)));
        assert_eq!(path(&"/a".repeat(10)), "/a".repeat(10));
    }

    #[test]
    fn an_unknown_id_is_shown_when_it_is_a_name() {
        for id in ["portal", "demo-portal", "my.company_2", "a-name-of-some-words-123"] {
            assert_eq!(unknown_id(id), id);
        }
        for id in ["x7Kq92mZp4Lw8RtY", "ana@example.com", "a b", "a\nb", "clave-de-algun-sistema-ajeno"] {
            assert_eq!(unknown_id(id), format!("… ({} characters)", id.chars().count()), "{id}");
        }
    }
}
