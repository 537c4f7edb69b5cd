//! What a bill says, ready to be set: every text is worded and formatted, every list is in its order.
//!
//! Texts may hold any Unicode. What the fonts cannot show is replaced; an empty text takes no
//! room. The builder keeps a sheet within some 150 blocks of lines; nothing here counts them.

mod back;

pub use back::{Fiscal, Notes, Payment, Qr, Running};

/// A whole bill or note.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// BCP 47 tag of the language of all texts, such as `es` or `es-CO`.
    pub language: String,
    /// The title that viewers show instead of a file name.
    pub title: String,
    /// The one colour of the design.
    pub accent: Rgb,
    /// The day written as the day of creation; none writes none.
    pub created: Option<Day>,
    /// Who bills.
    pub issuer: Party,
    /// Who is billed.
    pub addressee: Party,
    /// What the document is, such as "Factura de venta".
    pub kind: String,
    /// What identifies it: number, issue day, period, contract.
    pub facts: Vec<Fact>,
    /// A warning that nobody may overlook.
    pub banner: Option<String>,
    /// The amount and what to do about it.
    pub headline: Headline,
    /// The bills before this one and what changed since.
    pub history: Option<History>,
    /// How the amount adds up.
    pub summary: Summary,
    /// The phone lines.
    pub lines: Option<Lines>,
    /// Data by application.
    pub apps: Option<Apps>,
    /// Further sections, taxes by rate among them, each a table under its own heading.
    pub tables: Vec<Table>,
    /// The slip to pay with.
    pub payment: Option<Payment>,
    /// What the tax authority asks for.
    pub fiscal: Option<Fiscal>,
    /// What else the customer should know.
    pub notes: Option<Notes>,
    /// What stands on every page.
    pub running: Running,
}

/// A colour as a screen mixes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Default for Rgb {
    /// A deep teal, dark enough to print well without colour.
    fn default() -> Self {
        Self(0, 92, 110)
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The year, such as 2026.
    pub year: u16,
    /// The month from 1.
    pub month: u8,
    /// The day of the month from 1.
    pub day: u8,
}

/// A person or company and how to reach it.
#[derive(Debug, Clone, Default)]
pub struct Party {
    /// The name.
    pub name: String,
    /// Address, tax number and the like, one a line.
    pub lines: Vec<String>,
}

/// A value and what it is.
#[derive(Debug, Clone, Default)]
pub struct Fact {
    /// What the value is.
    pub label: String,
    /// The value.
    pub value: String,
}

/// The amount that the customer looks for first.
#[derive(Debug, Clone, Default)]
pub struct Headline {
    /// What the amount is, such as "Total a pagar".
    pub label: String,
    /// The amount.
    pub amount: String,
    /// What to do and until when.
    pub due: String,
    /// A further remark.
    pub note: Option<String>,
}

/// The last bills as bars.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The heading.
    pub heading: String,
    /// Up to six, the oldest first.
    pub bars: Vec<Bar>,
    /// What changed since the last bill and why, in a sentence.
    pub change: Option<String>,
}

/// One bill among the last ones.
#[derive(Debug, Clone, Default)]
pub struct Bar {
    /// The month, short.
    pub label: String,
    /// The amount as shown over the bar.
    pub amount: String,
    /// The amount in any unit that all bars share; below zero draws none.
    pub value: i64,
    /// Whether it is this bill.
    pub current: bool,
}

/// How the amount adds up.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The heading.
    pub heading: String,
    /// The rows, sums among them.
    pub rows: Vec<SummaryRow>,
}

/// A row of the summary.
#[derive(Debug, Clone, Default)]
pub struct SummaryRow {
    /// What the amount is for.
    pub label: String,
    /// The amount.
    pub amount: String,
    /// How much it stands out.
    pub rank: Rank,
}

/// How much a row of the summary stands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rank {
    /// One of many.
    #[default]
    Item,
    /// A sum of rows above it.
    Subtotal,
    /// The last sum.
    Total,
}

/// The phone lines of a bill.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// The heading.
    pub heading: String,
    /// Column headings of the dense form that many lines are set in: line, charges, usage, total.
    pub columns: [String; 4],
    /// The lines.
    pub lines: Vec<Line>,
}

/// A phone line.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// The phone number.
    pub number: String,
    /// The plan, and the user's name if there is one.
    pub plan: String,
    /// What it is charged.
    pub charges: Vec<Charge>,
    /// What was used of what is included.
    pub usage: Vec<Meter>,
    /// The sum of the charges.
    pub total: String,
}

/// An amount that a line is charged.
#[derive(Debug, Clone, Default)]
pub struct Charge {
    /// What for.
    pub text: String,
    /// Days, quantity, rate.
    pub detail: String,
    /// The amount.
    pub amount: String,
}

/// What was used of an allowance.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    /// What is counted, such as "Datos".
    pub label: String,
    /// What was used, such as "32,4 GB".
    pub used_text: String,
    /// What is included, such as "de 40 GB" or "ilimitado".
    pub allowance_text: String,
    /// What was used, in the unit of `included`.
    pub used: u64,
    /// What is included; none draws no bar.
    pub included: Option<u64>,
}

/// Data by application.
#[derive(Debug, Clone, Default)]
pub struct Apps {
    /// The heading.
    pub heading: String,
    /// The applications, the largest first.
    pub bars: Vec<AppBar>,
}

/// The data of one application.
#[derive(Debug, Clone, Default)]
pub struct AppBar {
    /// The application.
    pub label: String,
    /// Its data as shown.
    pub text: String,
    /// Its data in any unit that all bars share.
    pub value: u64,
}

/// A section that is a table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The heading.
    pub heading: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, a cell for each column; missing cells are empty and surplus ones are left out.
    pub rows: Vec<Vec<String>>,
    /// A last row that sums up.
    pub total: Option<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// The column heading.
    pub heading: String,
    /// Where cells are aligned.
    pub align: Align,
}

/// Where texts are aligned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Amounts and other figures.
    Right,
}
