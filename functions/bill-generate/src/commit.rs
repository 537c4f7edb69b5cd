//! A contract is committed: its due periods one by one, each with its documents, or it is parked.

use chrono::{DateTime, Utc};
use shared::domain::bill::Bill;
use shared::domain::billing::bill::Settlement;
use shared::domain::billing::issued::{Issued, Shown, bill};
use shared::domain::billing::owner::{ContractOwner, Parking, Settled};
use shared::domain::billing::page::{Became, Billed as Reported, Listed, Page, Why};
use shared::domain::billing::parked::{Allowed, Parked};
use shared::domain::billing::series::Given;
use shared::domain::fiscal::authority::FiscalState;
use shared::domain::fiscal::declared::{Buyer, Declared, needs_authority};
use shared::domain::ids::{BillNumber, RunId};
use shared::domain::money::Money;
use shared::error::{Error, Result};
use shared::events::Record;
use shared::retry::pause;
use shared::table::{Changes, Holder, ParkedContract, Settling, Stored};

use crate::BillGenerate;
use crate::contract::{Contract, reported, why};
use crate::numbers::{KINDS, Needs, Without, day_of, lacking, unspent};

/// How often a contract is read again that somebody else changes at the same time.
const ROUNDS: u32 = 8;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(4);

/// A page's contract with all that is needed to bill it.
pub struct Task<'a> {
    /// The function.
    pub app: &'a BillGenerate,
    /// The run.
    pub run: &'a RunId,
    /// The page, with its numbers.
    pub page: &'a Page,
    /// The contract's place in it.
    pub listed: &'a Listed,
    /// The message.
    pub record: &'a Record,
}

/// How far a contract has come.
pub enum Done {
    /// All that was due is done.
    With(Became),
    /// It needs so many more numbers than it was given.
    Lacks(Needs),
}

/// What keeps a contract from being billed.
struct Found {
    kind: &'static str,
    why: String,
    allowance: Option<Allowed>,
}

impl Found {
    fn of(parked: &Parked) -> Self {
        Self { kind: parked.kind(), why: parked.to_string(), allowance: parked.allowance() }
    }
}

