//! `docs/cost.md`: what a million of everything costs, from the units that tests count and the list prices of a day.
//!
//! Amounts are thousandths of a dollar for a million things, rounded up.

use std::fmt::Write as _;

use tests::limits::{BILL, DELIVERED, DIVIDED, LOOKS, Most, PAYMENT, RECORD};

use crate::budget::{self, Cost};
use crate::committed;

const FILE: &str = "docs/cost.md";
const WALK: &str = "cost_page";

/// A price of the list: of what, per how much, in thousandths of a dollar, and a name.
struct Price(&'static str, &'static str, u64);

const GATEWAY: Price = Price("HTTP API", "a million requests, the first 300 million a month", 1_000);
const INVOCATION: Price = Price("Lambda", "a million invocations", 200);
const MEMORY: Price = Price("Lambda, arm64", "a million GB-seconds", 13_334);
const READ: Price = Price("DynamoDB, on demand", "a million read units", 125);
const WRITE: Price = Price("DynamoDB, on demand", "a million write units", 625);
const LOG: Price = Price("CloudWatch Logs", "a GB written", 500);
const TRACE: Price = Price("X-Ray", "a million traces", 5_000);
const PIPE: Price = Price("EventBridge pipe", "a million requests", 400);
const EVENT: Price = Price("EventBridge bus", "a million own events", 1_000);
const QUEUE: Price = Price("SQS", "a million requests", 400);
const PRICES: [&Price; 10] = [&GATEWAY, &INVOCATION, &MEMORY, &READ, &WRITE, &LOG, &TRACE, &PIPE, &EVENT, &QUEUE];

/// Most bytes of a function's log line (`docs/logs.md`), and of the gateway's.
const LINE: u64 = 300;
const ACCESS_LINE: u64 = 400;
/// Of so many requests one has to ask the authorizer: its verdict is kept for a minute.
const ASKS: u64 = 20;
/// Of so many invocations Lambda traces one.
const TRACED: u64 = 20;
/// Milliseconds of a trip to the table, and of a request's own work at the processor share of 256 MB: 0.45 ms of a whole one, which
/// comes with 1,769 MB.
const TRIP: u64 = 4;
const WORK: u64 = 4;
/// Milliseconds of an RSA signature at that share.
const SIGNATURE: u64 = 8;

/// A product of amounts over a power of ten, rounded up.
fn part(price: u64, count: u64, of: u64) -> u64 {
    (price * count).div_ceil(of)
}

fn memory(megabytes: u64, millis: u64) -> u64 {
    part(MEMORY.2, megabytes * millis, 1_024 * 1_000)
}

/// What parts of a request cost.
struct Parts {
    gateway: u64,
    lambda: u64,
    table: u64,
    logs: u64,
    traces: u64,
    authorizer: u64,
}

impl Parts {
    /// Of a function alone.
    fn of(cost: &Cost) -> Self {
        let signature = if cost.name.ends_with("IssueToken") { SIGNATURE } else { 0 };
        let millis = TRIP * cost.trips as u64 + WORK + signature;
        Self {
            gateway: 0,
            lambda: INVOCATION.2 + memory(256, millis),
            table: part(READ.2, cost.tenths - cost.written, 10) + part(WRITE.2, cost.written, 10),
            logs: part(LOG.2, LINE, 1_000),
            traces: TRACE.2 / TRACED,
            authorizer: 0,
        }
    }

    fn of_request(cost: &Cost, authorizer: Option<u64>) -> Self {
        let own = Self::of(cost);
        let logs = own.logs + part(LOG.2, ACCESS_LINE, 1_000);
        Self { gateway: GATEWAY.2, logs, authorizer: authorizer.map_or(0, |all| all.div_ceil(ASKS)), ..own }
    }

    fn sum(&self) -> u64 {
        let Self { gateway, lambda, table, logs, traces, authorizer } = self;
        gateway + lambda + table + logs + traces + authorizer
    }
}

