//! Records of calls and messages.

use chrono::{DateTime, Duration, FixedOffset, Utc};

use crate::domain::call::{CallType, Direction, ServiceType};
use crate::domain::country::Country;
use crate::domain::ids::{Dialled, RecordId};
use crate::domain::money::{Currency, Money};
use crate::domain::msisdn::Msisdn;
use crate::domain::records::row::{Columns, Reject, Row, required};
use crate::domain::text::is_control;
use crate::error::Invalid;

/// The columns of a call.
pub static COLUMNS: Columns = Columns {
    names: &[
        "id",
        "msisdn",
        "start",
        "called",
        "seconds",
        "end",
        "calling",
        "service",
        "direction",
        "kind",
        "visited",
        "company",
        "place",
        "currency",
        "amount",
        "air_seconds",
        "air_amount",
        "interconnection_seconds",
        "interconnection_amount",
    ],
    required: 4,
};
const ID: usize = 0;
const MSISDN: usize = 1;
const START: usize = 2;
const CALLED: usize = 3;
const SECONDS: usize = 4;
const END: usize = 5;
const CALLING: usize = 6;
const SERVICE: usize = 7;
const DIRECTION: usize = 8;
const KIND: usize = 9;
const VISITED: usize = 10;
const COMPANY: usize = 11;
const PLACE: usize = 12;
const CURRENCY: usize = 13;
const AMOUNT: usize = 14;
const AIR_SECONDS: usize = 15;
const AIR_AMOUNT: usize = 16;
const INTERCONNECTION_SECONDS: usize = 17;
const INTERCONNECTION_AMOUNT: usize = 18;

/// The longest call; networks cut a call after a day at the latest.
const LONGEST: u64 = 24 * 60 * 60;
/// The most characters of a company's or a place's name.
const LONGEST_NAME: usize = 64;

/// A call or message, as its record tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The record's own name.
    pub id: RecordId,
    /// The line.
    pub msisdn: Msisdn,
    /// When it began.
    pub start: DateTime<Utc>,
    /// How long it took, in seconds; 0 for a message.
    pub seconds: u32,
    /// By what means.
    pub service: ServiceType,
    /// As seen from the line.
    pub direction: Direction,
    /// The number that called.
    pub calling: Dialled,
    /// The number called.
    pub called: Dialled,
    /// What the network says it is charged as.
    pub kind: CallType,
    /// For a line abroad: the network visited.
    pub visited: Option<Dialled>,
    /// The operator of the number called.
    pub company: String,
    /// Where it was made.
    pub place: String,
    /// What the network says of its price, which is shown and not billed.
    pub told: Told,
}

/// What a record tells of a call's price; nothing where the price is ours to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// The whole charge.
    pub amount: Option<Money>,
    /// Seconds of air time charged.
    pub air_seconds: Option<u32>,
    /// The charge for them.
    pub air_amount: Option<Money>,
    /// Seconds of interconnection charged.
    pub interconnection_seconds: Option<u32>,
    /// The charge for them.
    pub interconnection_amount: Option<Money>,
}

impl CallRecord {
    /// Reads a row.
    ///
    /// # Errors
    /// The first column that is wrong, and why.
    pub fn read(row: &Row<'_>, country: &Country) -> Result<Self, Reject> {
        let columns = &COLUMNS;
        let msisdn = line(row, columns, MSISDN, country)?;
        let zone = country.zone();
        let start = required(row.time(columns, START, zone)?, "start")?;
        let service = row.read(columns, SERVICE, service)?.unwrap_or(ServiceType::Voice);
        let seconds = match service {
            ServiceType::Sms => 0,
            ServiceType::Voice | ServiceType::Video => required(duration(row, start, zone)?, "seconds")?,
        };
        let own: Dialled = number(msisdn.as_str()).map_err(|invalid| Reject { column: None, reason: invalid.0 })?;
        Ok(Self {
            id: required(row.get(columns, ID)?, "id")?,
            start,
            seconds,
            service,
            direction: row.get(columns, DIRECTION)?.unwrap_or(Direction::Out),
            calling: row.read(columns, CALLING, number)?.unwrap_or(own),
            called: required(row.read(columns, CALLED, number)?, "called")?,
            kind: row.read(columns, KIND, kind)?.unwrap_or(CallType::Unknown),
            visited: row.read(columns, VISITED, number)?,
            company: row.read(columns, COMPANY, name)?.unwrap_or_default(),
            place: row.read(columns, PLACE, name)?.unwrap_or_default(),
            told: told(row, country)?,
            msisdn,
        })
    }

    /// The number at the other end of the line.
    pub const fn other(&self) -> Dialled {
        match self.direction {
            Direction::In => self.calling,
            Direction::Out => self.called,
        }
    }
}

