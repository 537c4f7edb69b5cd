//! What comes with a bill: the slip to pay with, what the law asks for, and what stands on every page.

use super::Fact;

/// The slip at the foot of the first page.
#[derive(Debug, Clone, Default)]
pub struct Payment {
    /// The heading.
    pub heading: String,
    /// Amount, reference, last day and the like; the first is set large.
    pub facts: Vec<Fact>,
    /// How to pay, one way a line.
    pub instructions: Vec<String>,
    /// A code for banking applications.
    pub qr: Option<Qr>,
}

/// A code for a camera.
#[derive(Debug, Clone, Default)]
pub struct Qr {
    /// What the code says.
    pub payload: String,
    /// What it is, for those who cannot see it.
    pub alt: String,
    /// The least side in millimetres, without the quiet zone.
    pub min_side_mm: f32,
}

/// What the tax authority asks for.
#[derive(Debug, Clone, Default)]
pub struct Fiscal {
    /// The heading.
    pub heading: String,
    /// Codes, resolutions and the like.
    pub facts: Vec<Fact>,
    /// Texts that the law words.
    pub legends: Vec<String>,
    /// The authority's code.
    pub qr: Option<Qr>,
}

/// Paragraphs under a heading.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// The heading.
    pub heading: String,
    /// The paragraphs.
    pub paragraphs: Vec<String>,
}

/// What stands on every page.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// At the head of all pages but the first, such as the number of the bill.
    pub head: String,
    /// At the foot of all pages.
    pub foot: String,
    /// The page number, with `{page}` and `{pages}` in it.
    pub page: String,
}
