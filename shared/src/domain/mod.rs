//! The telephone company's rules: pure, told the time, never asking for it.