/// The line that a row is about.
///
/// # Errors
/// When it is no number of the country, or missing.
pub(super) fn line(row: &Row<'_>, columns: &Columns, column: usize, country: &Country) -> Result<Msisdn, Reject> {
    required(row.read(columns, column, |text| Msisdn::parse(text, country))?, "msisdn")
}

/// How long a call took: told, or the time to its end; both must agree.
fn duration(row: &Row<'_>, start: DateTime<Utc>, zone: FixedOffset) -> Result<Option<u32>, Reject> {
    let seconds = row.number(&COLUMNS, SECONDS, LONGEST)?;
    let measured = ended(row, &COLUMNS, END, start, zone, LONGEST)?;
    if measured.is_some_and(|measured| seconds.is_some_and(|seconds| seconds != measured)) {
        return Err(Reject::column("seconds", "must be the time from start to end"));
    }
    Ok(seconds.or(measured).and_then(|seconds| u32::try_from(seconds).ok()))
}

/// The seconds to a row's end, where it tells one.
///
/// # Errors
/// When it ends before it starts, or lasts longer than `most` seconds.
pub(super) fn ended(
    row: &Row<'_>,
    columns: &Columns,
    column: usize,
    start: DateTime<Utc>,
    zone: FixedOffset,
    most: u64,
) -> Result<Option<u64>, Reject> {
    let Some(end) = row.time(columns, column, zone)? else { return Ok(None) };
    match u64::try_from((end - start).num_seconds()) {
        Ok(seconds) if seconds <= most => Ok(Some(seconds)),
        Ok(_) => Err(const { Reject::column("end", "must not be so long after the start") }),
        Err(_) => Err(const { Reject::column("end", "must not be before the start") }),
    }
}

