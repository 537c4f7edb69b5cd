//! The slip to pay with, cut off at the foot of the first page.

use crate::pdf::canvas::{Canvas, Mark, Role};
use crate::pdf::error::Error;
use crate::pdf::flow::{self, BOTTOM, Flow, LEFT, RIGHT, WIDTH};
use crate::pdf::grid::{self, Cell, Track};
use crate::pdf::qr::Symbol;
use crate::pdf::sheet::{Align, Payment};
use crate::pdf::style;
use crate::pdf::tags::Tag;
use crate::pdf::text::Paragraph;

const PAD: f32 = 14.0;
const GAP: f32 = 22.0;
/// The space between the text of the first page and the slip.
const ABOVE: f32 = 10.0;

/// A slip, set and waiting for its place.
pub struct Slip {
    heading: Paragraph,
    instructions: Vec<Paragraph>,
    tracks: [Track; 2],
    facts: Vec<[Cell; 2]>,
    symbol: Option<Symbol>,
}

impl Slip {
    /// Sets the texts of a slip.
    pub fn new(canvas: &Canvas<'_>, payment: &Payment) -> Result<Self, Error> {
        let palette = canvas.palette;
        let symbol = payment.qr.as_ref().map(Symbol::new).transpose()?;
        let code = symbol.as_ref().map_or(0.0, |symbol| symbol.side() + symbol.quiet().max(GAP));
        let room = WIDTH - code - GAP;
        let (left, right) = (room * 0.52, room * 0.48);
        let label = right * 0.42;
        let x = LEFT + left + GAP;
        let tracks = [Track::left(x, label), Track::right(x + label + 8.0, right - label - 8.0)];
        let fact = |(index, fact): (usize, &crate::pdf::sheet::Fact)| {
            let value = if index == 0 { style::due(&palette) } else { style::strong(&palette) };
            let label = crate::pdf::text::Style { leading: value.leading, ..style::soft(&palette) };
            [
                Cell { tag: Tag::RowHead, text: tracks[0].set(canvas, &fact.label, label) },
                Cell { tag: Tag::Cell, text: tracks[1].set(canvas, &fact.value, value) },
            ]
        };
        let instruction = |text: &String| canvas.set(text, style::body(&palette), left).at_most(6);
        Ok(Self {
            heading: canvas.set(&payment.heading, style::heading(&palette), left).at_most(3),
            instructions: payment.instructions.iter().map(instruction).collect(),
            facts: payment.facts.iter().enumerate().map(fact).collect(),
            tracks,
            symbol,
        })
    }

    fn height(&self) -> f32 {
        let instructions: f32 = self.instructions.iter().map(|text| text.height() + 2.0).sum();
        let facts: f32 = self.facts.iter().map(|cells| grid::height(cells) + 3.0).sum();
        let code = self.symbol.as_ref().map_or(0.0, |symbol| symbol.side() + 2.0);
        PAD + (self.heading.height() + 4.0 + instructions).max(facts).max(code)
    }

    /// Keeps the foot of the first page free if the slip fits there. Returns whether it does.
    pub fn reserve(&self, flow: &mut Flow<'_>) -> bool {
        let bottom = BOTTOM - self.height() - ABOVE;
        let fits = flow.canvas.page() == 0 && flow.y <= bottom;
        if fits {
            flow.first_bottom = bottom;
        }
        fits
    }

    /// Draws the slip in the place that was kept for it.
    pub fn draw_reserved(&self, flow: &mut Flow<'_>) {
        let page = flow.canvas.page();
        flow.canvas.turn_to(0);
        self.draw(&mut flow.canvas, BOTTOM - self.height());
        flow.canvas.turn_to(page);
    }

    /// Draws the slip at the foot of this page, or of the next if it does not fit.
    pub fn draw_last(&self, flow: &mut Flow<'_>) {
        flow.space(ABOVE);
        flow.need(self.height());
        self.draw(&mut flow.canvas, BOTTOM - self.height());
        flow.y = BOTTOM;
    }

    fn draw(&self, canvas: &mut Canvas<'_>, y: f32) {
        let muted = canvas.palette.muted;
        canvas.start(Role::Decoration);
        canvas.mark(Mark::Dashes { x: LEFT, y, width: WIDTH, ink: muted });
        let top = y + PAD;
        canvas.tagged(Tag::Section, |canvas| {
            let mut left = flow::place_heading(canvas, LEFT, top, &self.heading) + 4.0;
            for text in self.instructions.iter().filter(|text| !text.lines.is_empty()) {
                canvas.tagged(Tag::Paragraph, |canvas| {
                    canvas.content();
                    left = canvas.paragraph(LEFT, left, text, Align::Left) + 2.0;
                });
            }
            let mut right = top;
            canvas.tagged(Tag::Table, |canvas| {
                for cells in &self.facts {
                    grid::place(canvas, &self.tracks, cells, right);
                    right += grid::height(cells) + 3.0;
                }
            });
            if let Some(symbol) = &self.symbol {
                symbol.draw(canvas, RIGHT - symbol.side(), top + 2.0);
            }
        });
    }
}
