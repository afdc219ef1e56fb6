//! The links of the built site, and of every Markdown file in the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::{markdown, pages};
use crate::workspace::Workspace;

/// A page of the site, as far as links matter.
#[derive(Debug, Default, PartialEq, Eq)]
struct Html {
    ids: BTreeSet<String>,
    links: BTreeSet<String>,
}

/// Checks the site's links, after copying the files of the repository that it links to. Returns how many there are.
pub(super) fn check_site(root: &Path, site: &Path) -> Result<usize> {
    let mut pages = BTreeMap::new();
    for file in files(site, "html")? {
        let html = Html::read(&fs::read_to_string(site.join(&file))?);
        pages.insert(file, html);
    }
    let mut faults = Vec::new();
    let mut count = 0;
    for (file, html) in &pages {
        for link in &html.links {
            count += 1;
            copy(root, site, link)?;
            if let Some(fault) = fault(site, &pages, file, link) {
                faults.push(format!("{}: `{link}` {fault}", file.display()));
            }
        }
    }
    report(&faults)?;
    Ok(count)
}

/// Copies the file of the repository that a link leads to. Without such a file the link is broken.
fn copy(root: &Path, site: &Path, link: &str) -> Result<()> {
    let Some(copy) = link.strip_prefix(pages::COPIES) else {
        return Ok(());
    };
    let original = copy.strip_suffix(".txt").map(|path| root.join(path));
    if let Some(original) = original.filter(|path| path.is_file()) {
        let copy = site.join(&link[1..]);
        fs::create_dir_all(copy.parent().context("a file is in a folder")?)?;
        fs::copy(original, copy)?;
    }
    Ok(())
}

/// Returns what is wrong with a link of a page.
fn fault(
    site: &Path,
    pages: &BTreeMap<PathBuf, Html>,
    file: &Path,
    link: &str,
) -> Option<&'static str> {
    if link.contains(':') {
        return external_fault(link);
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split('?').next().unwrap_or_default();
    let mut target = match path.strip_prefix('/') {
        Some(path) => PathBuf::from(path),
        None if path.is_empty() => file.to_owned(),
        None => pages::resolve(file, path),
    };
    if link.starts_with('/') && path.ends_with('/') || site.join(&target).is_dir() {
        target.push("index.html");
    } else if target.extension().is_none() {
        target.set_extension("html");
    }
    if !site.join(&target).is_file() {
        return Some("leads nowhere");
    }
    let anchors = pages.get(&target).map(|html| &html.ids);
    let is_known = anchors.is_none_or(|ids| anchor.is_empty() || ids.contains(anchor));
    (!is_known).then_some("names no heading of its page")
}

/// Returns what is wrong with the form of a link to elsewhere. Whether it leads anywhere isn't checked, for want
/// of a network.
fn external_fault(link: &str) -> Option<&'static str> {
    let Some(rest) = link.strip_prefix("https://") else {
        return (!link.starts_with("data:")).then_some("isn't `https`");
    };
    let host = rest.split(['/', '#', '?']).next().unwrap_or_default();
    let is_host = |character: char| character.is_ascii_alphanumeric() || "-.".contains(character);
    let is_well_formed = host.contains('.') && host.chars().all(is_host);
    let is_whole = !rest.contains([' ', '<', '>', '"']);
    (!is_well_formed || !is_whole).then_some("is no well-formed URL")
}

/// Checks the links of the repository's Markdown files. Returns how many there are.
pub(super) fn check_repository(workspace: &Workspace) -> Result<usize> {
    let output = workspace
        .command("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .arg("*.md")
        .output()
        .context("cannot run git")?;
    let listed = String::from_utf8(output.stdout)?;
    let mut documents = BTreeMap::new();
    for name in listed.lines() {
        let text = fs::read_to_string(workspace.root.join(name));
        documents.insert(PathBuf::from(name), text.with_context(|| name.to_owned())?);
    }
    ensure!(!documents.is_empty(), "git lists no Markdown files");
    let (count, faults) = repository_faults(&workspace.root, &documents);
    report(&faults)?;
    Ok(count)
}

fn repository_faults(root: &Path, documents: &BTreeMap<PathBuf, String>) -> (usize, Vec<String>) {
    let mut faults = Vec::new();
    let mut count = 0;
    for (file, text) in documents {
        for link in markdown::links(text) {
            count += 1;
            let fault = if link.contains(':') {
                external_fault(&link)
            } else if link.starts_with('/') {
                // A file that the site alone has, where it is checked.
                None
            } else {
                let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
                let target = match path {
                    "" => file.clone(),
                    path => pages::resolve(file, path),
                };
                let names = documents.get(&target).map(|text| markdown::anchors(text));
                if !root.join(&target).exists() {
                    Some("leads nowhere")
                } else if anchor.is_empty() || names.is_none_or(|names| names.contains(anchor)) {
                    None
                } else {
                    Some("names no heading of its file")
                }
            };
            faults.extend(fault.map(|fault| format!("{}: `{link}` {fault}", file.display())));
        }
    }
    (count, faults)
}

fn report(faults: &[String]) -> Result<()> {
    let few = faults.len() == 1;
    let noun = if few { "link is" } else { "links are" };
    ensure!(
        faults.is_empty(),
        "{} {noun} broken:\n{}",
        faults.len(),
        faults.join("\n")
    );
    Ok(())
}

/// Returns the files of a folder with an extension, by their paths in it.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|its| its == extension) {
                found.push(path.strip_prefix(folder)?.to_owned());
            }
        }
    }
    Ok(found)
}

