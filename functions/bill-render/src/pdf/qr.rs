//! QR codes.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::pdf::canvas::{Area, Canvas, Mark};
use crate::pdf::error::Error;
use crate::pdf::sheet::Qr;
use crate::pdf::tags::Tag;

/// Points in a millimetre.
const MM: f32 = 72.0 / 25.4;
/// No module is smaller: a cheap camera reads it from a cheap printer. In points.
const LEAST_MODULE: f32 = 0.4 * MM;
/// Modules of white around the code, as its standard asks.
const QUIET: f32 = 4.0;
/// A code, ready to be drawn.
pub struct Symbol {
    code: QrCode,
    alt: String,
    /// The side of a module in points.
    module: f32,
}

impl Symbol {
    /// Encodes a payload.
    pub fn new(qr: &Qr) -> Result<Self, Error> {
        let too_long = |_| Error::QrTooLong { bytes: qr.payload.len() };
        let code = QrCode::encode_text(&qr.payload, QrCodeEcc::Medium).map_err(too_long)?;
        let module = (qr.min_side_mm.clamp(0.0, 120.0) * MM / side(&code)).max(LEAST_MODULE);
        Ok(Self { code, alt: qr.alt.clone(), module })
    }

    /// The side in points, without the quiet zone.
    pub fn side(&self) -> f32 {
        side(&self.code) * self.module
    }

    /// The width of the quiet zone in points: nothing may be drawn this close to the code.
    pub fn quiet(&self) -> f32 {
        QUIET * self.module
    }

    /// Draws the code with its upper left corner at a point; the quiet zone is outside of it.
    pub fn draw(&self, canvas: &mut Canvas<'_>, x: f32, y: f32) {
        let area = Area { x, y, width: self.side(), height: self.side() };
        let alt = if self.alt.is_empty() { "QR".to_owned() } else { self.alt.clone() };
        let page = canvas.page();
        canvas.tagged(Tag::Figure { alt, page, area }, |canvas| {
            canvas.content();
            let side = u8::try_from(self.code.size()).unwrap_or(u8::MAX);
            canvas.mark(Mark::Modules { x, y, module: self.module, side, runs: self.runs(side) });
        });
    }

    /// The runs of dark modules in each row.
    fn runs(&self, side: u8) -> Vec<(u8, u8, u8)> {
        let dark = |column: u8, row: u8| self.code.get_module(column.into(), row.into());
        let mut runs = Vec::new();
        for row in 0..side {
            let mut column = 0;
            while column < side {
                let start = column;
                while column < side && dark(column, row) {
                    column += 1;
                }
                if column > start {
                    runs.push((start, row, column - start));
                }
                column += 1;
            }
        }
        runs
    }
}

fn side(code: &QrCode) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "at most 177")]
    let side = code.size() as f32;
    side
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(payload: &str, min_side_mm: f32) -> Result<Symbol, Error> {
        Symbol::new(&Qr { payload: payload.into(), alt: "Código".into(), min_side_mm })
    }

    #[test]
    fn a_code_is_no_smaller_than_asked_and_than_a_camera_needs() {
        let asked = symbol("https://example.com", 30.0).unwrap();
        assert!(asked.module * side(&asked.code) >= 30.0 * MM - 1e-3);
        let small = symbol(&"x".repeat(400), 5.0).unwrap();
        assert!(small.module >= LEAST_MODULE);
    }

    #[test]
    fn a_payload_too_long_is_an_error() {
        assert!(matches!(symbol(&"x".repeat(4000), 20.0), Err(Error::QrTooLong { bytes: 4000 })));
    }
}
