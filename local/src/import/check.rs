//! Whether a file may be loaded: every line by itself, and what its lines say of each other and of what is in the table.
//! Of several records of one thing the last one counts, as in the load.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use shared::domain::billing::series::Series;
use shared::domain::catalogue::Plan;
use shared::domain::ids::{AccountId, BillNumber, ContractId, CustomerCode, PlanId, ProfileId};
use shared::domain::msisdn::Msisdn;
use shared::domain::profile::Profile;
use shared::domain::subscriber::Subscriber;
use shared::error::Error;
use shared::table::{Numbered, Reader};

use super::bills::{anothers, issued_here};
use super::fit::fit;
use super::groups::{self, Groups};
use super::rates::{Rates, prices};
use super::record::Record;
use super::size::fits;
use super::text::Given;
use super::thing::Thing;
use super::units::read;
use super::{BadLines, Import, ImportError, reason, series};

/// A file that may be loaded.
pub(super) struct Checked {
    /// What it says of rates.
    pub rates: Rates,
    /// Contracts that have a record of their own in it.
    pub contracts: BTreeSet<ContractId>,
}

/// What a line's own record says of its place.
#[derive(Debug, Clone)]
struct Place {
    customer: CustomerCode,
    profile: ProfileId,
    contract: ContractId,
}

impl Place {
    fn of(line: &Subscriber) -> Self {
        let Subscriber { customer, profile, contract, .. } = line.clone();
        Self { customer, profile, contract }
    }
}

/// Where a record puts a line.
enum Listing {
    Profile(ProfileId),
    Product(CustomerCode, u64),
}

impl Listing {
    /// Why the line does not belong there.
    fn complaint(&self, place: Option<&Place>) -> Option<String> {
        let Some(Place { customer, profile, contract }) = place else {
            return Some(
                "msisdn: must be a line of the table or of this file, for it is listed where that says".to_owned(),
            );
        };
        let named = "which the line's own record names";
        match self {
            Self::Profile(listed) => (listed != profile).then(|| format!("profile: must be {profile}, {named}")),
            Self::Product(listed, _) if listed != customer => Some(format!("customer: must be {customer}, {named}")),
            Self::Product(_, listed) => (contract.as_str().parse().ok() != Some(*listed))
                .then(|| format!("contract: must be {contract}, {named}")),
        }
    }
}

/// Complaints, by line.
type Found = Vec<(u64, String)>;

/// What a file says that has to fit together.
#[derive(Default)]
struct Claims {
    plans: BTreeMap<PlanId, (u64, Plan)>,
    wanted: Vec<(u64, PlanId)>,
    /// None for a line that the file takes away.
    lines: BTreeMap<Msisdn, Option<Place>>,
    listings: Vec<(u64, Msisdn, Listing)>,
    contracts: BTreeMap<ContractId, Vec<(u64, CustomerCode)>>,
    firsts: BTreeMap<ContractId, (u64, NaiveDate)>,
    late: Vec<(u64, ContractId)>,
    accounts: BTreeMap<AccountId, (u64, CustomerCode)>,
    profiles: BTreeMap<ProfileId, (u64, Profile)>,
    /// With whether the file brings it, or takes it away.
    bills: BTreeMap<BillNumber, (u64, bool)>,
    series: Vec<(u64, Series)>,
    groups: Groups,
    gone: BTreeMap<Thing, u64>,
    rates: Rates,
}

