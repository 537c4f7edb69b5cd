//! A bill as a sheet: which texts stand where. All of it follows from the bill in full, from who issued it, and from what the tax
//! office has said.

mod change;
pub mod detail;
mod fiscal;
mod format;
mod lines;
mod summary;
mod tables;
mod words;

use chrono::Datelike as _;
use shared::domain::bill::Bill;
use shared::domain::billing::class::Unit;
use shared::domain::billing::document::{Document, DocumentKind};
use shared::domain::billing::issued::Issued;
use shared::domain::billing::past::PastBill;
use shared::domain::billing::series::Series;
use shared::domain::billing::tariff::Tariff;
use shared::domain::billing::tax::Inclusion;
use shared::domain::billing::terms::Terms;
use shared::domain::country::Country;
use shared::domain::fiscal::authority::{FiscalState, Standing};
use shared::domain::fiscal::declared::Declared;
use shared::domain::fiscal::issuer::Issuer;
use shared::domain::ids::AppName;

use self::format::Format;
use crate::pdf::sheet::{AppBar, Apps, Bar, Day, Fact, Headline, History, Notes, Party, Payment, Qr, Running, Sheet};

/// A document of a bill in full, with all that stands on it.
#[derive(Debug, Clone, Copy)]
pub struct Printed<'a> {
    /// The country.
    pub country: &'static Country,
    /// The bill in full.
    pub issued: &'a Issued,
    /// Which of its documents.
    pub at: usize,
    /// How it stands with the tax office.
    pub fiscal: Option<&'a FiscalState>,
    /// The version of the catalogue it was issued by: who issued it, and what plans include.
    pub tariff: &'a Tariff,
    /// The series of its number.
    pub series: Option<&'a Series>,
}

/// What [`Printed`] leads to.
#[derive(Debug, Clone, Copy)]
struct View<'a> {
    printed: Printed<'a>,
    document: &'a Document,
    /// The bill when it was new.
    bill: &'a Bill,
    declared: Option<&'a Declared>,
    issuer: Option<&'a Issuer>,
    format: Format,
    is_note: bool,
    /// Where tax stands.
    inclusion: Inclusion,
}

impl<'a> Printed<'a> {
    /// The sheet; none when the bill has no such document.
    pub fn sheet(&self) -> Option<Sheet> {
        View::of(*self).map(|view| view.sheet())
    }
}

impl<'a> View<'a> {
    fn of(printed: Printed<'a>) -> Option<Self> {
        let Printed { country, issued, at, tariff, .. } = printed;
        let (document, bill) = (issued.settlement.documents().get(at)?, issued.bills.get(at)?);
        Some(Self {
            printed,
            document,
            bill,
            declared: issued.declared.get(at),
            issuer: tariff.issuer.on(bill.date),
            format: Format::of(country, bill.amount.currency),
            is_note: document.kind == DocumentKind::CreditNote,
            inclusion: Terms::of(country).tax,
        })
    }

    fn sheet(&self) -> Sheet {
        let Self { printed: Printed { country, .. }, bill, .. } = *self;
        let kind = words::kind(self.document.kind, country);
        let date = bill.date;
        Sheet {
            language: format!("es-{}", country.code.to_uppercase()),
            title: format!("{kind} {}", bill.number),
            created: Some(Day {
                year: u16::try_from(date.year()).unwrap_or(0),
                month: u8::try_from(date.month()).unwrap_or(1),
                day: u8::try_from(date.day()).unwrap_or(1),
            }),
            issuer: self.issued_by(),
            addressee: self.addressee(),
            kind: kind.to_owned(),
            facts: self.facts(),
            banner: self.banner(),
            headline: self.headline(),
            history: self.history(),
            summary: self.summary(),
            lines: self.lines(),
            apps: self.apps(),
            tables: self.tables(),
            payment: self.payment(),
            fiscal: self.fiscal(),
            notes: self.notes(),
            running: Running {
                head: format!("{kind} {} · {}", bill.number, bill.name),
                foot: self.issuer.map(|issuer| issuer.name.clone()).unwrap_or_default(),
                page: "Página {page} de {pages}".to_owned(),
            },
            ..Sheet::default()
        }
    }

    fn banner(&self) -> Option<String> {
        let environment = self.declared.and(self.issuer).map(|issuer| issuer.environment);
        words::standing(self.standing(), environment, self.printed.country, self.document.kind)
    }

    fn standing(&self) -> Option<Standing> {
        self.printed.fiscal.map(|state| state.standing)
    }

    fn issued_by(&self) -> Party {
        let Some(issuer) = self.issuer else { return Party::default() };
        let number = format!("{} {}", self.printed.country.tax_document(), issuer.tax_number);
        let lines = [number].into_iter().chain(issuer.address.iter().cloned()).chain(issuer.contact.iter().cloned());
        Party { name: issuer.name.clone(), lines: lines.collect() }
    }

    fn addressee(&self) -> Party {
        let Bill { name, address, subscriber, .. } = self.bill;
        Party {
            name: name.clone(),
            lines: vec![address.clone(), format!("{} {}", subscriber.kind, subscriber.written())],
        }
    }

