//! Whether a file may be loaded: every line by itself, and what its lines say of each other and of what is in the table.
//! Of several records of one thing the last one counts, as in the load.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{Context, SHA256};
use chrono::NaiveDate;
use shared::domain::billing::series::Series;
use shared::domain::billing::sheet::Entry;
use shared::domain::country::Country;
use shared::domain::ids::{AccountId, ContractId, CustomerCode, PlanId, ProfileId};
use shared::domain::money::Money;
use shared::domain::msisdn::Msisdn;
use shared::domain::profile::Profile;
use shared::domain::subscriber::Subscriber;
use shared::error::Error;
use shared::table::Reader;

use super::rates::Rates;
use super::record::Record;
use super::{BadLines, Import, ImportError, Lines, read, reason, series};

/// A part of each file's digest. It changes with what a load writes, so a file that an earlier release has loaded is loaded
/// again when it is given again: since 2 loads write the ledger of lines, since 3 that of services, since 4 the lists
/// of contracts that bill runs walk, since 5 where payments find bills.
const EDITION: &[u8] = b"5\n";

/// A file that may be loaded.
pub(super) struct Checked {
    /// What it is known by.
    pub digest: String,
    /// Its lines.
    pub count: u64,
    /// What it says of rates.
    pub rates: Rates,
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
    fn complaint(&self, place: &Place) -> Option<String> {
        let Place { customer, profile, contract } = place;
        match self {
            Self::Profile(listed) => (listed != profile).then(|| format!("profile: the line is in profile {profile}")),
            Self::Product(listed, _) if listed != customer => {
                Some(format!("customer: the line is customer {customer}'s"))
            }
            Self::Product(_, listed) => (contract.as_str().parse().ok() != Some(*listed))
                .then(|| format!("contract: the line is on contract {contract}")),
        }
    }
}

/// What a file says that has to fit together.
#[derive(Default)]
struct Claims {
    plans: BTreeSet<PlanId>,
    wanted: Vec<(u64, PlanId)>,
    lines: BTreeMap<Msisdn, Place>,
    listings: Vec<(u64, Msisdn, Listing)>,
    contracts: BTreeMap<ContractId, Vec<(u64, CustomerCode)>>,
    firsts: BTreeMap<ContractId, (u64, NaiveDate)>,
    late: Vec<(u64, ContractId)>,
    accounts: BTreeMap<AccountId, (u64, CustomerCode)>,
    profiles: BTreeMap<ProfileId, (u64, Profile)>,
    series: Vec<(u64, Series)>,
    rates: Rates,
}

impl Import<'_> {
    /// Reads every line once, and what the table has of the things it speaks of.
    pub(super) async fn check(&self, lines: &Lines) -> Result<Checked, ImportError> {
        let mut digest = Context::new(&SHA256);
        digest.update(EDITION);
        let mut bad = BadLines::default();
        let mut count = 0;
        let mut claims = Claims::default();
        for line in read(lines)? {
            let (number, text) = line?;
            digest.update(text.as_bytes());
            digest.update(b"\n");
            count = number;
            match Record::parse(&text).and_then(|record| fitting(record, self.country)) {
                Ok(record) => claims.add(number, record),
                Err(reason) => bad.add(number, reason),
            }
        }
        let unreadable = |error: Error| ImportError::Store { line: 0, cause: reason(&error) };
        let rates = std::mem::take(&mut claims.rates);
        let mut found = claims.complaints(self.writer.reader(), self.country).await.map_err(unreadable)?;
        found.extend(rates.newest(self.writer.reader()).await.map_err(unreadable)?.err().into_iter().flatten());
        found.sort();
        found.into_iter().for_each(|(number, reason)| bad.add(number, reason));
        if bad.count > 0 {
            return Err(ImportError::Bad(bad));
        }
        let digest = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Checked { digest, count, rates })
    }
}

/// A record whose fields fit together.
fn fitting(record: Record, country: &Country) -> Result<Record, String> {
    if let Record::Subscriber(line) = &record {
        if !line.msisdn.as_str().starts_with(country.calling_code) {
            return Err(format!("msisdn: is not a number of {}, for which this is loaded", country.code));
        }
        if line.since_revision.is_some() {
            return Err("since_revision: is not told, a load sets it".to_owned());
        }
        if let Some(plan) = line.additional_since.keys().find(|plan| !line.additional.contains(*plan)) {
            return Err(format!("additional_since: {plan} is not one of the additional plans"));
        }
    }
    if let Record::Bill(bill) = &record {
        let code = country.currency.code;
        if bill.amount.currency != country.currency || bill.paid.currency != country.currency {
            return Err(format!("amount, paid: must be amounts of {code}"));
        }
        if bill.amount.minor >= 0 && bill.paid.minor < 0 || bill.credited != 0 {
            return Err("paid: must not be below zero; credited: is not told".to_owned());
        }
        if bill.fiscal.is_some() || bill.has_document {
            return Err("fiscal, has_document: are not told, bills that are issued here have them".to_owned());
        }
    }
    if let Record::Sheet(entry) = &record
        && let Entry::Issuer(issuer) = &**entry
    {
        issuer.check(country).map_err(|invalid| invalid.to_string())?;
    }
    if let Record::Tariff(tariff) = &record {
        for issuer in tariff.issuer.values() {
            issuer.check(country).map_err(|invalid| format!("issuer: {invalid}"))?;
        }
    }
    if let Record::Series(series) = &record {
        series.check().map_err(|invalid| invalid.to_string())?;
    }
    let prices: Vec<&Money> = match &record {
        Record::Plan(plan) => vec![&plan.monthly],
        Record::Offer(offer) => vec![&offer.price],
        Record::Service(service) => vec![&service.price, &service.tax_price],
        Record::Profile(record) => record.services.iter().flat_map(|own| [&own.price, &own.tax_price]).collect(),
        _ => Vec::new(),
    };
    if prices.iter().any(|price| price.minor < 0 || price.currency != country.currency) {
        return Err(format!("price: must be an amount of {}, not below zero", country.currency.code));
    }
    Ok(record)
}

