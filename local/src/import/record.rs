//! The records of an import file: one JSON object a line, its kind in `type`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::auth::{Scopes, Visibility};
use shared::domain::account::Account;
use shared::domain::bill::Bill;
use shared::domain::billing::cycle::CycleDay;
use shared::domain::billing::series::Series;
use shared::domain::billing::sheet::Entry;
use shared::domain::billing::tariff::Tariff;
use shared::domain::call::Call;
use shared::domain::catalogue::{Offer, Plan};
use shared::domain::customer::{Customer, Product};
use shared::domain::document::Document;
use shared::domain::guard::limits::Limits;
use shared::domain::ids::{AppName, ClientId, ContractId, CustomerCode, GroupId, ProfileId, SourceId};
use shared::domain::msisdn::Msisdn;
use shared::domain::period::Hour;
use shared::domain::profile::{Line, Profile};
use shared::domain::recording::Recording;
use shared::domain::service::{CatalogueService, Service};
use shared::domain::site::Site;
use shared::domain::subscriber::Subscriber;
use shared::domain::usage::Traffic;

use super::json;
use super::letters;
use super::series::SeriesRecord;
use super::thing::Thing;
use super::words::said;

/// One line of an import file.
#[derive(Debug, Clone)]
pub enum Record {
    /// `client`: an API client. Its secret is made here and shown once.
    Client(ClientRecord),
    /// `plan`: a plan of the catalogue.
    Plan(Plan),
    /// `offer`: an offer of the catalogue.
    Offer(Offer),
    /// `tariff`: what usage is counted as, and what plans, services and usage cost.
    Tariff(Box<Tariff>),
    /// `plan_price`, `service_price`, `allowance`, `rate`, `zone`, `increment`, `tax_rate`: a line of a rate sheet.
    Sheet(Box<Entry>),
    /// `subscriber`: a line with all its state.
    Subscriber(Box<Subscriber>),
    /// `usage`: an app's traffic in an hour.
    Usage(UsageRecord),
    /// `customer`: a customer with its identities.
    Customer(Customer),
    /// `contract`: a contract, with the days it is charged.
    Contract(ContractRecord),
    /// `series`: a series of bill numbers. One that is there already stays as it is.
    Series(Box<Series>),
    /// `group`: a billing group.
    Group(GroupRecord),
    /// `bill`: a bill.
    Bill(Box<Bill>),
    /// `product`: a line in a customer's list of products.
    Product(Box<Product>),
    /// `service`: a service of the catalogue that profiles can have.
    Service(CatalogueService),
    /// `account`: an account of a company, with its contracts.
    Account(Box<Account>),
    /// `profile`: a profile of an account, with its services.
    Profile(Box<ProfileRecord>),
    /// `profile_line`: a line of a profile.
    ProfileLine(ProfileLineRecord),
    /// `call`: a call of a line.
    Call(Box<CallRecord>),
    /// `recording`: a recording whose files are in the bucket. One that is there already stays as it is.
    Recording(Box<Recording>),
    /// `site`: a site with its extensions.
    Site(Site),
    /// `document`: a document whose file is in the bucket.
    Document(Document),
    /// `remove`: a thing that is taken away.
    Remove(Thing),
}

/// A contract. Lines and profiles make one, too, from the day they are loaded on.
#[derive(Debug, Clone, Deserialize)]
pub struct ContractRecord {
    /// Its id.
    pub id: ContractId,
    /// Whose.
    pub customer: CustomerCode,
    /// The first day that is charged; it stays as it was told first.
    pub first: NaiveDate,
    /// The last day that is charged; open when absent.
    #[serde(default)]
    pub last: Option<NaiveDate>,
    /// The day of the month on which its periods begin; 29 to 31 mean the last day of a shorter month.
    pub cycle_day: CycleDay,
    /// The billing group its bills are sent with.
    #[serde(default)]
    pub group: Option<GroupId>,
    /// Whether the documents of its bills are made before anybody asks for them, such as for sending.
    #[serde(default)]
    pub document_at_once: bool,
    /// What the usage of its lines is guarded by, where that is not as usual.
    #[serde(default)]
    pub guard: Option<Limits>,
}

