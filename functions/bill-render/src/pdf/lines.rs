//! The phone lines of a bill, each in a block of its own.

use crate::pdf::dense;
use crate::pdf::flow::{Flow, LEFT, RIGHT, WIDTH};
use crate::pdf::grid::{self, Cell, Track};
use crate::pdf::meter;
use crate::pdf::sheet::{Align, Line, Lines};
use crate::pdf::style;
use crate::pdf::tags::Tag;

/// More lines than this are set as one table.
const MOST_BLOCKS: usize = 12;
const METERS: usize = 3;
const METER_GAP: f32 = 18.0;

/// Draws the section.
pub fn lay(flow: &mut Flow<'_>, lines: &Lines) {
    if lines.lines.len() > MOST_BLOCKS {
        dense::lay(flow, lines);
        return;
    }
    for (index, line) in lines.lines.iter().enumerate() {
        flow.keep(|flow| {
            if index == 0 {
                flow.heading(&lines.heading);
            } else {
                flow.space(9.0);
            }
            block(flow, line);
        });
    }
}

fn block(flow: &mut Flow<'_>, line: &Line) {
    flow.canvas.tree.open(Tag::Section);
    heading(flow, line);
    charges(flow, line);
    meters(flow, line);
    flow.canvas.tree.close();
}

/// Number, plan and total: one heading in one line, or more if the plan is long.
fn heading(flow: &mut Flow<'_>, line: &Line) {
    let palette = flow.canvas.palette;
    let number = flow.canvas.set(&line.number, style::line(&palette), WIDTH * 0.4).at_most(3);
    let total = flow.canvas.set(&line.total, style::line(&palette), WIDTH * 0.35).at_most(3);
    let indent = if number.lines.is_empty() { 0.0 } else { number.width() + 10.0 };
    let plan = style::soft(&palette);
    let room = WIDTH - indent - total.width() - 12.0;
    let plan = flow.canvas.set(&line.plan, crate::pdf::text::Style { leading: 13.0, ..plan }, room).at_most(6);
    let title: Vec<String> =
        [&number, &plan, &total].iter().map(|text| text.text()).filter(|text| !text.is_empty()).collect();
    if title.is_empty() {
        return;
    }
    let height = number.height().max(plan.height()).max(total.height());
    flow.need(height + 24.0);
    let y = flow.y;
    flow.canvas.tagged(Tag::Heading(3, title.join(" ")), |canvas| {
        canvas.content();
        canvas.paragraph(LEFT, y, &number, Align::Left);
        canvas.paragraph(LEFT + indent, y, &plan, Align::Left);
        canvas.paragraph(RIGHT, y, &total, Align::Right);
    });
    flow.y += height + 2.0;
    flow.canvas.rule(LEFT, flow.y, WIDTH, 0.8, palette.accent);
    flow.y += 2.0;
}

fn charges(flow: &mut Flow<'_>, line: &Line) {
    let palette = flow.canvas.palette;
    let widest = line.charges.iter().map(|charge| flow.canvas.measure(&charge.amount, style::body(&palette)));
    let amounts = widest.fold(60.0, f32::max).min(WIDTH * 0.4);
    let words = WIDTH - amounts - 24.0;
    let tracks = [
        Track::left(LEFT, words * 0.58),
        Track::left(LEFT + words * 0.58 + 12.0, words * 0.42),
        Track::right(RIGHT - amounts, amounts),
    ];
    flow.canvas.tree.open(Tag::Table);
    for charge in &line.charges {
        let cells = [
            Cell { tag: Tag::RowHead, text: tracks[0].set(&flow.canvas, &charge.text, style::body(&palette)) },
            Cell { tag: Tag::Cell, text: tracks[1].set(&flow.canvas, &charge.detail, style::soft(&palette)) },
            Cell { tag: Tag::Cell, text: tracks[2].set(&flow.canvas, &charge.amount, style::body(&palette)) },
        ];
        grid::row(flow, &tracks, &cells, 1.5);
    }
    flow.canvas.tree.close();
}

fn meters(flow: &mut Flow<'_>, line: &Line) {
    #[expect(clippy::cast_precision_loss, reason = "three")]
    let count = METERS as f32;
    let width = (WIDTH - METER_GAP * (count - 1.0)) / count;
    for row in line.usage.chunks(METERS) {
        flow.need(meter::HEIGHT);
        let mut x = LEFT;
        for meter in row {
            meter::draw(&mut flow.canvas, x, flow.y, width, meter);
            x += width + METER_GAP;
        }
        flow.y += meter::HEIGHT;
    }
}
