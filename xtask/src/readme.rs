//! `cargo xtask test --readme`: lays out, builds and runs the projects that the documents print, as a reader
//! would.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::report::Report;
use crate::workspace::Workspace;
use crate::{cargo_tools, e2e, node, process, servers};

/// The suite's name in the report.
const NAME: &str = "readme";

/// The test of the pages, and the variable that tells it where they are.
const TESTS: &str = "readme.printed.mjs";
const PROJECTS_VARIABLE: &str = "EVERSTREAM_README";

/// Each project and the documents that print it. If two print the same file, the first wins.
const PROJECTS: [(&str, &[&str]); 5] = [
    ("plain", &["README.md"]),
    ("dioxus", &["docs/dioxus.md", "README.md"]),
    ("hub", &["server/README.md", "README.md"]),
    ("leptos", &["docs/leptos.md", "README.md"]),
    ("yew", &["docs/yew.md", "README.md"]),
];

/// The page that runs the README's recipes, whose dependencies are those of the first page.
const RECIPES: (&str, &str) = ("recipes", "tests/e2e/recipes");

/// The server's printed address and its replacement, since the test chooses the port.
const ADDRESS: (&str, &str) = ("\"127.0.0.1:8080\"", "std::env::var(\"LISTEN\")?");

/// The reader's clone of the repository, relative to a manifest.
const CLONE: &str = "../everstream";

/// Builds the projects, and tests each page while its server runs.
pub(crate) fn run(workspace: &Workspace, filter: Option<&str>, report: &mut Report) -> Result<()> {
    let chromium = match e2e::set_up_chromium(workspace) {
        Ok(chromium) => chromium,
        Err(error) => {
            report.missing(NAME, format!("{error:#}"));
            return Ok(());
        }
    };
    // A reader's folder is outside the workspace, too.
    let projects = tempfile::tempdir()?;
    build(workspace, projects.path())?;
    // The directory catches the profiles that a killed browser leaves behind.
    let profiles = tempfile::tempdir()?;
    let mut node = node::tests(workspace, "node".as_ref(), 1);
    node.current_dir(workspace.root.join(e2e::TESTS))
        // The servers of the folder's other tests don't run, but need addresses.
        .envs(servers::usual_addresses())
        .env("TMPDIR", profiles.path())
        .env(e2e::CHROMIUM, chromium)
        .env(PROJECTS_VARIABLE, projects.path());
    if let Some(filter) = filter {
        node.arg(format!("--test-name-pattern={}", e2e::pattern(filter)));
    }
    node.arg(TESTS);
    report.run(NAME, node, filter.is_some())
}

