//! What bills say, in the countries' language.

use crate::domain::billing::class::{Class, Place, Reach, Unit};
use crate::domain::billing::price::Many;
use crate::domain::call::ServiceType;

/// Usage of a class.
pub fn usage(class: Class) -> String {
    let (service, reach) = match class {
        Class::Data(Place::Home) => return "Datos".to_owned(),
        Class::Data(Place::Roaming) => return "Datos en roaming".to_owned(),
        Class::Contact(service, reach) => (service, reach),
    };
    let what = match service {
        ServiceType::Voice => "Llamadas",
        ServiceType::Sms => "Mensajes",
        ServiceType::Video => "Videollamadas",
    };
    match reach {
        Reach::OnNet => format!("{what} a la misma red"),
        Reach::OffNet => format!("{what} a otras redes"),
        Reach::ClosedGroup => format!("{what} del grupo cerrado"),
        Reach::International(zone) => format!("{what} internacionales, zona {zone}"),
        Reach::Roaming(zone) => format!("{what} en roaming, zona {zone}"),
    }
}

/// A unit of usage.
pub const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Second => "s",
        Unit::Message => "mensajes",
        Unit::Kilobyte => "KB",
    }
}

/// Apps that are not named.
pub const OTHER_APPS: &str = "Otras";

/// What follows the name of a charge in advance.
pub const ADVANCE: &str = "cobro anticipado, se liquida en la próxima factura";

/// So many days of a month's price: `16/31 días`; of several lines or pieces how many there were of each, `2 × 16/31 días`.
pub fn days(times: u64, of: u32, many: Option<Many>) -> String {
    let share = share(times, of, many);
    if many == Some(Many::Apart) { share } else { format!("{share} días") }
}

/// The same as a quantity: `16/31`, `2 × 16/31`; where only the sum of the days says something, in words.
pub fn share(times: u64, of: u32, many: Option<Many>) -> String {
    match many {
        None => format!("{times}/{of}"),
        Some(Many::Alike(count)) => format!("{count} × {}/{of}", times / count),
        Some(Many::Apart) => format!("{times} días sumados, en un mes de {of}"),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn no_month_has_more_days_than_it_has() {
        let two = NonZeroU64::new(2).map(Many::Alike);
        assert_eq!(days(16, 31, None), "16/31 días");
        assert_eq!((days(32, 31, two), share(32, 31, two)), ("2 × 16/31 días".to_owned(), "2 × 16/31".to_owned()));
        assert_eq!(days(28, 28, two), "2 × 14/28 días");
        assert_eq!(days(63, 31, Some(Many::Apart)), "63 días sumados, en un mes de 31");
    }
}
