//! The code that the documents show is the code that the tests run.

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

/// The documents for front-end developers.
const CLIENTS: [&str; 6] = [
    include_str!("../README.md"),
    include_str!("../docs/dioxus.md"),
    include_str!("../docs/leptos.md"),
    include_str!("../docs/yew.md"),
    include_str!("../docs/sharing.md"),
    include_str!("../docs/protocols.md"),
];

/// Returns the Rust blocks, whatever attributes they give rustdoc.
fn rust(document: &str) -> impl Iterator<Item = &str> {
    let parts = document.split("\n```rust").skip(1);
    parts.map(|part| part.split("\n```").next().unwrap_or_default())
}

#[test]
fn examples_say_nothing_where_a_browser_does_not_show_it_and_refuse_nothing_that_is_harmless() {
    let mut seen = 0;
    for block in CLIENTS.into_iter().flat_map(rust) {
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
