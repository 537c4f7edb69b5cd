//! The colours of a bill, all made from its accent.

use crate::pdf::sheet::Rgb;

/// White text on a ground, or text on white, must differ by this to be read (WCAG 2, level AA).
const READABLE: f32 = 4.5;

const WHITE: Rgb = Rgb(255, 255, 255);

/// The colours to draw with.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// Text.
    pub ink: Rgb,
    /// Text that stands back.
    pub muted: Rgb,
    /// Headings and what is filled.
    pub accent: Rgb,
    /// The ground of a panel; text in any of the colours above is readable on it.
    pub tint: Rgb,
    /// What is filled but stands back.
    pub pale: Rgb,
    /// Hairlines.
    pub hair: Rgb,
}

impl Palette {
    /// The palette of an accent, darkened as far as text in it needs.
    pub fn new(accent: Rgb) -> Self {
        let mut accent = accent;
        while contrast(accent, mix(accent, WHITE, 0.92)) < READABLE {
            accent = mix(accent, Rgb(0, 0, 0), 0.08);
        }
        Self {
            ink: Rgb(24, 32, 38),
            muted: Rgb(84, 95, 104),
            accent,
            tint: mix(accent, WHITE, 0.93),
            pale: mix(accent, WHITE, 0.72),
            hair: Rgb(203, 209, 214),
        }
    }
}

/// `share` of the way from one colour to another.
fn mix(from: Rgb, to: Rgb, share: f32) -> Rgb {
    let channel = |a: u8, b: u8| {
        let value = f32::from(a) + (f32::from(b) - f32::from(a)) * share;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
        let byte = value.round() as u8;
        byte
    };
    Rgb(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}

/// The contrast ratio of WCAG 2, from 1 to 21.
fn contrast(one: Rgb, other: Rgb) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Rgb) -> f32 {
    let linear = |byte: u8| {
        let value = f32::from(byte) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_readable_whatever_the_accent() {
        for accent in [Rgb::default(), WHITE, Rgb(255, 230, 0), Rgb(0, 255, 120), Rgb(255, 120, 120), Rgb(0, 0, 0)] {
            let palette = Palette::new(accent);
            for text in [palette.ink, palette.muted, palette.accent] {
                for ground in [WHITE, palette.tint] {
                    assert!(contrast(text, ground) >= READABLE, "{text:?} on {ground:?}");
                }
            }
        }
    }

    #[test]
    fn the_default_accent_is_kept() {
        assert_eq!(Palette::new(Rgb::default()).accent, Rgb::default());
    }
}
