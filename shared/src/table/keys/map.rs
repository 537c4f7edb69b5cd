//! What lies where in the table, for `docs/table.md`.

use super::{billing, ledger};

/// The key map.
pub fn map() -> impl Iterator<Item = &'static Place> {
    GENERAL.iter().chain(ledger::PLACES).chain(billing::PLACES)
}

/// One row of the key map: what lies where, and who reads it.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The entity.
    pub entity: &'static str,
    /// The form of its partition key.
    pub pk: &'static str,
    /// The form of its sort key.
    pub sk: &'static str,
    /// What it holds.
    pub holds: &'static str,
    /// Who reads it and how.
    pub read_by: &'static str,
}

/// What is neither of ledgers nor of bill runs.
const GENERAL: &[Place] = &[
    Place {
        entity: "client",
        pk: "CLIENT#<client>",
        sk: "C",
        holds: "secret digests, scopes, customers it may see, state",
        read_by: "token and authorizer: part of one batch of two items",
    },
    Place {
        entity: "client name",
        pk: "CLIENTS",
        sk: "<client>",
        holds: "the registry's list of clients",
        read_by: "`client list`: query",
    },
    Place {
        entity: "wrong secrets",
        pk: "RATE#<client>",
        sk: "<address>#<minute>",
        holds: "wrong secrets of a minute; ttl",
        read_by: "token: part of one batch of two items",
    },
    Place {
        entity: "revoked token",
        pk: "JTI#<jti>",
        sk: "J",
        holds: "a token revoked before its time; ttl",
        read_by: "authorizer: part of one batch of two items",
    },
    Place {
        entity: "stored answer",
        pk: "IDEM#<client>#<key>",
        sk: "A",
        holds: "the answer to a write with an Idempotency-Key, 24 h; ttl, and expiry checked in code",
        read_by: "every write that carries a key: get",
    },
    Place {
        entity: "plan",
        pk: "CAT",
        sk: "PLAN#<plan>",
        holds: "a plan, retired ones included",
        read_by: "plans: one query for the catalogue, kept in memory for 60 s",
    },
    Place {
        entity: "offer",
        pk: "CAT",
        sk: "OFFER#<offer>",
        holds: "an offer, expired ones included",
        read_by: "plans: the same query",
    },
    Place {
        entity: "catalogue service",
        pk: "CAT",
        sk: "SVC#<partnum>",
        holds: "a service of the catalogue",
        read_by: "services: the same query",
    },
    Place {
        entity: "subscriber",
        pk: "SUB#<msisdn>",
        sk: "S",
        holds: "owner: customer and since when, plan, status, favourites, lease, running offers, upgrade request; rev",
        read_by: "all operations of a line: get",
    },
    Place {
        entity: "status change",
        pk: "SUB#<msisdn>",
        sk: "H#<rev>",
        holds: "a block or unblock, with its event for the stream",
        read_by: "audits: query",
    },
    Place {
        entity: "acquisition",
        pk: "SUB#<msisdn>",
        sk: "O#<offer>#<rev>",
        holds: "an acquired offer, who bought it and which contract was charged; ttl 90 days after its end",
        read_by: "drop offer: query of one offer, newest first, one item",
    },
    Place {
        entity: "request",
        pk: "SUB#<msisdn>",
        sk: "R#<rev>#<plan>",
        holds: "an upgrade or subscription request, with its event for the stream",
        read_by: "audits: query",
    },
    Place {
        entity: "activation",
        pk: "SUB#<msisdn>",
        sk: "F#<rev>#<plan>",
        holds: "the day from which the additional plan of a request runs, with its event for the stream",
        read_by: "audits: query",
    },
    Place {
        entity: "upgrade",
        pk: "SUB#<msisdn>",
        sk: "U#<time>#<plan>",
        holds: "a requested upgrade that has come true, with its event for the stream",
        read_by: "order-fulfilment: in one batch with the line; audits: query",
    },
    Place {
        entity: "coming plan",
        pk: "DUE#<day>",
        sk: "<msisdn>#<time>",
        holds: "an upgrade whose first day this is; removed when it is fulfilled",
        read_by: "order-fulfilment: query of a page, a week of days",
    },
    Place {
        entity: "traffic",
        pk: "USE#<msisdn>",
        sk: "<hour>#<app>#<source>",
        holds: "bytes of an app in an hour, as an import tells it",
        read_by: "usage: query by hour, at the same time as the owner",
    },
    Place {
        entity: "hour of a source",
        pk: "USE#<msisdn>",
        sk: "<hour>#<app>#<stream>#<name>#<sequence>#<chunk>",
        holds: "sessions of an app in an hour, as a part of a usage file tells them: digests of their ids, bytes, place; \
                without an app, that a corrected file has nothing to say of the hour any more",
        read_by: "usage: the same query; usage-ingest: query of a line's hours after it has written its own",
    },
    Place {
        entity: "day of a source",
        pk: "USE#<msisdn>",
        sk: "T#<day>#<stream>#<name>#<sequence>#<chunk>",
        holds: "records and chargeable units by class, as a part of a usage file tells them; empty when a corrected file \
                has nothing to say of the day any more",
        read_by: "billing: one query of a period's days; usage-ingest: query of a line's days when a file was corrected",
    },
    Place {
        entity: "shared call",
        pk: "USE#<msisdn>",
        sk: "T#<day>#C#<time>#<record>",
        holds: "a call that several parts of usage files tell, with what each makes of it; billing counts it once",
        read_by: "billing: the same query",
    },
    Place {
        entity: "shared session",
        pk: "USE#<msisdn>",
        sk: "T#<day>#S#<hour>#<session>",
        holds: "the same of a session",
        read_by: "billing: the same query",
    },
    Place {
        entity: "call",
        pk: "CALL#<msisdn>",
        sk: "<time>#<record>",
        holds: "a call of a line, as an import tells it, or as each part of a usage file does that tells it",
        read_by: "call details: query of a page, at the same time as the owner",
    },
    Place {
        entity: "extension",
        pk: "EXT#<extension>",
        sk: "E",
        holds: "owner: the customer, and the site that names it",
        read_by: "search of recordings: one batch for up to 100 extensions, at the same time as their recordings",
    },
    Place {
        entity: "recording of an extension",
        pk: "EXT#<extension>",
        sk: "R#<seconds to go>#<call>",
        holds: "a copy of a kept recording, newest first: the seconds to the end of time come before the call",
        read_by: "search of recordings: query of a page of each extension, all at the same time",
    },
    Place {
        entity: "recording",
        pk: "REC#<call>",
        sk: "R",
        holds: "the recording: customer, files, whether it is erased; rev",
        read_by: "recording: get; erasing: get",
    },
    Place {
        entity: "erasure",
        pk: "REC#<call>",
        sk: "X#<rev>",
        holds: "who asked for a recording to be erased, with its event for the stream",
        read_by: "audits: query",
    },
    Place {
        entity: "site",
        pk: "DOC#<kind>#<number>",
        sk: "B#<site>",
        holds: "a branch of the company with its extensions",
        read_by: "portfolio: query of a page, at the same time as the owner",
    },
    Place {
        entity: "documented customer",
        pk: "DOC#<kind>#<number>",
        sk: "C",
        holds: "owner: the customer that is known by this document",
        read_by: "portfolio: get; documents: one query with them",
    },
    Place {
        entity: "document",
        pk: "DOC#<kind>#<number>",
        sk: "D#<time>#<name>",
        holds: "a document of the customer; the file is in the bucket",
        read_by: "documents: one query with the owner",
    },
    Place {
        entity: "billing group",
        pk: "CUST#<customer>",
        sk: "G#<group>",
        holds: "a billing group; rev",
        read_by: "billing: one query with the owner",
    },
    Place {
        entity: "customer",
        pk: "CUST#<customer>",
        sk: "O",
        holds: "owner: identities, name, address",
        read_by: "billing: the same query; products: get",
    },
    Place {
        entity: "bill",
        pk: "CUST#<customer>",
        sk: "B#<days to go>#<bill>",
        holds: "a bill, newest first: the number of days to the end of time comes before the bill's number",
        read_by: "billing: query of a page, at the same time as the owner",
    },
    Place {
        entity: "product",
        pk: "CUST#<customer>",
        sk: "P#<contract number>#<msisdn>",
        holds: "a line as the list of products shows it",
        read_by: "products: query of a page, at the same time as the owner",
    },
    Place {
        entity: "identity",
        pk: "ID#<kind>#<number>",
        sk: "C#<customer>",
        holds: "a customer who is known by a document, contract or number; it counts while the customer's own item names it",
        read_by: "billing by another identity than the code: query, kept in memory for 60 s for reads",
    },
    Place {
        entity: "account",
        pk: "ACCT#<account>",
        sk: "A",
        holds: "owner: customer, contact, contracts; rev",
        read_by: "account: get; its profiles: one query with them",
    },
    Place {
        entity: "profile of an account",
        pk: "ACCT#<account>",
        sk: "P#<profile>",
        holds: "a copy of the profile without lines and services; it counts while its customer is the account's",
        read_by: "profiles: one query with the owner; a purchase asks the profiles themselves after it",
    },
    Place {
        entity: "purchase",
        pk: "ACCT#<account>",
        sk: "T#<rev>",
        holds: "a completed purchase, with its event for the stream",
        read_by: "audits: query",
    },
    Place {
        entity: "account by document",
        pk: "DOC#<kind>#<number>",
        sk: "A#<account>",
        holds: "a copy of the account",
        read_by: "accounts of a document: query",
    },
    Place {
        entity: "line of a profile",
        pk: "PROF#<profile>",
        sk: "L#<msisdn>",
        holds: "a line and whose it is, for only lines of the profile's customer are shown; up to 10,000 of them",
        read_by: "lines: query of a page, at the same time as the owner; profile: one query of all",
    },
    Place {
        entity: "profile",
        pk: "PROF#<profile>",
        sk: "O",
        holds: "owner: customer, account, contract",
        read_by: "all operations of a profile, between its lines and its services",
    },
    Place {
        entity: "services of a profile",
        pk: "PROF#<profile>",
        sk: "S",
        holds: "all services of the profile; rev",
        read_by: "services: one query with the owner; purchases: part of a batch with the owner",
    },
    Place {
        entity: "usage file",
        pk: "FILE#<stream>#<name>",
        sk: "F",
        holds: "owner: the newest version, its digest, how far it is taken in, counts, older versions to clear away; rev",
        read_by: "usage-ingest: get; `usage list`: batch",
    },
    Place {
        entity: "version of a usage file",
        pk: "FILE#<stream>#<name>",
        sk: "V#<sequence>",
        holds: "a version that was taken in, with its counts and its event for the stream",
        read_by: "`usage list`: batch",
    },
    Place {
        entity: "arrival of a file",
        pk: "FILES#<day>",
        sk: "<stream>#<name>#<sequence>#<short digest>",
        holds: "a usage file that arrived on a day, and why nothing of it was taken, if so",
        read_by: "`usage list`: query of a day",
    },
    Place {
        entity: "tariff",
        pk: "TARIFF",
        sk: "V#<version>",
        holds: "a version of the rates: zones, increments, prices by day",
        read_by: "usage-ingest and billing: query of the newest, kept in memory for 60 s",
    },
    Place {
        entity: "import",
        pk: "IMPORT#<digest>",
        sk: "I",
        holds: "how far an import file has been read",
        read_by: "`import`: get",
    },
    Place {
        entity: "import lease",
        pk: "IMPORTING",
        sk: "I",
        holds: "which import is loading, and until when nobody else may",
        read_by: "`import`: in the condition that takes it",
    },
];
