//! The secrets that codes are made with. They live in Secrets Manager, apart from everything else.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::Deserialize;

use super::colombia::Secret;
use crate::domain::billing::document::DocumentKind;
use crate::domain::ids::SeriesId;
use crate::error::Invalid;

/// What the tax office has given the operator to make codes with; nothing where the country needs nothing.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiscalKeys {
    /// Colombia: the technical key of each series' range.
    #[serde(default)]
    pub technical_keys: BTreeMap<SeriesId, String>,
    /// Colombia: the PIN of the software, for notes.
    #[serde(default)]
    pub pin: Option<String>,
    /// Bolivia: the control codes, by day.
    #[serde(default)]
    pub control_codes: BTreeMap<NaiveDate, String>,
    /// Paraguay: the security code of QR codes.
    #[serde(default)]
    pub csc: Option<SecurityCode>,
}

/// Paraguay's security code.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityCode {
    /// Which one it is: `0001`.
    pub id: String,
    /// The code itself.
    pub code: String,
}

impl FiscalKeys {
    /// Reads the secret: JSON, `{}` for nothing.
    ///
    /// # Errors
    /// Anything else. What it says is not told, for it is secret.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        serde_json::from_str(text).map_err(|_| {
            Invalid::new(
                "the secret of fiscal keys must be JSON with technical_keys, pin, control_codes, csc, each as needed",
            )
        })
    }

    /// Colombia: what the code of a document is made with.
    ///
    /// # Errors
    /// When it is missing, or no such secret.
    pub fn colombian(&self, kind: DocumentKind, series: &SeriesId) -> Result<Secret, Invalid> {
        match kind {
            DocumentKind::Invoice => {
                let key = self.technical_keys.get(series);
                Secret::technical_key(key.ok_or(const { Invalid::new("the series has no technical key") })?)
            }
            DocumentKind::CreditNote => {
                let pin = self.pin.as_deref();
                Secret::pin(pin.ok_or(const { Invalid::new("there is no PIN of the software") })?)
            }
        }
    }

    /// Bolivia: the control code of a day.
    ///
    /// # Errors
    /// When there is none.
    pub fn control_code(&self, day: NaiveDate) -> Result<&str, Invalid> {
        let code = self.control_codes.get(&day).map(String::as_str);
        code.ok_or(const { Invalid::new("there is no control code of the day") })
    }
}

impl fmt::Debug for FiscalKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FiscalKeys(..)")
    }
}

impl fmt::Debug for SecurityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecurityCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_never_shown() {
        let keys = FiscalKeys::parse(r#"{"pin":"12345","csc":{"id":"0001","code":"ABCD"}}"#).unwrap();
        assert_eq!(keys.pin.as_deref(), Some("12345"));
        assert_eq!(format!("{keys:?} {:?}", keys.csc), "FiscalKeys(..) Some(SecurityCode(..))");
        assert!(FiscalKeys::parse("{}").is_ok());
        for wrong in ["", "1", r#"{"pn":"1"}"#] {
            assert!(!FiscalKeys::parse(wrong).unwrap_err().to_string().contains("pn"), "{wrong}");
        }
    }
}
