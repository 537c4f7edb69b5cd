//! Every key of the table, and nothing else. Writing and reading call the same function, so a key cannot drift.
//!
//! Parts of a key are joined by `#`. Identifiers cannot contain it; free text goes through [`escaped`]. Numbers are
//! padded and times have a fixed width, so that text order is number and time order. `docs/table.md` shows
//! [`map()`]; a test writes it and checks that no two kinds of item share a form.

mod billing;
mod corporate;
mod files;
mod guard;
mod hooks;
mod ledger;
mod map;
mod place;
mod usage;

use chrono::{DateTime, NaiveDate, Utc};

pub use billing::*;
pub use corporate::*;
pub use files::*;
pub use guard::*;
pub use hooks::*;
pub use ledger::*;
pub use map::map;
pub use place::Place;
pub use usage::*;

use crate::domain::customer::Product;
use crate::domain::identity::Identity;
use crate::domain::ids::{BillNumber, ClientId, ContractId, CustomerCode, GroupId, OfferId, Partnum, PlanId};
use crate::domain::msisdn::Msisdn;

/// The partition key attribute.
pub const PK: &str = "pk";
/// The sort key attribute.
pub const SK: &str = "sk";
/// When the table may forget an item: epoch seconds.
pub const TTL: &str = "ttl";
/// The revision of an item that several writers change.
pub const REV: &str = "rev";

/// An item's place in the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
    Key { pk: pk.into(), sk: sk.into() }
}

/// A range of sort keys in one partition, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// Partition key.
    pub pk: String,
    /// First sort key.
    pub from: String,
    /// Last sort key.
    pub to: String,
}

/// Before every sort key: none starts with a blank. The store takes no empty text in a condition on a key.
const FIRST: char = ' ';
/// After every sort key that starts with an identifier.
const LAST: char = '~';
/// Comes right after `#`: what continues `x#` sorts before `x$`, whatever characters it has.
const AFTER: char = '$';

/// All sort keys that continue `parts`, which stand before a `#`.
fn below(pk: String, parts: impl std::fmt::Display) -> Range {
    Range { pk, from: format!("{parts}#"), to: format!("{parts}{AFTER}") }
}

/// All of a partition whose sort keys start with identifiers.
fn whole(pk: &str) -> Range {
    Range { pk: pk.to_owned(), from: FIRST.to_string(), to: LAST.to_string() }
}

/// Free text as a part of a key: `#` and `%` are percent-encoded, so no text can forge a separator.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('#', "%23")
}

/// Wide enough for any revision, so that text order is number order.
fn padded(rev: u64) -> String {
    format!("{rev:012}")
}

/// An API client.
pub fn client(id: &ClientId) -> Key {
    key(format!("CLIENT#{id}"), "C")
}

/// A client in the registry's list.
pub fn client_name(id: &ClientId) -> Key {
    key("CLIENTS", id.to_string())
}

/// The registry's list.
pub fn client_names() -> Range {
    whole("CLIENTS")
}

/// The wrong secrets of one address for one client in one minute.
pub fn wrong_secrets(id: &ClientId, address: &str, now: DateTime<Utc>) -> Key {
    key(format!("RATE#{id}"), format!("{}#{:012}", escaped(address), now.timestamp().div_euclid(60)))
}

/// A revoked token.
pub fn revoked_token(jti: &str) -> Key {
    key(format!("JTI#{}", escaped(jti)), "J")
}

/// The stored answer of a write.
pub fn stored_answer(client: &ClientId, idempotency_key: &str) -> Key {
    key(format!("IDEM#{client}#{}", escaped(idempotency_key)), "A")
}

/// The plans and the offers of the catalogue, which stand beside each other.
pub fn plans_and_offers() -> Range {
    Range { pk: "CAT".to_owned(), from: OFFER.to_owned(), to: format!("PLAN{AFTER}") }
}

/// The services of the catalogue.
pub fn catalogue_services() -> Range {
    below("CAT".to_owned(), "SVC")
}

/// A plan.
pub fn plan(id: &PlanId) -> Key {
    key("CAT", format!("{PLAN}{id}"))
}

/// An offer.
pub fn offer(id: &OfferId) -> Key {
    key("CAT", format!("{OFFER}{id}"))
}

/// A service of the catalogue.
pub fn catalogue_service(partnum: &Partnum) -> Key {
    key("CAT", format!("SVC#{partnum}"))
}

/// How a plan's sort key begins.
pub const PLAN: &str = "PLAN#";
/// How an offer's sort key begins.
pub const OFFER: &str = "OFFER#";

fn line(msisdn: &Msisdn) -> String {
    format!("SUB#{msisdn}")
}

/// A subscriber: the owner of its partition.
pub fn subscriber(msisdn: &Msisdn) -> Key {
    key(line(msisdn), "S")
}

/// What is left of a line that was taken away.
pub fn former_line(msisdn: &Msisdn) -> Key {
    key(line(msisdn), "Z")
}

/// The status change that made the subscriber's revision `rev`.
pub fn status_change(msisdn: &Msisdn, rev: u64) -> Key {
    key(line(msisdn), format!("H#{}", padded(rev)))
}

/// All status changes of a line, oldest first.
pub fn status_changes(msisdn: &Msisdn) -> Range {
    below(line(msisdn), "H")
}

