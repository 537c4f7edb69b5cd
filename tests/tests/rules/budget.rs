//! Each operation's requests and units, measured and compared with `tests/budgets.txt`.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::World;
use tests::rows::{self, Row};
use tokio::sync::OnceCell;

use crate::committed;
use crate::stage::{Stage, without_key};

/// Operations whose cost depends on the length of a list; every other read is one object.
const LISTS: &[&str] = &[
    "Usage",
    "Bills",
    "Calls",
    "SearchRecordings",
    "GetPortfolio",
    "GetDocument",
    "FindLineProfile",
    "ListLines",
    "ListProducts",
    "GetLimits",
];
const FILE: &str = "tests/budgets.txt";
const WALK: &str = "budget";

/// How an operation is invoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Not the first request of its process.
    Warm,
    /// The first request of its process: nothing is cached.
    Cold,
    /// Warm, with an `Idempotency-Key`.
    Keyed,
    /// Warm, by a caller who sees one customer alone, and so may be refused.
    Bound,
}

/// The cost of a request.
#[derive(Debug, Clone)]
pub struct Cost {
    /// Function and operation.
    pub name: String,
    reads: bool,
    manner: Manner,
    requests: usize,
    /// Requests one after the other.
    pub trips: usize,
    /// Units, in tenths.
    pub tenths: u64,
    /// Those that were written.
    pub written: u64,
    asked: String,
}

impl Cost {
    /// Whether it is that of a request which is not the first of its process and has no key.
    pub fn is_warm(&self) -> bool {
        self.manner == Manner::Warm
    }
}

async fn cost(row: &Row, manner: Manner) -> Cost {
    let world = World::demo().await;
    let mut stage = Stage::of(&world);
    stage.prepare(row).await;
    let event = stage.event(row).await;
    let mut event = if manner == Manner::Keyed { event } else { without_key(event) };
    if manner == Manner::Bound {
        event["requestContext"]["authorizer"]["lambda"]["customers"] = json!("1001");
    }
    if manner == Manner::Cold {
        stage = Stage::of(&world);
    } else {
        warm_up(&stage).await;
    }
    let answer = measured(&world, &stage, row.function, event, row.name(), manner).await;
    let status = answer.1["statusCode"].as_u64().unwrap_or_default();
    let is_good = (200..300).contains(&status) || status == 302;
    assert!(is_good, "{}: only a success has a cost worth keeping: {}", row.name(), answer.1);
    Cost { reads: !row.writes() && row.scope.is_some(), ..answer.0 }
}

async fn measured(
    world: &World,
    stage: &Stage<'_>,
    function: &str,
    event: Value,
    name: String,
    manner: Manner,
) -> (Cost, Value) {
    world.meter.take();
    stage.take_trips();
    let answer = stage.call(function, event).await;
    let seen = world.meter.take();
    let asked: Vec<_> = seen.iter().map(|request| request.operation.as_str()).collect();
    let cost = Cost {
        name,
        reads: false,
        manner,
        requests: seen.len(),
        trips: stage.take_trips(),
        tenths: seen.iter().map(|request| request.tenths).sum(),
        written: seen.iter().filter(|request| writes(&request.operation)).map(|request| request.tenths).sum(),
        asked: asked.join(" "),
    };
    (cost, answer)
}

fn writes(operation: &str) -> bool {
    !["GetItem", "BatchGetItem", "Query"].contains(&operation)
}

/// Fills the functions' caches: the catalogue and the keys.
async fn warm_up(stage: &Stage<'_>) {
    for row in rows::all().iter().filter(|row| ["ListPlans", "GetStatus", "GetService"].contains(&row.op.as_str())) {
        stage.call(row.function, row.event()).await;
    }
    stage.token().await;
}

