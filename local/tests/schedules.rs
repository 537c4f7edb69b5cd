//! Schedules: as the template declares them, on the bundle's clock, to functions and queues.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use local::dynamo::Embedded;
use local::gateway::Function;
use local::sources::{self, FaultPlan, Odds, Sources};
use local::template::{Target, Template};
use serde_json::{Value, json};
use shared::clock::Clock;

const NIGHTLY: &str = "
        Nightly:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: cron(30 1 * * ? *)
            ScheduleExpressionTimezone: America/Bogota
            Input: '{\"due\":\"<aws.scheduler.scheduled-time>\",\"id\":\"<aws.scheduler.execution-id>\"}'
            RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 }
            DeadLetterConfig: { Arn: !GetAtt UsageDeadLetters.Arn }
            FlexibleTimeWindow: { Mode: \"OFF\" }
";

const HOURLY: &str = "
  Hourly:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 hour)
      FlexibleTimeWindow: { Mode: \"OFF\" }
      Target:
        Arn: !GetAtt OrderDeadLetters.Arn
        RoleArn: !GetAtt UsageIngestRole.Arn
        Input: 'due <aws.scheduler.scheduled-time>'
";

fn ours() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml")).unwrap()
}

/// The template with an event of usage-ingest and a resource more.
fn with(event: &str, resource: &str) -> String {
    let own = "      Events:\n        UsageFiles:\n          Type: SQS";
    let text = ours();
    assert_eq!(text.matches(own).count(), 1);
    let text = text.replacen(own, &format!("      Events:{event}{}", &own["      Events:".len() + 1..]), 1);
    text.replacen("\nResources:\n", &format!("\nResources:{resource}"), 1)
}

