//! Everstream.
pub mod parse;
