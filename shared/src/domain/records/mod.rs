//! Files of records: lines of bytes, fields of a line, and what a field says. Which records there are is the business of whoever
//! takes the files.

pub mod csv;
pub mod json;
pub mod key;
pub mod lines;
pub mod row;