impl Html {
    /// Reads the tags of a page. `VitePress` writes attributes in double quotes.
    fn read(text: &str) -> Self {
        let mut html = Self::default();
        let mut rest = text;
        while let Some(start) = rest.find('<') {
            rest = &rest[start + 1..];
            if !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
                continue;
            }
            let is_script = rest.starts_with("script");
            rest = html.read_tag(rest);
            if is_script {
                rest = rest.find("</script").map_or("", |end| &rest[end..]);
            }
        }
        html
    }

    /// Reads the attributes of a tag, and returns what follows it.
    fn read_tag<'t>(&mut self, mut rest: &'t str) -> &'t str {
        while let Some(at) = rest.find(['"', '>']) {
            if rest[at..].starts_with('>') {
                return &rest[at + 1..];
            }
            let name = rest[..at].trim_end_matches('=').rsplit([' ', '\n']).next();
            let value = &rest[at + 1..];
            let end = value.find('"').unwrap_or(value.len());
            let text = || value[..end].replace("&amp;", "&").replace("%20", " ");
            match name {
                Some("id") => {
                    self.ids.insert(text());
                }
                Some("href" | "src") => {
                    self.links.insert(text());
                }
                _ => {}
            }
            rest = value.get(end + 1..).unwrap_or_default();
        }
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_links_are_those_of_tags() {
        let html = Html::read(concat!(
            r##"<h2 class="a > b" id="one">One <a href="#one">#</a></h2>"##,
            r#"<code>href="no" a < b</code><script>let a = '<a href="nor">';</script><img src="/a.svg">"#,
        ));
        let set = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        assert_eq!(
            html,
            Html {
                ids: set(&["one"]),
                links: set(&["#one", "/a.svg"])
            }
        );
    }

    #[test]
    fn a_broken_link_of_the_site_is_named_and_a_linked_file_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (root, site) = (folder.path().join("root"), folder.path().join("site"));
        for (path, text) in [
            (root.join("src/lib.rs"), "//"),
            (
                site.join("a/index.html"),
                r#"<h1 id="top"></h1><a href="../b#two"></a><a href="/source/src/lib.rs.txt"></a>"#,
            ),
            (
                site.join("b.html"),
                r#"<i id="two"></i><a href="/a/#top"></a><a href="https://example.com/x"></a>"#,
            ),
        ] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert_eq!(check_site(&root, &site).unwrap(), 4);
        assert!(site.join("source/src/lib.rs.txt").is_file());

        let broken = r##"<a href="#no"></a><a href="/c.html"></a><a href="/source/src/no.rs.txt"></a><a href="https://example"></a><a href="http://example.com"></a>"##;
        fs::write(
            site.join("b.html"),
            broken.to_owned() + r#"<i id="two"></i>"#,
        )
        .unwrap();
        let error = check_site(&root, &site).unwrap_err().to_string();
        assert_eq!(
            error.lines().collect::<Vec<_>>(),
            [
                "5 links are broken:",
                "b.html: `#no` names no heading of its page",
                "b.html: `/c.html` leads nowhere",
                "b.html: `/source/src/no.rs.txt` leads nowhere",
                "b.html: `http://example.com` isn't `https`",
                "b.html: `https://example` is no well-formed URL",
            ]
        );
    }

    #[test]
    fn a_broken_link_of_a_document_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.md"), "").unwrap();
        fs::write(folder.path().join("b.md"), "").unwrap();
        let documents = BTreeMap::from([
            (
                "a.md".into(),
                "# One\n\n[one](#one) [two](b.md#two) [b](b.md)\n".to_owned(),
            ),
            ("b.md".into(), "[a](a.md#one) [c](c.md)\n".to_owned()),
        ]);
        let (count, faults) = repository_faults(folder.path(), &documents);
        assert_eq!(count, 5);
        assert_eq!(
            faults,
            [
                "a.md: `b.md#two` names no heading of its file",
                "b.md: `c.md` leads nowhere"
            ]
        );
    }
}
