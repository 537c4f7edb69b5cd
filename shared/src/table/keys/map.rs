//! What lies where in the table, for `docs/table.md`.

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

/// The key map.
pub const MAP: &[Place] = &[
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
        holds: "owner: customer, plan, status, favourites, lease, running offers, upgrade request; rev",
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
        holds: "an acquired offer; ttl 90 days after its end",
        read_by: "drop offer: query of one offer, newest first, one item",
    },
    Place {
        entity: "request",
        pk: "SUB#<msisdn>",
        sk: "R#<rev>#<plan>",
        holds: "an upgrade or subscription request",
        read_by: "order fulfilment, from the stream",
    },
    Place {
        entity: "traffic",
        pk: "USE#<msisdn>",
        sk: "<hour>#<app>#<source>",
        holds: "bytes of an app in an hour, as one source file tells it",
        read_by: "usage: query by hour, at the same time as the owner",
    },
    Place {
        entity: "charge",
        pk: "CTR#<contract>",
        sk: "C#<msisdn>#<rev>",
        holds: "a one-off charge that is not on a bill yet",
        read_by: "billing: query of the contract",
    },
    Place {
        entity: "plan change",
        pk: "CTR#<contract>",
        sk: "P#<msisdn>#<rev>",
        holds: "a change of plan, for proration",
        read_by: "billing: query of the contract",
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
        sk: "I",
        holds: "which customer a document, contract or number means",
        read_by: "billing by another identity than the code: get, kept in memory for 60 s",
    },
    Place {
        entity: "recurring charges",
        pk: "CTR#<contract>",
        sk: "V#<profile>",
        holds: "the services of a profile that the contract pays every month; replaced whole",
        read_by: "billing: query of the contract",
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
        holds: "a copy of the profile without lines and services",
        read_by: "profiles: one query with the owner",
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
        holds: "a line; up to 10,000 of them",
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
        read_by: "services: one query with the owner; purchases: part of a batch",
    },
    Place {
        entity: "import",
        pk: "IMPORT#<digest>",
        sk: "I",
        holds: "how far an import file has been read",
        read_by: "`import`: get",
    },
];
