//! The numbers by which the two halves of the package understand each other.
//!
//! `pkg-template/src/tables.ts` is generated from here: `EVERSTREAM_TABLES=write cargo test -p everstream-npm`
//! writes it anew, and without that the test fails where the two differ.

/// An enum whose variants are numbers that JavaScript knows, from a first number on.
macro_rules! table {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])* $variant:ident = $number:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(i32)]
        pub(crate) enum $name {
            $($(#[doc = $doc])* $variant = $number,)*
        }

        #[cfg(test)]
        impl $name {
            /// The variants with their numbers and what is said of them.
            const ALL: &[(&str, i32, &[&str])] = &[
                $((stringify!($variant), $number, &[$($doc,)*]),)*
            ];
        }

        #[allow(dead_code)] // Some tables are only written, others only read.
        impl $name {
            pub(crate) fn of(number: i32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

table! {
    /// What can happen, besides answers and pieces of a stream.
    Input {
        Start = 0,
        /** The body ended cleanly. */
        Ended = 1,
        /** The request or its stream has failed. */
        Failed = 2,
        /** The request could not be prepared: a function of the user's has failed. */
        Unprepared = 3,
        /** No attempt can ever succeed. */
        Futile = 4,
        /** The user does not continue the answer. */
        NoContinuation = 5,
        NativeOpen = 6,
        /** The detail says whether the browser gave up. */
        NativeError = 7,
        /** Reading goes on that a slow listener had held up. */
        ReadingResumed = 8,
        /** Somebody asks for what the native `EventSource` can't do. */
        RequireFetch = 9,
        /** The detail says which. */
        Signal = 10,
        Reconnect = 11,
        Timeout = 12,
        /** The channels that came and went since are one change. */
        Flush = 13,
        /** The lock is this tab's. */
        LockHeld = 14,
        /** The lock was taken away. */
        LockLost = 15,
        /** There are no locks here after all. */
        LockRefused = 16,
        /** The page is about to sleep. */
        Leave = 17,
        /** The page is awake again. */
        Return = 18,
        Close = 19,
        /** The user has made a request with side effects of a safe one. */
        SideEffects = 20,
    }
}

table! {
    /// What the page has become.
    SignalKind {
        Online = 0,
        Offline = 1,
        Visible = 2,
        Hidden = 3,
        Thawed = 4,
        Restored = 5,
    }
}

table! {
    /// What the core wants done.
    Output {
        Nothing = 0,
        Connect = 1,
        Disconnect = 2,
        /** Send a request that changes the channels. */
        Send = 3,
        /** Abort such a request. */
        Abort = 4,
        /** Say something to all other tabs. */
        Say = 5,
        RequestLock = 6,
        StealLock = 7,
        ReleaseLock = 8,
    }
}

table! {
    /// The states of a connection.
    Status {
        /** There is no channel. */
        Idle = 0,
        Connecting = 1,
        Open = 2,
        Waiting = 3,
        Paused = 4,
        Closed = 5,
    }
}

table! {
    /// What a session is of.
    SessionKind {
        /** One connection. */
        Solo = 0,
        /** Channels over one connection. */
        Muxed = 1,
        /** One connection for all tabs. */
        SharedSolo = 2,
        /** Channels over one connection for all tabs. */
        SharedMuxed = 3,
    }
}

table! {
    /// What an answer is read as.
    Kind {
        EventStream = 0,
        Whole = 1,
        Unexpected = 2,
    }
}

table! {
    /// What the user's `retry` function can answer besides a number of milliseconds.
    Answer {
        Retry = -1,
        Stop = -2,
        Default = -3,
    }
}

table! {
    /// The records that are no events: their kind, a number, and where their text ends.
    Record {
        /** The text is the name of the type with this number. */
        Type = -1,
        Comment = -2,
        /** An event was too large. */
        TooLarge = -3,
        /** Events may be missing here, of a source. */
        Missing = -4,
        /** A number and a text for the record that follows. */
        Argument = -5,
        /** The number is that of the state. Of `Waiting` and `Closed` the arguments are those of an error. */
        State = -6,
        /** The server has ended the stream; the number is that of the reason. */
        Over = -7,
        /** What follows is the channel's with this number. */
        Channel = -8,
        InForce = -9,
        NotInForce = -10,
        /** Events of the channel may be missing here. */
        Gap = -11,
        /** The channel has ended. The arguments are those of an error, if there is one. */
        End = -12,
        /** Something went wrong that concerns no channel alone. The arguments are the error's. */
        Broken = -13,
        /** The text is the position. */
        Position = -14,
        /** Four times how many tabs share, plus the role. */
        Sharing = -15,
    }
}

table! {
    /// The errors, by the order of their codes in `problem.ts`.
    Code {
        None = 0,
        Disconnected = 1,
        Response = 2,
        OpenTimeout = 3,
        HeartbeatTimeout = 4,
        Replaced = 5,
        Headers = 6,
        Preflight = 7,
        Unsupported = 8,
        Ended = 9,
        EventTooLarge = 10,
        /** Of a multiplexer alone. */
        Channel = 100,
        /** Of a multiplexer alone. */
        Protocol = 101,
    }
}

table! {
    /// The bits of the first option.
    Flag {
        Native = 0x1,
        /** The request is sent only once. */
        Once = 0x2,
        CrossOrigin = 0x4,
        Query = 0x8,
        Refreshable = 0x10,
        Pauses = 0x20,
        /** There is a `retry` option; without it, what happens is what the standard says. */
        Retry = 0x40,
        NoJitter = 0x80,
        /** `retry` is a function. */
        Asks = 0x100,
        ContinuesByGet = 0x200,
        /** `resume` is a function. */
        Continues = 0x400,
        ClosesAtEnd = 0x800,
        DeliversUnfinished = 0x1000,
        NoReplay = 0x2000,
        /** Somebody is asked how IDs follow one another. */
        AsksFollows = 0x4000,
        /** Somebody is asked where the stream ends. */
        AsksUntil = 0x8000,
        /** The user has named the query parameter for the position. */
        QueryNamed = 0x10000,
        /** The core chooses between native and fetch. */
        Auto = 0x20000,
        /** `follows` is 'integers'. */
        FollowsIntegers = 0x40000,
        /** `until` is a text. */
        UntilText = 0x80000,
    }
}

table! {
    /// The places of the numbers that a session is opened with. Times are in milliseconds; NaN leaves the default.
    Setting {
        Flags = 0,
        InitialDelay = 1,
        MaxDelay = 2,
        MaxAttempts = 3,
        ResetAfter = 4,
        Heartbeat = 5,
        /** Without one, none. */
        OpenTimeout = 6,
        MaxEventSize = 7,
        /** Random. */
        Seed = 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/tables.ts");

    fn write(text: &mut String, name: &str, about: &str, all: &[(&str, i32, &[&str])]) {
        *text += &["\n/** ", about, " */\nexport const enum ", name, " {\n"].concat();
        for (variant, number, docs) in all {
            for doc in *docs {
                *text += &["  /** ", doc.trim(), " */\n"].concat();
            }
            *text += &["  ", variant, " = ", &number.to_string(), ",\n"].concat();
        }
        text.push_str("}\n");
    }

    #[test]
    fn both_halves_have_the_same_numbers() {
        let mut text =
            "// The numbers by which the two halves of the package understand each other.\n\
             // Generated from `pkg-template/core/src/tables.rs`, where it says how.\n"
                .to_owned();
        let about = "What can happen, besides answers and pieces of a stream.";
        write(&mut text, "Input", about, Input::ALL);
        write(
            &mut text,
            "Signal",
            "What the page has become.",
            SignalKind::ALL,
        );
        write(
            &mut text,
            "Output",
            "What the core wants done.",
            Output::ALL,
        );
        write(
            &mut text,
            "Status",
            "The states of a connection.",
            Status::ALL,
        );
        write(
            &mut text,
            "SessionKind",
            "What a session is of.",
            SessionKind::ALL,
        );
        write(&mut text, "Kind", "What an answer is read as.", Kind::ALL);
        let about = "What the user's `retry` function can answer besides a number of milliseconds.";
        write(&mut text, "Answer", about, Answer::ALL);
        let about =
            "The records that are no events: their kind, a number, and where their text ends.";
        write(&mut text, "Record", about, Record::ALL);
        let about = "The errors, by the order of their codes in `problem.ts`.";
        write(&mut text, "ErrorCode", about, Code::ALL);
        write(
            &mut text,
            "Flag",
            "The bits of the first option.",
            Flag::ALL,
        );
        let about = "The places of the numbers that a session is opened with.";
        write(&mut text, "Setting", about, Setting::ALL);
        if std::env::var_os("EVERSTREAM_TABLES").is_some() {
            std::fs::write(FILE, &text).expect("the package's sources are there");
        }
        let present = std::fs::read_to_string(FILE).expect("the package's sources are there");
        assert_eq!(present, text, "EVERSTREAM_TABLES=write writes it anew");
    }

    #[test]
    fn every_number_is_the_number_of_its_variant() {
        for (_, number, _) in Input::ALL {
            assert_eq!(Input::of(*number).map(|input| input as i32), Some(*number));
        }
        let bits = Flag::ALL.iter().fold(0, |all, (_, bit, _)| {
            assert_eq!(all & bit, 0, "each flag has a bit of its own");
            all | bit
        });
        assert_eq!(bits, 0xF_FFFF);
    }
}
