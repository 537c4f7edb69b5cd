//! The queues of a running local server or of a stack on AWS, through the SDK's client.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{DisplayErrorContext, SdkError};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use serde_json::Value;

use crate::aws;
use crate::control::Server;
use crate::failure::Failure;
use crate::place::local;

/// Most messages that are looked through for one.
const MOST: usize = 10_000;
/// How long messages are hidden at most while they are collected; afterwards they are given back.
const HIDDEN: Duration = Duration::from_secs(30);
/// Most messages of one request.
const BATCH: usize = 10;

/// A queue as it stands.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Its name in the template.
    pub name: String,
    url: String,
    attributes: BTreeMap<String, String>,
}

impl Queue {
    /// A number, by the name of SQS's attribute.
    pub fn number(&self, attribute: &str) -> Option<u64> {
        self.attributes.get(attribute)?.parse().ok()
    }

    /// Its ARN.
    pub fn arn(&self) -> &str {
        self.attributes.get("QueueArn").map_or("", String::as_str)
    }

    /// Whether no message is in it: none waits, none is under way, none is delayed.
    pub fn is_empty(&self) -> bool {
        ["", "NotVisible", "Delayed"]
            .iter()
            .all(|which| self.number(&format!("ApproximateNumberOfMessages{which}")).unwrap_or(0) == 0)
    }

    fn policy(&self) -> Option<Value> {
        serde_json::from_str(self.attributes.get("RedrivePolicy")?).ok()
    }

    /// After how many receives a message is dead, if it can be. SQS writes the number as a text at times.
    pub fn receives(&self) -> Option<u64> {
        let most = &self.policy()?["maxReceiveCount"];
        most.as_u64().or_else(|| most.as_str()?.parse().ok())
    }

    /// The ARN of its dead-letter queue.
    pub fn dead_letters(&self) -> Option<String> {
        self.policy()?["deadLetterTargetArn"].as_str().map(str::to_owned)
    }
}

/// How far a move is.
#[derive(Debug)]
pub struct Progress {
    /// Messages moved.
    pub moved: u64,
    /// Messages to move.
    pub of: u64,
    /// Whether it goes on.
    pub is_running: bool,
    /// Why it ended early.
    pub failure: Option<String>,
}

/// Where the queues are.
pub struct Site {
    client: Client,
    stack: Option<String>,
    names: Vec<String>,
}

impl Site {
    /// A stack's.
    ///
    /// # Errors
    /// As [`aws::settings`].
    pub async fn deployed(stack: &str, names: Vec<String>) -> Result<Self, Failure> {
        let settings = aws::settings().await?;
        Ok(Self { client: Client::new(&settings), stack: Some(stack.to_owned()), names })
    }

    /// A running server's.
    ///
    /// # Errors
    /// When none answers.
    pub async fn running(url: &str, names: Vec<String>) -> Result<Self, Failure> {
        Server::at(url, "--stack NAME").await?;
        Ok(Self { client: Client::new(&local(url)?), stack: None, names })
    }

    /// Those that a client reaches.
    pub const fn over(client: Client, names: Vec<String>) -> Self {
        Self { client, stack: None, names }
    }

    /// Whether they are on AWS, where what SQS counts may be a minute old.
    pub const fn is_deployed(&self) -> bool {
        self.stack.is_some()
    }

    /// Sends messages to a queue, in a group of their own, so that they do not wait behind those of others.
    ///
    /// # Errors
    /// A queue that is not there, or SQS does not answer.
    pub async fn send(&self, queue: &str, group: &str, bodies: &[String]) -> Result<(), Failure> {
        let Queue { url, .. } = self.queue(queue).await?;
        for body in bodies {
            let request = self.client.send_message().queue_url(&url).message_body(body).message_group_id(group);
            request.send().await.map_err(refused)?;
        }
        Ok(())
    }