impl Import<'_> {
    /// Reads every line, and what the table has of the things it speaks of.
    pub(super) async fn check(&self, given: &Given) -> Result<Checked, ImportError> {
        let (mut found, mut claims) = (Found::new(), Claims::default());
        for (number, line) in given.lines() {
            let read = line.and_then(|line| {
                let record = Record::parse(line)?.canonical(self.country)?;
                fit(&record, self.country).and_then(|()| fits(&record, line.len()))?;
                Ok(record)
            });
            match read {
                Ok(record) => claims.add(number, record),
                Err(reason) => found.push((number, reason)),
            }
        }
        let unreadable = |error: Error| ImportError::Store { line: 0, cause: reason(&error) };
        found.extend(self.complaints(&claims).await.map_err(unreadable)?);
        match found.is_empty() {
            true => Ok(Checked { rates: claims.rates, contracts: claims.firsts.into_keys().collect() }),
            false => Err(ImportError::Bad(BadLines::of(found))),
        }
    }

    async fn complaints(&self, claims: &Claims) -> Result<Found, Error> {
        let reader = self.writer.reader();
        let mut found = claims.plans(reader).await?;
        found.extend(claims.rates(reader).await?);
        found.extend(claims.contracts(reader).await?);
        found.extend(claims.listings(reader).await?);
        found.extend(claims.profiles(reader).await?);
        found.extend(claims.bills(reader).await?);
        found.extend(groups::complaints(&claims.groups, reader).await?);
        found.extend(series::complaints(&claims.series, &claims.gone, reader, self.country).await?);
        for (thing, line) in &claims.gone {
            found.extend(self.may_go(thing, claims).await?.map(|reason| (*line, reason)));
        }
        Ok(found)
    }

    /// Why a thing cannot be taken away.
    async fn may_go(&self, thing: &Thing, claims: &Claims) -> Result<Option<String>, Error> {
        let reader = self.writer.reader();
        Ok(match thing {
            Thing::Contract { id } => {
                let is_named = claims.contracts.contains_key(id);
                let is_used = is_named || reader.contract(id).await?.is_some() && self.unused(id).await?.is_none();
                is_used.then(|| {
                    "id: must be a contract without lines, plans, services and bills; end it with last".to_owned()
                })
            }
            Thing::Series { id } => {
                let used = reader.series(id).await?.filter(|series| series.next != series.first);
                used.map(|_| "id: must be a series of which no number was taken".to_owned())
            }
            Thing::Account { id } => {
                let listed = reader.profiles_listed_in(id).await?;
                let goes = |profile: &ProfileId| claims.gone.contains_key(&Thing::Profile { id: profile.clone() });
                let others: Vec<_> =
                    listed.iter().map(|profile| &profile.id).filter(|profile| !goes(profile)).collect();
                let own = reader.profiles(others).await?.into_iter().find(|profile| profile.account == *id);
                own.map(|own| format!("id: must be an account without profiles; it has {}", own.id))
            }
            _ => None,
        })
    }
}

impl Claims {
    fn add(&mut self, number: u64, record: Record) {
        if let Some(thing) = record.thing() {
            match &record {
                Record::Remove(_) => self.gone.insert(thing, number),
                _ => self.gone.remove(&thing),
            };
        }
        match record {
            Record::Plan(plan) => {
                self.plans.insert(plan.id.clone(), (number, plan));
            }
            Record::Tariff(tariff) => self.rates.add_whole(number, *tariff),
            Record::Sheet(entry) => self.rates.add_line(number, *entry),
            Record::Series(series) => self.series.push((number, *series)),
            Record::Group(group) => {
                self.groups.entry(group.customer).or_default().insert(group.id, (number, true));
            }
            Record::Remove(Thing::Group { customer, id }) => {
                self.groups.entry(customer).or_default().insert(id, (number, false));
            }
            Record::Contract(record) => {
                if self.contracts.contains_key(&record.id) && !self.firsts.contains_key(&record.id) {
                    self.late.push((number, record.id.clone()));
                }
                self.firsts.insert(record.id.clone(), (number, record.first));
                self.contracts.entry(record.id).or_default().push((number, record.customer));
            }
            Record::Subscriber(line) => {
                self.contracts.entry(line.contract.clone()).or_default().push((number, line.customer.clone()));
                self.lines.insert(line.msisdn.clone(), Some(Place::of(&line)));
                self.wanted.extend(line.main_plans().map(|plan| (number, plan.clone())));
            }
            Record::ProfileLine(record) => {
                self.listings.push((number, record.line.msisdn, Listing::Profile(record.profile)));
            }
            Record::Product(product) => {
                let listing = Listing::Product(product.customer, product.contract);
                self.listings.push((number, product.msisdn, listing));
            }
            Record::Account(account) => {
                self.accounts.insert(account.id, (number, account.customer));
            }
            Record::Profile(record) => {
                let Profile { contract, customer, .. } = &record.profile;
                self.contracts.entry(contract.clone()).or_default().push((number, customer.clone()));
                self.profiles.insert(record.profile.id.clone(), (number, record.profile));
            }
            Record::Bill(bill) => {
                self.bills.insert(bill.number, (number, true));
            }
            Record::Remove(Thing::Bill { number: bill }) => {
                self.bills.insert(bill, (number, false));
            }
            Record::Remove(Thing::Subscriber { msisdn }) => {
                self.lines.insert(msisdn, None);
            }
            Record::Remove(Thing::Contract { id }) => {
                self.contracts.remove(&id);
                self.firsts.remove(&id);
            }
            Record::Remove(Thing::Account { id }) => {
                self.accounts.remove(&id);
            }
            Record::Remove(Thing::Profile { id }) => {
                self.profiles.remove(&id);
            }
            _ => {}
        }
    }

