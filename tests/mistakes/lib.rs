//! Likely mistakes of users, each in a program that doesn't compile (`cases`), or that is refused when it
//! runs (`tests/refusals.rs`). `tests/messages.rs` compares the compiler's messages with the lines of each
//! program that begin with `//=`.
