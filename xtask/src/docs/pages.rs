//! The pages of the book: where each comes from, and its text as a reader sees it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::markdown;

/// The folder of the pages, and the file that puts them in order.
const FOLDER: &str = "docs";
const ORDER: &str = "docs/book.json";

/// The languages of code blocks in `docs`. Tests compile or run the blocks of Rust, JavaScript and TypeScript, and
/// build the projects of HTML and TOML. The others are commands, output and messages.
const LANGUAGES: [&str; 9] = [
    "html", "js", "json", "jsx", "rust", "sh", "text", "toml", "ts",
];

/// The page whose servers `tests/docs.rs` compares with the files that are tested.
const SERVERS: &str = "docs/servers.md";

/// The folder of the site that has copies of the repository's other files.
pub(super) const COPIES: &str = "/source/";

/// A page of the book.
#[derive(Debug)]
pub(super) struct Page {
    /// The page's file on the site, such as `start/index.md`.
    pub(super) file: PathBuf,
    /// The page's source in the repository.
    source: PathBuf,
    /// The title in the sidebar.
    pub(super) title: String,
    /// The text as readers see it, in Markdown.
    pub(super) text: String,
}

impl Page {
    /// Returns a page that is made while the book is built.
    pub(super) fn generated(file: PathBuf, title: String, text: String) -> Self {
        Self {
            source: file.clone(),
            file,
            title,
            text,
        }
    }
}

/// The pages by section.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) sections: Vec<(String, Vec<Page>)>,
}

#[derive(Deserialize)]
struct Section {
    section: String,
    pages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    page: String,
    /// The source, for a page outside of `docs`.
    source: Option<PathBuf>,
    /// The title in the sidebar, if it isn't the first heading.
    title: Option<String>,
}

impl Book {
    /// Reads all pages of the repository at `root`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let order = fs::read_to_string(root.join(ORDER)).context(ORDER)?;
        let order: Vec<Section> = serde_json::from_str(&order).context(ORDER)?;
        let mut sources = BTreeMap::new();
        for entry in order.iter().flat_map(|section| &section.pages) {
            let file = PathBuf::from(format!("{}.md", entry.page));
            let source = match &entry.source {
                Some(source) => source.clone(),
                None => Path::new(FOLDER).join(&file),
            };
            sources.insert(source, file);
        }
        let mut sections = Vec::new();
        for section in order {
            let mut pages = Vec::new();
            for entry in section.pages {
                let file = PathBuf::from(format!("{}.md", entry.page));
                let source = entry
                    .source
                    .unwrap_or_else(|| Path::new(FOLDER).join(&file));
                let reader = Reader {
                    root,
                    sources: &sources,
                    page: &file,
                };
                let text = reader.read(&source, None)?;
                let heading = markdown::headings(&text).next();
                let heading =
                    heading.with_context(|| format!("{} has no heading", source.display()))?;
                let title = entry.title.unwrap_or_else(|| markdown::plain(heading));
                pages.push(Page {
                    file,
                    source,
                    title,
                    text,
                });
            }
            sections.push((section.section, pages));
        }
        let book = Self { sections };
        book.check_completeness(root)?;
        Ok(book)
    }

    /// Returns all pages, in order.
    pub(super) fn pages(&self) -> impl Iterator<Item = &Page> {
        self.sections.iter().flat_map(|(_, pages)| pages)
    }

    /// Returns the sidebar of the site.
    pub(super) fn sidebar(&self) -> Value {
        let items = |pages: &[Page]| -> Value {
            let items = pages.iter().map(|page| {
                let link = format!("/{}", page.file.with_extension("").display());
                json!({ "text": page.title, "link": link.strip_suffix("index").unwrap_or(&link) })
            });
            items.collect()
        };
        let sections = self.sections.iter();
        sections
            .map(|(name, pages)| json!({ "text": name, "items": items(pages) }))
            .collect()
    }

    /// Checks that each file in `docs` is a page.
    fn check_completeness(&self, root: &Path) -> Result<()> {
        let mut folders = vec![root.join(FOLDER)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let file = path.strip_prefix(root)?;
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "md") {
                    let is_page = self.pages().any(|page| page.source == file);
                    ensure!(is_page, "`{}` isn't in `{ORDER}`", file.display());
                }
            }
        }
        Ok(())
    }
}

