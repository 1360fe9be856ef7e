//! The one integration binary: what the crates promise, against real databases and sockets.

mod postgres;
mod store;
