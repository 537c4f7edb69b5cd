//! The routes of all functions as one list.

use std::fmt::Debug;

use accounts::Accounts;
use billing::Billing;
use calls::Calls;
use customers::Customers;
use plans::Plans;
use serde_json::Value;
use shared::auth::Scope;
use shared::http::{OpenService, Service, Shape};
use subscribers::Subscribers;
use token::Token;

use crate::contract;

/// One operation of a function.
#[derive(Debug, Clone)]
pub struct Row {
    /// The function.
    pub function: &'static str,
    /// The operation, as its `Op` is called.
    pub op: String,
    /// The method.
    pub method: String,
    /// The path as in the document.
    pub path: &'static str,
    /// What the token must allow; nothing for an operation without token.
    pub scope: Option<Scope>,
    /// How its errors look.
    pub shape: Shape,
}

/// All routes; those without token are the token function's. A function that is missing here fails a test of the house.
pub fn all() -> Vec<Row> {
    [
        closed::<Accounts>(),
        closed::<Billing>(),
        closed::<Subscribers>(),
        closed::<Plans>(),
        closed::<Calls>(),
        closed::<Customers>(),
        open::<Token>(),
    ]
    .concat()
}

/// The routes that need a token: the documented operations.
pub fn protected() -> Vec<Row> {
    all().into_iter().filter(|row| row.scope.is_some()).collect()
}

fn closed<S: Service>() -> Vec<Row> {
    let row = |route: &shared::http::Route<S::Op>| Row {
        function: S::NAME,
        op: name(&route.op),
        method: route.method.to_string(),
        path: route.path,
        scope: Some(route.scope),
        shape: route.shape,
    };
    S::ROUTES.iter().map(row).collect()
}

fn open<S: OpenService>() -> Vec<Row> {
    let row = |route: &shared::http::OpenRoute<S::Op>| Row {
        function: S::NAME,
        op: name(&route.op),
        method: route.method.to_string(),
        path: route.path,
        scope: None,
        shape: Shape::Token,
    };
    S::ROUTES.iter().map(row).collect()
}

fn name(op: &impl Debug) -> String {
    format!("{op:?}")
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

    /// Whether it changes something.
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

    /// What has to be done before its sample event is a valid call on the demo data.
    pub fn before(&self) -> Option<Self> {
        let before = match self.op.as_str() {
            "DropOffer" => "AcquireOffer",
            "GetUpgradeRequest" => "RequestUpgrade",
            "RemoveFavourite" => "AddFavourite",
            _ => return None,
        };
        all().into_iter().find(|row| row.op == before)
    }
}

/// `GetUpgradeRequest` as `get-upgrade-request`.
fn kebab(op: &str) -> String {
    let mut kebab = String::new();
    for letter in op.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}
