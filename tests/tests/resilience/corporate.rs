//! The writes of the corporate and billing documents.

use serde_json::{Value, json};
use shared::domain::country::Country;
use shared::domain::customer::{BillingGroup, Customer};
use shared::domain::ids::{CustomerCode, ProfileId};
use shared::domain::recording::{Format, Recording};
use shared::domain::service::Services;
use shared::files::{LINK_LIFE, ObjectKey};
use shared::table::{Changes, Stored};
use tests::FILES;
use tests::{Caller, Reply, World};

use crate::action::Action;
use crate::scene::partition;

/// A write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corporate {
    AddServices,
    RemoveServices,
    ReplaceServices,
    Purchase,
    CreateGroup,
    UpdateGroup,
    DeleteGroup,
    Erase,
}

impl Corporate {
    /// Every write.
    pub const ALL: [Self; 8] = [
        Self::AddServices,
        Self::RemoveServices,
        Self::ReplaceServices,
        Self::Purchase,
        Self::CreateGroup,
        Self::UpdateGroup,
        Self::DeleteGroup,
        Self::Erase,
    ];

    /// The name of an object, in every key and value that is its own.
    fn name(at: usize) -> String {
        format!("77{at:08}")
    }

    fn request(self, at: usize) -> (&'static str, String, Value) {
        let name = Self::name(at);
        let services = |partnum: &str| json!({ "serviceCollection": [{ "partnum": partnum }] });
        let groups = format!("/customers/code/{name}/bills/groups");
        match self {
            Self::AddServices => ("POST", format!("/profiles/{name}/services"), services("PN-DATOS-01")),
            Self::RemoveServices => ("DELETE", format!("/profiles/{name}"), services("PN-VOZ-01")),
            Self::ReplaceServices => {
                let body = json!({ "service": [{ "id": 600_101, "partnum": "PN-DATOS-03" }] });
                ("PUT", format!("/profile/{name}"), body)
            }
            Self::Purchase => ("POST", format!("/accounts/{name}/processes"), json!({ "consultantId": 7 })),
            Self::CreateGroup => ("POST", groups, json!({ "groupId": "G-2", "address": "Calle 1 # 2-3" })),
            Self::UpdateGroup => ("PUT", groups, json!({ "groupId": "G-1", "address": "Calle 4 # 5-6" })),
            Self::DeleteGroup => ("DELETE", groups, json!({ "groupId": "G-1" })),
            Self::Erase => ("DELETE", format!("/calls/{name}/recordings"), json!({})),
        }
    }
}

impl Action for Corporate {
    type Seen = Vec<String>;

    async fn prepare(self, world: &World, at: usize) {
        let name = Self::name(at);
        match self {
            Self::AddServices | Self::RemoveServices | Self::ReplaceServices | Self::Purchase => {
                profile(world, &name).await;
            }
            Self::CreateGroup | Self::UpdateGroup | Self::DeleteGroup => customer(world, &name).await,
            Self::Erase => recording(world, &name).await,
        }
        if self == Self::Purchase {
            Self::AddServices.send(&world.portal(), at, None).await.expect(200);
            Self::RemoveServices.send(&world.portal(), at, None).await.expect(200);
        }
    }

    async fn send(self, caller: &Caller<'_>, at: usize, key: Option<&str>) -> Reply {
        let (method, path, body) = self.request(at);
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        caller.send(method, &path, &headers, &body.to_string()).await
    }