/// The acquisition that made the subscriber's revision `rev`.
pub fn acquisition(msisdn: &Msisdn, offer: &OfferId, rev: u64) -> Key {
    key(line(msisdn), format!("{}{}", acquisitions(msisdn, offer).from, padded(rev)))
}

/// All acquisitions of one offer by one line, oldest first.
pub fn acquisitions(msisdn: &Msisdn, offer: &OfferId) -> Range {
    below(line(msisdn), format_args!("O#{offer}"))
}

/// A request made with the subscriber's revision `rev`.
pub fn request(msisdn: &Msisdn, rev: u64, plan: &PlanId) -> Key {
    key(line(msisdn), format!("R#{}#{plan}", padded(rev)))
}

/// All requests of a line, oldest first.
pub fn requests(msisdn: &Msisdn) -> Range {
    below(line(msisdn), "R")
}

/// The activation of an additional plan that was asked for with the subscriber's revision `rev`.
pub fn activation(msisdn: &Msisdn, rev: u64, plan: &PlanId) -> Key {
    key(line(msisdn), format!("F#{}#{plan}", padded(rev)))
}

/// An upgrade in the list of its first day, by plan, line, and the subscriber's revision that the request has made.
pub fn coming_plan(day: NaiveDate, plan: &PlanId, msisdn: &Msisdn, rev: u64) -> Key {
    key(coming_plans(day).pk, format!("{plan}#{msisdn}#{}", padded(rev)))
}

/// All upgrades whose first day is this.
pub fn coming_plans(day: NaiveDate) -> Range {
    whole(&format!("DUE#{day}"))
}

/// Those of one plan.
pub fn coming_plans_of(day: NaiveDate, plan: &PlanId) -> Range {
    below(coming_plans(day).pk, plan)
}

/// What became of the upgrade that was requested with the subscriber's revision `rev`.
pub fn upgrade(msisdn: &Msisdn, rev: u64, plan: &PlanId) -> Key {
    key(line(msisdn), format!("U#{}#{plan}", padded(rev)))
}

/// All activations of a line, by their requests.
pub fn activations(msisdn: &Msisdn) -> Range {
    below(line(msisdn), "F")
}

fn customer_partition(code: &CustomerCode) -> String {
    format!("CUST#{code}")
}

/// A customer: the owner of its partition.
pub fn customer(code: &CustomerCode) -> Key {
    key(customer_partition(code), "O")
}

/// A billing group.
pub fn group(code: &CustomerCode, id: &GroupId) -> Key {
    key(customer_partition(code), format!("G#{id}"))
}

/// The billing group of a customer that was created last.
pub fn newest_group(code: &CustomerCode) -> Key {
    key(customer_partition(code), NEWEST_GROUP)
}

/// Its sort key.
pub const NEWEST_GROUP: &str = "G";

/// A customer's groups after the newest one's name, and the customer itself after them.
pub fn groups_and_customer(code: &CustomerCode) -> Range {
    Range { pk: customer_partition(code), from: NEWEST_GROUP.to_owned(), to: "O".to_owned() }
}

/// The last day a bill can have, as far as keys are concerned.
const LAST_DAY: NaiveDate = NaiveDate::MAX;

/// The days from a bill's date to the end of time, so that text order is newest first.
fn days_to_go(date: NaiveDate) -> String {
    format!("{:09}", LAST_DAY.signed_duration_since(date).num_days())
}

/// A bill.
pub fn bill(code: &CustomerCode, date: NaiveDate, number: &BillNumber) -> Key {
    key(customer_partition(code), format!("B#{}#{number}", days_to_go(date)))
}

/// A customer's bills of some days, newest first; both days included, all when absent.
pub fn bills(code: &CustomerCode, first: Option<NaiveDate>, last: Option<NaiveDate>) -> Range {
    let from = last.map_or("B#".to_owned(), |date| format!("B#{}#", days_to_go(date)));
    let to = first.map_or(format!("B{AFTER}"), |date| format!("B#{}{AFTER}", days_to_go(date)));
    Range { pk: customer_partition(code), from, to }
}

/// A line in the list of products.
pub fn product(product: &Product) -> Key {
    product_at(&product.customer, product.contract, &product.msisdn)
}

/// The same, by the line's contract; the list has no contracts whose name is no number.
pub fn product_of(customer: &CustomerCode, contract: &ContractId, msisdn: &Msisdn) -> Option<Key> {
    Some(product_at(customer, contract.as_str().parse().ok()?, msisdn))
}

fn product_at(customer: &CustomerCode, contract: u64, msisdn: &Msisdn) -> Key {
    key(customer_partition(customer), format!("P#{contract:020}#{msisdn}"))
}

/// A customer's products, by contract and line.
pub fn products(code: &CustomerCode) -> Range {
    below(customer_partition(code), "P")
}

fn identified(by: &Identity) -> String {
    format!("ID#{}#{}", escaped(&by.kind.to_uppercase()), escaped(&by.number))
}

/// A customer who is known by an identity. Kinds are compared without case.
pub fn identity(by: &Identity, customer: &CustomerCode) -> Key {
    key(identified(by), format!("C#{customer}"))
}

/// All customers who are known by an identity.
pub fn identities(by: &Identity) -> Range {
    whole(&identified(by))
}

/// Which import is loading, if one is, and how far it is.
pub fn import_lease() -> Key {
    key("IMPORTING", "I")
}

/// A key that no item has: reading it opens the connection and nothing else.
pub fn nowhere() -> Key {
    key("NOWHERE", "N")
}
