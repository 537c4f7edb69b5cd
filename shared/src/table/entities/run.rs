//! Bill runs: the run, its pages, the numbers that pages have given back, and the lists that runs walk.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::{try_join, try_join_all};
use serde::{Deserialize, Serialize};

use crate::domain::billing::cycle::CycleDay;
use crate::domain::billing::document::DocumentKind;
use crate::domain::billing::owner::ContractOwner;
use crate::domain::billing::page::{DonePage, Listed, Page, PageId};
use crate::domain::billing::parked::Allowed;
use crate::domain::billing::report::Sum;
use crate::domain::billing::run::{List, Run};
use crate::domain::billing::series::{Given, Series};
use crate::domain::event::{BillRunClosed, ContractParked};
use crate::domain::ids::{ContractId, CustomerCode, RunId};
use crate::error::{Error, Result};
use crate::table::item::{self, Item, Stored, bytes, bytes_of, number_of, stored, text_of, value, values};
use crate::table::keys::{self, REV, SK};
use crate::table::packed::{PACKED, pack, unpack};
use crate::table::page::{From, Paged, Sieve, Window};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Put, Reader, Writer};

/// Pages that are read at once; the next ones take another query.
const STRETCH: usize = 500;

/// A contract in a list.
#[derive(Serialize, Deserialize)]
struct InList {
    customer: CustomerCode,
}

/// A contract that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedContract {
    /// The contract.
    pub contract: ContractId,
    /// Whose it is.
    pub customer: CustomerCode,
    /// The run that found it last.
    pub run: RunId,
    /// What kind of reason.
    pub kind: String,
    /// The reason.
    pub why: String,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// What a person would allow who says that it is right; none for what has to be mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance: Option<Allowed>,
    /// Whether a person has said that it is right: the next run bills it.
    #[serde(default)]
    pub allowed: bool,
}

impl Reader {
    /// The next contracts of a list, up to `limit`, after one; and whether there are more. One strong query of a cycle
    /// day's list or of the parked, one unit for each 4 KB; for named contracts a batch, one unit each.
    pub async fn listed(&self, list: &List, after: Option<&ContractId>, limit: usize) -> Result<(Vec<Listed>, bool)> {
        let range = match list {
            List::Cycle(day, shard) => keys::cycle_list(*day, *shard),
            List::Parked => keys::all_parked(),
            List::These(contracts) => return self.these(contracts, after, limit).await,
        };
        let from = after.map_or(From::Record(0), |after| From::After(after.to_string()));
        let window = Window { limit, from };
        let Paged { rows, next, .. } = self
            .page(range, Freshness::Strong, &window, Sieve::All, |item| {
                let contract = text_of(&item, SK).unwrap_or_default().parse();
                let contract = contract.map_err(|_| Error::internal("an unreadable key of a list"))?;
                let InList { customer } = value(item)?;
                Ok(Some(Listed { contract, customer, numbers: Vec::new() }))
            })
            .await?;
        Ok((rows, next.is_some()))
    }

    /// Names that no contract has are left out.
    async fn these(
        &self,
        contracts: &[ContractId],
        after: Option<&ContractId>,
        limit: usize,
    ) -> Result<(Vec<Listed>, bool)> {
        let mut names: Vec<_> =
            contracts.iter().filter(|contract| after.is_none_or(|after| *contract > after)).collect();
        names.sort_unstable();
        names.dedup();
        let mut names = &names[..];
        let mut owners = Vec::new();
        while owners.is_empty() && !names.is_empty() {
            let (some, rest) = names.split_at(limit.min(names.len()));
            let some: Vec<&ContractId> = some.to_vec();
            (owners, names) = (self.contracts(some).await?, rest);
        }
        owners.sort_by(|one, other| one.contract.id.cmp(&other.contract.id));
        let listed = |owner: Stored<ContractOwner>| {
            let ContractOwner { customer, contract, .. } = owner.value;
            Listed { contract: contract.id, customer, numbers: Vec::new() }
        };
        Ok((owners.into_iter().map(listed).collect(), !names.is_empty()))
    }

    /// All contracts that wait for a person, by name. One query.
    pub async fn parked(&self) -> Result<Vec<ParkedContract>> {
        values(self.query(keys::all_parked(), Freshness::Strong, Order::Ascending).await?)
    }

    /// A contract that waits for a person. One strong get.
    pub async fn parked_contract(&self, contract: &ContractId) -> Result<Option<ParkedContract>> {
        self.get(keys::parked(contract), Freshness::Strong).await?.map(value).transpose()
    }

    /// A run. One strong get.
    pub async fn run(&self, id: &RunId) -> Result<Option<Stored<Run>>> {
        self.get(keys::run(id), Freshness::Strong).await?.map(stored).transpose()
    }

    /// The runs of some days, both included, oldest first. One strong query.
    pub async fn runs(&self, first: NaiveDate, last: NaiveDate) -> Result<Vec<Stored<Run>>> {
        let items = self.query(keys::runs(first, last), Freshness::Strong, Order::Ascending).await?;
        items.into_iter().map(stored).collect()
    }

