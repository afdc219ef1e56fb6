//! States and errors in the messages between tabs.

use core::time::Duration;

use super::codec::{Wire, wire};
use crate::connection::{Resumed, State, TransportKind};
use crate::error::{Error, UnexpectedResponse};
use crate::http::Response;
use crate::parse::EventTooLarge;

wire!(struct Response { status, headers, url });
wire!(struct UnexpectedResponse { response, excerpt });
wire!(struct EventTooLarge { limit, event_type });

/// Covers the errors that a connection can have.
impl Wire for Error {
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Disconnected { detail, .. } => write_text(0, detail, to),
            Self::Response(unexpected) => {
                to.push(1);
                unexpected.write(to);
            }
            Self::OpenTimeout { after } => {
                to.push(2);
                after.write(to);
            }
            Self::HeartbeatTimeout { silent_for } => {
                to.push(3);
                silent_for.write(to);
            }
            Self::Distrusted { .. } => to.push(4),
            Self::Headers { message } => write_text(5, message, to),
            Self::PreflightRefused => to.push(6),
            Self::EventTooLarge(too_large) => {
                to.push(7);
                too_large.write(to);
            }
            Self::Channel {
                channel,
                code,
                message,
            } => {
                to.push(8);
                for text in [channel, code, message] {
                    text.write(to);
                }
            }
            Self::Protocol {
                event_type,
                data,
                reason,
            } => {
                to.push(9);
                event_type.write(to);
                data.write(to);
                reason.write(to);
            }
            Self::Ended { .. } => to.push(10),
            // The other errors only the leader can mend, or they concern one subscriber and are never sent.
            other => write_text(0, &in_words(other), to),
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(match u64::read(from)? {
            0 => Self::disconnected(String::read(from)?),
            1 => Self::Response(Wire::read(from)?),
            2 => Self::OpenTimeout {
                after: Wire::read(from)?,
            },
            3 => Self::HeartbeatTimeout {
                silent_for: Wire::read(from)?,
            },
            4 => Self::Distrusted {
                reason: "the leading tab was frozen or off the network",
            },
            5 => Self::Headers {
                message: Wire::read(from)?,
            },
            6 => Self::PreflightRefused,
            7 => Self::EventTooLarge(Wire::read(from)?),
            8 => Self::Channel {
                channel: Wire::read(from)?,
                code: Wire::read(from)?,
                message: Wire::read(from)?,
            },
            9 => Self::Protocol {
                event_type: Wire::read(from)?,
                data: Wire::read(from)?,
                reason: Wire::read(from)?,
            },
            10 => Self::Ended { unfinished: None },
            _ => return None,
        })
    }
}

fn write_text(number: u8, text: &String, to: &mut Vec<u8>) {
    to.push(number);
    text.write(to);
}

/// Returns the message of an error that other tabs know only by its message. Using `Display` would bring all
/// of `core::fmt` along.
fn in_words(error: &Error) -> String {
    match error {
        Error::InvalidUrl { url, reason } => ["`", url, "` is not a valid URL: ", reason].concat(),
        Error::InvalidHeader { name, reason } => {
            ["the request header `", name, "` can't be sent: ", reason].concat()
        }
        Error::InvalidOption { option, reason } => {
            ["the option `", option, "` is not usable: ", reason].concat()
        }
        Error::Unsupported { what, remedy } => [what, " is not available here: ", remedy].concat(),
        _ => "the leading tab has failed".to_owned(),
    }
}

/// A duration is sent in milliseconds.
impl Wire for Duration {
    fn write(&self, to: &mut Vec<u8>) {
        let whole = self.as_secs().saturating_mul(1000);
        whole
            .saturating_add(u64::from(self.subsec_millis()))
            .write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        u64::read(from).map(Self::from_millis)
    }
}

/// A transport is sent as whether it is native.
impl Wire for TransportKind {
    fn write(&self, to: &mut Vec<u8>) {
        (*self == Self::Native).write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::read(from)? {
            Self::Native
        } else {
            Self::Fetch
        })
    }
}

/// The first value is whether the server was asked to resume, the second whether it has confirmed.
impl Wire for Resumed {
    fn write(&self, to: &mut Vec<u8>) {
        (*self != Self::No).write(to);
        (*self == Self::Confirmed).write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(match (bool::read(from)?, bool::read(from)?) {
            (_, true) => Self::Confirmed,
            (true, false) => Self::Asked,
            (false, false) => Self::No,
        })
    }
}

impl Wire for State {
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Idle => to.push(0),
            Self::Connecting { attempt, transport } => {
                to.push(1);
                attempt.write(to);
                transport.write(to);
            }
            // The answer's headers stay with the leader.
            Self::Open {
                transport, resumed, ..
            } => {
                to.push(2);
                transport.write(to);
                resumed.write(to);
            }
            Self::Subscribing => to.push(3),
            Self::Waiting {
                retry_in,
                failures,
                error,
            } => {
                to.push(4);
                retry_in.write(to);
                failures.write(to);
                error.write(to);
            }
            Self::Paused => to.push(5),
            Self::Closed { error } => {
                to.push(6);
                error.write(to);
            }
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(match u64::read(from)? {
            0 => Self::Idle,
            1 => Self::Connecting {
                attempt: Wire::read(from)?,
                transport: Wire::read(from)?,
            },
            2 => Self::Open {
                transport: Wire::read(from)?,
                resumed: Wire::read(from)?,
                answer: None,
            },
            3 => Self::Subscribing,
            4 => Self::Waiting {
                retry_in: Wire::read(from)?,
                failures: Wire::read(from)?,
                error: Wire::read(from)?,
            },
            5 => Self::Paused,
            6 => Self::Closed {
                error: Wire::read(from)?,
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabs::codec::{decode, encode};

    #[test]
    fn what_the_leader_alone_can_mend_is_told_in_its_own_words() {
        let errors = [
            Error::InvalidUrl {
                url: "ftp://host".to_owned(),
                reason: "it is not fetched".to_owned(),
            },
            Error::InvalidHeader {
                name: "a b".to_owned(),
                reason: "it has a space",
            },
            Error::invalid_option("channel", "it is empty"),
            Error::Unsupported {
                what: "fetch",
                remedy: "give one",
            },
        ];
        for error in errors {
            let told = decode::<Error>(&encode(&error));
            assert_eq!(told, Some(Error::disconnected(error.to_string())));
        }
    }
}
