#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod hub;
#[doc(hidden)]
pub mod random;
pub mod serve;
pub mod sse;