/// Reads sources for one page.
struct Reader<'b> {
    root: &'b Path,
    /// The pages by their sources.
    sources: &'b BTreeMap<PathBuf, PathBuf>,
    page: &'b Path,
}

impl Reader<'_> {
    /// Returns the text of a source, or of a region of it, as the page shows it.
    fn read(&self, source: &Path, region: Option<&str>) -> Result<String> {
        let text = fs::read_to_string(self.root.join(source))
            .with_context(|| format!("cannot read `{}`", source.display()))?;
        if source.starts_with(FOLDER) && source != Path::new(SERVERS) {
            check_languages(&text).with_context(|| source.display().to_string())?;
        }
        let text = self.part(&text, source, region)?;
        let shown = shown(text);
        let linked = markdown::replace_links(&shown, |target| self.link(source, target));
        let mut read = String::with_capacity(linked.len());
        for (line, is_code) in markdown::lines(&linked) {
            if let Some(place) = line.strip_prefix("<<< ")
                && !is_code
            {
                read.push_str(&self.snippet(source, place)?);
            } else if let Some(place) = line.strip_prefix("<!-- @include: ")
                && !is_code
            {
                let place = place
                    .strip_suffix(" -->")
                    .context("an `@include` has no end")?;
                let (path, region) = split(place, '#');
                read.push_str(&self.read(&resolve(source, path), region)?);
            } else if is_code || !is_mark(line) {
                read.push_str(line);
                read.push('\n');
            }
        }
        Ok(read)
    }

    fn part<'t>(&self, text: &'t str, source: &Path, region: Option<&str>) -> Result<&'t str> {
        let Some(name) = region else { return Ok(text) };
        markdown::region(text, name).with_context(|| {
            format!(
                "{}: `{}` has no region `{name}`",
                self.page.display(),
                source.display()
            )
        })
    }

    /// Returns a file or a region of it as a block of code, for `<<< ../tests/fastapi/channels.py`.
    fn snippet(&self, source: &Path, place: &str) -> Result<String> {
        let (path, region) = split(place, '#');
        let file = resolve(source, path);
        let text = fs::read_to_string(self.root.join(&file)).with_context(|| {
            format!("{}: cannot read `{}`", self.page.display(), file.display())
        })?;
        let text = self.part(&text, &file, region)?;
        let extension = file.extension().and_then(|extension| extension.to_str());
        let language = match extension {
            Some("conf") => "nginx",
            Some("py") => "python",
            Some("mjs") => "js",
            Some(extension) => extension,
            None => "text",
        };
        let text: String = text
            .split_inclusive('\n')
            .filter(|line| !is_mark(line))
            .collect();
        Ok(format!("```{language}\n{text}```\n"))
    }

    /// Returns where a relative link leads on the site: to a page, or to the copy of another file.
    fn link(&self, source: &Path, target: &str) -> Option<String> {
        if target.starts_with(['#', '/']) || target.contains(':') {
            return None;
        }
        let (path, anchor) = split(target, '#');
        let file = resolve(source, path);
        let mut link = match self.sources.get(&file) {
            Some(page) => relative(self.page, page),
            None => format!("{COPIES}{}.txt", file.display()),
        };
        if let Some(anchor) = anchor {
            link.push('#');
            link.push_str(anchor);
        }
        Some(link)
    }
}

/// Checks that a page has no block in a language that no test reads.
fn check_languages(text: &str) -> Result<()> {
    let mut is_open = false;
    for (line, is_code) in markdown::lines(text) {
        let Some(info) = line.trim_start().strip_prefix("```").filter(|_| is_code) else {
            continue;
        };
        is_open = !is_open;
        if !is_open {
            continue;
        }
        let language = info.split([',', ' ']).next().unwrap_or_default();
        ensure!(
            LANGUAGES.contains(&language),
            "no test reads a block of `{language}`: include a tested file with `<<< PATH` instead"
        );
    }
    Ok(())
}

