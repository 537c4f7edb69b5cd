//! The operator's hold on the clock of a running local server.

use std::time::Duration;

use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::control::{SERVER, Server};
use crate::failure::Failure;
use crate::print;

/// Show and advance the clock of a running local server
#[derive(Debug, Clone, Args)]
pub struct ClockCommand {
    #[command(subcommand)]
    action: ClockAction,
    /// The server
    #[arg(long, value_name = "URL", default_value = SERVER, global = true)]
    server: String,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Clone, Subcommand)]
enum ClockAction {
    /// Show the server's time
    Show,
    /// Move the server's time forward; functions, queues and schedules follow
    Advance {
        /// By how much: 45s, 30m, 2h, 1d
        #[arg(value_name = "TIME", value_parser = duration)]
        by: Duration,
    },
}

impl ClockCommand {
    /// Prints the server's time, moved or not.
    ///
    /// # Errors
    /// When no server answers, or it keeps real time.
    pub async fn run(&self) -> Result<(), Failure> {
        let server = Server::at(&self.server, "--server URL").await?;
        let now = match self.action {
            ClockAction::Show => server.about.now,
            ClockAction::Advance { by } => server.advance(by).await?,
        };
        let now = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        print::say(&if self.json { print::json(&json!({ "now": now }))? } else { format!("{now}\n") })
    }
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    let wrong = "must be a number with a unit: 45s, 30m, 2h, 1d";
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(wrong)?;
    let length = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong),
    };
    let number: u64 = number.parse().map_err(|_| wrong)?;
    number.checked_mul(length).filter(|seconds| *seconds > 0).map(Duration::from_secs).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        for (text, seconds) in [("45s", 45), ("30m", 1_800), ("2h", 7_200), ("1d", 86_400)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "d", "1", "-1d", "1w", "0s", "1.5h", "1é", "99999999999999999999d", "999999999999999999d"] {
            duration(text).unwrap_err();
        }
    }
}