    /// A page of a run that is not done. One strong get.
    pub async fn open_page(&self, run: &RunId, id: PageId) -> Result<Option<Stored<Page>>> {
        let item = self.get(keys::open_page(run, id), Freshness::Strong).await?;
        item.map(|item| Ok(Stored { rev: number_of(&item, REV).unwrap_or(0), value: packed(&item)? })).transpose()
    }

    /// A page of a run that is done. One strong get.
    pub async fn done_page(&self, run: &RunId, id: PageId) -> Result<Option<DonePage>> {
        self.get(keys::done_page(run, id), Freshness::Strong).await?.as_ref().map(packed).transpose()
    }

    /// Whether a page of a run is not done. One strong query for each of its lists, all at once.
    pub async fn has_open_pages(&self, run: &Run) -> Result<bool> {
        let open = run.places().map(|list| self.has_open_page(&run.id, list));
        Ok(try_join_all(open).await?.contains(&true))
    }

    /// Whether a page of a list of a run is not done. One strong query of two items.
    pub async fn has_open_page(&self, run: &RunId, list: u16) -> Result<bool> {
        let window = Window { limit: 1, from: From::Record(0) };
        Ok(!self.open_pages(run, list, &window).await?.rows.is_empty())
    }

    /// A stretch of the pages of a list of a run that are not done, after a place. One strong query.
    pub async fn open_pages(&self, run: &RunId, list: u16, window: &Window) -> Result<Paged<PageId>> {
        let read = |item: Item| {
            let page = text_of(&item, SK).and_then(keys::read_page);
            Ok(page.map(|page| PageId { list, page }))
        };
        self.page(keys::open_pages(run, list), Freshness::Strong, window, Sieve::All, read).await
    }

    /// What became of the contracts of a list of a run: a stretch of its pages that are done, after a place. One strong query.
    pub async fn done_pages(&self, run: &RunId, list: u16, window: &Window) -> Result<Paged<DonePage>> {
        let read = |item: Item| packed(&item).map(Some);
        self.page(keys::done_pages(run, list), Freshness::Strong, window, Sieve::All, read).await
    }

    /// Adds up to so many stretches of the pages of a run that are done; whether those were the last. A strong query for each,
    /// and in the end those of [`Reader::unused_numbers`].
    pub async fn add_up(&self, run: &Run, sum: &mut Sum, stretches: usize) -> Result<bool> {
        for _ in 0..stretches {
            if !run.places().contains(&sum.list) {
                sum.report.unused = self.unused_numbers(run).await?;
                return Ok(true);
            }
            let from = sum.after.take().map_or(From::Record(0), From::After);
            let pages = self.done_pages(&run.id, sum.list, &Window { limit: STRETCH, from }).await?;
            pages.rows.iter().for_each(|page| sum.report.add(page));
            sum.after = pages.next;
            sum.list += u16::from(sum.after.is_none());
        }
        Ok(false)
    }

    /// Numbers of a kind that pages have taken on a day and given back to their run, up to `limit`. One strong query.
    pub async fn free_numbers(
        &self,
        run: &RunId,
        kind: DocumentKind,
        day: NaiveDate,
        limit: usize,
    ) -> Result<Vec<Given>> {
        let window = Window { limit, from: From::Record(0) };
        let range = keys::free_numbers(run, kind, day);
        Ok(self.page(range, Freshness::Strong, &window, Sieve::All, |item| value(item).map(Some)).await?.rows)
    }

    /// The numbers of a kind that a list of a run has taken on a day, ahead of its pages. One strong get.
    pub async fn stretch(
        &self,
        run: &RunId,
        list: u16,
        kind: DocumentKind,
        day: NaiveDate,
    ) -> Result<Option<Stored<Series>>> {
        self.get(keys::stretch(run, list, kind, day), Freshness::Strong).await?.map(stored).transpose()
    }

    /// All numbers that no page of a run has used: those that came back, and those that were taken ahead. A strong query, and
    /// one for each list.
    pub async fn unused_numbers(&self, run: &Run) -> Result<Vec<Given>> {
        let free = self.query(keys::all_free_numbers(&run.id), Freshness::Strong, Order::Ascending);
        let of_list = |list| self.query(keys::stretches(&run.id, list), Freshness::Strong, Order::Ascending);
        let (free, ahead) = try_join(free, try_join_all(run.places().map(of_list))).await?;
        let mut unused: Vec<Given> = values(free)?;
        for mut stretch in values::<Series>(ahead.into_iter().flatten().collect())? {
            let left = stretch.left();
            unused.extend(stretch.take(left).map_err(|invalid| invalid.field("series"))?);
        }
        Ok(unused)
    }
}

fn packed<T: serde::de::DeserializeOwned>(item: &Item) -> Result<T> {
    unpack(bytes_of(item, PACKED).ok_or_else(|| Error::internal("a page has nothing in it"))?)
}

fn page<T: Serialize>(key: keys::Key, value: &T) -> Result<Item> {
    let mut item = item::bare(key);
    item.insert(PACKED.to_owned(), bytes(pack(value)?));
    Ok(item)
}

