//! Invariants of switches over random commands.

mod random;
