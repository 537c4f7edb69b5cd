//! Calls that are cut off: the function's process is frozen or ended between any two of its steps.

use local::sources::CutOff;
use tests::World;

use crate::action::{Action, MODEL};
use crate::corporate::Corporate;
use crate::writes::Write;

/// Cuts the write off after one step, after two, and so on until it gets through. Whatever was reached, the table has
/// all of it or nothing, and the caller who asks again has it once.
///
/// Guard: everything a call changes is one transaction, the stored answer included. Of a write that is several, each
/// finds where the one before it stopped.
async fn cut_off_anywhere(action: impl Action, keyed: bool) {
    let world = World::demo().await;
    let portal = world.portal();
    action.prepare(&world, MODEL).await;
    let untouched = action.look(&world, MODEL).await;
    action.send(&portal, MODEL, None).await.expect(action.done());
    let done = action.look(&world, MODEL).await;
    let (mut nothing, mut part, mut all) = (0, 0, 0);
    for steps in 1.. {
        let key = format!("key-{steps}");
        let key = keyed.then_some(key.as_str());
        action.prepare(&world, steps).await;
        let answer = CutOff::after(u64::try_from(steps).unwrap(), action.send(&portal, steps, key)).await;
        let after = action.look(&world, steps).await;
        let took_effect = after == done;
        match (took_effect, after == untouched) {
            (true, _) => all += 1,
            (_, true) => nothing += 1,
            _ => part += 1,
        }
        assert!(part == 0 || action.has_steps(), "{action:?} was left half done after {steps} steps: {after:?}");

        let again = action.send(&portal, steps, key).await;
        let expected = if took_effect && !keyed { action.repeated() } else { action.done() };
        assert_eq!(again.status(), expected, "{action:?} after {steps} steps: {}", again.text());
        assert_eq!(action.look(&world, steps).await, done, "{action:?} after {steps} steps");
        if answer.is_some() {
            break;
        }
    }
    assert!(nothing >= 3 && part + all >= 2, "cut off before and after the commit: {nothing}, {part}, {all}");
    assert_eq!(part > 0, action.has_steps(), "cut off between the steps: {part}");
}

#[tokio::test]
async fn a_call_that_is_cut_off_leaves_all_or_nothing() {
    for write in Write::ALL {
        cut_off_anywhere(write, false).await;
    }
}

#[tokio::test]
async fn a_call_with_a_key_that_is_cut_off_is_finished_by_its_repetition() {
    for write in Write::ALL {
        cut_off_anywhere(write, true).await;
    }
}

#[tokio::test]
async fn a_corporate_call_that_is_cut_off_leaves_all_or_nothing() {
    for write in Corporate::ALL {
        cut_off_anywhere(write, false).await;
    }
}

#[tokio::test]
async fn a_corporate_call_with_a_key_that_is_cut_off_is_finished_by_its_repetition() {
    for write in Corporate::ALL {
        cut_off_anywhere(write, true).await;
    }
}
