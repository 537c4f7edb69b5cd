//! Charts: horizontal bars, each with its label and its value in words.
//!
//! They are told apart without colour: solid, or pale with an outline, or striped.

use crate::pdf::canvas::{Area, Canvas, Mark};
use crate::pdf::sheet::{Align, Rgb};
use crate::pdf::tags::Tag;
use crate::pdf::text::Style;

/// How a bar is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filling {
    /// What the eye should find.
    Solid,
    /// What it is compared with.
    Outlined,
    /// What is too much.
    Striped,
}

/// A row of a chart.
#[derive(Debug, Clone)]
pub struct Row {
    /// Left of the bar.
    pub label: String,
    /// Right of the bar.
    pub value: String,
    /// The length of the bar, from 0 to 1.
    pub share: f32,
    /// How the bar is filled.
    pub filling: Filling,
    /// How the texts are set.
    pub style: Style,
}

/// Where a chart is and how it is divided, in points.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The left edge.
    pub x: f32,
    /// The whole width.
    pub width: f32,
    /// The height of a row.
    pub row: f32,
    /// The most that labels take of the width; values take what they need.
    pub labels: f32,
}

const BAR: f32 = 7.0;
const GAP: f32 = 8.0;
/// A bar that is not nothing is seen.
const LEAST_BAR: f32 = 1.2;

/// `part` of `whole` as a length from 0 to 1; nothing if there is no whole.
pub fn share(part: u64, whole: u64) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "no eye sees the difference")]
    let share = if whole == 0 { 0.0 } else { part as f32 / whole as f32 };
    share.clamp(0.0, 1.0)
}

/// Draws a chart with its upper edge at `y`, as a figure that reads "caption: label value; …".
pub fn draw(canvas: &mut Canvas<'_>, frame: Frame, y: f32, caption: &str, rows: &[Row]) {
    let fit = |text: &str, style: Style, width: f32| canvas.set(text, style, width).at_most(1);
    let values: Vec<_> = rows.iter().map(|row| fit(&row.value, row.style, frame.width * 0.5)).collect();
    let labels: Vec<_> = rows.iter().map(|row| fit(&row.label, row.style, frame.labels)).collect();
    let right = values.iter().map(crate::pdf::text::Paragraph::width).fold(0.0, f32::max) + GAP;
    let left = labels.iter().map(crate::pdf::text::Paragraph::width).fold(0.0, f32::max) + GAP;
    let longest = (frame.width - left - right).max(0.0);

    let words: Vec<String> = rows.iter().map(|row| format!("{} {}", row.label, row.value)).collect();
    let alt = format!("{caption}: {}", words.join("; "));
    #[expect(clippy::cast_precision_loss, reason = "a chart has few rows")]
    let height = frame.row * rows.len() as f32;
    let area = Area { x: frame.x, y, width: frame.width, height };
    let page = canvas.page();
    canvas.tagged(Tag::Figure { alt, page, area }, |canvas| {
        canvas.content();
        let mut top = y;
        for ((row, label), value) in rows.iter().zip(&labels).zip(&values) {
            let text = top + (frame.row - row.style.leading) / 2.0;
            canvas.paragraph(frame.x, text, label, Align::Left);
            canvas.paragraph(frame.x + frame.width, text, value, Align::Right);
            if row.share > 0.0 {
                let width = (longest * row.share).max(LEAST_BAR);
                let area = Area { x: frame.x + left, y: top + (frame.row - BAR) / 2.0, width, height: BAR };
                bar(canvas, area, row.filling);
            }
            top += frame.row;
        }
    });
}

/// Draws a bar as part of what is open.
pub fn bar(canvas: &mut Canvas<'_>, area: Area, filling: Filling) {
    let palette = canvas.palette;
    match filling {
        Filling::Solid => canvas.fill(area, palette.accent),
        Filling::Outlined => {
            canvas.fill(area, palette.pale);
            outline(canvas, area, palette.accent);
        }
        Filling::Striped => {
            stripes(canvas, area, palette.ink);
            outline(canvas, area, palette.ink);
        }
    }
}

/// An outline inside of the area.
pub fn outline(canvas: &mut Canvas<'_>, area: Area, ink: Rgb) {
    const STROKE: f32 = 0.6;
    let inside = Area {
        x: area.x + STROKE / 2.0,
        y: area.y + STROKE / 2.0,
        width: (area.width - STROKE).max(0.0),
        height: (area.height - STROKE).max(0.0),
    };
    canvas.mark(Mark::Frame { area: inside, stroke: STROKE, ink });
}

fn stripes(canvas: &mut Canvas<'_>, area: Area, ink: Rgb) {
    const STEP: f32 = 2.4;
    let mut areas = Vec::new();
    let mut x = area.x;
    while x < area.x + area.width {
        areas.push(Area { x, width: (STEP / 2.0).min(area.x + area.width - x), ..area });
        x += STEP;
    }
    canvas.mark(Mark::Fill { areas, ink });
}
