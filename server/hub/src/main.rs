//! `everstream-hub`: a hub of Server-Sent Events in one binary.

mod cli;
mod config;
mod patterns;
mod routes;
mod run;
mod tokens;

use std::{io, process::ExitCode};

use tracing_subscriber::filter::LevelFilter;

use crate::{
    cli::Task,
    config::{Config, DEV_KEY},
};

/// Exit status when the command line or the configuration is wrong.
const MISUSE: u8 = 2;

fn main() -> ExitCode {
    let task = match cli::parse(lexopt::Parser::from_env()) {
        Ok(task) => task,
        Err(error) => return misuse(&format!("{error}. See `everstream-hub --help`.")),
    };
    let config = match task {
        Task::Help => {
            print!("{}", cli::HELP);
            return ExitCode::SUCCESS;
        }
        Task::Version => {
            println!("everstream-hub {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Task::Check(path) => match Config::read(&path) {
            Ok(_) => {
                println!("{}: nothing to complain about", path.display());
                return ExitCode::SUCCESS;
            }
            Err(error) => return misuse(&error.to_string()),
        },
        Task::Run(path) => match Config::read(&path) {
            Ok(config) => config,
            Err(error) => return misuse(&error.to_string()),
        },
        Task::Dev { port } => {
            println!("For trying out: everybody may read every channel. The key is `{DEV_KEY}`.");
            Config::dev(port)
        }
    };
    start(config)
}

fn start(config: Config) -> ExitCode {
    log(config.log_level);
    let runtime = tokio::runtime::Runtime::new();
    let ran = match &runtime {
        Ok(runtime) => runtime.block_on(run::run(config)),
        Err(error) => {
            eprintln!("everstream-hub: can't start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("everstream-hub: {error}");
            ExitCode::FAILURE
        }
    }
}

fn log(level: LevelFilter) {
    use std::io::IsTerminal;

    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
}

fn misuse(message: &str) -> ExitCode {
    eprintln!("everstream-hub: {message}");
    ExitCode::from(MISUSE)
}
