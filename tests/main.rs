//! The one integration binary: tests that need real sockets, processes and databases.

#![expect(clippy::unwrap_used, reason = "a test that panics is a test that reports")]

mod clients;
mod clock;
mod command_line;
mod connections;
mod credentials;
mod database_tls;
mod dev;
mod drain;
mod goipam;
mod golden;
mod hardware;
mod hostile;
mod ipam;
mod kill_minus_nine;
mod largest;
mod logs;
mod lost_report;
mod memory;
mod metalctl;
mod metrics;
mod migration;
mod mini_lab;
mod misbehaving;
mod readme;
mod sample_config;
mod secrets;
mod serve;
mod service;
mod standing;
mod stopped_kinds;
mod store;
mod support;
mod tidy;
mod torture;
mod two_plants;
mod unreachable;
mod unread_logs;
