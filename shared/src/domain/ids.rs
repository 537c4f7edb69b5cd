//! Identifiers. Each is a type of its own, so that one cannot be passed for another.
//!
//! The only way to make one is [`FromStr`](std::str::FromStr), which serde uses too.

use serde::{Deserialize, Serialize};

use super::text::is_control;
use crate::error::Invalid;

/// Longest identifier, in characters.
const LONGEST: usize = 64;

/// A text newtype whose only constructor is the given check.
macro_rules! text_type {
    ($(#[$meaning:meta])* $name:ident, $check:ident) => {
        $(#[$meaning])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                $check(&text).map(|()| Self(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                text.to_owned().try_into()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_type!(
    /// A customer: the party that contracts and is billed, and that a client may or may not see.
    CustomerCode, check_id
);
text_type!(
    /// An account of a customer.
    AccountId, check_id
);
text_type!(
    /// A profile of an account.
    ProfileId, check_id
);
text_type!(
    /// A contract.
    ContractId, check_id
);
text_type!(
    /// A billing group of a customer.
    GroupId, check_id
);
text_type!(
    /// A bill.
    BillNumber, check_id
);
text_type!(
    /// A series of bill numbers.
    SeriesId, check_id
);
text_type!(
    /// A bill run: its day, and for a run by hand what tells it from the others of the day.
    RunId, check_id
);
text_type!(
    /// A plan of the catalogue.
    PlanId, check_id
);
text_type!(
    /// An offer of the catalogue.
    OfferId, check_id
);
text_type!(
    /// A service of the catalogue (part number).
    Partnum, check_id
);
text_type!(
    /// A client of the API.
    ClientId, check_id
);
text_type!(
    /// The name of an event.
    EventName, check_id
);
text_type!(
    /// A subscriber's request (upgrade or subscription).
    RequestId, check_id
);
text_type!(
    /// The file that a usage record came from.
    SourceId, check_id
);
text_type!(
    /// Which stream of usage files: a switch, a gateway, a partner.
    StreamId, check_id
);
text_type!(
    /// Which usage file of a stream; its versions have the same name.
    FileName, check_id
);
text_type!(
    /// A CDR's id, unique for the line.
    RecordId, check_id
);
text_type!(
    /// A site of a customer.
    SiteId, check_id
);
text_type!(
    /// A document of a customer; also the name of its file.
    DocumentName, check_id
);
text_type!(
    /// An operator's credit or debit, unique in its contract.
    AdjustmentId, check_id
);
text_type!(
    /// A payment, as whoever takes the money calls it; unique in the country.
    PaymentId, check_id
);
text_type!(
    /// Which allowance of a plan.
    AllowanceId, check_id
);
text_type!(
    /// How something is taxed; the country's profile says at which rate on which day.
    TaxClass, check_id
);

impl Default for TaxClass {
    fn default() -> Self {
        Self("standard".to_owned())
    }
}

text_type!(
    /// An app as usage records name it: 1-64 characters of any script, none of them a control character.
    AppName, check_name
);

/// The largest number of 18 digits, the limit in the documents.
const LARGEST: u64 = 999_999_999_999_999_999;

/// A number newtype of at most 18 digits. Its text has digits only.
macro_rules! number_type {
    ($(#[$meaning:meta])* $name:ident) => {
        $(#[$meaning])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u64", into = "u64")]
        pub struct $name(u64);

        impl TryFrom<u64> for $name {
            type Error = Invalid;

            fn try_from(number: u64) -> Result<Self, Invalid> {
                let fits = number <= LARGEST;
                fits.then_some(Self(number)).ok_or(const { Invalid::new("must be a number of at most 18 digits") })
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

number_type!(
    /// A recorded call.
    #[derive(Debug)]
    CallId
);
number_type!(
    /// An extension of a company's telephone system.
    #[derive(Debug)]
    Extension
);
number_type!(
    /// A number as dialled, of any network, short numbers included. Leading zeros are lost: documents show it as a
    /// number.
    Dialled
);

/// Masked, because it may be a person's number.
impl std::fmt::Debug for Dialled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dialled(..{:02})", self.0 % 100)
    }
}

/// Without `#`, `/` and blanks an id is safe in a key, a path and a log line.
fn check_id(text: &str) -> Result<(), Invalid> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let good = (1..=LONGEST).contains(&text.len()) && text.bytes().all(plain);
    good.then_some(()).ok_or(const { Invalid::new("must be 1 to 64 letters, digits, dots, underscores or dashes") })
}

fn check_name(text: &str) -> Result<(), Invalid> {
    let good = (1..=LONGEST).contains(&text.chars().count()) && !text.chars().any(is_control);
    good.then_some(()).ok_or(const { Invalid::new("must be 1 to 64 characters, none of them a control character") })
}

impl BillNumber {
    /// What tells it from other numbers: its letters, in capitals, and its digits. Dashes make no other number, for tax offices leave
    /// them out.
    pub fn bare(&self) -> String {
        Some(bare(&self.0)).filter(|bare| !bare.is_empty()).unwrap_or_else(|| self.0.clone())
    }
}

/// The letters, in capitals, and the digits of a number or of its beginning.
pub fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_short_and_plain() {
        for text in ["1001", "a", "PLAN_5G-10.gb", ".", &"x".repeat(64)] {
            assert_eq!(text.parse::<PlanId>().unwrap().as_str(), text);
        }
        for text in ["", "a b", "a#b", "a/b", "é", "a\n", "a\0", "١", &"x".repeat(65)] {
            assert!(text.parse::<PlanId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_app_has_a_name_in_any_script() {
        for text in ["Vídeo Más", "微信", "Мир", "A#1", &"é".repeat(64)] {
            assert_eq!(text.parse::<AppName>().unwrap().to_string(), text);
        }
        for text in ["", "a\tb", "a\u{7f}", "a\u{85}", "a\u{202e}b", &"é".repeat(65)] {
            assert!(text.parse::<AppName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_number_has_at_most_18_digits() {
        let most = CallId::try_from(LARGEST).unwrap();
        assert_eq!(most.to_string().len(), 18);
        assert!(CallId::try_from(LARGEST + 1).is_err());
        assert_eq!(serde_json::to_string(&most).unwrap(), most.to_string());
        assert_eq!(serde_json::from_str::<Extension>("6015550101").map(u64::from).unwrap(), 6_015_550_101);
        for text in ["-1", "1.5", "\"7\"", "1000000000000000000"] {
            assert!(serde_json::from_str::<Dialled>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reading_with_serde_goes_through_the_same_door() {
        let code: CustomerCode = serde_json::from_str("\"1001\"").unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"1001\"");
        assert!(serde_json::from_str::<CustomerCode>("\"10 01\"").is_err());
        assert!(serde_json::from_str::<CustomerCode>("1001").is_err());
        assert!(serde_json::from_str::<AppName>("\"\"").is_err());
    }

    proptest! {
        #[test]
        fn the_two_doors_agree(text in any::<String>()) {
            let read = serde_json::from_value::<AppName>(text.clone().into()).ok();
            prop_assert_eq!(text.parse::<AppName>().ok(), read);
            let read = serde_json::from_value::<SourceId>(text.clone().into()).ok();
            prop_assert_eq!(text.parse::<SourceId>().ok(), read);
        }

        #[test]
        fn every_plain_text_is_an_id(text in "[A-Za-z0-9._-]{1,64}") {
            prop_assert_eq!(text.parse::<RequestId>().unwrap().to_string(), text);
        }
    }
}
