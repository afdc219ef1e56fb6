//! The program as its users run it, against real servers on loopback.

mod faults;
mod healthy;
mod nginx;
mod program;
mod secrets;
mod server;
mod streams;
mod tail;
