//! Sessions, driven by an edge without a browser.

mod edge;
mod elsewhere;
mod muxed;
mod prepared;
mod shared;
mod shared_start;
mod solo;
mod stops;
mod tabs;
