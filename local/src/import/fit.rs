//! Whether the fields of a record fit together, the country, and what answers compute from them. What is wrong here would be an
//! answer 500 for good, or a row that nobody finds.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use shared::domain::account::Account;
use shared::domain::bill::Bill;
use shared::domain::billing::sheet::Entry;
use shared::domain::call::Call;
use shared::domain::catalogue::{Offer, ValidityUnit};
use shared::domain::contract::Payment;
use shared::domain::country::Country;
use shared::domain::identity::{Identity, trimmed};
use shared::domain::money::Money;
use shared::domain::msisdn::Msisdn;
use shared::domain::payment::MOST as MOST_AMOUNT;
use shared::domain::profile::ProvisioningState;
use shared::domain::recording::Recording;
use shared::domain::service::MOST;
use shared::domain::site::Site;
use shared::domain::subscriber::Subscriber;
use shared::http::request::integer;

use super::record::{ProfileRecord, Record};
use super::thing::Thing;

/// The largest monthly price, in minor units: 500 services of 10,000 lines still add up to a number that the table and answers
/// have.
const MOST_MONTHLY: i64 = 1_000_000_000_000;
/// The longest kind of an identity, in characters.
const LONGEST_KIND: usize = 64;
/// The longest validity of an offer, in days.
const LONGEST_VALIDITY: u32 = 3_650;
/// The years that keys of the table can tell.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

type Checked = Result<(), String>;

/// Checks a record by itself.
///
/// # Errors
/// The first field that does not fit, and what it must be.
pub(super) fn fit(record: &Record, country: &'static Country) -> Checked {
    let of = Of(country);
    match record {
        Record::Client(_) | Record::Group(_) => Ok(()),
        Record::Plan(plan) => of.price("monthly", &plan.monthly),
        Record::Offer(offer) => of.offer(offer),
        Record::Tariff(tariff) => tariff
            .issuer
            .values()
            .iter()
            .try_for_each(|issuer| issuer.check(country).map_err(|invalid| format!("issuer.{invalid}"))),
        Record::Sheet(entry) => match &**entry {
            Entry::Issuer(issuer) => issuer.check(country).map_err(|invalid| invalid.to_string()),
            _ => Ok(()),
        },
        Record::Subscriber(line) => of.line(line),
        Record::Usage(usage) => {
            of.number("msisdn", &usage.msisdn)?;
            time("ingested_at", usage.ingested_at)
        }
        Record::Customer(customer) => of.identities(&customer.identities),
        Record::Contract(contract) => {
            date("first", contract.first)?;
            contract.last.map_or(Ok(()), |last| period(("first", contract.first), ("last", last)))
        }
        Record::Series(series) => {
            of.series_end(series.last)?;
            series.check().map_err(|invalid| format!("series: must be valid: {invalid}"))
        }
        Record::Bill(bill) => of.bill(bill),
        Record::Product(product) => {
            of.number("msisdn", &product.msisdn)?;
            digits("customer", &product.customer)?;
            digits("contract", &product.contract)?;
            of.price("plan_value", &product.plan_value)
        }
        Record::Service(service) => {
            of.price("price", &service.price)?;
            of.price("tax_price", &service.tax_price)
        }
        Record::Account(account) => of.account(account),
        Record::Profile(record) => of.profile(record),
        Record::ProfileLine(record) => {
            digits("profile", &record.profile)?;
            of.number("line.msisdn", &record.line.msisdn)
        }
        Record::Call(record) => {
            of.number("msisdn", &record.msisdn)?;
            of.call(&record.call)
        }
        Record::Recording(recording) => recorded(recording),
        Record::Site(site) => of.site(site),
        Record::Document(document) => {
            kind("document", &document.document)?;
            time("created", document.created)
        }
        Record::Remove(thing) => of.thing(thing),
    }
}

