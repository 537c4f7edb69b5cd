//! A subscription, and what it becomes when its address answers or does not.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::id::{Ended, HookId};
use super::wants::Wants;
use crate::domain::ids::ClientId;

/// How long a subscription may fail before it is given up.
pub const PATIENCE: TimeDelta = TimeDelta::hours(24);
/// How long is waited after the first failed attempt, after the second and so on (Standard Webhooks, "deliverability and
/// reliability"); after later ones as long as after the last of these.
const PAUSES: [TimeDelta; 6] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
];
/// How long at most is waited because the address asks for it.
const LONGEST_ASKED: TimeDelta = TimeDelta::hours(1);
/// For how long who tries a failing address keeps others from trying it: longer than an attempt takes.
const CLAIM: TimeDelta = TimeDelta::seconds(30);

/// A client's subscription to events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Which one of the client's.
    pub id: HookId,
    /// Whose it is.
    pub client: ClientId,
    /// The address that is told, as it was given.
    pub callback: String,
    /// Of what.
    pub wants: Wants,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Since its last success it has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
    /// It was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
}

/// How long and how often a subscription has failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Since when.
    pub since: DateTime<Utc>,
    /// How many attempts.
    pub failures: u32,
    /// When it is tried again.
    pub not_before: DateTime<Utc>,
}

/// When and why a subscription was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: Ended,
    /// Since when it had failed.
    pub failing_since: DateTime<Utc>,
    /// How many attempts had failed.
    pub failures: u32,
}

/// Whether a subscription can be told of something now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It can.
    Open,
    /// It has failed, and it is time to try it again: one at a time, who has claimed it.
    Probe,
    /// Not before this time.
    Later(DateTime<Utc>),
    /// Never again.
    Shut,
}

/// What an attempt came to that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It may succeed later; the address may have asked to be left alone for so long.
    Later(Option<TimeDelta>),
    /// The address says that it is gone for good.
    Gone,
}

impl Hook {
    /// A new subscription.
    pub const fn new(id: HookId, client: ClientId, callback: String, wants: Wants, created: DateTime<Utc>) -> Self {
        Self { id, client, callback, wants, created, failing: None, disabled: None }
    }

    /// Whether it can be told of something now.
    pub fn gate(&self, now: DateTime<Utc>) -> Gate {
        match (&self.disabled, &self.failing) {
            (Some(_), _) => Gate::Shut,
            (None, None) => Gate::Open,
            (None, Some(failing)) if now < failing.not_before => Gate::Later(failing.not_before),
            (None, Some(_)) => Gate::Probe,
        }
    }

    /// Somebody tries it, and nobody else does meanwhile. Nothing for one that does not fail.
    #[must_use]
    pub fn claimed(&self, now: DateTime<Utc>) -> Self {
        let failing = self.failing.clone().map(|failing| Failing { not_before: now + CLAIM, ..failing });
        Self { failing, ..self.clone() }
    }

    /// An attempt has succeeded.
    #[must_use]
    pub fn recovered(&self) -> Self {
        Self { failing: None, ..self.clone() }
    }

    /// An attempt has failed: it is tried again after a pause, or given up when that has gone on for [`PATIENCE`]. The last
    /// attempt is at the end of that time.
    #[must_use]
    pub fn failed(&self, how: Failed, now: DateTime<Utc>) -> Self {
        let before = self.failing.as_ref();
        let since = before.map_or(now, |failing| failing.since);
        let failures = before.map_or(0, |failing| failing.failures).saturating_add(1);
        let end = since + PATIENCE;
        let reason = match how {
            Failed::Gone => Some(Ended::Gone),
            Failed::Later(_) => (now >= end).then_some(Ended::Failing),
        };
        if let Some(reason) = reason {
            let disabled = Disabled { at: now, reason, failing_since: since, failures };
            return Self { failing: None, disabled: Some(disabled), ..self.clone() };
        }
        let asked = if let Failed::Later(asked) = how { asked } else { None };
        let not_before = (now + pause(failures, asked)).min(end);
        Self { failing: Some(Failing { since, failures, not_before }), ..self.clone() }
    }
}

/// How long is waited after so many failures.
fn pause(failures: u32, asked: Option<TimeDelta>) -> TimeDelta {
    let [shortest, .., longest] = PAUSES;
    let at = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    let own = PAUSES.get(at).copied().unwrap_or(longest);
    asked.map_or(own, |asked| asked.clamp(shortest, LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Failed = Failed::Later(None);

    fn start() -> DateTime<Utc> {
        "2026-03-10T15:00:00Z".parse().unwrap()
    }

    fn hook() -> Hook {
        let (client, callback) = ("portal".parse().unwrap(), "https://hooks.example/in".to_owned());
        Hook::new(HookId::FIRST, client, callback, Wants::default(), start())
    }

    fn next(hook: &Hook) -> DateTime<Utc> {
        hook.failing.as_ref().unwrap().not_before
    }

    #[test]
    fn it_is_tried_again_after_pauses_that_grow_until_a_day_is_over() {
        let (mut hook, mut now, mut waited) = (hook(), start(), Vec::new());
        while hook.disabled.is_none() {
            hook = hook.failed(LATER, now);
            if hook.disabled.is_none() {
                waited.push((next(&hook) - now).num_seconds());
                assert_eq!(hook.gate(now), Gate::Later(next(&hook)));
                now = next(&hook);
                assert_eq!(hook.gate(now), Gate::Probe);
            }
        }
        assert_eq!(waited[..6], [5, 300, 1_800, 7_200, 18_000, 36_000]);
        assert_eq!(waited.iter().sum::<i64>(), 86_400, "{waited:?}");
        let disabled = hook.disabled.clone().unwrap();
        assert_eq!((disabled.reason, disabled.failing_since, disabled.at), (Ended::Failing, start(), now));
        assert_eq!((hook.gate(now), disabled.failures), (Gate::Shut, 8));
    }

    #[test]
    fn a_success_forgets_the_failures() {
        let failing = hook().failed(LATER, start()).failed(LATER, start());
        let well = failing.recovered();
        assert_eq!((well.gate(start()), &well), (Gate::Open, &hook()));
        assert_eq!(next(&well.failed(LATER, start())) - start(), TimeDelta::seconds(5));
    }

    #[test]
    fn the_address_may_ask_for_another_pause_within_bounds() {
        let pause = |asked| {
            let asked = Failed::Later(Some(TimeDelta::seconds(asked)));
            (next(&hook().failed(asked, start())) - start()).num_seconds()
        };
        assert_eq!((pause(0), pause(60), pause(1_000_000)), (5, 60, 3_600));
    }

    #[test]
    fn one_that_is_gone_is_given_up_at_once() {
        let gone = hook().failed(Failed::Gone, start());
        assert_eq!(gone.disabled.as_ref().unwrap().reason, Ended::Gone);
        assert_eq!(gone.gate(start() + TimeDelta::days(9)), Gate::Shut);
    }

    #[test]
    fn who_has_claimed_a_failing_one_tries_it_alone() {
        let now = start() + TimeDelta::seconds(5);
        let claimed = hook().failed(LATER, start()).claimed(now);
        assert_eq!(claimed.gate(now), Gate::Later(now + CLAIM));
        assert_eq!(claimed.failing.as_ref().unwrap().failures, 1, "it is no failure yet");
        assert_eq!(hook().claimed(now), hook());
    }
}
