//! `bill verify`: a bill computed again from what it has kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};

use clap::Args;
use serde::Serialize;
use shared::domain::billing::bill::ENGINE;
use shared::domain::billing::document::{Document, Line};
use shared::domain::billing::issued::Issued;
use shared::domain::billing::key::Key;
use shared::domain::billing::pinned::Catalogues;
use shared::domain::billing::terms::Terms;
use shared::domain::billing::verify;
use shared::domain::country::Country;
use shared::domain::ids::BillNumber;
use shared::domain::money::{Currency, Money};
use shared::table::Reader;

use super::{At, issued};
use crate::failure::Failure;
use crate::place::Reached;

/// Compute a bill again from the facts and prices it has kept, and say whether it is the same
#[derive(Debug, Clone, Args)]
pub struct Verify {
    /// The bill
    number: BillNumber,
    #[command(flatten)]
    at: At,
}

impl Verify {
    /// Prints the result; a bill that differs is a failure besides.
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let Reached { target, country, .. } = self.at.table().await?;
        let verified = Verified::read(target.writer.reader(), country, &self.number).await?;
        io::stdout().write_all(self.at.shown(&verified)?.as_bytes())?;
        if verified.is_same() {
            Ok(())
        } else {
            Err(Failure::new(format!("the bill {} is not what its facts say", self.number)))
        }
    }
}

/// What came of computing a bill again.
#[derive(Debug, Serialize)]
pub struct Verified {
    number: BillNumber,
    /// All bills that were issued together with it; they are computed together.
    with: Vec<BillNumber>,
    /// The version of the rules that made it.
    engine: u32,
    /// The version of those that have computed it again.
    engine_now: u32,
    /// The versions of the catalogue it names.
    catalogue: BTreeSet<u32>,
    same: bool,
    differences: Vec<String>,
}

impl Verified {
    /// Of a bill that is kept.
    ///
    /// # Errors
    /// An unknown bill; a version of the catalogue that is missing; an unavailable store.
    pub async fn read(reader: &Reader, country: &'static Country, number: &BillNumber) -> Result<Self, Failure> {
        let issued = issued(reader, number).await?;
        let catalogue: BTreeSet<u32> = verify::versions(&issued.settlement).collect();
        let mut tariffs = Vec::new();
        for version in &catalogue {
            let tariff = reader.tariff_version(*version).await?;
            let missing = || {
                Failure::new(format!("version {version} of the catalogue, which the bill {number} names, is not there"))
            };
            tariffs.push(tariff.ok_or_else(missing)?);
        }
        Ok(Self::of(number, &issued, &Catalogues::new(country, tariffs), catalogue))
    }

    /// Of a bill and the catalogue it names.
    pub fn of(number: &BillNumber, issued: &Issued, catalogues: &Catalogues, catalogue: BTreeSet<u32>) -> Self {
        let kept = issued.settlement.documents();
        let currency = issued.contract.currency;
        let mut differences = match verify::documents(&issued.settlement, catalogues, &Terms::of(catalogues.country)) {
            Ok(computed) => {
                let numbers = issued.numbers.iter().map(|given| &given.number);
                differences(kept, &computed, &numbers.collect::<Vec<_>>(), currency)
            }
            Err(parked) => vec![format!("it cannot be computed any more: {parked}")],
        };
        if !verify::is_shown(issued) {
            differences.push("the customer's list shows other numbers or totals than its documents have".to_owned());
        }
        Self {
            number: number.clone(),
            with: issued.numbers.iter().map(|given| given.number.clone()).filter(|other| other != number).collect(),
            engine: issued.settlement.engine,
            engine_now: ENGINE,
            catalogue,
            same: differences.is_empty(),
            differences,
        }
    }

    /// Whether it is the same to the last byte.
    pub const fn is_same(&self) -> bool {
        self.same
    }
}

fn differences(kept: &[Document], computed: &[Document], numbers: &[&BillNumber], currency: Currency) -> Vec<String> {
    if kept.len() != computed.len() {
        return vec![format!("{} documents are kept, {} are computed", kept.len(), computed.len())];
    }
    let mut found = Vec::new();
    for (at, (kept, computed)) in kept.iter().zip(computed).enumerate().filter(|(_, (kept, computed))| kept != computed)
    {
        let name = numbers.get(at).map_or_else(|| format!("document {}", at + 1), |number| number.to_string());
        found.extend(lines(kept, computed, currency).into_iter().map(|difference| format!("{name}: {difference}")));
    }
    found
}

fn lines(kept: &Document, computed: &Document, currency: Currency) -> Vec<String> {
    let money = |minor: i64| Money { minor, currency };
    let by_key = |document: &Document| -> BTreeMap<Key, Line> {
        document.lines.iter().map(|line| (line.key.clone(), line.clone())).collect()
    };
    let (was, is) = (by_key(kept), by_key(computed));
    let mut found = Vec::new();
    for key in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
        match (was.get(key), is.get(key)) {
            (Some(was), None) => found.push(format!("{key}: {} is kept, and nothing is computed", money(was.amount))),
            (None, Some(is)) => found.push(format!("{key}: nothing is kept, and {} is computed", money(is.amount))),
            (Some(was), Some(is)) if was.amount != is.amount => {
                found.push(format!("{key}: {} is kept, {} is computed", money(was.amount), money(is.amount)));
            }
            (Some(was), Some(is)) if was != is => found.push(format!("{key}: another text, tax or source is computed")),
            _ => {}
        }
    }
    if kept.total != computed.total {
        found.push(format!("total {} is kept, {} is computed", money(kept.total), money(computed.total)));
    }
    if found.is_empty() {
        found.push("the order of lines, the taxes or the kind of document differ".to_owned());
    }
    found
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<_> = self.catalogue.iter().map(u32::to_string).collect();
        let word = if self.same { "same" } else { "differs" };
        writeln!(f, "{word}: {} from its facts with version {} of the catalogue", self.number, versions.join(", "))?;
        if self.engine != self.engine_now {
            writeln!(f, "version {} of the rules made it, version {} has computed it", self.engine, self.engine_now)?;
        }
        self.differences.iter().try_for_each(|difference| writeln!(f, "  {difference}"))
    }
}
