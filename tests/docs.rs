//! The code that the documents show is the code that the tests run.

use std::fs;
use std::path::{Path, PathBuf};

const SERVERS: &str = include_str!("../docs/servers.md");

/// Returns the code blocks of a language, without their fences.
fn blocks<'d>(document: &'d str, language: &str) -> Vec<&'d str> {
    let fence = format!("\n```{language}\n");
    let parts = document.split(&*fence).skip(1);
    parts
        .map(|part| {
            let end = part.find("```\n").expect("a block ends");
            &part[..end]
        })
        .collect()
}

#[test]
fn the_recipes_are_the_files_that_the_browser_tests_meet() {
    let fastapi = include_str!("fastapi/channels.py");
    assert_eq!(blocks(SERVERS, "python"), [fastapi]);
    let express = include_str!("express/channels.js");
    assert_eq!(blocks(SERVERS, "js"), [express]);
}

/// The repository.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Returns the documents for front-end developers: the README and the book, with their paths.
fn documents() -> Vec<(PathBuf, String)> {
    let mut documents = vec![PathBuf::from(ROOT).join("README.md")];
    let mut folders = vec![PathBuf::from(ROOT).join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a document");
        (path, text)
    };
    documents.into_iter().map(read).collect()
}

/// Returns the Rust blocks, whatever attributes they give rustdoc.
fn rust(document: &str) -> impl Iterator<Item = &str> {
    let parts = document.split("\n```rust").skip(1);
    parts.map(|part| part.split("\n```").next().unwrap_or_default())
}

#[test]
fn examples_say_nothing_where_a_browser_does_not_show_it_and_refuse_nothing_that_is_harmless() {
    let documents = documents();
    let mut seen = 0;
    for block in documents.iter().flat_map(|(_, text)| rust(text)) {
        seen += 1;
        let is_server = block.contains("tokio::main");
        assert!(is_server || !block.contains("println!"), "{block}");
        // No header may hold this character, because it isn't Latin-1.
        assert!(!block.contains('…'), "{block}");
        // This loop would end at the first gap.
        assert!(!block.contains("while let Some(Ok("), "{block}");
    }
    assert!(seen > 20, "only {seen} blocks were looked at");
}

#[test]
fn every_example_of_the_book_is_compiled() {
    let lists = ["src/lib.rs", "tests/book/lib.rs", "tests/hooks/lib.rs"];
    let lists = lists.map(|list| fs::read_to_string(Path::new(ROOT).join(list)).expect(list));
    let mut seen = 0;
    for (path, text) in documents() {
        let is_compiled = |block: &str| !block.starts_with(",ignore");
        if !rust(&text).any(is_compiled) {
            continue;
        }
        seen += 1;
        let name = path.strip_prefix(ROOT).expect("a path in the repository");
        let include = format!("{}\")]", name.display());
        let is_listed = lists.iter().any(|list| list.contains(&include));
        assert!(
            is_listed,
            "the examples of {} are not compiled",
            name.display()
        );
    }
    assert!(seen > 5, "only {seen} documents were looked at");
}

/// Returns the text of all sources and tests.
fn sources() -> String {
    let mut sources = String::new();
    let mut folders = ["core", "pkg-template/core", "server", "src", "tests"]
        .map(|folder| Path::new(ROOT).join(folder))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                if !path.ends_with("node_modules") {
                    folders.push(path);
                }
            } else if matches!(extension, Some("rs" | "js" | "mjs")) {
                // Tests are named by the names of their files, too.
                sources.push_str(&path.display().to_string());
                sources.push('\n');
                sources.push_str(&fs::read_to_string(path).expect("a source"));
            }
        }
    }
    sources.replace("\\'", "'")
}

#[test]
fn every_test_that_a_table_names_exists() {
    let sources = sources();
    let mut seen = 0;
    for (path, text) in documents() {
        let mut names_tests = false;
        for line in text.lines() {
            let Some(row) = line.strip_prefix('|') else {
                names_tests = false;
                continue;
            };
            let last = row.trim_end_matches([' ', '|']).rsplit('|').next();
            let last = last.unwrap_or_default().trim();
            if ["test", "shown by"].contains(&last) {
                names_tests = true;
            } else if names_tests {
                for name in last.split('`').skip(1).step_by(2) {
                    seen += 1;
                    let name = name.split("::").next().unwrap_or(name);
                    let is_command = name.starts_with("cargo ");
                    let is_known = is_command || sources.contains(name);
                    assert!(is_known, "{}: there is no `{name}`", path.display());
                }
            }
        }
    }
    assert!(seen > 60, "only {seen} names were looked at");
}
