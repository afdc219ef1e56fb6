//! The native benchmarks.

use std::process::ExitCode;

use everstream_bench::{Verdict, repeat, run};

const HELP: &str = "\
Usage: everstream-bench [--check]
       everstream-bench --repeat CONTENDER INPUT TIMES

  --check    Exit with 1 where a promise does not hold
  --repeat   Only parse, without measuring: something to point a profiler at
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            let _ = run(&mut |line| println!("{line}"));
            ExitCode::SUCCESS
        }
        ["--check"] => match run(&mut |line| println!("{line}")) {
            Verdict::Pass => ExitCode::SUCCESS,
            Verdict::Fail => ExitCode::FAILURE,
        },
        ["--repeat", contender, input, times] => {
            let done = times.parse().is_ok_and(|n| repeat(contender, input, n));
            if done { ExitCode::SUCCESS } else { usage() }
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprint!("{HELP}");
    ExitCode::from(2)
}
