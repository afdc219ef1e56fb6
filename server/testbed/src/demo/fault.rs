//! Faults that the demo injects into its streams.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Demo;
use crate::problem::Problem;

/// How long a silenced stream silences new connections too.
const SILENCE: Duration = Duration::from_secs(12);
/// How long a stream answers 500.
const OUTAGE: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Connections stay open and carry no more bytes. New ones of the next twelve seconds are silent
    /// for good too.
    Silence,
    /// Connections are closed abruptly.
    Drop,
    /// Connections are closed abruptly, and for three seconds new ones are answered with 500.
    Outage,
    /// Connections are closed abruptly, and the next one is answered with 401.
    Unauthorized,
    /// Connections are closed abruptly, and new ones are answered with 204 until the next fault.
    NoContent,
    /// New connections are served again.
    Mend,
}

impl Fault {
    fn named(name: &str) -> Option<Self> {
        match name {
            "silence" => Some(Self::Silence),
            "drop" => Some(Self::Drop),
            "500" => Some(Self::Outage),
            "401" => Some(Self::Unauthorized),
            "204" => Some(Self::NoContent),
            "ok" => Some(Self::Mend),
            _ => None,
        }
    }
}

/// How the stream treats new connections.
#[derive(Clone, Copy, Debug, Default)]
enum Reception {
    #[default]
    Serve,
    SilentUntil(Instant),
    RefuseOnce(StatusCode),
    RefuseUntil(StatusCode, Instant),
    Refuse(StatusCode),
}

/// The faults of one stream.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Condition>);

#[derive(Debug, Default)]
struct Condition {
    reception: Reception,
    /// Cancelled to drop the open connections, and replaced for later ones.
    dropped: CancellationToken,
    /// Cancelled to silence connections, and replaced when new ones are no longer silent.
    silenced: CancellationToken,
}

/// The faults that apply to one connection.
#[derive(Debug)]
pub(super) struct Exposure {
    pub(super) dropped: CancellationToken,
    pub(super) silenced: CancellationToken,
}

impl Faults {
    fn inject(&self, fault: Fault, now: Instant) {
        let mut condition = self.0.lock();
        condition.reception = match fault {
            Fault::Silence => Reception::SilentUntil(now + SILENCE),
            Fault::Drop | Fault::Mend => Reception::Serve,
            Fault::Outage => {
                Reception::RefuseUntil(StatusCode::INTERNAL_SERVER_ERROR, now + OUTAGE)
            }
            Fault::Unauthorized => Reception::RefuseOnce(StatusCode::UNAUTHORIZED),
            Fault::NoContent => Reception::Refuse(StatusCode::NO_CONTENT),
        };
        match fault {
            Fault::Mend => {}
            Fault::Silence => condition.silenced.cancel(),
            Fault::Drop | Fault::Outage | Fault::Unauthorized | Fault::NoContent => {
                std::mem::take(&mut condition.dropped).cancel();
            }
        }
    }

    /// Admits a new connection, or returns the status to refuse it with.
    pub(super) fn admit(&self, now: Instant) -> Result<Exposure, StatusCode> {
        let mut condition = self.0.lock();
        let silent = match condition.reception {
            Reception::SilentUntil(end) => now < end,
            Reception::RefuseOnce(status) => {
                condition.reception = Reception::Serve;
                return Err(status);
            }
            Reception::RefuseUntil(status, end) if now < end => return Err(status),
            Reception::Serve | Reception::RefuseUntil(..) => false,
            Reception::Refuse(status) => return Err(status),
        };
        if !silent && condition.silenced.is_cancelled() {
            condition.silenced = CancellationToken::new();
        }
        Ok(Exposure {
            dropped: condition.dropped.clone(),
            silenced: condition.silenced.clone(),
        })
    }
}

/// Returns the answer to a connection that is refused with this status.
pub(super) fn refusal(status: StatusCode) -> Response {
    match status {
        StatusCode::NO_CONTENT => status.into_response(),
        StatusCode::UNAUTHORIZED => Problem::invalid_token().into_response(),
        _ => Problem::new(status, "injected_fault").into_response(),
    }
}

pub(super) async fn inject(
    State(demo): State<Arc<Demo>>,
    Path((stream, fault)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let channel = demo
        .channel(&stream)
        .ok_or_else(|| Problem::not_found("unknown_stream"))?;
    let fault = Fault::named(&fault).ok_or_else(|| Problem::not_found("unknown_fault"))?;
    channel.faults.inject(fault, Instant::now());
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_for_good_but_not_for_later_connections() {
        let (faults, now) = (Faults::default(), Instant::now());
        let before = faults.admit(now).unwrap();
        faults.inject(Fault::Silence, now);
        let during = faults.admit(now).unwrap();
        let after = faults.admit(now + SILENCE).unwrap();
        assert!(before.silenced.is_cancelled() && during.silenced.is_cancelled());
        assert!(!after.silenced.is_cancelled());
    }

    #[test]
    fn silent_connections_can_be_dropped_still() {
        let (faults, now) = (Faults::default(), Instant::now());
        faults.inject(Fault::Silence, now);
        let silent = faults.admit(now).unwrap();
        faults.inject(Fault::Drop, now);
        assert!(silent.dropped.is_cancelled());
        let next = faults.admit(now).unwrap();
        assert!(!next.dropped.is_cancelled() && !next.silenced.is_cancelled());
    }

    #[test]
    fn refusals_last_as_long_as_they_should() {
        let (faults, now) = (Faults::default(), Instant::now());
        let refused = |time| faults.admit(time).err().map(|status| status.as_u16());

        faults.inject(Fault::Outage, now);
        assert_eq!(refused(now), Some(500));
        assert_eq!(refused(now), Some(500));
        assert_eq!(refused(now + OUTAGE), None);

        faults.inject(Fault::Unauthorized, now);
        assert_eq!(refused(now), Some(401));
        assert_eq!(refused(now), None);

        faults.inject(Fault::NoContent, now);
        assert_eq!(refused(now + Duration::from_hours(1)), Some(204));
        faults.inject(Fault::Mend, now);
        assert_eq!(refused(now), None);
    }
}
