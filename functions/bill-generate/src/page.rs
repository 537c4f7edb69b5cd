//! The way of a page.

use futures_util::{StreamExt, stream};
use shared::domain::billing::page::{Became, DonePage, Ended, Page, PageId, Why};
use shared::domain::event::BillPageListed;
use shared::domain::ids::RunId;
use shared::error::Result;
use shared::events::{Outcome, Record, tell_if_last};
use shared::invocation::spent_so_far;
use shared::table::{Changes, Stored};

use crate::BillGenerate;
use crate::commit::{Back, Done, Task};
use crate::contract::{Contract, Preview};
use crate::numbers::{Needs, day_of, give};

/// Contracts that are read or committed at once.
const AT_ONCE: usize = 8;
/// How often contracts that turn out to need other numbers than they were given are tried again.
const TRIES: usize = 3;
/// Numbers that go back with one transaction; it has a hundred items.
const BACK: usize = 80;

/// `BillPageListed`: every contract of the page is billed, skipped or parked, and the page is done.
///
/// What was done for a contract is found at the contract, and the numbers meant for it in the page, so a page that comes again
/// does what is left. That the page is done is one transaction that only the first can make; the others find it.
pub async fn bill(app: &BillGenerate, record: &Record) -> Result<Outcome> {
    let BillPageListed { run, page: id } = record.payload()?;
    let reader = app.base.reader();
    let Some(mut page) = reader.open_page(&run, id).await? else {
        return match reader.done_page(&run, id).await? {
            Some(_) => tell_if_last(reader, &app.runs, &run, id).await.map(|()| Outcome::Duplicate),
            None => Ok(Outcome::Parked("there is no such page".to_owned())),
        };
    };
    // A page that is done may have been created a second time; nothing may come of that one.
    if page.at.is_none() && reader.done_page(&run, id).await?.is_some() {
        app.base.table.forget_page(&run, id, record.now).await?;
        return tell_if_last(reader, &app.runs, &run, id).await.map(|()| Outcome::Duplicate);
    }
    let done = match page.dry {
        true => dry(app, &page, record).await?,
        false => real(app, (&run, id), &mut page, record).await?,
    };
    let mut changes = Changes::new();
    changes.finish_page((&run, id), day_of(&page, record), &page, &done)?;
    app.base.table.commit(changes, None, record.now).await?;
    tell_if_last(reader, &app.runs, &run, id).await?;
    Ok(Outcome::Applied)
}

/// What a run would do: no number is taken, and nothing is written of it but the page.
async fn dry(app: &BillGenerate, page: &Page, record: &Record) -> Result<DonePage> {
    let look = |listed| async move {
        let contract = Contract::read(app, listed, page.day, record.now).await?;
        Ok(contract.map_or(Became::Skipped(Why::Gone), |contract| would_become(contract.preview(page.day))))
    };
    let looks: Vec<_> = page.contracts.iter().map(look).collect();
    let became: Vec<Result<Became>> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    let became = became.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(done(page, became, Back::default()))
}

fn would_become(preview: Preview) -> Became {
    let Preview { documents, end } = preview;
    match end {
        Err(parked) => Became::Parked { kind: parked.kind().to_owned(), why: parked.to_string(), billed: documents },
        Ok(_) if !documents.is_empty() => Became::Billed(documents),
        Ok(why) => Became::Skipped(why.unwrap_or(Why::NotDue)),
    }
}

fn done(page: &Page, became: Vec<Became>, back: Back) -> DonePage {
    let spent = spent_so_far();
    let contracts = page.contracts.iter().zip(became);
    let contracts = contracts.map(|(listed, became)| Ended { contract: listed.contract.clone(), became }).collect();
    let Back { free: returned, elsewhere } = back;
    DonePage { contracts, returned, elsewhere, taken: page.taken, read: spent.read_tenths, write: spent.write_tenths }
}

