//! Texts broken into lines.

use crate::pdf::clean::clean;
use crate::pdf::fonts::{CAP_HEIGHT, Fonts, Weight, is_mark};
use crate::pdf::sheet::Rgb;

/// How a text is set. Lengths in points.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// How heavy.
    pub weight: Weight,
    /// The size of the font.
    pub size: f32,
    /// From one line to the next.
    pub leading: f32,
    /// The colour.
    pub ink: Rgb,
}

impl Style {
    /// From the top of a line to its baseline: capitals are centred in the line.
    pub fn rise(&self) -> f32 {
        f32::midpoint(self.leading, CAP_HEIGHT * self.size)
    }
}

/// A line of a paragraph.
#[derive(Debug, Clone)]
pub struct TextLine {
    /// The text; a line broken at a space keeps it, so that words stay apart when copied.
    pub text: String,
    /// The width without that space, in points.
    pub width: f32,
}

/// A text broken into lines.
#[derive(Debug, Clone)]
pub struct Paragraph {
    /// The lines; none if there is nothing to show.
    pub lines: Vec<TextLine>,
    /// How it is set.
    pub style: Style,
}

impl Paragraph {
    /// Breaks a text into lines of at most `width` points: between words, after hyphens and slashes, and within a word
    /// only where it is wider than a line.
    pub fn new(fonts: &Fonts, text: &str, style: Style, width: f32) -> Self {
        let text = clean(text, fonts);
        let mut breaker = Breaker { fonts, style, width, lines: Vec::new(), line: String::new(), used: 0.0 };
        let whole = breaker.measure(&text);
        if whole <= width {
            let lines = if text.is_empty() { Vec::new() } else { vec![TextLine { text, width: whole }] };
            return Self { lines, style };
        }
        text.split_inclusive([' ', '-', '/']).for_each(|piece| breaker.add(piece));
        breaker.end_line();
        Self { lines: breaker.lines, style }
    }

    /// No more than `count` lines; what is left out shows as an ellipsis.
    pub fn at_most(mut self, count: usize) -> Self {
        if self.lines.len() > count {
            self.lines.truncate(count);
            if let Some(last) = self.lines.last_mut() {
                let kept = last.text.trim_end().chars().count().saturating_sub(2);
                last.text = last.text.chars().take(kept).chain(['…']).collect();
            }
        }
        self
    }

    /// The height in points.
    pub fn height(&self) -> f32 {
        self.lines.iter().map(|_| self.style.leading).sum()
    }

    /// The width of the widest line in points.
    pub fn width(&self) -> f32 {
        self.lines.iter().map(|line| line.width).fold(0.0, f32::max)
    }

    /// The text in one line.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }
}

struct Breaker<'a> {
    fonts: &'a Fonts,
    style: Style,
    width: f32,
    lines: Vec<TextLine>,
    line: String,
    /// The width of `line`, trailing space included.
    used: f32,
}

impl Breaker<'_> {
    fn measure(&self, text: &str) -> f32 {
        self.fonts.face(self.style.weight).width(text) * self.style.size
    }

    /// Adds a piece that is not broken unless it is wider than a line.
    fn add(&mut self, piece: &str) {
        let visible = self.measure(piece.trim_end_matches(' '));
        if self.used + visible > self.width && !self.line.is_empty() {
            self.end_line();
        }
        if visible > self.width {
            self.split(piece);
        } else {
            self.line.push_str(piece);
            self.used += self.measure(piece);
        }
    }

    /// Breaks a piece wherever a line is full. A mark stays with its letter.
    fn split(&mut self, piece: &str) {
        let mut bytes = [0; 4];
        for character in piece.chars() {
            let width = self.measure(character.encode_utf8(&mut bytes));
            if self.used + width > self.width && !self.line.is_empty() && character != ' ' && !is_mark(character) {
                self.end_line();
            }
            self.line.push(character);
            self.used += width;
        }
    }

    fn end_line(&mut self) {
        let text = std::mem::take(&mut self.line);
        let width = self.measure(text.trim_end_matches(' '));
        self.used = 0.0;
        if !text.is_empty() {
            self.lines.push(TextLine { text, width });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { weight: Weight::Regular, size: 10.0, leading: 14.0, ink: Rgb(0, 0, 0) };

    fn set(text: &str, width: f32) -> Paragraph {
        Paragraph::new(&Fonts::load().unwrap(), text, STYLE, width)
    }

    #[test]
    fn lines_break_between_words_and_lose_nothing() {
        let text = "Reclamaciones ante la Superintendencia de Industria y Comercio";
        let paragraph = set(text, 120.0);
        assert!(paragraph.lines.len() > 2);
        assert!(paragraph.lines.iter().all(|line| line.width <= 120.0));
        assert!(paragraph.lines[0].text.ends_with(' '));
        assert_eq!(paragraph.text(), text);
    }

    #[test]
    fn a_long_code_breaks_anywhere() {
        let code = "3f9a".repeat(24);
        let paragraph = set(&code, 100.0);
        assert!(paragraph.lines.iter().all(|line| line.width <= 100.0));
        assert_eq!(paragraph.text(), code);
    }

    #[test]
    fn a_width_of_nothing_still_ends() {
        assert_eq!(set("abc", 0.0).lines.len(), 3);
        assert!(set("", 0.0).lines.is_empty());
    }

    #[test]
    fn lines_left_out_show() {
        let paragraph = set("uno dos tres cuatro cinco seis", 40.0).at_most(2);
        assert_eq!(paragraph.lines.len(), 2);
        assert!(paragraph.lines[1].text.ends_with('…'));
        assert!(paragraph.lines[1].width <= 40.0);
    }
}
