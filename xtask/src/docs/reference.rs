//! The reference of the npm package, which `typedoc` makes of the package's types: a page for each entry.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::pages::{Book, Page};
use crate::process;
use crate::workspace::{Workspace, copy_files};

/// The folder of the package's types, and its manifest, which names the entries.
const TYPES: &str = "pkg-template";
const MANIFEST: &str = "pkg-template/package.json";

/// The section of the book, and the folder of its pages.
const SECTION: &str = "TypeScript";
const FOLDER: &str = "reference/typescript";

/// An entry of the package that has types.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// The name that is imported, such as `everstream/mux`.
    name: String,
    /// The file of its types, without `.d.ts`.
    types: String,
}

/// Writes the pages into `work`, beside the site's configuration, and adds them to the book. Fails where an exported
/// declaration has no documentation, and where a link in one leads nowhere.
pub(super) fn add(workspace: &Workspace, book: &mut Book, work: &Path) -> Result<()> {
    copy_files(&workspace.root.join(TYPES), &work.join("types"))?;
    let manifest = fs::read_to_string(workspace.root.join(MANIFEST)).context(MANIFEST)?;
    let entries = entries(&serde_json::from_str(&manifest).context(MANIFEST)?)?;
    let mut typedoc = workspace.command("node");
    typedoc
        .arg("node_modules/typedoc/bin/typedoc")
        .args(["--options", ".vitepress/typedoc.json"])
        .args(["--logLevel", "Warn"])
        .current_dir(work);
    for Entry { types, .. } in &entries {
        typedoc.args(["--entryPoints", &format!("types/{types}.d.ts")]);
    }
    process::run(&mut typedoc)
        .context("the package's types are not documented as they should be")?;
    let mut pages = Vec::new();
    for Entry { name, types } in entries {
        let file = PathBuf::from(format!("{FOLDER}/{types}.md"));
        let text = fs::read_to_string(work.join(&file)).context("TypeDoc writes each entry")?;
        let text = titled(&text, &name)?;
        fs::write(work.join(&file), &text)?;
        pages.push(Page::generated(file, name, text));
    }
    // Its own list of the entries: the sidebar has them too.
    fs::remove_file(work.join(FOLDER).join("README.md"))?;
    book.sections.push((SECTION.to_owned(), pages));
    Ok(())
}

/// Returns the entries that have types of their own, in the order of their names.
fn entries(manifest: &Value) -> Result<Vec<Entry>> {
    let exports = manifest["exports"].as_object().context("no `exports`")?;
    let mut entries = Vec::new();
    for (path, conditions) in exports {
        let types = conditions["types"].as_str().unwrap_or_default();
        let types = types.strip_prefix("./").unwrap_or(types);
        // The WebAssembly itself is a file, with a type that says so.
        let Some(types) = types.strip_suffix(".d.ts").filter(|types| *types != "wasm") else {
            continue;
        };
        let name = path.replacen('.', "everstream", 1);
        let types = types.to_owned();
        entries.push(Entry { name, types });
    }
    ensure!(!entries.is_empty(), "no entry has types");
    Ok(entries)
}

/// Gives a page the entry's name as its heading.
fn titled(text: &str, name: &str) -> Result<String> {
    let rest = text
        .strip_prefix("# ")
        .and_then(|text| text.split_once('\n'));
    let (_, rest) = rest.context("a page begins with its heading")?;
    Ok(format!("# {name}\n{rest}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_are_the_exports_with_types() {
        let manifest = json!({ "exports": {
            ".": { "types": "./index.d.ts", "default": "./index.js" },
            "./mux/slim": { "types": "./mux-slim.d.ts" },
            "./everstream.wasm": { "types": "./wasm.d.ts" },
            "./package.json": "./package.json",
        } });
        let entry = |name: &str, types: &str| Entry {
            name: name.to_owned(),
            types: types.to_owned(),
        };
        let expected = [
            entry("everstream", "index"),
            entry("everstream/mux/slim", "mux-slim"),
        ];
        assert_eq!(entries(&manifest).unwrap(), expected);
        assert!(entries(&json!({ "exports": {} })).is_err());
    }

    #[test]
    fn a_page_has_the_name_that_is_imported() {
        let page = titled("# mux\n\n## Classes\n", "everstream/mux").unwrap();
        assert_eq!(page, "# everstream/mux\n\n## Classes\n");
        assert!(titled("## Classes\n", "everstream").is_err());
    }
}
