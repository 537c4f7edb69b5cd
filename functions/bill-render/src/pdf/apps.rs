//! Data by application.

use crate::pdf::chart::{self, Filling, Row};
use crate::pdf::flow::{Flow, LEFT, WIDTH};
use crate::pdf::sheet::{AppBar, Apps};
use crate::pdf::style;

const ROW: f32 = 14.5;
/// Rows to a figure, so that each fits a page.
const ROWS: usize = 20;

/// Draws the section.
pub fn lay(flow: &mut Flow<'_>, apps: &Apps) {
    let style = style::body(&flow.canvas.palette);
    let most = apps.bars.iter().map(|bar| bar.value).max().unwrap_or_default();
    let row = |bar: &AppBar| Row {
        label: bar.label.clone(),
        value: bar.text.clone(),
        share: chart::share(bar.value, most),
        filling: Filling::Solid,
        style,
    };
    let frame = chart::Frame { x: LEFT, width: WIDTH, row: ROW, labels: 150.0 };
    for (index, bars) in apps.bars.chunks(ROWS).enumerate() {
        let rows: Vec<Row> = bars.iter().map(row).collect();
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let height = ROW * rows.len() as f32;
        flow.keep(|flow| {
            if index == 0 {
                flow.heading(&apps.heading);
            }
            flow.need(height);
            chart::draw(&mut flow.canvas, frame, flow.y, &apps.heading, &rows);
            flow.y += height;
        });
    }
}