/// Returns whether a line only delimits a region.
fn is_mark(line: &str) -> bool {
    line.contains("#region ") || line.contains("#endregion ")
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// Returns the path that `target` names in a file of the repository.
pub(super) fn resolve(file: &Path, target: &str) -> PathBuf {
    let mut path = file.parent().unwrap_or(Path::new("")).to_owned();
    for component in Path::new(target).components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

/// Returns the link from one page to another.
fn relative(from: &Path, to: &Path) -> String {
    let up = from.components().count() - 1;
    format!("{}{}", "../".repeat(up), to.display())
}

/// Returns a document without what rustdoc hides, and without the attributes that its code blocks give rustdoc.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut in_rust = false;
    for (line, is_code) in markdown::lines(text) {
        if is_code && line.starts_with("```rust") {
            in_rust = true;
            shown.push_str("```rust\n");
            continue;
        }
        in_rust &= is_code && line != "```";
        if in_rust && (line == "#" || line.starts_with("# ")) {
            continue;
        }
        shown.push_str(line);
        shown.push('\n');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in [
            (
                "docs/book.json",
                r#"[{"section":"A","pages":[{"page":"a/index","title":"First"},{"page":"b","source":"README.md"}]}]"#,
            ),
            (
                "docs/a/index.md",
                "# A\n\n[b](../../README.md#b) [c](../../src/c.rs) [d](#d)\n\n<<< ../../src/c.rs#part\n\n<!-- @include: ../../README.md#more -->\n",
            ),
            (
                "README.md",
                "# `B`\n\n```rust,no_run\n# hidden\nshown();\n```\n<!-- #region more -->\n[a](docs/a/index.md)\n<!-- #endregion more -->\n",
            ),
            (
                "src/c.rs",
                "// #region part\nfn c() {}\n// #endregion part\nfn d() {}\n",
            ),
        ] {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn a_page_has_what_it_includes_and_links_that_lead_to_pages() {
        let root = root();
        let book = Book::read(root.path()).unwrap();
        let texts: Vec<_> = book.pages().map(|page| &*page.text).collect();
        let first = "# A\n\n[b](../b.md#b) [c](/source/src/c.rs.txt) [d](#d)\n\n```rs\nfn c() {}\n```\n\n[a](../a/index.md)\n";
        assert_eq!(
            texts,
            [first, "# `B`\n\n```rust\nshown();\n```\n[a](a/index.md)\n"]
        );
        let items = json!([{ "text": "First", "link": "/a/" }, { "text": "B", "link": "/b" }]);
        assert_eq!(book.sidebar(), json!([{ "text": "A", "items": items }]));
    }

    #[test]
    fn a_file_that_is_no_page_and_a_region_that_is_missing_are_errors() {
        let root = root();
        fs::write(root.path().join("docs/c.md"), "# C\n").unwrap();
        let error = Book::read(root.path()).unwrap_err().to_string();
        assert_eq!(error, "`docs/c.md` isn't in `docs/book.json`");
        fs::remove_file(root.path().join("docs/c.md")).unwrap();
        fs::write(root.path().join("src/c.rs"), "fn c() {}\n").unwrap();
        let error = Book::read(root.path()).unwrap_err().to_string();
        assert_eq!(error, "a/index.md: `src/c.rs` has no region `part`");
    }

    #[test]
    fn a_block_that_no_test_reads_is_refused() {
        assert!(check_languages("```rust,no_run\n```\n\n```sh\n```\n").is_ok());
        let error = check_languages("```js\n```\n```python\n```\n").unwrap_err();
        let said =
            "no test reads a block of `python`: include a tested file with `<<< PATH` instead";
        assert_eq!(error.to_string(), said);
    }
}
