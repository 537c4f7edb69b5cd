//! Calls that are cut off: the function's process is frozen or ended between any two of its steps.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tests::World;

use crate::writes::Write;

/// A call that is dropped after so many steps.
struct CutOff<F> {
    call: Pin<Box<F>>,
    steps: usize,
}

impl<F: Future> Future for CutOff<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.steps == 0 {
            return Poll::Ready(None);
        }
        self.steps -= 1;
        match self.call.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.steps == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Cuts the write off after one step, after two, and so on until it gets through. Whatever was reached, the line has
/// all of it or nothing, and the caller who asks again has it once.
///
/// Guard: everything a call changes is one transaction, the stored answer included.
async fn cut_off_anywhere(write: Write, keyed: bool) {
    let world = World::demo().await;
    let portal = world.portal();
    write.prepare(&world, "3170000000").await;
    let untouched = write.look(&world, "3170000000").await;
    write.send(&portal, "3170000000", None).await.expect(write.done());
    let done = write.look(&world, "3170000000").await;
    let (mut nothing, mut all) = (0, 0);
    for steps in 1.. {
        let (number, key) = (format!("31600{steps:05}"), format!("key-{steps}"));
        let key = keyed.then_some(key.as_str());
        write.prepare(&world, &number).await;
        let call = CutOff { call: Box::pin(write.send(&portal, &number, key)), steps };
        let answer = call.await;
        let after = write.look(&world, &number).await;
        let took_effect = after == done;
        assert!(took_effect || after == untouched, "{write:?} was left half done after {steps} steps: {after:?}");
        if took_effect {
            all += 1;
        } else {
            nothing += 1;
        }

        let again = write.send(&portal, &number, key).await;
        let expected = if took_effect && !keyed { write.repeated() } else { write.done() };
        assert_eq!(again.status(), expected, "{write:?} after {steps} steps: {}", again.text());
        assert_eq!(write.look(&world, &number).await, done, "{write:?} after {steps} steps");
        if answer.is_some() {
            break;
        }
    }
    assert!(nothing >= 3 && all >= 2, "cut off before and after the commit: {nothing}, {all}");
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