/// A billing group of a customer.
#[derive(Debug, Clone, Deserialize)]
pub struct GroupRecord {
    /// Whose.
    pub customer: CustomerCode,
    /// Its id.
    pub id: GroupId,
    /// Where its bills go.
    pub address: String,
}

/// A call of a line.
#[derive(Debug, Clone, Deserialize)]
pub struct CallRecord {
    /// The line.
    pub msisdn: Msisdn,
    /// What happened.
    pub call: Call,
}

/// A client to register.
#[derive(Debug, Clone, Deserialize)]
pub struct ClientRecord {
    /// Its `client_id`.
    pub id: ClientId,
    /// Its name for people.
    pub name: String,
    /// What its tokens may allow.
    pub scopes: Scopes,
    /// Whose data it sees: `*`, customer codes with commas between them, or nothing for nobody's.
    pub sees: Visibility,
}

/// A profile and all its services.
#[derive(Debug, Clone, Deserialize)]
pub struct ProfileRecord {
    /// The profile.
    pub profile: Profile,
    /// Its services, whatever their state.
    #[serde(default)]
    pub services: Vec<Service>,
}

/// A line and the profile it is in.
#[derive(Debug, Clone, Deserialize)]
pub struct ProfileLineRecord {
    /// The profile.
    pub profile: ProfileId,
    /// The line.
    pub line: Line,
}

/// An app's traffic in an hour, as one source tells it.
#[derive(Debug, Clone, Deserialize)]
pub struct UsageRecord {
    /// The line.
    pub msisdn: Msisdn,
    /// The hour: an instant of RFC 3339 at its full hour, or `YYYY-MM-DDTHH`, in UTC.
    #[serde(deserialize_with = "hour")]
    pub hour: Hour,
    /// The app.
    pub app: AppName,
    /// The file that says so.
    pub source: SourceId,
    /// Up and down together.
    pub bytes: u64,
    /// When that file was read.
    pub ingested_at: DateTime<Utc>,
}

impl From<UsageRecord> for Traffic {
    fn from(record: UsageRecord) -> Self {
        let UsageRecord { hour, app, source, bytes, ingested_at, .. } = record;
        Self { hour, app, source, bytes, ingested_at }
    }
}

