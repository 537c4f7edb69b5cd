//! Rows of cells on fixed columns: what all tables are made of.

use crate::pdf::canvas::{Canvas, Mark, Role};
use crate::pdf::flow::Flow;
use crate::pdf::sheet::Align;
use crate::pdf::style;
use crate::pdf::tags::Tag;
use crate::pdf::text::{Paragraph, Style};

/// No cell has more lines, so that a row fits a page; only texts that are no honest name or code ever reach it.
pub const MOST_LINES: usize = 24;

/// Where a column is, in points.
#[derive(Debug, Clone, Copy)]
pub struct Track {
    /// The left edge.
    pub x: f32,
    /// The width.
    pub width: f32,
    /// Where cells are aligned.
    pub align: Align,
}

impl Track {
    /// A column of words.
    pub fn left(x: f32, width: f32) -> Self {
        Self { x, width, align: Align::Left }
    }

    /// A column of figures.
    pub fn right(x: f32, width: f32) -> Self {
        Self { x, width, align: Align::Right }
    }

    /// The edge that cells are aligned at.
    pub fn edge(&self) -> f32 {
        match self.align {
            Align::Left => self.x,
            Align::Right => self.x + self.width,
        }
    }

    /// A text broken into the lines of a cell.
    pub fn set(&self, canvas: &Canvas<'_>, text: &str, style: Style) -> Paragraph {
        canvas.set(text, style, self.width).at_most(MOST_LINES)
    }
}

/// A cell: what it is and what it says.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Head of a row, of a column, or neither.
    pub tag: Tag,
    /// The text.
    pub text: Paragraph,
}

/// The height of a row in points, without padding.
pub fn height(cells: &[Cell]) -> f32 {
    cells.iter().map(|cell| cell.text.height()).fold(0.0, f32::max)
}

/// Draws a row as part of the open table, `pad` points around its texts, on the next page if it does not fit this one.
pub fn row(flow: &mut Flow<'_>, tracks: &[Track], cells: &[Cell], pad: f32) {
    let height = height(cells) + 2.0 * pad;
    flow.need(height);
    let y = flow.y + pad;
    place(&mut flow.canvas, tracks, cells, y);
    flow.y += height;
}

/// Draws a row with the upper edge of its texts at `y`.
pub fn place(canvas: &mut Canvas<'_>, tracks: &[Track], cells: &[Cell], y: f32) {
    canvas.tagged(Tag::Row, |canvas| {
        for (track, Cell { tag, text }) in tracks.iter().zip(cells) {
            cell(canvas, tag.clone(), (track.x, y), |canvas| {
                canvas.paragraph(track.edge(), y, text, track.align);
            });
        }
    });
}

/// Draws a cell of the open row. An empty one gets a space at its upper left corner: a cell without content would be
/// left out of the file and shift the row.
pub fn cell(canvas: &mut Canvas<'_>, tag: Tag, corner: (f32, f32), draw: impl FnOnce(&mut Canvas<'_>)) {
    canvas.tagged(tag, |canvas| {
        canvas.content();
        draw(canvas);
        if canvas.is_blank() {
            let Style { weight, size, ink, .. } = style::small(&canvas.palette);
            let (x, y) = (corner.0, corner.1 + size);
            canvas.mark(Mark::Text { x, y, width: 0.0, weight, size, ink, text: " ".to_owned() });
        }
    });
}

/// Draws the texts of a row again, as no part of the table.
pub fn repeat(canvas: &mut Canvas<'_>, tracks: &[Track], cells: &[Cell], y: f32) {
    canvas.start(Role::Head);
    for (track, cell) in tracks.iter().zip(cells) {
        canvas.paragraph(track.edge(), y, &cell.text, track.align);
    }
}
