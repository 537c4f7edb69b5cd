//! Events of bills, bill runs and payments.

use super::Audience::{Bus, Hooks, Inside};
use super::Kind::{Count, Day, Flag, Id, Ids, Money, Object, Text, Time, Whole, Whom};
use super::{AT, CONTRACT, CUSTOMER, Field, RUN, Told, field, sent, told};
use crate::domain::event::{
    BillDocumentWanted, BillGenerated, BillPageListed, BillPagesDone, BillPaid, BillRunClosed, BillRunDue,
    BillRunExpected, BillRunOrdered, ContractParked, PaymentReceived,
};

const SCHEDULED: &[Field] = &[field("at", Time, "The scheduled time. Its day in the country is the run's.")];
const NUMBER: Field = field("number", Id, "The bill's number.");

pub(super) const EVENTS: &[Told] = &[
    told::<BillGenerated<'_>>(
        Hooks,
        "bill-generate",
        "A bill was issued.",
        &[
            NUMBER,
            CUSTOMER,
            CONTRACT,
            RUN,
            field("total", Money, "What is to be paid, tax included; below zero for a credit note."),
            field("date", Day, "The day it was issued."),
            field("due", Day, "The day it is due."),
        ],
    ),
    told::<BillPaid<'_>>(
        Hooks,
        "payment-apply, payment-ingest",
        "A payment was applied to its bill, or money went back.",
        &[
            field("payment", Id, "The payment's id."),
            NUMBER,
            CUSTOMER,
            CONTRACT,
            field("amount", Money, "The payment; below zero where money went back."),
            field(
                "credited",
                Whole,
                "What of it became the contract's credit, in minor units of the currency; below zero for what was taken from it.",
            ),
            field("balance", Money, "What is still to be paid of the bill."),
            field("day", Day, "The day of the payment."),
        ],
    ),
    told::<BillDocumentWanted>(
        Bus,
        "bill-generate",
        "The document of a bill is wanted before anybody asks for it.",
        &[NUMBER],
    ),
    told::<ContractParked<'_>>(
        Bus,
        "bill-generate",
        "A contract cannot be billed until a person has looked at it.",
        &[
            CONTRACT,
            CUSTOMER,
            field("run", Id, "The bill run that found it."),
            field("kind", Text, "What kind of reason."),
        ],
    ),
    told::<BillRunClosed<'_>>(
        Bus,
        "bill-run",
        "A bill run is closed: it is known what became of every contract.",
        &[
            RUN,
            field("day", Day, "Its day."),
            field("contracts", Count, "Its contracts: the sum of the next three."),
            field("billed", Count, "Those with bills."),
            field("skipped", Count, "Those without."),
            field("parked", Count, "Those that wait for a person."),
            field("silent", Ids, "Streams of usage files that came on a day before and have not come since."),
            AT,
        ],
    ),
    sent::<PaymentReceived>(
        Bus,
        "whoever takes the money (docs/payments.md)",
        "Money has come in for a bill, or has gone back.",
        "the sender's; what counts is the payment's own id",
        &[
            field("id", Id, "The payment's id: however often it is told, it counts once."),
            field("bill", Id, "The bill's number."),
            field("amount", Money, "How much; below zero for what goes back."),
            field("day", Day, "The day of the payment."),
        ],
    ),
    sent::<BillRunDue>(
        Inside,
        "the schedule",
        "The night of a day's bill run has come.",
        "the schedule's run",
        SCHEDULED,
    ),
    sent::<BillRunExpected>(
        Inside,
        "the schedule",
        "By now the bill run of the day should be closed.",
        "the schedule's run",
        SCHEDULED,
    ),
    sent::<BillRunOrdered>(
        Inside,
        "`selfcare bill run`",
        "An operator wants a bill run.",
        "the run's name",
        &[
            field("run", Id, "What it is to be called."),
            field("day", Day, "Its day."),
            field("dry", Flag, "Whether it only computes."),
            field("whom", Whom, "Whom it bills."),
        ],
    ),
    sent::<BillPageListed>(
        Inside,
        "bill-run",
        "A page of a bill run is to be billed.",
        "the run and the page",
        &[
            RUN,
            field(
                "page",
                Object(&[
                    field("list", Count, "The place of its list in the run."),
                    field("page", Count, "Its place in the list."),
                ]),
                "The page.",
            ),
        ],
    ),
    sent::<BillPagesDone>(Inside, "bill-generate, bill-run", "No page of a run is open any more.", "the run", &[RUN]),
];
