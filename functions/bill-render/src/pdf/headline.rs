//! The panel with the amount.

use crate::pdf::canvas::{Area, Role};
use crate::pdf::flow::{Flow, LEFT, WIDTH};
use crate::pdf::sheet::{Align, Headline};
use crate::pdf::style;
use crate::pdf::tags::Tag;

const PAD: f32 = 13.0;
const LEFT_WIDTH: f32 = 250.0;
const RIGHT_X: f32 = LEFT + LEFT_WIDTH + PAD + 24.0;
const RIGHT_WIDTH: f32 = LEFT + WIDTH - PAD - RIGHT_X;
/// The amount is set in the largest of these sizes that fits one line.
const SIZES: [f32; 5] = [30.0, 26.0, 22.0, 18.0, 15.0];

/// Draws the panel: label and amount on the left, what to do on the right.
pub fn lay(flow: &mut Flow<'_>, headline: &Headline) {
    let canvas = &flow.canvas;
    let palette = canvas.palette;
    let fits = |size: &f32| canvas.measure(&headline.amount, style::amount(&palette, *size)) <= LEFT_WIDTH;
    let size = SIZES.into_iter().find(fits).unwrap_or(SIZES[4]);
    let label = canvas.set(&headline.label, style::strong(&palette), LEFT_WIDTH).at_most(3);
    let amount = canvas.set(&headline.amount, style::amount(&palette, size), LEFT_WIDTH).at_most(6);
    let due = canvas.set(&headline.due, style::due(&palette), RIGHT_WIDTH).at_most(6);
    let note = headline.note.as_deref().unwrap_or_default();
    let note = canvas.set(note, style::soft(&palette), RIGHT_WIDTH).at_most(8);
    let left = label.height() + amount.height();
    let right = due.height() + 2.0 + note.height();
    let height = left.max(right) + 2.0 * PAD;

    flow.space(16.0);
    flow.need(height);
    let y = flow.y;
    let canvas = &mut flow.canvas;
    canvas.start(Role::Decoration);
    canvas.fill(Area { x: LEFT, y, width: WIDTH, height }, palette.tint);
    canvas.fill(Area { x: LEFT, y, width: 4.0, height }, palette.accent);
    canvas.tagged(Tag::Paragraph, |canvas| {
        canvas.content();
        let y = canvas.paragraph(LEFT + PAD + 4.0, y + (height - left) / 2.0, &label, Align::Left);
        canvas.paragraph(LEFT + PAD + 4.0, y, &amount, Align::Left);
    });
    canvas.tagged(Tag::Paragraph, |canvas| {
        canvas.content();
        let y = canvas.paragraph(RIGHT_X, y + (height - right) / 2.0, &due, Align::Left);
        canvas.paragraph(RIGHT_X, y + 2.0, &note, Align::Left);
    });
    flow.y += height;
}