fn dollars(thousandths: u64) -> String {
    let cents = thousandths.div_ceil(10);
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn table_of(most: Most) -> u64 {
    part(READ.2, most.read, 100) + part(WRITE.2, most.written, 100)
}

/// Milliseconds that an address takes to answer, at a guess.
const ANSWER: u64 = 200;

/// What an event costs: of the table, of functions, of what carries it.
fn events() -> [(&'static str, u64, u64, u64); 6] {
    // Sent, and received and deleted with nine others.
    let queued = part(QUEUE.2, 12, 10);
    // Ten side by side.
    let handled = |millis| (INVOCATION.2 + memory(256, millis)).div_ceil(10);
    [
        // A page of 25 contracts is three requests of its queue, an invocation, and 25 ms for each bill; a bill is an event, which
        // subscriptions may ask for. Events of a night wait, so that they are divided by one look at the subscriptions.
        (
            "bill",
            table_of(BILL),
            memory(1_769, 25) + INVOCATION.2 / 25 + handled(TRIP + WORK),
            PIPE.2 + EVENT.2 + part(QUEUE.2, 3, 25) + queued,
        ),
        ("event that is divided among subscriptions", table_of(DIVIDED), handled(TRIP + WORK), queued),
        ("event that is delivered to a subscription", table_of(DELIVERED), handled(TRIP + WORK + ANSWER), queued),
        // 20,000 records a second of processor time.
        ("usage record", table_of(RECORD), memory(1_769, 1).div_ceil(20), 0),
        // A look for fifty records or more; a message names up to a hundred lines.
        ("looks at usage, for a record", table_of(LOOKS), handled(4 * TRIP + WORK).div_ceil(50), queued.div_ceil(50)),
        ("payment of a file", table_of(PAYMENT), memory(1_769, 2 * TRIP), PIPE.2 + EVENT.2),
    ]
}

/// How a sum stands to its goal.
fn beside(sum: u64, goal: u64) -> String {
    if sum <= goal { "met".to_owned() } else { format!("missed by {}", dollars(sum - goal)) }
}

fn page(costs: &[&Cost]) -> String {
    let mut page = format!(
        "# What it costs\n\nList prices of us-east-1 on 2026-11-30, without free tiers and discounts, in US dollars for a million. Written by\n\
         `{}`\nfrom the units that tests count ([budgets](../tests/budgets.txt)); what is assumed stands below. A deployment that was measured\n\
         may differ in the time of a trip to the table, which is a small part.\n\n| what | per | USD |\n|---|---|---|\n",
        committed::command(WALK)
    );
    for Price(what, per, price) in PRICES {
        writeln!(page, "| {what} | {per} | {}.{:03} |", price / 1_000, price % 1_000).unwrap();
    }
    let (authorizer, operations) = costs.split_first().unwrap();
    let asked = Parts::of(authorizer).sum();
    page += "\n## A million requests\n\n\
             A request that is not the first of its process, without an `Idempotency-Key` (one more read unit and two more written), over the demo data.\n\n\
             | operation | gateway | Lambda | table | logs | traces | authorizer | **all** | goal |\n|---|---|---|---|---|---|---|---|---|\n";
    for cost in operations {
        let is_open = cost.name.starts_with("token.") || cost.name.starts_with("bill-render.");
        let parts = Parts::of_request(cost, (!is_open).then_some(asked));
        let goal = if cost.written > 0 { 3_750 } else { 1_300 };
        let Parts { gateway, lambda, table, logs, traces, authorizer } = parts;
        let cells = [gateway, lambda, table, logs, traces, authorizer].map(dollars).join(" | ");
        writeln!(page, "| {} | {cells} | **{}** | {} |", cost.name, dollars(parts.sum()), beside(parts.sum(), goal))
            .unwrap();
    }
    page += "\n## A million of what nobody waits for\n\n| what | table | functions | carried | **all** | goal |\n|---|---|---|---|---|---|\n";
    for (what, table, functions, carried) in events() {
        let sum = table + functions + carried;
        let goal = if what == "bill" { beside(sum, 6_000) } else { "none".to_owned() };
        let cells = [table, functions, carried].map(dollars).join(" | ");
        writeln!(page, "| {what} | {cells} | **{}** | {goal} |", dollars(sum)).unwrap();
    }
    page + &tests::file(FILE).split_once(WORDS).map_or(String::new(), |(_, words)| format!("{WORDS}{words}"))
}

/// Where a person's words begin.
const WORDS: &str = "\n## Where a goal is missed";

#[tokio::test]
async fn the_page_of_costs_says_what_was_counted() {
    let costs: Vec<_> = budget::costs().await.iter().filter(|cost| cost.is_warm()).collect();
    committed::compare(FILE, &page(&costs), WALK);
}