/// The rules of a country.
struct Of(&'static Country);

impl Of {
    /// A number that comes in: of the country, and of its plan.
    fn number(&self, field: &str, msisdn: &Msisdn) -> Checked {
        self.own(field, msisdn)?;
        msisdn.check_plan(self.0).map_err(|invalid| format!("{field}: {invalid}"))
    }

    /// A number that may be stored already, so its plan may have changed since.
    fn own(&self, field: &str, msisdn: &Msisdn) -> Checked {
        let is_ours = msisdn.as_str().starts_with(self.0.calling_code);
        told(is_ours, field, || format!("must be a number of {}, for which this is loaded", self.0.code))
    }

    fn numbers<'a>(&self, field: &str, all: impl IntoIterator<Item = &'a Msisdn>) -> Checked {
        all.into_iter().try_for_each(|number| self.number(field, number))
    }

    fn amount(&self, field: &str, amount: &Money, within: std::ops::RangeInclusive<i64>) -> Checked {
        let fits = amount.currency == self.0.currency && within.contains(&amount.minor);
        let (least, most) = (*within.start(), *within.end());
        told(fits, field, || {
            format!("must be an amount of {}, from {least} to {most} minor units", self.0.currency.code)
        })
    }

    /// A price by the month.
    fn price(&self, field: &str, price: &Money) -> Checked {
        self.amount(field, price, 0..=MOST_MONTHLY)
    }

    fn identities<'a>(&self, all: impl IntoIterator<Item = &'a Identity>) -> Checked {
        all.into_iter().try_for_each(|identity| {
            kind("identities", identity)?;
            let is_line = identity.kind.eq_ignore_ascii_case("MSISDN");
            let number = is_line.then(|| identity.number.parse::<Msisdn>());
            number.map_or(Ok(()), |number| match number {
                Ok(number) => self.number("identities", &number),
                Err(invalid) => Err(format!("identities: {invalid}")),
            })
        })
    }

    fn offer(&self, offer: &Offer) -> Checked {
        self.price("price", &offer.price)?;
        let days = match offer.validity_unit {
            ValidityUnit::Hour => offer.validity / 24,
            ValidityUnit::Day => offer.validity,
            ValidityUnit::Week => offer.validity.saturating_mul(7),
            ValidityUnit::Month => offer.validity.saturating_mul(31),
            ValidityUnit::Megabytes | ValidityUnit::Gigabytes | ValidityUnit::Slots => 0,
        };
        told(days <= LONGEST_VALIDITY, "validity", || format!("must be at most {LONGEST_VALIDITY} days"))?;
        time("on_sale_from", offer.on_sale_from)?;
        let reversed = offer.on_sale_until.is_some_and(|until| until < offer.on_sale_from);
        told(!reversed, "on_sale_until", || "must not be before on_sale_from".to_owned())
    }

    fn line(&self, line: &Subscriber) -> Checked {
        self.number("msisdn", &line.msisdn)?;
        self.numbers("favourites", line.favourites.keys())?;
        self.identities(&line.identities)?;
        match &line.payment {
            Payment::Postpaid { cycle_day } => day_of_month("payment.cycle_day", *cycle_day)?,
            Payment::Prepaid { balance } => self.amount("payment.balance", balance, 0..=MOST_AMOUNT)?,
        }
        let unsaid = [("since_revision", line.since_revision.is_some()), ("names_nobody", line.names_nobody)];
        for (field, is_told) in unsaid {
            told(!is_told, field, || "must not be given, a load sets it".to_owned())?;
        }
        let stray = line.additional_since.keys().find(|plan| !line.additional.contains(*plan));
        told(stray.is_none(), "additional_since", || {
            format!("must name additional plans alone; {} is none", stray.map(ToString::to_string).unwrap_or_default())
        })?;
        line.contract_since.map_or(Ok(()), |day| date("contract_since", day))?;
        line.since.map_or(Ok(()), |since| time("since", since))
    }

    fn bill(&self, bill: &Bill) -> Checked {
        self.amount("amount", &bill.amount, -MOST_AMOUNT..=MOST_AMOUNT)?;
        let least = if bill.amount.minor >= 0 { 0 } else { -MOST_AMOUNT };
        self.amount("paid", &bill.paid, least..=MOST_AMOUNT)?;
        told(bill.credited == 0, "credited", || "must not be given".to_owned())?;
        let is_issued = bill.fiscal.is_some() || bill.has_document;
        told(!is_issued, "fiscal, has_document", || {
            "must not be given, bills that are issued here have them".to_owned()
        })?;
        kind("subscriber", &bill.subscriber)?;
        period(("date", bill.date), ("due", bill.due))?;
        bill.paid_on.map_or(Ok(()), |day| date("paid_on", day))?;
        period(("period_start", bill.period_start), ("period_end", bill.period_end))
    }

    fn account(&self, account: &Account) -> Checked {
        digits("id", &account.id)?;
        kind("document", &account.document)?;
        self.numbers("msisdn", &account.msisdn)?;
        account.cycle.map_or(Ok(()), |day| day_of_month("cycle", day))?;
        for (at, contract) in account.contracts.iter().enumerate() {
            let field = |name: &str| format!("contracts[{at}].{name}");
            let money = |name: &str, amount| self.amount(&field(name), amount, 0..=MOST_AMOUNT);
            money("available_benefit", &contract.available_benefit)?;
            money("rank.minimum", &contract.rank.minimum)?;
            money("rank.maximum", &contract.rank.maximum)?;
            money("rank.registered_benefit", &contract.rank.registered_benefit)?;
            date(&field("start"), contract.start)?;
            let end = contract.end.unwrap_or(contract.start);
            period((&field("start"), contract.start), (&field("end"), end))?;
        }
        Ok(())
    }

    fn profile(&self, record: &ProfileRecord) -> Checked {
        let ProfileRecord { profile, services } = record;
        digits("profile.id", &profile.id)?;
        digits("profile.account", &profile.account)?;
        self.numbers("profile.msisdn", &profile.msisdn)?;
        self.numbers("profile.parent_msisdn", &profile.parent_msisdn)?;
        day_of_month("profile.cycle", profile.cycle)?;
        told(services.len() <= MOST, "services", || format!("must be at most {MOST}"))?;
        let (mut ids, mut partnums) = (BTreeSet::new(), BTreeSet::new());
        for (at, service) in services.iter().enumerate() {
            digits(&format!("services[{at}].id"), &service.id)?;
            self.price(&format!("services[{at}].price"), &service.price)?;
            self.price(&format!("services[{at}].tax_price"), &service.tax_price)?;
            let stays = service.status != ProvisioningState::ToBeRemoved;
            let is_new = ids.insert(service.id) && (!stays || partnums.insert(&service.partnum));
            told(is_new, &format!("services[{at}]"), || "must be no id or service that is named before".to_owned())?;
            service.since.map_or(Ok(()), |day| date(&format!("services[{at}].since"), day))?;
        }
        Ok(())
    }

    fn call(&self, call: &Call) -> Checked {
        time("call.start", call.start)?;
        for (field, amount) in [
            ("call.amount", &call.amount),
            ("call.air_amount", &call.air_amount),
            ("call.interconnection_amount", &call.interconnection_amount),
        ] {
            self.amount(field, amount, -MOST_AMOUNT..=MOST_AMOUNT)?;
        }
        Ok(())
    }

    fn site(&self, site: &Site) -> Checked {
        kind("document", &site.document)?;
        let mut numbers: Vec<_> = site.extensions.iter().map(|extension| extension.number).collect();
        numbers.sort_unstable();
        let twice = numbers.windows(2).find(|two| two[0] == two[1]).map(|two| two[0]);
        told(twice.is_none(), "extensions", || {
            format!("must name each extension once; {} is named twice", twice.map(u64::from).unwrap_or_default())
        })
    }

    fn series_end(&self, last: u64) -> Checked {
        told(last < u64::MAX / 2, "last", || "must be a number of at most 18 digits".to_owned())
    }

    fn thing(&self, thing: &Thing) -> Checked {
        match thing {
            Thing::Subscriber { msisdn }
            | Thing::Usage { msisdn, .. }
            | Thing::Product { msisdn, .. }
            | Thing::ProfileLine { msisdn, .. } => self.own("msisdn", msisdn),
            Thing::Call { msisdn, start, .. } => {
                self.own("msisdn", msisdn)?;
                time("start", *start)
            }
            Thing::Site { document, .. } => kind("document", document),
            _ => Ok(()),
        }
    }
}