impl Writer {
    /// Adds a page to a run; none, where it has an open one at this place. One request, a unit.
    ///
    /// A page that is done may be added once more. No two begin with one revision, so whoever has the first in hand cannot
    /// take the second for it.
    pub async fn add_page(&self, run: &RunId, id: PageId, listed: Page) -> Result<Option<Stored<Page>>> {
        let mut item = page(keys::open_page(run, id), &listed)?;
        let rev = item::random_revision()?;
        item.insert(REV.to_owned(), item::number(rev));
        Ok((self.create(item).await? == Put::Created).then_some(Stored { value: listed, rev }))
    }

    /// Removes an open page that was created although it is done. Removed twice it is as gone. One request, a unit.
    pub async fn forget_page(&self, run: &RunId, id: PageId, now: DateTime<Utc>) -> Result<()> {
        let mut changes = Changes::new();
        changes.delete(keys::open_page(run, id), false);
        self.commit(changes, None, now).await.map(|_| ())
    }
}

impl Changes {
    /// A contract stands in the list of its cycle day, and in no other.
    pub(super) fn list_contract(&mut self, before: Option<CycleDay>, owner: &ContractOwner) -> Result<()> {
        let contract = &owner.contract.id;
        if before == owner.listed {
            return Ok(());
        }
        if let Some(before) = before {
            self.delete(keys::cycle(before, contract), false);
        }
        if let Some(day) = owner.listed {
            self.put(item::item(keys::cycle(day, contract), &InList { customer: owner.customer.clone() })?);
        }
        Ok(())
    }

    /// Adds a run, if there is none of its name.
    pub fn add_run(&mut self, run: &Run) -> Result<()> {
        self.create(item::first(keys::run(&run.id), run)?);
        Ok(())
    }

    /// The run becomes `after`, if nobody has changed it since it was loaded.
    pub fn update_run(&mut self, before: &Stored<Run>, after: &Run) -> Result<()> {
        self.update(keys::run(&before.id), before, after)
    }

    /// The page has these numbers now, if nobody has changed it since it was loaded.
    pub fn update_page(&mut self, run: &RunId, id: PageId, before: &Stored<Page>, after: &Page) -> Result<()> {
        let mut set = Item::new();
        set.insert(PACKED.to_owned(), bytes(pack(after)?));
        self.replace(keys::open_page(run, id), set, before.rev);
        Ok(())
    }

    /// The page is done, if nobody has done it, or given it numbers, since it was loaded.
    ///
    /// `day` is the one on which its numbers were taken.
    pub fn finish_page(
        &mut self,
        (run, id): (&RunId, PageId),
        day: NaiveDate,
        before: &Stored<Page>,
        done: &DonePage,
    ) -> Result<()> {
        self.delete_at(keys::open_page(run, id), before.rev);
        self.create(page(keys::done_page(run, id), done)?);
        self.return_numbers(run, day, &done.returned)
    }

    /// Gives numbers that were taken on a day back to a run.
    pub fn return_numbers(&mut self, run: &RunId, day: NaiveDate, numbers: &[Given]) -> Result<()> {
        for given in numbers {
            self.create(item::item(keys::free_number(run, day, given), given)?);
        }
        Ok(())
    }

    /// Takes a number that a page has given back, unless somebody was faster.
    pub fn take_free_number(&mut self, run: &RunId, day: NaiveDate, given: &Given) {
        self.delete(keys::free_number(run, day, given), true);
    }

    /// A list of a run has these numbers of a day ahead of its pages now, if nobody has changed that since it was loaded.
    pub fn put_stretch(
        &mut self,
        run: &RunId,
        (list, day): (u16, NaiveDate),
        before: Option<&Stored<Series>>,
        after: &Series,
    ) -> Result<()> {
        let key = keys::stretch(run, list, after.kind, day);
        match before {
            Some(before) => self.update(key, before, after),
            None => {
                self.create(item::first(key, after)?);
                Ok(())
            }
        }
    }

    /// Tells that a run is closed; that is told once.
    pub fn add_closing(&mut self, run: &Run, event: &BillRunClosed<'_>) -> Result<()> {
        let mut item = item::bare(keys::closing(&run.id));
        item::tell(&mut item, event, event.at)?;
        self.create(item);
        Ok(())
    }

    /// The contract waits for a person. When it begins to, with a revision of its own, that is kept beside it and told.
    pub(super) fn park(&mut self, parked: &ParkedContract, begins: Option<u64>) -> Result<()> {
        self.put(item::item(keys::parked(&parked.contract), parked)?);
        if let Some(rev) = begins {
            let ParkedContract { contract, customer, run, kind, .. } = parked;
            let mut item = item::item(keys::parking(contract, run, rev), parked)?;
            item::tell(&mut item, &ContractParked { contract, customer, run, kind }, parked.since)?;
            self.create(item);
        }
        Ok(())
    }

    /// The contract waits no more.
    pub fn unpark(&mut self, contract: &ContractId) {
        self.delete(keys::parked(contract), false);
    }
}
