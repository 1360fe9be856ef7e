//! The one integration binary: what is only true with real sockets, real processes and real databases.

#![expect(clippy::unwrap_used, reason = "a test that panics is a test that reports")]

mod client;
mod kill_minus_nine;
mod lab;
mod mini_lab;
mod postgres;
mod process;
mod store;
mod tidy;