impl Task<'_> {
    /// Bills a contract. `read` is what was read of it before, if that is still at hand; the last try knows why numbers lack.
    ///
    /// Each period is one transaction at the contract's revision, which also keeps what this run has done; so a second
    /// delivery, two at once and a crash find it and go on behind it. Of two at once the second reads again.
    pub async fn bill(&self, mut read: Option<Contract>, last_try: Option<&Without>) -> Result<Done> {
        for round in 0..ROUNDS {
            let contract = match read.take() {
                Some(contract) => contract,
                None => match Contract::read(self.app, self.listed, self.page.day, self.record.now).await? {
                    Some(contract) => contract,
                    None => return Ok(Done::With(Became::Skipped(Why::Gone))),
                },
            };
            self.show_again(&contract).await?;
            match self.once(contract, last_try).await {
                Err(Error::Stale) => pause(PAUSE, round).await,
                done => return done,
            }
        }
        Err(Error::Stale)
    }

    /// Shows the bills that an earlier delivery of the page has issued and may not have shown.
    async fn show_again(&self, contract: &Contract) -> Result<()> {
        let settled = contract.books().owner.settled_by(self.run);
        for given in settled.iter().flat_map(|settled| &settled.bills).filter_map(|bill| bill.number.as_ref()) {
            if let Some(issued) = self.app.base.reader().issued(&given.number).await? {
                self.app.base.table.show(&issued, self.record.now).await?;
            }
        }
        Ok(())
    }

    async fn once(&self, mut contract: Contract, last_try: Option<&Without>) -> Result<Done> {
        if let Some(other) = self.other_run(&contract.books().owner) {
            let bills = self.issued_before().await?;
            if !bills.is_empty() {
                return Ok(Done::With(Became::Billed(bills)));
            }
            if Some(other.at) > self.page.at {
                let is_due = !matches!(contract.next(&contract.books().billed, self.page.day), Ok(None));
                return Ok(Done::With(Became::Skipped(if is_due { Why::Overtaken } else { Why::NotDue })));
            }
        }
        loop {
            let books = contract.books();
            let settlement = match contract.next(&books.billed, self.page.day) {
                Ok(Some(settlement)) => settlement,
                Ok(None) => return Ok(Done::With(self.became(&books.owner))),
                Err(parked) => return self.park(&books.owner, Found::of(&parked)).await,
            };
            let mut unspent: Vec<&Given> = unspent(self.listed, books.owner.settled_by(self.run)).collect();
            let mut numbers = Vec::with_capacity(1);
            for document in settlement.documents() {
                let Some(at) = unspent.iter().position(|given| given.kind == document.kind) else {
                    let Some(without) = last_try else { return Ok(Done::Lacks(self.lacks(&contract))) };
                    let (kind, why) = match passed_over(books.owner.settled_by(self.run)) {
                        Some(why) => ("number-taken", why),
                        None => lacking(document.kind, day_of(self.page, self.record), without),
                    };
                    return self.park(&books.owner, Found { kind, why, allowance: None }).await;
                };
                numbers.push(unspent.remove(at).clone());
            }
            let at = self.page.at.unwrap_or(self.record.now);
            let declared = match self.declared(&contract, &settlement, &numbers, at).await? {
                Ok(declared) => declared,
                Err(invalid) => return self.park(&books.owner, Found::of(&Parked::Fiscal(invalid))).await,
            };
            match self.settle(&mut contract, settlement, numbers, declared).await {
                Err(Error::Stale) => {
                    self.pass_over(&contract.books().owner).await?;
                    return Err(Error::Stale);
                }
                done => done?,
            }
        }
    }

    /// Passes over those of the numbers at hand that other bills have, as an imported one may: written at the contract's revision, so
    /// that whoever bills it next takes others. Only where a step was stale: of bills that go through nothing is read.
    async fn pass_over(&self, owner: &Stored<ContractOwner>) -> Result<()> {
        let mut elsewhere = Vec::new();
        for given in unspent(self.listed, owner.settled_by(self.run)) {
            if self.holder(&given.number).await? == Some(Whose::Others) {
                elsewhere.push(given.number.clone());
            }
        }
        if elsewhere.is_empty() {
            return Ok(());
        }
        let mut settled = owner.settled_so_far(self.run, self.record.now);
        settled.elsewhere.extend(elsewhere);
        let mut changes = Changes::new();
        changes.update_contract(owner, &ContractOwner { settled: Some(settled), ..owner.value.clone() })?;
        self.app.base.table.commit(changes, None, self.record.now).await.map(drop)
    }

    /// Whose bill has a number, if one has.
    async fn holder(&self, number: &BillNumber) -> Result<Option<Whose>> {
        Ok(self.app.base.reader().holder(number).await?.map(|holder| match holder {
            Holder::Issued(issued) if issued.contract.id == self.listed.contract => Whose::Own(issued),
            Holder::Issued(_) | Holder::Imported => Whose::Others,
        }))
    }

    /// How many numbers of each kind a contract lacks for all that is due.
    pub fn lacks(&self, contract: &Contract) -> Needs {
        let preview = contract.preview(self.page.day);
        let settled = contract.books().owner.settled_by(self.run);
        let at_hand = |kind| unspent(self.listed, settled).filter(|given| given.kind == kind).count();
        KINDS.map(|kind| preview.needs(kind).saturating_sub(at_hand(kind)))
    }

    /// What another run has done for the contract since this page has its numbers. What this one has issued before that is
    /// found by these; and when the other one came later, this one does nothing more.
    fn other_run<'a>(&self, owner: &'a ContractOwner) -> Option<&'a Settled> {
        let other = owner.settled.as_ref().filter(|settled| settled.run != *self.run);
        other.filter(|other| self.page.at.is_some_and(|at| other.at >= at))
    }

    /// Commits a period with its documents.
    async fn settle(
        &self,
        contract: &mut Contract,
        settlement: Settlement,
        numbers: Vec<Given>,
        declared: Vec<Declared>,
    ) -> Result<()> {
        let books = contract.books();
        let owner = &books.owner;
        let plain: Vec<_> = numbers.iter().map(|given| given.number.clone()).collect();
        let mut billed = books.billed.after_settlement(&settlement, &plain);
        billed.trim();
        let mut settled = owner.settled_so_far(self.run, self.record.now);
        settled.at = settled.at.max(self.record.now);
        settled.skipped = why(&settlement);
        let numbered = |(bill, given): (Reported, &Given)| Reported { number: Some(given.clone()), ..bill };
        settled.bills.extend(reported(&settlement).zip(&numbers).map(numbered));
        let mut after = ContractOwner {
            listed: billed.next_due(&owner.contract),
            parked: None,
            allowed: Vec::new(),
            settled: Some(settled),
            ..owner.value.clone()
        };
        let at = self.page.at.unwrap_or(self.record.now);
        let bills = self.bills(contract, &settlement, &numbers, &declared, at);
        let bills = use_credit(&mut after, bills);
        let document_at_once = after.document_at_once;
        let (run, customer, frame) = (self.run.clone(), after.customer.clone(), after.contract.clone());
        let past = books.billed.past.clone();
        let apps = settlement.closes.map(|period| contract.apps(&period)).unwrap_or_default();
        let issued = Issued {
            run,
            at,
            customer,
            contract: frame,
            numbers,
            bills,
            declared,
            document_at_once,
            apps,
            past,
            follow: None,
            settlement,
        }
        .shortened(contract.terms());
        let issued = Some(issued).filter(|issued| !issued.bills.is_empty());
        let settling = Settling { after, billed, issued: issued.as_ref() };
        self.app.base.table.settle(contract.books_of_step(), settling, self.record.now).await
    }

    /// The bills as the customer's list shows them.
    fn bills(
        &self,
        contract: &Contract,
        settlement: &Settlement,
        numbers: &[Given],
        declared: &[Declared],
        at: DateTime<Utc>,
    ) -> Vec<Bill> {
        let owner = &contract.books().owner;
        let Some((customer, period)) = contract.customer.as_ref().zip(settlement.closes) else { return Vec::new() };
        let buyer = Buyer::of(&customer.customer, self.record.country).ok().and_then(|buyer| buyer.identity);
        let group = owner.group.as_ref().and_then(|id| customer.group(id));
        let shown = Shown {
            customer: &customer.customer,
            buyer: buyer.as_ref(),
            contract: &owner.contract,
            group: group.map(|group| (&group.id, &*group.address)),
            date: at.with_timezone(&self.record.country.zone()).date_naive(),
            period: &period,
            fiscal: needs_authority(self.record.country).then(|| FiscalState::issued(at)),
        };
        let documents = settlement.documents().iter().zip(numbers).enumerate();
        documents.map(|(place, (document, given))| bill(document, given, declared.get(place), &shown)).collect()
    }

    fn became(&self, owner: &ContractOwner) -> Became {
        match owner.settled_by(self.run) {
            Some(settled) if !settled.bills.is_empty() => Became::Billed(settled.bills.clone()),
            Some(settled) => Became::Skipped(settled.skipped.unwrap_or(Why::NotDue)),
            None => Became::Skipped(Why::NotDue),
        }
    }

    /// What this run has issued for a contract that another run has settled since. It may not have been shown.
    async fn issued_before(&self) -> Result<Vec<Reported>> {
        let mut bills = Vec::new();
        for given in &self.listed.numbers {
            let Some(Whose::Own(issued)) = self.holder(&given.number).await? else { continue };
            self.app.base.table.show(&issued, self.record.now).await?;
            let mut documents = reported(&issued.settlement).zip(&issued.numbers);
            let own = documents.find(|(_, number)| number.number == given.number);
            bills.extend(own.map(|(bill, _)| Reported { number: Some(given.clone()), ..bill }));
        }
        Ok(bills)
    }

    /// The contract waits for a person, from its revision on. Bills of older periods stay.
    async fn park(&self, owner: &Stored<ContractOwner>, found: Found) -> Result<Done> {
        let Found { kind, why, allowance } = found;
        let billed = owner.settled_by(self.run).map(|settled| settled.bills.clone()).unwrap_or_default();
        // Written every time, so that nobody parks a contract that somebody else has billed since it was read.
        let since = owner.parked.as_ref().map_or(self.record.now, |parking| parking.since);
        let parked = ParkedContract {
            contract: owner.contract.id.clone(),
            customer: owner.customer.clone(),
            run: self.run.clone(),
            kind: kind.to_owned(),
            why: why.clone(),
            since,
            allowance,
            allowed: false,
        };
        let parking = Parking { run: self.run.clone(), since };
        let after = ContractOwner { parked: Some(parking), ..owner.value.clone() };
        let mut changes = Changes::new();
        changes.park_contract(owner, &after, &parked)?;
        self.app.base.table.commit(changes, None, self.record.now).await?;
        Ok(Done::With(Became::Parked { kind: kind.to_owned(), why, billed }))
    }

    /// The numbers that were meant for the contract and are on none of its documents. That they go back is written at the contract's
    /// revision first, so that nobody who still has them in hand can use them.
    pub async fn give_back(&self) -> Result<Back> {
        let reader = self.app.base.reader();
        for round in 0..ROUNDS {
            let Some(owner) = reader.contract(&self.listed.contract).await? else {
                return Ok(Back { free: self.listed.numbers.clone(), elsewhere: Vec::new() });
            };
            let settled = owner.settled_by(self.run);
            let mut back = self.marked(settled);
            let mut free = Vec::new();
            for given in unspent(self.listed, settled) {
                match self.holder(&given.number).await? {
                    None => free.push(given.clone()),
                    Some(Whose::Others) => back.elsewhere.push(given.clone()),
                    Some(Whose::Own(_)) => {}
                }
            }
            let is_late = self.other_run(&owner).is_some_and(|other| Some(other.at) > self.page.at);
            if free.is_empty() || is_late {
                back.free.extend(free);
                return Ok(back);
            }
            let mut after = owner.settled_so_far(self.run, self.record.now);
            after.returned.extend(free.iter().map(|given| given.number.clone()));
            back.free.extend(free);
            let after = ContractOwner { settled: Some(after), ..owner.value.clone() };
            let mut changes = Changes::new();
            changes.update_contract(&owner, &after)?;
            match self.app.base.table.commit(changes, None, self.record.now).await {
                Err(Error::Stale) => pause(PAUSE, round).await,
                done => return done.map(|_| back),
            }
        }
        Err(Error::Stale)
    }

    /// What an earlier delivery has marked and not told of yet.
    fn marked(&self, settled: Option<&Settled>) -> Back {
        let those = |of: fn(&Settled) -> &Vec<BillNumber>| {
            let is_marked = |given: &&Given| settled.is_some_and(|settled| of(settled).contains(&given.number));
            self.listed.numbers.iter().filter(is_marked).cloned().collect()
        };
        Back { free: those(|settled| &settled.returned), elsewhere: those(|settled| &settled.elsewhere) }
    }
}