    async fn plans(&self, reader: &Reader) -> Result<Found, Error> {
        if self.wanted.is_empty() {
            return Ok(Found::new());
        }
        let known: BTreeSet<_> = reader.catalogue_to_change().await?.plans.into_iter().map(|plan| plan.id).collect();
        let is_unknown = |plan: &PlanId| !known.contains(plan) && !self.plans.contains_key(plan);
        let complaint = |plan: &PlanId| format!("plan: must be in the catalogue or in this file; {plan} is in neither");
        let unknown = self.wanted.iter().filter(|(_, plan)| is_unknown(plan));
        Ok(unknown.map(|(number, plan)| (*number, complaint(plan))).collect())
    }

    /// The rates of the file by themselves, and the prices of plans that they make.
    async fn rates(&self, reader: &Reader) -> Result<Found, Error> {
        let newest = match self.rates.newest(reader).await? {
            Ok(newest) => newest,
            Err(wrong) => return Ok(wrong),
        };
        let mut found = Found::new();
        if let Some(newest) = &newest {
            for plan in reader.catalogue_to_change().await?.plans {
                let wrong = prices(newest, &plan).err();
                found.extend(wrong.map(|error| (self.rates.last_line(), format!("price: must be less: {error}"))));
            }
        }
        if self.plans.is_empty() {
            return Ok(found);
        }
        let rates = match newest {
            Some(newest) => newest,
            None => reader.tariff().await?.unwrap_or_default(),
        };
        for (number, plan) in self.plans.values() {
            found.extend(prices(&rates, plan).err().map(|error| (*number, format!("id: must have a price: {error}"))));
        }
        Ok(found)
    }

    /// A contract is never given to another customer: its days and its bills stay with the one it began with.
    async fn contracts(&self, reader: &Reader) -> Result<Found, Error> {
        let known = read(self.contracts.keys(), async |part| reader.contracts(part).await).await?;
        let known: BTreeMap<_, _> = known.iter().map(|owner| (&owner.contract.id, owner)).collect();
        let mut found = Vec::new();
        for (contract, named) in &self.contracts {
            let owner = known.get(contract).map(|owner| &owner.customer);
            let Some(owner) = owner.or(named.first().map(|(_, customer)| customer)) else { continue };
            let others = named.iter().filter(|(_, customer)| customer != owner);
            let complaint = format!("contract: must be one of the customer's; {contract} is customer {owner}'s");
            found.extend(others.map(|(number, _)| (*number, complaint.clone())));
        }
        let late = self.late.iter().filter(|(_, contract)| !known.contains_key(contract));
        found.extend(
            late.map(|(number, _)| (*number, "id: must come before the records that name the contract".to_owned())),
        );
        for (contract, (number, first)) in &self.firsts {
            let began = known.get(contract).map(|owner| owner.contract.first).filter(|began| began != first);
            found
                .extend(began.map(|began| (*number, format!("first: must be {began}, on which {contract} has begun"))));
        }
        Ok(found)
    }

