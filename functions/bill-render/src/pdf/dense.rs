//! Many phone lines, set as one table: a row for each.
//!
//! A block of its own for each line would make a bill of a company long and its file large, since every cell of a
//! tagged table is an object of the file.

use crate::pdf::canvas::{Area, Canvas};
use crate::pdf::flow::{Flow, LEFT, WIDTH};
use crate::pdf::grid::{self, Cell, MOST_LINES, Track, cell};
use crate::pdf::meter;
use crate::pdf::sheet::{Align, Charge, Line, Lines, Meter};
use crate::pdf::style;
use crate::pdf::tags::Tag;
use crate::pdf::text::Paragraph;

const GAP: f32 = 14.0;
const PAD: f32 = 4.0;
const BAR: f32 = 3.0;
const BAR_ROW: f32 = 7.0;
/// Charges or meters of a line beyond these are not expected; the row would not fit a page.
const MOST_ITEMS: usize = 18;

/// The columns.
struct Columns {
    tracks: [Track; 4],
    /// The part of the charges' column that their amounts take.
    amounts: f32,
}

/// What a row says, broken into lines.
struct Row<'a> {
    number: Paragraph,
    plan: Paragraph,
    charges: Vec<(Paragraph, Paragraph)>,
    usage: Vec<(Paragraph, &'a Meter)>,
    total: Paragraph,
}

/// Draws the section.
pub fn lay(flow: &mut Flow<'_>, lines: &Lines) {
    let columns = columns(&flow.canvas, lines);
    let head = head(&flow.canvas, &columns, lines);
    let rows: Vec<Row<'_>> = lines.lines.iter().map(|line| set(&flow.canvas, &columns, line)).collect();
    let (first, rest) = rows.split_at(rows.len().min(2));
    flow.keep(|flow| {
        flow.heading(&lines.heading);
        flow.canvas.tree.open(Tag::Table);
        grid::row(flow, &columns.tracks, &head, 2.0);
        for row in first {
            lay_row(flow, &columns, &head, row);
        }
    });
    // No row stands alone on the last page.
    let (middle, last) = rest.split_at(rest.len().saturating_sub(2));
    for row in middle {
        lay_row(flow, &columns, &head, row);
    }
    flow.keep(|flow| {
        for row in last {
            lay_row(flow, &columns, &head, row);
        }
    });
    flow.canvas.tree.close();
}

fn columns(canvas: &Canvas<'_>, lines: &Lines) -> Columns {
    let palette = canvas.palette;
    let widest = |texts: &mut dyn Iterator<Item = &String>, style, least: f32| {
        texts.map(|text| canvas.measure(text, style)).fold(least, f32::max).min(WIDTH * 0.2)
    };
    let total = widest(&mut lines.lines.iter().map(|line| &line.total), style::strong(&palette), 56.0);
    let charges = lines.lines.iter().flat_map(|line| &line.charges);
    let amounts = widest(&mut charges.map(|charge| &charge.amount), style::small(&palette), 40.0);
    let words = WIDTH - total - 3.0 * GAP;
    let (number, usage) = (words * 0.29, words * 0.25);
    let charges = words - number - usage;
    let x = [LEFT, LEFT + number + GAP, LEFT + number + charges + 2.0 * GAP, LEFT + WIDTH - total];
    let tracks =
        [Track::left(x[0], number), Track::left(x[1], charges), Track::left(x[2], usage), Track::right(x[3], total)];
    Columns { tracks, amounts }
}

fn head(canvas: &Canvas<'_>, columns: &Columns, lines: &Lines) -> Vec<Cell> {
    let style = style::small_strong(&canvas.palette);
    let cell = |(track, text): (&Track, &String)| Cell { tag: Tag::ColumnHead, text: track.set(canvas, text, style) };
    columns.tracks.iter().zip(&lines.columns).map(cell).collect()
}

