//! Texts as the fonts can show them: a missing glyph is forbidden in PDF/UA, and customers have names of all kinds.
//!
//! - letters are composed first, so that a base letter and its accent are one glyph where there is one;
//! - control and invisible characters go, and any run of white space becomes one space (no-break spaces stay);
//! - a character without glyph becomes what it is made of (an unknown accent falls off its letter), or else `?`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::compose;

use crate::pdf::fonts::{Fonts, is_mark};

/// The text with only what the fonts can show.
pub fn clean(text: &str, fonts: &Fonts) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut cleaner = Cleaner { fonts, text: String::with_capacity(text.len()) };
    for character in text.nfc() {
        if fonts.has(character) {
            cleaner.push(character);
        } else if character.is_whitespace() {
            cleaner.push(' ');
        } else if !is_invisible(character) {
            cleaner.push_parts(character);
        }
    }
    cleaner.text.truncate(cleaner.text.trim_end_matches(' ').len());
    cleaner.text
}

/// Whether there is nothing to clean, as in most texts.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    text.bytes().all(plain) && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ")
}

struct Cleaner<'a> {
    fonts: &'a Fonts,
    text: String,
}

impl Cleaner<'_> {
    /// Adds a character of the fonts, but no second space, no space at the start, and no mark that has no letter.
    fn push(&mut self, character: char) {
        let last = self.text.chars().next_back();
        match (character, last) {
            (' ', None | Some(' ')) => {}
            (mark, last) if is_mark(mark) => self.push_mark(mark, last),
            _ => self.text.push(character),
        }
    }

    /// Joins a mark to its letter if the fonts have both as one glyph.
    fn push_mark(&mut self, mark: char, letter: Option<char>) {
        let Some(letter) = letter.filter(|&letter| letter.is_alphanumeric() || is_mark(letter)) else { return };
        match compose(letter, mark).filter(|&both| self.fonts.has(both)) {
            Some(both) => {
                self.text.pop();
                self.text.push(both);
            }
            None => self.text.push(mark),
        }
    }

    /// Adds what a character is made of, or that there was one.
    fn push_parts(&mut self, character: char) {
        let before = self.text.len();
        for part in std::iter::once(character).nfkd().filter(|&part| self.fonts.has(part)) {
            self.push(part);
        }
        if self.text.len() == before {
            self.text.push('?');
        }
    }
}

/// Characters that show nothing: controls, joiners, direction marks, variation selectors, tags.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || is_mark(character)
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        clean(text, &Fonts::load().unwrap())
    }

    #[test]
    fn what_the_fonts_have_stays() {
        let text = "Ñandú ãẽĩõũỹ g\u{303} ’“”–—…€$₲₡·•×≥≤→✓ 1\u{a0}000\u{202f}000";
        assert_eq!(cleaned(text), text);
    }

    #[test]
    fn letters_are_composed() {
        assert_eq!(cleaned("Jose\u{301} Pen\u{303}a"), "José Peña");
    }

    #[test]
    fn what_is_missing_falls_back() {
        assert_eq!(cleaned("Nguyễn Thị Ạ"), "Nguyê\u{303}n Thi A");
        assert_eq!(cleaned("ﬁn ⓐ Ａ"), "fin a A");
        assert_eq!(cleaned("Иван 😀 سلام"), "???? ? ????");
    }

    #[test]
    fn what_shows_nothing_goes() {
        assert_eq!(cleaned(" a\u{200b}b\u{0}c\r\n\td  e\u{202e}\u{feff} "), "abc d e");
        assert_eq!(cleaned("\u{303}"), "");
        assert_eq!(cleaned("👩\u{200d}👧"), "??");
    }
}
