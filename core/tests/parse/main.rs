//! The event stream parser against the standard: a table of cases at every split, and a reference
//! model on generated streams.

mod cases;
mod conformance;
mod limits;
mod properties;
mod reference;
mod run;
