//! The lists of a run, walked page by page.

use futures_util::future::try_join_all;
use shared::domain::billing::page::{DonePage, Listed, Page, PageId};
use shared::domain::billing::run::{Listing, Run};
use shared::domain::event::BillPageListed;
use shared::domain::ids::ContractId;
use shared::error::{Error, Result};
use shared::events::{Record, message, tell_if_done};
use shared::table::{Changes, From, Stored, Window};

use crate::BillRun;

/// Contracts of a page.
const PAGE: usize = 25;
/// Rounds of one message; each makes a page of some lists that are not done. The rest is left to the next message.
const ROUNDS: usize = 200;
/// How many lists are walked at once.
const AT_ONCE: usize = 16;
/// Open pages that are read at once.
const STRETCH: usize = 500;
/// The group of messages of runs by hand: they do not wait behind the pages of the night.
const BY_HAND: &str = "by-hand";

/// How far a walk has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walked {
    /// All pages are made.
    All,
    /// There are more.
    Part,
}

/// Makes the pages of a run that are not made, and sends a message for each.
///
/// A page is created once and says which contracts it has; whoever finds it there goes on behind it, whatever the list has
/// become since. The run remembers how far it has come after each round; a round that is done twice sends its messages twice,
/// which changes nothing.
pub async fn walk(app: &BillRun, mut run: Stored<Run>, record: &Record) -> Result<Walked> {
    for _ in 0..ROUNDS {
        if run.is_listed() {
            tell_if_done(app.base.reader(), &app.own_queue, &run).await?;
            return Ok(Walked::All);
        }
        let open = run.lists.iter().enumerate().filter(|(_, list)| !list.done).take(AT_ONCE);
        let steps = try_join_all(open.map(|(at, list)| step(app, &run, at, list, record))).await?;
        let mut after = run.value.clone();
        for (at, list) in steps {
            after.lists[at] = list;
        }
        let mut changes = Changes::new();
        changes.update_run(&run, &after)?;
        app.base.table.commit(changes, None, record.now).await?;
        run = Stored { value: after, rev: run.next_rev() };
    }
    Ok(Walked::Part)
}

/// The next page of a list: the list after it, at its place.
async fn step(app: &BillRun, run: &Run, at: usize, list: &Listing, record: &Record) -> Result<(usize, Listing)> {
    let place = u16::try_from(at).map_err(|_| Error::internal("a run of too many lists"))?;
    let id = PageId { list: place, page: list.pages };
    let (contracts, more) = app.base.reader().listed(&list.list, list.after.as_ref(), PAGE).await?;
    let end = last(&contracts);
    // Somebody who has read a longer list may be about to make this page, or have made it and died. Where there is nothing to
    // list an empty page takes its place, so that both find one end.
    let page = Page { day: run.day, dry: run.dry, contracts, at: None, taken: 0 };
    let Some(after) = make(app, run, id, page, record).await? else {
        return Ok((at, Listing { done: true, ..list.clone() }));
    };
    send(app, run, id).await?;
    // A page that was found may end elsewhere than one made now would.
    let done = !more && Some(&after) == end.as_ref();
    Ok((at, Listing { list: list.list.clone(), pages: list.pages + 1, after: Some(after), done }))
}

/// Tells bill-generate of a page.
async fn send(app: &BillRun, run: &Run, id: PageId) -> Result<()> {
    let told = BillPageListed { run: run.id.clone(), page: id };
    let group = if run.id.as_str() == run.day.to_string() { run.id.as_str() } else { BY_HAND };
    app.pages.send_for(group, &message(&told, &format!("{}:{}:{}", run.id, id.list, id.page))?).await
}

/// Tells it again of all pages that are not done.
pub async fn send_open(app: &BillRun, run: &Run) -> Result<()> {
    for list in run.places() {
        let mut from = Some(From::Record(0));
        while let Some(place) = from {
            let window = Window { limit: STRETCH, from: place };
            let open = app.base.reader().open_pages(&run.id, list, &window).await?;
            for pages in open.rows.chunks(AT_ONCE) {
                try_join_all(pages.iter().map(|id| send(app, run, *id))).await?;
            }
            from = open.next.map(From::After);
        }
    }
    Ok(())
}

/// Creates a page, or finds it. Either way its last contract; none for one without, which is done at once and is the end of its
/// list.
async fn make(app: &BillRun, run: &Run, id: PageId, page: Page, record: &Record) -> Result<Option<ContractId>> {
    let (reader, table) = (app.base.reader(), &app.base.table);
    let made = table.add_page(&run.id, id, page).await?;
    let is_new = made.is_some();
    let open = match made {
        Some(made) => Some(made),
        None => reader.open_page(&run.id, id).await?,
    };
    if let Some(open) = open.as_ref().filter(|open| !is_new && !open.contracts.is_empty()) {
        return Ok(last(&open.contracts));
    }
    // A page that is done is open no more, so it may have been created a second time.
    if let Some(done) = reader.done_page(&run.id, id).await? {
        if open.is_some() {
            table.forget_page(&run.id, id, record.now).await?;
        }
        return Ok(done.contracts.last().map(|ended| ended.contract.clone()));
    }
    let Some(open) = open else { return Err(Error::Stale) };
    if open.contracts.is_empty() {
        end(app, run, id, &open, record).await?;
    }
    Ok(last(&open.contracts))
}

/// The page without contracts is done, unless somebody who was told of all open pages has done it.
async fn end(app: &BillRun, run: &Run, id: PageId, page: &Stored<Page>, record: &Record) -> Result<()> {
    let mut changes = Changes::new();
    changes.finish_page((&run.id, id), run.day, page, &DonePage::end())?;
    match app.base.table.commit(changes, None, record.now).await {
        Err(Error::Stale) => Ok(()),
        done => done.map(drop),
    }
}

fn last(contracts: &[Listed]) -> Option<ContractId> {
    contracts.last().map(|listed| listed.contract.clone())
}
