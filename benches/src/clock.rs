//! Processor time, in seconds from an arbitrary start.
//!
//! The time in which other programs run doesn't count.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn now() -> f64 {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ThreadCPUTime);
    std::time::Duration::try_from(time).map_or(0.0, |time| time.as_secs_f64())
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn now() -> f64 {
    crate::node::cpu_seconds()
}
