//! Likely mistakes of a user's, each in a program that does not compile (`cases`), or that is refused when it
//! runs (`tests/refusals.rs`). `tests/messages.rs` compares what the compiler says with the lines in each
//! program that begin with `//=`.
