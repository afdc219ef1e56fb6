//! Benchmarks of parsing event streams and decoding their events, beside other libraries.
//!
//! Only figures of the same run are compared. The contenders take turns, round by round, so that a machine
//! that slows down slows all of them. Figures are medians, with the fastest and the slowest round beside
//! them.

mod clock;
mod decode;
#[cfg(target_arch = "wasm32")]
mod node;
mod parser;
mod rounds;
mod routing;
mod table;
mod verdict;

#[cfg(target_arch = "wasm32")]
pub use node::run_in_node;
pub use parser::repeat;
pub use verdict::Verdict;

/// Runs every benchmark and prints its table when it is ready. Returns whether the promises hold.
pub fn run(print: &mut dyn FnMut(&str)) -> Verdict {
    let verdict = parser::run(print);
    decode::run(print);
    verdict.and(routing::run(print))
}
