//! The API over a real partition on a memory store.

mod audit;
mod catalogue;
mod constraints;
mod fixture;
mod found;
mod fuzz;
mod machines;
mod masterdata;
mod networks;
mod operations;
mod partitions;
mod repeats;
mod requests;
mod reservations;
mod shapes;
mod switches;
mod tasks;
mod transport;
mod urls;
