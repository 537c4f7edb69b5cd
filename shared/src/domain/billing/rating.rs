//! Rating: from a usage record to its class and its chargeable units. Both belong to the catalogue of the record's day
//! and never to a plan, so a record is rated once, when it comes in; what it costs is a matter of the line's plan.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::class::{Class, Family, Place, Reach, Unit};
use crate::domain::billing::dated::{Dated, Timeline};
use crate::domain::billing::zone::{Zone, Zones};
use crate::domain::call::{CallType, Direction, ServiceType};
use crate::domain::country::Country;
use crate::domain::ids::Dialled;

/// Bytes of one chargeable unit of a data session.
const KILOBYTE: u64 = 1_024;

/// A call, a video call or a message, as far as its price depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// By what means.
    pub service: ServiceType,
    /// As seen from the line.
    pub direction: Direction,
    /// What the network says it is charged as; [`CallType::Unknown`] leaves it to the numbers.
    pub told: CallType,
    /// The number at the other end, calling code first when it is abroad.
    pub other: Dialled,
    /// For a line abroad: the number of the network visited, as the roaming sheet's prefixes have it.
    pub visited: Option<Dialled>,
    /// How long it took; of no meaning for a message.
    pub seconds: u64,
}

/// A usage record with its class and chargeable units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rated {
    /// What it is counted as.
    pub class: Class,
    /// How many [`Class::unit`]s of it are counted.
    pub units: u64,
}

/// Why a record cannot be rated. It waits until the catalogue is mended; it is never free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrated {
    /// The zone sheet has no zone for a number abroad on that day.
    #[error("no zone of {0} numbers has this number on its day")]
    NoZone(&'static str),
    /// A roaming call does not say which network was visited.
    #[error("the record does not say which network was visited")]
    NoNetwork,
    /// The class has no increment on that day.
    #[error("{0} has no increment on this day")]
    NoIncrement(Class),
}

/// From a day on, how the seconds of calls are counted: at least the minimum, then in whole steps. `60/1` is a minute,
/// then seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The first day.
    pub from: NaiveDate,
    /// The least that is counted, in seconds.
    pub minimum: u32,
    /// The step in which more is counted, in seconds, at least 1.
    pub step: std::num::NonZeroU32,
}

impl Dated for Step {
    fn begins(&self) -> NaiveDate {
        self.from
    }
}

impl Step {
    /// The seconds that are counted for so many of a call. A call of zero seconds counts zero.
    pub fn count(self, seconds: u64) -> u64 {
        let minimum = u64::from(self.minimum);
        if seconds == 0 {
            return 0;
        }
        minimum + seconds.saturating_sub(minimum).div_ceil(u64::from(self.step.get())) * u64::from(self.step.get())
    }
}

/// The increments of the classes of a family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Increment {
    /// Whose.
    pub classes: Family,
    /// By day.
    pub steps: Timeline<Step>,
}

/// What of the catalogue decides on class and units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rating {
    /// The zones of numbers abroad.
    pub international: Zones,
    /// The zones of networks visited.
    pub roaming: Zones,
    /// The increments of voice and video calls. Of several that have a class, the most specific one that has begun
    /// decides.
    pub increments: Vec<Increment>,
}

impl Rating {
    /// Rates a call or message of a day. None for what a line receives and does not pay: everything at home, messages
    /// abroad.
    ///
    /// # Errors
    /// What the catalogue lacks on that day.
    pub fn contact(&self, contact: &Contact, day: NaiveDate, country: &Country) -> Result<Option<Rated>, Unrated> {
        let abroad = contact.visited.is_some() || contact.told == CallType::Roaming;
        let received = contact.direction == Direction::In;
        if received && (!abroad || contact.service == ServiceType::Sms) {
            return Ok(None);
        }
        let reach = if abroad {
            Reach::Roaming(zone(&self.roaming, contact.visited.ok_or(Unrated::NoNetwork)?, day, "visited")?)
        } else {
            self.reach(contact, day, country)?
        };
        let class = Class::Contact(contact.service, reach);
        let units = match class.unit() {
            Unit::Message => 1,
            _ => self.step(class, day)?.count(contact.seconds),
        };
        Ok(Some(Rated { class, units }))
    }

