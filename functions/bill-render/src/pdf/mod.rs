//! Bills as PDF: from a [`Sheet`], whose texts are worded and formatted, to the bytes that a customer gets.
//!
//! Pages are A4, tagged for screen readers (PDF/UA-1), and the same sheet always gives the same bytes. A [`Sheet`] is
//! laid out by `compose` onto a `canvas`, section by section down the `flow` of pages, and written by `emit`.

#![expect(clippy::float_arithmetic, reason = "lengths on a page, in points")]

mod apps;
mod canvas;
mod chart;
mod clean;
mod colour;
mod compose;
mod dense;
mod emit;
mod error;
mod fiscal;
mod flow;
mod fonts;
mod grid;
mod header;
mod headline;
#[cfg(test)]
mod layout_tests;
mod lines;
mod meter;
mod notes;
mod qr;
mod running;
pub mod sheet;
mod slip;
mod style;
mod summary;
mod table;
mod tags;
mod text;

pub use error::Error;
pub use sheet::Sheet;

use clean::clean;
use fonts::Fonts;

/// What renders bills. It holds the fonts; make one and keep it.
#[derive(Debug)]
pub struct Renderer {
    fonts: Fonts,
}

impl Renderer {
    /// Reads the fonts.
    ///
    /// # Errors
    /// [`Error::Font`] if a font is damaged.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { fonts: Fonts::load()? })
    }

    /// The PDF of a sheet.
    ///
    /// # Errors
    /// [`Error::QrTooLong`] for a payload that no QR code holds, [`Error::TooTall`] for a block that no page holds, and
    /// [`Error::Pdf`] for a document that would break PDF/UA.
    pub fn render(&self, sheet: &Sheet) -> Result<Vec<u8>, Error> {
        let canvas = compose::compose(&self.fonts, sheet)?;
        emit::write(&canvas, &self.about(sheet))
    }

    /// PDF/UA asks for a title and a language, whatever the sheet says.
    fn about(&self, sheet: &Sheet) -> emit::About {
        let titles = [&sheet.title, &sheet.kind, &sheet.issuer.name].map(|text| clean(text, &self.fonts));
        let title = titles.into_iter().find(|title| !title.is_empty()).unwrap_or_else(|| "—".to_owned());
        let language = if sheet.language.is_empty() { "es".to_owned() } else { clean(&sheet.language, &self.fonts) };
        emit::About { title, author: clean(&sheet.issuer.name, &self.fonts), language, created: sheet.created }
    }
}
