//! Records that are imported into a world.

use std::sync::Arc;

use local::import::{Import, ImportError, Lines, Report};
use serde_json::{Value, json};
use shared::table::Writer;
use tokio::runtime::Handle;

use crate::World;

impl World {
    /// Imports records, as an operator does.
    ///
    /// # Errors
    /// As the import's own.
    ///
    /// # Panics
    /// When there is no key ring.
    pub async fn import(&self, records: &[Value]) -> Result<Report, ImportError> {
        self.import_through(&self.operator.writer, records).await
    }

    /// The same by another way to the table.
    ///
    /// # Errors
    /// As the import's own.
    ///
    /// # Panics
    /// When there is no key ring.
    #[expect(clippy::expect_used, reason = "a test without its keys cannot go on")]
    pub async fn import_through(&self, writer: &Writer, records: &[Value]) -> Result<Report, ImportError> {
        let ring = self.operator.ring().await.expect("a key ring");
        let import = Import { writer, ring: &ring, clock: &self.clock, country: self.country() };
        let text = records.iter().map(|record| format!("{record}\n")).collect();
        import.run(&Lines::Text(text), |_, _, _| ()).await
    }

    /// The same on a thread of its own, as an operator's command is, beside whatever else goes on.
    ///
    /// # Errors
    /// As the import's own.
    ///
    /// # Panics
    /// When there is no key ring.
    #[expect(clippy::expect_used, reason = "an import that panics is a failed test")]
    pub async fn import_apart(self: &Arc<Self>, records: Vec<Value>) -> Result<Report, ImportError> {
        let (world, runtime) = (Arc::clone(self), Handle::current());
        let import = move || runtime.block_on(world.import(&records));
        tokio::task::spawn_blocking(import).await.expect("an import")
    }

    /// A line as the record that an import would load it from.
    ///
    /// # Panics
    /// When there is no such line.
    #[expect(clippy::expect_used, reason = "a test without its line cannot go on")]
    pub async fn line_record(&self, number: &str) -> Value {
        let mut record = serde_json::to_value(&self.line(number).await.value).expect("a line");
        if let Some(fields) = record.as_object_mut() {
            fields.remove("since_revision");
            fields.remove("names_nobody");
            fields.insert("type".to_owned(), json!("subscriber"));
        }
        record
    }
}
