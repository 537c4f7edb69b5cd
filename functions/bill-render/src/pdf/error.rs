//! What can keep a bill from being rendered.

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A font that is part of this crate cannot be read.
    #[error("unreadable font: {0}")]
    Font(&'static str),
    /// A block that must not be split is taller than a page.
    #[error("a block of {height} pt does not fit a page")]
    TooTall {
        /// The height of the block in points.
        height: f32,
    },
    /// A QR payload is longer than any QR code holds.
    #[error("a payload of {bytes} bytes does not fit a QR code")]
    QrTooLong {
        /// The length of the payload.
        bytes: usize,
    },
    /// The document breaks a rule of PDF or PDF/UA.
    #[error("the document is not valid: {0}")]
    Pdf(String),
}
