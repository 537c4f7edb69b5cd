//! What a period costs: `price(facts, catalogue, period)`.
//!
//! Monthly prices are charged by day: of a price over `d` of `n` days, `price * d / n`. Usage that nothing includes is
//! charged by unit. Every charge has a key that is the same whenever it is computed, an exact amount, and one rounding.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use crate::domain::billing::allowance::{Excess, Served, by_plan, serve};
use crate::domain::billing::class::Class;
use crate::domain::billing::cycle::{Days, Period};
use crate::domain::billing::exact::Price;
use crate::domain::billing::facts::{Facts, LineFacts};
use crate::domain::billing::key::{Key, Kind, PriceName};
use crate::domain::billing::ledger::{Adjustment, OneOff, ServiceSpan};
use crate::domain::billing::parked::Parked;
use crate::domain::billing::pinned::Pinned;
use crate::domain::billing::tariff::{Charged, NoPrice, UnitPrice};
use crate::domain::billing::tax::TaxRate;
use crate::domain::ids::{BillNumber, PlanId};

/// What a period costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The charges, by key.
    pub charges: Vec<Charge>,
    /// What became of included units.
    pub served: Vec<Served>,
}

/// A charge of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Its name.
    pub key: Key,
    /// As a bill names it: the plan's, service's or purchase's name. Usage is named by its class.
    pub name: String,
    /// The amount, in minor units.
    pub amount: i64,
    /// Where it comes from.
    pub source: Source,
}

/// Where a charge comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A monthly price, by day.
    Monthly {
        /// The price of a month.
        price: Price,
        /// The days it was had.
        days: Vec<Days>,
        /// Their number; of a service, those of all its lines or pieces added up.
        times: u64,
        /// How several lines or pieces share them; none for one, and on bills of engine 1, which have not kept it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        many: Option<Many>,
        /// The days of the month.
        of: u32,
        /// When it is charged.
        charged: Charged,
    },
    /// Usage that nothing includes.
    Usage {
        /// Of which class.
        class: Class,
        /// How many units are paid.
        units: u64,
        /// How many there were on the plan's days in all; the others are included.
        all: u64,
        /// The price …
        price: Price,
        /// … of so many units.
        per: u64,
        /// The first and the last day on which units are paid.
        days: Days,
    },
    /// A purchase of a day.
    OneOff(Days),
    /// An operator's credit or debit.
    Adjustment {
        /// Why.
        reason: String,
        /// The bill it corrects.
        corrects: Option<BillNumber>,
    },
}

/// How several lines or pieces share the days of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Many {
    /// So many had it, each on as many days as the others.
    Alike(NonZeroU64),
    /// They had it on different days, so that only the sum says something.
    Apart,
}

impl Many {
    /// So many lines or pieces that had it on as many days.
    fn alike(count: u64) -> Option<Self> {
        NonZeroU64::new(count).filter(|count| count.get() > 1).map(Self::Alike)
    }

    /// Of how many days each line had it.
    fn of(days: &[u64]) -> Option<Self> {
        if days.windows(2).all(|two| two[0] == two[1]) { Self::alike(days.len() as u64) } else { Some(Self::Apart) }
    }
}

/// Prices the facts of a period.
///
/// # Errors
/// What is to be charged and has no price; charges with one name; more than fits.
pub fn price(facts: &Facts, catalogue: &Pinned<'_>, period: &Period) -> Result<Priced, Parked> {
    let mut sheet = Sheet { facts, catalogue, period, charges: Vec::new(), served: Vec::new() };
    for line in &facts.lines {
        sheet.plans(line)?;
        sheet.usage(line)?;
    }
    let same =
        |one: &ServiceSpan, other: &ServiceSpan| (&one.service, &one.profile) == (&other.service, &other.profile);
    facts.services.chunk_by(same).try_for_each(|spans| sheet.service(spans))?;
    facts.charges.iter().try_for_each(|one| sheet.one_off(one))?;
    facts.adjustments.iter().try_for_each(|one| sheet.adjustment(one))?;
    let Sheet { mut charges, served, .. } = sheet;
    charges.sort_by(|one, other| one.key.cmp(&other.key));
    match charges.windows(2).find(|two| two[0].key == two[1].key) {
        Some(two) => Err(Parked::KeyTwice(Box::new(two[0].key.clone()))),
        None => Ok(Priced { charges, served }),
    }
}

impl Priced {
    /// The charges that go on a bill before their period begins.
    pub fn in_advance(self) -> Vec<Charge> {
        let marked = |charge: &Charge| matches!(charge.source, Source::Monthly { charged: Charged::Advance, .. });
        self.charges.into_iter().filter(marked).collect()
    }
}

