//! Usage classes: what is counted apart on a bill. Included units, prices and increments are all given by class.
//!
//! A class has one canonical text: `voice.onnet`, `voice.offnet`, `voice.group`, `voice.intl.<zone>`,
//! `voice.roam.<zone>`, the same five of `sms` and `video`, `data.home` and `data.roam`. The classes of a family are
//! named by the beginning of that text: `voice`, `sms.intl`, `data`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::billing::zone::Zone;
use crate::domain::call::ServiceType;
use crate::error::Invalid;

const WRONG_CLASS: Invalid = Invalid::new(
    "must be a usage class: voice, sms or video with .onnet, .offnet, .group, .intl.<zone> or .roam.<zone>, or data.home or data.roam",
);
const WRONG_FAMILY: Invalid = Invalid::new("must be the beginning of usage classes, such as voice or sms.intl");

/// What is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Class {
    /// Calls and messages.
    Contact(ServiceType, Reach),
    /// Data sessions.
    Data(Place),
}

/// How far a call or message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// To a line of the company.
    OnNet,
    /// To another company's line in the country.
    OffNet,
    /// Within a closed user group.
    ClosedGroup,
    /// From home to a number abroad, by the zone of that number.
    International(Zone),
    /// From or to a line abroad, by the zone of the network visited.
    Roaming(Zone),
}

/// Where a data session took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the company's network.
    Home,
    /// In another one.
    Roaming,
}

/// What units of a class are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds of a voice or video call.
    Second,
    /// Messages.
    Message,
    /// 1,024 bytes of a data session.
    Kilobyte,
}

impl Unit {
    /// The word for one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Message => "message",
            Self::Kilobyte => "kilobyte",
        }
    }
}

impl Class {
    /// What its units are.
    pub const fn unit(self) -> Unit {
        self.parts().0.unit()
    }

    /// A form of fixed length, for digests.
    pub fn bytes(self) -> [u8; 17] {
        let (head, way, zone) = self.parts();
        let mut bytes = [0; 17];
        // The second letters of the first words differ.
        bytes[0] = head.word().as_bytes()[1];
        bytes[1] = way as u8;
        bytes[2..].copy_from_slice(&zone.map_or([0; 15], Zone::bytes));
        bytes
    }

    const fn parts(self) -> (Head, Way, Option<Zone>) {
        let (service, reach) = match self {
            Self::Data(Place::Home) => return (Head::Data, Way::Home, None),
            Self::Data(Place::Roaming) => return (Head::Data, Way::Roaming, None),
            Self::Contact(service, reach) => (service, reach),
        };
        match reach {
            Reach::OnNet => (Head::Contact(service), Way::OnNet, None),
            Reach::OffNet => (Head::Contact(service), Way::OffNet, None),
            Reach::ClosedGroup => (Head::Contact(service), Way::ClosedGroup, None),
            Reach::International(zone) => (Head::Contact(service), Way::International, Some(zone)),
            Reach::Roaming(zone) => (Head::Contact(service), Way::Roaming, Some(zone)),
        }
    }
}

/// The first word of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Head {
    Contact(ServiceType),
    Data,
}

impl Head {
    const fn word(self) -> &'static str {
        match self {
            Self::Contact(ServiceType::Voice) => "voice",
            Self::Contact(ServiceType::Sms) => "sms",
            Self::Contact(ServiceType::Video) => "video",
            Self::Data => "data",
        }
    }

    const fn unit(self) -> Unit {
        match self {
            Self::Contact(ServiceType::Sms) => Unit::Message,
            Self::Contact(ServiceType::Voice | ServiceType::Video) => Unit::Second,
            Self::Data => Unit::Kilobyte,
        }
    }

    fn read(word: &str) -> Option<Self> {
        let contacts = [ServiceType::Voice, ServiceType::Sms, ServiceType::Video].map(Self::Contact);
        contacts.into_iter().chain([Self::Data]).find(|head| head.word() == word)
    }
}

/// The second word of a class. Digests know it by its place in this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Way {
    OnNet,
    OffNet,
    ClosedGroup,
    International,
    Roaming,
    Home,
}

impl Way {
    const fn word(self) -> &'static str {
        match self {
            Self::OnNet => "onnet",
            Self::OffNet => "offnet",
            Self::ClosedGroup => "group",
            Self::International => "intl",
            Self::Roaming => "roam",
            Self::Home => "home",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, way, zone) = self.parts();
        write!(f, "{}.{}", head.word(), way.word())?;
        zone.map_or(Ok(()), |zone| write!(f, ".{zone}"))
    }
}

impl FromStr for Class {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (head, rest) = text.split_once('.').ok_or(WRONG_CLASS)?;
        let service = match Head::read(head).ok_or(WRONG_CLASS)? {
            Head::Contact(service) => service,
            Head::Data if rest == Way::Home.word() => return Ok(Self::Data(Place::Home)),
            Head::Data if rest == Way::Roaming.word() => return Ok(Self::Data(Place::Roaming)),
            Head::Data => return Err(WRONG_CLASS),
        };
        let reach = match (rest, rest.split_once('.')) {
            ("onnet", _) => Reach::OnNet,
            ("offnet", _) => Reach::OffNet,
            ("group", _) => Reach::ClosedGroup,
            (_, Some(("intl", zone))) => Reach::International(zone.parse()?),
            (_, Some(("roam", zone))) => Reach::Roaming(zone.parse()?),
            _ => return Err(WRONG_CLASS),
        };
        Ok(Self::Contact(service, reach))
    }
}

