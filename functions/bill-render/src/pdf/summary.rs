//! How the amount adds up, and beside it the last bills and what changed.

use crate::pdf::chart::{self, Filling, Row};
use crate::pdf::flow::{self, Flow, LEFT, RIGHT, WIDTH};
use crate::pdf::grid::{self, Cell, Track};
use crate::pdf::sheet::{Align, Bar, History, Rank, Summary, SummaryRow};
use crate::pdf::style;
use crate::pdf::tags::Tag;

/// The width of the summary where the history stands beside it.
const NARROW: f32 = 288.0;
const HISTORY_X: f32 = LEFT + NARROW + 26.0;
const HISTORY_WIDTH: f32 = RIGHT - HISTORY_X;
const BAR_ROW: f32 = 14.0;

/// Draws both, side by side.
pub fn lay(flow: &mut Flow<'_>, summary: &Summary, history: Option<&History>) {
    flow.space(style::SECTION_GAP);
    let Some(history) = history else {
        lay_summary(flow, summary, WIDTH);
        return;
    };
    let height = history_height(flow, history);
    flow.need(height);
    let (page, top) = (flow.canvas.page(), flow.y);
    draw_history(flow, history, top);
    lay_summary(flow, summary, NARROW);
    if flow.canvas.page() == page {
        flow.y = flow.y.max(top + height);
    }
}

fn lay_summary(flow: &mut Flow<'_>, summary: &Summary, width: f32) {
    let heading = flow.canvas.set(&summary.heading, style::heading(&flow.canvas.palette), width).at_most(2);
    flow.need(heading.height() + 40.0);
    flow.y = flow::place_heading(&mut flow.canvas, LEFT, flow.y, &heading) + 3.0;
    let palette = flow.canvas.palette;
    let widest = summary.rows.iter().map(|row| flow.canvas.measure(&row.amount, style::due(&palette)));
    let amounts = widest.fold(50.0, f32::max).min(width * 0.6);
    let tracks = [Track::left(LEFT, width - amounts - 10.0), Track::right(LEFT + width - amounts, amounts)];
    flow.canvas.tree.open(Tag::Table);
    for row in &summary.rows {
        lay_row(flow, &tracks, row, width);
    }
    flow.canvas.tree.close();
}

fn lay_row(flow: &mut Flow<'_>, tracks: &[Track; 2], row: &SummaryRow, width: f32) {
    let palette = flow.canvas.palette;
    let (style, pad) = match row.rank {
        Rank::Item => (style::body(&palette), 2.0),
        Rank::Subtotal => (style::strong(&palette), 3.0),
        Rank::Total => (style::due(&palette), 4.0),
    };
    let cells = [
        Cell { tag: Tag::RowHead, text: tracks[0].set(&flow.canvas, &row.label, style) },
        Cell { tag: Tag::Cell, text: tracks[1].set(&flow.canvas, &row.amount, style) },
    ];
    flow.need(grid::height(&cells) + 2.0 * pad);
    let (thickness, ink) = match row.rank {
        Rank::Item | Rank::Subtotal => (0.5, palette.hair),
        Rank::Total => (1.2, palette.accent),
    };
    flow.canvas.rule(LEFT, flow.y, width, thickness, ink);
    grid::row(flow, tracks, &cells, pad);
}

fn history_height(flow: &Flow<'_>, history: &History) -> f32 {
    let (heading, change) = history_texts(flow, history);
    #[expect(clippy::cast_precision_loss, reason = "up to six bars")]
    let bars = BAR_ROW * history.bars.len() as f32;
    heading.height() + 6.0 + bars + 8.0 + change.height()
}

fn history_texts(flow: &Flow<'_>, history: &History) -> (crate::pdf::text::Paragraph, crate::pdf::text::Paragraph) {
    let canvas = &flow.canvas;
    let heading = canvas.set(&history.heading, style::heading(&canvas.palette), HISTORY_WIDTH).at_most(2);
    let change = history.change.as_deref().unwrap_or_default();
    (heading, canvas.set(change, style::body(&canvas.palette), HISTORY_WIDTH).at_most(12))
}

fn draw_history(flow: &mut Flow<'_>, history: &History, y: f32) {
    let (heading, change) = history_texts(flow, history);
    let canvas = &mut flow.canvas;
    let palette = canvas.palette;
    let mut y = flow::place_heading(canvas, HISTORY_X, y, &heading) + 6.0;
    let most = history.bars.iter().map(|bar| bar.value).max().unwrap_or_default();
    let row = |bar: &Bar| Row {
        label: bar.label.clone(),
        value: bar.amount.clone(),
        share: chart::share(bar.value.try_into().unwrap_or(0), most.try_into().unwrap_or(0)),
        filling: if bar.current { Filling::Solid } else { Filling::Outlined },
        style: if bar.current { style::small_strong(&palette) } else { style::small(&palette) },
    };
    let rows: Vec<Row> = history.bars.iter().map(row).collect();
    if !rows.is_empty() {
        let frame = chart::Frame { x: HISTORY_X, width: HISTORY_WIDTH, row: BAR_ROW, labels: 50.0 };
        chart::draw(canvas, frame, y, &history.heading, &rows);
        #[expect(clippy::cast_precision_loss, reason = "up to six bars")]
        let bars = BAR_ROW * rows.len() as f32;
        y += bars + 8.0;
    }
    if !change.lines.is_empty() {
        canvas.tagged(Tag::Paragraph, |canvas| {
            canvas.content();
            canvas.paragraph(HISTORY_X, y, &change, Align::Left);
        });
    }
}
