//! `everstream doctor`: watches a stream and says what is wrong with it.

mod examination;
mod report;

use std::io::Write;
use std::process::ExitCode;

use everstream_core::diagnose::diagnose;

use crate::cli::Doctor;
use crate::client::Client;
use crate::{FOUND, Failure};

/// Examines a stream and prints the findings.
pub(crate) async fn run(options: Doctor) -> Result<ExitCode, Failure> {
    let client = Client::new(options.target.headers)?;
    let facts = examination::examine(&client, &options.target.url, options.watched).await;
    let findings = diagnose(&facts);
    let report = if options.json {
        report::json(&facts, &findings)
    } else {
        report::text(&facts, &findings)
    };
    std::io::stdout().write_all(report.as_bytes())?;
    Ok(if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND)
    })
}