/// What becomes of numbers that were meant for contracts and are on none of their documents.
#[derive(Debug, Default)]
pub struct Back {
    /// They go back.
    pub free: Vec<Given>,
    /// Other bills have them.
    pub elsewhere: Vec<Given>,
}

/// Whose bill has a number.
#[derive(Debug, PartialEq, Eq)]
enum Whose {
    /// The contract's.
    Own(Box<Issued>),
    /// Another contract's, or it came with an import.
    Others,
}

/// That numbers were passed over, in words.
fn passed_over(settled: Option<&Settled>) -> Option<String> {
    let elsewhere = settled.map(|settled| &*settled.elsewhere).filter(|numbers| !numbers.is_empty())?;
    let numbers: Vec<_> = elsewhere.iter().map(BillNumber::as_str).collect();
    Some(format!("other bills have the numbers that were given: {}", numbers.join(", ")))
}

/// Pays bills from the contract's credit, which credit notes have added to before.
fn use_credit(owner: &mut ContractOwner, mut bills: Vec<Bill>) -> Vec<Bill> {
    let notes = bills.iter().map(|bill| bill.amount.minor.min(0).saturating_neg());
    owner.credit = notes.fold(owner.credit, i64::saturating_add);
    for bill in bills.iter_mut().filter(|bill| bill.amount.minor > 0) {
        let used = owner.credit.min(bill.amount.minor).max(0);
        if used == 0 {
            continue;
        }
        owner.credit -= used;
        bill.paid = Money { minor: used, ..bill.paid };
        bill.paid_on = Some(bill.date);
    }
    bills
}
