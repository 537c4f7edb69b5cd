//! Every event of the bundle: who sends it, who is told, and what each field of its payload means.
//!
//! `docs/events.md` and the JSON Schemas in `docs/events/` are written from it; a test holds it against every
//! [`Event`] there is, another one against what is really told. A field may be added to an event within its version;
//! whatever else changes makes a new version, beside which the old one is told for as long as somebody reads it.

mod bills;
mod files;
mod guard;
mod lines;

use super::event::Event;

/// Who is told of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Functions of the bundle, through their own queues; it is never on the bus.
    Inside,
    /// Whoever has a rule on the bus.
    Bus,
    /// These, and clients that have subscribed by `POST /hub/v1/hub` and see its customer.
    Hooks,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// An identifier: 1 to 64 letters, digits, dots, underscores or dashes.
    Id,
    /// A phone number with its calling code, digits alone.
    Line,
    /// Text.
    Text,
    /// SHA-256 in hexadecimal.
    Digest,
    /// A whole number from 0 on.
    Count,
    /// A whole number, maybe below zero.
    Whole,
    /// A day in the country's zone.
    Day,
    /// An instant, RFC 3339 in UTC.
    Time,
    /// Whether something is so.
    Flag,
    /// An amount of money.
    Money,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Identifiers.
    Ids,
    /// An object.
    Object(&'static [Field]),
    /// Objects.
    Objects(&'static [Field]),
    /// Whom a bill run bills.
    Whom,
}

/// A field of a payload.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it means.
    pub about: &'static str,
    /// Whether it may be null, or absent.
    pub is_optional: bool,
}

/// An event as it is told.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Its name: the `detail-type` on the bus.
    pub name: &'static str,
    /// The version of its payload.
    pub version: u32,
    /// Who is told.
    pub audience: Audience,
    /// Who sends it.
    pub sender: &'static str,
    /// What has happened.
    pub about: &'static str,
    /// What its id is made of: it stays the same however often the event is told.
    pub id: &'static str,
    /// Its payload.
    pub fields: &'static [Field],
}

/// The events by topic.
pub const TOPICS: &[(&str, &[Told])] = &[
    ("Lines and accounts", lines::EVENTS),
    ("Bills and payments", bills::EVENTS),
    ("Limits of usage", guard::EVENTS),
    ("Files and subscriptions", files::EVENTS),
];

/// Every event.
pub fn events() -> impl Iterator<Item = &'static Told> {
    TOPICS.iter().flat_map(|(_, events)| events.iter())
}

/// The names of the events that clients can subscribe to, in order of the alphabet.
pub fn offered() -> Vec<&'static str> {
    let mut names: Vec<_> =
        events().filter(|event| event.audience == Audience::Hooks).map(|event| event.name).collect();
    names.sort_unstable();
    names
}

/// The id of an event that an item tells.
const OF_ITEM: &str = "the place of its item in the table";

/// An event that an item of the table tells: its id follows from the item's key.
const fn told<E: Event>(
    audience: Audience,
    sender: &'static str,
    about: &'static str,
    fields: &'static [Field],
) -> Told {
    sent::<E>(audience, sender, about, OF_ITEM, fields)
}

/// An event that is sent, with what its id is made of.
const fn sent<E: Event>(
    audience: Audience,
    sender: &'static str,
    about: &'static str,
    id: &'static str,
    fields: &'static [Field],
) -> Told {
    Told { name: E::NAME, version: E::VERSION, audience, sender, about, id, fields }
}

const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about, is_optional: false }
}

const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about, is_optional: true }
}

const CUSTOMER: Field = field("customer", Kind::Id, "The customer's code.");
const CONTRACT: Field = field("contract", Kind::Id, "The contract that pays.");
const MSISDN: Field = field("msisdn", Kind::Line, "The line.");
const AT: Field = field("at", Kind::Time, "When it happened.");
const RUN: Field = field("run", Kind::Id, "The bill run.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sees_a_customer_is_told_of_it() {
        for event in events() {
            let names_one = event.fields.iter().any(|field| field.name == "customer" && !field.is_optional);
            assert!(names_one || event.audience != Audience::Hooks, "{}: whose is it?", event.name);
        }
        assert!(offered().len() >= 10 && offered().contains(&"BillPaid"));
    }
}