fn parsed(event: &str, resource: &str) -> Result<Template, String> {
    Template::parse(&with(event, resource), &[]).map_err(|error| error.to_string())
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Sources whose functions write down what they are told, and fail as long as they are to.
struct World {
    sources: Sources,
    clock: Clock,
    told: Arc<Mutex<Vec<Value>>>,
    failures: Arc<Mutex<usize>>,
}

impl World {
    fn new(event: &str, resource: &str, start: &str) -> Self {
        Self::with_faults(event, resource, start, FaultPlan::default())
    }

    fn with_faults(event: &str, resource: &str, start: &str, faults: FaultPlan) -> Self {
        let template = parsed(event, resource).unwrap();
        let clock = Clock::standing_at(at(start));
        let time = clock.clone();
        let queues = sources::queues(&template, Arc::new(move || time.now())).with_faults(faults);
        let store = Embedded::in_memory().unwrap();
        store.ensure_table(&template.table.definition, None).unwrap();
        let (told, failures) = (Arc::<Mutex<Vec<Value>>>::default(), Arc::<Mutex<usize>>::default());
        let (hears, fails) = (Arc::clone(&told), Arc::clone(&failures));
        let function: Function = Arc::new(move |event, _| {
            hears.lock().unwrap().push(event);
            let mut left = fails.lock().unwrap();
            let fails = *left > 0;
            *left = left.saturating_sub(1);
            async move { if fails { Err("it fails".to_owned()) } else { Ok(json!({})) } }.boxed()
        });
        let functions = BTreeMap::from([("usage-ingest".to_owned(), function)]);
        Self { sources: Sources::new(&template, &store, queues, functions), clock, told, failures }
    }

    async fn go_to(&mut self, time: &str) {
        self.clock.set(at(time));
        self.sources.settle(at(time)).await.unwrap();
    }

    /// The times for which the function was told, since this was last asked.
    fn due(&self) -> Vec<String> {
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        told.iter().map(|event| event["due"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn a_function_is_told_every_night_of_the_country_once_and_in_order() {
    let mut world = World::new(NIGHTLY, "", "2026-03-10T15:00:00Z");
    world.go_to("2026-03-11T06:29:59Z").await;
    assert!(world.due().is_empty());
    world.go_to("2026-03-11T06:30:00Z").await;
    assert_eq!(world.due(), ["2026-03-11T06:30:00Z"]);
    world.go_to("2026-03-14T12:00:00Z").await;
    assert_eq!(world.due(), ["2026-03-12T06:30:00Z", "2026-03-13T06:30:00Z", "2026-03-14T06:30:00Z"]);
    world.go_to("2026-03-14T12:00:00Z").await;
    assert!(world.due().is_empty());
}

#[tokio::test]
async fn a_function_that_fails_is_told_the_same_time_again() {
    let mut world = World::new(NIGHTLY, "", "2026-03-10T15:00:00Z");
    *world.failures.lock().unwrap() = 2;
    let mut now = at("2026-03-11T06:30:00Z");
    for wait in [0, 1, 2] {
        now += TimeDelta::minutes(wait);
        world.go_to(&now.to_rfc3339()).await;
        assert_eq!(world.due(), ["2026-03-11T06:30:00Z"], "after {wait} minutes");
    }
    world.go_to("2026-03-11T12:00:00Z").await;
    assert!(world.due().is_empty(), "the third time it has not failed");
}

#[tokio::test]
async fn a_queue_gets_what_a_schedule_says() {
    let mut world = World::new("\n", HOURLY, "2026-03-10T15:00:00Z");
    world.go_to("2026-03-10T17:30:00Z").await;
    let messages = world.sources.queues().messages("OrderDeadLetters");
    let bodies: Vec<_> = messages.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["due 2026-03-10T15:00:00Z", "due 2026-03-10T16:00:00Z", "due 2026-03-10T17:00:00Z"]);
}

/// No faults but those that are named in front of it.
const CALM: Odds =
    Odds { duplicate: 0, late: 0, reorder: 0, redelivered: 0, lost_answer: 0, crash: 0, together: 0, halt: 0 };

#[tokio::test]
async fn faults_tell_twice_and_lose_answers() {
    let twice = || FaultPlan::of(1, Odds { duplicate: 100, ..CALM });
    let mut world = World::with_faults(NIGHTLY, HOURLY, "2026-03-11T06:00:00Z", twice());
    world.go_to("2026-03-11T06:30:00Z").await;
    assert_eq!(world.due(), ["2026-03-11T06:30:00Z"; 2]);
    assert_eq!(world.sources.queues().messages("OrderDeadLetters").len(), 2, "of one hour");
    let lost = FaultPlan::of(1, Odds { lost_answer: 100, ..CALM });
    let mut world = World::with_faults(NIGHTLY, "", "2026-03-11T06:00:00Z", lost.clone());
    world.go_to("2026-03-11T06:30:00Z").await;
    assert_eq!(world.due(), ["2026-03-11T06:30:00Z"]);
    lost.end();
    world.go_to("2026-03-11T06:31:00Z").await;
    assert_eq!(world.due(), ["2026-03-11T06:30:00Z"], "it was done, and is done again");
    world.go_to("2026-03-11T07:00:00Z").await;
    assert!(world.due().is_empty());
    let late = FaultPlan::of(1, Odds { late: 100, ..CALM });
    let world = World::with_faults("\n", "", "2026-03-11T06:00:00Z", late);
    let (queues, now) = (world.sources.queues(), world.clock.now());
    queues.send("OrderDeadLetters", "late".to_owned(), BTreeMap::new(), now);
    assert!(queues.receive("OrderDeadLetters", 10, now).is_empty());
    assert_eq!(queues.receive("OrderDeadLetters", 10, now + TimeDelta::minutes(5)).len(), 1);
    let shown = FaultPlan::of(1, Odds { redelivered: 100, ..CALM });
    let world = World::with_faults("\n", "", "2026-03-11T06:00:00Z", shown);
    let (queues, now) = (world.sources.queues(), world.clock.now());
    queues.send("OrderDeadLetters", "again".to_owned(), BTreeMap::new(), now);
    let received = [(); 2].map(|()| queues.receive("OrderDeadLetters", 10, now).len());
    assert_eq!(received, [1, 1]);
}

#[test]
fn schedules_are_read_whole() {
    // Beside those of the template itself.
    let own = parsed("\n", "").unwrap().sources.schedules;
    let mut schedules = parsed(NIGHTLY, HOURLY).unwrap().sources.schedules;
    schedules.retain(|schedule| !own.contains(schedule));
    let [nightly, hourly] = schedules.as_slice() else { panic!("{schedules:?}") };
    assert_eq!((nightly.name.as_str(), nightly.is_enabled), ("UsageIngest.Events.Nightly", true));
    assert_eq!(nightly.target, Target::Function("usage-ingest".to_owned()));
    assert_eq!(hourly.target, Target::Queue("OrderDeadLetters".to_owned()));
    let off = NIGHTLY.replace("            Input", "            State: DISABLED\n            Input");
    assert!(!parsed(&off, "").unwrap().sources.schedules[0].is_enabled);
}

#[test]
fn what_is_not_played_is_an_error_with_its_place() {
    for (from, to, expected) in [
        ("cron(30 1 * * ? *)", "cron(30 1 L * ? *)", "ScheduleExpression: cron(30 1 L * ? *): L is not played"),
        ("America/Bogota", "America/Nowhere", "ScheduleExpressionTimezone: no zone is called America/Nowhere"),
        ("Mode: \"OFF\"", "Mode: FLEXIBLE, MaximumWindowInMinutes: 5", "FlexibleTimeWindow: only Mode: OFF is played"),
        ("scheduled-time", "attempt-number", "Input: <aws.scheduler.attempt-number> is not played"),
        ("'{\"due\"", "'{due", "Input: no JSON: "),
        (
            "MaximumRetryAttempts: 3",
            "MaximumRetryAttempts: 186",
            "RetryPolicy: MaximumRetryAttempts must be from 0 to 185",
        ),
        ("MaximumRetryAttempts: 3", "Attempts: 3", "Attempts is not played"),
        ("UsageDeadLetters.Arn", "UsageIngestRole.Arn", "DeadLetterConfig: UsageIngestRole is no queue"),
        ("FlexibleTimeWindow", "StartDate", "StartDate is not played"),
        ("ScheduleV2", "Schedule", "the type Schedule is not played"),
        ("            Input", "            State: OFF\n            Input", "State: "),
    ] {
        assert!(NIGHTLY.contains(from), "{from}");
        let error = parsed(&NIGHTLY.replacen(from, to, 1), "").unwrap_err();
        let start = "template: UsageIngest.Events.Nightly: ";
        assert!(error.starts_with(start) && error.contains(expected), "{error}");
    }
    for (from, to, expected) in [
        ("OrderDeadLetters.Arn", "Table.Arn", "Target: Table is no queue of the template"),
        ("        Input: 'due <aws.scheduler.scheduled-time>'\n", "", "Target: Input: a schedule without one"),
        (
            "        Input:",
            "        SqsParameters: { MessageGroupId: a }\n        Input:",
            "SqsParameters is not played",
        ),
        ("      FlexibleTimeWindow: { Mode: \"OFF\" }\n", "", "FlexibleTimeWindow: it is required"),
    ] {
        assert!(HOURLY.contains(from), "{from}");
        let error = parsed("\n", &HOURLY.replacen(from, to, 1)).unwrap_err();
        assert!(error.starts_with("template: Hourly: ") && error.contains(expected), "{error}");
    }
}
