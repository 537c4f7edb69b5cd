//! What bills say, in the countries' language.

use crate::domain::billing::class::{Class, Place, Reach, Unit};
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

/// So many days of a month's price.
pub fn days(times: u64, of: u32) -> String {
    format!("{times}/{of} días")
}
