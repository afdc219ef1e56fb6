//! The table of cases, `cases.txt`, and the random ones, `traces.txt`. The tests of the npm package hold its
//! machine to the same files.

use std::fs;
use std::path::{Path, PathBuf};

use super::line::Machine;
use super::traces;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/live/tests")
        .join(name)
}

/// Runs each case of a file. Returns the file as it is after that.
fn run(text: &str) -> String {
    let mut machine = Machine::new();
    let lines = text.lines().map(|line| {
        if line.starts_with('#') || line.is_empty() {
            machine = Machine::new();
            return format!("{line}\n");
        }
        format!("{}\n", machine.step(line))
    });
    lines.collect()
}

/// Compares a file with what it is to contain. `EVERSTREAM_BLESS=1` writes the file anew instead, whose
/// changes are then to be read.
fn check(name: &str, expected: &str, actual: &str) {
    if std::env::var_os("EVERSTREAM_BLESS").is_some() {
        fs::write(file(name), actual).expect("the file can be written");
        return;
    }
    for (number, (expected, actual)) in expected.lines().zip(actual.lines()).enumerate() {
        assert_eq!(expected, actual, "line {} of {name}", number + 1);
    }
    assert_eq!(expected, actual);
}

#[test]
fn the_cases_end_as_the_table_says() {
    let text = fs::read_to_string(file("cases.txt")).expect("the table");
    check("cases.txt", &text, &run(&text));
}

#[test]
fn random_inputs_end_as_recorded() {
    let text = fs::read_to_string(file("traces.txt")).unwrap_or_default();
    check("traces.txt", &text, &traces::draw());
}