    /// Rates a data session: its bytes, rounded up to a kilobyte.
    pub const fn session(bytes: u64, place: Place) -> Rated {
        Rated { class: Class::Data(place), units: bytes.div_ceil(KILOBYTE) }
    }

    /// How far a call from home went. The network's word decides; without it, the number.
    fn reach(&self, contact: &Contact, day: NaiveDate, country: &Country) -> Result<Reach, Unrated> {
        let abroad = match contact.told {
            CallType::OnNet => return Ok(Reach::OnNet),
            CallType::OffNet => return Ok(Reach::OffNet),
            CallType::ClosedGroup => return Ok(Reach::ClosedGroup),
            CallType::International => true,
            CallType::Roaming | CallType::Unknown => is_abroad(contact.other, country),
        };
        if !abroad {
            return Ok(Reach::OffNet);
        }
        zone(&self.international, contact.other, day, "international").map(Reach::International)
    }

    fn step(&self, class: Class, day: NaiveDate) -> Result<Step, Unrated> {
        let own = self.increments.iter().filter(|increment| increment.classes.has(class));
        let begun = own.filter_map(|increment| Some((increment.classes.precision(), *increment.steps.on(day)?)));
        begun.max_by_key(|(precision, _)| *precision).map(|(_, step)| step).ok_or(Unrated::NoIncrement(class))
    }
}

fn zone(zones: &Zones, number: Dialled, day: NaiveDate, kind: &'static str) -> Result<Zone, Unrated> {
    zones.of(number.into(), day).ok_or(Unrated::NoZone(kind))
}