impl TryFrom<String> for Class {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Class> for String {
    fn from(class: Class) -> Self {
        class.to_string()
    }
}

/// One class, or all whose text begins alike: `voice` is every voice class, `voice.intl` the international ones,
/// `voice.intl.andina` those of one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Family {
    head: Head,
    way: Option<Way>,
    zone: Option<Zone>,
}

impl Family {
    /// Whether a class belongs to it.
    pub fn has(self, class: Class) -> bool {
        let (head, way, zone) = class.parts();
        self.head == head && self.way.is_none_or(|own| own == way) && self.zone.is_none_or(|own| Some(own) == zone)
    }

    /// What units of its classes are.
    pub const fn unit(self) -> Unit {
        self.head.unit()
    }

    /// The same of all zones.
    #[must_use]
    pub const fn of_all_zones(self) -> Self {
        Self { zone: None, ..self }
    }

    /// How narrow it is: of two families that have a class, the one with the higher number is the more specific.
    pub const fn precision(self) -> u8 {
        match (self.way, self.zone) {
            (None, _) => 0,
            (Some(_), None) => 1,
            (Some(_), Some(_)) => 2,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.head.word())?;
        self.way.map_or(Ok(()), |way| write!(f, ".{}", way.word()))?;
        self.zone.map_or(Ok(()), |zone| write!(f, ".{zone}"))
    }
}

impl FromStr for Family {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Ok(class) = text.parse::<Class>() {
            let (head, way, zone) = class.parts();
            return Ok(Self { head, way: Some(way), zone });
        }
        let (head, way) = match text.split_once('.') {
            None => (text, None),
            Some((head, "intl")) => (head, Some(Way::International)),
            Some((head, "roam")) => (head, Some(Way::Roaming)),
            Some(_) => return Err(WRONG_FAMILY),
        };
        match Head::read(head) {
            Some(Head::Data) if way.is_some() => Err(WRONG_FAMILY),
            Some(head) => Ok(Self { head, way, zone: None }),
            None => Err(WRONG_FAMILY),
        }
    }
}

impl TryFrom<String> for Family {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Family> for String {
    fn from(family: Family) -> Self {
        family.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: [&str; 9] = [
        "voice.onnet",
        "voice.offnet",
        "voice.group",
        "voice.intl.andina",
        "sms.roam.zone-2",
        "sms.onnet",
        "video.offnet",
        "data.home",
        "data.roam",
    ];

    #[test]
    fn a_class_has_one_text() {
        for text in CLASSES {
            let class: Class = text.parse().unwrap();
            assert_eq!(class.to_string(), text);
            let alike = CLASSES.iter().filter(|other| other.parse::<Class>().unwrap().bytes() == class.bytes());
            assert_eq!(alike.collect::<Vec<_>>(), [&text]);
            assert_eq!(serde_json::to_value(class).unwrap(), text);
            assert_eq!(serde_json::from_value::<Class>(text.into()).unwrap(), class);
        }
        for text in [
            "",
            "voice",
            "voice.",
            "voice.intl",
            "voice.intl.",
            "voice.home",
            "data.onnet",
            "data",
            "Voice.onnet",
            "fax.onnet",
            "voice.onnet.x",
            "voice.roam.a.b",
        ] {
            assert!(text.parse::<Class>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_family_has_the_classes_that_begin_like_it() {
        let of = |family: &str| {
            let family: Family = family.parse().unwrap();
            CLASSES.into_iter().filter(|class| family.has(class.parse().unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(of("voice"), CLASSES[..4]);
        assert_eq!(of("voice.intl"), ["voice.intl.andina"]);
        assert_eq!(of("voice.intl.andina"), ["voice.intl.andina"]);
        assert!(of("voice.intl.norte").is_empty());
        assert_eq!(of("data"), ["data.home", "data.roam"]);
        assert_eq!(of("data.roam"), ["data.roam"]);
        for text in ["", "v", "voice.home", "intl", "data.intl", "voice.intl."] {
            assert!(text.parse::<Family>().is_err(), "{text:?}");
        }
        let precision = |text: &str| text.parse::<Family>().unwrap().precision();
        assert!(precision("voice") < precision("voice.intl"));
        assert!(precision("voice.intl") < precision("voice.intl.andina"));
    }

    #[test]
    fn units_follow_from_the_class() {
        let unit = |text: &str| text.parse::<Class>().unwrap().unit();
        assert_eq!(
            [unit("voice.onnet"), unit("video.group"), unit("sms.offnet"), unit("data.roam")],
            [Unit::Second, Unit::Second, Unit::Message, Unit::Kilobyte]
        );
    }
}
