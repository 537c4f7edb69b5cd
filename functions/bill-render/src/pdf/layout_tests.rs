//! Where things end up on the pages, for any sheet.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::collection::vec;
use proptest::prelude::*;

use crate::pdf::Renderer;
use crate::pdf::canvas::{Area, Canvas, Mark};
use crate::pdf::compose::compose;
use crate::pdf::error::Error;
use crate::pdf::flow::{LEFT, PAGE_HEIGHT, RIGHT, TOP};
use crate::pdf::fonts::Fonts;
use crate::pdf::sheet::{
    Align, AppBar, Apps, Bar, Charge, Column, Fact, Fiscal, Headline, History, Line, Lines, Meter, Notes, Party,
    Payment, Qr, Rank, Running, Sheet, Summary, SummaryRow, Table,
};

/// Half a point: the outline of a bar.
const SLACK: f32 = 0.5;
const FOOT: f32 = PAGE_HEIGHT - 16.0;

fn extent(mark: &Mark) -> Area {
    match *mark {
        Mark::Text { x, y, width, size, .. } => Area { x, y: y - size * 0.75, width, height: size },
        Mark::Fill { ref areas, .. } => areas.iter().copied().reduce(around).unwrap(),
        Mark::Frame { area, .. } => area,
        Mark::Modules { x, y, module, side, .. } => {
            Area { x, y, width: module * f32::from(side), height: module * f32::from(side) }
        }
        Mark::Dashes { x, y, width, .. } => Area { x, y, width, height: 0.0 },
    }
}

fn around(one: Area, other: Area) -> Area {
    let (x, y) = (one.x.min(other.x), one.y.min(other.y));
    let right = (one.x + one.width).max(other.x + other.width);
    let bottom = (one.y + one.height).max(other.y + other.height);
    Area { x, y, width: right - x, height: bottom - y }
}

