//! Events of lines and accounts.

use super::Audience::{Hooks, Inside};
use super::Kind::{Count, Day, Id, Objects, Text, Time, Word};
use super::{AT, CONTRACT, CUSTOMER, Field, MSISDN, Told, field, optional, sent, told};
use crate::domain::event::{
    DayBegan, PlanUpgraded, PurchaseCompleted, RecordingErased, SubscriberStatusChanged, SubscriptionActivated,
    SubscriptionRequested, UpgradeClosed, UpgradeRequested,
};

const PLAN: Field = field("plan", Id, "The plan.");
const REQUESTED_AT: Field = field("requested_at", Time, "When it was requested.");
const SINCE: Field = field("since", Day, "Its first day, in the country's zone.");

/// A request for a plan.
const REQUESTED: &[Field] = &[
    MSISDN,
    field("customer", Id, "The line's customer at the time of the request."),
    PLAN,
    field("revision", Count, "The line's revision after the request; with line and plan it identifies the request."),
    AT,
];

/// A plan that runs.
const RUNS: &[Field] = &[MSISDN, CUSTOMER, CONTRACT, PLAN, SINCE, REQUESTED_AT];

pub(super) const EVENTS: &[Told] = &[
    told::<SubscriberStatusChanged<'_>>(
        Hooks,
        "subscribers",
        "A line was blocked or unblocked.",
        &[
            MSISDN,
            CUSTOMER,
            field("code", Word(&["Active", "Blocked"]), "The new state."),
            field("asset", Word(&["SIM", "IMEI", "SIM_IMEI"]), "What the state applies to: SIM card, handset, both."),
            optional("reason", Text, "The reason given."),
            AT,
        ],
    ),
    told::<PurchaseCompleted<'_>>(
        Hooks,
        "accounts",
        "The pending service changes of an account's profiles were carried out.",
        &[
            field("account", Id, "The account."),
            CUSTOMER,
            optional("consultant", Count, "The consultant, as given."),
            field(
                "profiles",
                Objects(&[
                    field("profile", Id, "The profile."),
                    field("activated", Count, "How many services were activated."),
                    field("removed", Count, "How many services were removed."),
                ]),
                "The changes, by profile.",
            ),
            AT,
        ],
    ),
    told::<RecordingErased<'_>>(
        Hooks,
        "calls",
        "A recording was erased; nobody can play it any more.",
        &[
            field("call", Count, "The recorded call."),
            CUSTOMER,
            field("extension", Count, "The extension that was recorded."),
            AT,
        ],
    ),
    told::<UpgradeRequested>(Hooks, "plans", "A main plan with a higher monthly price was requested.", REQUESTED),
    told::<SubscriptionRequested>(Hooks, "plans", "An additional plan was requested.", REQUESTED),
    told::<SubscriptionActivated<'_>>(Hooks, "order-fulfilment", "A requested additional plan became active.", RUNS),
    told::<PlanUpgraded<'_>>(Hooks, "order-fulfilment", "A line has the main plan that was requested for it.", RUNS),
    told::<UpgradeClosed<'_>>(
        Hooks,
        "subscribers, order-fulfilment, plans, or an import",
        "A requested upgrade was closed before its first day: it does not come.",
        &[
            MSISDN,
            field("customer", Id, "The line's customer at the time of the request."),
            field("contract", Id, "Its contract then."),
            field("plan", Id, "The plan that does not come."),
            field(
                "reason",
                Word(&["blocked", "retired", "moved", "not-open", "contract-ended", "plan-changed", "replaced"]),
                "Why: the line was blocked, the plan is not sold any more, the line has moved, the plan is not open to its \
                 way of paying, its contract ends first, it was given another plan, a later request took the place.",
            ),
            REQUESTED_AT,
            AT,
        ],
    ),
    sent::<DayBegan>(
        Inside,
        "the schedule",
        "A day has begun in the country.",
        "the schedule's run",
        &[field("at", Time, "The scheduled time.")],
    ),
];
