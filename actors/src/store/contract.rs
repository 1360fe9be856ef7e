//! The promises of the store port, as tests that every implementation runs.
