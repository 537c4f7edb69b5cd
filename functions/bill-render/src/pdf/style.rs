//! The few ways that texts are set. Sizes and leadings in points.

use crate::pdf::colour::Palette;
use crate::pdf::fonts::Weight;
use crate::pdf::sheet::Rgb;
use crate::pdf::text::Style;

/// The space above a section.
pub const SECTION_GAP: f32 = 16.0;

const fn style(weight: Weight, size: f32, leading: f32, ink: Rgb) -> Style {
    Style { weight, size, leading, ink }
}

/// What the document is.
pub fn kind(palette: &Palette) -> Style {
    style(Weight::Bold, 15.0, 19.0, palette.accent)
}

/// The name of the issuer.
pub fn issuer(palette: &Palette) -> Style {
    style(Weight::Bold, 15.0, 19.0, palette.ink)
}

/// The heading of a section.
pub fn heading(palette: &Palette) -> Style {
    style(Weight::Bold, 11.0, 15.0, palette.accent)
}

/// The heading of a phone line.
pub fn line(palette: &Palette) -> Style {
    style(Weight::Bold, 9.0, 13.0, palette.ink)
}

/// The amount of the headline, at a size that fits.
pub fn amount(palette: &Palette, size: f32) -> Style {
    style(Weight::Bold, size, size * 1.2, palette.accent)
}

/// The day to pay by.
pub fn due(palette: &Palette) -> Style {
    style(Weight::Bold, 11.0, 15.0, palette.ink)
}

/// Running text.
pub fn body(palette: &Palette) -> Style {
    style(Weight::Regular, 8.5, 12.5, palette.ink)
}

/// Running text that stands out.
pub fn strong(palette: &Palette) -> Style {
    style(Weight::Bold, 8.5, 12.5, palette.ink)
}

/// Running text that stands back.
pub fn soft(palette: &Palette) -> Style {
    style(Weight::Regular, 8.5, 12.5, palette.muted)
}

/// Labels, column headings, texts that the law words.
pub fn small(palette: &Palette) -> Style {
    style(Weight::Regular, 7.5, 10.5, palette.muted)
}

/// A label that stands out.
pub fn small_strong(palette: &Palette) -> Style {
    style(Weight::Bold, 7.5, 10.5, palette.ink)
}