/// The authorizer has no route.
async fn cost_of_the_authorizer() -> Cost {
    let world = World::demo().await;
    let stage = Stage::of(&world);
    let mut event: Value = serde_json::from_str(&tests::file("events/authorizer/authorize.json")).unwrap();
    event["identitySource"] = json!([format!("Bearer {}", stage.token().await)]);
    let (cost, answer) =
        measured(&world, &stage, "authorizer", event, "authorizer.Authorize".to_owned(), Manner::Warm).await;
    assert_eq!(answer["context"]["verdict"], "valid");
    cost
}

/// What each operation costs, in each manner, with the authorizer's call first. Measured once for all who ask.
pub async fn costs() -> &'static [Cost] {
    static COSTS: OnceCell<Vec<Cost>> = OnceCell::const_new();
    COSTS.get_or_init(measure).await
}

async fn measure() -> Vec<Cost> {
    let mut costs = vec![cost_of_the_authorizer().await];
    for row in rows::all() {
        costs.push(cost(&row, Manner::Warm).await);
        costs.push(cost(&row, Manner::Cold).await);
        if row.writes() {
            costs.push(cost(&row, Manner::Keyed).await);
        }
        if row.scope.is_some() {
            costs.push(cost(&row, Manner::Bound).await);
        }
    }
    costs
}

fn table(costs: &[Cost]) -> String {
    let mut text = format!(
        "# The table requests of each operation, over the demo data. Concurrent requests are one trip.\n\
         # By a caller who sees every customer. warm: not the first request of its process; cold: the first; keyed: warm,\n\
         # with an Idempotency-Key; bound: warm, by a caller who sees one customer, and whom the owner comes first for.\n\
         # Written by `{}`.\n\n\
         {:<32} {:<6} {:>8} {:>6} {:>6}  asked\n",
        committed::command(WALK),
        "operation",
        "manner",
        "requests",
        "trips",
        "units"
    );
    for cost in costs {
        let Cost { name, manner, requests, trips, tenths, asked, .. } = cost;
        let manner = format!("{manner:?}").to_lowercase();
        let units = format!("{}.{}", tenths / 10, tenths % 10);
        let line = format!("{name:<32} {manner:<6} {requests:>8} {trips:>6} {units:>6}  {asked}");
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text
}

#[tokio::test]
async fn the_budget_of_requests_and_units_is_kept() {
    let costs = costs().await;
    for cost in costs {
        let Cost { name, manner, requests, trips, tenths, .. } = cost;
        let other = |manner| costs.iter().find(|other| other.name == *name && other.manner == manner).unwrap();
        if cost.reads {
            // A line names its account and profile, so these are read after it; or its contract, and that its period.
            let after = match name.as_str() {
                "accounts.FindLineProfile" => 1,
                "limits.GetLimits" => 2,
                _ => 0,
            };
            let most = 1 + after + usize::from(*manner == Manner::Bound);
            assert!(*trips <= most, "{name} ({manner:?}): a read is one round trip; ask for all at the same time");
        }
        let is_list = LISTS.iter().any(|list| name.contains(list));
        if cost.reads && !is_list && *manner == Manner::Warm {
            assert!(*tenths <= 10, "{name}: reading one object costs at most 1 unit, not {tenths} tenths");
        }
        match manner {
            Manner::Warm => {}
            Manner::Cold => {
                let warm = other(Manner::Warm);
                assert!(*requests <= warm.requests + 1, "{name}: a cold request reads the catalogue and nothing else");
                let most = warm.trips.max(1);
                assert!(*trips <= most, "{name}: the catalogue is asked for at the same time as the line");
            }
            Manner::Keyed => {
                let warm = other(Manner::Warm);
                assert!(*requests <= warm.requests + 1, "{name}: a key costs one request, the look for its answer");
            }
            Manner::Bound => {
                let warm = other(Manner::Warm);
                assert!(*requests <= warm.requests + 1, "{name}: who may be refused costs one request, for the owner");
                assert!(*trips <= warm.trips + 1, "{name}: who may be refused waits once, for the owner");
                assert!(*tenths <= warm.tenths + 10, "{name}: the owner is a small read");
            }
        }
    }
    committed::compare(FILE, &table(costs), WALK);
}