fn recorded(recording: &Recording) -> Checked {
    time("start", recording.start)?;
    let fits = recording.files.values().all(|bytes| i64::try_from(*bytes).is_ok());
    told(fits, "files", || "must have sizes in bytes".to_owned())
}

fn told(fits: bool, field: &str, reason: impl FnOnce() -> String) -> Checked {
    if fits { Ok(()) } else { Err(format!("{field}: {}", reason())) }
}

/// What a path or a body of the API types as a number: another id could never be asked for.
fn digits(field: &str, id: &impl ToString) -> Checked {
    integer(&id.to_string()).map(|_| ()).map_err(|invalid| format!("{field}: {invalid}"))
}

/// The kind of an identity. Its number was checked as it was read.
fn kind(field: &str, identity: &Identity) -> Checked {
    let kind = &*identity.kind;
    let fits = (1..=LONGEST_KIND).contains(&kind.chars().count()) && trimmed(kind) == kind;
    told(fits, field, || format!("must have a kind of 1 to {LONGEST_KIND} characters, without blanks around it"))
}

fn day_of_month(field: &str, day: u32) -> Checked {
    told((1..=31).contains(&day), field, || "must be a day of the month, from 1 to 31".to_owned())
}

fn date(field: &str, day: NaiveDate) -> Checked {
    told(YEARS.contains(&day.year()), field, || "must be a day of the years 1970 to 9999".to_owned())
}

fn time(field: &str, at: DateTime<Utc>) -> Checked {
    told(YEARS.contains(&at.year()), field, || "must be a time of the years 1970 to 9999".to_owned())
}

fn period(first: (&str, NaiveDate), last: (&str, NaiveDate)) -> Checked {
    date(first.0, first.1)?;
    date(last.0, last.1)?;
    told(first.1 <= last.1, last.0, || format!("must not be before {}", first.0))
}
