//! What else the customer should know.

use crate::pdf::flow::{Flow, WIDTH};
use crate::pdf::sheet::Notes;
use crate::pdf::style;

/// Draws the section.
pub fn lay(flow: &mut Flow<'_>, notes: &Notes) {
    let style = style::body(&flow.canvas.palette);
    let paragraphs: Vec<_> = notes.paragraphs.iter().map(|text| flow.canvas.set(text, style, WIDTH)).collect();
    let Some((first, rest)) = paragraphs.split_first() else { return };
    flow.keep(|flow| {
        flow.heading(&notes.heading);
        flow.paragraph(first);
    });
    for paragraph in rest {
        flow.space(4.0);
        flow.paragraph(paragraph);
    }
}
