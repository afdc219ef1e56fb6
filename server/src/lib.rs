#![doc = include_str!("../README.md")]

pub mod hub;
#[doc(hidden)]
pub mod random;
pub mod serve;
pub mod sse;
