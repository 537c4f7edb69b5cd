//! What stands on every page: drawn last, when the number of pages is known.

use crate::pdf::canvas::{Area, Canvas, Role};
use crate::pdf::flow::{BOTTOM, LEFT, RIGHT, TOP, WIDTH};
use crate::pdf::sheet::{Align, Running};
use crate::pdf::style;
use crate::pdf::tags::Tag;

/// Draws the head of all pages but the first, and the foot of all.
pub fn lay(canvas: &mut Canvas<'_>, running: &Running) {
    let pages = canvas.pages.len();
    for page in 0..pages {
        canvas.turn_to(page);
        if page > 0 {
            head(canvas, &running.head);
        }
        let number = running.page.replace("{page}", &(page + 1).to_string()).replace("{pages}", &pages.to_string());
        foot(canvas, &running.foot, &number);
    }
}

fn head(canvas: &mut Canvas<'_>, text: &str) {
    let palette = canvas.palette;
    let text = canvas.set(text, style::small(&palette), WIDTH).at_most(1);
    canvas.start(Role::Head);
    canvas.paragraph(LEFT, TOP, &text, Align::Left);
    canvas.fill(Area { x: LEFT, y: TOP + 14.0, width: WIDTH, height: 0.5 }, palette.hair);
}

fn foot(canvas: &mut Canvas<'_>, text: &str, number: &str) {
    let palette = canvas.palette;
    let number = canvas.set(number, style::small(&palette), WIDTH * 0.3).at_most(2);
    let text = canvas.set(text, style::small(&palette), WIDTH - number.width() - 24.0).at_most(2);
    canvas.start(Role::Foot);
    canvas.fill(Area { x: LEFT, y: BOTTOM + 8.0, width: WIDTH, height: 0.5 }, palette.hair);
    canvas.paragraph(RIGHT, BOTTOM + 12.0, &number, Align::Right);
    if canvas.page() > 0 {
        canvas.paragraph(LEFT, BOTTOM + 12.0, &text, Align::Left);
        return;
    }
    // A screen reader reads it once.
    canvas.tagged(Tag::Paragraph, |canvas| {
        canvas.content();
        canvas.paragraph(LEFT, BOTTOM + 12.0, &text, Align::Left);
    });
}