/// Whether a number is another country's: too long for one of this country's, and not begun with its calling code.
fn is_abroad(number: Dialled, country: &Country) -> bool {
    let number = u64::from(number);
    let digits = |number: u64| number.checked_ilog10().map_or(1, |digits| digits as usize + 1);
    let length = digits(number);
    let national = country.calling_code.len() + country.number_length;
    let code = 10_u64.pow(u32::try_from(length.saturating_sub(country.calling_code.len())).unwrap_or_default());
    let own_code = (number / code).to_string() == country.calling_code;
    length > country.number_length && !(length == national && own_code)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn colombia() -> &'static Country {
        Country::by_code("co").unwrap()
    }

    fn rating() -> Rating {
        serde_json::from_value(serde_json::json!({
            "international": [
                { "prefix": "1", "from": "2026-01-01", "zone": "norte" },
                { "prefix": "1809", "from": "2026-01-01", "zone": "caribe" },
            ],
            "roaming": [{ "prefix": "34", "from": "2026-01-01", "zone": "europa" }],
            "increments": [
                { "classes": "voice", "steps": [
                    { "from": "2026-01-01", "minimum": 60, "step": 60 },
                    { "from": "2026-03-01", "minimum": 60, "step": 1 },
                ] },
                { "classes": "voice.intl", "steps": [{ "from": "2026-02-01", "minimum": 30, "step": 6 }] },
            ],
        }))
        .unwrap()
    }

    fn call() -> Contact {
        Contact {
            service: ServiceType::Voice,
            direction: Direction::Out,
            told: CallType::Unknown,
            other: Dialled::try_from(3_001_234_567).unwrap(),
            visited: None,
            seconds: 61,
        }
    }

    fn number(number: u64) -> Dialled {
        Dialled::try_from(number).unwrap()
    }

    fn rated(contact: &Contact, on: &str) -> String {
        match rating().contact(contact, day(on), colombia()) {
            Ok(Some(rated)) => format!("{} {}", rated.class, rated.units),
            Ok(None) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_networks_word_decides_and_else_the_number() {
        let told = |told, other| rated(&Contact { told, other: number(other), ..call() }, "2026-01-10");
        assert_eq!(told(CallType::OnNet, 3_001_234_567), "voice.onnet 120");
        assert_eq!(told(CallType::ClosedGroup, 3_001_234_567), "voice.group 120");
        assert_eq!(told(CallType::International, 18_095_550_101), "voice.intl.caribe 120");
        assert_eq!(told(CallType::Unknown, 12_025_550_101), "voice.intl.norte 120");
        for home in [573_001_234_567, 3_001_234_567, 123, 0] {
            assert_eq!(told(CallType::Unknown, home), "voice.offnet 120", "{home}");
        }
        assert_eq!(
            told(CallType::Unknown, 442_071_234_567),
            "no zone of international numbers has this number on its day"
        );
    }

    #[test]
    fn a_line_abroad_pays_by_the_network_visited() {
        let abroad = Contact { visited: Some(number(34_600_000_000)), told: CallType::OnNet, ..call() };
        assert_eq!(rated(&abroad, "2026-01-10"), "voice.roam.europa 120");
        assert_eq!(rated(&Contact { direction: Direction::In, ..abroad }, "2026-01-10"), "voice.roam.europa 120");
        let message = Contact { service: ServiceType::Sms, ..abroad };
        assert_eq!(rated(&message, "2026-01-10"), "sms.roam.europa 1");
        assert_eq!(rated(&Contact { direction: Direction::In, ..message }, "2026-01-10"), "nothing");
        assert_eq!(rated(&Contact { direction: Direction::In, ..call() }, "2026-01-10"), "nothing");
        let unknown = Contact { told: CallType::Roaming, ..call() };
        assert_eq!(rated(&unknown, "2026-01-10"), "the record does not say which network was visited");
    }

    #[test]
    fn an_increment_is_that_of_the_class_and_the_day() {
        assert_eq!(rated(&call(), "2026-02-28"), "voice.offnet 120");
        assert_eq!(rated(&call(), "2026-03-01"), "voice.offnet 61");
        assert_eq!(rated(&call(), "2025-12-31"), "voice.offnet has no increment on this day");
        let abroad = Contact { other: number(12_025_550_101), ..call() };
        assert_eq!(rated(&abroad, "2026-01-31"), "voice.intl.norte 120", "the narrower one has not begun");
        assert_eq!(rated(&abroad, "2026-02-01"), "voice.intl.norte 66");
    }

    #[test]
    fn seconds_are_counted_from_the_minimum_in_steps() {
        let count = |minimum, step: u32, seconds| {
            Step { from: day("2026-01-01"), minimum, step: step.try_into().unwrap() }.count(seconds)
        };
        assert_eq!([count(60, 60, 1), count(60, 60, 60), count(60, 60, 61)], [60, 60, 120]);
        assert_eq!([count(60, 1, 1), count(60, 1, 61)], [60, 61]);
        assert_eq!([count(1, 1, 1), count(0, 1, 59)], [1, 59]);
        assert_eq!([count(30, 6, 29), count(30, 6, 31), count(30, 6, 36), count(30, 6, 37)], [30, 36, 36, 42]);
    }

    #[test]
    fn a_call_of_zero_seconds_counts_nothing() {
        assert_eq!(rated(&Contact { seconds: 0, ..call() }, "2026-01-10"), "voice.offnet 0");
        let message = Contact { seconds: 0, service: ServiceType::Sms, ..call() };
        assert_eq!(rated(&message, "2026-01-10"), "sms.offnet 1", "a message has no seconds, and counts");
    }

    #[test]
    fn a_session_is_rounded_up_to_a_kilobyte() {
        let units = |bytes| Rating::session(bytes, Place::Home).units;
        assert_eq!([units(0), units(1), units(1_024), units(1_025), units(u64::MAX)], [0, 1, 1, 2, 1 << 54]);
        assert_eq!(Rating::session(1, Place::Roaming).class.to_string(), "data.roam");
    }

    proptest! {
        #[test]
        fn no_second_is_lost(minimum in 0..120_u32, step in 1..120_u32, seconds in 1..100_000_u64) {
            let step = Step { from: day("2026-01-01"), minimum, step: step.try_into().unwrap() };
            let units = step.count(seconds);
            prop_assert!(units >= seconds.max(u64::from(minimum)));
            prop_assert!(units < seconds.max(u64::from(minimum)) + u64::from(step.step.get()));
        }

        #[test]
        fn numbers_of_the_country_are_at_home(at in 0..Country::ALL.len(), digits in 10_000_000_000_u64..100_000_000_000) {
            let country = &Country::ALL[at];
            let local = &digits.to_string()[..country.number_length];
            let whole = format!("{}{local}", country.calling_code);
            for text in [local, &whole] {
                prop_assert!(!is_abroad(number(text.parse().unwrap()), country), "{}", text);
            }
            let longer = format!("9{whole}");
            prop_assert!(is_abroad(number(longer.parse().unwrap()), country));
        }
    }
}
