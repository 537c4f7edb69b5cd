//! The world every test lives in.
