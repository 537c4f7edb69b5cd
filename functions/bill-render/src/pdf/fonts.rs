//! The two fonts, their metrics, and where each glyph of a text goes.
//!
//! Both map the same characters. All lengths are in ems: multiply by the size.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::raw::TableProvider;
use skrifa::raw::tables::kern::SubtableKind;
use skrifa::{FontRef, MetadataProvider, instance::LocationRef, instance::Size};

use crate::pdf::error::Error;

const REGULAR: &[u8] = include_bytes!("../../../../assets/fonts/InterBill-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../../assets/fonts/InterBill-Bold.ttf");

/// The height of a capital letter.
pub const CAP_HEIGHT: f32 = 0.7275;
/// The height of a letter without ascender.
const X_HEIGHT: f32 = 0.546;

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Of running text.
    Regular,
    /// Of headings and amounts.
    Bold,
}

/// The fonts that bills are set in.
#[derive(Debug)]
pub struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    /// Reads the fonts.
    pub fn load() -> Result<Self, Error> {
        Ok(Self { regular: Face::read(REGULAR)?, bold: Face::read(BOLD)? })
    }

    /// The font of a weight.
    pub fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// Whether a character has a glyph.
    pub fn has(&self, character: char) -> bool {
        self.regular.glyph(character).is_some()
    }
}

/// One font.
#[derive(Debug)]
pub struct Face {
    /// The font as it is embedded.
    pub font: Font,
    /// By character.
    glyphs: Vec<(char, Glyph)>,
    /// By left and right glyph.
    kerning: Vec<Kern>,
}

/// A left and a right glyph, and how much closer or wider they stand.
type Kern = ((u16, u16), f32);

#[derive(Debug, Clone, Copy)]
struct Glyph {
    id: u16,
    advance: f32,
    /// The box of the ink.
    left: f32,
    right: f32,
    top: f32,
}

impl Face {
    fn read(data: &'static [u8]) -> Result<Self, Error> {
        let font = Font::new(data.into(), 0).ok_or(Error::Font("not an OpenType font"))?;
        let tables = FontRef::new(data).map_err(|_| Error::Font("no table directory"))?;
        let metrics = tables.glyph_metrics(Size::new(1.0), LocationRef::default());
        let mut glyphs = Vec::new();
        for (code, id) in tables.charmap().mappings() {
            let (Some(character), Ok(small)) = (char::from_u32(code), u16::try_from(id.to_u32())) else { continue };
            let ink = metrics.bounds(id).unwrap_or_default();
            let advance = metrics.advance_width(id).ok_or(Error::Font("a glyph without width"))?;
            glyphs.push((character, Glyph { id: small, advance, left: ink.x_min, right: ink.x_max, top: ink.y_max }));
        }
        glyphs.sort_unstable_by_key(|&(character, _)| character);
        Ok(Self { kerning: kerning(&tables, font.units_per_em())?, font, glyphs })
    }

    fn glyph(&self, character: char) -> Option<Glyph> {
        let index = self.glyphs.binary_search_by_key(&character, |&(key, _)| key).ok()?;
        self.glyphs.get(index).map(|&(_, glyph)| glyph)
    }

    fn kern(&self, left: u16, right: u16) -> f32 {
        let found = self.kerning.binary_search_by_key(&(left, right), |&(pair, _)| pair).ok();
        found.and_then(|index| self.kerning.get(index)).map_or(0.0, |&(_, value)| value)
    }

    /// The width of a text.
    pub fn width(&self, text: &str) -> f32 {
        let mut width = 0.0;
        let mut before = None;
        for glyph in text.chars().filter_map(|character| self.glyph(character)) {
            if let Some(before) = before {
                width += self.kern(before, glyph.id);
            }
            width += glyph.advance;
            before = Some(glyph.id);
        }
        width
    }

    /// The glyphs of a text, each with its place after the one before. A combining mark goes over the middle of its
    /// letter.
    pub fn shape(&self, text: &str) -> Vec<KrillaGlyph> {
        let mut placed: Vec<KrillaGlyph> = Vec::with_capacity(text.len());
        let mut before: Option<Glyph> = None;
        for (start, character) in text.char_indices() {
            let Some(glyph) = self.glyph(character) else { continue };
            let range = start..start + character.len_utf8();
            let (mut x, mut y) = (0.0, 0.0);
            if is_mark(character) {
                if let Some(base) = before {
                    x = (base.left + base.right - glyph.left - glyph.right) / 2.0 - base.advance;
                    y = if glyph.top > X_HEIGHT { (base.top - X_HEIGHT).max(0.0) } else { 0.0 };
                }
            } else {
                if let (Some(left), Some(last)) = (before, placed.last_mut()) {
                    last.x_advance += self.kern(left.id, glyph.id);
                }
                before = Some(glyph);
            }
            placed.push(KrillaGlyph::new(GlyphId::new(u32::from(glyph.id)), glyph.advance, x, y, 0.0, range, None));
        }
        placed
    }
}

/// Whether a character is set over or under the one before it.
pub fn is_mark(character: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&character)
}

fn kerning(tables: &FontRef<'_>, units_per_em: f32) -> Result<Vec<Kern>, Error> {
    let table = tables.kern().map_err(|_| Error::Font("no kerning"))?;
    let mut pairs = Vec::new();
    for subtable in table.subtables().flatten() {
        if let Ok(SubtableKind::Format0(format)) = subtable.kind() {
            let pair = |pair: &skrifa::raw::tables::kern::Subtable0Pair| {
                ((pair.left().to_u16(), pair.right().to_u16()), f32::from(pair.value()) / units_per_em)
            };
            pairs.extend(format.pairs().iter().map(pair));
        }
    }
    pairs.sort_unstable_by_key(|&(pair, _)| pair);
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_align() {
        let fonts = Fonts::load().unwrap();
        for weight in [Weight::Regular, Weight::Bold] {
            let face = fonts.face(weight);
            let digit = face.width("0");
            for other in ["1", "4", "7", "9"] {
                assert!((face.width(other) - digit).abs() < 1e-6, "{other}");
            }
            assert!((face.width(",") - face.width(".")).abs() < 1e-6);
        }
    }

    #[test]
    fn letters_are_kerned() {
        let fonts = Fonts::load().unwrap();
        let face = fonts.face(Weight::Bold);
        assert!(face.width("To") < face.width("T") + face.width("o"));
        let shaped: f32 = face.shape("To").iter().map(|glyph| glyph.x_advance).sum();
        assert!((shaped - face.width("To")).abs() < 1e-6);
    }

    #[test]
    fn a_mark_takes_no_room_and_stands_over_its_letter() {
        let fonts = Fonts::load().unwrap();
        let face = fonts.face(Weight::Regular);
        assert!((face.width("g\u{303}") - face.width("g")).abs() < 1e-6);
        let small = &face.shape("g\u{303}")[1];
        let capital = &face.shape("G\u{303}")[1];
        assert!(small.x_offset < 0.0);
        assert!(capital.y_offset > small.y_offset);
    }
}
