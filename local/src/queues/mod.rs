//! The operator's commands for queues: how many messages wait, which are dead and why, and their way back.

pub mod shown;
pub mod site;

use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::control::SERVER;
use crate::failure::Failure;
use crate::options::Source;
use crate::print;
use crate::words::count;
use site::{Queue, Site};

/// How often the progress of a move is looked at.
const PACE: Duration = Duration::from_millis(500);

/// See what waits and what is dead, and redrive dead letters
#[derive(Debug, Clone, Args)]
pub struct QueueCommand {
    #[command(subcommand)]
    action: QueueAction,
    /// A running local server; this is where the queues are unless a stack is named
    #[arg(long, value_name = "URL", default_value = SERVER, global = true, conflicts_with = "stack")]
    server: String,
    /// Stack on AWS; uses your AWS credentials
    #[arg(long, value_name = "NAME", global = true)]
    stack: Option<String>,
    #[command(flatten)]
    source: Source,
}

#[derive(Debug, Clone, Subcommand)]
enum QueueAction {
    /// List the queues of the template: messages that wait, are in flight, are delayed, and the dead letters
    List {
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Show messages of a queue, and leave them there
    Show {
        /// The queue's name in the template
        queue: String,
        /// Most messages to show
        #[arg(long, value_name = "N", default_value_t = 10)]
        count: usize,
        /// Look into a queue that has dead letters, where each look is one of the receives after which a message is dead
        #[arg(long)]
        receive: bool,
        /// Print JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Delete a dead letter, when nothing is owed for it any more
    Delete {
        /// The dead-letter queue's name in the template
        queue: String,
        /// The message's id, as `queue show` has it
        id: String,
    },
    /// Move dead letters back to their queue
    Redrive {
        /// The queue, or its dead-letter queue, by its name in the template
        queue: String,
    },
}

impl QueueCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// A queue that is not there, a look or a move that SQS does not allow, a service that does not answer.
    pub async fn run(&self) -> Result<(), Failure> {
        let names = self.source.read()?.sources.queues.into_keys().collect();
        let site = match &self.stack {
            Some(stack) => Site::deployed(stack, names).await?,
            None => Site::running(&self.server, names).await?,
        };
        let text = match &self.action {
            QueueAction::List { json } => shown::list(&site.queues().await?, *json)?,
            QueueAction::Show { queue, count, receive, json } => {
                let queue = site.queue(queue).await?;
                if let (Some(most), false) = (queue.receives(), receive) {
                    return Err(Failure::new(format!(
                        "{}: a look counts as a receive, and after {most} receives a message is dead; --receive looks \
                         all the same",
                        queue.name
                    )));
                }
                shown::messages(&site.look(&queue, *count).await?, *json)?
            }
            QueueAction::Delete { queue, id } => {
                let queue = site.queue(queue).await?;
                if queue.dead_letters().is_some() {
                    return Err(Failure::new(format!("{}: what waits there is a function's to take", queue.name)));
                }
                match site.delete(&queue, id).await? {
                    true => format!("deleted {id} from {}\n", queue.name),
                    false => return Err(Failure::new(format!("{}: it has no message {id}", queue.name))),
                }
            }
            QueueAction::Redrive { queue } => redrive(&site, queue).await?,
        };
        print::say(&text)
    }
}

/// Moves the dead letters of a queue, which is named by itself or by its dead-letter queue.
async fn redrive(site: &Site, name: &str) -> Result<String, Failure> {
    let queues = site.queues().await?;
    let found = queues.iter().find(|queue| queue.name == name);
    let found = found.ok_or_else(|| site.missing(name))?;
    let dead = match found.dead_letters() {
        Some(arn) => queues.iter().find(|queue| queue.arn() == arn),
        None => Some(found),
    };
    let dead = dead.ok_or_else(|| Failure::new(format!("{name}: its dead-letter queue is none of the template's")))?;
    let mut owners = queues.iter().filter(|queue| queue.dead_letters().as_deref() == Some(dead.arn()));
    let owner = match (owners.next(), owners.next()) {
        (Some(owner), None) => owner,
        (None, _) => return Err(no_way_back(dead)),
        (Some(_), Some(_)) if found.name != dead.name => found,
        (Some(_), Some(_)) => {
            return Err(Failure::new(format!("{name} serves several queues; name the one to move to")));
        }
    };
    let task = site.start_move(dead.arn(), owner.arn()).await?;
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} messages");
    let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let done = loop {
        let progress = site.progress(dead.arn(), &task).await?;
        bar.set_length(progress.of);
        bar.set_position(progress.moved);
        if !progress.is_running {
            break progress;
        }
        tokio::time::sleep(PACE).await;
    };
    bar.finish_and_clear();
    match done.failure {
        Some(reason) => Err(Failure::new(format!("{reason}; moved until then: {}", count(done.moved, "message")))),
        None => Ok(format!("{} moved from {} to {}\n", count(done.moved, "message"), dead.name, owner.name)),
    }
}

/// SQS moves messages from a queue that is another queue's dead-letter queue, and from no other.
fn no_way_back(queue: &Queue) -> Failure {
    Failure::new(format!(
        "{}: no queue has it for its dead letters, so SQS moves nothing from it; what the pipe leaves there names a place \
         in the table's stream, not the event: docs/runbook.md, \"Dead letters of the pipe\"",
        queue.name
    ))
}
