//! Events of files, and of subscriptions to events.

use super::Audience::{Bus, Inside};
use super::Kind::{Count, Digest, Id, Money, Text, Time, Word};
use super::{AT, Told, field, sent, told};
use crate::domain::event::{HubDisabled, PaymentFileIngested, UsageFileIngested, WebhookDue};

pub(super) const EVENTS: &[Told] = &[
    told::<UsageFileIngested<'_>>(
        Bus,
        "usage-ingest",
        "A version of a usage file was taken in completely.",
        &[
            field("stream", Id, "The stream of files."),
            field("name", Id, "The file."),
            field("sequence", Count, "Its version."),
            field("read", Count, "Records of the file: the sum of the next four."),
            field("accepted", Count, "New ones."),
            field("duplicate", Count, "Those told by another file, or before in this one."),
            field("replaced", Count, "Those told by an older version."),
            field("rejected", Count, "Lines that are no records."),
            field("removed", Count, "Records of older versions that this one does not tell."),
            AT,
        ],
    ),
    told::<PaymentFileIngested<'_>>(
        Bus,
        "payment-ingest",
        "A payment file was taken in completely.",
        &[
            field("stream", Id, "The stream of files."),
            field("name", Id, "The file."),
            field("digest", Digest, "SHA-256 of its content."),
            field("read", Count, "Rows of the file: the sum of the next four."),
            field("applied", Count, "Those that paid a bill."),
            field("duplicate", Count, "Those whose payment was told before."),
            field("unknown", Count, "Those of which there is no bill."),
            field("refused", Count, "Those that tell no payment, or one that cannot be applied."),
            field("sum", Money, "The amounts of those applied."),
            AT,
        ],
    ),
    told::<HubDisabled<'_>>(
        Bus,
        "webhook-deliver",
        "A subscription to events was given up: nothing is delivered to it any more.",
        &[
            field("client", Id, "Whose subscription it is."),
            field("subscription", Id, "Which one of the client's."),
            field("reason", Word(&["failing", "gone"]), "It failed for a day, or its address has answered 410."),
            field("failing_since", Time, "Since when its address has failed."),
            field("failures", Count, "How many attempts have failed since."),
            AT,
        ],
    ),
    sent::<WebhookDue>(
        Inside,
        "webhook-deliver",
        "An event is to be delivered to a subscription.",
        "the delivered event's",
        &[
            field("client", Id, "Whose subscription it is."),
            field("subscription", Id, "Which one of the client's."),
            field("customer", Id, "Whose the event is."),
            field("event", Id, "The event's name."),
            field("version", Count, "The version of its payload."),
            field("time", Time, "When it was told."),
            field("payload", Text, "Its payload, JSON as text."),
        ],
    ),
];
