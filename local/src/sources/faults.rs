//! What goes wrong on purpose between the sources and the functions: all that AWS may do, the same for the same seed.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use chrono::Duration;

/// Most steps after which a function is cut off; a short invocation has fewer.
const STEPS: u64 = 400;
/// The longest delay of a message, in seconds.
const LATEST: u64 = 300;

/// Numbers that are the same for the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % end
    }

    /// True in so many of ten cases.
    pub fn often(&mut self, of_ten: u64) -> bool {
        self.below(10) < of_ten
    }
}

/// How often each fault happens, in a hundred cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Odds {
    /// A message is sent twice, a function told twice by its schedule.
    pub duplicate: u64,
    /// A message can be received some minutes later.
    pub late: u64,
    /// The messages of a queue are received in another order.
    pub reorder: u64,
    /// A received message can be received by somebody else at once.
    pub redelivered: u64,
    /// A function has done its work, and its answer is lost: the batch comes again.
    pub lost_answer: u64,
    /// A function is cut off between two of its steps.
    pub crash: u64,
    /// Several take from one queue at once.
    pub together: u64,
    /// Others go on before a function takes its next step.
    pub halt: u64,
}

impl Odds {
    /// Each of them, now and then.
    pub const SOME: Self = Self {
        duplicate: 15,
        late: 15,
        reorder: 30,
        redelivered: 5,
        lost_answer: 10,
        crash: 15,
        together: 20,
        halt: 10,
    };
}

/// A plan of faults. Clones share it, so that it goes on where another has left it.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan(Option<Arc<Mutex<Plan>>>);

#[derive(Debug)]
struct Plan {
    random: Random,
    /// None once the faults have ended.
    odds: Option<Odds>,
}

impl FaultPlan {
    /// The plan of a seed. [`FaultPlan::default`] has no faults.
    pub fn of(seed: u64, odds: Odds) -> Self {
        Self(Some(Arc::new(Mutex::new(Plan { random: Random::of(seed), odds: Some(odds) }))))
    }

    /// Ends all faults.
    pub fn end(&self) {
        if let Some(plan) = &self.0 {
            plan.lock().unwrap_or_else(PoisonError::into_inner).odds = None;
        }
    }

    /// What the choice says when this fault happens.
    fn when<T>(&self, odds: fn(&Odds) -> u64, choice: impl FnOnce(&mut Random) -> T) -> Option<T> {
        let mut plan = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let Plan { random, odds: known } = &mut *plan;
        let odds = odds(known.as_ref()?);
        (random.below(100) < odds).then(|| choice(random))
    }

    /// How many times something is told: once, or twice.
    pub fn copies(&self) -> usize {
        self.when(|odds| odds.duplicate, |_| 2).unwrap_or(1)
    }

    /// How much later a message can be received.
    pub fn delay(&self) -> Duration {
        let seconds = self.when(|odds| odds.late, |random| 1 + random.below(LATEST)).unwrap_or(0);
        Duration::seconds(i64::try_from(seconds).unwrap_or(0))
    }

    /// Brings messages into another order.
    pub fn shuffle<T>(&self, messages: &mut [T]) {
        self.when(
            |odds| odds.reorder,
            |random| {
                for end in (2..=messages.len()).rev() {
                    let other = random.below(end as u64);
                    messages.swap(end - 1, usize::try_from(other).unwrap_or(0));
                }
            },
        );
    }

    /// Whether a message that is received stays visible.
    pub fn redelivers(&self) -> bool {
        self.when(|odds| odds.redelivered, |_| ()).is_some()
    }

    /// Whether a function's answer is lost.
    pub fn loses_answer(&self) -> bool {
        self.when(|odds| odds.lost_answer, |_| ()).is_some()
    }

    /// How many take from a queue at once, a batch each.
    pub fn workers(&self) -> usize {
        self.when(|odds| odds.together, |random| 2 + usize::from(random.often(3))).unwrap_or(1)
    }

    /// Whether others go on first.
    fn halts(&self) -> bool {
        self.when(|odds| odds.halt, |_| ()).is_some()
    }

    /// After how many steps a function is cut off.
    pub fn steps(&self) -> u64 {
        self.when(|odds| odds.crash, |random| random.below(STEPS)).unwrap_or(u64::MAX)
    }
}

/// Work that is cut off: the function's process is frozen or ended between any two of its steps. It is polled so often and
/// then dropped with whoever holds it; nothing when it had not ended by then.
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

/// Work whose steps wait now and then until others have taken theirs.
pub struct Halting<F> {
    pub work: F,
    pub plan: FaultPlan,
}

impl<F: Future + Unpin> Future for Halting<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.plan.halts() {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.work).poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a plan does to a message: copies, delay, delivered again, answer lost, steps, workers, halts, order.
    type Played = (usize, Duration, bool, bool, u64, usize, bool, Vec<u8>);

    /// What a plan does to a hundred messages.
    fn played(plan: &FaultPlan) -> Vec<Played> {
        let shuffled = || {
            let mut numbers: Vec<u8> = (0..5).collect();
            plan.shuffle(&mut numbers);
            numbers
        };
        let one = || {
            let lost = plan.loses_answer();
            let (steps, workers, halts) = (plan.steps(), plan.workers(), plan.halts());
            (plan.copies(), plan.delay(), plan.redelivers(), lost, steps, workers, halts, shuffled())
        };
        (0..100).map(|_| one()).collect()
    }

    #[test]
    fn the_same_seed_is_the_same_plan_and_has_every_fault() {
        let plan = played(&FaultPlan::of(7, Odds::SOME));
        assert_eq!(plan, played(&FaultPlan::of(7, Odds::SOME)));
        assert_ne!(plan, played(&FaultPlan::of(8, Odds::SOME)));
        let quiet = (1, Duration::zero(), false, false, u64::MAX, 1, false, vec![0, 1, 2, 3, 4]);
        assert!(plan.iter().any(|one| one.0 == 2) && plan.iter().any(|one| one.1 > quiet.1));
        assert!(plan.iter().any(|one| one.2) && plan.iter().any(|one| one.3) && plan.iter().any(|one| one.4 < STEPS));
        assert!(plan.iter().any(|one| one.5 > 1) && plan.iter().any(|one| one.6));
        assert!(plan.iter().any(|one| one.7 != quiet.7) && plan.contains(&quiet));
        let ended = FaultPlan::of(7, Odds::SOME);
        ended.end();
        for plan in [ended, FaultPlan::default()] {
            assert!(played(&plan).iter().all(|one| *one == quiet));
        }
    }
}
