//! Bills as earlier versions have kept them: their documents are the same for ever.

use serde_json::{Value, json};

use crate::domain::billing::issued::Issued;
use crate::domain::billing::verify::is_shown;

/// A bill of engine 1, kept without its documents. Never change it: such bills are in tables.
const FIRST: &str = include_str!("kept-1.json");

#[test]
fn a_kept_bill_has_its_documents_for_ever() {
    let kept: Issued = serde_json::from_str(FIRST).unwrap();
    assert!(kept.settlement.documents().is_empty());
    let whole = kept.clone().whole().unwrap_or_else(|invalid| {
        panic!("{invalid}: a line of engine 1 says something else; raise ENGINE and keep the old way for old bills")
    });
    assert!(is_shown(&whole) && whole.settlement.documents()[0].lines.len() == 5);
    assert_eq!(whole.to_keep(), kept);
}

#[test]
fn a_bill_that_was_changed_is_noticed() {
    let mut changed: Value = serde_json::from_str(FIRST).unwrap();
    changed["settlement"]["looks"][0]["changes"][1]["is"] = json!(1);
    assert!(serde_json::from_value::<Issued>(changed).unwrap().whole().is_err());
}