/// The first mark that reaches into a margin.
fn outside<'a>(canvas: &'a Canvas<'_>) -> Option<&'a Mark> {
    let marks = canvas.pages.iter().flatten().flat_map(|item| &item.marks);
    marks.into_iter().find(|mark| {
        let area = extent(mark);
        area.x < LEFT - SLACK
            || area.x + area.width > RIGHT + SLACK
            || area.y < TOP - SLACK
            || area.y + area.height > FOOT
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-zÁáÉéÍíÑñÓóÚúẽỹ0-9 .,$/-]{0,24}",
        2 => any::<String>().prop_map(|text| text.chars().take(24).collect()),
        1 => "[A-Za-z0-9]{60,160}",
        1 => Just(String::new()),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    (text(), text()).prop_map(|(label, value)| Fact { label, value })
}

fn line() -> impl Strategy<Value = Line> {
    let charge = (text(), text(), text()).prop_map(|(text, detail, amount)| Charge { text, detail, amount });
    let meter = (text(), text(), text(), any::<u64>(), any::<Option<u64>>()).prop_map(
        |(label, used_text, allowance_text, used, included)| Meter { label, used_text, allowance_text, used, included },
    );
    (text(), text(), vec(charge, 0..4), vec(meter, 0..5), text())
        .prop_map(|(number, plan, charges, usage, total)| Line { number, plan, charges, usage, total })
}

fn table() -> impl Strategy<Value = Table> {
    let column = (text(), any::<bool>())
        .prop_map(|(heading, right)| Column { heading, align: if right { Align::Right } else { Align::Left } });
    let row = || vec(text(), 0..6);
    (text(), vec(column, 0..5), vec(row(), 0..12), proptest::option::of(row()))
        .prop_map(|(heading, columns, rows, total)| Table { heading, columns, rows, total })
}

fn qr() -> impl Strategy<Value = Qr> {
    (text(), text(), 0.0..40.0_f32).prop_map(|(payload, alt, min_side_mm)| Qr { payload, alt, min_side_mm })
}

prop_compose! {
    fn front()(
        (title, kind, banner, language) in (text(), text(), proptest::option::of(text()), text()),
        (issuer, addressee) in ((text(), vec(text(), 0..4)), (text(), vec(text(), 0..4))),
        facts in vec(fact(), 0..6),
        (label, amount, due, note) in (text(), text(), text(), proptest::option::of(text())),
        rows in vec((text(), text(), 0..3_u8), 0..8),
        history in proptest::option::of((text(), vec((text(), text(), any::<i64>(), any::<bool>()), 0..6), proptest::option::of(text()))),
    ) -> Sheet {
        let rank = |rank| [Rank::Item, Rank::Subtotal, Rank::Total][usize::from(rank)];
        let row = |(label, amount, level)| SummaryRow { label, amount, rank: rank(level) };
        let bar = |(label, amount, value, current)| Bar { label, amount, value, current };
        Sheet {
            language, title, kind: kind.clone(), banner, facts,
            issuer: Party { name: issuer.0, lines: issuer.1 },
            addressee: Party { name: addressee.0, lines: addressee.1 },
            headline: Headline { label, amount, due, note },
            summary: Summary { heading: kind.clone(), rows: rows.into_iter().map(row).collect() },
            history: history.map(|(heading, bars, change)| {
                History { heading, bars: bars.into_iter().map(bar).collect(), change }
            }),
            running: Running { head: kind.clone(), foot: kind, page: "{page}/{pages}".into() },
            ..Sheet::default()
        }
    }
}

prop_compose! {
    fn sheet()(
        front in front(),
        lines in proptest::option::of((text(), [text(), text(), text(), text()], vec(line(), 0..16))),
        apps in proptest::option::of((text(), vec((text(), text(), any::<u64>()), 0..8))),
        tables in vec(table(), 0..3),
        payment in proptest::option::of((text(), vec(fact(), 0..5), vec(text(), 0..4), proptest::option::of(qr()))),
        fiscal in proptest::option::of((text(), vec(fact(), 0..4), vec(text(), 0..4), proptest::option::of(qr()))),
        notes in proptest::option::of((text(), vec(text(), 0..4))),
    ) -> Sheet {
        let app = |(label, text, value)| AppBar { label, text, value };
        Sheet {
            lines: lines.map(|(heading, columns, lines)| Lines { heading, columns, lines }),
            apps: apps.map(|(heading, bars)| Apps { heading, bars: bars.into_iter().map(app).collect() }),
            tables,
            payment: payment.map(|(heading, facts, instructions, qr)| Payment { heading, facts, instructions, qr }),
            fiscal: fiscal.map(|(heading, facts, legends, qr)| Fiscal { heading, facts, legends, qr }),
            notes: notes.map(|(heading, paragraphs)| Notes { heading, paragraphs }),
            ..front
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_sheet_stays_within_the_margins(sheet in sheet()) {
        let fonts = Fonts::load().unwrap();
        let canvas = compose(&fonts, &sheet).unwrap();
        prop_assert!(outside(&canvas).is_none(), "{:?}", outside(&canvas));
    }

    #[test]
    fn any_sheet_is_a_valid_document(sheet in sheet()) {
        Renderer::new().unwrap().render(&sheet).unwrap();
    }
}

#[test]
fn an_empty_sheet_is_a_page() {
    let fonts = Fonts::load().unwrap();
    assert_eq!(compose(&fonts, &Sheet::default()).unwrap().pages.len(), 1);
    Renderer::new().unwrap().render(&Sheet::default()).unwrap();
}

#[test]
fn a_block_taller_than_a_page_is_an_error() {
    let instructions = vec!["Pague".to_owned(); 100];
    let sheet = Sheet { payment: Some(Payment { instructions, ..Payment::default() }), ..Sheet::default() };
    assert!(matches!(compose(&Fonts::load().unwrap(), &sheet), Err(Error::TooTall { .. })));
}