    /// A line is listed where its own record says, so that a load of yesterday does not bring it back to its old owner.
    async fn listings(&self, reader: &Reader) -> Result<Found, Error> {
        let numbers: BTreeSet<_> = self.listings.iter().map(|(_, number, _)| number).collect();
        let unknown = numbers.into_iter().filter(|number| !self.lines.contains_key(*number));
        let known = read(unknown, async |part| reader.subscribers(part).await).await?;
        let known: BTreeMap<_, _> = known.iter().map(|line| (&line.msisdn, Place::of(line))).collect();
        let complaint = |(number, msisdn, listing): &(u64, Msisdn, Listing)| {
            let own = self.lines.get(msisdn).map(Option::as_ref);
            Some((*number, listing.complaint(own.unwrap_or_else(|| known.get(msisdn)))?))
        };
        Ok(self.listings.iter().filter_map(complaint).collect())
    }

    /// A profile and its account are one customer's, whichever of the two this file has.
    async fn profiles(&self, reader: &Reader) -> Result<Found, Error> {
        let of_profiles = self.profiles.values().map(|(_, profile)| &profile.account);
        let accounts: BTreeSet<_> = of_profiles.chain(self.accounts.keys()).collect();
        let known = read(accounts, async |part| reader.accounts(part).await).await?;
        let mut owners: BTreeMap<_, _> = known.into_iter().map(|account| (account.id, account.customer)).collect();
        let mut found = Vec::new();
        for (account, (number, customer)) in &self.accounts {
            if owners.insert(account.clone(), customer.clone()).as_ref() == Some(customer) {
                continue;
            }
            let listed = reader.profiles_listed_in(account).await?;
            let others = listed.iter().map(|profile| &profile.id).filter(|id| !self.profiles.contains_key(*id));
            // The list may hold copies of profiles that have moved, so each is asked itself.
            for profile in reader.profiles(others.collect::<Vec<_>>()).await? {
                let goes = self.gone.contains_key(&Thing::Profile { id: profile.id.clone() });
                if !goes && profile.account == *account && profile.customer != *customer {
                    found.push((*number, complaint(&profile, customer)));
                }
            }
        }
        for (number, profile) in self.profiles.values() {
            let owner = owners.get(&profile.account).filter(|owner| **owner != profile.customer);
            found.extend(owner.map(|owner| (*number, complaint(profile, owner))));
        }
        Ok(found)
    }

    /// A bill that was issued here is what it is, and none has a number that will be given out here.
    async fn bills(&self, reader: &Reader) -> Result<Found, Error> {
        if self.bills.is_empty() {
            return Ok(Found::new());
        }
        let there = read(self.bills.keys(), async |part: Vec<_>| reader.numbered(&part).await).await?;
        let mut brought = BTreeMap::new();
        let known: Vec<Series> = reader.all_series().await?.into_iter().map(|series| series.value).collect();
        let stays = |series: &&Series| !self.gone.contains_key(&Thing::Series { id: series.id.clone() });
        let series: Vec<_> = known.iter().chain(self.series.iter().map(|(_, series)| series)).filter(stays).collect();
        let mut found = Found::new();
        for ((number, (line, is_brought)), there) in self.bills.iter().zip(there) {
            let complaint = match there {
                Numbered::Issued => Some(issued_here(number)),
                _ if !is_brought => None,
                Numbered::Imported(own) if own.number != *number => Some(anothers(&own.number)),
                _ => match series.iter().find(|series| series.gives(number)) {
                    Some(of) => Some(format!("must be one that the series {} does not give out, as {number}", of.id)),
                    None => brought.insert(number.bare(), number).map(anothers),
                },
            };
            found.extend(complaint.map(|complaint| (*line, format!("number: {complaint}"))));
        }
        Ok(found)
    }
}

fn complaint(profile: &Profile, owner: &CustomerCode) -> String {
    let Profile { id, account, customer, .. } = profile;
    format!(
        "account: must be the customer's: {account} is customer {owner}'s, the profile {id} is customer {customer}'s"
    )
}