    async fn look(self, world: &World, at: usize) -> Vec<String> {
        let name = Self::name(at);
        let mut seen = Vec::new();
        for pk in ["PROF#NAME", "ACCT#NAME", "CTR#NAME", "CUST#NAME", "REC#NAME", "ERASE#2026-03-10", "EXT#6015550101"]
        {
            let mut items = partition(world, &pk.replace("NAME", &name));
            // An event's id is made of the name in a way that cannot be taken back.
            items.iter_mut().filter_map(Value::as_object_mut).for_each(|item| drop(item.remove("event_id")));
            let own = items.iter().map(Value::to_string).filter(|item| item.contains(&name));
            seen.extend(own.map(|item| item.replace(&name, "NAME")));
        }
        if self == Self::Erase {
            let files = world.store.bucket.files(FILES).unwrap();
            let link = files.link(&file(&stored(&name)), LINK_LIFE).await.unwrap();
            seen.push(format!("file: {}", world.follow(&link).await.status()));
        }
        seen
    }

    fn places(self, keyed: bool) -> Vec<(&'static str, usize)> {
        let mut places = vec![("TransactWriteItems", 0)];
        places.extend(keyed.then_some(("GetItem", 0)));
        match self {
            Self::Erase => places.extend([("TransactWriteItems", 1), ("GetItem", usize::from(keyed))]),
            Self::Purchase => places.extend([("Query", 0), ("BatchGetItem", 0)]),
            _ => places.push(("Query", 0)),
        }
        places
    }

    fn done(self) -> u16 {
        200
    }

    fn repeated(self) -> u16 {
        match self {
            Self::CreateGroup => 400,
            Self::DeleteGroup | Self::Erase => 404,
            _ => 200,
        }
    }

    fn has_steps(self) -> bool {
        self == Self::Erase
    }
}

async fn commit(world: &World, changes: Changes) {
    world.operator.writer.commit(changes, None, world.clock.now()).await.unwrap();
}

/// An account, and in it a profile like the first of the demo data, both of this name.
async fn profile(world: &World, name: &str) {
    let reader = world.operator.writer.reader();
    let model: ProfileId = "10010101".parse().unwrap();
    let (profile, services) = reader.profile_and_services(&model).await.unwrap();
    let mut profile = profile.unwrap();
    let mut account = reader.account(&profile.account).await.unwrap().unwrap();
    account.id = name.parse().unwrap();
    profile.id = name.parse().unwrap();
    profile.account = account.id.clone();
    profile.contract = name.parse().unwrap();
    let mut changes = Changes::new();
    changes.put_account(&account, world.clock.now()).unwrap();
    changes.put_profile(None, &profile).unwrap();
    changes.update_services(&profile, &Stored { value: Services::default(), rev: 0 }, &services.value).unwrap();
    commit(world, changes).await;
}

/// A customer of this name with one billing group.
async fn customer(world: &World, name: &str) {
    let code: CustomerCode = name.parse().unwrap();
    let customer = Customer {
        code: code.clone(),
        identities: [].into(),
        name: "Sample".to_owned(),
        address: "Calle 1".to_owned(),
    };
    let group = BillingGroup { id: "G-1".parse().unwrap(), address: "Calle 1".to_owned(), since: None };
    let mut changes = Changes::new();
    changes.put_customer(&customer).unwrap();
    changes.put_group(&code, &group, world.clock.now()).unwrap();
    commit(world, changes).await;
}

fn stored(name: &str) -> Recording {
    let recording = json!({
        "id": name.parse::<u64>().unwrap(), "customer": "1001", "extension": 6_015_550_101_u64,
        "start": "2026-03-01T10:00:00Z", "seconds": 2, "direction": "IN", "origin": 3_005_550_111_u64,
        "destination": "6015550101", "files": { "wav": 100 },
    });
    serde_json::from_value(recording).unwrap()
}

fn file(recording: &Recording) -> ObjectKey {
    ObjectKey::recording(Country::by_code("co").unwrap(), recording, Format::Wav).unwrap()
}

/// A recording of this name with its file.
async fn recording(world: &World, name: &str) {
    let recording = stored(name);
    world.store.bucket.put(&file(&recording), "audio/wav", b"sound".to_vec()).await.unwrap();
    world.operator.writer.create_recording(&recording, world.clock.now()).await.unwrap();
}