impl Claims {
    fn add(&mut self, number: u64, record: Record) {
        match record {
            Record::Plan(plan) => {
                self.plans.insert(plan.id);
            }
            Record::Tariff(tariff) => self.rates.add_whole(number, *tariff),
            Record::Sheet(entry) => self.rates.add_line(number, *entry),
            Record::Series(series) => self.series.push((number, *series)),
            Record::Contract(record) => {
                if self.contracts.contains_key(&record.id) && !self.firsts.contains_key(&record.id) {
                    self.late.push((number, record.id.clone()));
                }
                self.firsts.insert(record.id.clone(), (number, record.first));
                self.contracts.entry(record.id).or_default().push((number, record.customer));
            }
            Record::Subscriber(line) => {
                self.contracts.entry(line.contract.clone()).or_default().push((number, line.customer.clone()));
                self.lines.insert(line.msisdn.clone(), Place::of(&line));
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
            _ => {}
        }
    }

    async fn complaints(mut self, reader: &Reader, country: &Country) -> Result<Vec<(u64, String)>, Error> {
        let mut found = self.plans(reader).await?;
        found.extend(self.contracts(reader).await?);
        found.extend(self.listings(reader).await?);
        found.extend(self.profiles(reader).await?);
        found.extend(series::complaints(&self.series, reader, country).await?);
        Ok(found)
    }

    async fn plans(&mut self, reader: &Reader) -> Result<Vec<(u64, String)>, Error> {
        self.plans.extend(reader.catalogue_to_change().await?.plans.into_iter().map(|plan| plan.id));
        let unknown = self.wanted.iter().filter(|(_, plan)| !self.plans.contains(plan));
        let complaint = |plan: &PlanId| format!("plan: {plan} is neither in the catalogue nor in this file");
        Ok(unknown.map(|(number, plan)| (*number, complaint(plan))).collect())
    }

    /// A contract is never given to another customer: its days and its bills stay with the one it began with.
    async fn contracts(&self, reader: &Reader) -> Result<Vec<(u64, String)>, Error> {
        let known = reader.contracts(self.contracts.keys()).await?;
        let known: BTreeMap<_, _> = known.iter().map(|owner| (&owner.contract.id, owner)).collect();
        let mut found = Vec::new();
        for (contract, named) in &self.contracts {
            let owner = known.get(contract).map(|owner| &owner.customer);
            let Some(owner) = owner.or(named.first().map(|(_, customer)| customer)) else { continue };
            let others = named.iter().filter(|(_, customer)| customer != owner);
            found.extend(others.map(|(number, _)| (*number, format!("contract: {contract} is customer {owner}'s"))));
        }
        let late = self.late.iter().filter(|(_, contract)| !known.contains_key(contract));
        found.extend(
            late.map(|(number, _)| (*number, "id: must come before the records that name the contract".to_owned())),
        );
        for (contract, (number, first)) in &self.firsts {
            let began = known.get(contract).map(|owner| owner.contract.first).filter(|began| began != first);
            found.extend(began.map(|began| (*number, format!("first: {contract} has begun on {began}"))));
        }
        Ok(found)
    }

    /// A line is listed where its own record says, so that a load of yesterday does not bring it back to its old owner.
    async fn listings(&mut self, reader: &Reader) -> Result<Vec<(u64, String)>, Error> {
        let numbers: BTreeSet<_> = self.listings.iter().map(|(_, number, _)| number).collect();
        let unknown = numbers.into_iter().filter(|number| !self.lines.contains_key(*number));
        let known = reader.subscribers(unknown.collect::<Vec<_>>()).await?;
        for line in known {
            self.lines.insert(line.msisdn.clone(), Place::of(&line));
        }
        let complaint = |(number, msisdn, listing): &(u64, Msisdn, Listing)| {
            Some((*number, listing.complaint(self.lines.get(msisdn)?)?))
        };
        Ok(self.listings.iter().filter_map(complaint).collect())
    }

    /// A profile and its account are one customer's, whichever of the two this file has.
    async fn profiles(&self, reader: &Reader) -> Result<Vec<(u64, String)>, Error> {
        let of_profiles = self.profiles.values().map(|(_, profile)| &profile.account);
        let accounts: BTreeSet<_> = of_profiles.chain(self.accounts.keys()).collect();
        let mut owners: BTreeMap<_, _> =
            reader.accounts(accounts).await?.into_iter().map(|account| (account.id, account.customer)).collect();
        let mut found = Vec::new();
        for (account, (number, customer)) in &self.accounts {
            if owners.insert(account.clone(), customer.clone()).as_ref() == Some(customer) {
                continue;
            }
            let listed = reader.profiles_listed_in(account).await?;
            let others = listed.iter().map(|profile| &profile.id).filter(|id| !self.profiles.contains_key(*id));
            // The list may hold copies of profiles that have moved, so each is asked itself.
            for profile in reader.profiles(others.collect::<Vec<_>>()).await? {
                if profile.account == *account && profile.customer != *customer {
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
}

fn complaint(profile: &Profile, owner: &CustomerCode) -> String {
    let Profile { id, account, customer, .. } = profile;
    format!("account: {account} is customer {owner}'s, the profile {id} is customer {customer}'s")
}
