//! What a line used of what is included, as a bar.

use crate::pdf::canvas::{Area, Canvas};
use crate::pdf::chart::{self, Filling};
use crate::pdf::sheet::{Align, Meter};
use crate::pdf::style;
use crate::pdf::tags::Tag;

/// The height of a meter in points.
pub const HEIGHT: f32 = 30.0;
const BAR: f32 = 5.0;

/// Draws a meter as a figure that reads "label: used allowance".
pub fn draw(canvas: &mut Canvas<'_>, x: f32, y: f32, width: f32, meter: &Meter) {
    let palette = canvas.palette;
    let values = format!("{} {}", meter.used_text, meter.allowance_text);
    let alt = format!("{}: {values}", meter.label);
    let text = canvas.set(&values, style::small(&palette), width * 0.72).at_most(1);
    let label = canvas.set(&meter.label, style::small_strong(&palette), width - text.width() - 6.0).at_most(1);
    let page = canvas.page();
    let area = Area { x, y, width, height: HEIGHT };
    canvas.tagged(Tag::Figure { alt, page, area }, |canvas| {
        canvas.content();
        canvas.paragraph(x, y + 5.0, &label, Align::Left);
        canvas.paragraph(x + width, y + 5.0, &text, Align::Right);
        bar(canvas, Area { x, y: y + 18.0, width, height: BAR }, meter);
    });
}

/// Draws the bar of a meter as part of what is open: what was used solid, what is left pale, what is over striped.
pub fn bar(canvas: &mut Canvas<'_>, area: Area, meter: &Meter) {
    let Some(included) = meter.included else { return };
    let whole = meter.used.max(included);
    let inside = area.width * chart::share(meter.used.min(included), whole);
    let over = area.width * chart::share(meter.used.saturating_sub(included), whole);
    if over <= 0.0 {
        chart::bar(canvas, area, Filling::Outlined);
    }
    if inside > 0.0 {
        chart::bar(canvas, Area { width: inside, ..area }, Filling::Solid);
    }
    if over > 0.0 {
        chart::bar(canvas, Area { x: area.x + area.width - over, width: over, ..area }, Filling::Striped);
    }
}
