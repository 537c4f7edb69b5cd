//! Sheets to test with. All persons, companies and numbers are invented.

mod company;
mod family;
mod hostile;
mod household;
mod note;

use bill_render::pdf::sheet::{
    Align, Charge, Column, Fact, Line, Meter, Party, Rank, Running, Sheet, SummaryRow, Table,
};

/// Every kind of sheet, by name, with the number of its pages.
pub fn all() -> Vec<(&'static str, Sheet, usize)> {
    vec![
        ("household", household::one_line(), 1),
        ("family", family::sheet(), 3),
        ("company", company::of(43), 4),
        ("credit-note", note::credit(), 1),
        ("hostile", hostile::sheet(), 3),
    ]
}

/// A company with as many charges as a document shows one by one; with more they are summarised.
pub fn largest() -> Sheet {
    company::of(85)
}

/// One line, as most customers have it.
pub fn household() -> Sheet {
    household::one_line()
}

fn fact(label: &str, value: &str) -> Fact {
    Fact { label: label.into(), value: value.into() }
}

fn row(label: &str, amount: &str, rank: Rank) -> SummaryRow {
    SummaryRow { label: label.into(), amount: amount.into(), rank }
}

fn charge(text: &str, detail: &str, amount: &str) -> Charge {
    Charge { text: text.into(), detail: detail.into(), amount: amount.into() }
}

fn meter(label: &str, used_text: &str, allowance_text: &str, used: u64, included: Option<u64>) -> Meter {
    Meter { label: label.into(), used_text: used_text.into(), allowance_text: allowance_text.into(), used, included }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.into()).collect()
}

fn line(number: &str, plan: &str, charges: Vec<Charge>, usage: Vec<Meter>, total: &str) -> Line {
    Line { number: number.into(), plan: plan.into(), charges, usage, total: total.into() }
}

fn table(heading: &str, columns: &[(&str, Align)], rows: &[&[&str]], total: Option<&[&str]>) -> Table {
    Table {
        heading: heading.into(),
        columns: columns.iter().map(|&(heading, align)| Column { heading: heading.into(), align }).collect(),
        rows: rows.iter().map(|row| strings(row)).collect(),
        total: total.map(strings),
    }
}

fn issuer() -> Party {
    Party {
        name: "Andina Móvil".into(),
        lines: strings(&[
            "Andina Móvil S. A. S. · NIT 900.123.456-7",
            "Carrera 11 # 93-46, Bogotá D. C., Colombia",
            "Atención gratuita: 01 8000 123 456 · *611 desde su línea",
        ]),
    }
}

fn running(number: &str) -> Running {
    Running {
        head: format!("Andina Móvil · Factura de venta {number}"),
        foot: "Andina Móvil S. A. S., NIT 900.123.456-7 · www.andinamovil.example · Gracias por estar con nosotros"
            .into(),
        page: "Página {page} de {pages}".into(),
    }
}

/// A made-up code of the length of the real one.
fn cufe() -> String {
    "8bb918b19ba22a694f1da11c643b5e9de39adf60311cf179179e9b33381030bcd4c3c3f156c506ed5908f9276f5bd9b4".into()
}
