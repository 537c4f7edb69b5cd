//! The writes of the mobile document, each with what it does to a line and what its repetition is told.

use serde_json::{Value, json};
use shared::domain::subscriber::Subscriber;
use tests::world::LINE;
use tests::{Caller, Reply, World};

use crate::action::Action;
use crate::scene::{Ledger, ledger, line_like};

/// The offer that is bought and dropped.
const OFFER: &str = "204";

/// A write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    Block,
    AddFavourite,
    RemoveFavourite,
    Buy,
    Drop,
    ChangePlan,
    RequestUpgrade,
    RequestPlans,
}

impl Write {
    /// Every write.
    pub const ALL: [Self; 8] = [
        Self::Block,
        Self::AddFavourite,
        Self::RemoveFavourite,
        Self::Buy,
        Self::Drop,
        Self::ChangePlan,
        Self::RequestUpgrade,
        Self::RequestPlans,
    ];

    /// The number of its line.
    pub fn number(at: usize) -> String {
        format!("316{at:07}")
    }

    fn request(self, number: &str) -> (&'static str, String, Value) {
        let plans = |rest: &str| format!("/plans/subscribers/{number}/{rest}");
        match self {
            Self::Block => {
                let body = json!({ "code": "Blocked", "assetType": "SIM", "updateReason": "lost" });
                ("PUT", format!("/billing/subscribers/{number}/status"), body)
            }
            Self::AddFavourite => {
                ("POST", plans("favorites/"), json!({ "PhoneNumber": "3100000000", "Label": "Abuela" }))
            }
            Self::RemoveFavourite => ("DELETE", plans("favorites/"), json!({ "PhoneNumber": "3005550101" })),
            Self::Buy => ("POST", plans(&format!("acquiredoffers/{OFFER}")), json!({})),
            Self::Drop => ("DELETE", plans(&format!("acquiredoffers/{OFFER}")), json!({})),
            Self::ChangePlan => ("PUT", plans("current"), json!({ "planId": "102" })),
            Self::RequestUpgrade => ("POST", plans("upgraderequest"), json!({ "planId": "104", "name": "Ana Sample" })),
            Self::RequestPlans => {
                let body = json!({
                    "planId": "150", "planName": "Datos Extra 2GB", "categoryName": "Adicionales",
                    "name": "Ana Sample",
                });
                ("POST", plans("subscriptionrequests/"), body)
            }
        }
    }
}

impl Action for Write {
    type Seen = Ledger;

    async fn prepare(self, world: &World, at: usize) {
        line_like(world, LINE, &Self::number(at), |_: &mut Subscriber| ()).await;
        if self == Self::Drop {
            Self::Buy.send(&world.portal(), at, None).await.expect(201);
        }
    }

    async fn send(self, caller: &Caller<'_>, at: usize, key: Option<&str>) -> Reply {
        let (method, path, body) = self.request(&Self::number(at));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        caller.send(method, &path, &headers, &body.to_string()).await
    }

    async fn look(self, world: &World, at: usize) -> Ledger {
        let mut ledger = ledger(world, &Self::number(at), OFFER).await;
        ledger.line.value.msisdn = world.msisdn(LINE);
        ledger.line.value.contract = "0".parse().unwrap();
        for bought in &mut ledger.bought {
            bought.contract = Some("0".parse().unwrap());
        }
        for charge in &mut ledger.charges {
            charge.msisdn = world.msisdn(LINE);
        }
        ledger
    }

    fn places(self, keyed: bool) -> Vec<(&'static str, usize)> {
        let mut places = vec![("TransactWriteItems", 0), ("GetItem", 0)];
        places.extend(keyed.then_some(("GetItem", 1)));
        // These two need no catalogue.
        if !matches!(self, Self::Block | Self::RemoveFavourite) {
            places.push(("Query", 0));
        }
        places
    }

    fn done(self) -> u16 {
        match self {
            Self::AddFavourite | Self::Buy | Self::Drop => 201,
            Self::Block | Self::RemoveFavourite | Self::ChangePlan | Self::RequestUpgrade | Self::RequestPlans => 200,
        }
    }

    fn repeated(self) -> u16 {
        match self {
            Self::Block | Self::RequestPlans => 200,
            Self::AddFavourite => 201,
            Self::Buy | Self::ChangePlan | Self::RequestUpgrade => 403,
            Self::RemoveFavourite | Self::Drop => 404,
        }
    }
}
