//! Documents that are left out of what is kept of a bill, for they follow from the rest: from what the looks have found, by the
//! country's terms of the day of issue. A bill takes a third less room without them.
//!
//! So what a line says may never change for bills of a version of the [engine](super::bill::ENGINE): another wording or order
//! needs a new version, and the old one here beside it. A digest notices when somebody forgets; a kept bill in the tests does before.

use serde::{Deserialize, Serialize};

use crate::domain::billing::bill::{Outcome, Settlement};
use crate::domain::billing::document::{Document, Line, issue};
use crate::domain::billing::form::Form;
use crate::domain::billing::hash::{Feed, Hash};
use crate::domain::billing::terms::Terms;
use crate::error::Invalid;

/// What documents follow from, besides the looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follow {
    /// Their form.
    #[serde(flatten)]
    form: Form,
    /// The digest of the documents.
    #[serde(rename = "d")]
    digest: Hash,
}

impl Follow {
    /// What a settlement's documents follow from; none when they do not.
    pub fn of(settlement: &Settlement, terms: &Terms) -> Option<Self> {
        let Outcome::Billed(documents) = &settlement.outcome else { return None };
        let follow = Self { form: terms.form(), digest: digest(documents)? };
        follow.documents(settlement).is_ok().then_some(follow)
    }

    /// The documents.
    ///
    /// # Errors
    /// When they are not those that were left out.
    pub fn documents(&self, settlement: &Settlement) -> Result<Vec<Document>, Invalid> {
        let lines = settlement.looks.iter().flat_map(Line::of).collect();
        let documents = issue(lines, &self.form)?;
        let same = digest(&documents) == Some(self.digest);
        same.then_some(documents)
            .ok_or(const { Invalid::new("the bill's documents do not follow from what is kept of it") })
    }
}

fn digest(documents: &[Document]) -> Option<Hash> {
    let text = serde_json::to_string(documents).ok()?;
    let mut feed = Feed::default();
    feed.text(&text);
    Some(feed.end())
}
