//! The benchmarks as wasm: the function that `run.mjs` calls, and the functions of Node it calls in turn.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::Verdict;

#[wasm_bindgen]
extern "C" {
    type CpuUsage;

    /// Returns the microseconds of all threads, so that garbage collection counts too.
    #[wasm_bindgen(js_namespace = process, js_name = cpuUsage)]
    fn cpu_usage() -> CpuUsage;

    #[wasm_bindgen(method, getter)]
    fn user(this: &CpuUsage) -> f64;

    #[wasm_bindgen(method, getter)]
    fn system(this: &CpuUsage) -> f64;

    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn console_log(line: &str);
}

pub(crate) fn cpu_seconds() -> f64 {
    let usage = cpu_usage();
    (usage.user() + usage.system()) / 1e6
}

/// Runs every benchmark and prints its tables. Returns whether the promises hold.
#[wasm_bindgen(js_name = run)]
#[must_use]
pub fn run_in_node() -> bool {
    crate::run(&mut console_log) == Verdict::Pass
}
