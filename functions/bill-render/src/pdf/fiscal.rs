//! What the tax authority asks for: codes beside its QR code, and the texts that the law words.

use crate::pdf::canvas::Canvas;
use crate::pdf::error::Error;
use crate::pdf::flow::{self, Flow, LEFT, RIGHT, WIDTH};
use crate::pdf::grid::{self, Cell, Track};
use crate::pdf::qr::Symbol;
use crate::pdf::sheet::{Fact, Fiscal};
use crate::pdf::style;
use crate::pdf::tags::Tag;
use crate::pdf::text::{Paragraph, Style};

const GAP: f32 = 16.0;
const PAD: f32 = 1.5;
const LEGEND_GAP: f32 = 4.0;

/// Draws the section: on the left heading, codes and as many legends as stand beside the QR code; the others below, as
/// wide as the page.
pub fn lay(flow: &mut Flow<'_>, fiscal: &Fiscal) -> Result<(), Error> {
    let symbol = fiscal.qr.as_ref().map(Symbol::new).transpose()?;
    let beside = symbol.as_ref().map_or(0.0, |symbol| symbol.side() + symbol.quiet() + GAP);
    let width = WIDTH - beside;
    let palette = flow.canvas.palette;
    let heading = flow.canvas.set(&fiscal.heading, style::heading(&palette), width).at_most(3);
    let (tracks, rows) = set_facts(&flow.canvas, &fiscal.facts, width);
    let legend = |text: &String| flow.canvas.set(text, style::small(&palette), width);
    let narrow: Vec<Paragraph> = fiscal.legends.iter().map(legend).collect();

    let rows_height: f32 = rows.iter().map(|cells| grid::height(cells) + 2.0 * PAD).sum();
    let room = symbol.as_ref().map_or(0.0, Symbol::side) - heading.height() - 4.0 - rows_height;
    let mut used = 0.0;
    let fitting = narrow.iter().take_while(|legend| {
        used += LEGEND_GAP + legend.height();
        used <= room + legend.style.leading
    });
    let (narrow, _) = narrow.split_at(fitting.count());
    flow.keep(|flow| {
        flow.space(style::SECTION_GAP);
        flow.need(symbol.as_ref().map_or(0.0, Symbol::side).max(heading.height() + 30.0));
        let (page, top) = (flow.canvas.page(), flow.y);
        flow.y = flow::place_heading(&mut flow.canvas, LEFT, top, &heading) + 4.0;
        flow.canvas.tree.open(Tag::Table);
        for cells in &rows {
            grid::row(flow, &tracks, cells, PAD);
        }
        flow.canvas.tree.close();
        for legend in narrow {
            flow.space(LEGEND_GAP);
            flow.paragraph(legend);
        }
        if let Some(symbol) = &symbol {
            let last = flow.canvas.page();
            flow.canvas.turn_to(page);
            symbol.draw(&mut flow.canvas, RIGHT - symbol.side(), top + 2.0);
            flow.canvas.turn_to(last);
            if last == page {
                flow.y = flow.y.max(top + 2.0 + symbol.side());
            }
        }
    });
    for legend in fiscal.legends.iter().skip(narrow.len()) {
        flow.space(LEGEND_GAP);
        let legend = flow.canvas.set(legend, style::small(&palette), WIDTH);
        flow.paragraph(&legend);
    }
    Ok(())
}

fn set_facts(canvas: &Canvas<'_>, facts: &[Fact], width: f32) -> ([Track; 2], Vec<[Cell; 2]>) {
    let label = style::small(&canvas.palette);
    let value = Style { ink: canvas.palette.ink, ..label };
    let labels = facts.iter().map(|fact| canvas.measure(&fact.label, label)).fold(40.0, f32::max);
    let labels = labels.min(width * 0.35);
    let tracks = [Track::left(LEFT, labels), Track::left(LEFT + labels + GAP, width - labels - GAP)];
    let row = |fact: &Fact| {
        [
            Cell { tag: Tag::RowHead, text: tracks[0].set(canvas, &fact.label, label) },
            Cell { tag: Tag::Cell, text: tracks[1].set(canvas, &fact.value, value) },
        ]
    };
    (tracks, facts.iter().map(row).collect())
}
