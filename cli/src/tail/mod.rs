//! `everstream tail`: follows a stream and resumes it where it breaks.

mod edge;
mod record;
mod show;

use std::process::ExitCode;

use everstream_core::connection::{Config, OnEnd, Transport};

use crate::cli::Tail;
use crate::client::Client;
use crate::{FOUND, Failure};

use edge::Edge;
use record::Recording;
use show::Show;

/// Follows a stream until it is closed for good, the output is closed, or the user interrupts.
pub(crate) async fn run(options: Tail) -> Result<ExitCode, Failure> {
    let client = Client::new(options.target.headers)?;
    let recording = options.record.as_deref().map(Recording::create);
    let mut show = Show::new(options.events, options.json, recording.transpose()?);
    show.began(&options.target.url)?;
    let config = Config {
        transport: Transport::Fetch,
        heartbeat: options.heartbeat,
        last_event_id: options.after,
        on_end: if options.once {
            OnEnd::Close
        } else {
            OnEnd::Reconnect
        },
        ..Config::default()
    };
    let edge = Edge::new(&client, &options.target.url, config);
    let has_failed = match edge.follow(&mut show).await {
        Ok(()) => show.has_failed(),
        // `everstream tail … | head` has what it wants.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => false,
        Err(error) => return Err(error.into()),
    };
    Ok(if has_failed {
        ExitCode::from(FOUND)
    } else {
        ExitCode::SUCCESS
    })
}
