//! The API over a real partition on a memory store.

mod catalogue;
mod constraints;
mod found;
mod fuzz;
mod ipam;
mod lab;
mod machines;
mod masterdata;
mod networks;
mod operations;
mod plants;
mod repeats;
mod requests;
mod reservations;
mod shapes;
mod stage;
mod switches;
mod tasks;
mod transport;
mod urls;
