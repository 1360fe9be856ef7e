//! The one integration binary: what the crates promise, against real databases and sockets.

#![expect(clippy::unwrap_used, reason = "a test that panics is a test that reports")]

mod postgres;
mod store;
