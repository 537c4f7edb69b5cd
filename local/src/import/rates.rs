//! Rates: whole versions of them, and rate sheets that make the next one.

use shared::domain::billing::dated::Timeline;
use shared::domain::billing::sheet::Entry;
use shared::domain::billing::tariff::{MonthlyPrice, Tariff};
use shared::domain::catalogue::{Plan, PriceFrom};
use shared::error::{Error, Invalid};
use shared::retry::pause;
use shared::table::{Changes, Reader};

use super::Import;
use super::units::{PAUSE, ROUNDS, keeps_changing};

/// What a file says of rates.
#[derive(Default)]
pub(super) struct Rates {
    whole: Vec<(u64, Tariff)>,
    sheet: Vec<(u64, Entry)>,
}

impl Rates {
    pub(super) fn add_whole(&mut self, number: u64, tariff: Tariff) {
        self.whole.push((number, tariff));
    }

    pub(super) fn add_line(&mut self, number: u64, entry: Entry) {
        self.sheet.push((number, entry));
    }

    /// The newest rates after this file: the table's or its own, whichever version is higher, with the lines of its sheet.
    /// None where neither says anything.
    ///
    /// # Errors
    /// The outer one is the table's; the inner ones are the lines that cannot be taken, and why.
    pub(super) async fn newest(&self, reader: &Reader) -> Result<Result<Option<Tariff>, Vec<(u64, String)>>, Error> {
        if self.whole.is_empty() && self.sheet.is_empty() {
            return Ok(Ok(None));
        }
        let known = reader.tariff().await?;
        let mut wrong = Vec::new();
        for (number, own) in &self.whole {
            // Bills are pinned to versions, so what a version says is never changed.
            let same = reader.tariff_version(own.version).await?.is_none_or(|known| known == *own);
            let twice = self.whole.iter().any(|(_, other)| other.version == own.version && other != own);
            if !same || twice {
                let version = own.version;
                wrong.push((
                    *number,
                    format!("version: must be the next number, {version} says something else already"),
                ));
            }
        }
        let base = known.iter().chain(self.whole.iter().map(|(_, own)| own)).max_by_key(|tariff| tariff.version);
        let base = base.cloned().unwrap_or_default();
        match base.grown(self.sheet.iter().map(|(number, entry)| (*number, entry))) {
            Ok(newest) => match Changes::new().add_tariff(&newest) {
                Ok(()) if wrong.is_empty() => return Ok(Ok(Some(newest))),
                Ok(()) => {}
                Err(error) => wrong.push((self.last_line(), error.to_string())),
            },
            Err(refused) => wrong.extend(refused.into_iter().map(|(number, reason)| (number, reason.to_string()))),
        }
        Ok(Err(wrong))
    }

    /// The last line that says something of them.
    pub(super) fn last_line(&self) -> u64 {
        let lines = self.whole.iter().map(|(number, _)| *number).chain(self.sheet.iter().map(|(number, _)| *number));
        lines.max().unwrap_or_default()
    }
}

/// What the rates say that a plan costs, as it is shown: in coins of its currency.
pub(super) fn prices(rates: &Tariff, plan: &Plan) -> Result<Timeline<PriceFrom>, Error> {
    let own = rates.plans.get(&plan.id).map(|own| own.monthly.values()).unwrap_or_default();
    let shown = |own: &MonthlyPrice| {
        let monthly = own.price.part(1, 1).rounded(plan.monthly.currency)?;
        Ok(PriceFrom { from: own.from, monthly })
    };
    let shown = own.iter().map(shown).collect::<Result<Vec<_>, Invalid>>().and_then(Timeline::try_from);
    shown.map_err(|invalid| invalid.field("price"))
}

impl Import<'_> {
    /// Adds the versions that a file says, and the one that its sheet makes; then sets the plans' prices that are shown.
    /// Returns the newest rates.
    ///
    /// A version that somebody has added meanwhile is looked at again, so that the next one has its prices too. Done again
    /// by the same file, nothing is new.
    pub(super) async fn set_rates(&self, rates: &Rates) -> Result<Tariff, Error> {
        let newest = self.add_versions(rates).await?;
        let mut shown = Changes::new();
        for mut plan in self.writer.reader().catalogue_to_change().await?.plans {
            let prices = prices(&newest, &plan)?;
            if !prices.is_empty() && prices != plan.prices {
                plan.prices = prices;
                shown.put_plan(&plan)?;
            }
        }
        self.writer.load(shown).await?;
        Ok(newest)
    }

    async fn add_versions(&self, rates: &Rates) -> Result<Tariff, Error> {
        let reader = self.writer.reader();
        for round in 0..ROUNDS {
            let newest = match rates.newest(reader).await? {
                Ok(newest) => newest,
                Err(wrong) => {
                    let (line, reason) = wrong.into_iter().next().unwrap_or_default();
                    return Err(Error::invalid(format!("line {line}"), reason));
                }
            };
            let wanted = rates.whole.iter().map(|(_, own)| own).chain(newest.iter());
            let mut added = Ok(());
            for own in wanted {
                if reader.tariff_version(own.version).await?.is_none() {
                    let mut changes = Changes::new();
                    changes.add_tariff(own)?;
                    added = self.writer.commit(changes, None, self.clock.now()).await.map(drop);
                }
                if added.is_err() {
                    break;
                }
            }
            match added {
                Err(Error::Stale) => pause(PAUSE, round).await,
                Err(error) => return Err(error),
                // Somebody's version of this number is another one: the next is grown from it.
                Ok(()) => match reader.tariff().await? {
                    found if newest.is_none() || found == newest => return Ok(found.unwrap_or_default()),
                    _ => pause(PAUSE, round).await,
                },
            }
        }
        Err(keeps_changing())
    }
}
