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

/// Finds a document: the one of the segment with this name, else the newest.
pub fn pick(documents: impl IntoIterator<Item = Document>, segment: Segment, name: Option<&str>) -> Option<Document> {
    documents
        .into_iter()
        .filter(|document| document.segment == segment && name.is_none_or(|name| document.name.as_str() == name))
        .max_by(|a, b| (a.created, a.name.as_str()).cmp(&(b.created, b.name.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(name: &str, segment: Segment, created: &str) -> Document {
        Document {
            name: name.parse().unwrap(),
            customer: "1001".parse().unwrap(),
            document: Identity { kind: "NIT".to_owned(), number: "900123456".to_owned() },
            segment,
            created: created.parse().unwrap(),
        }
    }

    fn picked(segment: Segment, name: Option<&str>) -> Option<String> {
        let documents = vec![
            document("new", Segment::Corporate, "2026-03-02T00:00:00Z"),
            document("old", Segment::Corporate, "2026-03-01T00:00:00Z"),
            document("person", Segment::Masive, "2026-03-03T00:00:00Z"),
        ];
        pick(documents, segment, name).map(|document| document.name.to_string())
    }

    #[test]
    fn a_name_picks_one_and_none_the_newest_of_the_segment() {
        assert_eq!(picked(Segment::Corporate, None).as_deref(), Some("new"));
        assert_eq!(picked(Segment::Corporate, Some("old")).as_deref(), Some("old"));
        assert_eq!(picked(Segment::Masive, None).as_deref(), Some("person"));
        assert_eq!(picked(Segment::Masive, Some("old")), None);
        assert_eq!(picked(Segment::Corporate, Some("nothing")), None);
        assert_eq!(pick(Vec::new(), Segment::Corporate, None), None);
    }
}
