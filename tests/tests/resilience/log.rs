//! What a call logs, for tests that read it.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

thread_local! {
    static HEARD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes for the thread that logs.
struct Ear;

impl io::Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        HEARD.with_borrow_mut(|heard| heard.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a future on a single-threaded runtime's thread and answers what was logged meanwhile.
///
/// The log is the whole process's: one for a single thread is missed by events that another thread has met before.
pub async fn of(calls: impl Future<Output = ()>) -> String {
    static START: Once = Once::new();
    START.call_once(|| {
        let log = tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO).with_writer(|| Ear);
        tracing::subscriber::set_global_default(log.finish()).unwrap();
    });
    HEARD.take();
    calls.await;
    String::from_utf8(HEARD.take()).unwrap()
}
