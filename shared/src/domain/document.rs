//! A customer's documents, such as contracts; each is a PDF.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::ids::{CustomerCode, DocumentName};
use crate::error::Invalid;

/// The segment a document is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Segment {
    /// A company.
    #[default]
    Corporate,
    /// A person. Misspelt in the published document.
    Masive,
}

impl std::str::FromStr for Segment {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "CORPORATE" => Ok(Self::Corporate),
            "MASIVE" => Ok(Self::Masive),
            _ => Err(Invalid::new("must be one of CORPORATE, MASIVE")),
        }
    }
}

/// A document of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its name, unique for the customer; also the file's name.
    pub name: DocumentName,
    /// Whose it is.
    pub customer: CustomerCode,
    /// The document the customer is known by.
    pub document: Identity,
    /// The segment it is for.
    #[serde(default)]
    pub segment: Segment,
    /// When it was made.
    pub created: DateTime<Utc>,
}

impl Document {
    /// Whether it is one of the customer's for the segment, with this name if one is asked for.
    pub fn is(&self, customer: &CustomerCode, segment: Segment, name: Option<&str>) -> bool {
        self.customer == *customer && self.segment == segment && name.is_none_or(|name| self.name.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_asked_for_by_customer_segment_and_name() {
        let document = Document {
            name: "old".parse().unwrap(),
            customer: "1001".parse().unwrap(),
            document: Identity::plain("NIT", "900123456"),
            segment: Segment::Corporate,
            created: "2026-03-01T00:00:00Z".parse().unwrap(),
        };
        let is = |customer: &str, segment, name| document.is(&customer.parse().unwrap(), segment, name);
        assert!(is("1001", Segment::Corporate, None) && is("1001", Segment::Corporate, Some("old")));
        assert!(!is("1002", Segment::Corporate, None) && !is("1001", Segment::Masive, None));
        assert!(!is("1001", Segment::Corporate, Some("new")));
    }
}
