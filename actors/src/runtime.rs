//! Actors around decisions: who decides when, in which order, and what happens when a commit fails.

pub mod call;

pub use call::CallError;