    fn facts(&self) -> Vec<Fact> {
        let Bill { number, date, period_start, period_end, contract, customer, .. } = self.bill;
        let period = format!("{} – {}", format::short_day(*period_start), format::short_day(*period_end));
        let mut facts = vec![
            fact("Número", number.to_string()),
            fact("Fecha de emisión", format::short_day(*date)),
            fact("Período", period),
            fact("Contrato", contract.to_string()),
            fact("Cliente", customer.to_string()),
        ];
        facts.extend(self.document.corrects.as_ref().map(|bill| fact("Corrige la factura", bill.to_string())));
        facts
    }

    /// What is left to pay when the bill is new.
    fn due(&self) -> i64 {
        self.bill.amount.minor.saturating_sub(self.bill.paid.minor)
    }

    fn headline(&self) -> Headline {
        let amount = |minor| self.format.amount(minor);
        if self.is_note {
            return Headline {
                label: "Saldo a su favor".to_owned(),
                amount: amount(self.bill.amount.minor.saturating_abs()),
                due: self.of_credit().to_owned(),
                note: None,
            };
        }
        let (due, paid) = (self.due(), self.bill.paid.minor);
        let until = match due {
            0 => "No tiene que pagar nada.".to_owned(),
            _ if !self.is_payable() => "Este documento no se paga: recibirá otro.".to_owned(),
            _ => format!("Pague hasta el {}", format::day_and_month(self.bill.due)),
        };
        let note = format!("Su saldo a favor cubrió {} de {}.", amount(paid), amount(self.bill.amount.minor));
        Headline {
            label: "Total a pagar".to_owned(),
            amount: amount(due),
            due: until,
            note: (paid > 0).then_some(note),
        }
    }

    /// What becomes of a credit: when the contract has ended there is no next bill.
    fn of_credit(&self) -> &'static str {
        match self.printed.issued.contract.last {
            Some(last) if last <= self.bill.period_end => "Su contrato terminó: solicite su devolución.",
            _ => "Se descuenta de sus próximas facturas.",
        }
    }

    /// Whether somebody may pay it: what the tax office has refused is no invoice.
    fn is_payable(&self) -> bool {
        !self.is_note && self.standing() != Some(Standing::Rejected)
    }

    /// The bills before, and what is other this time.
    fn history(&self) -> Option<History> {
        let past = &self.printed.issued.past;
        if self.is_note || past.is_empty() {
            return None;
        }
        let own = PastBill::of(self.document, self.bill.period_end);
        let shown = past.iter().skip(past.len().saturating_sub(5)).chain([&own]);
        let bar = |bill: &PastBill| Bar {
            label: format::short_month(bill.end),
            amount: self.format.amount(bill.total),
            value: bill.total,
            current: false,
        };
        let mut bars: Vec<Bar> = shown.map(bar).collect();
        if let Some(last) = bars.last_mut() {
            last.current = true;
        }
        Some(History { heading: "Sus últimas facturas".to_owned(), bars, change: self.change() })
    }

    fn apps(&self) -> Option<Apps> {
        let apps = &self.printed.issued.apps;
        let bar = |(app, kilobytes): &(AppName, u64)| AppBar {
            label: app.to_string(),
            text: self.format.quantity(Unit::Kilobyte, *kilobytes),
            value: *kilobytes,
        };
        (!apps.is_empty() && !self.is_note)
            .then(|| Apps { heading: "Sus datos por aplicación".to_owned(), bars: apps.iter().map(bar).collect() })
    }

    fn payment(&self) -> Option<Payment> {
        let due = self.due();
        if due <= 0 || !self.is_payable() {
            return None;
        }
        let Bill { number, name, due: day, amount, .. } = self.bill;
        let plain = shared::domain::money::Money { minor: due, ..*amount };
        Some(Payment {
            heading: "Comprobante de pago".to_owned(),
            facts: vec![
                fact("Total a pagar", self.format.amount(due)),
                fact("Referencia", number.to_string()),
                fact("Pague hasta", format::short_day(*day)),
                fact("Cliente", name.clone()),
            ],
            instructions: self.issuer.map(|issuer| issuer.payment.clone()).unwrap_or_default(),
            qr: Some(Qr {
                payload: format!("{number}|{plain}|{}|{day}", amount.currency.code),
                alt: format!("Código para pagar la factura {number}"),
                min_side_mm: 18.0,
            }),
        })
    }

    fn notes(&self) -> Option<Notes> {
        let mut paragraphs = Vec::new();
        if self.is_summarised() {
            paragraphs.push(format!(
                "Este documento tiene {} cobros y se muestra resumido. El detalle completo es un archivo CSV: descárguelo donde descargó \
                 este documento.",
                self.format.number(self.document.lines.len() as u64)
            ));
        }
        if !self.is_note {
            paragraphs.push(format!(
                "Si no está de acuerdo con un cobro, comuníquelo antes del {}: no tiene que pagar lo que reclama mientras se revisa.",
                format::day(self.bill.due)
            ));
        }
        (!paragraphs.is_empty()).then(|| Notes { heading: "Información".to_owned(), paragraphs })
    }
}

fn fact(label: &str, value: impl Into<String>) -> Fact {
    Fact { label: label.to_owned(), value: value.into() }
}
