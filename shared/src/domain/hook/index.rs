//! Which subscriptions a client has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::HookId;
use super::wants::Wants;
use crate::domain::ids::EventName;
use crate::error::Refusal;

/// Most subscriptions of a client, those that were given up included.
pub const MOST: usize = 10;

/// The subscriptions of a client, as far as it takes to know which of them want an event. Whoever adds or removes one does so at
/// this list's revision, so that no race makes more than [`MOST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookIndex {
    /// The one that was added last, removed or not.
    last: Option<HookId>,
    hooks: BTreeMap<HookId, Listed>,
}

/// A subscription in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    wants: Wants,
    is_active: bool,
}

impl HookIndex {
    /// The list with one more, and how that one is called.
    ///
    /// # Errors
    /// 403 when it is full.
    pub fn with(&self, wants: &Wants) -> Result<(Self, HookId), Refusal> {
        let next = self.last.map_or(Some(HookId::FIRST), HookId::next).filter(|_| self.hooks.len() < MOST);
        let id = next.ok_or(Refusal::new("a client has at most 10 subscriptions; delete one first"))?;
        let mut after = self.clone();
        after.last = Some(id);
        after.hooks.insert(id, Listed { wants: wants.clone(), is_active: true });
        Ok((after, id))
    }

    /// The list without one.
    #[must_use]
    pub fn without(&self, id: HookId) -> Self {
        let mut after = self.clone();
        after.hooks.remove(&id);
        after
    }

    /// The list with one of them given up.
    #[must_use]
    pub fn with_ended(&self, id: HookId) -> Self {
        let mut after = self.clone();
        after.hooks.entry(id).and_modify(|listed| listed.is_active = false);
        after
    }

    /// Whether it is in the list.
    pub fn has(&self, id: HookId) -> bool {
        self.hooks.contains_key(&id)
    }

    /// Those that want an event of this name.
    pub fn wanting(&self, event: &EventName) -> impl Iterator<Item = HookId> {
        self.hooks.iter().filter(|(_, hook)| hook.is_active && hook.wants.includes(event)).map(|(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_full_after_ten_and_gives_no_number_twice() {
        let mut index = HookIndex::default();
        for number in 1..=10 {
            let (after, id) = index.with(&Wants::default()).unwrap();
            assert_eq!(id.number(), number);
            index = after;
        }
        let last = "10".parse().unwrap();
        assert!(index.with(&Wants::default()).is_err());
        assert!(index.with_ended(last).with(&Wants::default()).is_err(), "one that was given up takes its place");
        assert_eq!(index.without(last).with(&Wants::default()).unwrap().1.number(), 11);
    }

    #[test]
    fn an_event_is_for_active_ones_that_want_it() {
        let event: EventName = "BillPaid".parse().unwrap();
        let wanting = |index: &HookIndex| index.wanting(&event).map(HookId::number).collect::<Vec<_>>();
        let (index, _) = HookIndex::default().with(&Wants::default()).unwrap();
        let (index, other) = index.with(&"eventType=PlanUpgraded".parse().unwrap()).unwrap();
        let (index, third) = index.with(&"eventType=BillPaid,PlanUpgraded".parse().unwrap()).unwrap();
        assert_eq!(wanting(&index), [1, 3]);
        assert_eq!(wanting(&index.with_ended(third).without(other)), [1]);
        let text = serde_json::to_string(&index).unwrap();
        assert_eq!(serde_json::from_str::<HookIndex>(&text).unwrap(), index);
    }
}
