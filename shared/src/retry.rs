//! The pause between attempts.

use std::time::Duration;

/// The pause doubles this many times.
const DOUBLINGS: u32 = 6;

/// Waits a random time of at most `shortest` doubled with each attempt (the first is 0), so that concurrent attempts
/// drift apart. At most 64 times `shortest`.
pub async fn pause(shortest: Duration, attempt: u32) {
    let mut byte = [0];
    // Without random bytes every pause is the same, which is only slower.
    let _ = aws_lc_rs::rand::fill(&mut byte);
    let most = shortest * (1 << attempt.min(DOUBLINGS));
    tokio::time::sleep(most * (u32::from(byte[0]) + 1) / 256).await;
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_doubles_up_to_a_limit() {
        for (attempt, most) in [(0, 1), (1, 2), (6, 64), (7, 64), (u32::MAX, 64)] {
            let start = Instant::now();
            pause(Duration::from_millis(1), attempt).await;
            // The timer rounds up to whole milliseconds.
            assert!(start.elapsed() <= Duration::from_millis(most + 1), "{attempt}: {:?}", start.elapsed());
        }
    }
}
