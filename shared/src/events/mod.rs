//! From an event's arrival to its effect, beside [`http`](crate::http) on the same [`invocation`](crate::invocation).
//!
//! A [`Consumer`] is given records from its queue, each of which may come twice, late, or in any order; [`consume`] says
//! which of a batch go back. A [`Job`] is started by one trigger, works in steps, and goes on where it stopped.

mod authority;
mod consumer;
mod inbox;
mod job;
mod pay;
mod record;
mod run_end;
pub mod together;

pub use authority::{FiscalAuthority, Patience, declare};
pub use aws_lambda_events::sqs::{SqsBatchResponse as BatchAnswer, SqsEvent as Batch};
pub use consumer::{Consumer, Outcome, Source, consume, source};
pub use inbox::{Inbox, Object, Taken, continuation, receive};
pub use job::{Job, Progress, Report, work};
pub use pay::{Decision, decide};
pub use record::{Record, message};
pub use run_end::{tell_if_done, tell_if_last};