pub(super) fn hour<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Hour, D::Error> {
    Hour::told(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// What `type` can be.
const TYPES: &[&str] = &[
    "client",
    "plan",
    "offer",
    "tariff",
    "plan_price",
    "service_price",
    "allowance",
    "rate",
    "zone",
    "increment",
    "tax_rate",
    "issuer",
    "subscriber",
    "usage",
    "customer",
    "contract",
    "series",
    "group",
    "bill",
    "product",
    "service",
    "account",
    "profile",
    "profile_line",
    "call",
    "recording",
    "site",
    "document",
    "remove",
];

impl Record {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it, with the field. A field the record does not have is an error too: it may be a misspelt
    /// one, and nothing is lost in silence.
    pub fn parse(line: &str) -> Result<Self, String> {
        let mut fields = json::object(line)?;
        letters::check(&fields)?;
        let kind = fields.remove("type");
        match kind.as_ref().and_then(Value::as_str) {
            Some("client") => read(fields).map(Self::Client),
            Some("plan") => read(fields).map(Self::Plan),
            Some("offer") => read(fields).map(Self::Offer),
            Some("tariff") => read(fields).map(|tariff| Self::Tariff(Box::new(tariff))),
            Some("plan_price") => sheet(fields, Entry::PlanPrice),
            Some("service_price") => sheet(fields, Entry::ServicePrice),
            Some("allowance") => sheet(fields, Entry::Allowance),
            Some("rate") => sheet(fields, Entry::Rate),
            Some("zone") => sheet(fields, Entry::Zone),
            Some("increment") => sheet(fields, Entry::Increment),
            Some("tax_rate") => sheet(fields, Entry::TaxRate),
            Some("issuer") => sheet(fields, |issuer| Entry::Issuer(Box::new(issuer))),
            Some("subscriber") => read(fields).map(|line| Self::Subscriber(Box::new(line))),
            Some("usage") => read(fields).map(Self::Usage),
            Some("customer") => read(fields).map(Self::Customer),
            Some("contract") => read(fields).map(Self::Contract),
            Some("series") => read::<SeriesRecord>(fields).map(|series| Self::Series(Box::new(series.into()))),
            Some("group") => read(fields).map(Self::Group),
            Some("bill") => read(fields).map(|bill| Self::Bill(Box::new(bill))),
            Some("product") => read(fields).map(|product| Self::Product(Box::new(product))),
            Some("service") => read(fields).map(Self::Service),
            Some("account") => read(fields).map(|account| Self::Account(Box::new(account))),
            Some("profile") => read(fields).map(|profile| Self::Profile(Box::new(profile))),
            Some("profile_line") => read(fields).map(Self::ProfileLine),
            Some("call") => read(fields).map(|call| Self::Call(Box::new(call))),
            Some("recording") => read(fields).map(|recording| Self::Recording(Box::new(recording))),
            Some("site") => read(fields).map(Self::Site),
            Some("document") => read(fields).map(Self::Document),
            Some("remove") => gone(fields).map(Self::Remove),
            _ => Err(format!("type: must be one of {}", TYPES.join(", "))),
        }
    }

    /// Of what it tells; rates are told of by their days and not by a thing.
    pub(super) fn thing(&self) -> Option<Thing> {
        Some(match self {
            Self::Tariff(_) | Self::Sheet(_) => return None,
            Self::Client(client) => Thing::Client { id: client.id.clone() },
            Self::Plan(plan) => Thing::Plan { id: plan.id.clone() },
            Self::Offer(offer) => Thing::Offer { id: offer.id.clone() },
            Self::Subscriber(line) => Thing::Subscriber { msisdn: line.msisdn.clone() },
            Self::Usage(UsageRecord { msisdn, hour, app, source, .. }) => {
                Thing::Usage { msisdn: msisdn.clone(), hour: *hour, app: app.clone(), source: source.clone() }
            }
            Self::Customer(customer) => Thing::Customer { code: customer.code.clone() },
            Self::Contract(contract) => Thing::Contract { id: contract.id.clone() },
            Self::Series(series) => Thing::Series { id: series.id.clone() },
            Self::Group(group) => Thing::Group { customer: group.customer.clone(), id: group.id.clone() },
            Self::Bill(bill) => Thing::Bill { number: bill.number.clone() },
            Self::Product(product) => Thing::Product {
                customer: product.customer.clone(),
                contract: product.contract,
                msisdn: product.msisdn.clone(),
            },
            Self::Service(service) => Thing::Service { partnum: service.partnum.clone() },
            Self::Account(account) => Thing::Account { id: account.id.clone() },
            Self::Profile(record) => Thing::Profile { id: record.profile.id.clone() },
            Self::ProfileLine(ProfileLineRecord { profile, line }) => {
                Thing::ProfileLine { profile: profile.clone(), msisdn: line.msisdn.clone() }
            }
            Self::Call(record) => {
                let CallRecord { msisdn, call } = &**record;
                Thing::Call { msisdn: msisdn.clone(), start: call.start, id: call.id.clone() }
            }
            Self::Recording(recording) => Thing::Recording { id: recording.id },
            Self::Site(site) => Thing::Site { document: site.document.clone(), id: site.id.clone() },
            Self::Document(document) => {
                Thing::Document { customer: document.customer.clone(), name: document.name.clone() }
            }
            Self::Remove(thing) => thing.clone(),
        })
    }
}

fn sheet<T: DeserializeOwned>(fields: Map<String, Value>, entry: impl FnOnce(T) -> Entry) -> Result<Record, String> {
    read(fields).map(|line| Record::Sheet(Box::new(entry(line))))
}

/// What a `remove` record takes away. Its fields are read inside of what they are of, and not beside it: so each is told by its name.
fn gone(mut fields: Map<String, Value>) -> Result<Thing, String> {
    let of = match fields.remove("of") {
        Some(Value::String(of)) => of,
        Some(_) => return Err("of: must be a text".to_owned()),
        None => return Err("of: must be given".to_owned()),
    };
    let thing = Map::from_iter([(of.clone(), Value::Object(fields))]);
    read_at(thing, |path, reason| match reason.starts_with("unknown variant ") {
        true => "of".to_owned(),
        false => path.strip_prefix(&of).map_or(path, |path| path.trim_start_matches('.')).to_owned(),
    })
}

fn read<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, String> {
    read_at(fields, |path, _| path.to_owned())
}

/// Reads a record. `at` says which of its fields is meant by the path, and the reason, for which reading has stopped.
fn read_at<T: DeserializeOwned>(
    fields: Map<String, Value>,
    at: impl FnOnce(&str, &str) -> String,
) -> Result<T, String> {
    let mut unknown = None;
    let mut track = serde_path_to_error::Track::new();
    let json = serde_path_to_error::Deserializer::new(Value::Object(fields), &mut track);
    let record = serde_ignored::deserialize(json, |path| unknown = unknown.take().or_else(|| Some(path.to_string())));
    match (record, unknown) {
        (Ok(record), None) => Ok(record),
        (Ok(_), Some(field)) => Err(format!("{field}: must not be given, this record has no such field")),
        (Err(error), _) => {
            let reason = error.to_string();
            Err(said(&at(&track.path().to_string(), &reason), &reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_record_of_its_type() {
        let line = r#"{"type":"usage","msisdn":"573001234567","hour":"2026-11-20T13","app":"Chat","source":"f1","bytes":5,"ingested_at":"2026-11-20T14:00:00Z"}"#;
        assert!(matches!(Record::parse(line), Ok(Record::Usage(record)) if record.bytes == 5));
    }

    #[test]
    fn what_is_wrong_with_a_removal_names_its_field() {
        for (fields, expected) in [
            (r#""of":"subscriber","msisdn":"3009876543""#, "msisdn: must be a phone number"),
            (r#""of":"recording","id":"7101""#, "id: must be a whole number"),
            (r#""of":"recording","id":1000000000000000000"#, "id: must be a number of at most 18 digits"),
            (r#""of":"recording""#, "id: must be given"),
            (r#""of":"usage","msisdn":"573009876543","hour":"now""#, "hour: must "),
            (r#""of":"site","id":"S-1","document":{"kind":"NIT"}"#, "document.number: must be given"),
            (r#""of":"site","id":"S-1","document":"900123456""#, "document: must be an object"),
            (r#""of":"site","id":"S-1","document":{"kind":"NIT","number":1}"#, "document.number: must be a text"),
            (r#""of":"bill","number":"1","x":1"#, "x: must not be given, this record has no such field"),
            (r#""of":"dance","id":"1""#, "of: must be one of client, plan, offer, subscriber, usage, "),
            (r#""of":7,"id":"1""#, "of: must be a text"),
            (r#""id":"1""#, "of: must be given"),
        ] {
            let error = Record::parse(&format!("{{\"type\":\"remove\",{fields}}}")).unwrap_err();
            assert!(error.starts_with(expected), "{fields}: {error}");
        }
        let read = Record::parse(r#"{"type":"remove","of":"profile_line","profile":"1","msisdn":"573009876543"}"#);
        assert!(matches!(read, Ok(Record::Remove(Thing::ProfileLine { .. }))), "{read:?}");
    }

    #[test]
    fn a_bad_line_names_what_is_wrong() {
        for (line, expected) in [
            ("", "must be JSON: EOF while parsing a value at column 0"),
            ("[1]", "must be a JSON object"),
            (r#"{"type":"dance"}"#, "type: must be one of"),
            (r#"{"type":"client"}"#, "id: must be given"),
            (r#"{"type":"client","id":"a b","name":"x","scopes":"read","sees":"*"}"#, "id: "),
            (r#"{"type":"client","id":"a","name":"x","scopes":"all","sees":"*"}"#, "scopes: "),
            (
                r#"{"type":"client","id":"a","name":"x","scopes":"read","sees":"*","secret":"y"}"#,
                "secret: must not be given",
            ),
        ] {
            let error = Record::parse(line).unwrap_err();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
    }
}
