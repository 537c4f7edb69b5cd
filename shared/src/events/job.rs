//! Work that one trigger starts and that may take longer than one invocation.

use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::Deadline;
use crate::error::Result;
use crate::invocation::{self, LogLine};

/// No step is begun with less than this left.
const MARGIN: Duration = Duration::from_secs(2);

/// What a step leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There is more to do.
    More,
    /// All is done.
    Done,
}

/// What an invocation of a job has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether all is done. If not, the same trigger goes on where this invocation stopped.
    pub done: bool,
    /// Steps of this invocation.
    pub steps: u32,
}

/// A function that does a job in steps.
///
/// A step saves its effect and the job's place in one transaction, or finds its effect there. So a crash, a second trigger
/// and two invocations at once repeat a step at most, and repeating one changes nothing.
pub trait Job: Send + Sync + 'static {
    /// What starts it. The same trigger is the same job.
    type Trigger: DeserializeOwned + Send + Sync;

    /// Its name in the log.
    const NAME: &'static str;

    /// Does the next step, short enough to end within two seconds.
    fn step(&self, trigger: &Self::Trigger) -> impl Future<Output = Result<Progress>> + Send;
}

/// Does steps until all is done or the time is nearly up.
///
/// # Errors
/// A step's own; the trigger is to be given again.
pub async fn work<J: Job>(job: &J, trigger: &J::Trigger, deadline: Deadline) -> Result<Report> {
    let mut line = LogLine { function: J::NAME, ..LogLine::default() };
    let mut steps = 0;
    let ended = invocation::run(deadline, async {
        while deadline.left() > MARGIN {
            steps += 1;
            if job.step(trigger).await? == Progress::Done {
                return Ok(true);
            }
        }
        Ok(false)
    })
    .await;
    line.outcome = Some(match &ended.result {
        Ok(true) => "done",
        Ok(false) => "to be continued",
        Err(_) => "failed",
    });
    ended.log(&line);
    ended.result.map(|done| Report { done, steps })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::error::{Cause, Error};

    /// Counts to the trigger, a second for each step; its place outlives the invocation.
    #[derive(Default)]
    struct Count {
        place: AtomicU32,
        fails_at: Option<u32>,
    }

    impl Job for Count {
        type Trigger = u32;

        const NAME: &'static str = "count";

        async fn step(&self, trigger: &u32) -> Result<Progress> {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if self.fails_at == Some(self.place.load(Ordering::SeqCst)) {
                return Err(Error::Unavailable(Cause::text("down")));
            }
            let place = self.place.fetch_add(1, Ordering::SeqCst) + 1;
            Ok(if place == *trigger { Progress::Done } else { Progress::More })
        }
    }

    fn within(seconds: u64) -> Deadline {
        Deadline::within(Duration::from_secs(seconds))
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_stops_before_its_deadline_and_the_next_invocation_goes_on() {
        let job = Count::default();
        assert_eq!(work(&job, &5, within(5)).await.unwrap(), Report { done: false, steps: 3 });
        assert_eq!(work(&job, &5, within(5)).await.unwrap(), Report { done: true, steps: 2 });
        assert_eq!(job.place.into_inner(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_that_fails_ends_the_invocation() {
        let job = Count { fails_at: Some(2), ..Count::default() };
        assert!(matches!(work(&job, &5, within(60)).await, Err(Error::Unavailable(_))));
        assert_eq!(job.place.into_inner(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn without_time_nothing_is_begun() {
        let report = work(&Count::default(), &5, within(1)).await.unwrap();
        assert_eq!(report, Report { done: false, steps: 0 });
    }
}