    /// The template's queues as they stand, by name.
    ///
    /// # Errors
    /// When there is none, or SQS does not answer.
    pub async fn queues(&self) -> Result<Vec<Queue>, Failure> {
        let mut queues = Vec::new();
        for (name, url) in self.urls().await? {
            queues.push(self.standing(name, url).await?);
        }
        queues.sort_by(|one, other| one.name.cmp(&other.name));
        match (queues.is_empty(), &self.stack) {
            (true, Some(stack)) => {
                Err(Failure::new(format!("no stack {stack} with queues in this account and region")))
            }
            _ => Ok(queues),
        }
    }

    /// One of them.
    ///
    /// # Errors
    /// When it is not there, or SQS does not answer.
    pub async fn queue(&self, name: &str) -> Result<Queue, Failure> {
        let url = self.urls().await?.into_iter().find(|(known, _)| known == name);
        let (name, url) = url.ok_or_else(|| self.missing(name))?;
        self.standing(name, url).await
    }

    /// Says which queues there are.
    pub fn missing(&self, name: &str) -> Failure {
        Failure::new(format!("there is no queue {name}; the template has {}", self.names.join(", ")))
    }

    async fn urls(&self) -> Result<Vec<(String, String)>, Failure> {
        let prefix = self.stack.as_ref().map(|stack| format!("{stack}-"));
        let mut pages = self.client.list_queues().set_queue_name_prefix(prefix.clone()).into_paginator().send();
        let mut urls = Vec::new();
        while let Some(page) = pages.next().await {
            for url in page.map_err(refused)?.queue_urls.unwrap_or_default() {
                let name = logical(&url, prefix.as_deref());
                let name = self.names.iter().find(|known| Some(known.as_str()) == name).cloned();
                urls.extend(name.map(|name| (name, url)));
            }
        }
        Ok(urls)
    }

    async fn standing(&self, name: String, url: String) -> Result<Queue, Failure> {
        let all = self.client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
        let attributes = all.send().await.map_err(refused)?.attributes.unwrap_or_default();
        let attributes = attributes.into_iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect();
        Ok(Queue { name, url, attributes })
    }

    /// Some messages of a queue. They are received, and given back at the end; when this is cut off, they come back by
    /// themselves.
    ///
    /// # Errors
    /// When SQS does not answer.
    pub async fn look(&self, queue: &Queue, most: usize) -> Result<Vec<Message>, Failure> {
        let mut found: HashMap<String, Message> = HashMap::new();
        let mut order = Vec::new();
        // SQS may find nothing where there is something, and may deliver a message twice.
        let mut empty = 0;
        while found.len() < most && empty < 2 {
            let request = self.client.receive_message().queue_url(&queue.url);
            let request = request.max_number_of_messages(i32::try_from((most - found.len()).min(BATCH)).unwrap_or(1));
            let request = request.visibility_timeout(i32::try_from(HIDDEN.as_secs()).unwrap_or(30));
            let request = request.message_attribute_names("All");
            let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
            let messages = request.send().await.map_err(refused)?.messages.unwrap_or_default();
            empty += usize::from(messages.is_empty());
            for message in messages {
                let id = message.message_id.clone().unwrap_or_default();
                if found.insert(id.clone(), message).is_none() {
                    order.push(id);
                }
            }
        }
        let messages: Vec<_> = order.iter().filter_map(|id| found.remove(id)).collect();
        for message in &messages {
            let back = self.client.change_message_visibility().queue_url(&queue.url).visibility_timeout(0);
            back.set_receipt_handle(message.receipt_handle.clone()).send().await.map_err(refused)?;
        }
        Ok(messages)
    }

