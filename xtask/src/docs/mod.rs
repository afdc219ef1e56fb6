//! `cargo xtask docs`: builds the book into `target/book`, with each page beside it as Markdown, and checks it.

mod links;
mod markdown;
mod pages;
mod reference;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::browsers::{self, Browser};
use crate::workspace::{Workspace, copy_files};
use crate::{node, process};
use pages::Book;

/// The site's configuration, the packages that build it, and the script that looks at it in a browser.
const SITE: &str = "docs/.vitepress";

/// What the files for language models say first.
const ABOUT: &str = "\
# Everstream

> Server-Sent Events for the browser that arrive: typed, with request headers, each exactly once, and noticed \
when they stop. A Rust crate and an npm package on one core, and a hub for axum.
";

/// Builds the site and checks it.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let mut book = Book::read(&workspace.root)?;
    // Beside the site, so that the packages are found from the configuration.
    let work = workspace.target.join("book-work");
    let site = workspace.target.join("book");
    node::packages(workspace, SITE, &work)?;
    lay_out(workspace, &book, &work)?;
    reference::add(workspace, &mut book, &work)?;
    let sidebar = serde_json::to_string(&book.sidebar())?;
    fs::write(work.join(".vitepress/sidebar.json"), sidebar)?;
    remove(&site)?;
    process::run(
        workspace
            .command("node")
            .arg("node_modules/vitepress/bin/vitepress.js")
            .arg("build")
            .current_dir(&work),
    )?;
    write_markdown(&book, &site)?;

    let in_site = links::check_site(&workspace.root, &site)?;
    let in_repository = links::check_repository(workspace)?;
    println!(
        "{in_site} links of the site and {in_repository} of the repository's Markdown lead somewhere"
    );
    look(workspace, &work, &site)?;
    println!("the book is in {}", site.display());
    Ok(ExitCode::SUCCESS)
}

/// Writes the pages, as readers see them, beside the site's configuration.
fn lay_out(workspace: &Workspace, book: &Book, work: &Path) -> Result<()> {
    let configuration = work.join(".vitepress");
    // Pages of an earlier run might no longer be part of the book.
    for entry in fs::read_dir(work)? {
        let path = entry?.path();
        let is_kept = ["node_modules", "package.json", "package-lock.json"];
        if !is_kept.into_iter().any(|name| path.ends_with(name)) {
            remove(&path)?;
        }
    }
    copy_files(&workspace.root.join(SITE), &configuration)?;
    copy_files(
        &workspace.root.join(SITE).join("theme"),
        &configuration.join("theme"),
    )?;
    for page in book.pages() {
        write(&work.join(&page.file), &page.text)?;
    }
    Ok(())
}

/// Writes each page as Markdown, an index of them, and all of them as one file.
fn write_markdown(book: &Book, site: &Path) -> Result<()> {
    let mut index = ABOUT.to_owned();
    let mut full = ABOUT.to_owned();
    for (section, pages) in &book.sections {
        write!(index, "\n## {section}\n\n")?;
        for page in pages {
            write(&site.join(&page.file), &page.text)?;
            let file = page.file.display();
            let summary = markdown::summary(&page.text);
            writeln!(index, "- [{}](/{file}): {summary}", page.title)?;
            write!(full, "\n<!-- {file} -->\n\n{}", page.text)?;
        }
    }
    fs::write(site.join("llms.txt"), index)?;
    fs::write(site.join("llms-full.txt"), full)?;
    Ok(())
}

/// Looks at the site in Chromium: accessibility in light, dark and narrow, and the search.
fn look(workspace: &Workspace, work: &Path, site: &Path) -> Result<()> {
    browsers::install_missing(workspace, &[Browser::Chromium]);
    let Some(chromium) = browsers::chromium(workspace) else {
        let said =
            "accessibility and search: Chromium is missing, get it from your package manager";
        ensure!(env::var("CI").as_deref() != Ok("true"), "{said}");
        eprintln!("SKIPPED {said}");
        return Ok(());
    };
    process::run(
        workspace
            .command("node")
            .arg(".vitepress/look.mjs")
            .arg(site)
            .arg(chromium)
            .current_dir(work),
    )
    .context("a page isn't as it should be")
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
    fs::write(path, text)?;
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks without the site what can be checked without it, so that each test run does so.
    #[test]
    fn every_page_is_complete_and_every_relative_link_leads_somewhere() {
        let workspace = Workspace::locate().unwrap();
        let book = Book::read(&workspace.root).unwrap();
        assert!(book.pages().count() > 40);
        assert!(links::check_repository(&workspace).unwrap() > 100);
    }
}