/// Builds the projects, each in a folder of its own: the page in `page`, and the server as `program`.
fn build(workspace: &Workspace, folder: &Path) -> Result<()> {
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_pack(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    for (name, documents) in PROJECTS {
        let project = folder.join(name);
        let mut printed = Printed::default();
        for document in documents {
            let text = fs::read_to_string(workspace.root.join(document))?;
            printed.read(&text);
        }
        printed.lay_out(workspace, &project)?;
        for command in &printed.commands {
            // A reader's `run` also builds. Here the test runs the built program.
            let command = command.replace("cargo run", "cargo build");
            process::run(&mut shell(workspace, &project, &command))
                .with_context(|| format!("`{name}` of {}", documents.join(" and ")))?;
        }
        fs::copy(
            workspace.target.join("debug/server"),
            project.join("program"),
        )
        .context("the printed commands have built no `server`")?;
    }
    build_recipes(workspace, folder)
}

/// Builds the page that runs the recipes. The test serves it.
fn build_recipes(workspace: &Workspace, folder: &Path) -> Result<()> {
    let (name, source) = RECIPES;
    let project = folder.join(name);
    let mut printed = Printed::default();
    printed.read(&fs::read_to_string(workspace.root.join("README.md"))?);
    for (file, name) in [("index.html", "index.html"), ("lib.rs", "src/lib.rs")] {
        let text = fs::read_to_string(workspace.root.join(source).join(file))?;
        printed.files.insert(format!("page/{name}"), text);
    }
    printed.lay_out(workspace, &project)?;
    for (name, recipe) in &printed.recipes {
        let path = format!("page/src/recipes/{name}.rs");
        write(&project.join(path), recipe)?;
    }
    let build = printed.commands.iter();
    for command in build.filter(|command| command.starts_with("wasm-pack")) {
        process::run(&mut shell(workspace, &project, command)).context("the README's recipes")?;
    }
    Ok(())
}

/// Returns a printed command in a project's folder. The projects share one build of their dependencies.
fn shell(workspace: &Workspace, project: &Path, command: &str) -> Command {
    let mut shell = workspace.command("sh");
    shell.args(["-c", command]).current_dir(project);
    shell.env("CARGO_TARGET_DIR", &workspace.target);
    // The workspace uses the same setting for its dependencies.
    shell.env("CARGO_PROFILE_DEV_DEBUG", "false");
    shell
}

/// The parts of a project that the documents print.
#[derive(Debug, Default, PartialEq, Eq)]
struct Printed {
    files: BTreeMap<String, String>,
    /// The commands that build and start it.
    commands: Vec<String>,
    /// The examples that are not files, as rustdoc sees them, by their headings.
    recipes: BTreeMap<String, String>,
}

impl Printed {
    /// Reads the blocks of a document. A file's block follows a line that ends with the file's name.
    fn read(&mut self, document: &str) {
        let mut lines = document.lines();
        let mut before = "";
        let mut heading = String::new();
        let mut files = BTreeMap::new();
        let mut patches = Vec::new();
        let mut commands = Vec::new();
        while let Some(line) = lines.next() {
            let Some(language) = line.strip_prefix("```") else {
                if !line.is_empty() {
                    before = line;
                }
                if line.starts_with('#') {
                    heading = slug(line);
                }
                continue;
            };
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            let is_rust = language.starts_with("rust");
            let shown = block
                .iter()
                // rustdoc hides these lines from the reader.
                .filter(|line| !(is_rust && (line.starts_with("# ") || **line == "#")))
                .fold(String::new(), |text, line| text + line + "\n");
            match file_name(before) {
                Some(name) if shown.starts_with("[patch.") => patches.push((name, shown)),
                Some(name) => {
                    files.insert(name.to_owned(), shown);
                }
                None if language == "sh" && shown.contains("wasm-pack build") => {
                    commands = block.iter().map(|line| (*line).to_owned()).collect();
                }
                None if is_rust && !language.contains("ignore") => {
                    let lines = block
                        .iter()
                        .map(|line| line.strip_prefix("# ").unwrap_or(line));
                    let recipe = lines.fold(String::new(), |text, line| text + line + "\n");
                    self.recipes.entry(heading.clone()).or_insert(recipe);
                }
                None => {}
            }
            before = "";
        }
        for (name, text) in files {
            self.files.entry(name).or_insert(text);
        }
        for (name, patch) in patches {
            if let Some(manifest) = self.files.get_mut(name) {
                manifest.push('\n');
                manifest.push_str(&patch);
            }
        }
        if self.commands.is_empty() {
            self.commands = commands;
        }
    }

    /// Writes the files.
    fn lay_out(&self, workspace: &Workspace, project: &Path) -> Result<()> {
        let lock = fs::read_to_string(workspace.root.join("Cargo.lock"))?;
        for needed in ["page/Cargo.toml", "page/index.html", "server/src/main.rs"] {
            ensure!(self.files.contains_key(needed), "no `{needed}` is printed");
        }
        ensure!(!self.commands.is_empty(), "no `wasm-pack build` is printed");
        for (name, text) in &self.files {
            let mut text = text.clone();
            if name.ends_with("Cargo.toml") {
                ensure!(text.contains(CLONE), "`{name}` has no path to the crate");
                text = text.replace(CLONE, &workspace.root.display().to_string());
                // The project gets the workspace's versions.
                write(&project.join(name).with_file_name("Cargo.lock"), &lock)?;
            }
            if name.ends_with("main.rs") {
                ensure!(text.contains(ADDRESS.0), "`{name}` has no {}", ADDRESS.0);
                text = text.replace(ADDRESS.0, ADDRESS.1);
            }
            write(&project.join(name), &text)?;
        }
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(path, text)?;
    Ok(())
}

/// Returns a heading as a file name.
fn slug(heading: &str) -> String {
    let words = heading.split(|character: char| !character.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("_").to_ascii_lowercase()
}

/// Returns the file that the line before a block names at its end: "… `page/Cargo.toml`:".
fn file_name(line: &str) -> Option<&str> {
    let (_, name) = line.strip_suffix("`:")?.rsplit_once('`')?;
    name.contains('/').then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "\
A page. `page/Cargo.toml`:

```toml
[dependencies]
everstream = \"0.1\"
```

`page/src/lib.rs`:

```rust,no_run
fn shown() {}
# fn hidden() {}
#[derive(Debug)]
struct AlsoShown;
```

Something else:

```toml
[profile.release]
```

Append to `page/Cargo.toml`:

```toml
[patch.crates-io]
everstream = { path = \"../everstream\" }
```

```sh
wasm-pack build page
```

### Some, by type

```rust,no_run
# fn run() {
shown();
# }
```
";

    #[test]
    fn blocks_are_the_files_that_are_named_before_them() {
        let mut printed = Printed::default();
        printed.read(DOCUMENT);
        let files = printed.files.iter();
        let files: Vec<_> = files.map(|(name, text)| (&**name, &**text)).collect();
        let manifest = "[dependencies]\neverstream = \"0.1\"\n\n[patch.crates-io]\neverstream = { path = \"../everstream\" }\n";
        let library = "fn shown() {}\n#[derive(Debug)]\nstruct AlsoShown;\n";
        assert_eq!(
            files,
            [("page/Cargo.toml", manifest), ("page/src/lib.rs", library)]
        );
        assert_eq!(printed.commands, ["wasm-pack build page"]);
        let recipes = printed.recipes.iter();
        let recipes: Vec<_> = recipes.map(|(name, text)| (&**name, &**text)).collect();
        assert_eq!(recipes, [("some_by_type", "fn run() {\nshown();\n}\n")]);
    }

    #[test]
    fn the_first_document_that_prints_a_file_has_it() {
        let mut printed = Printed::default();
        printed.read("`page/src/lib.rs`:\n```rust\nfn first() {}\n```\n");
        printed.read(DOCUMENT);
        assert_eq!(printed.files["page/src/lib.rs"], "fn first() {}\n");
        assert!(printed.files.contains_key("page/Cargo.toml"));
    }

    #[test]
    fn every_project_is_printed_as_a_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for (name, documents) in PROJECTS {
            let mut printed = Printed::default();
            for document in documents {
                printed.read(&fs::read_to_string(root.join(document)).unwrap());
            }
            for file in [
                "page/Cargo.toml",
                "page/src/lib.rs",
                "page/index.html",
                "server/Cargo.toml",
                "server/src/main.rs",
            ] {
                assert!(printed.files.contains_key(file), "{name}: no `{file}`");
            }
            assert!(printed.files["page/Cargo.toml"].contains(CLONE), "{name}");
            assert_eq!(printed.commands.len(), 2, "{name}");
        }
    }
}