    /// Deletes a message of a queue. Whether it was there. Done again it is there no more.
    ///
    /// # Errors
    /// When SQS does not answer.
    pub async fn delete(&self, queue: &Queue, id: &str) -> Result<bool, Failure> {
        let found = self.look(queue, MOST).await?;
        let Some(message) = found.into_iter().find(|message| message.message_id.as_deref() == Some(id)) else {
            return Ok(false);
        };
        let request = self.client.delete_message().queue_url(&queue.url).set_receipt_handle(message.receipt_handle);
        request.send().await.map_err(refused)?;
        Ok(true)
    }

    /// Starts to move all messages.
    ///
    /// # Errors
    /// When SQS does not move them.
    pub async fn start_move(&self, from: &str, to: &str) -> Result<String, Failure> {
        let request = self.client.start_message_move_task().source_arn(from).destination_arn(to);
        Ok(request.send().await.map_err(refused)?.task_handle.unwrap_or_default())
    }

    /// How far the newest move is, which is the one with this handle: a queue has one at a time.
    ///
    /// # Errors
    /// When SQS does not tell.
    pub async fn progress(&self, from: &str, task: &str) -> Result<Progress, Failure> {
        let moves = self.client.list_message_move_tasks().source_arn(from).send().await.map_err(refused)?;
        let moves = moves.results.unwrap_or_default();
        // A task that has ended has no handle any more.
        let own = moves.iter().find(|one| one.task_handle.as_deref() == Some(task)).or(moves.first());
        let own = own.ok_or_else(|| Failure::new("SQS does not know the move that it has begun"))?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let status = own.status.as_deref().unwrap_or_default();
        let reason = || own.failure_reason.clone().unwrap_or_else(|| format!("the move ended as {status}"));
        Ok(Progress {
            moved: count(own.approximate_number_of_messages_moved),
            of: count(own.approximate_number_of_messages_to_move.unwrap_or_default()),
            is_running: ["RUNNING", "CANCELLING"].contains(&status),
            failure: ["FAILED", "CANCELLED"].contains(&status).then(reason),
        })
    }
}

/// The name in the template of the queue at a URL. CloudFormation puts the stack's name before it and random letters behind.
fn logical<'a>(url: &'a str, stack: Option<&str>) -> Option<&'a str> {
    let physical = url.rsplit('/').next()?;
    match stack {
        Some(stack) => physical.strip_prefix(stack)?.rsplit_once('-').map(|(name, _)| name),
        None => Some(physical),
    }
}

fn refused<E: std::error::Error + Send + Sync + 'static, R: std::fmt::Debug + Send + Sync + 'static>(
    error: SdkError<E, R>,
) -> Failure {
    Failure::new(format!("SQS: {}", DisplayErrorContext(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_of_a_stack_is_known_by_its_name_in_the_template() {
        let url = |name: &str| format!("https://sqs.us-east-1.amazonaws.com/123456789012/{name}");
        assert_eq!(logical(&url("selfcare-Orders-1A2B3C"), Some("selfcare-")), Some("Orders"));
        assert_eq!(logical(&url("selfcare-dev-Orders-1A2B3C"), Some("selfcare-dev-")), Some("Orders"));
        // Another stack's, whose name begins like ours.
        assert_eq!(logical(&url("selfcare-dev-Orders-1A2B3C"), Some("selfcare-")), Some("dev-Orders"));
        assert_eq!(logical(&url("other-Orders-1A2B3C"), Some("selfcare-")), None);
        assert_eq!(logical(&url("Orders"), None), Some("Orders"));
    }

    #[test]
    fn a_policy_names_the_dead_letters_and_the_receives_as_number_or_text() {
        for most in ["5", "\"5\""] {
            let policy = format!(r#"{{"deadLetterTargetArn":"arn:d","maxReceiveCount":{most}}}"#);
            let attributes = BTreeMap::from([("RedrivePolicy".to_owned(), policy)]);
            let queue = Queue { name: "Orders".to_owned(), url: String::new(), attributes };
            assert_eq!((queue.receives(), queue.dead_letters().as_deref()), (Some(5), Some("arn:d")));
        }
    }
}