async fn real(
    app: &BillGenerate,
    (run, id): (&RunId, PageId),
    page: &mut Stored<Page>,
    record: &Record,
) -> Result<DonePage> {
    let (mut read, mut lacks) = look(app, run, page, record).await?;
    let mut became: Vec<Option<Result<Became>>> = page.contracts.iter().map(|_| None).collect();
    for round in 1..=TRIES {
        let before = page.rev;
        let without;
        (*page, without) = give(app, (run, id), page, &lacks, record).await?;
        // Who lacks some although there are none has no other try.
        let there_are_none = page.rev == before;
        let is_last = |needs: &Needs| round == TRIES || there_are_none && *needs != Needs::default();
        let last_tries: Vec<_> = lacks.iter().map(|needs| is_last(needs).then_some(&without)).collect();
        let page = &page.value;
        let open = page.contracts.iter().zip(&mut read).zip(&became).enumerate();
        let open = open.filter(|(_, (_, became))| became.is_none());
        let tasks: Vec<_> = open.map(|(at, ((listed, read), _))| (at, listed, read.take(), last_tries[at])).collect();
        let bill = |(at, listed, read, last_try)| async move {
            (at, Task { app, run, page, listed, record }.bill(read, last_try).await)
        };
        let work: Vec<_> = tasks.into_iter().map(bill).collect();
        let results: Vec<_> = stream::iter(work).buffered(AT_ONCE).collect().await;
        lacks.fill(Needs::default());
        for (at, result) in results {
            match result {
                Ok(Done::With(one)) => became[at] = Some(Ok(one)),
                Ok(Done::Lacks(needs)) => lacks[at] = needs,
                Err(error) => became[at] = Some(Err(error)),
            }
        }
        if became.iter().all(Option::is_some) {
            break;
        }
    }
    // One that fails holds up no other. It brings the page back.
    let became = became.into_iter().flatten().collect::<Result<Vec<_>>>()?;
    let back = unused(app, (run, id), page, &became, record).await?;
    Ok(done(page, became, back))
}

/// Reads the contracts of a page; those that are not too large stay at hand. And how many numbers each lacks.
async fn look(
    app: &BillGenerate,
    run: &RunId,
    page: &Page,
    record: &Record,
) -> Result<(Vec<Option<Contract>>, Vec<Needs>)> {
    let look = |listed| async move {
        let contract = Contract::read(app, listed, page.day, record.now).await?;
        let Some(contract) = contract else { return Ok((None, Needs::default())) };
        let lacks = Task { app, run, page, listed, record }.lacks(&contract);
        Ok((Some(contract).filter(|contract| !contract.is_heavy()), lacks))
    };
    let looks: Vec<_> = page.contracts.iter().map(look).collect();
    let looks: Vec<Result<(Option<Contract>, Needs)>> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    // One that cannot be read now is tried again when it is billed, and fails alone there.
    Ok(looks.into_iter().map(|look| look.unwrap_or((None, Needs::default()))).unzip())
}

/// The numbers that no contract of the page has used. Where they are very many, most of them go back at once.
async fn unused(
    app: &BillGenerate,
    (run, id): (&RunId, PageId),
    page: &mut Stored<Page>,
    became: &[Became],
    record: &Record,
) -> Result<Back> {
    let mut back = Back::default();
    let with = page.contracts.iter().zip(became);
    for (listed, _) in with.filter(|(listed, became)| listed.numbers.iter().any(|given| !became.has(given))) {
        let Back { free, elsewhere } = Task { app, run, page, listed, record }.give_back().await?;
        back.free.extend(free);
        back.elsewhere.extend(elsewhere);
    }
    while back.free.len() > BACK {
        let some = back.free.split_off(back.free.len() - BACK);
        let mut after = page.value.clone();
        after.contracts.iter_mut().for_each(|listed| listed.numbers.retain(|given| !some.contains(given)));
        let mut changes = Changes::new();
        changes.update_page(run, id, page, &after)?;
        changes.return_numbers(run, day_of(page, record), &some)?;
        app.base.table.commit(changes, None, record.now).await?;
        *page = Stored { value: after, rev: page.next_rev() };
    }
    Ok(back)
}
