//! Tests of the live state: a table of cases that the npm package's machine is held to as well.

mod cases;
mod line;
mod traces;
