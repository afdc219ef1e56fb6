//! `everstream`: finds what is wrong with a stream of Server-Sent Events, and follows one, from a shell.

mod cli;
mod client;
mod doctor;
mod tail;
mod text;

use std::future::Future;
use std::process::ExitCode;

use crate::cli::Task;

/// Exit status when something was found, or a stream failed.
const FOUND: u8 = 1;

/// Exit status when the command line is wrong.
const MISUSE: u8 = 2;

fn main() -> ExitCode {
    match cli::parse(lexopt::Parser::from_env()) {
        Ok(Task::Help) => {
            print!("{}", cli::HELP);
            ExitCode::SUCCESS
        }
        Ok(Task::Version) => {
            println!("everstream {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Ok(Task::Doctor(options)) => run(doctor::run(options)),
        Ok(Task::Tail(options)) => run(tail::run(options)),
        Err(error) => {
            eprintln!("everstream: {error}. See `everstream --help`.");
            ExitCode::from(MISUSE)
        }
    }
}

/// Runs a task on one thread.
fn run(task: impl Future<Output = Result<ExitCode, Failure>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(task),
        Err(error) => Err(Failure::Start(error.to_string())),
    };
    done.unwrap_or_else(|failure| {
        eprintln!("everstream: {failure}");
        ExitCode::from(match failure {
            Failure::Record { .. } => MISUSE,
            Failure::Start(_) | Failure::Output(_) => FOUND,
        })
    })
}

/// Why a task could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The program can't do what it needs.
    #[error("can't start: {0}")]
    Start(String),
    /// The recording can't be made.
    #[error(
        "can't record into `{path}`: {reason}. Name a file that doesn't exist, in a folder that does"
    )]
    Record {
        /// The file.
        path: String,
        /// The reason.
        reason: std::io::Error,
    },
    /// The findings or events can't be written.
    #[error("can't write: {0}")]
    Output(#[from] std::io::Error),
}