/// Usage that is paid, with its price: main plan, class, price, tax rate.
type UsageRow<'a> = (&'a PlanId, Class, &'a UnitPrice, TaxRate, Excess<'a>);

/// The charges of a period while they are computed.
struct Sheet<'a> {
    facts: &'a Facts,
    catalogue: &'a Pinned<'a>,
    period: &'a Period,
    charges: Vec<Charge>,
    served: Vec<Served>,
}

/// Something with a monthly price.
struct Monthly<'a> {
    kind: Kind,
    item: &'a str,
    what: &'a str,
    name: &'a str,
    charged: Charged,
}

/// Days in a row at one price and tax rate.
struct Piece {
    name: PriceName,
    price: Price,
    tax: TaxRate,
    days: Days,
    /// How many days of the price they are: those of all lines or pieces added up.
    times: u64,
    /// How several lines or pieces share them.
    many: Option<Many>,
}

impl Sheet<'_> {
    /// The fees of a line's plans: all days of one plan at one price are one charge.
    fn plans(&mut self, line: &LineFacts) -> Result<(), Parked> {
        let main = line.days.iter().filter_map(|part| Some((part.plan.as_ref()?, part.days))).collect();
        let additional = line.additional.iter().map(|(plan, days)| (plan, *days)).collect();
        for (kind, parts) in [(Kind::Plan, main), (Kind::Additional, additional)] {
            for (plan, days) in by_plan(parts) {
                self.fee(kind, line, plan, &days)?;
            }
        }
        Ok(())
    }

    fn fee(&mut self, kind: Kind, line: &LineFacts, plan: &PlanId, days: &[Days]) -> Result<(), Parked> {
        let lacking = || NoPrice { of: format!("plan {plan}"), day: days[0].from };
        let tariff = self.catalogue.plan(plan).ok_or_else(lacking)?;
        let of = Monthly {
            kind,
            item: line.line.as_str(),
            what: plan.as_str(),
            name: &tariff.name,
            charged: tariff.charged,
        };
        let mut pieces = Vec::with_capacity(1);
        for days in days {
            for (price, days) in self.catalogue.plan_prices(plan, *days)? {
                for (tax, days) in self.catalogue.tax_rates(&tariff.tax, days)? {
                    pieces.push(Piece {
                        name: PriceName::From(price.from),
                        price: price.price,
                        tax,
                        days,
                        times: days.count(),
                        many: None,
                    });
                }
            }
        }
        self.monthly(&of, pieces)
    }

    /// A service, as often as it was had on each of its days.
    fn service(&mut self, spans: &[ServiceSpan]) -> Result<(), Parked> {
        let ServiceSpan { service, profile, from, .. } = &spans[0];
        let lacking = || NoPrice { of: format!("service {service}"), day: *from };
        let tariff = self.catalogue.service(service).ok_or_else(lacking)?;
        let profile = profile.as_ref().map(|profile| format!(":{profile}")).unwrap_or_default();
        let of = Monthly {
            kind: Kind::Service,
            item: &format!("{service}{profile}"),
            what: "-",
            name: &tariff.name,
            charged: tariff.charged,
        };
        let mut pieces = Vec::with_capacity(1);
        for span in spans {
            let days = Days { from: span.from, to: span.to.unwrap_or(self.period.end) };
            let prices = match span.price {
                Some(agreed) => vec![(PriceName::Agreed(agreed), agreed, days)],
                None => {
                    let prices = self.catalogue.service_prices(service, days)?;
                    prices.into_iter().map(|(price, days)| (PriceName::From(price.from), price.price, days)).collect()
                }
            };
            for (name, price, days) in prices {
                for (tax, days) in self.catalogue.tax_rates(&tariff.tax, days)? {
                    let (times, many) = match span.fixed.map(u64::from) {
                        Some(pieces) => (days.count() * pieces, Many::alike(pieces)),
                        None => self.line_days(span, days),
                    };
                    pieces.push(Piece { name, price, tax, days, times, many });
                }
            }
        }
        self.monthly(&of, pieces)
    }

    /// The days of the contract's lines, or of those of a profile, added up, and how the lines share them.
    fn line_days(&self, span: &ServiceSpan, days: Days) -> (u64, Option<Many>) {
        let of_line = |line: &LineFacts| -> u64 {
            let own = line.days.iter().filter(|part| span.profile.is_none() || part.profile == span.profile);
            own.filter_map(|part| days.within(part.days.from, Some(part.days.to))).map(|days| days.count()).sum()
        };
        let each: Vec<u64> = self.facts.lines.iter().map(of_line).filter(|days| *days > 0).collect();
        (each.iter().sum(), Many::of(&each))
    }

    /// Charges the pieces: those at one price and tax rate are one charge.
    fn monthly(&mut self, of: &Monthly<'_>, pieces: Vec<Piece>) -> Result<(), Parked> {
        let first = self.charges.len();
        for piece in pieces {
            let same = |key: &Key| key.price == piece.name && key.tax == piece.tax;
            match self.charges[first..].iter_mut().find(|known| same(&known.key)).map(|known| &mut known.source) {
                Some(Source::Monthly { days, times, many, .. }) => {
                    *many = match (*times, piece.times) {
                        (_, 0) => *many,
                        (0, _) => piece.many,
                        _ if *many == piece.many => *many,
                        _ => Some(Many::Apart),
                    };
                    days.push(piece.days);
                    *times += piece.times;
                }
                _ => {
                    let key = self.key(of.kind, of.item, of.what.to_owned(), piece.name, piece.tax);
                    let Piece { price, times, many, days, .. } = piece;
                    let (days, charged) = (vec![days], of.charged);
                    let source = Source::Monthly { price, days, times, many, of: self.period.month, charged };
                    self.charges.push(Charge { key, name: of.name.to_owned(), amount: 0, source });
                }
            }
        }
        for charge in &mut self.charges[first..] {
            if let Source::Monthly { price, times, of, .. } = &charge.source {
                charge.amount = price.part(*times, u64::from(*of)).rounded(self.facts.currency)?.minor;
            }
        }
        Ok(())
    }

    /// Usage beyond what is included: by plan, class and price.
    fn usage(&mut self, line: &LineFacts) -> Result<(), Parked> {
        let (served, excess) = serve(line, self.period, self.catalogue)?;
        self.served.extend(served);
        let mut rows = Vec::with_capacity(excess.len());
        for row in excess {
            let (rate, price) = self.catalogue.rate(row.plan, row.class, row.day)?;
            rows.push((row.plan, row.class, price, self.catalogue.tax_rate(&rate.tax, row.day)?, row));
        }
        rows.sort_by(|one, other| (one.0, one.1, one.2.from, &one.3).cmp(&(other.0, other.1, other.2.from, &other.3)));
        let alike = |one: &UsageRow<'_>, other: &UsageRow<'_>| {
            (one.0, one.1, one.2.from, &one.3) == (other.0, other.1, other.2.from, &other.3)
        };
        for rows in rows.chunk_by(alike) {
            let (plan, class, price, tax, Excess { day, .. }) = &rows[0];
            let units = rows.iter().map(|row| row.4.units).fold(0, u64::saturating_add);
            let days = Days { from: *day, to: rows.last().map_or(*day, |row| row.4.day) };
            let key = self.key(
                Kind::Usage,
                line.line.as_str(),
                format!("{plan}:{class}"),
                PriceName::From(price.from),
                tax.clone(),
            );
            let amount = price.of(units).rounded(self.facts.currency)?.minor;
            let (all, per) = (used(line, plan, *class), price.per.get());
            let source = Source::Usage { class: *class, units, all, price: price.price, per, days };
            self.charges.push(Charge { key, name: String::new(), amount, source });
        }
        Ok(())
    }

    fn one_off(&mut self, one: &OneOff) -> Result<(), Parked> {
        let tax = self.catalogue.tax_rate(&one.tax, one.day)?;
        let key = self.key(Kind::OneOff, &one.id, one.offer.to_string(), PriceName::From(one.day), tax);
        let source = Source::OneOff(Days { from: one.day, to: one.day });
        self.charges.push(Charge { key, name: one.name.clone(), amount: one.price.minor, source });
        Ok(())
    }

    fn adjustment(&mut self, one: &Adjustment) -> Result<(), Parked> {
        let tax = self.catalogue.tax_rate(&one.tax, one.day)?;
        let key = self.key(Kind::Adjustment, one.id.as_str(), "-".to_owned(), PriceName::From(one.day), tax);
        let source = Source::Adjustment { reason: one.reason.clone(), corrects: one.corrects.clone() };
        self.charges.push(Charge { key, name: one.reason.clone(), amount: one.amount.minor, source });
        Ok(())
    }

    fn key(&self, kind: Kind, item: &str, what: String, price: PriceName, tax: TaxRate) -> Key {
        Key { period: self.period.start, kind, item: item.to_owned(), what, price, tax }
    }
}

/// All units of a class on the days of a main plan.
fn used(line: &LineFacts, plan: &PlanId, class: Class) -> u64 {
    let on_plan = |day| line.days.iter().any(|part| part.plan.as_ref() == Some(plan) && part.days.has(day));
    let own = line.usage.iter().filter(|(own, day, _)| *own == class && on_plan(*day));
    own.map(|(_, _, units)| *units).fold(0, u64::saturating_add)
}
