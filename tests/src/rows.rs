//! The routes of all functions as one list.

use std::ops::Deref;

use local::functions::{Operation, operations};
use serde_json::Value;
use shared::auth::Scope;

use crate::contract;

/// One operation of a function.
#[derive(Debug, Clone)]
pub struct Row(Operation);

impl Deref for Row {
    type Target = Operation;

    fn deref(&self) -> &Operation {
        &self.0
    }
}

/// A route of the template.
#[derive(Debug)]
pub struct Routed {
    /// Its name there.
    pub name: String,
    /// The function.
    pub function: &'static str,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// Whether it needs a token.
    pub authorized: bool,
}

impl Row {
    /// The methods that lead to it: its own, and HEAD where that is answered.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.method.as_str()).chain(self.head.then_some("HEAD"))
    }

    /// Its routes: one for each method, and another one where its path ends in a slash.
    pub fn routes(&self) -> Vec<Routed> {
        let routed = |method: &str, slash: bool| {
            let of = if method == self.method { "" } else { "Head" };
            let (more, rest) = if slash { ("Slash", "/{proxy+}") } else { ("", "") };
            Routed {
                name: format!("{}{of}{more}", self.op),
                function: self.function,
                method: method.to_owned(),
                path: format!("{}{rest}", self.bare()),
                authorized: self.scope.is_some(),
            }
        };
        let spellings = if self.path.ends_with('/') { &[false, true][..] } else { &[false] };
        self.methods().flat_map(|method| spellings.iter().map(move |slash| routed(method, *slash))).collect()
    }
}

/// All operations of the API, open ones included.
pub fn all() -> Vec<Row> {
    operations().into_iter().map(Row).collect()
}

/// The operations that need a token.
pub fn protected() -> Vec<Row> {
    all().into_iter().filter(|row| row.scope.is_some()).collect()
}

/// The operation whose sample event, over the demo data, has this event told.
///
/// # Panics
/// When nobody has named it.
#[expect(clippy::expect_used, clippy::panic, reason = "a test without the event's origin cannot go on")]
pub fn telling(event: &str) -> Row {
    let op = match event {
        "SubscriptionRequested" | "SubscriptionActivated" => "RequestSubscriptions",
        "SubscriberStatusChanged" => "PutStatus",
        "PurchaseCompleted" => "CompletePurchase",
        "RecordingErased" => "DeleteRecording",
        "UpgradeRequested" | "PlanUpgraded" | "UpgradeClosed" => "RequestUpgrade",
        // What is told of a subscription needs one.
        "WebhookDue" => "Subscribe",
        // Told by the schedule; what this operation leaves is what it is about.
        "DayBegan" => "RequestUpgrade",
        // Told by the schedule, by an operator, by who takes the money, or by one function to another (`before`); they need
        // no operation.
        "BillRunDue" | "BillRunExpected" | "BillRunOrdered" | "BillPageListed" | "BillPagesDone"
        | "PaymentReceived" | "BillDocumentWanted" | "BillGenerated" | "BillPaid" | "UsageLookWanted"
        | "UsageLooksDue" => "GetPlan",
        other => panic!("name the operation that tells {other} in `telling` of tests/src/rows.rs"),
    };
    all().into_iter().find(|row| row.op == op).expect("an operation")
}

/// The sample events that are given to functions before this event's own can have an effect.
pub fn before(event: &str) -> &'static [(&'static str, &'static str)] {
    const RUN: (&str, &str) = ("bill-run", "begin-ordered");
    match event {
        "BillPageListed" => &[RUN],
        "BillPagesDone" | "PaymentReceived" | "BillDocumentWanted" => &[RUN, ("bill-generate", "bill-page")],
        _ => &[],
    }
}

impl Row {
    /// `plans.ListOffers`
    pub fn name(&self) -> String {
        format!("{}.{}", self.function, self.op)
    }

    /// The path without a final slash.
    pub fn bare(&self) -> &'static str {
        self.path.strip_suffix('/').unwrap_or(self.path)
    }

    /// Whether it is a write.
    pub fn writes(&self) -> bool {
        self.scope == Some(Scope::Write)
    }

    /// The file of its sample event.
    pub fn file(&self) -> String {
        format!("events/{}/{}.json", self.function, kebab(&self.op))
    }

    /// Its sample event.
    ///
    /// # Panics
    /// When there is none.
    #[expect(clippy::expect_used, reason = "a test without its event cannot go on")]
    pub fn event(&self) -> Value {
        serde_json::from_str(&crate::file(&self.file())).expect("an event")
    }

    /// Its description in the documents.
    pub fn documented(&self) -> Option<contract::Operation> {
        contract::operations().into_iter().find(|one| one.method == self.method && one.path == self.path)
    }

    /// The names of the path's variables.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The operation to send first, so that its sample event is valid on the demo data.
    pub fn before(&self) -> Option<Self> {
        let before = match self.op.as_str() {
            "DropOffer" => "AcquireOffer",
            "GetUpgradeRequest" => "RequestUpgrade",
            "RemoveFavourite" => "AddFavourite",
            "GetSubscription" | "Unsubscribe" => "Subscribe",
            _ => return None,
        };
        all().into_iter().find(|row| row.op == before)
    }
}

impl Row {
    /// Whether its sample event is valid only while data roaming of the line is held. No operation holds it.
    pub fn wants_a_hold(&self) -> bool {
        self.op == "AgreeToRoaming"
    }
}

/// `GetUpgradeRequest` as `get-upgrade-request`.
pub fn kebab(op: &str) -> String {
    let mut kebab = String::new();
    for letter in op.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}