/// Whether a start lies further ahead than clocks differ: more than a day.
///
/// # Errors
/// When it does.
pub fn not_ahead(start: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Reject> {
    let ahead = start - now > Duration::days(1);
    if ahead { Err(const { Reject::column("start", "must not be more than a day in the future") }) } else { Ok(()) }
}

/// Digits, with an optional `+`.
pub(super) fn number(text: &str) -> Result<Dialled, Invalid> {
    const FORM: Invalid = Invalid::new("must be a number of at most 18 digits, after an optional +");
    let digits = text.strip_prefix('+').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u64> = plain.then(|| digits.parse().ok()).flatten();
    number.ok_or(FORM)?.try_into()
}

fn service(text: &str) -> Result<ServiceType, Invalid> {
    let all = [ServiceType::Voice, ServiceType::Sms, ServiceType::Video];
    let found = all.into_iter().find(|one| one.as_str() == text);
    found.ok_or(const { Invalid::new("must be one of VOICE, SMS, VIDEO") })
}

fn kind(text: &str) -> Result<CallType, Invalid> {
    use CallType::{ClosedGroup, International, OffNet, OnNet, Roaming, Unknown};
    let all = [OnNet, OffNet, ClosedGroup, International, Roaming, Unknown];
    let found = all.into_iter().find(|one| one.as_str() == text);
    found.ok_or(const { Invalid::new("must be one of ONNET, OFFNET, CUG, LDI, Roaming, n/a") })
}

fn name(text: &str) -> Result<String, Invalid> {
    let good = text.chars().count() <= LONGEST_NAME && !text.chars().any(is_control);
    good.then(|| text.to_owned())
        .ok_or(const { Invalid::new("must have at most 64 characters, none of them a control character") })
}

/// The country's currency is the only one; a record that names another one is none of ours.
///
/// # Errors
/// Another currency.
pub(super) fn currency(row: &Row<'_>, columns: &Columns, column: usize, country: &Country) -> Result<Currency, Reject> {
    let own = country.currency;
    row.read(columns, column, |code| {
        if code == own.code { Ok(own) } else { Err(const { Invalid::new("must be the country's currency") }) }
    })
    .map(|told| told.unwrap_or(own))
}

fn told(row: &Row<'_>, country: &Country) -> Result<Told, Reject> {
    let own = currency(row, &COLUMNS, CURRENCY, country)?;
    let money = |column| {
        row.read(&COLUMNS, column, |text| {
            let amount = Money::parse(text, own)?;
            if amount.minor < 0 { Err(const { Invalid::new("must not be below zero") }) } else { Ok(amount) }
        })
    };
    let seconds =
        |column| row.number(&COLUMNS, column, LONGEST).map(|told| told.and_then(|told| u32::try_from(told).ok()));
    Ok(Told {
        amount: money(AMOUNT)?,
        air_seconds: seconds(AIR_SECONDS)?,
        air_amount: money(AIR_AMOUNT)?,
        interconnection_seconds: seconds(INTERCONNECTION_SECONDS)?,
        interconnection_amount: money(INTERCONNECTION_AMOUNT)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::records::json;

    fn read(line: &str) -> Result<CallRecord, String> {
        let row = json::row(line, &COLUMNS).map_err(|reject| reject.to_string())?;
        CallRecord::read(&row, Country::by_code("co").unwrap()).map_err(|reject| reject.to_string())
    }

    const CALL: &str = r#""id":"r1","msisdn":"3001234567","start":"2026-03-10T10:00:00","called":"+18095550101""#;

    fn with(more: &str) -> Result<CallRecord, String> {
        read(&format!("{{{CALL},{more}}}"))
    }

    #[test]
    fn what_is_not_told_is_usual() {
        let call = with(r#""seconds":61"#).unwrap();
        assert_eq!(call.start.to_rfc3339(), "2026-03-10T15:00:00+00:00");
        assert_eq!((call.seconds, call.service, call.direction), (61, ServiceType::Voice, Direction::Out));
        assert_eq!((call.kind, call.visited, call.told), (CallType::Unknown, None, Told::default()));
        assert_eq!(u64::from(call.calling), 573_001_234_567);
        assert_eq!(call.other(), call.called);
    }

    #[test]
    fn the_end_is_as_good_as_the_duration() {
        assert_eq!(with(r#""end":"2026-03-10T15:01:01Z""#).unwrap().seconds, 61);
        assert_eq!(with(r#""end":"2026-03-10T10:01:01","seconds":"61""#).unwrap().seconds, 61);
        assert_eq!(with(r#""service":"SMS""#).unwrap().seconds, 0);
        assert_eq!(with(r#""seconds":0"#).unwrap().seconds, 0);
        assert_eq!(with(r#""seconds":86400"#).unwrap().seconds, 86_400);
    }

    #[test]
    fn what_the_network_says_of_the_price_is_taken_down() {
        let told = with(r#""seconds":1,"currency":"COP","amount":"12.50","air_seconds":60"#).unwrap().told;
        assert_eq!(told.amount, Some(Money { minor: 1_250, currency: Currency::COP }));
        assert_eq!((told.air_seconds, told.air_amount), (Some(60), None));
    }

    #[test]
    fn a_record_that_cannot_be_is_refused() {
        for (more, reason) in [
            (r#""seconds":-1"#, "seconds: must be a whole number"),
            (r#""seconds":86401"#, "seconds: must be at most 86400"),
            (r#""seconds":"1e3""#, "seconds: must be a whole number"),
            (r#""seconds":99999999999999999999999"#, "invalid type"),
            (r#""place":"x""#, "seconds: must be given"),
            (r#""end":"2026-03-10T09:59:59""#, "end: must not be before the start"),
            (r#""end":"2026-03-12T09:59:59""#, "end: must not be so long after"),
            (r#""end":"2026-03-10T10:00:05","seconds":6"#, "seconds: must be the time"),
            (r#""end":"2026-03-10""#, "end: must be ISO 8601"),
            (r#""seconds":1,"currency":"USD""#, "currency: must be the country"),
            (r#""seconds":1,"amount":"-1""#, "amount: must not be below"),
            (r#""seconds":1,"service":"FAX""#, "service: must be one of"),
            (r#""seconds":1,"direction":"UP""#, "direction: must be one of"),
            (r#""seconds":1,"kind":"onnet""#, "kind: must be one of"),
            (r#""seconds":1,"visited":"x""#, "visited: must be a number"),
            (r#""seconds":1,"calling":"++1""#, "calling: must be a number"),
        ] {
            let found = with(more).unwrap_err();
            assert!(found.starts_with(reason), "{more}: {found}");
        }
        for (line, reason) in [
            ("{}", "msisdn: must be given"),
            (r#"{"msisdn":"300"}"#, "msisdn: must be a phone number"),
            (r#"{"msisdn":"3001234567"}"#, "start: must be given"),
            (r#"{"msisdn":"3001234567","start":"yesterday"}"#, "start: must be ISO 8601"),
            (r#"{"msisdn":"3001234567","start":"2026-03-10T10:00:00","service":"SMS"}"#, "id: must be given"),
            (
                r#"{"id":"a b","msisdn":"3001234567","start":"2026-03-10T10:00:00","service":"SMS"}"#,
                "id: must be 1 to 64",
            ),
            (
                r#"{"id":"a","msisdn":"3001234567","start":"2026-03-10T10:00:00","service":"SMS"}"#,
                "called: must be given",
            ),
        ] {
            let found = read(line).unwrap_err();
            assert!(found.starts_with(reason), "{line}: {found}");
        }
    }

    #[test]
    fn a_day_ahead_is_the_most() {
        let now: DateTime<Utc> = "2026-03-10T10:00:00Z".parse().unwrap();
        assert!(not_ahead(now + Duration::days(1), now).is_ok());
        assert!(not_ahead(now + Duration::days(1) + Duration::seconds(1), now).is_err());
    }
}
