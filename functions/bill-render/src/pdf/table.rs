//! A section that is a table: as wide as the page, its head repeated where it goes on.

use crate::pdf::canvas::Canvas;
use crate::pdf::flow::{Flow, LEFT, WIDTH};
use crate::pdf::grid::{self, Cell, Track};
use crate::pdf::sheet::{Align, Table};
use crate::pdf::style;
use crate::pdf::tags::Tag;
use crate::pdf::text::Style;

const GAP: f32 = 14.0;
const PAD: f32 = 2.0;
/// A column of figures is never wider than this share of the table.
const MOST_FIGURES: f32 = 0.3;
/// The least width of a column of words.
const LEAST_WORDS: f32 = 36.0;

struct Setting {
    tracks: Vec<Track>,
    head: Vec<Cell>,
}

/// Draws the section.
pub fn lay(flow: &mut Flow<'_>, table: &Table) {
    if table.columns.is_empty() {
        return;
    }
    let palette = flow.canvas.palette;
    let setting = setting(&flow.canvas, table);
    let body = |row: &Vec<String>| cells(&flow.canvas, &setting.tracks, row, style::body(&palette));
    let rows: Vec<Vec<Cell>> = table.rows.iter().map(body).collect();
    let total = table.total.as_ref().map(|row| cells(&flow.canvas, &setting.tracks, row, style::strong(&palette)));

    // The heading stays with the first rows, the total with the last row.
    let (first, rest) = rows.split_at(rows.len().min(2));
    let (middle, last) = rest.split_at(rest.len().saturating_sub(1));
    let close = |flow: &mut Flow<'_>| {
        for row in last {
            lay_row(flow, &setting, row);
        }
        if let Some(row) = &total {
            lay_row(flow, &setting, row);
        }
    };
    flow.keep(|flow| {
        flow.heading(&table.heading);
        flow.canvas.tree.open(Tag::Table);
        grid::row(flow, &setting.tracks, &setting.head, PAD);
        for row in first {
            lay_row(flow, &setting, row);
        }
        if rest.is_empty() {
            close(flow);
        }
    });
    for row in middle {
        lay_row(flow, &setting, row);
    }
    if !rest.is_empty() {
        flow.keep(close);
    }
    flow.canvas.tree.close();
}

fn lay_row(flow: &mut Flow<'_>, setting: &Setting, row: &[Cell]) {
    let turned = flow.need(grid::height(row) + 2.0 * PAD);
    if turned || flow.at_top() {
        grid::repeat(&mut flow.canvas, &setting.tracks, &setting.head, flow.y);
        flow.y += grid::height(&setting.head) + 2.0 * PAD;
    }
    let hair = flow.canvas.palette.hair;
    flow.canvas.rule(LEFT, flow.y, WIDTH, 0.5, hair);
    grid::row(flow, &setting.tracks, row, PAD);
}

fn setting(canvas: &Canvas<'_>, table: &Table) -> Setting {
    let style = style::small_strong(&canvas.palette);
    let tracks = tracks(canvas, table);
    let texts: Vec<String> = table.columns.iter().map(|column| column.heading.clone()).collect();
    let head = cells(canvas, &tracks, &texts, style);
    Setting { tracks, head: head.into_iter().map(|cell| Cell { tag: Tag::ColumnHead, ..cell }).collect() }
}

fn cells(canvas: &Canvas<'_>, tracks: &[Track], texts: &[String], style: Style) -> Vec<Cell> {
    let cell = |(index, track): (usize, &Track)| {
        let text = texts.get(index).map_or("", String::as_str);
        Cell { tag: Tag::Cell, text: track.set(canvas, text, style) }
    };
    tracks.iter().enumerate().map(cell).collect()
}

/// Figures get the width they need; words share the rest by what they need.
fn tracks(canvas: &Canvas<'_>, table: &Table) -> Vec<Track> {
    #[expect(clippy::cast_precision_loss, reason = "a few columns")]
    let room = (WIDTH - GAP * (table.columns.len() as f32 - 1.0)).max(0.0);
    let wanted: Vec<f32> = (0..table.columns.len()).map(|index| natural(canvas, table, index)).collect();
    let is_figures = |index: usize| table.columns.get(index).is_some_and(|column| column.align == Align::Right);
    let figures: f32 = wanted.iter().enumerate().filter(|&(index, _)| is_figures(index)).map(|(_, width)| width).sum();
    let words: f32 = wanted.iter().enumerate().filter(|&(index, _)| !is_figures(index)).map(|(_, width)| width).sum();
    // Without words, or with too many figures, all columns share alike.
    let even = words <= 0.0 || figures > room * 0.75;
    let mut x = LEFT;
    let mut tracks = Vec::with_capacity(wanted.len());
    for (index, width) in wanted.iter().enumerate() {
        let width = match (even, is_figures(index)) {
            (true, _) => room * width / (figures + words).max(1.0),
            (false, true) => *width,
            (false, false) => (room - figures) * width / words,
        };
        let align = if is_figures(index) { Align::Right } else { Align::Left };
        tracks.push(Track { x, width, align });
        x += width + GAP;
    }
    tracks
}

/// The width that a column would have if nothing were broken, within bounds.
fn natural(canvas: &Canvas<'_>, table: &Table, index: usize) -> f32 {
    let body = table.rows.iter().filter_map(|row| row.get(index)).map(|text| (text, style::body(&canvas.palette)));
    let total = table.total.iter().filter_map(|row| row.get(index)).map(|text| (text, style::strong(&canvas.palette)));
    let head = table.columns.get(index).map(|column| (&column.heading, style::small_strong(&canvas.palette)));
    let widest = body.chain(total).chain(head).map(|(text, style)| canvas.measure(text, style)).fold(0.0, f32::max);
    match table.columns.get(index).map(|column| column.align) {
        Some(Align::Right) => widest.min(WIDTH * MOST_FIGURES),
        _ => widest.clamp(LEAST_WORDS, WIDTH * 0.6),
    }
}
