//! A row of the key map.

/// One row of the key map: what lies where, and who reads it.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The entity.
    pub entity: &'static str,
    /// The form of its partition key.
    pub pk: &'static str,
    /// The form of its sort key.
    pub sk: &'static str,
    /// What it holds.
    pub holds: &'static str,
    /// Who reads it and how.
    pub read_by: &'static str,
}
