//! The sections of a bill in their order.

use crate::pdf::canvas::Canvas;
use crate::pdf::colour::Palette;
use crate::pdf::error::Error;
use crate::pdf::flow::Flow;
use crate::pdf::fonts::Fonts;
use crate::pdf::sheet::Sheet;
use crate::pdf::slip::Slip;
use crate::pdf::{apps, fiscal, header, headline, lines, notes, running, summary, table};

/// Lays a sheet out on pages.
pub fn compose<'a>(fonts: &'a Fonts, sheet: &Sheet) -> Result<Canvas<'a>, Error> {
    let mut flow = Flow::new(Canvas::new(fonts, Palette::new(sheet.accent)));
    header::lay(&mut flow, sheet);
    headline::lay(&mut flow, &sheet.headline);
    let slip = sheet.payment.as_ref().map(|payment| Slip::new(&flow.canvas, payment)).transpose()?;
    let on_first_page = slip.as_ref().is_some_and(|slip| slip.reserve(&mut flow));
    summary::lay(&mut flow, &sheet.summary, sheet.history.as_ref());
    if let Some(slip) = slip.as_ref().filter(|_| on_first_page) {
        slip.draw_reserved(&mut flow);
    }
    if let Some(lines) = &sheet.lines {
        lines::lay(&mut flow, lines);
    }
    if let Some(apps) = &sheet.apps {
        apps::lay(&mut flow, apps);
    }
    sheet.tables.iter().for_each(|table| table::lay(&mut flow, table));
    if let Some(fiscal) = &sheet.fiscal {
        fiscal::lay(&mut flow, fiscal)?;
    }
    if let Some(notes) = &sheet.notes {
        notes::lay(&mut flow, notes);
    }
    if let Some(slip) = slip.as_ref().filter(|_| !on_first_page) {
        slip.draw_last(&mut flow);
    }
    running::lay(&mut flow.canvas, &sheet.running);
    match flow.too_tall {
        Some(height) => Err(Error::TooTall { height }),
        None => Ok(flow.canvas),
    }
}
