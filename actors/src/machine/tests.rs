//! The life of machines over many commands: what one command's own tests cannot see.

mod refused;
mod waiting;
mod wipe;
mod wipe_model;
