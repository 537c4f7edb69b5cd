//! Events of limits that usage reaches.

use super::Audience::{Bus, Inside};
use super::Kind::{Count, Day, Flag, Id, Ids, Line, Money, Object, Time, Word};
use super::{CONTRACT, CUSTOMER, Field, MSISDN, Told, field, optional, sent, told};
use crate::domain::event::{
    DataRoamingHeld, DataRoamingReleased, UsageLookWanted, UsageLooksDue, UsageThresholdReached,
};

const PERIOD: Field = field(
    "period",
    Object(&[field("from", Day, "Its first day."), field("to", Day, "Its last day.")]),
    "The billing period.",
);
const ESTIMATE: Field =
    field("estimate", Money, "What the period costs by what is known: its fees, and the usage so far; no tax.");
const SEEN: Field = field("at", Time, "When it was seen.");

pub(super) const EVENTS: &[Told] = &[
    told::<UsageThresholdReached<'_>>(
        Bus,
        "usage-guard",
        "Usage of a line, or of all lines of a contract together, has reached a limit; told once a period.",
        &[
            CUSTOMER,
            CONTRACT,
            optional("msisdn", Line, "The line; absent where it is all lines together."),
            PERIOD,
            field(
                "measure",
                Word(&["allowance", "amount"]),
                "A share of what a plan includes, or an amount of other usage.",
            ),
            optional("plan", Id, "The plan, of an allowance."),
            optional("allowance", Id, "Which of its allowances."),
            optional("percent", Count, "Which share of it."),
            field("used", Count, "What is used: units of the allowance, or minor units; no tax."),
            field("of", Count, "Of how much: all units of the allowance in the period, or the amount."),
            ESTIMATE,
            SEEN,
        ],
    ),
    told::<DataRoamingHeld<'_>>(
        Bus,
        "usage-guard",
        "Data roaming of a line has reached its cap: it is held until the customer agrees, or the period ends.",
        &[
            CUSTOMER,
            CONTRACT,
            MSISDN,
            PERIOD,
            field("cap", Money, "The cap; no tax."),
            field("used", Money, "What data roaming costs by now; no tax."),
            ESTIMATE,
            SEEN,
        ],
    ),
    told::<DataRoamingReleased<'_>>(
        Bus,
        "limits, an operator",
        "Data roaming of a line is not held any more in a period. It outranks the hold, whichever of them comes first.",
        &[
            CUSTOMER,
            CONTRACT,
            MSISDN,
            PERIOD,
            field(
                "reason",
                Word(&["agreed", "left"]),
                "Whether the customer has agreed, or the contract has the line no more.",
            ),
            field("at", Time, "When."),
        ],
    ),
    sent::<UsageLookWanted>(
        Inside,
        "usage-ingest, usage-guard",
        "Lines, or contracts as a whole, are to be looked at.",
        "the part of the file, or of the list, that names them",
        &[
            field("at", Time, "When it was asked for, or the hour whose list has them."),
            field("listed", Flag, "Whether they are in the list of that hour."),
            field("lines", Ids, "The lines."),
            field("contracts", Ids, "The contracts."),
        ],
    ),
    sent::<UsageLooksDue>(
        Inside,
        "the schedule",
        "An hour has begun whose list of looks is to be walked.",
        "the schedule's run",
        &[field("at", Time, "The scheduled time.")],
    ),
];
