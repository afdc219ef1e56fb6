//! What the documents show is what the tests run.

const SERVERS: &str = include_str!("../docs/servers.md");

/// The blocks of a language, without their fences.
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
