//! The compiler's messages for each mistake.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The prefix of a line that holds a part of the expected message.
const EXPECTED: &str = "//= ";

/// Compiles all mistakes for the users' target, and returns the messages for each.
fn compile(folder: &Path) -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--bins", "--keep-going", "--message-format=json"])
        .args(["--features=mistakes", "--target=wasm32-unknown-unknown"])
        .current_dir(folder)
        // The test's own flags would cause a second compilation of everything.
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let mut said = BTreeMap::<String, String>::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let is_error = message["message"]["level"] == "error";
        if let (true, Some(target), Some(text)) = (
            is_error,
            message["target"]["name"].as_str(),
            message["message"]["rendered"].as_str(),
        ) {
            said.entry(target.to_owned()).or_default().push_str(text);
        }
    }
    assert!(
        !said.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[test]
fn each_mistake_is_told_what_to_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let said = compile(folder);
    let mut failures = Vec::new();
    let mut cases = 0;
    for case in fs::read_dir(folder.join("cases")).expect("a folder") {
        let path = case.expect("a file").path();
        let name = path.file_stem().expect("a name").to_string_lossy();
        let program = fs::read_to_string(&path).expect("a text");
        let expected: Vec<_> = program
            .lines()
            .filter_map(|line| line.strip_prefix(EXPECTED))
            .collect();
        assert!(!expected.is_empty(), "{name} expects nothing");
        cases += 1;
        let Some(said) = said.get(&*name) else {
            failures.push(format!("{name} compiles, or has no `[[bin]]`"));
            continue;
        };
        for expected in expected {
            if !said.contains(expected) {
                failures.push(format!("{name}: no `{expected}` in\n{said}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases >= 20, "{cases} cases");
}
