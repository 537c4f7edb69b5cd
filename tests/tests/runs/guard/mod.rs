//! The bill shock guard: limits are told once and none is forgotten, and it costs little.

mod month;
mod simulation;
mod world;
