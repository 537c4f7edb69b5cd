//! Which characters a text for people has.

/// Whether a character is none of a text's: a control character, NUL, tabs and line ends among them; a separator of lines; or one
/// that turns the direction of writing, so that what is shown is not what is there (Unicode Standard Annex 9, section 2).
pub fn is_control(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_any_script_and_their_marks_are_a_text() {
        assert!(!"Ñandú, 微信\u{a0}Мир 👨\u{200d}👩 שלום\u{200f}!".chars().any(is_control));
        for letter in ['\0', '\t', '\n', '\r', '\u{7f}', '\u{85}', '\u{2028}', '\u{202e}', '\u{2066}', '\u{2069}'] {
            assert!(is_control(letter), "{letter:?}");
        }
    }
}
