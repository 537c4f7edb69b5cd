//! Work that is cut off: the function's process is frozen or ended between any two of its steps.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that is polled so often and then dropped with whoever holds it; nothing when it had not ended by then.
pub struct CutOff<F> {
    work: Pin<Box<F>>,
    steps: u64,
}

impl<F: Future> CutOff<F> {
    /// The work, up to so many steps.
    pub fn after(steps: u64, work: F) -> Self {
        Self { work: Box::pin(work), steps }
    }
}

impl<F: Future> Future for CutOff<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.steps == 0 {
            return Poll::Ready(None);
        }
        self.steps -= 1;
        match self.work.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.steps == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
