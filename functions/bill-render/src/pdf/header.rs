//! The head of the first page: who bills whom, what the document is, and a warning if there is one.

use crate::pdf::canvas::{Area, Canvas, Entry, Role};
use crate::pdf::flow::{Flow, LEFT, RIGHT, WIDTH};
use crate::pdf::fonts::Weight;
use crate::pdf::grid::{self, Cell, Track};
use crate::pdf::sheet::{Align, Fact, Party, Rgb, Sheet};
use crate::pdf::style;
use crate::pdf::tags::Tag;
use crate::pdf::text::{Paragraph, Style};

/// The parties stand left of this, the document's kind and facts right of it.
const SPLIT: f32 = LEFT + 282.0;
const PARTY_WIDTH: f32 = 258.0;
/// A name or an address line has no more lines.
const MOST_LINES: usize = 4;
const BANNER_PAD: f32 = 9.0;

/// Draws the head at the top of the page.
pub fn lay(flow: &mut Flow<'_>, sheet: &Sheet) {
    let top = flow.y;
    let canvas = &mut flow.canvas;
    let palette = canvas.palette;
    canvas.start(Role::Decoration);
    canvas.fill(Area { x: LEFT, y: top, width: 30.0, height: 4.0 }, palette.accent);
    let top = top + 14.0;
    let left = party(canvas, &sheet.issuer, style::issuer(&palette), style::small(&palette), top);
    let right = kind(canvas, &sheet.kind, top);
    let right = facts(canvas, &sheet.facts, right + 3.0);
    let left = party(canvas, &sheet.addressee, style::due(&palette), style::body(&palette), left + 16.0);
    flow.y = left.max(right);
    if let Some(banner) = &sheet.banner {
        lay_banner(flow, banner);
    }
}

fn party(canvas: &mut Canvas<'_>, party: &Party, name: Style, lines: Style, y: f32) -> f32 {
    let name = canvas.set(&party.name, name, PARTY_WIDTH).at_most(MOST_LINES);
    let lines: Vec<Paragraph> =
        party.lines.iter().map(|line| canvas.set(line, lines, PARTY_WIDTH).at_most(MOST_LINES)).collect();
    let mut y = y;
    canvas.tagged(Tag::Paragraph, |canvas| {
        canvas.content();
        y = canvas.paragraph(LEFT, y, &name, Align::Left) + 1.0;
        for line in &lines {
            y = canvas.paragraph(LEFT, y, line, Align::Left);
        }
    });
    y
}

/// The heading of the whole document, which the outline starts with.
fn kind(canvas: &mut Canvas<'_>, kind: &str, y: f32) -> f32 {
    let heading = canvas.set(kind, style::kind(&canvas.palette), RIGHT - SPLIT).at_most(MOST_LINES);
    let title = if heading.lines.is_empty() { "—".to_owned() } else { heading.text() };
    canvas.outline.push(Entry { title: title.clone(), page: canvas.page(), y });
    let mut bottom = y;
    canvas.tagged(Tag::Heading(1, title), |canvas| {
        canvas.content();
        bottom = canvas.paragraph(SPLIT, y, &heading, Align::Left);
    });
    bottom
}

fn facts(canvas: &mut Canvas<'_>, facts: &[Fact], y: f32) -> f32 {
    let palette = canvas.palette;
    let widest = facts.iter().map(|fact| canvas.measure(&fact.label, style::soft(&palette))).fold(0.0, f32::max);
    let label = widest.clamp(40.0, 95.0);
    let tracks = [Track::left(SPLIT, label), Track::left(SPLIT + label + 10.0, RIGHT - SPLIT - label - 10.0)];
    let mut y = y;
    canvas.tagged(Tag::Table, |canvas| {
        for fact in facts {
            let cells = [
                Cell { tag: Tag::RowHead, text: tracks[0].set(canvas, &fact.label, style::soft(&palette)) },
                Cell { tag: Tag::Cell, text: tracks[1].set(canvas, &fact.value, style::body(&palette)) },
            ];
            grid::place(canvas, &tracks, &cells, y);
            y += grid::height(&cells) + 1.5;
        }
    });
    y
}

/// White on the accent, over the whole width.
fn lay_banner(flow: &mut Flow<'_>, banner: &str) {
    let palette = flow.canvas.palette;
    let white = Style { weight: Weight::Bold, size: 9.5, leading: 13.5, ink: Rgb(255, 255, 255) };
    let text = flow.canvas.set(banner, white, WIDTH - 28.0).at_most(8);
    if text.lines.is_empty() {
        return;
    }
    let height = text.height() + 2.0 * BANNER_PAD;
    flow.space(14.0);
    flow.need(height);
    let y = flow.y;
    flow.canvas.start(Role::Decoration);
    flow.canvas.fill(Area { x: LEFT, y, width: WIDTH, height }, palette.accent);
    flow.canvas.tagged(Tag::Paragraph, |canvas| {
        canvas.content();
        canvas.paragraph(LEFT + 14.0, y + BANNER_PAD, &text, Align::Left);
    });
    flow.y += height;
}
