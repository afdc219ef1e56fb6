//! The event streams to parse.

use std::fmt::Write;

use bytes::Bytes;

/// The chunk size of a fast network, and that of a slow server's writes.
const LARGE: usize = 16 * 1024;
const SMALL: usize = 64;

const MIB: usize = 1024 * 1024;

/// A stream, and the size of its chunks.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) bytes: Bytes,
    pub(crate) chunk: usize,
    pub(crate) events: usize,
    pub(crate) longest_line: usize,
}

/// Makes an input on demand, since only one at a time is in memory.
pub(crate) struct Recipe {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) make: fn() -> Input,
}

macro_rules! recipes {
    ($($name:literal $title:literal $stream:expr, $chunk:expr;)*) => {
        &[$(Recipe {
            name: $name,
            title: $title,
            make: || {
                let (events, text): (usize, String) = $stream;
                Input::new($name, events, text, $chunk)
            },
        }),*]
    };
}

/// The inputs of the benchmark.
pub(crate) const INPUTS: &[Recipe] = recipes! {
    "a" "200 000 chat deltas, chunks of 16 KiB" chat(), LARGE;
    "a64" "200 000 chat deltas, chunks of 64 B" chat(), SMALL;
    "b" "200 000 events with id and type, chunks of 16 KiB" prices(), LARGE;
    "b64" "200 000 events with id and type, chunks of 64 B" prices(), SMALL;
    "c" "2 000 events of 32 KiB, chunks of 16 KiB" large(), LARGE;
    "c64" "2 000 events of 32 KiB, chunks of 64 B" large(), SMALL;
    "d" "10 000 events of 20 lines, chunks of 16 KiB" multiline(), LARGE;
    "d64" "10 000 events of 20 lines, chunks of 64 B" multiline(), SMALL;
    "e1" "one event of 1 MiB, chunks of 4 KiB" drip(MIB), 4096;
    "e" "one event of 4 MiB, chunks of 4 KiB" drip(4 * MIB), 4096;
    "f1" "one event of 256 KiB, byte by byte" drip(MIB / 4), 1;
    "f" "one event of 1 MiB, byte by byte" drip(MIB), 1;
};

impl Input {
    fn new(name: &'static str, events: usize, text: String, chunk: usize) -> Self {
        Self {
            name,
            longest_line: text.lines().map(str::len).max().unwrap_or(0),
            bytes: Bytes::from(text),
            chunk,
            events,
        }
    }

    /// Returns the stream in chunks.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks(self.chunk)
    }
}

fn chat() -> (usize, String) {
    let event = "data: {\"choices\":[{\"delta\":{\"content\":\"tok\"}}]}\n\n";
    (200_000, event.repeat(200_000))
}

fn prices() -> (usize, String) {
    let mut text = String::new();
    for n in 0..200_000 {
        let price = f64::from(n % 1000) / 8.0;
        writeln!(text, "id: {n}\nevent: priceUpdate").expect("a string takes all");
        writeln!(
            text,
            "data: {{\"symbol\":\"ACME\",\"price\":{price},\"n\":{n}}}\n"
        )
        .expect("a string takes all");
    }
    (200_000, text)
}

fn large() -> (usize, String) {
    let item = r#"{"symbol":"ACME","price":1.5,"n":1},"#;
    let items = item.repeat(32 * 1024 / item.len());
    (2_000, format!("data: [{items}0]\n\n").repeat(2_000))
}

fn multiline() -> (usize, String) {
    let mut text = String::new();
    for n in 0..20 {
        writeln!(
            text,
            "data: 12:00:{n:02} worker {n}: request handled in {n} ms, 200 OK"
        )
        .expect("a string takes all");
    }
    text.push('\n');
    (10_000, text.repeat(10_000))
}

fn drip(size: usize) -> (usize, String) {
    (
        1,
        format!("data: {}\n\n", "0123456789abcdef".repeat(size / 16)),
    )
}