fn set<'a>(canvas: &Canvas<'_>, columns: &Columns, line: &'a Line) -> Row<'a> {
    let palette = canvas.palette;
    let [number, charges, usage, total] = &columns.tracks;
    let charge = |charge: &Charge| {
        let words = canvas.set(
            &joined(&[&charge.text, &charge.detail], " · "),
            style::small(&palette),
            charges.width - columns.amounts - 8.0,
        );
        (words.at_most(4), canvas.set(&charge.amount, style::small(&palette), columns.amounts).at_most(3))
    };
    let used = |meter: &'a Meter| {
        let words = format!("{} {} {}", meter.label, meter.used_text, meter.allowance_text);
        (canvas.set(&words, style::small(&palette), usage.width).at_most(3), meter)
    };
    Row {
        number: canvas.set(&line.number, style::strong(&palette), number.width).at_most(MOST_LINES / 2),
        plan: canvas.set(&line.plan, style::small(&palette), number.width).at_most(MOST_LINES / 2),
        charges: line.charges.iter().take(MOST_ITEMS).map(charge).collect(),
        usage: line.usage.iter().take(MOST_ITEMS).map(used).collect(),
        total: total.set(canvas, &line.total, style::strong(&palette)),
    }
}

fn joined(texts: &[&str], separator: &str) -> String {
    let texts: Vec<&str> = texts.iter().copied().filter(|text| !text.is_empty()).collect();
    texts.join(separator)
}

impl Row<'_> {
    fn height(&self) -> f32 {
        let charge = |(words, amount): &(Paragraph, Paragraph)| words.height().max(amount.height());
        let used = |(words, meter): &(Paragraph, &Meter)| words.height() + bar_height(meter);
        let columns = [
            self.number.height() + self.plan.height(),
            self.charges.iter().map(charge).sum(),
            self.usage.iter().map(used).sum(),
            self.total.height(),
        ];
        columns.into_iter().fold(0.0, f32::max)
    }
}

fn bar_height(meter: &Meter) -> f32 {
    if meter.included.is_some() { BAR_ROW } else { 0.0 }
}

fn lay_row(flow: &mut Flow<'_>, columns: &Columns, head: &[Cell], row: &Row<'_>) {
    let height = row.height() + 2.0 * PAD;
    let turned = flow.need(height);
    if turned || flow.at_top() {
        grid::repeat(&mut flow.canvas, &columns.tracks, head, flow.y);
        flow.y += grid::height(head) + 4.0;
    }
    let y = flow.y + PAD;
    let hair = flow.canvas.palette.hair;
    flow.canvas.rule(LEFT, flow.y, WIDTH, 0.5, hair);
    flow.canvas.tagged(Tag::Row, |canvas| draw(canvas, columns, row, y));
    flow.y += height;
}

fn draw(canvas: &mut Canvas<'_>, columns: &Columns, row: &Row<'_>, y: f32) {
    let [number, charges, usage, total] = &columns.tracks;
    cell(canvas, Tag::RowHead, (number.x, y), |canvas| {
        let y = canvas.paragraph(number.x, y, &row.number, Align::Left);
        canvas.paragraph(number.x, y, &row.plan, Align::Left);
    });
    cell(canvas, Tag::Cell, (charges.x, y), |canvas| {
        let mut top = y + 1.0;
        for (words, amount) in &row.charges {
            let left = canvas.paragraph(charges.x, top, words, Align::Left);
            let right = canvas.paragraph(charges.x + charges.width, top, amount, Align::Right);
            top = left.max(right);
        }
    });
    cell(canvas, Tag::Cell, (usage.x, y), |canvas| {
        let mut top = y + 1.0;
        for (words, meter) in &row.usage {
            top = canvas.paragraph(usage.x, top, words, Align::Left);
            meter::bar(canvas, Area { x: usage.x, y: top + 1.0, width: usage.width, height: BAR }, meter);
            top += bar_height(meter);
        }
    });
    cell(canvas, Tag::Cell, (total.x, y), |canvas| {
        canvas.paragraph(total.edge(), y, &row.total, Align::Right);
    });
}
